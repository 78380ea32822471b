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
from autograd.op import op
from autograd.ops.pooling import exceeds, taken_from_plane
from autograd.ops.refusals import REAL_ONLY
from autograd.ops.requirements import need_floating
from autograd.tensor import Tensor, tensor_of

Places = tuple[int, ...]


def ranges(size: int, count: int) -> tuple[Places, Places]:
    """Where the ranges begin, and where they end."""
    return tuple(i * size // count for i in range(count)), tuple(-(-(i + 1) * size // count) for i in range(count))


# -- means ------------------------------------------------------------------------------------------------------------


@op(r"z_i = \sum_{j = a_i}^{b_i - 1} x_j", method=False, refuses=REAL_ONLY,
    cases=(case((2, 5), starts=(0, 1, 3), ends=(2, 4, 5), dim=1), case((3, 2), starts=(0, 0), ends=(3, 3), dim=0),
           case((3, 2), starts=(), ends=(), dim=0)))  # fmt: skip
def range_sums(x: Array, starts: Places, ends: Places, dim: int) -> Array:
    """Sums over ranges along a dimension. No range is empty, and neither starts nor ends ever step back."""
    bounds = [place for pair in zip(starts, ends, strict=True) for place in pair]
    rim = np.zeros((*x.shape[:dim], 1, *x.shape[dim + 1 :]), x.dtype)  # so that the end of the last range is a place
    if not bounds:
        return rim[(*(slice(None),) * dim, slice(0))].copy()
    sums = np.add.reduceat(np.concatenate((x, rim), dim), bounds, dim)
    return sums[(*(slice(None),) * dim, slice(None, None, 2))].copy()


@range_sums.vjp("x", r"\sum_{i : a_i \le j < b_i} \bar z_i")
def _(g: Any, x_shape: Any, starts: Places, ends: Places, dim: int) -> Any:
    """The ranges that an element lies in follow one another: the gradient is a sum over ranges too."""
    places = range(x_shape[dim])
    first = tuple(int(i) for i in np.searchsorted(ends, places, "right"))
    after = tuple(int(i) for i in np.searchsorted(starts, places, "right"))
    return range_sums.either(g, first, after, dim)


def range_means(input: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """The means over ranges along the last dimensions, as many as there are sizes."""
    for dim, count in enumerate(sizes, input.ndim - len(sizes)):
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


# -- maxima -----------------------------------------------------------------------------------------------------------


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
    need_floating(f"adaptive_max_pool{dims}d", input)
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
    return sizes
