"""Resizing signals, images and volumes.

Every mode works on one dimension after another. Along each, an element of the result is a
weighted sum of a few elements of the input: one for "nearest", two for "linear", four for
"cubic", more where a smaller image is to be smoothed first (`antialias`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.geometry import layout
from autograd.ops.adaptive_pooling import range_means
from autograd.ops.ranges import ordered_select
from autograd.ops.requirements import need_floating
from autograd.tensor import Tensor

RANKS = {"nearest": (3, 4, 5), "nearest-exact": (3, 4, 5), "area": (3, 4, 5), "linear": (3,), "bilinear": (4,),
         "bicubic": (4,), "trilinear": (5,)}  # fmt: skip
WITH_CORNERS = ("linear", "bilinear", "bicubic", "trilinear")
CUBIC = -0.75  # the free parameter of the cubic kernel; -0.5 where it smooths, as in the PIL library
CUBIC_SMOOTHING = -0.5


class Taps(NamedTuple):
    """For each element of the result: the places that it is made of, (count, taps), and their weights."""

    places: Array
    weights: Array


# -- which elements, with which weights ---------------------------------------------------------------------


def step_between(size: int, count: int, factor: float | None, align_corners: bool, kind: Any) -> Any:
    """How far apart, in elements of the input, neighbors of the result are."""
    if align_corners:
        return kind((size - 1) / (count - 1)) if count > 1 else kind(0)
    return kind(1.0 / factor) if factor else kind(size) / kind(count)


def sources(count: int, step: Any, align_corners: bool) -> Array:
    """Where in the input the elements of the result lie: corner on corner, or edge on edge."""
    at = np.arange(count).astype(step.dtype)
    return at * step if align_corners else (at + step.dtype.type(0.5)) * step - step.dtype.type(0.5)


def nearest_places(size: int, count: int, factor: float | None, exact: bool) -> Array:
    """The element to copy: the one at floor(i step), or, exactly, the one nearest to the center."""
    step = step_between(size, count, factor, False, np.float32)
    at = np.arange(count, dtype=np.float32) + np.float32(0.5 if exact else 0)
    return np.minimum(np.floor(at * step).astype(np.int64), size - 1)


def linear_taps(at: Array, size: int) -> Taps:
    """The two elements beside each point, by their closeness."""
    at = np.maximum(at, 0)
    first = np.minimum(np.floor(at).astype(np.int64), size - 1)
    share = np.clip(at - first, 0, 1)
    return Taps(np.stack((first, np.minimum(first + 1, size - 1)), 1), np.stack((1 - share, share), 1))


def cubic_taps(at: Array, size: int) -> Taps:
    """The four elements around each point, by Keys' cubic convolution; beyond the rim, the last one repeated."""
    first = np.floor(at)
    offsets = np.arange(-1, 3)
    places = np.clip(first[:, None].astype(np.int64) + offsets, 0, size - 1)
    return Taps(places, cubic(offsets - (at - first)[:, None], CUBIC))


def cubic(distance: Array, a: float) -> Array:
    """Keys' kernel. "Cubic convolution interpolation for digital image processing", IEEE ASSP 29, 1981."""
    x = np.abs(distance)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def smooth_taps(size: int, count: int, step: Any, kernel: str) -> Taps:
    """All elements under a kernel that is stretched by the step where the result is smaller; weights add up to one."""
    stretch = max(step, type(step)(1))
    reach = (1 if kernel == "linear" else 2) * stretch
    center = (np.arange(count).astype(step.dtype) + step.dtype.type(0.5)) * step
    first = np.maximum((center - reach + step.dtype.type(0.5)).astype(np.int64), 0)
    after = np.minimum((center + reach + step.dtype.type(0.5)).astype(np.int64), size)
    places = first[:, None] + np.arange(max(after - first))
    distance = (places - center[:, None] + step.dtype.type(0.5)) / stretch
    heights = np.maximum(1 - np.abs(distance), 0) if kernel == "linear" else cubic(distance, CUBIC_SMOOTHING)
    heights = np.where(places < after[:, None], heights, 0)
    return Taps(np.minimum(places, size - 1), heights / heights.sum(1, keepdims=True))


def taps_for(mode: str, size: int, count: int, factor: float | None, corners: bool, antialias: bool, kind: Any) -> Taps:
    """The taps of a mode with weights, along one dimension."""
    step = step_between(size, count, factor, corners, kind)
    kernel = "cubic" if mode == "bicubic" else "linear"
    if antialias:
        return smooth_taps(size, count, step, kernel)
    at = sources(count, step, corners)
    return cubic_taps(at, size) if kernel == "cubic" else linear_taps(at, size)


def weighted(x: Tensor, taps: Taps, dim: int) -> Tensor:
    """The weighted sums along one dimension."""
    tail = (1,) * (x.ndim - dim - 1)
    total: Any = None
    for places, weights in zip(taps.places.T, taps.weights.T, strict=True):
        chosen = ordered_select(x, tuple(places.tolist()), dim)
        part = chosen * x.like(weights.astype(x.dtype.dtype).reshape(-1, *tail))
        total = part if total is None else total + part
    return total


# -- what users call ----------------------------------------------------------------------------------------


@derived(
    r"z_i = \sum_k w_{ik} x_{j_{ik}}",
    method=False,
    cases=(
        case((1, 2, 4), size=6, mode="linear"),
        case((2, 1, 3, 4), scale_factor=(1.5, 2.0), mode="bilinear"),
        case((1, 1, 5, 4), size=(3, 7), mode="bicubic"),
        case((1, 1, 2, 3, 2), size=(3, 2, 4), mode="trilinear", align_corners=True),
        case((1, 2, 4), size=7),
        case((1, 1, 3, 5), size=(4, 2), mode="nearest-exact"),
        case((1, 1, 5, 4), size=(3, 3), mode="area"),
        case((1, 1, 7, 6), size=(3, 4), mode="bilinear", antialias=True),
        case((1, 1, 7, 6), size=(3, 4), mode="bicubic", antialias=True),
    ),
)
def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Resize a batch of signals (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W).

    Args:
        size: the sizes of the last dimensions to come; or
        scale_factor: by how much they grow; one number, or one for each.
        mode: "nearest", "nearest-exact", "linear" (signals), "bilinear" or "bicubic" (images),
            "trilinear" (volumes), or "area", the mean over what falls on each element.
        align_corners: lay the centers of the corner elements on each other, not the edges.
        recompute_scale_factor: take the distance of elements from the sizes, not from the factor.
        antialias: for "bilinear" and "bicubic", smooth first where the image shrinks.

    Raises ValueError where the options don't fit together, NotImplementedError where the mode doesn't fit the input.

    >>> import autograd, nn.functional as F
    >>> F.interpolate(autograd.tensor([[[1.0, 3.0]]]), size=4, mode="linear")
    tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """
    check_options(input, mode, align_corners, antialias)
    sizes, factors = sizes_and_factors(input, size, scale_factor, recompute_scale_factor)
    if min(sizes) < (mode != "area") or 0 in input.shape[2:]:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {list(input.shape[2:])} and output "
            f"{list(sizes)}"
        )
    if input.dtype is not dtypes.uint8 or not mode.startswith("nearest"):
        need_floating("interpolate", input)
    if mode == "area":
        return range_means(input, sizes)
    for dim, (count, factor) in enumerate(zip(sizes, factors, strict=True), 2):
        length = input.shape[dim]
        if mode.startswith("nearest"):
            if mode == "nearest" and input.ndim == 4 and count in (length, 2 * length):
                factor = None  # as PyTorch has it, for images alone
            places = nearest_places(length, count, factor, mode == "nearest-exact")
            input = ordered_select(input, tuple(places.tolist()), dim)
        elif length != count or (mode == "bicubic" and factor not in (None, 1)):  # as PyTorch has it
            kind = np.float64 if input.dtype is dtypes.float64 else np.float32
            input = weighted(input, taps_for(mode, length, count, factor, bool(align_corners), antialias, kind), dim)
    return input


def sizes_and_factors(input: Tensor, size: Any, scale_factor: Any, recompute: bool | None) -> tuple[Any, Any]:
    """The result's last sizes, and for each the factor that fixes the distances (None: the sizes do)."""
    dims = input.ndim - 2
    if (size is None) == (scale_factor is None):
        raise ValueError(
            "only one of size or scale_factor should be defined"
            if size is not None
            else "either size or scale_factor should be defined"
        )
    what, given = ("size", size) if scale_factor is None else ("scale_factor", scale_factor)
    chosen = tuple(given) if isinstance(given, (tuple, list)) else (given,) * dims
    if len(chosen) != dims:
        raise ValueError(
            f"Input and {what} must have the same number of spatial dimensions: got an input with spatial "
            f"dimensions of {list(input.shape[2:])} and {what} of {list(chosen)}: {layout(dims)}"
        )
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return tuple(int(n) for n in chosen), (None,) * dims
    sizes = tuple(math.floor(float(n) * factor) for n, factor in zip(input.shape[2:], chosen, strict=True))
    return sizes, (None,) * dims if recompute else tuple(float(factor) for factor in chosen)


def check_options(input: Tensor, mode: str, align_corners: bool | None, antialias: bool) -> None:
    """Raise where the mode does not fit the input or the other options."""
    if mode not in RANKS:
        raise NotImplementedError(f"interpolate: unknown mode {mode!r}: use one of {', '.join(map(repr, RANKS))}")
    if align_corners is not None and mode not in WITH_CORNERS:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    if antialias and not (mode in ("bilinear", "bicubic") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
        )
    if input.ndim not in RANKS[mode]:
        fitting = [other for other, ranks in RANKS.items() if input.ndim in ranks]
        raise NotImplementedError(
            f"Got {input.ndim}D input, but {mode} mode needs {' or '.join(f'{rank}D' for rank in RANKS[mode])} input"
            + (f": use one of {', '.join(fitting)}" if fitting else ", (batch, channels, *sizes)")
        )
