"""Matrix products of every rank, and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.attach import also_called
from autograd.cases import case
from autograd.derived import derived
from autograd.dtypes import FLOATING
from autograd.op import op
from autograd.promotion import result_type
from autograd.tensor import Tensor

RANKS = (
    case((3, 4), (4, 2)),
    case((4,), (4,)),
    case((3, 4), (4,)),
    case((4,), (4, 2)),
    case((2, 3, 4), (4, 2)),
    case((3, 4), (5, 4, 2)),
    case((5, 1, 3, 4), (2, 4, 2)),
    case((2, 3, 4), (4,)),
    case((4,), (2, 4, 3)),
    case((0, 4), (4, 2)),
    case((3, 0), (0, 2)),
)


def inner_clash(shapes: list[tuple[int, ...]]) -> str:
    """Why two shapes can't be multiplied."""
    x, y = shapes
    if not x or not y:
        return (
            f"both arguments to matmul need to be at least 1D, but they are {len(x)}D and {len(y)}D: use * for scalars"
        )
    inner = y[-2] if len(y) > 1 else y[0]
    if x[-1] != inner:
        wanted = "its last size" if len(x) == 1 else "the first one's last size"
        return (
            f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, x))} and {'x'.join(map(str, y))}): "
            f"{wanted}, {x[-1]}, must equal the other's {'second last' if len(y) > 1 else 'only'} size, {inner}"
        )
    return f"the batch dimensions of {x} and {y} do not broadcast: all but the last two must be equal or 1"


def name_by_rank(node: Any) -> str:
    """PyTorch's name of the node, which tells ranks apart."""
    names = {0: "DotBackward0", 1: "MvBackward0", 2: "MmBackward0", 3: "BmmBackward0"}
    return names.get(len(node.shape), "UnsafeViewBackward0")


@op(r"x y", operator="matmul", numpy=np.matmul, batched=True, clash=inner_clash, promotes=False,
    refuses={"b": "convert with .int() or .float()"}, node=name_by_rank, cases=RANKS)  # fmt: skip
def matmul(x: Array, y: Array) -> Array:
    """The matrix product, of matrices, vectors, or batches of matrices that broadcast.

    A vector on the left counts as a row, on the right as a column, and its dimension is dropped again.
    Raises RuntimeError for sizes that do not match, and for operands of different dtypes.

    >>> import autograd
    >>> autograd.matmul(autograd.tensor([[1, 2], [3, 4]]), autograd.tensor([10, 1]))
    tensor([12, 34])
    """
    return np.matmul(x, y)


@matmul.vjp("x", r"\bar z\, y^\top")
def _(g: Any, x_shape: Any, y: Any) -> Any:
    if y.ndim == 1:
        return g * y if len(x_shape) == 1 else np.expand_dims(g, -1) * y
    if len(x_shape) == 1 and y.ndim == 2:
        return y @ g
    if len(x_shape) == 1:
        return (np.expand_dims(g, -2) @ y.swapaxes(-1, -2)).squeeze(-2)
    return g @ y.swapaxes(-1, -2)


@matmul.vjp("y", r"x^\top \bar z")
def _(g: Any, x: Any, y_shape: Any) -> Any:
    if x.ndim == 1:
        return g * x if len(y_shape) == 1 else np.expand_dims(x, -1) * np.expand_dims(g, -2)
    if len(y_shape) == 1 and x.ndim == 2:
        return x.swapaxes(0, 1) @ g
    if len(y_shape) == 1:
        return (x.swapaxes(-1, -2) @ np.expand_dims(g, -1)).squeeze(-1)
    return x.swapaxes(-1, -2) @ g


# -- products of one rank each ------------------------------------------------------------------------------


def need_rank(name: str, *expected: tuple[str, Tensor, int]) -> None:
    """Raise unless each tensor has its number of dimensions."""
    for label, tensor, ndim in expected:
        if tensor.ndim != ndim:
            raise RuntimeError(
                f"{name}: {label} must be {ndim}D, but got {tensor.ndim}D (shape {tuple(tensor.shape)}); "
                "matmul() takes any number of dimensions"
            )


@derived(r"x y", cases=(case((3, 4), (4, 2)),))
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices."""
    need_rank("mm", ("self", input, 2), ("mat2", mat2, 2))
    return matmul(input, mat2)


@derived(r"x y", cases=(case((5, 3, 4), (5, 4, 2)),))
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices, one by one."""
    need_rank("bmm", ("batch1", input, 3), ("batch2", mat2, 3))
    if input.shape[0] != mat2.shape[0] or input.shape[2] != mat2.shape[1]:
        raise RuntimeError(
            f"bmm: Expected size for first two dimensions of batch2 tensor to be: [{input.shape[0]}, {input.shape[2]}] "
            f"but got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    return matmul(input, mat2)


@derived(r"x y", cases=(case((3, 4), (4,)),))
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector."""
    need_rank("mv", ("input", input, 2), ("vec", vec, 1))
    return matmul(input, vec)


@derived(r"\sum_i x_i y_i", cases=(case((4,), (4,)), case((0,), (0,))), numpy=np.dot)
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors."""
    check_vectors(input, tensor, "dot")
    return matmul(input, tensor)


def check_vectors(x: Tensor, y: Tensor, name: str) -> None:
    """Raise unless these are two vectors of one length and one dtype."""
    need_rank(name, ("input", x, 1), ("tensor", y, 1))
    if x.shape != y.shape:
        raise RuntimeError(
            f"{name}: inconsistent tensor size, expected tensor [{x.shape[0]}] and src [{y.shape[0]}] to have the "
            "same number of elements"
        )
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"{name}: expected both vectors to have same dtype, but found {x.dtype.name} and {y.dtype.name}"
        )


@derived(r"x_i y_j", cases=(case((3,), (4,)), case((0,), (2,))), numpy=np.outer, casts_out=True)
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The outer product of two vectors: every product of an element of one and an element of the other.

    >>> import autograd
    >>> autograd.outer(autograd.tensor([1, 2]), autograd.tensor([3, 4, 5]))
    tensor([[ 3,  4,  5],
            [ 6,  8, 10]])
    """
    need_rank("outer", ("self", input, 1), ("vec2", vec2, 1))
    return input.unsqueeze(1) * vec2


ger = also_called("ger", outer)


# -- with a summand -----------------------------------------------------------------------------------------


@derived(r"\beta x + \alpha\, y z", cases=(case((3, 2), (3, 4), (4, 2)), case((2,), (3, 4), (4, 2))), inplace=True)
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """`alpha` times the product of two matrices plus `beta` times `input`, which broadcasts."""
    return combined(input, mm(mat1, mat2), beta, alpha, "addmm")


@derived(r"\beta x + \alpha\, y z", cases=(case((5, 3, 2), (5, 3, 4), (5, 4, 2)),), inplace=True)
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """`addmm` for batches of matrices."""
    return combined(input, bmm(batch1, batch2), beta, alpha, "baddbmm")


@derived(r"\beta x + \alpha \sum_b y_b z_b", cases=(case((3, 2), (5, 3, 4), (5, 4, 2)),), inplace=True)
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """The sum of a batch of matrix products, added to `input`."""
    return combined(input, bmm(batch1, batch2).sum(0), beta, alpha, "addbmm")


@derived(r"\beta x + \alpha\, y z", cases=(case((3,), (3, 4), (4,)),), inplace=True)
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """`alpha` times the product of a matrix and a vector plus `beta` times `input`."""
    return combined(input, mv(mat, vec), beta, alpha, "addmv")


@derived(r"\beta x_{ij} + \alpha\, y_i z_j", cases=(case((3, 4), (3,), (4,)),), inplace=True, casts_out=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """`alpha` times the outer product of two vectors plus `beta` times `input`; dtypes are promoted."""
    product = outer(vec1, vec2)
    d = result_type(input, product)
    if d.category < FLOATING and not (isinstance(beta, int) and isinstance(alpha, int)):
        raise RuntimeError(
            "addr: For integral input tensors, arguments beta and alpha must not be floating point numbers: they are "
            f"{beta} and {alpha}"
        )
    return combined(input.to(d), product.to(d), beta, alpha, "addr")


def combined(x: Tensor, product: Tensor, beta: float, alpha: float, name: str) -> Tensor:
    """beta x + alpha product; with beta = 0, x is not looked at, so that its NaN do not spread.

    As in PyTorch, the factors of integers are cut off to whole numbers.
    """
    if x.dtype is not product.dtype:
        raise RuntimeError(
            f"{name}: self and mat2 must have the same dtype, but got {x.dtype.name} and {product.dtype.name}: convert "
            "one with .to()"
        )
    if x.ndim > product.ndim or any(a not in (1, b) for a, b in zip(x.shape[::-1], product.shape[::-1])):  # noqa: B905
        raise RuntimeError(
            f"{name}: the summand of shape {tuple(x.shape)} can't be expanded to the product's shape "
            f"{tuple(product.shape)}: the expanded size of the tensor must match the existing size"
        )
    if product.dtype.category < FLOATING:
        beta, alpha = int(beta), int(alpha)
    scaled = product if alpha == 1 else product * alpha
    if beta == 0:
        return scaled
    return scaled + (x if beta == 1 else x * beta)
