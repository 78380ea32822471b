"""Losses with a margin: what is right by a safe distance costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.distance import PairwiseDistance
from nn.modules.loss import _Loss, _WeightedLoss

__all__ = [
    "CosineEmbeddingLoss", "HingeEmbeddingLoss", "MarginRankingLoss", "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss", "MultiMarginLoss", "SoftMarginLoss", "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]  # fmt: skip


class _MarginLoss(_Loss):
    """A loss with a margin."""

    def __init__(self, margin: float, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


# -- pairs --------------------------------------------------------------------------------------------------


class HingeEmbeddingLoss(_MarginLoss):
    """x where y is 1, max(0, margin - x) where y is -1, averaged: for distances x of things alike or not.

    Shapes: input x and target y (*).

    >>> import autograd, nn
    >>> nn.HingeEmbeddingLoss(reduction="none")(autograd.tensor([0.25, 0.25]), autograd.tensor([1.0, -1.0]))
    tensor([0.2500, 0.7500])
    """

    def __init__(
        self, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)
        return loss


class CosineEmbeddingLoss(_MarginLoss):
    """1 - cos(x1, x2) where y is 1, max(0, cos(x1, x2) - margin) where y is -1, averaged.

    Shapes: x1 and x2 (N, D), y (N); or (D), (D) and ().

    >>> import autograd, nn
    >>> x1, x2 = autograd.tensor([[1.0, 0.0]]), autograd.tensor([[0.0, 1.0]])
    >>> nn.CosineEmbeddingLoss()(x1, x2, autograd.tensor([1.0]))
    tensor(1.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)
        return loss


class MarginRankingLoss(_MarginLoss):
    """max(0, -y (x1 - x2) + margin), averaged: y = 1 says that x1 should rank higher, y = -1 that x2 should.

    Shapes: x1, x2 and y (*).

    >>> import autograd, nn
    >>> x1, x2 = autograd.tensor([3.0, 3.0]), autograd.tensor([1.0, 1.0])
    >>> nn.MarginRankingLoss(reduction="none")(x1, x2, autograd.tensor([1.0, -1.0]))
    tensor([0., 2.])
    """

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)
        return loss


class SoftMarginLoss(_Loss):
    """log(1 + exp(-y x)), averaged, for scores x and targets y of 1 or -1.

    Shapes: input x and target y (*).

    >>> import autograd, nn
    >>> nn.SoftMarginLoss()(autograd.zeros(2), autograd.tensor([1.0, -1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.soft_margin_loss(input, target, reduction=self.reduction)
        return loss


# -- triples ------------------------------------------------------------------------------------------------


class TripletMarginLoss(_MarginLoss):
    """max(0, |a - p| - |a - n| + margin), averaged: an anchor is to be nearer to p than to n.

    Shapes: anchor a, positive p and negative n (N, D), or (D).

    Args:
        margin: by how much nearer.
        p: which norm.
        eps: is added to the differences.
        swap: take the distance of p and n where that is less than that of a and n.

    Balntas et al., "Learning local feature descriptors with triplets", BMVC 2016. Raises
    ValueError unless the margin is positive.

    >>> import autograd, nn
    >>> a, p, n = autograd.tensor([[0.0]]), autograd.tensor([[1.0]]), autograd.tensor([[1.5]])
    >>> nn.TripletMarginLoss()(a, p, n)
    tensor(0.5000)
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, size_average: Any = None,
        reduce: Any = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(positive(margin, "TripletMarginLoss"), size_average, reduce, reduction)
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.triplet_margin_loss(
            anchor, positive, negative, margin=self.margin, p=self.p, eps=self.eps, swap=self.swap,
            reduction=self.reduction,
        )  # fmt: skip
        return loss


class TripletMarginWithDistanceLoss(_MarginLoss):
    """`TripletMarginLoss` with a distance of one's own; by default `PairwiseDistance`.

    >>> import autograd, nn
    >>> loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1), margin=2.0)
    >>> loss(autograd.zeros(1, 2), autograd.ones(1, 2), autograd.ones(1, 2))
    tensor(2.)
    """

    def __init__(
        self, *, distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0,
        swap: bool = False, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(positive(margin, "TripletMarginWithDistanceLoss"), reduction=reduction)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin, swap=self.swap,
            reduction=self.reduction,
        )  # fmt: skip
        return loss


def positive(margin: float, name: str) -> float:
    """The margin. Raises ValueError unless it is positive."""
    if margin <= 0:
        raise ValueError(f"{name}: expected margin to be greater than 0, got {margin} instead")
    return margin


# -- classes ------------------------------------------------------------------------------------------------


class MultiMarginLoss(_WeightedLoss):
    """sum_{i != y} max(0, margin - x_y + x_i)^p / C, averaged: the hinge loss for many classes.

    Shapes: scores x (N, C) or (C), classes y (N) or (). Raises ValueError for a p that is not 1 or 2, or weights that
    are no vector.

    >>> import autograd, nn
    >>> nn.MultiMarginLoss()(autograd.tensor([[0.1, 0.2, 0.4, 0.8]]), autograd.tensor([3]))
    tensor(0.3250)
    """

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average: Any = None,
        reduce: Any = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: only p == 1 and p == 2 supported, got {p}")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )
        return loss


class MultiLabelMarginLoss(_Loss):
    """sum_{j in y, i not in y} max(0, 1 - (x_j - x_i)) / C, averaged: several classes may be right at once.

    Shapes: scores x and target y (N, C) or (C). y lists classes, and ends at the first -1.

    >>> import autograd, nn
    >>> scores, classes = autograd.tensor([[0.1, 0.2, 0.4, 0.8]]), autograd.tensor([[3, 0, -1, 1]])
    >>> nn.MultiLabelMarginLoss()(scores, classes)
    tensor(0.8500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.multilabel_margin_loss(input, target, reduction=self.reduction)
        return loss


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """-(y log sigmoid(x) + (1 - y) log sigmoid(-x)), averaged over the classes and then over the batch.

    Shapes: scores x and target y of zeros and ones (N, C); result (), or (N) with `reduction="none"`.

    >>> import autograd, nn
    >>> nn.MultiLabelSoftMarginLoss()(autograd.zeros(1, 3), autograd.tensor([[1.0, 0.0, 1.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss: Tensor = F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)
        return loss
