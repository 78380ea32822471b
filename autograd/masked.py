"""`torch.masked`: reductions that skip the elements where a mask is false.

Skipped elements are replaced by what changes nothing (0 in a sum, 1 in a product, infinity in an
extreme), and get no gradient.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.dims import many_dims
from autograd.misuse import speaking
from autograd.ops import extremes, powers, reduction, scans, sorting
from autograd.ops import softmax as softmax_ops
from autograd.ops.indexing import masked_fill
from autograd.tensor import Tensor, tensor_of

__all__ = [
    "amax", "amin", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logaddexp", "logsumexp", "mean", "median",
    "norm", "normalize", "prod", "softmax", "softmin", "std", "sum", "var",
]  # fmt: skip


def chosen(input: Tensor, mask: Any, fill: float, dtype: Any = None) -> Tensor:
    """The input with a neutral value where the mask is false."""
    if not isinstance(input, Tensor):
        raise TypeError(f"masked functions take a Tensor, not {type(input).__name__}")
    x: Tensor = input if dtype is None else input.to(dtype)
    if mask is None:
        return x
    if not isinstance(mask, Tensor) or mask.dtype is not dtypes.bool:
        raise TypeError("mask must be a bool Tensor: True for the elements that count")
    if not x.is_floating_point() and not x.is_complex() and math.isinf(fill):
        limits = np.iinfo(x.dtype.dtype)
        fill = limits.max if fill > 0 else limits.min
    return masked_fill(x, ~mask.expand(x.shape), fill)


def dims_of(input: Tensor, dim: Any) -> tuple[int, ...]:
    """The dimensions to reduce: all unless given; none for an empty tuple."""
    if dim is None:
        return tuple(range(input.ndim))
    return many_dims(dim, input.ndim, "masked") or ()


def reduced(input: Tensor, mask: Any, fill: float, dtype: Any, dim: Any, keepdim: bool, reduce: Any) -> Tensor:
    """A reduction over the elements that count."""
    x = chosen(input, mask, fill, dtype)
    axes = dims_of(x, dim)
    if not axes and x.ndim:
        whole = not (x.is_floating_point() or x.is_complex())
        return x.to(dtypes.int64) if whole and reduce in (reduction.sum, reduction.prod) else x.clone()
    result: Tensor = reduce(x, axes or None, keepdim)
    return result


def count(input: Tensor, mask: Any, dim: Any, keepdim: bool) -> Array:
    """How many elements count."""
    holds = np.ones(input.shape, np.bool_) if mask is None else np.broadcast_to(mask.array, input.shape)
    axes = dims_of(input, dim)
    return np.add.reduce(holds, axis=axes, keepdims=keepdim, dtype=np.int64)


# -- sums and products --------------------------------------------------------------------------------------


@speaking
def sum(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The sum of the elements that count; 0 if none does.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.sum(x, mask=mask)
    tensor(4.)
    """
    return reduced(input, mask, 0, dtype, dim, keepdim, reduction.sum)


@speaking
def prod(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The product of the elements that count; 1 if none does.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.prod(x, mask=mask)
    tensor(3.)
    """
    return reduced(input, mask, 1, dtype, dim, keepdim, reduction.prod)


@speaking
def cumsum(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The running sum of the elements that count.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.cumsum(x, 0, mask=mask)
    tensor([1., 1., 4.])
    """
    result: Tensor = scans.cumsum(chosen(input, mask, 0, dtype), dim)
    return result


@speaking
def cumprod(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The running product of the elements that count.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.cumprod(x, 0, mask=mask)
    tensor([1., 1., 3.])
    """
    result: Tensor = scans.cumprod(chosen(input, mask, 1, dtype), dim)
    return result


@speaking
def mean(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The mean of the elements that count; NaN if none does.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.mean(x, mask=mask)
    tensor(2.)
    """
    total = sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask)
    if not (total.is_floating_point() or total.is_complex()):
        total = total.to(dtypes.get_default_dtype())
    n = count(input, mask, dim, keepdim).astype(total.dtype.to_real().dtype)
    return total / tensor_of(np.asarray(n)[()])


@speaking
def var(
    input: Tensor, dim: Any = None, unbiased: Any = None, *, correction: Any = None, keepdim: bool = False,
    dtype: Any = None, mask: Any = None,
) -> Tensor:  # fmt: skip
    """The variance of the elements that count; of complex numbers, it is complex too, as in PyTorch.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.var(x, mask=mask)
    tensor(2.)
    """
    if unbiased is not None and correction is not None:
        raise RuntimeError("Only one of unbiased and correction may be given")
    degrees = (1 if unbiased is None else int(unbiased)) if correction is None else correction
    x: Tensor = input if dtype is None else input.to(dtype)
    if not (x.is_floating_point() or x.is_complex()):
        x = x.to(dtypes.get_default_dtype())
    deviation = chosen(x - mean(x, dim, keepdim=True, mask=mask), mask, 0)
    squares = (deviation * deviation.conj()).real
    total = sum(squares, dim, keepdim=keepdim, mask=mask)
    n = np.maximum(count(x, mask, dim, keepdim) - degrees, 0).astype(total.dtype.dtype)
    return (total / tensor_of(np.asarray(n)[()])).to(x.dtype)


@speaking
def std(
    input: Tensor, dim: Any = None, unbiased: Any = None, *, correction: Any = None, keepdim: bool = False,
    dtype: Any = None, mask: Any = None,
) -> Tensor:  # fmt: skip
    """The standard deviation of the elements that count.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.std(x, mask=mask)
    tensor(1.4142)
    """
    variance = var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask)
    root: Tensor = powers.sqrt(variance)
    return root


# -- extremes -----------------------------------------------------------------------------------------------


@speaking
def amax(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The largest of the elements that count.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.amax(x, mask=mask)
    tensor(3.)
    """
    return reduced(input, mask, -math.inf, dtype, dim, keepdim, extremes.amax)


@speaking
def amin(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The smallest of the elements that count.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.amin(x, mask=mask)
    tensor(1.)
    """
    return reduced(input, mask, math.inf, dtype, dim, keepdim, extremes.amin)


@speaking
def argmax(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """Where the largest of the elements that count is; the places come in the dtype of the input, as in PyTorch.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.argmax(x, mask=mask)
    tensor(2.)
    """
    x = chosen(input, mask, -math.inf, dtype)
    return extremes.argmax(x, dim, bool(keepdim)).to(x.dtype)


@speaking
def argmin(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """Where the smallest of the elements that count is; the places come in the dtype of the input, as in PyTorch."""
    x = chosen(input, mask, math.inf, dtype)
    return extremes.argmin(x, dim, bool(keepdim)).to(x.dtype)


@speaking
def median(input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The lower median of the elements that count along a dimension; NaN if none does.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.median(x, 0, mask=mask)
    tensor(1.)
    """
    if not input.is_floating_point():
        raise ValueError("masked median expects a floating-point tensor: convert with .float()")
    x = chosen(input, mask, math.nan, dtype)
    result: Tensor = sorting.nanmedian(x, dim, keepdim).values
    return result


@speaking
def norm(
    input: Tensor, ord: Any = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The vector norm of the elements that count.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.norm(x, 1, mask=mask)
    tensor(4.)
    """
    x = chosen(input, mask, math.inf if ord == -math.inf else 0, dtype)
    size = x.abs()
    axes = dims_of(x, dim)
    if not axes:
        return size.sign() if ord == 0 else size
    if ord == math.inf:
        return extremes.amax(size, axes, keepdim)
    if ord == -math.inf:
        return extremes.amin(size, axes, keepdim)
    result: Tensor = x.norm(ord, axes, keepdim)
    return result


@speaking
def normalize(input: Tensor, ord: Any, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None) -> Tensor:
    """The elements that count, divided by their norm along a dimension.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.normalize(x, 1, 0, mask=mask)
    tensor([0.2500, 0.0000, 0.7500])
    """
    x: Tensor = input if dtype is None else input.to(dtype)
    length = norm(x, ord, dim, keepdim=True, mask=mask).clamp(min=eps)
    return chosen(x, mask, 0) / length


# -- softmax and its kin ------------------------------------------------------------------------------------


@speaking
def softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The softmax of the elements that count; 0 for the others.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.softmax(x, 0, mask=mask)
    tensor([0.1192, 0.0000, 0.8808])
    """
    return softmax_ops.softmax(chosen(input, mask, -math.inf, dtype), dim)


@speaking
def softmin(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The softmax of the negatives of the elements that count."""
    return softmax_ops.softmax(-chosen(input, mask, math.inf, dtype), dim)


@speaking
def log_softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The logarithm of the softmax of the elements that count."""
    return softmax_ops.log_softmax(chosen(input, mask, -math.inf, dtype), dim)


@speaking
def logsumexp(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The logarithm of the sum of exponentials of the elements that count, in the dtype of the input, as in PyTorch.

    >>> import autograd
    >>> x, mask = autograd.tensor([1.0, 2.0, 3.0]), autograd.tensor([True, False, True])
    >>> autograd.masked.logsumexp(x, 0, mask=mask)
    tensor(3.1269)
    """
    result = reduced(input, mask, -math.inf, dtype, dim, keepdim, softmax_ops.logsumexp)
    return result.to(input.dtype if dtype is None else dtype)


@speaking
def logaddexp(
    input: Tensor, other: Tensor, *, dtype: Any = None, input_mask: Any = None, other_mask: Any = None
) -> Tensor:
    """The logarithm of a sum of exponentials, without those that do not count."""
    result: Tensor = powers.logaddexp(
        chosen(input, input_mask, -math.inf, dtype), chosen(other, other_mask, -math.inf, dtype)
    )
    return result
