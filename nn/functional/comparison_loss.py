"""Losses with margins, between embeddings or between the scores of classes, with PyTorch's options."""

from __future__ import annotations

from collections.abc import Callable

from autograd.misuse import speaking
from autograd.ops import embedding_losses as embeddings
from autograd.ops import margin_losses as margins
from autograd.ops.embedding_losses import triplet_losses
from autograd.ops.loss_reduction import reduced
from autograd.ops.similarity import pairwise_distance
from autograd.tensor import Tensor
from nn.functional.loss import chosen_reduction, warn_of_broadcasting

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip

# -- of embeddings ------------------------------------------------------------------------------------


@speaking
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, -y (x1 - x2) + margin): x1 shall rank higher where y = 1, x2 where y = -1.

    Raises ValueError for an unknown reduction, RuntimeError where the numbers of dimensions differ.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    return embeddings.margin_ranking_loss(input1, input2, target, margin, reduction)


@speaking
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """x where y = 1, max(0, margin - x) where y = -1. Raises ValueError for an unknown reduction."""
    warn_of_broadcasting(input, target, "hinge_embedding_loss")
    return embeddings.hinge_embedding_loss(input, target, margin, chosen_reduction(size_average, reduce, reduction))


@speaking
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1.

    Raises ValueError for an unknown reduction, RuntimeError for shapes other than (N, D), (N, D), (N,).
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    return embeddings.cosine_embedding_loss(input1, input2, target, margin, reduction)


@speaking
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, d(a, p) - d(a, n) + margin) for triplets of vectors, d being the p-norm of the difference.

    Raises ValueError for a margin that is not positive or an unknown reduction.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_margin(margin)
    return embeddings.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)


@speaking
def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`triplet_margin_loss` with any distance. Raises ValueError for a margin that is not positive."""
    reduction = chosen_reduction(None, None, reduction)
    check_margin(margin)
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    return reduced(triplet_losses(distance, anchor, positive, negative, margin, swap), reduction)


def check_margin(margin: float) -> None:
    """Raise unless the margin is positive."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")


# -- of scores ----------------------------------------------------------------------------------------


@speaking
def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + exp(-y x)) for targets of 1 and -1. Raises ValueError for an unknown reduction."""
    warn_of_broadcasting(input, target, "soft_margin_loss")
    return margins.soft_margin_loss(input, target, reduction=chosen_reduction(size_average, reduce, reduction))


@speaking
def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """sum over wrong classes of max(0, margin - x_y + x_j)^p / C; `weight` is a factor for each class.

    Raises ValueError for a p other than 1 and 2 or an unknown reduction, RuntimeError for shapes that don't fit.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError(f"only p == 1 and p == 2 supported, got {p}")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    return margins.multi_margin_loss(input, target, p, margin, weight, reduction=reduction)


@speaking
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """`multi_margin_loss` for several right classes, named by each row of `target` up to its first -1."""
    return margins.multilabel_margin_loss(input, target, reduction=chosen_reduction(size_average, reduce, reduction))


@speaking
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over classes of binary cross-entropies of scores. Raises ValueError for an unknown reduction."""
    reduction = chosen_reduction(size_average, reduce, reduction)
    warn_of_broadcasting(input, target, "multilabel_soft_margin_loss")
    return margins.multilabel_soft_margin_loss(input, target, weight, reduction=reduction)
