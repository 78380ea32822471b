"""Do all units take part?"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd.callers import module_path, stack
from autograd.graph import caller
from nn.linter.check import Check, Training

SAMPLES = 8
"""After this many batches, seen over as many sampled steps, a unit that was never active counts as dead."""

MANY = 0.75
"""The share of a layer's units that must be dead for a report: a few always are."""


class DeadReLU(Check):
    """Units of a ReLU that are zero for every input: their gradient is zero too, so they never come back.

    A large step, or a large negative bias, kills them.
    """

    ops = ("relu",)

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.active: dict[tuple[int, tuple[int, ...]], Any] = {}  # by place in the step, and shape of a sample
        self.seen: dict[tuple[int, tuple[int, ...]], int] = {}
        self.place = 0

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        if not self.training.sampled:
            return
        self.place += 1
        values = result.array
        if values.ndim < 2 or not values.size:
            return
        units = values.shape[1] if values.ndim != 3 else values.shape[-1]  # (N, C, ...), or (N, L, C)
        axes = tuple(i for i in range(values.ndim) if i != (1 if values.ndim != 3 else 2))
        active = values.max(axis=axes) > 0
        key = self.place, (units,)
        known = self.active.get(key)
        self.active[key] = active if known is None else known | active
        self.seen[key] = self.seen.get(key, 0) + 1
        dead = units - int(np.count_nonzero(self.active[key]))
        if self.seen[key] >= SAMPLES and units >= 4 and dead >= MANY * units:
            self.found(
                f"dead ReLUs: {dead} of {units} units{module_path(list(stack(sys._getframe())))} were 0 for every input of "
                f"the last {self.seen[key]} batches looked at, so no gradient reaches them any more",
                "Lower the learning rate, initialize with nn.init.kaiming_normal_, or use LeakyReLU or GELU", caller(),
            )  # fmt: skip

    def after_step(self) -> None:
        self.place = 0
