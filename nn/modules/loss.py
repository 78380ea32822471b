"""Losses as modules: they hold the options of the functions in `nn.functional`.

Here are distances from a target and likelihoods; losses with a margin are in `margin_loss`, the one for
sequences that are not aligned is in `ctc_loss`.
"""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.functional.loss import chosen_reduction
from nn.modules.module import Module

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "GaussianNLLLoss", "HuberLoss", "KLDivLoss", "L1Loss",
    "MSELoss", "NLLLoss", "PoissonNLLLoss", "SmoothL1Loss",
]  # fmt: skip


class _Loss(Module):
    """What all losses have: `reduction`, "mean", "sum" or "none"; the other two arguments are its old spelling."""

    reduction: str

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = chosen_reduction(size_average, reduce, reduction)
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """A loss with a factor for each class or element, kept as a buffer."""

    weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# -- distances --------------------------------------------------------------------------------------------


class L1Loss(_Loss):
    """The mean of |x - y|: the mean absolute error.

    Shapes: input x and target y (*); result (), or (*) with `reduction="none"`.

    >>> import autograd, nn
    >>> nn.L1Loss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0]))
    tensor(1.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """The mean of (x - y)^2: the mean squared error.

    Shapes: input x and target y (*); result (), or (*) with `reduction="none"`. Warns where the
    shapes differ and are broadcast, which is rarely meant.

    >>> import autograd, nn
    >>> nn.MSELoss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """The mean of (x - y)^2 / (2 beta) where |x - y| < beta, and of |x - y| - beta / 2 beyond.

    Girshick, "Fast R-CNN", ICCV 2015. Raises RuntimeError for a negative beta.

    >>> import autograd, nn
    >>> nn.SmoothL1Loss(reduction="none")(autograd.tensor([0.5, 3.0]), autograd.zeros(2))
    tensor([0.1250, 2.5000])
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """The mean of (x - y)^2 / 2 where |x - y| < delta, and of delta (|x - y| - delta / 2) beyond.

    Huber, "Robust estimation of a location parameter", 1964. Raises RuntimeError unless delta is positive.

    >>> import autograd, nn
    >>> nn.HuberLoss(reduction="none", delta=2.0)(autograd.tensor([1.0, 3.0]), autograd.zeros(2))
    tensor([0.5000, 4.0000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


# -- cross-entropies --------------------------------------------------------------------------------------


class BCELoss(_WeightedLoss):
    """-(y log(x) + (1 - y) log(1 - x)) for probabilities x, averaged; of logits, use `BCEWithLogitsLoss`.

    Shapes: input x and target y (*). Logarithms count as -100 at least. Raises RuntimeError for an x outside [0, 1].

    >>> import autograd, nn
    >>> nn.BCELoss()(autograd.tensor([0.5, 0.25]), autograd.tensor([1.0, 0.0]))
    tensor(0.4904)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """The binary cross-entropy of sigmoid(x), averaged and without overflow: put no sigmoid before it.

    Shapes: input x and target y (*). `pos_weight` is a factor for the positive part, to make up for
    classes that are rare.

    >>> import autograd, nn
    >>> nn.BCEWithLogitsLoss()(autograd.tensor([0.0, 1000.0]), autograd.tensor([1.0, 1.0]))
    tensor(0.3466)
    """

    pos_weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class NLLLoss(_WeightedLoss):
    """Minus the log-probabilities of the target classes, averaged: for what `LogSoftmax` makes.

    Shapes: input (N, C, *), target (N, *) of classes; result (), or (N, *) with `reduction="none"`.
    The mean is weighted by the classes' factors.

    >>> import autograd, nn
    >>> nn.NLLLoss()(autograd.tensor([[-0.1, -2.4], [-0.7, -0.7]]), autograd.tensor([0, 1]))
    tensor(0.4000)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(_WeightedLoss):
    """-log(softmax(x)_y), averaged: the cross-entropy of scores and target classes. Put no softmax before it.

    Shapes: input (N, C, *), target (N, *) of classes or (N, C, *) of probabilities; result (), or
    (N, *) with `reduction="none"`.

    Args:
        weight: a factor for each class.
        ignore_index: a target class that does not count.
        label_smoothing: this much of each target is spread evenly over all classes.

    Raises IndexError for a class that there is not, ValueError for shapes that do not fit.

    >>> import autograd, nn
    >>> nn.CrossEntropyLoss()(autograd.tensor([[0.0, 0.0]]), autograd.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
        reduction: str = "mean", label_smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.cross_entropy(
            input, target, self.weight, None, self.ignore_index, None, self.reduction, self.label_smoothing
        )


class KLDivLoss(_Loss):
    """y (log y - x), averaged over all elements, for log-probabilities x and probabilities y.

    The divergence of Kullback and Leibler is the sum over the classes: `reduction="batchmean"`
    divides by the batch alone. With `log_target`, y is given as logarithms too.

    >>> import autograd, nn
    >>> halves = autograd.tensor([[0.5, 0.5]])
    >>> nn.KLDivLoss(reduction="batchmean")(autograd.tensor([[0.25, 0.75]]).log(), halves)
    tensor(0.1438)
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


# -- likelihoods of other distributions -------------------------------------------------------------------


class PoissonNLLLoss(_Loss):
    """exp(x) - y x, averaged: minus the log-likelihood of counts y whose expectation is exp(x).

    Args:
        log_input: with False, x is the expectation itself: x - y log(x + eps).
        full: add Stirling's approximation of log(y!) where y > 1.
        eps: keeps the logarithm finite.

    >>> import autograd, nn
    >>> nn.PoissonNLLLoss()(autograd.tensor([0.0]), autograd.tensor([3.0]))
    tensor(1.)
    """

    def __init__(
        self, log_input: bool = True, full: bool = False, size_average: Any = None, eps: float = 1e-8,
        reduce: Any = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )
        return loss


class GaussianNLLLoss(_Loss):
    """(log v + (x - y)^2 / v) / 2, averaged: minus the log-likelihood of y, normal with mean x and variance v.

    Args:
        full: add log(2 pi) / 2.
        eps: variances count as at least this much.

    Nix and Weigend, "Estimating the mean and variance of the target probability distribution", 1994.
    Raises ValueError for a variance that is negative or does not fit.

    >>> import autograd, nn
    >>> nn.GaussianNLLLoss()(autograd.tensor([1.0]), autograd.tensor([3.0]), autograd.tensor([1.0]))
    tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """The loss."""
        loss: Tensor = F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)
        return loss
