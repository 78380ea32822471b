"""Reductions: sums, means, products and extremes over some or all dimensions.

The dual of a sum is a copy: every element that went into the sum receives the sum's gradient.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array, Axes, in_rows
from autograd.cases import DIMS, case, sample
from autograd.derived import derived
from autograd.dims import many_dims, many_dims_or_all
from autograd.op import op
from autograd.ops.refusals import FLOATS_ONLY
from autograd.tensor import Tensor


def kept_shape(shape: tuple[int, ...], dim: Axes) -> tuple[int, ...]:
    """The shape after a reduction that keeps its dimensions at size 1."""
    return tuple(1 if dim is None or i in dim else size for i, size in enumerate(shape))


def spread(reduced: Any, x_shape: tuple[int, ...], dim: Axes) -> Any:
    """A reduced value, copied back over the dimensions that were reduced."""
    return np.broadcast_to(reduced if not reduced.shape else reduced.reshape(kept_shape(x_shape, dim)), x_shape)


def kept(reduced: Any, x_shape: tuple[int, ...], dim: Axes) -> Any:
    """A reduced value with its dimensions back at size 1, so that it broadcasts against the input."""
    return reduced.reshape(kept_shape(x_shape, dim))


def count(shape: tuple[int, ...], dim: Axes) -> int:
    """How many elements go into each result."""
    return math.prod(shape if dim is None else (shape[d] for d in dim))


def reduction_name(name: str) -> Callable[[Any], str]:
    """PyTorch's names for the node of a reduction of all elements, and of one along dimensions."""
    return lambda node: f"{name}Backward{0 if node.params['dim'] is None else 1}"


# -- sum and mean ----------------------------------------------------------------------------------------


@op(r"\sum_{i \in d} x_i", numpy=np.sum, kind="sum", canon={"dim": many_dims_or_all}, accepts_dtype=True,
    casts_out=True, node=reduction_name("Sum"), cases=DIMS)  # fmt: skip
def sum(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """The sum of the elements, of all or along the given dimensions. Integers and bools sum to int64.

    >>> import autograd
    >>> autograd.sum(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    return in_rows(np.add.reduce(x, axis=dim, keepdims=keepdim))


sum.vjp("x", r"\text{copies of } \bar z \text{ along } d")(lambda g, x_shape, dim: spread(g, x_shape, dim))


@op(r"\frac1n \sum_{i \in d} x_i", numpy=np.mean, canon={"dim": many_dims_or_all}, accepts_dtype=True, casts_out=True,
    refuses=FLOATS_ONLY, node=reduction_name("Mean"), cases=DIMS)  # fmt: skip
def mean(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """The mean of the elements, of all or along the given dimensions. NaN for no elements.

    Raises RuntimeError for integers, whose mean would be no integer.

    >>> import autograd
    >>> autograd.mean(autograd.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    total = in_rows(np.add.reduce(x, axis=dim, keepdims=keepdim))
    n = count(x.shape, dim)
    return total / n if n else total * math.nan


mean.vjp("x", r"\bar z / n")(lambda g, x_shape, dim: spread(g / count(x_shape, dim), x_shape, dim))


@derived(r"\sum x_i, \text{ NaN as } 0", cases=DIMS, numpy=np.nansum, casts_out=True)
def nansum(input: Tensor, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of the elements that are not NaN.

    >>> import autograd
    >>> autograd.nansum(autograd.tensor([1.0, float("nan"), 2.0]))
    tensor(3.)
    """
    if input.is_complex():
        raise RuntimeError("nansum does not support complex inputs")
    return sum(input.masked_fill(input != input, 0) if input.is_floating_point() else input, dim, keepdim, dtype=dtype)


# -- variance --------------------------------------------------------------------------------------------


@op(r"\frac{1}{n - c} \sum_{i \in d} (x_i - \bar x)^2", name="var", method=False, canon={"dim": many_dims_or_all},
    refuses=FLOATS_ONLY, cases=(*DIMS[:5], case((3, 4), dim=1, correction=0)))  # fmt: skip
def _var(x: Array, dim: Axes = None, correction: float = 1, keepdim: builtins.bool = False) -> Array:
    """The variance of the elements."""
    n = count(x.shape, dim)
    deviation = x - np.add.reduce(x, axis=dim, keepdims=True) / builtins.max(n, 1)
    total = in_rows(np.add.reduce((deviation * deviation.conj()).real, axis=dim, keepdims=keepdim))
    return total / builtins.max(n - correction, 0)  # 0 / 0 is NaN: no variance without a degree of freedom


@_var.vjp("x", r"\bar z \odot \frac{2}{n - c} (x - \bar x)")
def _(g: Any, x: Any, dim: Axes, correction: float) -> Any:
    n = count(x.shape, dim)
    deviation = x - np.sum(x, axis=dim, keepdims=True) / n
    return kept(g, x.shape, dim) * deviation.conj() * (2 / (n - correction) if n > correction else math.nan)


def correction_from(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, float]:
    """PyTorch's three ways to ask for a variance: `var(dim, unbiased)`, `var(unbiased)` and `correction=`."""
    if isinstance(dim, builtins.bool):
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError("give either unbiased= or correction=, not both")
    if correction is not None:
        return dim, correction
    return dim, 1 if unbiased is None else int(unbiased)


@derived(r"\frac{1}{n - c} \sum (x_i - \bar x)^2", cases=_var.op.cases, casts_out=True)
def var(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None
) -> Tensor:
    """The variance: the mean square distance from the mean, divided by n - correction (1 unless given).

    >>> import autograd
    >>> autograd.var(autograd.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    dim, correction = correction_from(dim, unbiased, correction)
    return _var(input, dim, correction, keepdim)


@derived(r"\sqrt{\mathrm{var}(x)}", cases=_var.op.cases, casts_out=True)
def std(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None
) -> Tensor:
    """The standard deviation: the square root of the variance. Its derivative where all elements are equal is 0.

    >>> import autograd
    >>> autograd.std(autograd.tensor([1.0, 3.0, 5.0]))
    tensor(2.)
    """
    return root_of_variance(var(input, dim, unbiased, keepdim, correction=correction))


@op(
    r"\sqrt x",
    name="std",
    method=False,
    refuses=FLOATS_ONLY,
    cases=(case(sample((3, 4), 0.3, 3.0)), case(sample((), 0.3, 3.0))),
)
def root_of_variance(x: Array) -> Array:
    """The square root, with derivative 0 at 0."""
    return np.sqrt(x)


@root_of_variance.vjp("x", r"\bar z / (2 z)")
def _(g: Any, out: Any) -> Any:
    at_zero = out == 0
    return np.where(at_zero, 0, g / (2 * np.where(at_zero, 1, out)))


@derived(r"\left(\mathrm{var}(x), \bar{x}\right)", cases=_var.op.cases, method=False)
def var_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None
) -> Any:
    """The variance and the mean.

    >>> import autograd
    >>> autograd.var_mean(autograd.tensor([1.0, 3.0, 5.0]))
    (tensor(4.), tensor(3.))
    """
    dim, correction = correction_from(dim, unbiased, correction)
    return _var(input, dim, correction, keepdim), mean(input, dim, keepdim)


@derived(r"\left(\mathrm{std}(x), \bar{x}\right)", cases=_var.op.cases, method=False)
def std_mean(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = None
) -> Any:
    """The standard deviation and the mean.

    >>> import autograd
    >>> autograd.std_mean(autograd.tensor([1.0, 3.0, 5.0]))
    (tensor(2.), tensor(3.))
    """
    dim, correction = correction_from(dim, unbiased, correction)
    return root_of_variance(_var(input, dim, correction, keepdim)), mean(input, dim, keepdim)


# -- products ----------------------------------------------------------------------------------------------


@op(r"\prod_{i \in d} x_i", name="prod", method=False, kind="sum", canon={"dim": many_dims},
    node=reduction_name("Prod"),
    cases=(case((3, 4)), case((3, 4), dim=1), case((2, 3, 2), dim=-1, keepdim=True), case(()),
           case((0, 3), dim=0)))  # fmt: skip
def _prod(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """The product of the elements."""
    return in_rows(np.multiply.reduce(x, axis=dim, keepdims=keepdim))


@_prod.vjp("x", r"\bar z \odot \prod_{j \ne i} x_j")
def _(g: Any, x: Any, dim: Axes) -> Any:
    return kept(g, x.shape, dim) * product_of_others(x, dim)


def product_of_others(x: Any, dim: Axes) -> Any:
    """For each element, the product of the others: of those before it and those after it.

    Dividing the whole product by the element would fail at zero.
    """
    axes = tuple(range(x.ndim)) if dim is None else dim
    if not axes:
        return np.ones_like(x)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    rows = np.transpose(x, (*rest, *axes)).reshape((*(x.shape[i] for i in rest), -1))
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate((ones, rows[..., :-1]), axis=-1), axis=-1)
    after = np.flip(np.cumprod(np.flip(np.concatenate((rows[..., 1:], ones), axis=-1), axis=-1), axis=-1), axis=-1)
    others = (before * after).reshape((*(x.shape[i] for i in rest), *(x.shape[i] for i in axes)))
    return np.transpose(others, tuple(np.argsort((*rest, *axes)).tolist()))


@derived(r"\prod x_i", cases=_prod.op.cases, numpy=np.prod, casts_out=True)
def prod(input: Tensor, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None) -> Tensor:
    """The product of the elements, of all or along one dimension; right for zeros, and so is its derivative.

    >>> import autograd
    >>> autograd.prod(autograd.tensor([2.0, 3.0, 4.0]))
    tensor(24.)
    """
    if dtype is None:
        return _prod(input, dim, keepdim)
    product: Tensor = _prod(input.to(dtype), dim, keepdim)
    return product.to(dtype)  # of narrow integers it is int64
