"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array, in_rows
from autograd.cases import case
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.op import op
from autograd.tensor import Tensor

# -- a diagonal and its dual, a matrix with nothing else ----------------------------------------------------


@op(r"x_{ii}", name="diagonal", method=False, view=True,
    cases=(case((3, 4), offset=0, dim1=0, dim2=1), case((3, 4), offset=-1, dim1=0, dim2=1),
           case((2, 3, 4), offset=1, dim1=2, dim2=0)))  # fmt: skip
def _diagonal(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    """A diagonal of two dimensions, as the last dimension: a view."""
    line = np.diagonal(x, offset, dim1, dim2)
    line.setflags(write=x.flags.writeable)
    return line


@op(r"\text{zeros with } x \text{ on the diagonal}", name="diagonal_adjoint", method=False,
    cases=(case((3,), shape=(3, 4), offset=0, dim1=0, dim2=1),
           case((2, 2), shape=(2, 3, 2), offset=1, dim1=2, dim2=1)))  # fmt: skip
def diagonal_adjoint(x: Array, shape: Any, offset: int, dim1: int, dim2: int) -> Array:
    """A diagonal among zeros."""
    whole = np.zeros(shape, x.dtype)
    line = np.diagonal(whole, offset, dim1, dim2)
    line.setflags(write=True)
    line[...] = x
    return whole


_diagonal.vjp("x", r"\bar z \text{ on the diagonal}")(
    lambda g, x_shape, offset, dim1, dim2: diagonal_adjoint.either(g, x_shape, offset, dim1, dim2)
)
diagonal_adjoint.vjp("x", r"\bar z_{ii}")(lambda g, offset, dim1, dim2: _diagonal.either(g, offset, dim1, dim2))


@derived(r"x_{ii}", cases=(case((3, 4)), case((2, 3, 4), offset=1, dim1=-1, dim2=0)), numpy=np.diagonal)
def diagonal(input: Tensor, offset: int = 0, dim1: Any = 0, dim2: Any = 1) -> Tensor:
    """The diagonal of two dimensions, as the last dimension of the result: a view.

    >>> import autograd
    >>> autograd.diagonal(autograd.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    first, second = one_dim(dim1, input.ndim, "diagonal"), one_dim(dim2, input.ndim, "diagonal")
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    line: Tensor = _diagonal(input, offset, first, second)
    return line


@derived(r"z_{i i} = x_i", cases=(case((3,)), case((2, 3), offset=1), case((2, 3), offset=-1, dim1=0, dim2=2)))
def diag_embed(input: Tensor, offset: int = 0, dim1: Any = -2, dim2: Any = -1) -> Tensor:
    """Matrices with the last dimension on a diagonal and zeros elsewhere.

    >>> import autograd
    >>> autograd.diag_embed(autograd.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = input.ndim + 1
    first, second = sorted((one_dim(dim1, ndim, "diag_embed"), one_dim(dim2, ndim, "diag_embed")))
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    shape.insert(first, size)
    shape.insert(second, size)
    if one_dim(dim1, ndim, "diag_embed") > one_dim(dim2, ndim, "diag_embed"):
        offset = -offset
    embedded: Tensor = diagonal_adjoint(input, tuple(shape), offset, first, second)
    return embedded


@derived(
    r"z_{i i} = x_i \text{, or } z_i = x_{i i}",
    cases=(case((3,)), case((3, 4)), case((3, 4), diagonal=-1), case((2,), diagonal=1)),
    numpy=np.diag,
)
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector's square matrix with it on a diagonal; a copy of a matrix's diagonal.

    >>> import autograd
    >>> autograd.diag(autograd.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return diag_embed(input, diagonal) if input.ndim == 1 else _diagonal(input, diagonal, 0, 1).clone()


# -- triangles: each its own dual ---------------------------------------------------------------------------


@op(
    r"x_{ij} [j \le i + d]",
    numpy=np.tril,
    inplace=True,
    cases=(case((3, 4)), case((3, 4), diagonal=-1), case((2, 3, 3), diagonal=1)),
)
def tril(x: Array, diagonal: int = 0) -> Array:
    """The lower triangle of a matrix or batch of matrices, zeros elsewhere.

    >>> import autograd
    >>> autograd.tril(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[1, 0],
            [3, 4]])
    """
    check_matrix(x, "tril")
    return in_rows(np.tril(x, diagonal))


@op(
    r"x_{ij} [j \ge i + d]",
    numpy=np.triu,
    inplace=True,
    cases=(case((3, 4)), case((3, 4), diagonal=-1), case((2, 3, 3), diagonal=1)),
)
def triu(x: Array, diagonal: int = 0) -> Array:
    """The upper triangle of a matrix or batch of matrices, zeros elsewhere.

    >>> import autograd
    >>> autograd.triu(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[1, 2],
            [0, 4]])
    """
    check_matrix(x, "triu")
    return in_rows(np.triu(x, diagonal))


def check_matrix(x: Array, name: str) -> None:
    """Raise unless there are two dimensions at least."""
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, got shape {x.shape}")


tril.vjp("x", r"\bar z_{ij} [j \le i + d]")(lambda g, diagonal: np.tril(g, diagonal))
triu.vjp("x", r"\bar z_{ij} [j \ge i + d]")(lambda g, diagonal: np.triu(g, diagonal))
