"""Are all parameters where they are to be trained: in the model, and in an optimizer?"""

from __future__ import annotations

from nn.linter.check import Check, listed
from nn.modules.hidden import complaints_below


class HiddenMembers(Check):
    """Layers in a plain list, tuple or dict: the model does not see them, so they are not trained or saved."""

    def begin(self) -> None:
        for complaint in complaints_below(self.training.model):
            text, _, cure = complaint.rpartition(". ")
            self.found(text, f"{cure}", "")
            break


class LeftOutOfOptimizer(Check):
    """Parameters that want gradients and that no optimizer holds: gradients are computed, and never used.

    It is looked at after the first step, since parameter groups may be added late.
    """

    def after_step(self) -> None:
        self.done = True
        held = self.training.held()
        wanting = [(name, p) for name, p in self.training.model.named_parameters() if p.requires_grad]
        left_out = [name for name, p in wanting if id(p) not in held]
        if wanting and len(left_out) == len(wanting):
            self.found(
                f"no parameter of the model is in the optimizer, which holds {len(held)} others: the model is not trained",
                "Make the optimizer from model.parameters(), after the model has its final layers", "",
            )  # fmt: skip
        elif left_out:
            self.found(
                f"not in the optimizer: {listed(left_out)}. They want gradients, and keep their initial values",
                "Give them to the optimizer (model.parameters() has all), or freeze them with requires_grad_(False)", "",
            )  # fmt: skip
