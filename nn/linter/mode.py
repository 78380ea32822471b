"""Is the model in training mode when it trains, and in evaluation mode when it is evaluated?"""

from __future__ import annotations

from typing import Any

from autograd.modes import is_grad_enabled
from nn.linter.check import Check, Training, listed
from nn.modules import batchnorm, dropout

MODAL = (batchnorm._BatchNorm, dropout._DropoutNd)
"""Layers that do something else in evaluation than in training."""


def modal_layers(training: Training) -> list[str]:
    """The layers to which the mode matters: those that drop with p > 0, or normalize by batch."""
    modules = training.model.named_modules()
    return [f"{path} ({type(m).__name__})" for path, m in modules if isinstance(m, MODAL) and getattr(m, "p", 1) > 0]


class ForgottenTrain(Check):
    """Steps while the whole model is in evaluation mode: nothing is dropped, and no running mean is updated."""

    def before_step(self) -> None:
        model = self.training.model
        if not model.training and self.training.trained():
            layers = modal_layers(self.training)
            if layers:
                self.found(
                    f"the optimizer steps while the model is in evaluation mode, in which {listed(layers)} work otherwise",
                    "Call model.train() before training, also after each evaluation",
                )


class ForgottenEval(Check):
    """Calls under no_grad() while the model is in training mode: what is measured is noisy, and changes the model."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.calls = 0

    def called(self, inputs: tuple[Any, ...]) -> None:
        if is_grad_enabled() or not self.training.model.training or not self.training.step:
            return
        self.calls += 1
        layers = modal_layers(self.training)
        if layers:
            self.found(
                f"the model is called under no_grad() while it is in training mode, in which {listed(layers)} drop at "
                "random or use, and change, the statistics of the batch",
                "Call model.eval() before evaluation, and model.train() after it",
            )
