"""The loss for sequences whose alignment with their targets is not known."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.loss import _Loss

__all__ = ["CTCLoss"]


class CTCLoss(_Loss):
    """Minus the logarithm of the probability of a target, summed over all ways to align it with the input.

    Called with log-probabilities (T, N, C) or (T, C), targets (N, S) or one after the other in one
    dimension, and the lengths of inputs and targets. The mean divides each loss by its target's length.

    Args:
        blank: the class that stands for no symbol.
        zero_infinity: let a target that is too long for its input count as zero, with a zero gradient.

    Graves et al., "Connectionist temporal classification", ICML 2006.

    >>> import autograd, nn
    >>> log_probs = autograd.full((2, 1, 2), 0.5).log()
    >>> nn.CTCLoss()(log_probs, autograd.tensor([[1]]), autograd.tensor([2]), autograd.tensor([1]))  # -log(3 / 4)
    tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """The loss."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
