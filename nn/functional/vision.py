"""Images: resized, sampled at points, cut into windows, and their channels rearranged."""

from __future__ import annotations

from typing import Any

from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops.channel_shuffling import channel_shuffle, native_channel_shuffle, pixel_shuffle, pixel_unshuffle
from autograd.ops.folding import fold, unfold
from autograd.ops.grid_sampling import affine_grid, grid_sample
from autograd.ops.interpolation import interpolate
from autograd.tensor import Tensor

__all__ = [
    "affine_grid", "channel_shuffle", "fold", "grid_sample", "interpolate", "native_channel_shuffle", "pixel_shuffle",
    "pixel_unshuffle", "unfold", "upsample", "upsample_bilinear", "upsample_nearest",
]  # fmt: skip


@speaking
def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """`interpolate`, by its old name."""
    warn_of_old_name("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@speaking
def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode="nearest", by its old name."""
    warn_of_old_name("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


@speaking
def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode="bilinear" and align_corners=True, by its old name."""
    warn_of_old_name("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def warn_of_old_name(name: str) -> None:
    """PyTorch's warning for the functions that `interpolate` has replaced."""
    warn_caller(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.")
