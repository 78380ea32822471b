"""Losses that are square near zero and straight beyond it, so that outliers do not rule them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array, quick_where
from autograd.cases import case, sample
from autograd.op import op
from autograd.ops.loss import each_reduction, reduced, share
from autograd.ops.refusals import REAL_ONLY

SPREAD = (sample((3, 4), -3, 3, apart=True), sample((3, 4), -0.1, 0.1))


@op(r"\frac1n \sum (\tfrac12 d^2 \text{ if } |d| < \delta \text{ else } \delta (|d| - \tfrac12 \delta)),\ d = x - y",
    method=False, refuses=REAL_ONLY, cases=(*each_reduction(*SPREAD), case(*SPREAD, delta=0.5)))  # fmt: skip
def huber_loss(x: Array, y: Array, reduction: str = "mean", delta: float = 1.0) -> Array:
    """Half the squared difference where it is less than delta, and a line of slope delta beyond.

    Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.
    """
    d = np.abs(x - y)
    return reduced(quick_where(d < delta, 0.5 * d * d, delta * (d - 0.5 * delta)), reduction)


def pull(g: Any, d: Any, reduction: str, delta: float) -> Any:
    """The gradient by the difference d: d itself, kept within delta."""
    inside = np.abs(d) < delta
    return share(g, math.prod(d.shape), reduction) * quick_where(inside, d, delta * np.sign(d))


huber_loss.vjp("x", r"\tfrac1n \bar z \max(-\delta, \min(\delta, d))")(
    lambda g, x, y, reduction, delta: pull(g, x - y, reduction, delta)
)
huber_loss.vjp("y", r"-\tfrac1n \bar z \max(-\delta, \min(\delta, d))")(
    lambda g, x, y, reduction, delta: pull(g, y - x, reduction, delta)
)


@op(r"\frac1n \sum (\tfrac{1}{2 \beta} d^2 \text{ if } |d| < \beta \text{ else } |d| - \tfrac12 \beta),\ d = x - y",
    name="smooth_l1_loss", method=False, refuses=REAL_ONLY,
    cases=(*each_reduction(*SPREAD), case(*SPREAD, beta=0.5)))  # fmt: skip
def smooth_l1_loss(x: Array, y: Array, reduction: str = "mean", beta: float = 1.0) -> Array:
    """The Huber loss divided by beta, so that its slope is 1 where it is straight.

    Girshick, "Fast R-CNN", ICCV 2015.
    """
    d = np.abs(x - y)
    return reduced(quick_where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), reduction)


smooth_l1_loss.vjp("x", r"\tfrac1n \bar z \max(-1, \min(1, d / \beta))")(
    lambda g, x, y, reduction, beta: pull(g, x - y, reduction, beta) / beta
)
smooth_l1_loss.vjp("y", r"-\tfrac1n \bar z \max(-1, \min(1, d / \beta))")(
    lambda g, x, y, reduction, beta: pull(g, y - x, reduction, beta) / beta
)
