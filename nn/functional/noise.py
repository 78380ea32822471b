"""Dropout: elements or whole channels set to zero at random, with the signatures of `nn.functional`."""

from __future__ import annotations

from autograd.misuse import speaking
from autograd.ops import dropout as drops
from autograd.ops.dropout import dropout1d, dropout2d, dropout3d
from autograd.tensor import Tensor

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


@speaking
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set each element to zero with probability p and divide the others by 1 - p; nothing unless `training`.

    Raises ValueError for p outside [0, 1].
    """
    return (drops.dropout_ if inplace else drops.dropout)(input, p, training)


@speaking
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean and variance in a network of `selu` units.

    Raises ValueError for p outside [0, 1].
    """
    return (drops.alpha_dropout_ if inplace else drops.alpha_dropout)(input, p, training)


@speaking
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels. Raises ValueError for p outside [0, 1]."""
    return (drops.feature_alpha_dropout_ if inplace else drops.feature_alpha_dropout)(input, p, training)
