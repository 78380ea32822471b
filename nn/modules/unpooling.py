"""Max pooling undone: each maximum goes back to where it stood, and the rest is zero."""

from __future__ import annotations

from typing import Any

from autograd.geometry import per_dim
from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]


class _MaxUnpoolNd(Module):
    """The options of the pooling that is to be undone."""

    dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = per_dim(kernel_size, self.dims, "kernel_size", name)
        self.stride = per_dim(kernel_size if stride is None else stride, self.dims, "stride", name)
        self.padding = per_dim(padding, self.dims, "padding", name)

    def extra_repr(self) -> str:
        """The options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """The inverse of `MaxPool1d`, as far as there is one; see `MaxUnpool2d`.

    >>> import autograd, nn
    >>> maxima, places = nn.MaxPool1d(2, return_indices=True)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    >>> nn.MaxUnpool1d(2)(maxima, places)
    tensor([[0., 3., 2., 0.]])
    """

    dims = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The maxima where they stood, and zeros."""
        spread: Tensor = F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return spread


class MaxUnpool2d(_MaxUnpoolNd):
    """The inverse of `MaxPool2d`, as far as there is one: maxima go back to their places, the rest is zero.

    Called with the maxima and their places, as `MaxPool2d(..., return_indices=True)` gives them, and
    with `output_size` where several sizes would have led to theirs. Zeiler and Fergus, "Visualizing
    and understanding convolutional networks", ECCV 2014.

    >>> import autograd, nn
    >>> maxima, places = nn.MaxPool2d(2, return_indices=True)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    >>> nn.MaxUnpool2d(2)(maxima, places)
    tensor([[[0., 3.],
             [0., 0.]]])
    """

    dims = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The maxima where they stood, and zeros."""
        spread: Tensor = F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return spread


class MaxUnpool3d(_MaxUnpoolNd):
    """The inverse of `MaxPool3d`, as far as there is one; see `MaxUnpool2d`.

    >>> import autograd, nn
    >>> maxima, places = nn.MaxPool3d(2, return_indices=True)(autograd.ones(1, 2, 4, 4))
    >>> nn.MaxUnpool3d(2)(maxima, places).shape
    torch.Size([1, 2, 4, 4])
    """

    dims = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The maxima where they stood, and zeros."""
        spread: Tensor = F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return spread
