"""Are the graphs of earlier steps let go?"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from autograd.advice import advice
from nn.linter.check import Check, Training

ALIVE = 4
"""From how many earlier steps results may still be alive before it counts as a leak: a few are normal."""


class GraphsKept(Check):
    """Losses that are added up or collected as tensors: each keeps the graph of its step, and memory fills up."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.roots: deque[tuple[int, Any]] = deque(maxlen=64)

    def backward(self, root: Any) -> None:
        self.roots.append((self.training.step, weakref.ref(root)))

    def before_step(self) -> None:
        step = self.training.step
        if not self.training.sampled:
            return
        alive = {when: ref() for when, ref in self.roots if when < step - 1 and ref() is not None}
        if len(alive) >= ALIVE:
            name = advice("holder", list(alive.values()))
            what = f"{name} keeps" if name else "something keeps"
            one = name or "total"
            self.found(
                f"{what} the graphs of earlier steps alive, {len(alive)} of those looked at: memory grows with each step",
                f"Keep numbers, not tensors that were differentiated: {one} += loss.item(), or .append(loss.item())",
                advice("assigned at", one) or None,
            )
