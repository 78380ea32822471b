"""Power-average pooling: between the sum (p = 1) and the maximum (p = infinity) of each window."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = ["LPPool1d", "LPPool2d", "LPPool3d"]


class _LPPoolNd(Module):
    """The options of power-average pooling."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPoolNd):
    """(sum x^p)^(1/p) over each window of sequences, (N, C, L) or (C, L).

    >>> import autograd, nn
    >>> nn.LPPool1d(2, kernel_size=2)(autograd.tensor([[3.0, 4.0, 6.0, 8.0]]))
    tensor([[ 5., 10.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The norm of each window."""
        norms: Tensor = F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return norms


class LPPool2d(_LPPoolNd):
    """(sum x^p)^(1/p) over each window of images, (N, C, H, W) or (C, H, W).

    >>> import autograd, nn
    >>> nn.LPPool2d(1, kernel_size=2)(autograd.ones(1, 2, 4))
    tensor([[[4., 4.]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The norm of each window."""
        norms: Tensor = F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return norms


class LPPool3d(_LPPoolNd):
    """(sum x^p)^(1/p) over each window of volumes, (N, C, D, H, W) or (C, D, H, W).

    >>> import autograd, nn
    >>> nn.LPPool3d(2, kernel_size=2)(autograd.zeros(1, 3, 4, 4, 4)).shape
    torch.Size([1, 3, 2, 2, 2])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The norm of each window."""
        norms: Tensor = F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return norms
