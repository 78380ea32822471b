"""Gather and scatter: one place for each element, along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array, Ints, add_at, array_of, row_major
from autograd.cases import case, ints, sample
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.op import op
from autograd.ops.indexing import check_places
from autograd.tensor import Tensor, tensor_of

GATHERED = (
    case((3, 4), ints((2, 4), 0, 3), dim=0),
    case((3, 4), ints((3, 2), 0, 4), dim=1),
    case((2, 3, 2), ints((1, 5, 2), 0, 3), dim=1),
    case((), ints((), 0, 1), dim=0),
)

SCATTERED = (
    case(sample((3, 4), apart=True), ints((2, 4), 0, 3), sample((2, 4), 3, 5, apart=True), dim=0),
    case(sample((3, 4), apart=True), ints((3, 2), 0, 4), sample((3, 2), apart=True), dim=1),
)


def coordinates(index: Array, dim: int) -> tuple[Any, ...]:
    """Where each element of an index points: its own place in every dimension but one, the index in that."""
    if not index.ndim:  # a single place, along the only dimension that there is
        return (index,)
    own: list[Any] = list(np.ogrid[tuple(slice(size) for size in index.shape)])
    own[dim] = index
    return tuple(own)


# -- gather and its dual ------------------------------------------------------------------------------------


@op(r"z_{ij} = x_{k_{ij}\, j}", name="gather", method=False, kind="free", cases=GATHERED)
def _gather(x: Array, index: Ints, dim: int) -> Array:
    """For each element of the index, the element of x that it points at."""
    if not index.size:
        return np.empty(index.shape, x.dtype)
    return np.reshape(x, -1)[row_major(coordinates(index, dim), x.shape) if x.ndim else index]


@op(r"z_{k_{ij}\, j} \mathrel{+}= x_{ij}", name="gather_adjoint", method=False, kind="free",
    cases=(case((2, 4), ints((2, 4), 0, 3), shape=(3, 4), dim=0),))  # fmt: skip
def gather_adjoint(x: Array, index: Ints, shape: Any, dim: int) -> Array:
    """Each element added where the index points, among zeros."""
    whole = np.zeros(shape, x.dtype)
    if not index.size:
        return whole
    if whole.ndim:
        add_at(whole, coordinates(index, dim), x)
        return whole
    return np.add.reduce(np.reshape(x, -1))


_gather.vjp("x", r"\text{each } \bar z \text{ added where its element came from}")(
    lambda g, index, x_shape, dim: gather_adjoint.either(g, index, x_shape, dim)
)
gather_adjoint.vjp("x", r"\text{gathered } \bar z")(lambda g, index, dim: _gather.either(g, index, dim))


def check_index(x: Tensor, dim: Any, index: Any, name: str) -> int:
    """The dimension, after raising for an index that points outside of x."""
    dim = one_dim(dim, x.ndim, name)
    check_places(index, x.shape[dim] if x.ndim else 1, name, dim, RuntimeError)
    if max(index.ndim, 1) != max(x.ndim, 1) and index.numel():
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor: got {index.ndim} "
            f"(shape {tuple(index.shape)}) and {x.ndim} (shape {tuple(x.shape)})"
        )
    for d, (i, size) in enumerate(zip(index.shape, x.shape, strict=False)):
        if d != dim and i > size:
            raise RuntimeError(
                f"{name}(): Size does not match at dimension {d} expected index {list(index.shape)} to be no larger "
                f"than self {list(x.shape)} apart from dimension {dim}"
            )
    return dim


@derived(r"z_{ij} = x_{k_{ij}\, j}", cases=GATHERED)
def gather(input: Tensor, dim: Any, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """For each element of the index, the element of `input` that it points at along a dimension.

    For a matrix and dim=1, z[i, j] = input[i, index[i, j]].

    >>> import autograd
    >>> autograd.gather(autograd.tensor([[1, 2], [3, 4]]), 1, autograd.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    dim = check_index(input, dim, index, "gather")
    return _gather(input, index, dim)


# -- scatter ------------------------------------------------------------------------------------------------


@op(r"x \text{ with } x_{k_{ij}\, j} \mathrel{+}= y_{ij}", name="scatter_add", method=False, kind="free",
    cases=(case((3, 4), ints((2, 4), 0, 3), (2, 4), dim=0),
           case((3, 4), ints((3, 2), 0, 4), (3, 2), dim=1)))  # fmt: skip
def _scatter_add(x: Array, index: Ints, src: Array, dim: int) -> Array:
    """x with each element of src added where the index points."""
    total = np.array(x, order="C")
    if total.ndim:
        add_at(total, coordinates(index, dim), src)
        return total
    return total + np.add.reduce(np.reshape(src, -1), dtype=total.dtype)


_scatter_add.vjp("x", r"\bar z")(lambda g: g)
_scatter_add.vjp("src", r"\text{gathered } \bar z")(lambda g, index, dim: _gather.either(g, index, dim))


@op(r"x \text{ with } x_{k_{ij}\, j} = y_{ij}", name="scatter", method=False, kind="free",
    cases=(case((3, 4), ints((1, 4), 0, 3), (1, 4), dim=0),
           case((3, 4), ints((3, 1), 0, 4), (3, 1), dim=1)))  # fmt: skip
def _scatter(x: Array, index: Ints, src: Array, dim: int) -> Array:
    """x with each element of src put where the index points."""
    changed = np.array(x, order="C")
    if not changed.ndim:
        return np.reshape(src, -1)[-1] if np.size(src) else changed
    changed[coordinates(index, dim)] = src
    return changed


@_scatter.vjp("x", r"\bar z \text{, } 0 \text{ where it was overwritten}")
def _(g: Any, index: Any, dim: int) -> Any:
    return _scatter.either(g, index, np.zeros_like(_gather.either(g, index, dim)), dim)


_scatter.vjp("src", r"\text{gathered } \bar z")(lambda g, index, dim: _gather.either(g, index, dim))


# -- products -----------------------------------------------------------------------------------------------


@op(r"x \prod_{j : k_j = i} y_j", name="scatter_product", method=False, node="ScatterReduceBackward0",
    cases=SCATTERED)  # fmt: skip
def _scatter_product(x: Array, index: Ints, src: Array, dim: int) -> Array:
    """x, with each element multiplied by those of src that point at it."""
    product = np.array(x)
    np.multiply.at(product, coordinates(index, dim), src)
    return product


def others(factor: Any, product: Any, zeros: Array, rest: Array) -> Any:
    """The product of the other factors: the quotient, or with one zero among all, what remains for that zero."""
    is_zero = array_of(factor) == 0
    quotient = np.where(zeros == 0, product, 0) / np.where(is_zero, 1, factor)
    return quotient + np.where(is_zero & (zeros == 1), rest, 0).astype(array_of(factor).dtype)


def zeros_and_rest(x: Any, index: Any, src: Any, dim: int) -> tuple[Array, Array]:
    """For each group, the number of its zeros and the product of the rest."""
    x, src, places = array_of(x), array_of(src), coordinates(index, dim)
    zeros, rest = (x == 0).astype(np.int64), np.where(x == 0, 1, x)
    np.add.at(zeros, places, src == 0)
    np.multiply.at(rest, places, np.where(src == 0, 1, src))
    return zeros, rest


@_scatter_product.vjp("x", r"\bar z \odot \text{the other factors}")
def _(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int) -> Any:
    return g * others(x, out, *zeros_and_rest(x, index, src, dim))


@_scatter_product.vjp("src", r"\text{gathered } \bar z \odot \text{the other factors}")
def _(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int) -> Any:
    zeros, rest = zeros_and_rest(x, index, src, dim)
    places = coordinates(index, dim)
    return _gather.either(g, index, dim) * others(src, _gather.either(out, index, dim), zeros[places], rest[places])


def source_for(x: Tensor, index: Tensor, src: Any, name: str) -> Tensor:
    """The values to scatter, cut to the index's shape."""
    if not isinstance(src, Tensor):
        return tensor_of(np.full(index.shape, src, x.dtype.dtype), x.dtype)
    if src.dtype is not x.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, got {x.dtype.name} and {src.dtype.name}"
        )
    if max(src.ndim, 1) != max(index.ndim, 1) and index.numel():
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as src tensor: "
            f"got {index.ndim} and {src.ndim}"
        )
    if src.shape == index.shape:
        return src
    if any(i > s for i, s in zip(index.shape, src.shape, strict=False)):
        raise RuntimeError(f"{name}(): Expected index {list(index.shape)} to be no larger than src {list(src.shape)}")
    part: Tensor = src[tuple(slice(size) for size in index.shape)] if src.ndim else src.reshape(index.shape)
    return part


@derived(r"x_{k_{ij}\, j} \mathrel{+}= y_{ij}", cases=_scatter_add.op.cases, inplace=True)
def scatter_add(input: Tensor, dim: Any, index: Tensor, src: Tensor) -> Tensor:
    """A copy of `input` with each element of `src` added where the index points: the dual of `gather`.

    >>> import autograd
    >>> x, places = autograd.zeros(3), autograd.tensor([0, 2, 2])
    >>> autograd.scatter_add(x, 0, places, autograd.ones(3))
    tensor([1., 0., 2.])
    """
    dim = check_index(input, dim, index, "scatter_add")
    return _scatter_add(input, index, source_for(input, index, src, "scatter_add"), dim)


@derived(r"x_{k_{ij}\, j} = y_{ij}", cases=_scatter.op.cases, inplace=True)
def scatter(
    input: Tensor, dim: Any, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """A copy of `input` with each element of `src` (or one `value`) put where the index points.

    With `reduce="add"` or "multiply", it is added to or multiplied with what is there. Otherwise, where
    several elements point at one place, it is not defined which of them stays, nor which gradients they get.

    >>> import autograd
    >>> autograd.scatter(autograd.zeros(4), 0, autograd.tensor([3, 0]), autograd.tensor([5.0, 6.0]))
    tensor([6., 0., 0., 5.])
    """
    dim = check_index(input, dim, index, "scatter")
    source = source_for(input, index, value if src is None else src, "scatter")
    if reduce is None:
        return _scatter(input, index, source, dim)
    if reduce == "add":
        return _scatter_add(input, index, source, dim)
    if reduce == "multiply":
        return multiplied(input, index, source, dim)
    raise RuntimeError(f"scatter(): reduce argument must be either 'add' or 'multiply', got {reduce!r}")


def multiplied(x: Tensor, index: Tensor, source: Tensor, dim: int) -> Tensor:
    """Each element of x times those of the source that point at it."""
    if x.ndim:
        return _scatter_product(x, index, source, dim)
    return _scatter_product(x.reshape(1), index.reshape(-1), source.reshape(-1), 0).reshape(())
