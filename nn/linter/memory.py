"""Are the graphs of earlier steps let go?"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from autograd.engine import topological_order
from autograd.graph import calling_frame
from autograd.tensor import Tensor
from autograd.view.assignments import last_assignment
from autograd.view.names import reachable, variables
from nn.linter.check import Check, Training

ALIVE = 4
"""From how many earlier steps results may still be alive before it counts as a leak: a few are normal."""


class GraphsKept(Check):
    """Losses that are added up or collected as tensors: each keeps the graph of its step, and memory fills up."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.roots: deque[tuple[int, Any]] = deque(maxlen=64)

    def backward(self, root: Any) -> None:
        if self.training.sampled or self.training.step < 12:
            self.roots.append((self.training.step, weakref.ref(root)))

    def before_step(self) -> None:
        step = self.training.step
        if not self.training.sampled and step > 12:
            return
        alive = {when: ref() for when, ref in self.roots if when < step - 1 and ref() is not None}
        if len(alive) >= ALIVE:
            name, where = holder(list(alive.values()))
            what = f"{name} keeps" if name else "something keeps"
            one = name.split("[")[0] or "total"
            self.found(
                f"{what} the graphs of earlier steps alive, {len(alive)} of those looked at: memory grows with each step",
                f"Keep numbers, not tensors that were differentiated: {one} += loss.item(), or .append(loss.item())", where,
            )  # fmt: skip


def holder(nodes: list[Any]) -> tuple[str, str]:
    """The name of a variable of the loop that holds on to one of these operations, and its line."""
    frame = calling_frame()
    wanted = set(nodes[:-1] or nodes)
    for name, found in reachable(variables(frame)):
        if isinstance(found, Tensor) and found.grad_fn is not None:
            operations, _ = topological_order([found.node])
            if wanted & set(operations):
                made = last_assignment(name.split("[")[0], frame, later=True)
                line = made.where if made and "[" not in name else f"{frame.f_code.co_filename}:{frame.f_lineno}"
                return name.split("[")[0], line
    return "", f"{frame.f_code.co_filename}:{frame.f_lineno}"
