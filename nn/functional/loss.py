"""Losses: how far predictions are from their targets, with PyTorch's options."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.batched import samples_of
from autograd.compiled.handled import one_call
from autograd.dtypes import INTEGER
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.modes import state
from autograd.ops import likelihood_losses as likelihoods
from autograd.ops import loss as ops
from autograd.ops import robust_losses as robust
from autograd.ops.casting import TYPE_NAMES
from autograd.ops.loss import REDUCTIONS, check_classes, class_dim
from autograd.ops.loss_reduction import reduced
from autograd.ops.shaping import broadcast_tensors
from autograd.ops.softmax import log_softmax
from autograd.tensor import Tensor

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "l1_loss", "mse_loss",
    "nll_loss", "smooth_l1_loss",
]  # fmt: skip


# -- distances ----------------------------------------------------------------------------------------


@speaking
def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean of the squared differences, the sum, or each by itself (reduction "mean", "sum" or "none").

    With `weight`, the weighted mean. Warns where the shapes differ; raises ValueError for another reduction.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    input, target = of_one_shape(input, target, "mse_loss")
    return distance(ops.mse_loss, input, target, weight, reduction)


@speaking
def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean of the absolute differences, the sum, or each by itself.

    With `weight`, the weighted mean. Warns where the shapes differ; raises ValueError for another reduction.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    input, target = of_one_shape(input, target, "l1_loss")
    return distance(ops.l1_loss, input, target, weight, reduction)


@speaking
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Half the squared difference where it is below delta, delta (|x - y| - delta / 2) beyond; mean, sum or each.

    Warns where the shapes differ; raises ValueError for another reduction, RuntimeError for delta <= 0.
    """
    reduction = chosen_reduction(None, None, reduction)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta: got {delta}")
    input, target = of_one_shape(input, target, "huber_loss")
    return distance(robust.huber_loss, input, target, weight, reduction, delta)


@speaking
def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """`huber_loss` divided by beta, which tends to `l1_loss` as beta goes to 0.

    Warns where the shapes differ; raises ValueError for another reduction, RuntimeError for a negative beta.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta: got {beta}")
    input, target = of_one_shape(input, target, "smooth_l1_loss")
    return ops.l1_loss(input, target, reduction) if beta == 0 else robust.smooth_l1_loss(input, target, reduction, beta)


def distance(op: Any, input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, *options: Any) -> Tensor:
    """A loss by its op; with weights, of each element by itself and then reduced by weight."""
    if weight is None:
        loss: Tensor = op(input, target, reduction, *options)
        return loss
    if weight.shape != input.shape:
        raise ValueError(
            f"Weights and input must have the same size, but got {tuple(weight.shape)} and {tuple(input.shape)}"
        )
    losses = op(input, target, "none", *options) * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


# -- cross-entropies ------------------------------------------------------------------------------------


@speaking
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """-(y log(x) + (1 - y) log(1 - x)) for probabilities x and targets y; mean, sum or each.

    Raises ValueError where the shapes differ, RuntimeError where the dtypes do and for an x outside [0, 1]. After a
    sigmoid, `binary_cross_entropy_with_logits` of the logits is more exact.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            f"Please ensure they have the same size{reshape_advice(input, target)}"
        )
    if target.dtype is not input.dtype:
        raise RuntimeError(
            f"binary_cross_entropy: Found dtype {TYPE_NAMES[target.dtype]} but expected {TYPE_NAMES[input.dtype]}: "
            f"convert the target with .to({input.dtype!r})"
        )
    if weight is None:
        loss: Tensor = ops.binary_cross_entropy(input, target, reduction)
        return loss
    return reduced(ops.binary_cross_entropy(input, target, "none") * weight.expand(input.shape), reduction)


@speaking
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The binary cross-entropy of sigmoid(x), without overflow; mean, sum or each.

    Args:
        weight: a factor for each element.
        pos_weight: a factor for the positive part, to make up for classes that are rare.

    Raises ValueError where the shapes differ, RuntimeError for targets that are whole numbers or truth values.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
            f"{reshape_advice(input, target)}"
        )
    if not (target.dtype.is_floating_point or target.dtype.is_complex):
        raise RuntimeError(
            f"binary_cross_entropy_with_logits: result type {TYPE_NAMES[input.dtype]} can't be cast to the desired output "
            f"type {TYPE_NAMES[target.dtype]}: convert the target with .to({input.dtype!r})"
        )
    return likelihoods.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


@speaking
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Minus the log-probabilities (of shape (N, C, ...)) of the classes in `target` (of shape (N, ...)).

    Args:
        weight: a factor for each class; the mean is the weighted one.
        ignore_index: a target that does not count.

    Raises ValueError where the shapes do not fit, IndexError for a class that does not exist.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_class_weight(weight, input, "nll_loss")
    check_targets(input, target, ignore_index, "nll_loss")
    loss: Tensor = ops.nll_loss(input, target, weight, ignore_index, reduction)
    return loss


@speaking
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """The cross-entropy of softmax(input) and the target: apply no softmax before it.

    Args:
        input: scores of shape (C,), (N, C) or (N, C, d1, ...).
        target: classes, of the same shape without C; or probabilities, of the same shape.
        weight: a factor for each class; for classes, the mean is the weighted one.
        ignore_index: a target class that does not count.
        label_smoothing: this much of each target is spread evenly over all classes.

    Raises ValueError where the shapes do not fit, IndexError for a class that does not exist,
    RuntimeError for options that make no sense.

    >>> import autograd, nn.functional as F
    >>> F.cross_entropy(autograd.tensor([[0.0, 0.0]]), autograd.tensor([1]))
    tensor(0.6931)
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    check_class_weight(weight, input, "cross_entropy")
    if target.array.shape == input.array.shape:
        return of_probabilities(input, target, weight, ignore_index, reduction, label_smoothing)
    check_targets(input, target, ignore_index, "cross_entropy")
    if input.array.ndim == 2 and weight is None and not label_smoothing:
        loss: Tensor = ops.cross_entropy(input, target, ignore_index, reduction)
        return loss
    logs = log_softmax(input, class_dim(input.array.shape))
    loss = ops.nll_loss(logs, target, weight, ignore_index, reduction)
    if label_smoothing:
        even = spread_evenly(logs, target, weight, ignore_index, reduction) / logs.shape[class_dim(logs.array.shape)]
        loss = loss * (1 - label_smoothing) + even * label_smoothing
    return loss


def of_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, label_smoothing: float
) -> Tensor:
    """The cross-entropy with a probability for each class; the mean is over samples and places."""
    if not target.is_floating_point():
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype.name}: "
            "targets of the input's shape are probabilities; for classes, leave out the class dimension"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    dim = class_dim(input.array.shape)
    classes = input.shape[dim]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    products = log_softmax(input, dim) * target
    if weight is not None:
        products = products * by_class(weight, input)
    losses = -products.sum(dim)
    return losses.sum() / (input.numel() / classes) if reduction == "mean" else reduced(losses, reduction)


def spread_evenly(logs: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Tensor:
    """The loss of targets that give every class the same share."""
    losses = -(logs if weight is None else logs * by_class(weight, logs)).sum(class_dim(logs.array.shape))
    ignored = target == ignore_index
    losses = losses.masked_fill(ignored, 0)
    if reduction != "mean":
        return reduced(losses, reduction)
    counted = target[~ignored]
    return losses.sum() / (counted.numel() if weight is None else weight[counted].sum())


# -- options ----------------------------------------------------------------------------------------------


def chosen_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction, also where it is asked for in the old way. Raises ValueError for an unknown one."""
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
        warn_caller(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        )
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction: use 'none', 'mean' or 'sum'")
    return reduction


def legacy_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """What `size_average=` and `reduce=` mean."""
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"


def of_one_shape(input: Tensor, target: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """Prediction and target, broadcast where their shapes differ, with a warning: it is rarely meant."""
    for what, tensor in (("input", input), ("target", target)):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(tensor).__name__}")
    if input.array.shape == target.array.shape:
        return input, target
    warn_of_broadcasting(input, target, name)
    first, second = broadcast_tensors(input, target)
    return first, second


def warn_of_broadcasting(input: Tensor, target: Tensor, name: str) -> None:
    """Warn where prediction and target differ in shape: under `strict_broadcasting` it is an error."""
    if input.shape != target.shape:
        shapes = (tuple(input.shape), tuple(target.shape))
        for watcher in state.watchers:
            watcher.broadcast(name, shapes)
        warn_caller(
            f"{name}: Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting: every target meets every prediction. Please ensure they "
            f"have the same size{reshape_advice(input, target)}"
        )


def reshape_advice(input: Tensor, target: Tensor) -> str:
    """The cure, where it is only a dimension of size 1 too many or too few."""
    shape = tuple(input.shape)
    return f", for example by target.reshape({shape})" if target.numel() == input.numel() else ""


def check_class_weight(weight: Tensor | None, input: Tensor, name: str) -> None:
    """One factor for each class."""
    if weight is not None:
        if not input.ndim:
            raise ValueError(f"{name}: expected at least 1 dimension, the classes, in the input")
        classes = input.shape[class_dim(input.array.shape)]
        if tuple(weight.shape) != (classes,):
            raise RuntimeError(
                f"{name}: weight tensor should be defined either for all {classes} classes or no classes but "
                f"got weight tensor of shape: {list(weight.shape)}"
            )


@one_call
def check_targets(input: Tensor, target: Tensor, ignore_index: int, name: str) -> None:
    """Raise unless the targets are classes that exist, one for each prediction."""
    shape = input.array.shape
    if target.dtype.category != INTEGER:
        raise RuntimeError(
            f"{name}: expected scalar type Long but found {target.dtype.name} for a target of shape "
            f"{tuple(target.shape)} "
            f"and an input of shape {tuple(shape)}: convert classes with .long(); probabilities have the input's shape"
        )
    for found in samples_of(target):
        fits = len(shape) == 2 and found.shape == shape[:1]
        if not fits or (found.size and (np.minimum.reduce(found) < 0 or np.maximum.reduce(found) >= shape[1])):
            check_classes(shape, found, ignore_index, name)


def by_class(weight: Tensor, input: Tensor) -> Tensor:
    """A factor for each class, to broadcast against scores."""
    return weight.reshape(-1, *(1,) * (input.ndim - 2)) if input.ndim > 1 else weight
