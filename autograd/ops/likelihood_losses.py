"""Losses that are negative log-likelihoods, or distances, of probability distributions.

`reduction` is "none", "mean" or "sum", or PyTorch's number for it: 0, 1 or 2. As in PyTorch, the functions of
`nn.functional` take the mean where nothing is said, and these take each loss by itself.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.cases import case, ints, sample
from autograd.create import full as filled
from autograd.derived import derived
from autograd.modes import no_grad
from autograd.ops import loss as ops
from autograd.ops.activation import logsigmoid
from autograd.ops.loss_reduction import named, reduced
from autograd.ops.powers import log, xlogy
from autograd.ops.requirements import need_floating
from autograd.ops.selection import where
from autograd.promotion import result_type
from autograd.tensor import Tensor

COUNTS = sample((3, 4), 0.5, 5.0)
SHARES = sample((3, 4), 0.1, 0.9)


@derived(r"\overline{e^x - y x}", method=False,
         cases=(case((3, 4), COUNTS, log_input=True, full=False, eps=1e-8, reduction=1),
                case(COUNTS, COUNTS, log_input=False, full=True, eps=1e-8, reduction=0)))  # fmt: skip
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: Any) -> Tensor:
    """The negative log-likelihood of counts y, of which x is the expected number, or its logarithm.

    Args:
        log_input: x is the logarithm.
        full: add Stirling's approximation of ln(y!), where y > 1.
        eps: keeps the logarithm of x finite, where x is not a logarithm.
    """
    losses = input.exp() - target * input if log_input else input - target * log(input + eps)
    if full:
        stirling = target * log(target) - target + 0.5 * log(2 * math.pi * target)
        losses = losses + where(target <= 1, 0.0, stirling)
    return reduced(losses, reduction)


@derived(r"\overline{\tfrac12 (\ln v + (x - y)^2 / v)}", method=False,
         cases=(case((3, 4), (3, 4), COUNTS), case((3, 4), (3, 4), sample((3,), 0.5, 2), full=True, reduction="none"),
                case((3, 4), (3, 4), var=0.7)))  # fmt: skip
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: Any = "mean"
) -> Tensor:
    """The negative log-likelihood of y under a normal distribution with mean x and the given variance.

    Args:
        var: a number, or a tensor of the input's shape, or of that without (or with 1 for) the last dimension.
        full: add ln(2 pi) / 2.
        eps: no variance counts for less; this changes no gradients.

    Nix and Weigend, "Estimating the mean and variance of the target probability distribution",
    ICNN 1994. Raises ValueError for a negative variance, or one of another shape.
    """
    variance = variance_for(input, var)
    if (variance.array < 0).any():
        raise ValueError("var has negative entry/entries")
    bounded = variance.clone()
    with no_grad():
        bounded.clamp_(min=eps)
    difference = input - target
    losses = 0.5 * (log(bounded) + difference * difference / bounded)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def variance_for(input: Tensor, var: Any) -> Tensor:
    """The variance as a tensor that broadcasts against the input."""
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        return filled(input.shape, float(var), dtype=result_type(input, float(var)))
    shape, wanted = tuple(var.shape), tuple(input.shape)
    if shape == wanted or (len(shape) == len(wanted) and (*shape[:-1],) == wanted[:-1] and shape[-1:] == (1,)):
        return var
    if shape == wanted[:-1]:
        return var.unsqueeze(-1)
    raise ValueError(
        f"var is of incorrect size: {shape}; for an input of {wanted} it must have that shape, or 1 in place of, or "
        "lack, the last dimension"
    )


@derived(
    r"\overline{y (\ln y - x)}",
    method=False,
    cases=(case((3, 4), SHARES), case((3, 4), SHARES, reduction=0), case((3, 4), (3, 4), reduction=2, log_target=True)),
)
def kl_div(input: Tensor, target: Tensor, reduction: Any = 0, *, log_target: bool = False) -> Tensor:
    """y (ln y - x) for log-probabilities x and probabilities y (with `log_target`, their logarithms).

    The sum of it is the Kullback-Leibler divergence. Kullback and Leibler, "On information and
    sufficiency", Annals of Mathematical Statistics 22, 1951.
    """
    need_floating("kl_div", input, target)
    if log_target:
        return reduced(target.exp() * (target - input), reduction)
    return reduced(xlogy(target, target) - target * input, reduction)


@derived(r"-\overline{w (p\, y \ln \sigma(x) + (1 - y) \ln \sigma(-x))}", method=False,
         cases=(case((3, 4), SHARES), case((3, 4), SHARES, ints((4,), 1, 4), reduction=0),
                case((3, 4), SHARES, None, ints((4,), 1, 4), reduction=2)))  # fmt: skip
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: Any = 0
) -> Tensor:
    """The binary cross-entropy of sigmoid(x), without overflow.

    Args:
        weight: a factor for each element.
        pos_weight: a factor for the positive part, to make up for classes that are rare.
    """
    if weight is None and pos_weight is None:
        loss: Tensor = ops.binary_cross_entropy_with_logits(input, target, named(reduction))
        return loss
    if pos_weight is None:
        losses = ops.binary_cross_entropy_with_logits(input, target, "none")
    else:
        losses = (1 - target) * input - (1 + (pos_weight - 1) * target) * logsigmoid(input)
    return reduced(losses if weight is None else losses * weight, reduction)
