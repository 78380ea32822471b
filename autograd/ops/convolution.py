"""Convolution in any number of dimensions.

z[n, o, i] = b[o] + sum over c, k of W[o, c, k] x[n, c, s i + d k - p]

The sum is bilinear in x and W, so there are just three maps: the convolution itself, its
transpose in x (which spreads each output back over its window, and is what `conv_transpose`
computes), and its transpose in W (which correlates inputs with outputs). Each one's derivatives
are the other two, at every order. All three are matrix products. Images have the ones in
`autograd.planes`, which need few copies; in one and three dimensions they are over windows, a few
samples at a time: so the copies of the windows, which hold each element many times, stay in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.op import op
from autograd.planes import Sliding, plane_convolution, plane_correlation, plane_spread
from autograd.windows import Sizes, output_size, padded, taps, unpadded, windows

PLAIN = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
STRIDED = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
LINE = {"stride": (2,), "padding": (1,), "dilation": (1,), "groups": 1}


def columns(
    x: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int, positions: Sizes | None = None
) -> Array:
    """All windows, or the first so many, as columns: shape (N, groups, C/groups * K, positions)."""
    n = len(kernel)
    every = windows(padded(x, padding), kernel, stride, dilation)  # (N, C, *output, *kernel)
    if positions is not None:
        every = every[(slice(None), slice(None), *map(slice, positions))]
    output = every.shape[2 : 2 + n]
    order = (0, 1, *range(2 + n, 2 + 2 * n), *range(2, 2 + n))
    return every.transpose(order).reshape(len(x), groups, x.shape[1] // groups * math.prod(kernel), math.prod(output))


CACHED = 2**18
"""How many elements the windows of one batch may have."""


def batches(count: int, windows_each: int) -> Iterator[slice]:
    """So many samples in batches, given how many elements the windows of one sample have."""
    step = max(1, CACHED // max(windows_each, 1))
    return (slice(start, start + step) for start in range(0, count, step))


def grouped(weight: Array, groups: int) -> Array:
    """The kernel as a matrix per group: (groups, O/groups, C/groups * K)."""
    return weight.reshape(groups, weight.shape[0] // groups, math.prod(weight.shape[1:]))


# -- the three maps -----------------------------------------------------------------------------------------


@op(r"W \star x + b", name="convolution", method=False,
    cases=(case((2, 3, 5, 4), (4, 3, 3, 2), (4,), **PLAIN), case((1, 4, 6, 7), (2, 2, 3, 2), None, **STRIDED),
           case((2, 3, 9), (4, 3, 3), (4,), **LINE), case((2, 3, 3, 2), (4, 3, 3, 2), None, **PLAIN),
           case((0, 3, 5, 4), (4, 3, 3, 2), (4,), **PLAIN)))  # fmt: skip
def convolution(
    x: Array, weight: Array, bias: Array | None, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The windows of x, each multiplied with the kernel and summed. Shapes: (N, C, *), (O, C/groups, *K), (O,)."""
    kernel = weight.shape[2:]
    output = output_size(x.shape[2:], kernel, stride, padding, dilation)
    if len(kernel) == 2:
        z = plane_convolution(x, weight, Sliding(x.shape[2:], kernel, stride, padding, dilation, output, groups))
    else:
        z = window_convolution(x, weight, output, stride, padding, dilation, groups)
    if bias is not None:
        z += bias.reshape(-1, *(1,) * len(kernel))
    return z


def window_convolution(
    x: Array, weight: Array, output: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The convolution as a product with the windows as columns."""
    matrix, places = grouped(weight, groups), math.prod(output)
    z = np.empty((len(x), *matrix.shape[:2], places), x.dtype)
    for some in batches(len(x), groups * matrix.shape[2] * places):
        np.matmul(matrix, columns(x[some], weight.shape[2:], stride, padding, dilation, groups), out=z[some])
    return z.reshape(len(x), weight.shape[0], *output)


@op(
    r"W^\top \star x + b",
    name="convolution_input",
    node="ConvolutionBackward0",
    method=False,
    cases=(
        case((2, 4, 3, 3), (4, 3, 3, 2), None, size=(5, 4), **PLAIN),
        case((1, 2, 3, 9), (2, 2, 3, 2), (4,), size=(6, 7), **STRIDED),
        case((1, 4, 3, 3), (4, 3, 3, 2), (3,), size=(6, 5), **PLAIN),
    ),
)
def convolution_input(
    x: Array,
    weight: Array,
    bias: Array | None,
    size: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> Array:
    """Each output spread back over its window: the transpose of the convolution in its input."""
    kernel = weight.shape[2:]
    if len(kernel) == 2 and (dilation == (1, 1) or stride == (1, 1)):
        z = plane_spread(x, weight, Sliding(size, kernel, stride, padding, dilation, x.shape[2:], groups))
    else:
        z = window_spread(x, weight, size, stride, padding, dilation, groups)
    if bias is not None:
        z += bias.reshape(-1, *(1,) * len(kernel))
    return z


def window_spread(
    x: Array, weight: Array, size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The windows as columns of a product, each added where it came from."""
    kernel, output = weight.shape[2:], x.shape[2:]
    matrix, places, channels = grouped(weight, groups), math.prod(output), groups * weight.shape[1]
    outputs = x.reshape(len(x), groups, matrix.shape[1], places)
    whole = np.zeros((len(x), channels, *(n + 2 * p for n, p in zip(size, padding, strict=True))), x.dtype)
    for some in batches(len(x), groups * matrix.shape[2] * places):
        spread = (matrix.swapaxes(1, 2) @ outputs[some]).reshape(-1, channels, *kernel, *output)
        for place, reached in taps(kernel, stride, dilation, output):
            whole[(some, slice(None), *reached)] += spread[(slice(None), slice(None), *place)]
    return np.ascontiguousarray(unpadded(whole, padding, size))


@op(
    r"x \star y",
    name="convolution_weight",
    method=False,
    cases=(
        case((2, 3, 5, 4), (2, 4, 3, 3), kernel=(3, 2), **PLAIN),
        case((1, 4, 6, 7), (1, 2, 3, 9), kernel=(3, 2), **STRIDED),
        case((1, 3, 5, 4), (1, 4, 2, 2), kernel=(3, 2), **PLAIN),
    ),
)
def convolution_weight(
    x: Array, y: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """Inputs correlated with outputs: the transpose of the convolution in its kernel."""
    if len(kernel) == 2:
        return plane_correlation(x, y, Sliding(x.shape[2:], kernel, stride, padding, dilation, y.shape[2:], groups))
    outputs = y.reshape(len(y), groups, y.shape[1] // groups, math.prod(y.shape[2:]))
    total = np.zeros((groups, outputs.shape[2], x.shape[1] // groups * math.prod(kernel)), x.dtype)
    for some in batches(len(x), groups * total.shape[2] * outputs.shape[3]):
        seen = columns(x[some], kernel, stride, padding, dilation, groups, y.shape[2:])
        total += np.add.reduce(outputs[some] @ seen.swapaxes(2, 3), axis=0)
    return total.reshape(y.shape[1], x.shape[1] // groups, *kernel)


# -- each one's rules are the other two ---------------------------------------------------------------------


@convolution.vjp("x", r"W^\top \star \bar z")
def _(g: Any, weight: Any, x_shape: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    return convolution_input.either(g, weight, None, x_shape[2:], stride, padding, dilation, groups)


@convolution.vjp("weight", r"x \star \bar z")
def _(g: Any, x: Any, weight_shape: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    return convolution_weight.either(x, g, weight_shape[2:], stride, padding, dilation, groups)


for convolved in (convolution, convolution_input):
    convolved.vjp("bias", r"\text{sum of } \bar z \text{ over samples and places}")(
        lambda g: np.sum(g, axis=(0, *range(2, g.ndim)))
    )


@convolution_input.vjp("x", r"W \star \bar z")
def _(g: Any, weight: Any, x_shape: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    whole = convolution.either(g, weight, None, stride, padding, dilation, groups)
    return whole[(slice(None), slice(None), *map(slice, x_shape[2:]))]  # `size` may leave room for more windows


@convolution_input.vjp("weight", r"\bar z \star x")
def _(g: Any, x: Any, weight_shape: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    return convolution_weight.either(g, x, weight_shape[2:], stride, padding, dilation, groups)


@convolution_weight.vjp("x", r"\bar z^\top \star y")
def _(g: Any, y: Any, x_shape: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    return convolution_input.either(y, g, None, x_shape[2:], stride, padding, dilation, groups)


@convolution_weight.vjp("y", r"\bar z \star x")
def _(g: Any, x: Any, y_shape: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    whole = convolution.either(x, g, None, stride, padding, dilation, groups)
    return whole[(slice(None), slice(None), *map(slice, y_shape[2:]))]
