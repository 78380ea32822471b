"""Convolution of images, without copying each window.

A window of kh x kw elements is kh rows of kw neighbors. The image is copied kw times, each time moved
one element to the left, so that the neighbors of a place come to lie in one column:

    S[c, j, h, w] = x[c, h, w + j]

Read as a matrix with a row for each (c, j), the places that row i of the kernel meets are a run of
columns of S, from h = i on. So the convolution is one matrix product for each row of the kernel, on
parts of S that need no further copies. With windows as columns (im2col, Chellapilla, Puri and Simard, "High
performance convolutional neural networks for document processing", 2006) the image is copied kh x kw times.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from autograd.arrays import Array
from autograd.windows import Sizes

CACHED = 2**17
"""How many elements of S are worked on at a time: so many that they stay in the cache."""


class Sliding(NamedTuple):
    """How a kernel slides over images: all that the copies depend on beside the images."""

    size: Sizes
    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    output: Sizes
    groups: int


def steps(sliding: Sliding) -> int:
    """How many rows of each remainder, when counted in strides, S has."""
    return (sliding.kernel[0] - 1) * sliding.dilation[0] // sliding.stride[0] + sliding.output[0]


def keeps_images(sliding: Sliding) -> bool:
    """Whether S would just be the images."""
    is_plain = sliding.stride == (1, 1) and sliding.padding == (0, 0)
    return is_plain and sliding.kernel[1] == 1 and steps(sliding) == sliding.size[0]


def meets_once(sliding: Sliding) -> bool:
    """Whether the kernel is as large as the images, so that each output is a product with a whole image."""
    is_all = sliding.kernel == sliding.size and sliding.output == (1, 1) and sliding.padding == (0, 0)
    return is_all and sliding.groups == 1


def shape_of(sliding: Sliding, samples: int, channels: int) -> Sizes:
    """The shape of S: (samples, channels, kw, remainder, row, column)."""
    return samples, channels, sliding.kernel[1], sliding.stride[0], steps(sliding), sliding.output[1]


def shifts(x: Array, sliding: Sliding) -> Iterator[tuple[slice, Array]]:
    """S for some samples after the other, as matrices: (which samples, (samples, groups, C/groups * kw, remainder, places)).

    The array is the same each time, with other numbers in it.
    """
    count, channels = x.shape[:2]
    each = max(1, int(np.prod(shape_of(sliding, 1, channels), dtype=np.int64)))
    step = max(1, CACHED // each)
    rows = channels // sliding.groups * sliding.kernel[1]
    matrices = (sliding.groups, rows, sliding.stride[0], steps(sliding) * sliding.output[1])
    if keeps_images(sliding):
        yield slice(0, count), x.reshape(count, *matrices)
        return
    copies = np.zeros(shape_of(sliding, min(step, count), channels), x.dtype)  # the rim that is padded stays 0
    for start in range(0, count, step):
        some = slice(start, min(start + step, count))
        part = copies[: some.stop - start]
        fill(part, x[some], sliding)
        yield some, part.reshape(len(part), *matrices)


def fill(copies: Array, x: Array, sliding: Sliding) -> None:
    """S for these images: a copy for each column of the kernel and each remainder of the rows by the stride."""
    (height, width), (down, across), (top, left) = sliding.size, sliding.stride, sliding.padding
    for j in range(sliding.kernel[1]):
        columns, from_columns = meeting(j * sliding.dilation[1] - left, across, width, sliding.output[1])
        for remainder in range(down):
            rows, from_rows = meeting(remainder - top, down, height, steps(sliding))
            copies[:, :, j, remainder, rows, columns] = x[:, :, from_rows, from_columns]


def meeting(offset: int, stride: int, size: int, count: int) -> tuple[slice, slice]:
    """Which of `count` places, at offset, offset + stride, ..., lie inside of `size` elements; and those elements."""
    first = max(0, -(offset // stride))
    end = max(first, min(count, (size - 1 - offset) // stride + 1))
    start = offset + first * stride
    return slice(first, end), slice(start, start + max(0, end - first) * stride, stride)


def row_of(matrices: Array, i: int, sliding: Sliding) -> Array:
    """The part of S that row i of the kernel meets."""
    step, remainder = divmod(i * sliding.dilation[0], sliding.stride[0])
    width = sliding.output[1]
    return matrices[:, :, :, remainder, step * width : (step + sliding.output[0]) * width]


def plane_convolution(x: Array, weight: Array, sliding: Sliding) -> Array:
    """The convolution of images (N, C, H, W) with a kernel (O, C/groups, kh, kw), without a bias."""
    if meets_once(sliding):
        return (x.reshape(len(x), -1) @ weight.reshape(len(weight), -1).T).reshape(len(x), len(weight), 1, 1)
    height, places = sliding.kernel[0], sliding.output[0] * sliding.output[1]
    outputs, width = len(weight) // sliding.groups, weight.shape[1] * weight.shape[3]
    rows = weight.transpose(2, 0, 1, 3).reshape(height, sliding.groups, outputs, width)
    z = np.empty((len(x), sliding.groups, outputs, places), x.dtype)
    for some, matrices in shifts(x, sliding):
        part = z[some]
        np.matmul(rows[0], row_of(matrices, 0, sliding), out=part)
        for i in range(1, height):
            part += rows[i] @ row_of(matrices, i, sliding)
    return z.reshape(len(x), len(weight), *sliding.output)


def plane_correlation(x: Array, g: Array, sliding: Sliding) -> Array:
    """Images (N, C, H, W) correlated with outputs (N, O, *output): the gradient by the kernel (O, C/groups, kh, kw)."""
    if meets_once(sliding):
        return (g.reshape(len(g), -1).T @ x.reshape(len(x), -1)).reshape(g.shape[1], *x.shape[1:])
    (height, width), groups, places = sliding.kernel, sliding.groups, sliding.output[0] * sliding.output[1]
    channels, outputs = x.shape[1] // groups, g.shape[1] // groups
    columns = g.reshape(len(g), groups, outputs, places).swapaxes(2, 3)
    total = np.zeros((height, groups, channels * width, outputs), x.dtype)
    for some, matrices in shifts(x, sliding):
        for i in range(height):  # in this order of the factors BLAS takes half the time
            total[i] += np.add.reduce(row_of(matrices, i, sliding) @ columns[some], axis=0)
    by_kernel = total.reshape(height, groups, channels, width, outputs).transpose(1, 4, 2, 0, 3)
    return by_kernel.reshape(groups * outputs, channels, height, width)


def plane_spread(g: Array, weight: Array, sliding: Sliding) -> Array:
    """Outputs spread back over their windows, the gradient by the images: a convolution with the flipped kernel.

    With a stride, each remainder of the rows and columns is reached by a part of the kernel, which has every
    stride-th element: so it is a convolution for each of them. Parts of the same size are one with more outputs.
    """
    if meets_once(sliding):
        return (g.reshape(len(g), -1) @ weight.reshape(len(weight), -1)).reshape(len(g), *weight.shape[1:])
    if sliding.stride == (1, 1):
        rims = tuple(d * (k - 1) - p for d, k, p in zip(sliding.dilation, sliding.kernel, sliding.padding, strict=True))
        if min(rims) >= 0:
            return spread_densely(g, weight, rims, sliding.size, sliding)
    (down, across), groups, channels = sliding.stride, sliding.groups, weight.shape[1]
    whole = np.zeros((len(g), groups, channels, *sliding.size), g.dtype)
    for remainders in parts_by_size(sliding):
        parts = np.concatenate([weight[:, :, top::down, left::across] for top, left in remainders], axis=1)
        rims = tuple(d * (k - 1) for d, k in zip(sliding.dilation, parts.shape[2:], strict=True))
        size = tuple(n + r for n, r in zip(g.shape[2:], rims, strict=True))
        spread = spread_densely(g, parts, rims, size, sliding).reshape(len(g), groups, -1, channels, *size)
        for number, (top, left) in enumerate(remainders):
            from_rows, rows = meeting(top - sliding.padding[0], down, sliding.size[0], size[0])
            from_columns, columns = meeting(left - sliding.padding[1], across, sliding.size[1], size[1])
            whole[..., rows, columns] = spread[:, :, number, :, from_rows, from_columns]
    return whole.reshape(len(g), groups * channels, *sliding.size)


def parts_by_size(sliding: Sliding) -> Iterable[list[Sizes]]:
    """The remainders of rows and columns that the kernel reaches; those together whose parts have the same size."""
    places = itertools.product(*(range(min(s, k)) for s, k in zip(sliding.stride, sliding.kernel, strict=True)))
    sizes = {
        place: tuple(len(range(*ends)) for ends in zip(place, sliding.kernel, sliding.stride, strict=True))
        for place in places
    }
    return ([place for place in sizes if sizes[place] == size] for size in dict.fromkeys(sizes.values()))


def spread_densely(g: Array, weight: Array, rims: Sizes, size: Sizes, sliding: Sliding) -> Array:
    """Outputs, with rims of zeros, spread over windows that follow one another without a stride."""
    groups, kernel = sliding.groups, weight.shape[2:]
    outputs = len(weight) // groups
    flipped = weight.reshape(groups, outputs, *weight.shape[1:]).swapaxes(1, 2)[..., ::-1, ::-1]
    around = Sliding(g.shape[2:], kernel, (1, 1), rims, sliding.dilation, size, groups)
    return plane_convolution(g, flipped.reshape(weight.shape[1] * groups, outputs, *kernel), around)
