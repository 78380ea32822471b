"""Losses of scores for classes: those of the right classes shall exceed the others by a margin."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case, ints, sample
from autograd.derived import derived
from autograd.ops.activation import logsigmoid
from autograd.ops.loss_reduction import reduced
from autograd.ops.requirements import need_real
from autograd.tensor import Tensor, tensor_of

SCORES = sample((3, 4), apart=True)


@derived(
    r"\overline{\ln(1 + e^{-y x})}",
    method=False,
    cases=(case((3, 4), ints((3, 4), -1, 2)), case((3, 4), ints((3, 4), -1, 2), reduction="none")),
)
def soft_margin_loss(input: Tensor, target: Tensor, *, reduction: Any = "mean") -> Tensor:
    """The logistic loss of scores for targets of 1 and -1."""
    return reduced(-logsigmoid(input * target), reduction)


@derived(r"\tfrac1C \sum_{j \ne y} \max(0, m - x_y + x_j)^p", method=False,
         cases=(case(SCORES, ints((3,), 0, 4)), case(SCORES, ints((3,), 0, 4), p=2, margin=0.5, reduction="none"),
                case(sample((4,), apart=True), ints((), 0, 4))))  # fmt: skip
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    *,
    reduction: Any = "mean",
) -> Tensor:
    """How much the scores of wrong classes exceed that of the right one, less the margin, to the power p.

    Shapes: (N, C) and (N,), or (C,) and (). Raises ValueError for a p other than 1 and 2,
    RuntimeError for other shapes or a class that does not exist.
    """
    need_real("multi_margin_loss", input)
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: only p == 1 and p == 2 supported, got {p}")
    if input.ndim > 2 or 0 in input.shape[-1:]:
        raise RuntimeError(
            f"multi_margin_loss: Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}"
        )
    scores = input if input.ndim == 2 else input.reshape(1, -1)
    right = np.reshape(target.array, -1)
    if target.ndim > 1 or len(right) != len(scores):
        raise RuntimeError(
            f"multi_margin_loss: inconsistent target size, expected {len(scores)} but got {list(target.shape)}"
        )
    classes = scores.shape[1]
    check_class(right, classes, "multi_margin_loss")
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"multi_margin_loss: inconsistent weight size, expected {classes} but got {list(weight.shape)}"
        )
    rows = np.arange(len(right))
    others = np.ones(scores.shape, np.bool_)
    others[rows, right] = False
    excess = (margin - scores[rows, right].unsqueeze(1) + scores).clamp(min=0)
    losses = excess if p == 1 else excess * excess
    if weight is not None:
        losses = losses * weight[right].unsqueeze(1)
    each = (losses * input.like(others.astype(input.dtype.dtype))).sum(1) / classes
    return reduced(each if input.ndim == 2 else each.squeeze(0), reduction)


@derived(
    r"\tfrac1C \sum_{k} \sum_{j \notin y} \max(0, 1 - x_{y_k} + x_j)",
    method=False,
    cases=(
        case(SCORES, ints((3, 4), -1, 4)),
        case(SCORES, ints((3, 4), -1, 4), reduction="none"),
        case(sample((4,), apart=True), ints((4,), -1, 4)),
    ),
)
def multilabel_margin_loss(input: Tensor, target: Tensor, *, reduction: Any = "mean") -> Tensor:
    """How much the scores of wrong classes exceed those of each of the right ones, less a margin of 1.

    Each row of `target` names the right classes, up to the first -1; shapes (N, C) or (C,) both.
    Raises RuntimeError for other shapes or a class that does not exist.
    """
    need_real("multilabel_margin_loss", input)
    if input.ndim > 2 or 0 in input.shape[-1:] or tuple(input.shape) != tuple(target.shape):
        raise RuntimeError(
            f"multilabel_margin_loss: Expected non-empty vector or matrix and a target of its size, but got "
            f"{list(input.shape)} and inconsistent target size {list(target.shape)}"
        )
    scores = input.reshape(-1, input.shape[-1] if input.ndim else 1)
    named, is_right = right_classes(target.array.reshape(scores.shape))
    chosen = scores.gather(1, tensor_of(np.where(named, target.array.reshape(scores.shape), 0), dtypes.int64))
    excess = (1 - chosen.unsqueeze(2) + scores.unsqueeze(1)).clamp(min=0)
    counted = (named[:, :, None] & ~is_right[:, None, :]).astype(input.dtype.dtype)
    each = (excess * input.like(counted)).sum((1, 2)) / scores.shape[1]
    return reduced(each if input.ndim == 2 else each.squeeze(0), reduction)


def right_classes(target: Array) -> tuple[Array, Array]:
    """Which entries of each row name classes, those before the first -1; and which classes are named."""
    named = np.logical_and.accumulate(target >= 0, axis=1)
    check_class(target[named], target.shape[1], "multilabel_margin_loss")
    is_right = np.zeros(target.shape, np.bool_)
    rows, _ = np.nonzero(named)
    is_right[rows, target[named]] = True
    return named, is_right


def check_class(target: Array, classes: int, name: str) -> None:
    """Raise for a class that does not exist."""
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: expected scalar type Long but found {target.dtype} for argument 'target'")
    if target.size and not (target.min() >= 0 and target.max() < classes):
        wrong = target.min() if target.min() < 0 else target.max()
        raise RuntimeError(f"{name}: target out of range: class {wrong} of {classes}")


@derived(
    r"-\tfrac1C \sum_c y_c \ln \sigma(x_c) + (1 - y_c) \ln \sigma(-x_c)",
    method=False,
    cases=(
        case((3, 4), sample((3, 4), 0, 1)),
        case((3, 4), sample((3, 4), 0, 1), sample((4,), 0.5, 2), reduction="none"),
    ),
)
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: Any = "mean"
) -> Tensor:
    """The mean over the classes (the last dimension) of the binary cross-entropies of scores."""
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced(losses.sum(-1) / input.shape[-1], reduction)
