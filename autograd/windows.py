"""Sliding windows over the last dimensions of an array: what convolution and pooling are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd.arrays import Array

Sizes = tuple[int, ...]


def output_size(
    size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool = False
) -> Sizes:
    """How many windows fit along each dimension; with `ceil`, a last one may reach over the edge.

    floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1
    """
    found = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = -(-room // s) + 1 if ceil else room // s + 1
        if ceil and (count - 1) * s >= n + p:
            count -= 1  # the last window must start inside the input or its left rim
        found.append(count)
    return tuple(found)


def windows(x: Array, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """A view of all windows: shape (..., *output, *kernel)."""
    n = len(kernel)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    every = sliding_window_view(x, spans, axis=tuple(range(x.ndim - n, x.ndim)))
    steps = tuple(slice(None, None, s) for s in stride) + tuple(slice(None, None, d) for d in dilation)
    return np.asarray(every[(Ellipsis, *steps)])


def taps(kernel: Sizes, stride: Sizes, dilation: Sizes, output: Sizes) -> Iterator[tuple[Sizes, tuple[slice, ...]]]:
    """For each place in the kernel, the elements that it meets as the window slides: (place, slices)."""
    for place in itertools.product(*map(range, kernel)):
        yield (
            place,
            tuple(
                slice(at * d, at * d + (count - 1) * s + 1, s)
                for at, s, d, count in zip(place, stride, dilation, output, strict=True)
            ),
        )


def padded(x: Array, padding: Sizes, value: float = 0, extra: Sizes | None = None) -> Array:
    """x with rims of a number around its last dimensions; `extra` more at the ends."""
    more = extra or (0,) * len(padding)
    if not any(padding) and not any(more):
        return x
    inner = x.shape[x.ndim - len(padding) :]
    shape = tuple(n + 2 * p + e for n, p, e in zip(inner, padding, more, strict=True))
    whole = x.shape[: x.ndim - len(padding)] + shape
    rimmed = np.full(whole, value, x.dtype) if value else np.zeros(whole, x.dtype)  # fresh memory is zero already
    rimmed[(Ellipsis, *(slice(p, p + n) for n, p in zip(inner, padding, strict=True)))] = x
    return rimmed


def unpadded(x: Array, padding: Sizes, size: Sizes) -> Array:
    """The inner part of an array with rims."""
    return x[(Ellipsis, *(slice(p, p + n) for n, p in zip(size, padding, strict=True)))]
