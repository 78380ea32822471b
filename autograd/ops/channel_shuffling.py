"""Channels turned into pixels, pixels into channels, and channels dealt out anew: all of it reshaping."""

from __future__ import annotations

import math

from autograd.cases import case
from autograd.derived import derived
from autograd.ops.arranging import copied_from
from autograd.tensor import Tensor


@derived(
    r"(r^2 C, H, W) \to (C, r H, r W)",
    method=False,
    cases=(case((2, 8, 2, 3), upscale_factor=2), case((9, 1, 2), upscale_factor=3)),
)
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Every r² channels become one, r times as high and as wide: shape (*, r² C, H, W) to (*, C, r H, r W).

    Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel
    convolutional neural network", CVPR 2016. Raises RuntimeError where r² does not divide the channels.
    """
    check_image(input, "pixel_shuffle")
    r = upscale_factor
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, channels, height, width = input.shape
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={channels} is not divisible by {r * r}"
        )
    apart = input.reshape(math.prod(lead), channels // (r * r), r, r, height, width)
    woven: Tensor = apart.permute(0, 1, 4, 2, 5, 3).reshape(*lead, channels // (r * r), height * r, width * r)
    return copied_from(woven, input)


@derived(
    r"(C, r H, r W) \to (r^2 C, H, W)",
    method=False,
    cases=(case((2, 2, 4, 6), downscale_factor=2), case((1, 3, 6), downscale_factor=3)),
)
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of `pixel_shuffle`: shape (*, C, r H, r W) to (*, r² C, H, W).

    Raises RuntimeError where r does not divide the height and the width.
    """
    check_image(input, "pixel_unshuffle")
    r = downscale_factor
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, channels, height, width = input.shape
    if height % r or width % r:
        raise RuntimeError(
            f"pixel_unshuffle expects height and width to be divisible by downscale_factor, but {height} x "
            f"{width} is not divisible by {r}"
        )
    apart = input.reshape(math.prod(lead), channels, height // r, r, width // r, r)
    woven: Tensor = apart.permute(0, 1, 3, 5, 2, 4).reshape(*lead, channels * r * r, height // r, width // r)
    return copied_from(woven, input)


def check_image(input: Tensor, name: str) -> None:
    """Raise unless there are channels, a height and a width."""
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, (channels, height, width), but got {input.ndim}"
        )


@derived(r"(g k, *) \to (k g, *)", method=False, cases=(case((2, 6, 3), groups=3), case((1, 4, 2, 2), groups=2)))
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (dimension 1), which stand in groups, dealt out so that each group gets some of every other.

    Zhang et al., "ShuffleNet", CVPR 2018. Raises RuntimeError where the groups don't divide the channels.
    """
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups: {groups}")
    batch, channels, *rest = input.shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    dealt: Tensor = input.reshape(batch, groups, channels // groups, *rest).transpose(1, 2).reshape(input.shape)
    return copied_from(dealt, input)


@derived(r"(g k, *) \to (k g, *)", method=False, cases=channel_shuffle.derived.cases)  # type: ignore[attr-defined]
def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """`channel_shuffle`, by the name of its kernel."""
    return channel_shuffle(input, groups)
