"""Running totals along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import ONE_DIM, within
from autograd.dims import one_dim
from autograd.op import op

NONZERO = within(ONE_DIM, 0.4, 2.0)


@op(r"z_i = \sum_{j \le i} x_j", numpy=np.cumsum, kind="sum", inplace=True, canon={"dim": one_dim}, accepts_dtype=True,
    cases=ONE_DIM)  # fmt: skip
def cumsum(x: Array, dim: int) -> Array:
    """The running sum along a dimension.

    >>> import autograd
    >>> autograd.cumsum(autograd.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    return np.add.accumulate(x, dim) if x.ndim else x.copy()


cumsum.vjp("x", r"\bar x_i = \sum_{j \ge i} \bar z_j")(lambda g, dim: reverse_cumsum(g, dim))


def reverse_cumsum(g: Any, dim: int) -> Any:
    """The running sum from the end: the dual of the one from the start."""
    return np.flip(np.cumsum(np.flip(g, dim), dim), dim) if g.ndim else g


@op(r"z_i = \prod_{j \le i} x_j", numpy=np.cumprod, kind="sum", inplace=True, canon={"dim": one_dim}, accepts_dtype=True,
    cases=(*NONZERO, *ONE_DIM))  # fmt: skip
def cumprod(x: Array, dim: int) -> Array:
    """The running product along a dimension; right for zeros, and so is its derivative."""
    return np.multiply.accumulate(x, dim) if x.ndim else x.copy()


@cumprod.vjp("x", r"\bar x_i = \prod_{j < i} x_j \left(\bar z_i + x_{i+1} (\bar z_{i+1} + x_{i+2} (\ldots))\right)")
def _(g: Any, x: Any, dim: int) -> Any:
    if not x.ndim or not x.shape[dim]:
        return g
    before = (slice(None),) * dim

    def at(tensor: Any, i: int) -> Any:
        return tensor[(*before, i)]

    later = at(g, -1)
    sums = [later]
    for i in range(x.shape[dim] - 2, -1, -1):
        later = at(g, i) + at(x, i + 1) * later
        sums.append(later)
    ones = np.ones_like(x[(*before, slice(0, 1))])
    earlier = np.cumprod(np.concatenate((ones, x[(*before, slice(None, -1))]), axis=dim), axis=dim)
    return earlier * np.stack(sums[::-1], axis=dim)
