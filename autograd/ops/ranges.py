"""Sums over ranges along a dimension, and elements picked in order: the linear maps of resizing.

Both go from the first places to the last and never step back. Then the elements that a place of the
result is made of follow one another, and so do the places that an element goes to: each map's
derivative is again a sum over ranges, without any scattering.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.op import op

Places = tuple[int, ...]


@op(r"z_i = \sum_{j = a_i}^{b_i - 1} x_j", method=False,
    cases=(case((2, 5), starts=(0, 1, 3), ends=(2, 4, 5), dim=1), case((3, 2), starts=(0, 0), ends=(3, 3), dim=0),
           case((4, 2), starts=(0, 1, 1, 4), ends=(1, 1, 3, 4), dim=0), case((3, 2), starts=(), ends=(), dim=0)))  # fmt: skip
def range_sums(x: Array, starts: Places, ends: Places, dim: int) -> Array:
    """Sums over ranges along a dimension. Neither starts nor ends ever step back; empty ranges sum to 0."""
    first, lengths = np.array(starts, np.int64), np.subtract(ends, starts)
    sums = np.zeros((*x.shape[:dim], len(starts), *x.shape[dim + 1 :]), x.dtype)
    for k in range(max(lengths, default=0)):
        longer = lengths > k  # the ranges that have a k-th element
        sums[(*(slice(None),) * dim, longer)] += np.take(x, first[longer] + k, dim)
    return sums


@range_sums.vjp("x", r"\sum_{i : a_i \le j < b_i} \bar z_i")
def _(g: Any, x_shape: Any, starts: Places, ends: Places, dim: int) -> Any:
    places = range(x_shape[dim])
    return range_sums.either(g, counts(ends, places), counts(starts, places), dim)


@op(
    r"z_i = x_{p_i}",
    method=False,
    cases=(case((2, 4), places=(0, 0, 2, 3, 3), dim=1), case((3, 2), places=(1,), dim=0)),
)
def ordered_select(x: Array, places: Places, dim: int) -> Array:
    """Elements along a dimension, at places that never step back."""
    return np.take(x, places, dim)


@ordered_select.vjp("x", r"\sum_{i : p_i = j} \bar z_i")
def _(g: Any, x_shape: Any, places: Places, dim: int) -> Any:
    every = range(x_shape[dim])
    return range_sums.either(g, counts(places, every, "left"), counts(places, every), dim)


def counts(ordered: Places, places: range, side: Any = "right") -> Places:
    """For each place, how many of the ordered ones come before it; or, at the right, not after it."""
    return tuple(np.searchsorted(ordered, places, side).tolist())
