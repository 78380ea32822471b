"""Losses that are negative log-likelihoods, with PyTorch's options."""

from __future__ import annotations

from typing import Any

from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops import ctc
from autograd.ops import likelihood_losses as ops
from autograd.ops.linear import linear
from autograd.tensor import Tensor
from nn.functional.loss import chosen_reduction, cross_entropy, warn_of_broadcasting

__all__ = ["ctc_loss", "gaussian_nll_loss", "kl_div", "linear_cross_entropy", "poisson_nll_loss"]


@speaking
def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: bool | None = None,
    eps: float = 1e-8, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """exp(x) - y x for counts y: x is the logarithm of the expected number; without `log_input`, that number.

    With `full`, Stirling's approximation of log(y!) is added. Raises ValueError for an unknown reduction.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    warn_of_broadcasting(input, target, "poisson_nll_loss")
    return ops.poisson_nll_loss(input, target, log_input, full, eps, reduction)


@speaking
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """(log(var) + (x - y)^2 / var) / 2, with log(2 pi) / 2 more if `full`.

    Raises ValueError for an unknown reduction, and a variance that is negative or of another shape.
    """
    warn_of_broadcasting(input, target, "gaussian_nll_loss")
    return ops.gaussian_nll_loss(input, target, var, full, eps, chosen_reduction(None, None, reduction))


@speaking
def kl_div(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """y (log y - x) for log-probabilities x and probabilities y (with `log_target`, their logarithms).

    `reduction` may also be "batchmean": the sum divided by the batch size, which is the divergence
    that the mathematics means. Warns for "mean", which is not; raises ValueError for others.
    """
    warn_of_broadcasting(input, target, "kl_div")
    if size_average is None and reduce is None and reduction == "batchmean":
        total = ops.kl_div(input, target, "sum", log_target=log_target)
        return total / input.shape[0] if input.ndim else total
    reduction = chosen_reduction(size_average, reduce, reduction)
    if reduction == "mean":
        warn_caller(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition."
        )
    return ops.kl_div(input, target, reduction, log_target=log_target)


@speaking
def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """Minus the log-probability that a sequence of predictions spells a target. See `autograd.ctc_loss`.

    Raises ValueError for an unknown reduction, RuntimeError for lengths that don't fit.
    """
    reduction = chosen_reduction(None, None, reduction)
    return ctc.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


@speaking
def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
    weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
    label_smoothing: float = 0.0, options: Any = None,
) -> Tensor:  # fmt: skip
    """`cross_entropy(linear(input, linear_weight, linear_bias), target, ...)` in one call.

    Shapes: input (N, in) or (in,), linear_weight (C, in) or (C, d1, ..., in), linear_bias that without
    `in`; target as for `cross_entropy`. `options`, which tune PyTorch's kernels, have no effect.
    Raises RuntimeError where they don't fit together.
    """
    check_linear(input, linear_weight, linear_bias)
    places = linear_weight.shape[:-1]
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    scores = linear(input, linear_weight.reshape(-1, linear_weight.shape[-1]), bias)
    scores = scores.reshape(*input.shape[:-1], *places)
    if ignore_index is not None and tuple(target.shape) == tuple(scores.shape):
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    skipped = -100 if ignore_index is None else ignore_index
    return cross_entropy(scores, target, weight, None, skipped, None, reduction, label_smoothing)


def check_linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raise unless the map fits the input."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {weight.ndim}")
    if input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {weight.shape[-1]}, respectively"
        )
    if bias is not None and tuple(bias.shape) != tuple(weight.shape[:-1]):
        raise RuntimeError(f"expected linear_bias shape {tuple(weight.shape[:-1])}, got {tuple(bias.shape)}")
    if weight.ndim > 2 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires batched input, (N, "
            f"{input.shape[-1]}), got unbatched input with shape {tuple(input.shape)}"
        )
