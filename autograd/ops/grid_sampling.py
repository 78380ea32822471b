"""Sampling images at any points, and the points of an affine map: what a spatial transformer is made of.

Jaderberg, Simonyan, Zisserman and Kavukcuoglu, "Spatial transformer networks", NIPS 2015.
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
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops.interpolation import CUBIC, cubic
from autograd.ops.rounding import floor
from autograd.ops.selection import where
from autograd.tensor import Tensor, tensor_of

MODES = ("bilinear", "nearest", "bicubic")
RIMS = ("zeros", "border", "reflection")

# -- where the points lie -----------------------------------------------------------------------------------


def in_elements(x: Tensor, size: int, align_corners: bool) -> Tensor:
    """Coordinates from -1 to 1 as places of elements: from center to center of the corners, or from edge to edge."""
    return (x + 1) * ((size - 1) / 2) if align_corners else ((x + 1) * size - 1) / 2


def reflected(x: Tensor, low: float, high: float) -> Tensor:
    """Coordinates mirrored at both ends, as often as it takes."""
    span = high - low
    if span <= 0:
        return x * 0
    distance = (x - low).abs()
    turns = np.floor(distance.array / span)
    rest = distance - x.like((turns * span).astype(x.dtype.dtype))
    return where(tensor_of(turns % 2 == 0, dtypes.bool), rest, span - rest) + low


def clipped(x: Tensor, size: int) -> Tensor:
    """Coordinates moved to the nearest element; no gradient for those at the rim or beyond it."""
    inside = tensor_of((x.array > 0) & (x.array < size - 1), dtypes.bool)
    return where(inside, x, x.like(np.clip(x.array, 0, size - 1)))


def kept_inside(x: Tensor, size: int, padding_mode: str, align_corners: bool) -> Tensor:
    """Coordinates brought inside as the padding mode wants it; "zeros" leaves them where they are."""
    if padding_mode == "border":
        return clipped(x, size)
    if padding_mode == "reflection":
        low, high = (0.0, size - 1.0) if align_corners else (-0.5, size - 0.5)
        return clipped(reflected(x, low, high), size)
    return x


# -- sampling there -----------------------------------------------------------------------------------------


def picked(x: Tensor, places: list[Array], sizes: tuple[int, ...]) -> Tensor:
    """Elements of x, (N, C, all elements), at places (N, points), one array for each dimension; 0 for those outside."""
    inside = np.logical_and.reduce([(p >= 0) & (p < n) for p, n in zip(places, sizes, strict=True)])
    whole = [np.where(inside, p, 0).astype(np.int64) for p in places]
    flat = np.ravel_multi_index(whole, sizes)[:, None]
    index = tensor_of(np.broadcast_to(flat, (len(flat), x.shape[1], flat.shape[2])), dtypes.int64)
    return x.gather(2, index).masked_fill(tensor_of(~inside[:, None], dtypes.bool), 0)


def product_of(weights: Any) -> Tensor:
    """The product of the weights along each dimension, (N, points), to broadcast over channels."""
    return math.prod(weights).unsqueeze(1)


def sampled_nearest(x: Tensor, at: list[Tensor], sizes: tuple[int, ...]) -> Tensor:
    """The element nearest to each point; of two at the same distance, the even one."""
    return picked(x, [np.rint(a.array) for a in at], sizes)


def sampled_linearly(x: Tensor, at: list[Tensor], sizes: tuple[int, ...]) -> Tensor:
    """The corners of the cell around each point, weighted by their closeness."""
    first = [floor(a.detach()) for a in at]
    share = [a - f for a, f in zip(at, first, strict=True)]
    total: Any = None
    for corner in itertools.product((0, 1), repeat=len(sizes)):
        value = picked(x, [f.array + c for f, c in zip(first, corner, strict=True)], sizes)
        part = value * product_of(s if c else 1 - s for s, c in zip(share, corner, strict=True))
        total = part if total is None else total + part
    return total


def sampled_cubically(
    x: Tensor, at: list[Tensor], sizes: tuple[int, ...], padding_mode: str, align_corners: bool
) -> Tensor:
    """The sixteen elements around each point, weighted by the cubic kernel. Here each of them is brought inside."""
    first = [floor(a.detach()) for a in at]
    share = [a - f for a, f in zip(at, first, strict=True)]
    total: Any = None
    for offsets in itertools.product(range(-1, 3), repeat=2):
        places = [
            kept_inside(f + k, n, padding_mode, align_corners).array
            for f, k, n in zip(first, offsets, sizes, strict=True)
        ]
        part = picked(x, places, sizes) * product_of(cubic(k - s, CUBIC) for s, k in zip(share, offsets, strict=True))
        total = part if total is None else total + part
    return total


GRID = sample((1, 2, 3, 2), -1.3, 1.3)


@derived(
    r"z_p = \sum_k w_k(p)\, x_k",
    method=False,
    cases=(
        case((1, 2, 4, 5), GRID, align_corners=False),
        case((1, 2, 4, 5), GRID, padding_mode="border", align_corners=True),
        case((1, 2, 4, 5), GRID, padding_mode="reflection", align_corners=False),
        case((1, 2, 4, 5), GRID, mode="bicubic", align_corners=False),
        case((1, 2, 4, 5), GRID, mode="bicubic", padding_mode="reflection", align_corners=True),
        case((1, 2, 4, 5), GRID, mode="nearest", align_corners=False),
        case((1, 1, 3, 4, 2), sample((1, 2, 2, 1, 3), -1.2, 1.2), align_corners=False),
    ),
)
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """The values of images (or volumes) at given points, between their elements.

    Args:
        input: (N, C, H, W), or (N, C, D, H, W).
        grid: the points, (N, H', W', 2) or (N, D', H', W', 3): x (along W), y and z from -1 to 1.
        mode: "bilinear" (in volumes trilinear), "nearest", or "bicubic" (images only).
        padding_mode: for points outside: "zeros", the "border", or its "reflection".
        align_corners: -1 and 1 are the centers of the corner elements, not their edges.

    Both input and points get gradients. Raises ValueError for an unknown mode, RuntimeError for shapes that don't fit.
    """
    if mode not in MODES:
        raise ValueError(f"grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'")
    if padding_mode not in RIMS:
        raise ValueError(
            f"grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '{padding_mode}'"
        )
    corners = chosen_corners(align_corners, "grid_sample")
    check_grid(input, grid, mode)
    sizes = tuple(input.shape[2:])
    points = grid.reshape(len(grid), -1, len(sizes))
    at = [in_elements(points[..., -1 - d], n, corners) for d, n in enumerate(sizes)]
    x = input.flatten(2)
    if mode == "bicubic":
        found = sampled_cubically(x, at, sizes, padding_mode, corners)
    else:
        inside = [kept_inside(a, n, padding_mode, corners) for a, n in zip(at, sizes, strict=True)]
        found = (sampled_nearest if mode == "nearest" else sampled_linearly)(x, inside, sizes)
    sampled: Tensor = found.reshape(*input.shape[:2], *grid.shape[1:-1])
    return sampled


def chosen_corners(align_corners: bool | None, name: str) -> bool:
    """`align_corners`, or PyTorch's default with PyTorch's warning."""
    if align_corners is None:
        warn_caller(
            f"Default {name} and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired."
        )
    return bool(align_corners)


def check_grid(input: Tensor, grid: Tensor, mode: str) -> None:
    """Raise unless there are points for each image."""
    if not isinstance(grid, Tensor):
        raise TypeError(f"grid_sample(): argument 'grid' (position 2) must be Tensor, not {type(grid).__name__}")
    if input.dtype is not grid.dtype:
        raise RuntimeError(
            f"grid_sampler(): expected input and grid to have same dtype, but input has {input.dtype.name} and "
            f"grid has {grid.dtype.name}"
        )
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"grid_sampler(): not defined for {input.dtype.name} tensors: convert with .float()")
    shapes = f"got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(
            f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but {shapes}"
        )
    if len(input) != len(grid):
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, but {shapes}")
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but {shapes}"
        )
    if 0 in input.shape[2:]:
        raise RuntimeError(f"grid_sampler(): expected input to have non-empty spatial dimensions, but {shapes}")
    if mode == "bicubic" and input.ndim != 4:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


@derived(r"z_p = \sum_k w_k(p)\, x_k", method=False,
         cases=(case((1, 2, 4, 5), GRID, interpolation_mode=0, padding_mode=1, align_corners=False),))  # fmt: skip
def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`nn.functional.grid_sample` with the modes by number."""
    return grid_sample(input, grid, MODES[interpolation_mode], RIMS[padding_mode], align_corners)


@derived(r"z_p = \sum_k w_k(p)\, x_k", method=False,
         cases=(case((1, 2, 4, 5), GRID, interpolation_mode=1, padding_mode=2, align_corners=True),))  # fmt: skip
def grid_sampler_2d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sampler` of images."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


@derived(
    r"z_p = \sum_k w_k(p)\, x_k",
    method=False,
    cases=(
        case(
            (1, 1, 3, 4, 2),
            sample((1, 2, 2, 1, 3), -1.2, 1.2),
            interpolation_mode=0,
            padding_mode=1,
            align_corners=True,
        ),
    ),
)
def grid_sampler_3d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sampler` of volumes."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


# -- the points of an affine map ----------------------------------------------------------------------------


@derived(
    r"p = \theta\, (x, y, 1)^\top",
    method=False,
    cases=(
        case((2, 2, 3), size=(2, 1, 3, 4), align_corners=False),
        case((1, 3, 4), size=(1, 1, 2, 3, 2), align_corners=True),
    ),
)
def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The points that `grid_sample` needs to turn, shift or stretch images: each output place mapped by theta.

    Shapes: theta (N, 2, 3) for size (N, C, H, W), or (N, 3, 4) for (N, C, D, H, W); result (N, H, W, 2) or
    (N, D, H, W, 3). Raises ValueError where they don't fit.
    """
    corners = chosen_corners(align_corners, "grid_sample")
    count, _, *sizes = check_affine(theta, tuple(size))
    lines = [axis(n, corners, theta) for n in sizes]
    mesh = [np.broadcast_to(line, sizes) for line in np.ix_(*lines)][::-1]
    base = np.stack((*mesh, np.ones(sizes, theta.dtype.dtype)), -1).reshape(1, -1, len(sizes) + 1)
    points: Tensor = (theta.like(base) @ theta.transpose(1, 2)).reshape(count, *sizes, len(sizes))
    return points


def axis(size: int, align_corners: bool, theta: Tensor) -> Array:
    """The coordinates of the elements along one dimension, from -1 to 1."""
    line = np.linspace(-1, 1, size, dtype=theta.dtype.dtype) if size > 1 else np.zeros(size, theta.dtype.dtype)
    return line if align_corners else line * ((size - 1) / size)


def check_affine(theta: Tensor, size: tuple[int, ...]) -> tuple[int, ...]:
    """The size, if the matrices are for such images."""
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype.name}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {size}"
        )
    shape = (size[0], len(size) - 2, len(size) - 1)
    if tuple(theta.shape[-2:]) != shape[1:] or theta.ndim != 3:
        raise ValueError(
            f"Expected a batch of {len(size) - 2}D affine matrices of shape "
            f"{'x'.join(map(str, ('N', *shape[1:])))} for size {size}. Got {tuple(theta.shape)}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if theta.shape[0] != size[0]:
        raise RuntimeError(f"affine_grid: theta has {theta.shape[0]} matrices, but size {size} a batch of {size[0]}")
    return size


@speaking
def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """`nn.functional.affine_grid`, by the name of its kernel."""
    return affine_grid(theta, size, align_corners)
