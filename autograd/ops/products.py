# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Products of vectors and tensors. (Those of matrices are in `matmul.py`.)"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.cases import case, sample
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.ops.arranging import permute, roll
from autograd.ops.diagonals import diagonal
from autograd.ops.joining import cat
from autograd.ops.matmul import check_vectors, matmul
from autograd.ops.matrices import check_floating, check_same_dtype
from autograd.ops.reduction import sum as sum_over
from autograd.ops.scans import cumprod
from autograd.ops.shaping import reshape
from autograd.tensor import Tensor

# -- inner products -----------------------------------------------------------------------------------------


@derived(r"\sum_i x_i^* y_i", cases=(case((4,), (4,)), case((0,), (0,))), numpy=np.vdot)
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The inner product of two vectors, the first conjugated if it is complex."""
    check_vectors(input, other, "vdot")
    return matmul(input.conj(), other)


@derived(
    r"\sum_i x_i^* y_i",
    name="linalg.vecdot",
    method=False,
    cases=(case((3, 4), (3, 4)), case((3, 4), (4,)), case((3, 4), (3, 1), dim=0), case((2, 3, 1), (4,), dim=-1)),
)
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The inner products of the vectors along one dimension, those in x conjugated if they are complex.

    Shapes: x and y broadcast; the result lacks the dimension.

    >>> import autograd
    >>> x = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> autograd.linalg.vecdot(x, x)
    tensor([ 5., 25.])
    """
    check_floating(x, "linalg.vecdot")
    check_same_dtype("linalg.vecdot", x=x, y=y)
    products = x.conj() * y
    return sum_over(products, one_dim(dim, products.ndim, "linalg.vecdot"))


@derived(
    r"\sum_k x_{ik} y_{jk}",
    numpy=np.inner,
    cases=(case((3, 4), (2, 4)), case((4,), (4,)), case((), (2, 3)), case((2, 3, 4), (4,))),
)
def inner(input: Tensor, other: Tensor) -> Tensor:
    """The inner products of the vectors in the last dimensions: each of one tensor with each of the other.

    Shapes: (..., k) and (*, k) give (..., *). A tensor of rank 0 multiplies.
    """
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and "
            f"{list(other.shape)}"
        )
    return contracted(input, other, [input.ndim - 1], [other.ndim - 1], "inner")


# -- tensor products ----------------------------------------------------------------------------------------


@derived(r"\sum_{k} x_{\ldots k} y_{k \ldots}", method=False, numpy=np.tensordot, cases=(
    case((3, 4), (4, 2), dims=1), case((2, 3, 4), (3, 4, 2)), case((2, 3, 4), (4, 5, 2), dims=([2, 0], [0, 2])),
    case((2, 3), (4,), dims=0)))  # fmt: skip
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The sum of products over pairs of dimensions: the last `dims` of a with the first of b, or those in two lists.

    The result has the other dimensions of a, then those of b.

    >>> import autograd
    >>> a, b = autograd.ones(2, 3, 4), autograd.ones(4, 3, 5)
    >>> autograd.tensordot(a, b, dims=([1, 2], [1, 0])).shape
    torch.Size([2, 5])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist() if dims.numel() > 1 else int(dims.item())
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    of_a, of_b = dims
    if len(of_a) != len(of_b):
        raise RuntimeError(
            f"tensordot: both dimension lists should have same length, got {list(of_a)} and {list(of_b)}"
        )
    return contracted(
        a,
        b,
        [one_dim(d, a.ndim, "tensordot") for d in of_a],
        [one_dim(d, b.ndim, "tensordot") for d in of_b],
        "tensordot",
    )


def contracted(a: Tensor, b: Tensor, of_a: list[int], of_b: list[int], name: str) -> Tensor:
    """The products summed over these dimensions, as one product of matrices; `name` is what the caller is called."""
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: both inputs should have same dtype, but they are {a.dtype.name} and {b.dtype.name}: convert one "
            "with .to()"
        )
    for i, j in zip(of_a, of_b, strict=True):
        if a.shape[i] != b.shape[j] and 1 not in (a.shape[i], b.shape[j]):
            raise RuntimeError(
                f"{name}: contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} and second "
                f"has size {b.shape[j]} in dim {j}"
            )
        if b.shape[j] == 1:  # it broadcasts
            a = sum_over(a, i, keepdim=True, dtype=a.dtype)
        if a.shape[i] == 1:
            b = sum_over(b, j, keepdim=True, dtype=b.dtype)
    rows, columns = others(a, of_a), others(b, of_b)
    count = math.prod(a.shape[i] for i in of_a)
    left = reshape(permute(a, (*rows, *of_a)), (math.prod(a.shape[i] for i in rows), count))
    right = reshape(permute(b, (*of_b, *columns)), (count, math.prod(b.shape[j] for j in columns)))
    return reshape(matmul(left, right), (*(a.shape[i] for i in rows), *(b.shape[j] for j in columns)))


def others(x: Tensor, dims: Sequence[int]) -> list[int]:
    """The other dimensions; those given must differ from each other."""
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"tensordot: a dimension appears multiple times in the list of dims {list(dims)}")
    return [i for i in range(x.ndim) if i not in dims]


@derived(
    r"x \otimes y",
    numpy=np.kron,
    cases=(case((2, 3), (3, 2)), case((2, 3), (4,)), case((3,), (2, 1, 2)), case((), (2, 3))),
    casts_out=True,
)
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: every element of one tensor times the whole of the other, side by side.

    Shapes: (a, b) and (c, d) give (a c, b d); missing dimensions count as 1 in front.

    >>> import autograd
    >>> autograd.kron(autograd.tensor([[1, 10]]), autograd.tensor([[1, 2], [3, 4]]))
    tensor([[ 1,  2, 10, 20],
            [ 3,  4, 30, 40]])
    """
    ndim = max(input.ndim, other.ndim)
    sizes_x = (1,) * (ndim - input.ndim) + tuple(input.shape)
    sizes_y = (1,) * (ndim - other.ndim) + tuple(other.shape)
    spaced = reshape(input, [n for size in sizes_x for n in (size, 1)])
    tiled = reshape(other, [n for size in sizes_y for n in (1, size)])
    return reshape(spaced * tiled, [m * n for m, n in zip(sizes_x, sizes_y, strict=True)])


# -- the cross product --------------------------------------------------------------------------------------


def crossed(x: Tensor, y: Tensor, dim: int) -> Tensor:
    """The cross product of the vectors of length 3 along one dimension."""
    if x.ndim != y.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, but their shapes are {tuple(x.shape)} and "
            f"{tuple(y.shape)}"
        )
    dim = one_dim(dim, x.ndim, "linalg.cross")
    if not (x.ndim and x.shape[dim] == y.shape[dim] == 3):
        sizes = f"{x.shape[dim]} and {y.shape[dim]}" if x.ndim else "tensors of rank 0"
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes}")
    check_same_dtype("linalg.cross", input=x, other=y)
    return roll(x, -1, dim) * roll(y, -2, dim) - roll(x, -2, dim) * roll(y, -1, dim)


@derived(r"x \times y", name="linalg.cross", method=False,
    cases=(case((2, 3), (2, 3)), case((3, 2), (3, 2), dim=0), case((2, 1, 3), (1, 4, 3))))  # fmt: skip
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of the vectors of length 3 along one dimension: orthogonal to both.

    Shapes: input and other broadcast, except along `dim`.

    >>> import autograd
    >>> autograd.linalg.cross(autograd.tensor([1.0, 0.0, 0.0]), autograd.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    return crossed(input, other, dim)


@derived(r"x \times y", numpy=np.cross, cases=(case((2, 3), (2, 3)), case((4, 3, 3), (4, 3, 3), dim=-1)))
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """`linalg.cross`; without `dim`, along the first dimension of size 3."""
    if dim is None:
        dim = next((i for i, size in enumerate(input.shape) if size == 3), None)
        if dim is None:
            raise RuntimeError(f"cross: no dimension of size 3 in input of shape {tuple(input.shape)}")
    return crossed(input, other, dim)


# -- diagonals and powers -----------------------------------------------------------------------------------


@derived(r"\sum_i x_{ii}", numpy=np.trace, cases=(case((3, 3)), case((3, 4)), case((0, 3))))
def trace(input: Tensor) -> Tensor:
    """The sum of the elements on the diagonal of a matrix. Integers sum to int64."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return sum_over(diagonal(input))


@derived(r"x_{ii}", name="linalg.diagonal", method=False, cases=(case((2, 3, 4)), case((2, 3, 4), offset=1, dim1=0)))
def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, as the last dimension: a view."""
    return diagonal(A, offset, dim1, dim2)


@derived(
    r"x_i^j",
    name="linalg.vander",
    method=False,
    cases=(case((3,)), case((2, 3), N=4), case((3,), N=2), case((2, 0), N=2)),
)
def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Vandermonde's matrix: the powers 0, 1, ..., N - 1 of each element (N as many as elements, unless given).

    Shapes: x (..., n), result (..., n, N).

    >>> import autograd
    >>> autograd.linalg.vander(autograd.tensor([2, 3]), N=4)
    tensor([[ 1,  2,  4,  8],
            [ 1,  3,  9, 27]])
    """
    if x.dtype.name == "bool":
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got bool")
    x = x if x.ndim else x.reshape(1)
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError(f"linalg.vander: N must be greater than 1. Got {count}")
    return powers(x, count)


def powers(x: Tensor, count: int) -> Tensor:
    """The powers 0, 1, ..., count - 1 of each element, in a new last dimension."""
    factors = [x.new_ones((*x.shape, 1)), x.unsqueeze(-1).expand(*x.shape, count - 1)]
    return cumprod(cat(factors, -1), -1)


@derived(
    r"x_i^j",
    method=False,
    numpy=np.vander,
    cases=(case((3,)), case((3,), N=2, increasing=True), case(sample((3,)), N=0)),
)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Vandermonde's matrix of a vector; unless `increasing`, with the highest power first, as in NumPy."""
    if x.ndim != 1:
        raise RuntimeError(f"vander: x must be a one-dimensional tensor, but has shape {tuple(x.shape)}")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError(f"vander: N must be non-negative. Got {count}")
    columns = powers(x, count) if count else powers(x.detach(), 1)[:, :0]
    return columns if increasing else columns.flip(-1)
