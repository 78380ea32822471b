"""Max pooling over windows whose distances are drawn at random, so that a plane can shrink by any fraction.

Graham, "Fractional max-pooling", 2014.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case, sample
from autograd.derived import derived
from autograd.geometry import batched, per_dim
from autograd.ops.pooling import exceeds, taken_from_plane
from autograd.ops.requirements import need_real
from autograd.random.creation import rand
from autograd.tensor import Tensor, tensor_of


def window_starts(u: Array, size: int, window: int, count: int) -> Array:
    """Where the windows begin, given a random number u in [0, 1): (*u.shape, count).

    They are floor((i + u) a) - floor(u a) with a = (size - window) / (count - 1), and the last one ends the plane.
    """
    starts = np.full((*u.shape, count), size - window)
    if count > 1:
        gap = u.dtype.type(size - window) / u.dtype.type(count - 1)
        steps = (np.arange(count - 1, dtype=u.dtype) + u[..., None]) * gap
        starts[..., :-1] = np.trunc(steps) - np.trunc(u * gap)[..., None]
    return starts


def places_of_maxima_from(x: Array, starts: list[Array], window: tuple[int, ...]) -> Array:
    """Where in its plane the largest element of each window is; `starts` (N, C, count) for each dimension."""
    size = x.shape[2:]
    dims = len(window)
    own = np.ogrid[tuple(slice(n) for n in x.shape[:2])]
    batch, channel = (i.reshape(*i.shape, *(1,) * dims) for i in own)
    at = [s.reshape(*s.shape[:2], *(1,) * d, s.shape[2], *(1,) * (dims - d - 1)) for d, s in enumerate(starts)]
    largest, places = None, None
    for step in itertools.product(*map(range, window)):
        met = tuple(a + k for a, k in zip(at, step, strict=True))
        value = x[(batch, channel, *met)]
        place = np.broadcast_to(np.ravel_multi_index(np.broadcast_arrays(*met), size), value.shape)
        if largest is None:
            largest, places = value, place
        else:
            wins = exceeds(value, largest)
            largest, places = np.where(wins, value, largest), np.where(wins, place, places)
    return np.ascontiguousarray(places)


def fractional(
    dims: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool, samples: Any
) -> Any:
    """Fractional max pooling over so many dimensions."""
    name = f"fractional_max_pool{dims}d"
    need_real(name, input)
    x, is_single = batched(input, dims, name)
    window = per_dim(kernel_size, dims, "kernel_size", name)
    count = wanted_count(x, output_size, output_ratio, dims, name)
    check_fit(x, window, count, name)
    if samples is None:
        samples = rand(len(x), x.shape[1], dims, dtype=x.dtype)
    check_samples(samples, x, dims, name)
    starts = [
        window_starts(samples.array[..., dims - 1 - d if dims == 2 else d], n, w, c)
        for d, (n, w, c) in enumerate(zip(x.shape[2:], window, count, strict=True))
    ]
    places = tensor_of(places_of_maxima_from(x.array, starts, window), dtypes.int64)
    values = taken_from_plane(x, places, dims)
    if is_single:
        values, places = values.squeeze(0), places.squeeze(0)
    return (values, places) if return_indices else values


def wanted_count(x: Tensor, output_size: Any, output_ratio: Any, dims: int, name: str) -> tuple[int, ...]:
    """How many windows there are along each dimension, from a size or a ratio."""
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if output_size is not None:
        return per_dim(output_size, dims, "output_size", name)
    ratios = tuple(output_ratio) if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * dims
    if len(ratios) != dims:
        raise ValueError(
            f"{name} requires output_ratio to either be a single number or a tuple of {dims}, got {ratios}"
        )
    return tuple(int(n * ratio) for n, ratio in zip(x.shape[2:], ratios, strict=True))


def check_fit(x: Tensor, window: tuple[int, ...], count: tuple[int, ...], name: str) -> None:
    """Raise unless that many windows fit."""
    if 0 in x.shape[1:]:
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but got {list(x.shape)}"
        )
    if min(window) < 1 or min(count) < 1:
        raise RuntimeError(f"{name}(): kernel_size and output_size must be greater than zero, got {window} and {count}")
    for n, w, c in zip(x.shape[2:], window, count, strict=True):
        if c + w - 1 > n:
            raise RuntimeError(
                f"{name}(): pool size {w} too large relative to input size {n}: {c} windows of {w} elements that begin "
                f"at different places need {c + w - 1}"
            )


def check_samples(samples: Tensor, x: Tensor, dims: int, name: str) -> None:
    """Raise unless there is a random number for each plane and dimension."""
    if samples.dtype is not x.dtype:
        raise RuntimeError(f"{name}: Expect _random_samples to have the same dtype as input, {x.dtype.name}")
    if samples.ndim != 3 or samples.shape[0] < len(x) or samples.shape[1] < x.shape[1] or samples.shape[2] != dims:
        raise RuntimeError(
            f"{name}: Expect _random_samples to have shape ({len(x)}, {x.shape[1]}, {dims}): a number for each "
            f"plane and dimension, got {tuple(samples.shape)}"
        )


@derived(
    r"\max_k x_{s_i + k}",
    method=False,
    cases=(case(sample((1, 2, 6, 5), apart=True), kernel_size=2, output_size=(3, 2)),),
)
def fractional_max_pool2d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:  # fmt: skip
    """The maxima of windows whose distances, about the same, are drawn at random.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size: the size of the windows, which may overlap.
        output_size: how many windows there are along each dimension; or
        output_ratio: that number, as a fraction of the input's size.
        return_indices: also return where in the H x W plane each maximum stands.

    Raises ValueError where both output_size and output_ratio are missing, RuntimeError where the windows do not fit.
    """
    return fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


@derived(
    r"\max_k x_{s_i + k}",
    method=False,
    cases=(case(sample((1, 1, 4, 5, 4), apart=True), kernel_size=2, output_size=2),),
)
def fractional_max_pool3d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:  # fmt: skip
    """The maxima of windows at random distances, in volumes. See `fractional_max_pool2d`."""
    return fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
