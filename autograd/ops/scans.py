"""Running totals along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes, return_types
from autograd.arrays import Array, in_rows
from autograd.cases import ONE_DIM, apart, within
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.op import op
from autograd.ops.powers import complex_logaddexp
from autograd.ops.refusals import FLOATS_ONLY
from autograd.ops.scatter import gather
from autograd.tensor import Tensor, tensor_of

NONZERO = within(ONE_DIM, 0.4, 2.0)


@op(r"z_i = \sum_{j \le i} x_j", numpy=np.cumsum, kind="sum", inplace=True, canon={"dim": one_dim},
    accepts_dtype=True, casts_out=True, cases=ONE_DIM)  # fmt: skip
def cumsum(x: Array, dim: int) -> Array:
    """The running sum along a dimension.

    >>> import autograd
    >>> autograd.cumsum(autograd.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    return np.add.accumulate(in_rows(x), dim) if x.ndim else x.copy()


cumsum.vjp("x", r"\bar x_i = \sum_{j \ge i} \bar z_j")(lambda g, dim: reverse_cumsum(g, dim))


def reverse_cumsum(g: Any, dim: int) -> Any:
    """The running sum from the end: the dual of the one from the start."""
    return np.flip(np.cumsum(np.flip(g, dim), dim), dim) if g.ndim else g


@op(r"z_i = \prod_{j \le i} x_j", numpy=np.cumprod, kind="sum", inplace=True, canon={"dim": one_dim},
    accepts_dtype=True, casts_out=True, cases=(*NONZERO, *ONE_DIM))  # fmt: skip
def cumprod(x: Array, dim: int) -> Array:
    """The running product along a dimension; right for zeros, and so is its derivative.

    >>> import autograd
    >>> autograd.cumprod(autograd.tensor([1, 2, 3, 4]), 0)
    tensor([ 1,  2,  6, 24])
    """
    return np.multiply.accumulate(in_rows(x), dim) if x.ndim else x.copy()


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


# -- running extremes -------------------------------------------------------------------------------------


def running_places(x: Array, extreme: Array, dim: int) -> Array:
    """Where each running extreme was last attained: NaN counts as attained by every NaN."""
    attained = (x == extreme) | ((x != x) & (extreme != extreme))
    own = np.arange(x.shape[dim]).reshape(-1, *(1,) * (x.ndim - dim - 1))
    return np.maximum.accumulate(in_rows(np.where(attained, own, 0)), dim)


def running(x: Tensor, dim: Any, accumulate: Any, result: Any) -> Any:
    """The running extremes along a dimension, gathered from where they are."""
    if x.is_complex():
        raise RuntimeError(f"{result.__name__}: complex numbers have no order")
    dim = one_dim(dim, x.ndim, result.__name__)
    if not x.ndim:
        return result(x.clone(), tensor_of(np.int64(0)))
    places = tensor_of(running_places(x.array, accumulate(x.array, dim), dim), dtypes.int64)
    return result(gather(x, dim, places), places)


@derived(r"z_i = \max_{j \le i} x_j", cases=apart(ONE_DIM))
def cummax(input: Tensor, dim: Any) -> Any:
    """The largest element so far along a dimension, and its index (the last of equal ones).

    >>> import autograd
    >>> autograd.cummax(autograd.tensor([1.0, 3.0, 2.0]), 0).values
    tensor([1., 3., 3.])
    """
    return running(input, dim, np.maximum.accumulate, return_types.cummax)


@derived(r"z_i = \min_{j \le i} x_j", cases=apart(ONE_DIM))
def cummin(input: Tensor, dim: Any) -> Any:
    """The smallest element so far along a dimension, and its index (the last of equal ones).

    >>> import autograd
    >>> autograd.cummin(autograd.tensor([3.0, 1.0, 2.0]), 0).values
    tensor([3., 1., 1.])
    """
    return running(input, dim, np.minimum.accumulate, return_types.cummin)


# -- running sums of exponentials ---------------------------------------------------------------------------


def shifted_logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """The logarithm of the running sum of exponentials, in plain ops."""
    if not x.ndim:
        return x
    largest = x.detach().real.amax(dim, keepdim=True)
    total: Tensor = (x - largest).exp().cumsum(dim).log() + largest
    return total


@op(
    r"z_i = \ln \sum_{j \le i} e^{x_j}",
    refuses=FLOATS_ONLY,
    canon={"dim": one_dim},
    composed=shifted_logcumsumexp,
    cases=ONE_DIM,
)
def logcumsumexp(x: Array, dim: int) -> Array:
    """The logarithm of the running sum of exponentials, without overflow.

    >>> import autograd
    >>> autograd.logcumsumexp(autograd.tensor([0.0, 0.0, 0.0]), 0).exp()
    tensor([1., 2., 3.])
    """
    if x.dtype.kind == "c" or not x.ndim:
        return complex_logcumsumexp(x, dim)
    in_float64 = np.logaddexp.accumulate(in_rows(x), dim, np.float64)  # in float32, rounding errors would add up
    return in_float64.astype(x.dtype)


def complex_logcumsumexp(x: Array, dim: int) -> Array:
    """The same for complex numbers, one by one."""
    total = np.array(x)
    rows = np.moveaxis(total, dim, 0) if x.ndim else total.reshape(1)
    for i in range(1, len(rows)):
        rows[i] = complex_logaddexp(rows[i], rows[i - 1])
    return total


@logcumsumexp.vjp("x", r"\bar x_i = \sum_{j \ge i} \bar z_j e^{x_i - z_j}")
def _(g: Any, x: Any, out: Any, dim: int) -> Any:
    if not x.ndim:
        return g
    if g.dtype.kind == "c":
        sums = complex_logcumsumexp(np.flip(np.log(g) - out, dim), dim)
        return np.exp(np.flip(sums, dim) + x)
    return positive_part(g, x, out, dim) - positive_part(-g, x, out, dim)


def positive_part(g: Any, x: Any, out: Any, dim: int) -> Any:
    """The sum for the positive part of g, in logarithms, so that no exponential overflows."""
    logs = np.flip(np.log(np.maximum(g, 0)) - out, dim)
    return np.exp(np.flip(np.logaddexp.accumulate(logs, dim, np.float64), dim).astype(x.dtype) + x)
