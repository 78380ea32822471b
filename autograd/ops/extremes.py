"""The largest and the smallest elements of a tensor, and where they are."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from autograd import dtypes, return_types
from autograd.arrays import Array, Axes, Ints, in_rows
from autograd.cases import DIMS, ONE_DIM, apart, case, ints
from autograd.derived import derived
from autograd.dims import many_dims_or_all, one_dim, optional_dim
from autograd.op import op
from autograd.ops.reduction import kept
from autograd.ops.refusals import NO_ORDER
from autograd.ops.scatter import gather_adjoint
from autograd.ops.selection import maximum, minimum
from autograd.tensor import Tensor, tensor_of

FULL = tuple(c for c in DIMS if not c.params)
EACH_DIM = apart(ONE_DIM)


@op(
    r"\max_{i \in d} x_i",
    numpy=(np.max, np.amax),
    canon={"dim": many_dims_or_all},
    refuses=NO_ORDER,
    cases=apart(DIMS),
    node=lambda node: "MaxBackward1" if node.params["dim"] is None else "AmaxBackward0",
)
def amax(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """The largest element, of all or along the given dimensions. Equal ones share the gradient equally.

    >>> import autograd
    >>> autograd.amax(autograd.tensor([[1.0, 5.0], [4.0, 2.0]]), dim=0)
    tensor([4., 5.])
    """
    check_not_empty(x, dim, "amax")
    return in_rows(np.maximum.reduce(x, axis=dim, keepdims=keepdim))


@op(
    r"\min_{i \in d} x_i",
    numpy=(np.min, np.amin),
    canon={"dim": many_dims_or_all},
    refuses=NO_ORDER,
    cases=apart(DIMS),
    node=lambda node: "MinBackward1" if node.params["dim"] is None else "AminBackward0",
)
def amin(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """The smallest element, of all or along the given dimensions. Equal ones share the gradient equally.

    >>> import autograd
    >>> autograd.amin(autograd.tensor([[1.0, 5.0], [4.0, 2.0]]), dim=0)
    tensor([1., 2.])
    """
    check_not_empty(x, dim, "amin")
    return in_rows(np.minimum.reduce(x, axis=dim, keepdims=keepdim))


def check_not_empty(x: Array, dim: Axes, name: str) -> None:
    """An empty dimension has no extreme."""
    if x.size:
        return
    if dim is None:
        raise (IndexError if name.startswith("arg") else RuntimeError)(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0 (shape {x.shape}): among no elements "
            "none is the largest or the smallest"
        )
    for d in dim:
        if x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size (shape {x.shape})")


def share_among_equals(g: Any, x: Any, out: Any, dim: Axes) -> Any:
    """The gradient of an extreme, divided equally among the elements that attain it."""
    attained = x == kept(out, x.shape, dim)
    shares = np.asarray(attained) / np.sum(np.asarray(attained), axis=dim, keepdims=True)
    return kept(g, x.shape, dim) * shares.astype(x.dtype)


for extreme in (amax, amin):
    extreme.vjp("x", r"\bar z \odot [x = z] / \#\{x = z\}")(share_among_equals)


@op(r"\arg\max_{i \in d} x_i", numpy=np.argmax, kind="index", canon={"dim": optional_dim}, refuses=NO_ORDER,
    cases=EACH_DIM)  # fmt: skip
def argmax(x: Array, dim: int | None = None, keepdim: builtins.bool = False) -> Array:
    """Where the largest element is: its place in row-major order, or along one dimension. The first of equals.

    >>> import autograd
    >>> autograd.argmax(autograd.tensor([[1.0, 5.0], [4.0, 2.0]]), dim=1)
    tensor([1, 0])
    """
    return place_of(np.argmax, x, dim, keepdim)


@op(r"\arg\min_{i \in d} x_i", numpy=np.argmin, kind="index", canon={"dim": optional_dim}, refuses=NO_ORDER,
    cases=EACH_DIM)  # fmt: skip
def argmin(x: Array, dim: int | None = None, keepdim: builtins.bool = False) -> Array:
    """Where the smallest element is: its place in row-major order, or along one dimension. The first of equals.

    >>> import autograd
    >>> autograd.argmin(autograd.tensor([[1.0, 5.0], [4.0, 2.0]]), dim=1)
    tensor([0, 1])
    """
    return place_of(np.argmin, x, dim, keepdim)


def place_of(find: Any, x: Array, dim: int | None, keepdim: builtins.bool) -> Array:
    """The place of an extreme; a tensor of rank 0 has it at 0."""
    check_not_empty(x, None if dim is None else (dim,), find.__name__)
    if x.ndim == 0:
        return np.int64(0)  # type: ignore[return-value]
    return np.asarray(find(x, axis=dim, keepdims=keepdim), dtype=np.int64)


@op(r"x_{\arg\max}", name="max_along", method=False, node="MaxBackward0", kind="free",
    cases=(case((3, 4), ints((3, 1), 0, 4), dim=1), case((3, 4), ints((1, 4), 0, 3), dim=0, keepdim=True)))  # fmt: skip
def _max_along(x: Array, index: Ints, dim: int = 0, keepdim: builtins.bool = False) -> Array:
    """The elements at the places of the maxima."""
    return chosen(x, index, dim, keepdim)


@op(r"x_{\arg\min}", name="min_along", method=False, node="MinBackward0", kind="free",
    cases=(case((3, 4), ints((3, 1), 0, 4), dim=1), case((3, 4), ints((1, 4), 0, 3), dim=0, keepdim=True)))  # fmt: skip
def _min_along(x: Array, index: Ints, dim: int = 0, keepdim: builtins.bool = False) -> Array:
    """The elements at the places of the minima."""
    return chosen(x, index, dim, keepdim)


def chosen(x: Array, index: Array, dim: int, keepdim: builtins.bool) -> Array:
    """One element of every row along a dimension."""
    if x.ndim == 0:
        return x.copy()
    found = np.take_along_axis(x, index, dim)
    return found if keepdim else found.squeeze(dim)


for along in (_max_along, _min_along):
    along.vjp("x", r"\bar z \text{ at the place, } 0 \text{ elsewhere}")(
        lambda g, index, x_shape, dim: gather_adjoint.either(g.reshape(index.shape), index, x_shape, dim)
    )


def extreme_along(x: Tensor, dim: Any, keepdim: builtins.bool, find: Any, along: Any, result: Any) -> Any:
    """Values and places of an extreme along one dimension."""
    dim = one_dim(dim, x.ndim, result.__name__)
    places = find(x, dim, True)
    values = along(x, places, dim, keepdim)
    return result(values, places if keepdim or x.ndim == 0 else tensor_of(places.array.squeeze(dim), dtypes.int64))


@derived(r"\max_i x_i", cases=EACH_DIM, casts_out=True)
def max(input: Tensor, dim: Any = None, keepdim: builtins.bool = False, *, other: Any = None) -> Any:
    """The largest element of all; with `dim`, values and indices along it; with a tensor, like `maximum`.

    >>> import autograd
    >>> autograd.max(autograd.tensor([[1.0, 5.0], [4.0, 2.0]]), dim=1)
    torch.return_types.max(
    values=tensor([5., 4.]),
    indices=tensor([1, 0]))
    """
    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    if dim is None:
        return amax(input)
    return extreme_along(input, dim, keepdim, argmax, _max_along, return_types.max)


@derived(r"\min_i x_i", cases=EACH_DIM, casts_out=True)
def min(input: Tensor, dim: Any = None, keepdim: builtins.bool = False, *, other: Any = None) -> Any:
    """The smallest element of all; with `dim`, values and indices along it; with a tensor, like `minimum`.

    >>> import autograd
    >>> autograd.min(autograd.tensor([[1.0, 5.0], [4.0, 2.0]]))
    tensor(1.)
    """
    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    if dim is None:
        return amin(input)
    return extreme_along(input, dim, keepdim, argmin, _min_along, return_types.min)
