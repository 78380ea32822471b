# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Norms of matrices, and of what may be either a vector or a matrix."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from autograd.cases import case, regular, sample
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.ops.arranging import movedim
from autograd.ops.extremes import amax, amin
from autograd.ops.indexing import masked_fill
from autograd.ops.matrices import check_floating, check_matrix, check_shape_square
from autograd.ops.norms import Dims, in_dtype, norm_of_vectors
from autograd.ops.reduction import sum as sum_over
from autograd.ops.selection import abs as absolute
from autograd.ops.shaping import unsqueeze
from autograd.ops.singular import _svdvals
from autograd.ops.solvers import _inv_ex
from autograd.tensor import Tensor

ORDERS = ("fro", "nuc", math.inf, -math.inf, 1, -1, 2, -2)
POSSIBLE = "it can be 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2"
MATRICES = (
    *(case(sample((3, 4), apart=True), ord=order) for order in ORDERS),
    case((2, 3, 4), ord="nuc", dim=(2, 0), keepdim=True),
    case(sample((2, 3, 4), apart=True), ord=1, dim=(0, 2), keepdim=True),
)


def two_dims(dim: Dims, ndim: int, name: str) -> tuple[int, int]:
    """The dimensions of rows and columns, counted from the front."""
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {dim}")
    rows, columns = one_dim(dim[0], ndim, name), one_dim(dim[1], ndim, name)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    return rows, columns


def norm_of_matrices(A: Tensor, order: Any, dim: Dims, keepdim: bool, dtype: Any, name: str) -> Tensor:
    """The norm of the matrices in these two dimensions; `name` is what the caller is called."""
    if A.ndim < 2:
        raise RuntimeError(
            f"{name}: The input tensor A must have at least 2 dimensions, but has shape {tuple(A.shape)}"
        )
    dims = two_dims(dim, A.ndim, name)
    if order not in ORDERS:
        raise RuntimeError(f"{name}: Order {order} not supported: {POSSIBLE}")
    if order == "fro":
        return norm_of_vectors(A, 2, dims, keepdim, dtype, name)
    norm = reduced(measured(movedim(in_dtype(A, dtype, name), dims, (-2, -1)), order, name), order)
    for d in sorted(dims) if keepdim else ():
        norm = unsqueeze(norm, d)
    return norm


def measured(matrices: Tensor, order: Any, name: str) -> Tensor:
    """For each matrix its singular values, or the absolute values summed up over columns or rows."""
    if order in ("nuc", 2, -2):
        check_floating(matrices, name)
        return _svdvals(matrices)
    return sum_over(absolute(matrices), -2 if builtins.abs(order) == 1 else -1)


def reduced(numbers: Tensor, order: Any) -> Tensor:
    """Their sum, their maximum (of none, 0) or their minimum."""
    if order == "nuc" or (order > 0 and numbers.shape[-1] == 0):
        return sum_over(numbers, -1)
    return amax(numbers, -1) if order > 0 else amin(numbers, -1)


@derived(r"\|A\|", name="linalg.matrix_norm", method=False, cases=MATRICES)
def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Dims = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """A norm of matrices, which stand in the two dimensions `dim`.

    `ord` is "fro" (of all elements, as one vector), "nuc" (the sum of the singular values), 2 (the
    largest of them: how far the matrix can stretch a vector), 1 or inf (the largest sum of absolute
    values in a column, or in a row), or -2, -1 or -inf, with the smallest for the largest.

    >>> import autograd
    >>> autograd.linalg.matrix_norm(autograd.tensor([[1.0, -2.0], [3.0, 4.0]]), ord=1)
    tensor(6.)
    """
    return norm_of_matrices(A, ord, dim, keepdim, dtype, "linalg.matrix_norm")


@derived(r"\|x\|", name="linalg.norm", method=False, numpy=np.linalg.norm, cases=(
    case((3, 4)), case((3, 4), ord="nuc"), case((4,), ord=3), case((3, 4), ord=1, dim=1), case((2, 3, 4)),
    case((2, 3, 4), dim=(0, 2), keepdim=True), case((2, 3, 4), ord=2, dim=(0, 2))))  # fmt: skip
def linalg_norm(A: Tensor, ord: Any = None, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of a vector or a matrix.

    Of a matrix (two dimensions, in A or in `dim`) if `ord` is given: `matrix_norm`. Otherwise
    `vector_norm`, without `ord` the 2-norm of all elements.

    >>> import autograd
    >>> autograd.linalg.norm(autograd.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(5.)
    """
    dims = dim if dim is None or isinstance(dim, (tuple, list)) else (dim,)
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if ord is not None and dims is None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    if ord is not None and (A.ndim if dims is None else len(dims)) == 2:
        return norm_of_matrices(A, ord, dims or (0, 1), keepdim, dtype, "linalg.norm")
    if isinstance(ord, str):
        raise RuntimeError(f"linalg.norm: Order {ord} not supported for vectors: 'fro' and 'nuc' are norms of matrices")
    return norm_of_vectors(A, 2 if ord is None else ord, dims, keepdim, dtype, "linalg.norm")


@derived(
    r"\|x\|_p",
    cases=(
        case((3, 4)),
        case((3, 4), p=1, dim=1),
        case((2, 3, 4), p="fro", dim=(0, 1)),
        case((3, 4), p="nuc"),
        case((2, 3, 4), p=3),
    ),
)
def norm(input: Tensor, p: Any = "fro", dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The p-norm of the elements, of all or along the given dimensions; for p = "nuc" that of matrices.

    `linalg.vector_norm` and `linalg.matrix_norm` say more clearly which is meant. The derivative at 0, where the
    length has a corner, is 0, as in PyTorch.
    """
    dims = dim if dim is None or isinstance(dim, (tuple, list)) else (dim,)
    if p is None or (p == "fro" and (dims is None or len(dims) <= 2)):
        p = 2
    if isinstance(p, str):
        return norm_of_matrices(input, p, tuple(range(input.ndim)) if dims is None else dims, keepdim, dtype, "norm")
    return norm_of_vectors(input, p, dims, keepdim, dtype, "norm")


@derived(r"\|A\|_*", method=False, cases=(case((3, 4)), case((2, 3, 4), dim=(0, 2), keepdim=True)))
def nuclear_norm(input: Tensor, dim: Dims = (-2, -1), keepdim: bool = False) -> Tensor:
    """The sum of the singular values of matrices: `linalg.matrix_norm` of order "nuc"."""
    return norm_of_matrices(input, "nuc", dim, keepdim, None, "nuclear_norm")


@derived(r"\|A\|_F", method=False, cases=(case((2, 3), dim=(0, 1)), case((3, 4), dim=1, keepdim=True)))
def frobenius_norm(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """The square root of the sum of the squares over one or two dimensions: `linalg.vector_norm`."""
    if isinstance(dim, (tuple, list)) and len(dim) > 2:
        raise RuntimeError(f"frobenius_norm: Expected at most 2 dimensions, but got {len(dim)}: use linalg.vector_norm")
    return norm_of_vectors(input, 2, dim, keepdim, None, "frobenius_norm")


@derived(r"\|v_i\|_p", method=False, cases=(case((3, 4)), case((2, 3, 4), pow=3, dim=1), case((2, 3), dim=-1)))
def norm_except_dim(v: Tensor, pow: float = 2, dim: int = 0) -> Tensor:
    """The norms of the slices along one dimension, whose sizes stay as 1 but for this one; of all, for dim = -1."""
    if dim == -1:
        return norm_of_vectors(v, pow, None, False, None, "norm_except_dim")
    kept = one_dim(dim, v.ndim, "norm_except_dim")
    others = tuple(i for i in range(v.ndim) if i != kept)
    return norm_of_vectors(v, pow, others, True, None, "norm_except_dim")


# -- the condition number -----------------------------------------------------------------------------------


@derived(
    r"\|A\| \|A^{-1}\|",
    name="linalg.cond",
    method=False,
    cases=(
        *(case(regular(3, 3), p=order) for order in (None, *ORDERS)),
        case(regular(2, 3, 4)),
        case(regular(2, 1, 3, 3), p=1),
        case((2, 0, 0)),
    ),
)
def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number, the norm of A times that of its inverse: how much A X = B enlarges errors of B, at worst.

    Shapes: A (..., n, n), result (...). The norm is `matrix_norm` of order p, by default 2; for p = 2
    or -2, the matrices need not be square. Inf for a singular matrix.

    >>> import autograd
    >>> autograd.linalg.cond(autograd.tensor([[100.0, 0.0], [0.0, 2.0]]))
    tensor(50.)
    """
    check_matrix(A, "linalg.cond")
    if p is not None and p not in ORDERS:
        raise RuntimeError(f"linalg.cond: got an invalid norm type: {p}; {POSSIBLE}")
    if p not in (None, 2, -2):
        check_shape_square(A, "linalg.cond")
    if 0 in A.shape[-2:]:
        return A.real.new_zeros(A.shape[:-2])
    if p in (None, 2, -2):
        values = _svdvals(A)
        largest, smallest = values[..., 0], values[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    inverse, info = _inv_ex(A)
    singular = info != 0
    norms = norm_of_matrices(A, p, (-2, -1), False, None, "linalg.cond")
    inverse_norms = norm_of_matrices(
        masked_fill(inverse, singular[..., None, None], 0), p, (-2, -1), False, None, "linalg.cond"
    )
    return masked_fill(norms * inverse_norms, singular, math.inf)
