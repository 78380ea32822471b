"""Pooling: each window of the input becomes its largest element or its mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, gated
from autograd.cases import case, sample
from autograd.op import op
from autograd.tensor import Tensor, tensor_of
from autograd.windows import Sizes, output_size, padded, taps, unpadded

PLAIN = {"ceil_mode": False, "count_include_pad": True, "divisor_override": None}
SQUARE = {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)}
NO_TRUTH = {"b": "convert with .float()"}
OVERLAPPING = {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}


def reach(
    size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool
) -> tuple[Sizes, Sizes]:
    """The number of windows, and how far the last ones reach beyond the padding."""
    output = output_size(size, kernel, stride, padding, dilation, ceil)
    extra = tuple(
        max(0, (count - 1) * s + d * (k - 1) + 1 - (n + 2 * p))
        for count, n, k, s, p, d in zip(output, size, kernel, stride, padding, dilation, strict=True)
    )
    return output, extra


# -- the largest --------------------------------------------------------------------------------------------


def places_of_maxima(
    x: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Array, Array]:
    """The largest element of each window, and its place in the input plane, counted in row-major order."""
    n = len(kernel)
    size = x.shape[x.ndim - n :]
    output, extra = reach(size, kernel, stride, padding, dilation, ceil_mode)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    rimmed = padded(x, padding, lowest, extra)
    numbers = padded(np.arange(math.prod(size)).reshape(size), padding, -1, extra)
    largest: Any = None
    for _, reached in taps(kernel, stride, dilation, output):
        value, place = rimmed[(Ellipsis, *reached)], numbers[reached]
        if largest is None:
            largest, places = value.copy(), np.broadcast_to(place, value.shape).copy()
        else:
            wins = exceeds(value, largest) | (places < 0)
            largest, places = np.where(wins, value, largest), np.where(wins, place, places)
    return largest, places


def exceeds(value: Array, largest: Array) -> Any:
    """Whether a value takes the place of the largest so far; NaN always does."""
    return (value > largest) | np.isnan(value)


def taken_from_plane(x: Tensor, places: Tensor, dims: int) -> Tensor:
    """Elements by their places in the last dimensions, counted in row-major order."""
    taken: Tensor = x.flatten(-dims).gather(-1, places.flatten(-dims)).reshape(places.shape)
    return taken


def pooled_by_place(
    x: Tensor, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> Tensor:
    """Max pooling as a gather: the maxima taken from where they are."""
    _, places = places_of_maxima(x.array, kernel, stride, padding, dilation, ceil_mode)
    return taken_from_plane(x, tensor_of(places, dtypes.int64), len(kernel))


@op(r"\max_{k} x_{s i + k}", name="max_pool", method=False, kind="free", refuses=NO_TRUTH, composed=pooled_by_place,
    spares_result=True, node=lambda node: f"MaxPool{len(node.params['kernel'])}DWithIndicesBackward0",
    cases=(case(sample((2, 3, 4, 6), apart=True), **SQUARE, dilation=(1, 1)),
           case(sample((2, 5, 6), apart=True), **OVERLAPPING, dilation=(1, 2), ceil_mode=True)))  # fmt: skip
def max_pool(x: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool = False) -> Array:
    """The largest element of each window over the last dimensions."""
    output, extra = reach(x.shape[x.ndim - len(kernel) :], kernel, stride, padding, dilation, ceil_mode)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    rimmed = padded(x, padding, lowest, extra)
    largest: Any = None
    for _, reached in taps(kernel, stride, dilation, output):
        value = rimmed[(Ellipsis, *reached)]
        if largest is None:
            largest = value.copy()
        else:
            np.maximum(largest, value, out=largest)
    return largest


@max_pool.vjp("x", r"\bar z \text{ at the first maximum of each window}")
def _(g: Any, x: Any, out: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    size = x.shape[x.ndim - len(kernel) :]
    output, extra = reach(size, kernel, stride, padding, dilation, ceil_mode)
    has_nan = np.isnan(out).any()
    rimmed = padded(x, padding, -np.inf if has_nan else np.nan, extra)  # the rim is nobody's maximum, not even -inf
    whole = np.zeros(rimmed.shape, g.dtype)
    waiting = np.ones(out.shape, np.bool_)  # windows whose maximum has not been met yet
    for _, reached in taps(kernel, stride, dilation, output):
        value = rimmed[(Ellipsis, *reached)]
        here = value == out
        if has_nan:
            here |= np.isnan(value)
        here &= waiting
        waiting ^= here
        whole[(Ellipsis, *reached)] += gated(g, here)
    return unpadded(whole, padding, size)


# -- the mean -----------------------------------------------------------------------------------------------


def divisors(
    size: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    override: int | None,
) -> Any:
    """By what the sum over each window is divided: the number of elements that count."""
    if override is not None:
        return override
    output, _ = reach(size, kernel, stride, padding, (1,) * len(kernel), ceil_mode)
    total: Any = 1
    for axis, (n, k, s, p, count) in enumerate(zip(size, kernel, stride, padding, output, strict=True)):
        starts = np.arange(count) * s - p
        ends = np.minimum(starts + k, n + p)
        lengths = ends - starts if count_include_pad else np.minimum(ends, n) - np.maximum(starts, 0)
        total = total * lengths.reshape(-1, *(1,) * (len(size) - axis - 1))
    return total


@op(r"\frac1k \sum_{k} x_{s i + k}", name="avg_pool", method=False, refuses=NO_TRUTH,
    node=lambda node: f"AvgPool{len(node.params['kernel'])}DBackward0",
    cases=(case((2, 3, 4, 6), **SQUARE), case((2, 6, 6), **OVERLAPPING, ceil_mode=True, count_include_pad=False),
           case((1, 5, 6), **OVERLAPPING, divisor_override=3),
           case((1, 4, 3), kernel=(4, 2), stride=(1, 1), padding=(2, 0))))  # fmt: skip
def avg_pool(
    x: Array, kernel: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:  # fmt: skip
    """The mean of each window over the last dimensions."""
    size, one = x.shape[x.ndim - len(kernel) :], (1,) * len(kernel)
    output, extra = reach(size, kernel, stride, padding, one, ceil_mode)
    rimmed = padded(x, padding, 0, extra)
    total = np.zeros((*x.shape[: x.ndim - len(kernel)], *output), x.dtype)
    for _, reached in taps(kernel, stride, one, output):
        total += rimmed[(Ellipsis, *reached)]
    count = divisors(size, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)
    if x.dtype.kind in "iu":
        return (total / count).astype(x.dtype)  # towards zero, as PyTorch divides integers here
    total /= count
    return total


@op(
    r"\text{spread } x / k \text{ over each window}",
    name="avg_pool_adjoint",
    method=False,
    cases=(case((2, 3, 2, 3), size=(4, 6), **SQUARE, **PLAIN), case((1, 1, 1, 2), size=(2, 4), **SQUARE, **PLAIN)),
)
def avg_pool_adjoint(
    x: Array, size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool, count_include_pad: bool,
    divisor_override: int | None,
) -> Array:  # fmt: skip
    """Each mean's gradient, shared equally by its window."""
    one = (1,) * len(kernel)
    output, extra = reach(size, kernel, stride, padding, one, ceil_mode)
    shares = x / divisors(size, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)
    whole = np.zeros(
        (*x.shape[: x.ndim - len(size)], *(n + 2 * p + e for n, p, e in zip(size, padding, extra, strict=True))),
        x.dtype,
    )
    for _, reached in taps(kernel, stride, one, output):
        whole[(Ellipsis, *reached)] += shares
    return unpadded(whole, padding, size)


@avg_pool.vjp("x", r"\bar z / k \text{ over each window}")
def _(
    g: Any,
    x_shape: Any,
    kernel: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Any,
) -> Any:
    return avg_pool_adjoint.either(
        g,
        x_shape[len(x_shape) - len(kernel) :],
        kernel,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


@avg_pool_adjoint.vjp("x", r"\text{mean of } \bar z \text{ over each window}")
def _(
    g: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool, divisor_override: Any
) -> Any:
    return avg_pool.either(g, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)
