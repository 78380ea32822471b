"""Do gradients start from zero, and do they reach every parameter?"""

from __future__ import annotations

from typing import Any

from nn.linter.check import Check, Training, listed

CLEARING = {"fill_", "zero_", "copy_"}
"""What writes into a gradient to clear it."""

PATIENCE = 10
"""How many steps a parameter may be without a gradient: some networks take turns."""


class ForgottenZeroGrad(Check):
    """Gradients that still hold those of the last step: `backward` adds to `.grad`, so each step would use their sum.

    The gradient tensors of one step are remembered. If, at the next step, they are the same ones,
    and nobody has been seen to clear them in between, then they were added to.
    """

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.used: list[tuple[Any, Any]] = []  # each parameter with the gradient that the last step used
        self.cleared = True

    def after_step(self) -> None:
        self.used = []
        if not (self.training.sampled or self.training.samples(self.training.step + 1)):
            return
        self.used = [(p, p._grad) for _, p in self.training.trained()[:1] if getattr(p, "_grad", None) is not None]
        for _, g in self.used:
            g.writes().writer = ""
        self.cleared = False

    def backward(self, root: Any) -> None:
        if not self.cleared:
            self.cleared = any(p._grad is not g or g.writes().writer in CLEARING for p, g in self.used)

    def before_step(self) -> None:
        for p, g in self.used if self.training.sampled else ():
            if not self.cleared and p._grad is g and g.writes().writer == "backward":
                self.found(
                    "zero_grad() is forgotten: backward() adds to .grad, and the gradients of the last step are still in "
                    "it, so this step uses the sum of all so far",
                    "Call optimizer.zero_grad() once in each step, before backward()",
                )


class UnreachedParameters(Check):
    """Parameters that the optimizer holds and no gradient has reached: they keep their initial values."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.reached: set[int] = set()
        self.steps: dict[Any, int] = {}  # how many each optimizer has made

    def before_step(self) -> None:
        optimizer = self.training.stepping
        self.steps[optimizer] = self.steps.get(optimizer, 0) + 1
        if self.steps[optimizer] <= PATIENCE:
            trained = self.training.trained(optimizer)
            self.reached |= {id(p) for _, p in trained if getattr(p, "_grad", None) is not None}
            if self.steps[optimizer] == PATIENCE:
                self.report()

    def end(self) -> None:
        self.report()

    def report(self) -> None:
        """Name those of optimizers that have stepped often enough, and say whether their modules were called at all."""
        stepped = [optimizer for optimizer, steps in self.steps.items() if steps > 1]
        trained = self.training.trained(*stepped) if stepped else []
        names = [name for name, p in trained if id(p) not in self.reached]
        if not names:
            return
        owner = self.training.model.get_submodule(names[0].rpartition(".")[0])
        called = bool(vars(owner).get("_calls")) and owner is not self.training.model
        why = (
            "its module was called, so the path from there to the loss is cut: look for detach(), no_grad(), .data, "
            "argmax or item()"
            if called
            else "nothing that was computed from it leads to the loss"
        )
        self.found(
            f"no gradient has reached {listed(names)} in {max(self.steps.values())} steps. Of {names[0]}: {why}",
            f"Use it in forward(), or leave it out; autograd.why_no_grad(model.{names[0]}) tells more", "",
        )  # fmt: skip
