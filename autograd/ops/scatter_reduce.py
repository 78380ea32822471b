"""Reducing by groups: scatter with a sum, a mean, a product or an extreme, and its form with one index per slice."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, Ints, add_at, array_of
from autograd.cases import case, ints, sample
from autograd.derived import derived
from autograd.op import op
from autograd.ops.replacing import check_index_op
from autograd.ops.scatter import (
    SCATTERED,
    _gather,
    check_index,
    coordinates,
    multiplied,
    scatter,
    scatter_add,
    source_for,
)
from autograd.tensor import Tensor, tensor_of

# -- extremes ----------------------------------------------------------------------------------------------


@op(r"\max(x, y_{j : k_j = i})", name="scatter_extreme", method=False, kind="free", node="ScatterReduceBackward0",
    cases=tuple(c._replace(params={**c.params, "largest": way}) for way in (True, False)
                for c in SCATTERED))  # fmt: skip
def _scatter_extreme(x: Array, index: Ints, src: Array, dim: int, largest: bool) -> Array:
    """x, with each element replaced by a larger (smaller) one of src that points at it."""
    found = np.array(x)
    (np.maximum if largest else np.minimum).at(found, coordinates(index, dim), src)
    return found


def winners(x: Any, index: Any, src: Any, out: Any, dim: int) -> tuple[Array, Array]:
    """The shares of the gradient: 1/n for each of the n elements that attain the extreme."""
    x, src, out = array_of(x), array_of(src), array_of(out)
    places = coordinates(index, dim)
    own, sent = x == out, src == out[places]
    count = own.astype(x.dtype)
    np.add.at(count, places, sent.astype(x.dtype))
    return own / np.maximum(count, 1), sent / np.maximum(count[places], 1)


@_scatter_extreme.vjp("x", r"\bar z \text{, shared by all that attain the extreme}")
def _(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int) -> Any:
    return g * winners(x, index, src, out, dim)[0].astype(array_of(x).dtype)


@_scatter_extreme.vjp("src", r"\text{gathered } \bar z \text{, shared by all that attain the extreme}")
def _(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int) -> Any:
    return _gather.either(g, index, dim) * winners(x, index, src, out, dim)[1].astype(array_of(x).dtype)


# -- the public functions ---------------------------------------------------------------------------------


NEUTRAL = {"sum": 0, "mean": 0, "prod": 1, "amax": -np.inf, "amin": np.inf}


def neutral(reduce: str, x: Tensor) -> Any:
    """The value that changes nothing."""
    if reduce not in ("amax", "amin") or x.is_floating_point():
        return NEUTRAL[reduce]
    if x.dtype is dtypes.bool:
        return reduce == "amin"
    limits = np.iinfo(x.dtype.dtype)
    return limits.min if reduce == "amax" else limits.max


@derived(
    r"z_i = x_i \oplus \bigoplus_{j : k_j = i} y_j",
    cases=tuple(
        c._replace(params={**c.params, "reduce": r}) for r in ("sum", "mean", "amax", "prod") for c in SCATTERED
    ),
    inplace=True,
)
def scatter_reduce(
    input: Tensor, dim: Any, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy with each element combined with those of `src` that point at it: "sum", "mean", "prod", "amax" or "amin".

    Without `include_self`, elements that are pointed at do not count themselves. Equal extremes
    share the gradient; zeros in products are handled.

    >>> import autograd
    >>> autograd.scatter_reduce(
    ...     autograd.ones(2), 0, autograd.tensor([0, 0, 1]), autograd.tensor([2.0, 3.0, 4.0]), "prod"
    ... )
    tensor([6., 4.])
    """
    dim = check_index(input, dim, index, "scatter_reduce")
    if reduce not in NEUTRAL:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    source = source_for(input, index, src, "scatter_reduce")
    if not index.numel():
        return input.clone()
    if not input.ndim:
        shape = (1,)
        return scatter_reduce(
            input.reshape(shape), 0, index.reshape(-1), source.reshape(-1), reduce, include_self=include_self
        ).reshape(())
    own = input if include_self else scatter(input, dim, index, value=neutral(reduce, input))
    if reduce == "sum":
        return scatter_add(own, dim, index, source)
    if reduce == "mean":
        return mean_of_groups(input, scatter_add(own, dim, index, source), dim, index, include_self)
    if reduce == "prod":
        return multiplied(own, index, source, dim)
    extreme: Tensor = _scatter_extreme(own, index, source, dim, reduce == "amax")
    return extreme


def mean_of_groups(x: Tensor, total: Tensor, dim: int, index: Tensor, include_self: bool) -> Tensor:
    """The totals divided by how many elements went into each."""
    count = np.zeros(x.shape, np.int64)
    add_at(count, coordinates(index.array, dim), np.ones_like(index.array))
    count = count + 1 if include_self else np.maximum(count, 1)
    if x.dtype.is_floating_point or x.dtype.is_complex:
        return total / tensor_of(count.astype(x.dtype.dtype), x.dtype)
    quotient: Tensor = total.div(tensor_of(count).to(x.dtype), rounding_mode="floor")
    return quotient


@derived(
    r"z_i = x_i \oplus \bigoplus_{j : k_j = i} y_j",
    cases=(case(sample((3, 4), apart=True), ints((2,), 0, 3), sample((2, 4), 3, 5), dim=0, reduce="amax"),),
    inplace=True,
)
def index_reduce(
    input: Tensor, dim: Any, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy with slices along a dimension combined with those of `source`: "prod", "mean", "amax" or "amin".

    >>> import autograd
    >>> autograd.index_reduce(autograd.ones(2), 0, autograd.tensor([0, 0]), autograd.tensor([2.0, 3.0]), "amax")
    tensor([3., 1.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    dim = check_index_op(input, dim, index, source, "index_reduce")
    if not input.ndim:
        return scatter_reduce(input, 0, index, source, reduce, include_self=include_self)
    shaped = index.reshape(-1, *[1] * (input.ndim - dim - 1)).expand(source.shape)
    return scatter_reduce(input, dim, shaped, source, reduce, include_self=include_self)
