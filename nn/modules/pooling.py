"""Pooling layers."""

from __future__ import annotations

from typing import Any

from autograd.geometry import per_dim
from autograd.tensor import Tensor
from nn.functional import pooling
from nn.modules.module import Module

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"]


class _MaxPoolNd(Module):
    """The options of max pooling."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def pool(self, function: Any, input: Tensor) -> Any:
        """The pooling function of the input, with this layer's options."""
        return function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """The largest element of each window of sequences; see `MaxPool2d`.

    >>> import autograd, nn
    >>> nn.MaxPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3., 2.]])
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return self.pool(pooling.max_pool1d, input)


class MaxPool2d(_MaxPoolNd):
    """The largest element of each window of images, (N, C, H, W) or (C, H, W).

    Args:
        kernel_size, stride: the size of the window and its steps; by default it steps by its size.
        padding: rims that never win, of at most half the window.
        dilation: the distance between the elements of a window.
        return_indices: also return where in the H x W plane each maximum stands.
        ceil_mode: let the last window reach over the edge.

    >>> import autograd, nn
    >>> nn.MaxPool2d(2)(autograd.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 3, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return self.pool(pooling.max_pool2d, input)


class MaxPool3d(_MaxPoolNd):
    """The largest element of each window of volumes; see `MaxPool2d`.

    >>> import autograd, nn
    >>> nn.MaxPool3d(2)(autograd.zeros(1, 3, 4, 6, 8)).shape
    torch.Size([1, 3, 2, 3, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return self.pool(pooling.max_pool3d, input)


class _AvgPoolNd(Module):
    """What prints of average pooling."""

    kernel_size: Any
    stride: Any
    padding: Any

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The mean of each window of sequences; see `AvgPool2d`.

    >>> import autograd, nn
    >>> nn.AvgPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = per_dim(kernel_size, 1, "kernel_size", "AvgPool1d")
        self.stride = per_dim(kernel_size if stride is None else stride, 1, "stride", "AvgPool1d")
        self.padding = per_dim(padding, 1, "padding", "AvgPool1d")
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return pooling.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class AvgPool2d(_AvgPoolNd):
    """The mean of each window of images, (N, C, H, W) or (C, H, W).

    Args:
        kernel_size, stride, padding, ceil_mode: as for `MaxPool2d`; the rims are zeros.
        count_include_pad: whether the rims count among the numbers that the sum is divided by.
        divisor_override: divide by this instead.

    >>> import autograd, nn
    >>> nn.AvgPool2d(2)(autograd.arange(8.0).reshape(1, 2, 4))
    tensor([[[2.5000, 4.5000]]])
    """

    function: Any = staticmethod(pooling.avg_pool2d)

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        means: Tensor = self.function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip
        return means


class AvgPool3d(AvgPool2d):
    """The mean of each window of volumes; see `AvgPool2d`.

    >>> import autograd, nn
    >>> nn.AvgPool3d(2)(autograd.ones(1, 2, 2, 4))
    tensor([[[[1., 1.]]]])
    """

    function = staticmethod(pooling.avg_pool3d)
