"""Softmax and its relatives: scores along a dimension, made probabilities."""

from __future__ import annotations

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]

CALL_DEPTH = 5  # from the user's call of the module to the warning about a missing `dim`


class _AlongDim(Module):
    """An activation along one dimension."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """exp(x_i) / sum_j exp(x_j) along a dimension: scores made probabilities.

    Shapes: input and result (*). Before `CrossEntropyLoss` there must be none: it contains one.

    >>> import autograd, nn
    >>> nn.Softmax(dim=1)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[0.0900, 0.2447, 0.6652]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The probabilities."""
        return F.softmax(input, self.dim, _stacklevel=CALL_DEPTH)


class LogSoftmax(_AlongDim):
    """log(exp(x_i) / sum_j exp(x_j)) along a dimension, without overflow: what `NLLLoss` wants.

    >>> import autograd, nn
    >>> nn.LogSoftmax(dim=1)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[-2.4076, -1.4076, -0.4076]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The logarithms of the probabilities."""
        return F.log_softmax(input, self.dim, _stacklevel=CALL_DEPTH)


class Softmin(_AlongDim):
    """Softmax of -x along a dimension: the smallest score gets the largest probability.

    >>> import autograd, nn
    >>> nn.Softmin(dim=1)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[0.6652, 0.2447, 0.0900]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The probabilities."""
        return F.softmin(input, self.dim, _stacklevel=CALL_DEPTH)


class Softmax2d(Module):
    """Softmax over the channels of images, (N, C, H, W) or (C, H, W). Raises ValueError for other ranks.

    >>> import autograd, nn
    >>> probabilities = nn.Softmax2d()(autograd.zeros(1, 2, 4, 4))
    >>> probabilities[0, :, 0, 0]
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The probabilities of the channels at each place."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)
