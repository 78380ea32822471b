"""The gradients that leaves have when a function is called, where its work depends on them.

A backward pass adds to a leaf's `.grad`. Whether there is one already matters, unless the function
begins by forgetting it, with `zero_grad()` or `p.grad = None`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.arrays import ndarray
from autograd.compiled.program import Instruction, Value
from autograd.graph import AccumulateGrad
from autograd.tensor import Tensor

if TYPE_CHECKING:
    from autograd.compiled.recording import Recorder


class Leaves:
    """What is known of leaves that were there before the run.

    Attributes:
        before: for each leaf, by identity, the value of its gradient at the start; None where there was none.
        forgotten: the leaves whose gradients have been set to None since.
        asked: the leaves of which it matters whether there was a gradient.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.before: dict[int, Value | None] = {}
        self.forgotten: set[int] = set()
        self.asked: dict[int, Tensor] = {}

    def note(self, leaf: Tensor) -> None:
        """A leaf is there before the run."""
        if leaf.node.__class__ is not AccumulateGrad or id(leaf) in self.before:
            return
        grad = getattr(leaf, "_grad", None)
        self.before[id(leaf)] = None
        if grad is not None and grad.node is None and grad.array.__class__ is ndarray:
            value = Value(grad.array, "grad", grad, leaf=self.recorder.outside[id(leaf)])
            value.name = "grad"
            self.before[id(leaf)] = self.recorder.enter(grad.array, value)
            self.recorder.hold(grad, value)

    def adds_to(self, leaf: Tensor) -> None:
        """A backward pass adds to a leaf's gradient."""
        if id(leaf) not in self.forgotten:
            self.asked[id(leaf)] = leaf
            self.forgotten.add(id(leaf))  # from here on, what there is comes from the run

    def changed(self, instruction: Instruction) -> None:
        """A call may have set gradients to None: that of an optimizer's `zero_grad`, or of one tensor."""
        if instruction.name == "zero_grad" and hasattr(instruction.args[0], "param_groups"):
            for group in instruction.args[0].param_groups:
                self.forget(group["params"])
        elif instruction.name == "grad":
            self.forget([value.tensor for value in instruction.reads() if value.tensor is not None][:1])

    def forget(self, leaves: list[Any]) -> None:
        """These have no gradient now, or one that the run has given them."""
        for leaf in leaves:
            if id(leaf) not in self.forgotten and getattr(leaf, "_grad", None) is None:
                self.forgotten.add(id(leaf))

    def conditions(self, values: set[Value]) -> list[tuple[Tensor, bool]]:
        """Pairs of a leaf and whether it must have a gradient, given the values that the program reads."""
        read = {id(v.leaf.tensor): v.leaf.tensor for v in values if v.leaf is not None}
        return [(leaf, self.before[place] is not None) for place, leaf in (read | self.asked).items()]
