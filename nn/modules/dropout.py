"""Dropout layers: active in training, nothing in evaluation."""

from __future__ import annotations

from autograd.tensor import Tensor
from nn.functional import noise
from nn.modules.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    """The probability, and whether to write into the input. Raises ValueError for one outside [0, 1]."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """The options."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """In training, set each element to zero with probability p and divide the others by 1 - p.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.

    >>> import autograd, nn
    >>> nn.Dropout(0.5).eval()(autograd.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The input, with elements dropped in training."""
        return noise.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """In training, zero whole channels of sequences (N, C, L) or (C, L); see `Dropout2d`.

    >>> import autograd, nn
    >>> nn.Dropout1d(0.0)(autograd.ones(1, 2))
    tensor([[1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The input, with channels dropped in training."""
        return noise.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """In training, zero whole channels of images (N, C, H, W).

    Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.

    >>> import autograd, nn
    >>> dropped = nn.Dropout2d(0.5)(autograd.ones(1, 8, 4, 4))
    >>> set(dropped.mean((2, 3)).flatten().tolist()) <= {0.0, 2.0}
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        """The input, with channels dropped in training."""
        return noise.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """In training, zero whole channels of volumes (N, C, D, H, W) or (C, D, H, W).

    >>> import autograd, nn
    >>> nn.Dropout3d(1.0)(autograd.ones(1, 2, 1, 1, 1)).sum()
    tensor(0.)
    """

    def forward(self, input: Tensor) -> Tensor:
        """The input, with channels dropped in training."""
        return noise.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout for networks of `SELU` units: keeps their mean and variance.

    Klambauer et al., "Self-normalizing neural networks", NIPS 2017.

    >>> import autograd, nn
    >>> nn.AlphaDropout(0.5).eval()(autograd.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The input, with elements dropped in training."""
        return noise.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """`AlphaDropout` of whole channels.

    >>> import autograd, nn
    >>> nn.FeatureAlphaDropout(0.5).eval()(autograd.ones(1, 3, 1)).flatten()
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The input, with channels dropped in training."""
        return noise.feature_alpha_dropout(input, self.p, self.training)
