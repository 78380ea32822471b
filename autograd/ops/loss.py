"""Losses: how far predictions are from their targets, as one number to make small.

Each is one op from the prediction to the reduced number, so that its derivative is the short one
of the textbooks, such as (softmax(x) - onehot(y)) / n for the cross-entropy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array, Ints, ones
from autograd.cases import case, ints, sample
from autograd.op import op
from autograd.ops.refusals import REAL_ONLY
from autograd.ops.scatter import gather_adjoint
from autograd.ops.softmax import log_softmax
from autograd.tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")


def reduced(losses: Any, reduction: str) -> Any:
    """The mean or the sum of the losses, or each by itself."""
    if reduction == "none":
        return losses
    total = np.add.reduce(losses, axis=None)
    return total if reduction == "sum" else total / losses.size if losses.size else total * math.nan


def share(g: Any, size: int, reduction: str) -> Any:
    """What each of the losses contributes to the gradient of their reduction."""
    return g / size if reduction == "mean" else g


def each_reduction(*inputs: Any) -> tuple[Any, ...]:
    """A case per reduction."""
    return tuple(case(*inputs, reduction=reduction) for reduction in REDUCTIONS)


# -- distances ----------------------------------------------------------------------------------------------


@op(
    r"\frac1n \sum (x - y)^2",
    name="mse_loss",
    method=False,
    refuses=REAL_ONLY,
    cases=(*each_reduction((3, 4), (3, 4)), case((), ())),
)
def mse_loss(x: Array, y: Array, reduction: str = "mean") -> Array:
    """The mean of the squared differences."""
    difference = x - y
    return reduced(difference * difference, reduction)


mse_loss.vjp("x", r"\tfrac2n \bar z (x - y)")(
    lambda g, x, y, reduction: (x - y) * share(2 * g, math.prod(x.shape), reduction)
)
mse_loss.vjp("y", r"\tfrac2n \bar z (y - x)")(
    lambda g, x, y, reduction: (y - x) * share(2 * g, math.prod(x.shape), reduction)
)


@op(
    r"\frac1n \sum |x - y|",
    name="l1_loss",
    method=False,
    node=lambda node: {"mean": "MeanBackward0", "sum": "SumBackward0", "none": "AbsBackward0"}[
        node.params["reduction"]
    ],
    refuses=REAL_ONLY,
    cases=each_reduction(sample((3, 4), apart=True), sample((3, 4), -3, 3, apart=True)),
)
def l1_loss(x: Array, y: Array, reduction: str = "mean") -> Array:
    """The mean of the absolute differences. The derivative where they are equal is 0."""
    return reduced(np.abs(x - y), reduction)


l1_loss.vjp("x", r"\tfrac1n \bar z\, \mathrm{sign}(x - y)")(
    lambda g, x, y, reduction: share(g, math.prod(x.shape), reduction) * np.sign(x - y)
)
l1_loss.vjp("y", r"\tfrac1n \bar z\, \mathrm{sign}(y - x)")(
    lambda g, x, y, reduction: share(g, math.prod(x.shape), reduction) * np.sign(y - x)
)


# -- two classes ------------------------------------------------------------------------------------------

PROBABILITIES = (sample((3, 4), 0.1, 0.9), sample((3, 4), 0.0, 1.0))


@op(
    r"-\frac1n \sum y \ln x + (1 - y) \ln(1 - x)",
    name="binary_cross_entropy",
    method=False,
    refuses=REAL_ONLY,
    cases=each_reduction(*PROBABILITIES),
)
def binary_cross_entropy(x: Array, y: Array, reduction: str = "mean") -> Array:
    """The cross-entropy of probabilities x and targets y; logarithms are kept above -100, as in PyTorch."""
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise RuntimeError(
            "binary_cross_entropy: all elements of input should be between 0 and 1, but they lie in "
            f"[{x.min():g}, {x.max():g}]: apply sigmoid() first, or use binary_cross_entropy_with_logits"
        )
    return reduced(-(y * bounded_log(x) + (1 - y) * bounded_log(1 - x)), reduction)


def bounded_log(x: Any) -> Any:
    """The logarithm, not below -100."""
    return np.maximum(np.log(x), -100)


binary_cross_entropy.vjp("x", r"\frac{\bar z}{n} \frac{x - y}{x (1 - x)}")(
    lambda g, x, y, reduction: share(g, math.prod(x.shape), reduction) * (x - y) / np.maximum(x * (1 - x), 1e-12)
)
binary_cross_entropy.vjp("y", r"\tfrac1n \bar z (\ln(1 - x) - \ln x)")(
    lambda g, x, reduction: share(g, math.prod(x.shape), reduction) * (bounded_log(1 - x) - bounded_log(x))
)


@op(r"\frac1n \sum \ln(1 + e^x) - x y", name="binary_cross_entropy_with_logits", method=False, refuses=REAL_ONLY,
    cases=each_reduction((3, 4), sample((3, 4), 0.0, 1.0)))  # fmt: skip
def binary_cross_entropy_with_logits(x: Array, y: Array, reduction: str = "mean") -> Array:
    """The cross-entropy of sigmoid(x) and targets y, without overflow."""
    return reduced(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))), reduction)


binary_cross_entropy_with_logits.vjp("x", r"\tfrac1n \bar z (\sigma(x) - y)")(
    lambda g, x, y, reduction: share(g, math.prod(x.shape), reduction) * (1 / (1 + np.exp(-x)) - y)
)
binary_cross_entropy_with_logits.vjp("y", r"-\tfrac1n \bar z\, x")(
    lambda g, x, reduction: share(-g, math.prod(x.shape), reduction) * x
)


# -- many classes -------------------------------------------------------------------------------------------


def class_dim(shape: tuple[int, ...]) -> int:
    """The dimension of the classes: the second, or the only one."""
    return 0 if len(shape) == 1 else 1


def weights_of(target: Array, weight: Array | None, ignore_index: int, dtype: Any) -> Array:
    """How much each target counts."""
    counted = target != ignore_index
    if weight is None:
        return counted.astype(dtype)
    return np.where(counted, weight[np.where(counted, target, 0)], 0).astype(dtype)


def check_classes(shape: tuple[int, ...], target: Array, ignore_index: int, name: str) -> None:
    """Raise unless the targets are classes that exist, one for each prediction."""
    dim = class_dim(shape)
    if len(shape) != target.ndim + 1 or shape[:dim] + shape[dim + 1 :] != target.shape:
        raise ValueError(
            f"{name}: the input of shape {shape} needs targets of shape {shape[:dim] + shape[dim + 1 :]} "
            f"(classes along dimension {dim}), but got {target.shape}"
        )
    classes = shape[dim]
    wrong = target[(target != ignore_index) & ((target < 0) | (target >= classes))]
    if wrong.size:
        raise IndexError(
            f"{name}: Target {wrong.flat[0]} is out of bounds: there are {classes} classes, 0 to {classes - 1}"
        )


@op(r"-\frac{1}{\sum w} \sum_i w_{y_i} x_{i, y_i}", name="nll_loss", method=False, kind="free", refuses=REAL_ONLY,
    cases=(*(case((3, 4), ints((3,), 0, 4), None, reduction=r) for r in REDUCTIONS),
           case((3, 4), ints((3,), 0, 4), sample((4,), 0.5, 2.0), ignore_index=1),
           case((2, 4, 3), ints((2, 3), 0, 4), None), case((4,), ints((), 0, 4), None)))  # fmt: skip
def nll_loss(
    x: Array, target: Ints, weight: Ints | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """The negative log-likelihood: minus the log-probabilities of the targets, weighted by class."""
    dim = class_dim(x.shape)
    w = weights_of(target, weight, ignore_index, x.dtype)
    places = np.expand_dims(np.where(target != ignore_index, target, 0), dim)
    losses = -np.take_along_axis(x, places, dim).squeeze(dim) * w
    return (
        reduced(losses, reduction)
        if reduction != "mean"
        else np.add.reduce(losses, axis=None) / np.add.reduce(w, axis=None)
    )


@nll_loss.vjp("x", r"-\frac{\bar z\, w_{y_i}}{\sum w} \text{ at } y_i")
def _(g: Any, x_shape: Any, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    dim = class_dim(x_shape)
    w = weights_of(target, weight, ignore_index, np.asarray(g.array if isinstance(g, Tensor) else g).dtype)
    factors = -w / np.add.reduce(w, axis=None) if reduction == "mean" else -w
    places = np.expand_dims(np.where(target != ignore_index, target, 0), dim)
    return gather_adjoint.either(np.expand_dims(g * factors, dim), places, x_shape, dim)


def log_likelihood(x: Tensor, target: Tensor, ignore_index: int = -100, reduction: str = "mean") -> Tensor:
    """The cross-entropy in two steps."""
    loss: Tensor = nll_loss(log_softmax(x, 1), target, None, ignore_index, reduction)
    return loss


@op(
    r"-\frac1n \sum_i \ln \mathrm{softmax}(x_i)_{y_i}",
    name="cross_entropy",
    method=False,
    kind="free",
    refuses=REAL_ONLY,
    node="NllLossBackward0",
    keeps=("probabilities",),
    composed=log_likelihood,
    cases=(
        *(case((3, 4), ints((3,), 0, 4), reduction=r) for r in REDUCTIONS),
        case((3, 4), ints((3,), 0, 4), ignore_index=1),
    ),
)
def cross_entropy(x: Array, target: Ints, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """The cross-entropy of softmax(x) and classes, for a matrix of scores: rows are samples."""
    shifted = x - np.maximum.reduce(x, axis=1, keepdims=True)
    powers = np.exp(shifted)
    totals = powers @ ones(powers.shape[1], x.dtype)
    classes, counted, count = counting_classes(target, ignore_index)
    losses = np.log(totals) - shifted[np.arange(len(x)), classes]
    if counted is not None:
        losses = np.where(counted, losses, 0)
    if reduction == "mean":
        losses = np.add.reduce(losses) / x.dtype.type(count)
    elif reduction == "sum":
        losses = np.add.reduce(losses)
    powers /= totals.reshape(-1, 1)
    return losses, powers


def counting_classes(target: Array, ignore_index: int) -> tuple[Array, Array | None, int]:
    """The classes, with 0 for those to be ignored; which of them count, or None if all do; and how many do."""
    counted = target != ignore_index
    count = int(np.count_nonzero(counted))
    return (target, None, count) if count == target.size else (np.where(counted, target, 0), counted, count)


@cross_entropy.vjp("x", r"\frac{\bar z}{n} (\mathrm{softmax}(x) - \text{onehot}(y))")
def _(g: Any, target: Any, probabilities: Any, ignore_index: int, reduction: str) -> Any:
    classes, counted, count = counting_classes(target, ignore_index)
    difference = probabilities.copy()
    difference[np.arange(len(target)), classes] -= 1
    if counted is not None:
        difference[~counted] = 0
    difference *= g.reshape(-1, 1) if reduction == "none" else share(g, count, reduction)
    return difference
