"""Pooling to a size that is given: the windows are laid so that they cover the input evenly."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]  # fmt: skip


class _AdaptiveAvgPoolNd(Module):
    """The size to pool to: an int or one for each dimension; None keeps the input's."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        """The size."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means of so many windows of sequences; see `AdaptiveAvgPool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool1d(2)(autograd.tensor([[1.0, 2.0, 3.0, 4.0]]))
    tensor([[1.5000, 3.5000]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        means: Tensor = F.adaptive_avg_pool1d(input, self.output_size)
        return means


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The means of h x w windows of images, whatever their size: result (N, C, h, w).

    Along a dimension of size n, window i of k reaches from floor(i n / k) to ceil((i + 1) n / k).
    With `output_size=1` it is global average pooling: Lin, Chen and Yan, "Network in network", ICLR 2014.

    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool2d((3, None))(autograd.zeros(2, 8, 10, 9)).shape
    torch.Size([2, 8, 3, 9])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        means: Tensor = F.adaptive_avg_pool2d(input, self.output_size)
        return means


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The means of d x h x w windows of volumes; see `AdaptiveAvgPool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool3d(2)(autograd.zeros(1, 3, 5, 6, 7)).shape
    torch.Size([1, 3, 2, 2, 2])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        means: Tensor = F.adaptive_avg_pool3d(input, self.output_size)
        return means


class _AdaptiveMaxPoolNd(_AdaptiveAvgPoolNd):
    """The size to pool to, and whether to tell the places of the maxima too."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest elements of so many windows of sequences; see `AdaptiveMaxPool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool1d(2)(autograd.tensor([[1.0, 4.0, 3.0, 2.0]]))
    tensor([[4., 3.]])
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest elements of h x w windows of images, (N, C, H, W) or (C, H, W), whatever their size.

    The windows are those of `AdaptiveAvgPool2d`. With `return_indices`, the result is a pair: the
    maxima, and where in the H x W plane each stands.

    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool2d(1)(autograd.arange(6.0).reshape(1, 2, 3))
    tensor([[[5.]]])
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The largest elements of d x h x w windows of volumes; see `AdaptiveMaxPool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool3d(2)(autograd.zeros(1, 3, 5, 6, 7)).shape
    torch.Size([1, 3, 2, 2, 2])
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)
