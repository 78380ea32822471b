"""What becomes of the losses of many predictions: their mean, their sum, or nothing."""

from __future__ import annotations

from typing import Any

from autograd.ops.loss import REDUCTIONS
from autograd.tensor import Tensor

BY_NUMBER = ("none", "mean", "sum")
"""PyTorch's functions outside `nn.functional` take reductions by number."""


def named(reduction: Any) -> str:
    """A reduction's name, from its name or its number. Raises ValueError for an unknown one."""
    if isinstance(reduction, int) and 0 <= reduction < len(BY_NUMBER):
        return BY_NUMBER[reduction]
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction: use 'none', 'mean' or 'sum'")
    return str(reduction)


def reduced(losses: Tensor, reduction: Any) -> Tensor:
    """The mean or the sum of the losses, or each by itself."""
    name = named(reduction)
    return losses if name == "none" else losses.mean() if name == "mean" else losses.sum()
