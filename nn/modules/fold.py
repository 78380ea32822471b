"""Windows of images as columns, and back: what a convolution is made of."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """Lay each window of an image into a column: (N, C, H, W) becomes (N, C * kernel, windows).

    A convolution is the product of its weight, as a matrix, with these columns.

    >>> import autograd, nn
    >>> nn.Unfold(2)(autograd.arange(6.0).reshape(1, 1, 2, 3))
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """The windows as columns."""
        columns: Tensor = F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)
        return columns

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Add columns up where their windows lie in an image: (N, C * kernel, windows) becomes (N, C, *output_size).

    The adjoint of `Unfold`: where windows overlap, their elements are added.

    >>> import autograd, nn
    >>> nn.Fold((1, 3), (1, 2))(autograd.ones(1, 2, 2))
    tensor([[[[1., 2., 1.]]]])
    """

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """The image that the columns add up to."""
        image: Tensor = F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
        return image

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
