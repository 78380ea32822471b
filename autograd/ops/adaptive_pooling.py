"""Pooling to a size: the input is divided into as many ranges as are wanted, which may overlap by an element.

Range i of `count` over a dimension of `size` elements begins at floor(i size / count) and ends
before ceil((i + 1) size / count).
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case, sample
from autograd.derived import derived
from autograd.geometry import layout
from autograd.ops.pooling import exceeds, taken_from_plane
from autograd.ops.ranges import Places, range_sums
from autograd.ops.requirements import need_floating
from autograd.size import check_countable
from autograd.tensor import Tensor, tensor_of


def ranges(size: int, count: int) -> tuple[Places, Places]:
    """Where the ranges begin, and where they end."""
    return tuple(i * size // count for i in range(count)), tuple(-(-(i + 1) * size // count) for i in range(count))


# -- means --------------------------------------------------------------------------------------------------


def range_means(input: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """The means over ranges along the last dimensions, as many as there are sizes."""
    first = input.ndim - len(sizes)
    planes = tuple(zip(input.shape[first:], sizes, strict=True))
    if all(count and size and size % count == 0 for size, count in planes):  # then the ranges are blocks
        blocks = [part for size, count in planes for part in (count, size // count)]
        inner = tuple(range(first + 1, first + len(blocks), 2))
        return input.reshape(*input.shape[:first], *blocks).mean(inner)
    for dim, count in enumerate(sizes, first):
        starts, ends = ranges(input.shape[dim], count)
        lengths = np.subtract(ends, starts).reshape(-1, *(1,) * (input.ndim - dim - 1))
        input = range_sums(input, starts, ends, dim) / input.like(lengths.astype(input.dtype.dtype))
    return input


@derived(
    r"\text{means over } n \text{ ranges}",
    method=False,
    cases=(case((2, 3, 7), output_size=3), case((3, 4), output_size=6)),
)
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means over `output_size` ranges of the last dimension. See `adaptive_avg_pool2d`."""
    return range_means(input, wanted_size(input, output_size, 1, "adaptive_avg_pool1d"))


@derived(
    r"\text{means over } n \text{ ranges}",
    method=False,
    cases=(
        case((2, 3, 5, 4), output_size=(3, 2)),
        case((2, 5, 4), output_size=(None, 1)),
        case((1, 2, 3, 4), output_size=5),
    ),
)
def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means over `output_size` ranges of the last two dimensions, whatever their sizes.

    Args:
        input: (N, C, H, W) or (C, H, W).
        output_size: the size of the result's planes: one int, or two; None keeps the input's size.

    Raises RuntimeError for inputs of another rank, or sizes that make no sense.
    """
    return range_means(input, wanted_size(input, output_size, 2, "adaptive_avg_pool2d"))


@derived(r"\text{means over } n \text{ ranges}", method=False, cases=(case((1, 2, 3, 4, 5), output_size=(2, 3, 1)),))
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means over `output_size` ranges of the last three dimensions. See `adaptive_avg_pool2d`."""
    return range_means(input, wanted_size(input, output_size, 3, "adaptive_avg_pool3d"))


# -- maxima -------------------------------------------------------------------------------------------------


def places_of_range_maxima(x: Array, sizes: tuple[int, ...]) -> Array:
    """Where in its plane, counted in row-major order, the largest element of each range is."""
    size = x.shape[x.ndim - len(sizes) :]
    numbers = np.arange(math.prod(size)).reshape(size)
    bounds = [ranges(n, count) for n, count in zip(size, sizes, strict=True)]
    widest = [max(np.subtract(ends, starts), default=0) for starts, ends in bounds]
    largest, places = None, np.zeros((*x.shape[: x.ndim - len(sizes)], *sizes), np.int64)
    for step in itertools.product(*map(range, widest)):
        met = np.ix_(*(np.minimum(np.add(a, k), np.subtract(b, 1)) for (a, b), k in zip(bounds, step, strict=True)))
        value, place = x[(Ellipsis, *met)], numbers[met]
        if largest is None:
            largest, places[...] = value, place
        else:
            wins = exceeds(value, largest)
            largest, places = np.where(wins, value, largest), np.where(wins, place, places)
    return places


def range_maxima(dims: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    """The maxima over ranges along so many last dimensions, and their places if wanted."""
    sizes = wanted_size(input, output_size, dims, f"adaptive_max_pool{dims}d")
    places = tensor_of(places_of_range_maxima(input.array, sizes), dtypes.int64)
    values = taken_from_plane(input, places, dims)
    return (values, places) if return_indices else values


@derived(
    r"\text{maxima over } n \text{ ranges}", method=False, cases=(case(sample((2, 3, 7), apart=True), output_size=3),)
)
def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The maxima over `output_size` ranges of the last dimension, and their places. See `adaptive_max_pool2d`."""
    found: tuple[Tensor, Tensor] = range_maxima(1, input, output_size, True)
    return found


@derived(
    r"\text{maxima over } n \text{ ranges}",
    method=False,
    cases=(
        case(sample((2, 3, 5, 4), apart=True), output_size=(3, 2)),
        case(sample((2, 5, 4), apart=True), output_size=(None, 1)),
    ),
)
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima over `output_size` ranges of the last two dimensions; the gradient goes to the first of equals.

    Args:
        input, output_size: as for `adaptive_avg_pool2d`.
        return_indices: also return where in the H x W plane each maximum stands.

    Raises RuntimeError for inputs of another rank, or sizes that make no sense.
    """
    return range_maxima(2, input, output_size, return_indices)


@derived(
    r"\text{maxima over } n \text{ ranges}",
    method=False,
    cases=(case(sample((1, 2, 3, 4, 5), apart=True), output_size=(2, 3, 1)),),
)
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima over `output_size` ranges of the last three dimensions. See `adaptive_max_pool2d`."""
    return range_maxima(3, input, output_size, return_indices)


def wanted_size(input: Tensor, output_size: Any, dims: int, name: str) -> tuple[int, ...]:
    """The result's last sizes, checked; None keeps the input's."""
    need_floating(name, input)
    if input.ndim not in (dims + 1, dims + 2):
        error = ValueError if dims > 1 and input.ndim <= dims else RuntimeError  # as PyTorch has it
        raise error(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got shape {tuple(input.shape)}: {layout(dims)}"
        )
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * dims
    if len(given) == 1:
        given *= dims
    if len(given) != dims:
        raise RuntimeError(
            f"{name}: output_size must have {dims} elements, one for each dimension, got {output_size!r}"
        )
    size = tuple(input.shape[-dims:])
    if 0 in input.shape[-dims - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
            f"{list(input.shape)}"
        )
    sizes = tuple(n if wanted is None else int(wanted) for n, wanted in zip(size, given, strict=True))
    if min(sizes) < 0:
        raise RuntimeError(f"{name}(): elements of output_size must be greater than or equal to 0, got {output_size!r}")
    check_countable(sizes, name)
    return sizes
