"""How large are gradients and steps, layer by layer?"""

from __future__ import annotations

import math
from statistics import median
from typing import Any

import numpy as np

from autograd.arrays import Array
from nn.linter.check import Check, Training, listed

SAMPLES = 5
"""How many sampled steps are waited for: the first ones are often unlike the others."""

UNEVEN = 1e5
"""How far the gradients of two layers may lie apart."""

HUGE = 1e4
"""How much larger than its weights the gradient of a layer may be."""

LEAP = 10
"""How many times its own size the first step may move a weight."""

SMALL = 1e-3
"""Weights below this are not looked at: what starts close to zero must grow by many times its size."""

TINY = 1e-7
"""A step below this part of the weights is lost in the rounding of float32."""


def size(array: Array) -> float:
    """The root mean square."""
    flat = np.asarray(array).reshape(-1)
    return math.sqrt(abs(np.vdot(flat, flat)) / flat.size) if flat.size else 0.0


def matrices(training: Training) -> list[tuple[str, Any]]:
    """The trained weights: gradients of biases are often zero for good reasons, as before a normalization."""
    return [(name, p) for name, p in training.trained() if p.ndim >= 2 and p.array.dtype.kind == "f"]


class GradientsByLayer(Check):
    """Gradients that vanish or explode on their way back through the layers, or are not finite.

    Each layer multiplies the gradient by its weights and by the slope of its activation. If these
    are below 1 on the average, the first layers get nothing; above 1, they get far too much.
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.seen: dict[str, list[tuple[float, float]]] = {}  # by name, sizes of weights and gradient

    def before_step(self) -> None:
        if not self.training.sampled:
            return
        for name, p in matrices(self.training):
            g = getattr(p, "_grad", None)
            if g is not None:
                self.seen.setdefault(name, []).append((size(p.array), size(g.array)))
                if not math.isfinite(self.seen[name][-1][1]):
                    self.found(
                        f"the gradient of {name} is not finite",
                        "Find the operation with autograd.detect_anomaly(); lower the learning rate, or clip the gradient "
                        "with nn.utils.clip_grad_norm_",
                    )
                    return
        self.compare()

    def rows(self) -> dict[str, tuple[float, float]]:
        """For each weight its size and that of its gradient, as they mostly were."""
        return {name: (median(w for w, _ in seen), median(g for _, g in seen)) for name, seen in self.seen.items()}

    def compare(self) -> None:
        """Report gradients that differ too much between layers, once there are enough."""
        rows = {name: row for name, row in self.rows().items() if len(self.seen[name]) >= SAMPLES}
        sizes = {name: g for name, (_, g) in rows.items() if g > 0}
        huge = [name for name, (w, g) in rows.items() if w > 0 and g > HUGE * w]
        if huge:
            self.found(
                f"exploding gradients: those of {listed(huge)} are {rows[huge[0]][1] / rows[huge[0]][0]:.1g} times as "
                "large as the weights",
                "Clip them with nn.utils.clip_grad_norm_, take the mean of the loss instead of the sum, or lower the "
                "learning rate", "",
            )  # fmt: skip
        elif len(sizes) > 1 and max(sizes.values()) > UNEVEN * min(sizes.values()):
            small, large = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
            order = list(sizes)
            what = "vanishing" if order.index(small) < order.index(large) else "exploding"
            self.found(
                f"{what} gradients: that of {small} is {sizes[small]:.1g}, that of {large} is {sizes[large]:.1g}, on the "
                "average of their elements",
                "Use ReLU or GELU in place of sigmoid and tanh, normalization or residual connections between the layers, "
                "and nn.init.kaiming_normal_ or xavier_normal_", "",
            )  # fmt: skip


class StepSizes(Check):
    """Steps that move weights by more than their own size, or by nothing: the learning rate is far off.

    A thousandth of the weights in each step is a good measure.
    """

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.before: list[tuple[str, Any, Array]] = []
        self.ratios: dict[str, list[float]] = {}

    def before_step(self) -> None:
        self.before = []
        if self.training.sampled:
            self.before = [
                (name, p, p.array.copy())
                for name, p in matrices(self.training)
                if getattr(p, "_grad", None) is not None
            ]

    def after_step(self) -> None:
        for name, p, before in self.before:
            known = size(before)
            if known > SMALL:
                self.ratios.setdefault(name, []).append(size(p.array - before) / known)
        if self.before:
            self.judge()
        self.before = []

    def rows(self) -> dict[str, float]:
        """For each weight, how far a step mostly moved it, as part of its size."""
        return {name: median(ratios) for name, ratios in self.ratios.items()}

    def judge(self) -> None:
        """Report steps that are too large, or that are nothing for every layer."""
        large = [name for name, ratios in self.ratios.items() if too_large(ratios)]
        rows = self.rows()
        rates = sorted(
            {float(group["lr"]) for o in self.training.optimizers for group in o.param_groups if "lr" in group}
        )
        rate = f" (now {', '.join(f'{r:g}' for r in rates)})" if rates else ""
        if large:
            self.found(
                f"a step moves {listed(large)} by {rows[large[0]]:.2g} times its own size, so that nothing learned remains",
                f"Lower the learning rate{rate}, by a factor of {10 ** math.ceil(math.log10(rows[large[0]] * 100)):g} or so",
            )
        elif rows and all(len(r) >= SAMPLES for r in self.ratios.values()) and max(rows.values()) < TINY:
            self.found(
                f"the steps change nothing: at most {max(rows.values()):.1g} of the weights' size",
                f"Raise the learning rate{rate}; if it is right, look at whether the gradients are zero",
            )


def too_large(ratios: list[float]) -> bool:
    """Whether the first step was several times as long as the weights, or later ones were longer time and again."""
    return ratios[0] > LEAP or (len(ratios) >= SAMPLES and min(ratios[-SAMPLES:]) > 1)
