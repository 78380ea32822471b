"""Layers that make images larger: by interpolation, or by spreading channels over places."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = [
    "ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d",
]  # fmt: skip


class Upsample(Module):
    """Bring the places of (N, C, L), (N, C, H, W) or (N, C, D, H, W) to another size by interpolation.

    Args:
        size: the new size, an int or one for each dimension; or
        scale_factor: the factor by which to multiply it.
        mode: "nearest", "linear" (sequences), "bilinear" and "bicubic" (images), "trilinear" (volumes).
        align_corners: let the outermost elements keep their values.
        recompute_scale_factor: take the factor from the rounded sizes.

    Raises ValueError unless just one of `size` and `scale_factor` is given.

    >>> import autograd, nn
    >>> nn.Upsample(scale_factor=2)(autograd.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor = as_floats(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """The input, resized."""
        resized: Tensor = F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )
        return resized

    def extra_repr(self) -> str:
        """The size or the factor, and the mode."""
        target = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{target}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of images, where each new element takes the value of the nearest old one.

    >>> import autograd, nn
    >>> nn.UpsamplingNearest2d(scale_factor=2)(autograd.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of images, linear in both directions, where the corners keep their values.

    >>> import autograd, nn
    >>> nn.UpsamplingBilinear2d(size=(1, 3))(autograd.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Spread groups of r^2 channels over r x r places: (*, C r^2, H, W) becomes (*, C, H r, W r).

    Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel
    convolutional neural network", CVPR 2016. Raises RuntimeError where the channels can't be divided so.

    >>> import autograd, nn
    >>> nn.PixelShuffle(2)(autograd.arange(4.0).reshape(4, 1, 1))
    tensor([[[0., 1.],
             [2., 3.]]])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """The input, with more places and fewer channels."""
        spread: Tensor = F.pixel_shuffle(input, self.upscale_factor)
        return spread

    def extra_repr(self) -> str:
        """The factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Gather r x r places into r^2 channels: (*, C, H r, W r) becomes (*, C r^2, H, W). Undoes `PixelShuffle`.

    >>> import autograd, nn
    >>> nn.PixelUnshuffle(2)(autograd.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 12, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """The input, with fewer places and more channels."""
        gathered: Tensor = F.pixel_unshuffle(input, self.downscale_factor)
        return gathered

    def extra_repr(self) -> str:
        """The factor."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Mix the groups of channels that grouped convolutions keep apart: the first of each, then the second, ...

    Shapes: (N, C, *) for input and result. Zhang et al., "ShuffleNet", CVPR 2018.

    >>> import autograd, nn
    >>> nn.ChannelShuffle(2)(autograd.arange(4.0).reshape(1, 4, 1, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """The input, its channels in another order."""
        mixed: Tensor = F.channel_shuffle(input, self.groups)
        return mixed

    def extra_repr(self) -> str:
        """The number of groups."""
        return f"groups={self.groups}"


def as_floats(factor: Any) -> Any:
    """A factor, or one for each dimension, as floats; None stays None."""
    if isinstance(factor, tuple):
        return tuple(float(each) for each in factor)
    return float(factor) if factor else None
