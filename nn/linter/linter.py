"""`TrainingLinter`: watches a training loop, and tells its checks what happens."""

from __future__ import annotations

import warnings
from typing import Any

from autograd.graph import calling_frame
from autograd.misuse import speaking_constructor
from autograd.modes import Watching, state
from nn.linter.activity import DeadReLU
from nn.linter.check import Check, Training
from nn.linter.gradients import ForgottenZeroGrad, UnreachedParameters
from nn.linter.inputs import UnscaledInputs
from nn.linter.losses import DoubleActivation, ImpossibleLabels
from nn.linter.memory import GraphsKept
from nn.linter.mode import ForgottenEval, ForgottenTrain
from nn.linter.registration import HiddenMembers, LeftOutOfOptimizer
from nn.linter.scales import GradientsByLayer, StepSizes

__all__ = ["TrainingLinter", "TrainingWarning"]

CHECKS: tuple[type[Check], ...] = (
    HiddenMembers, LeftOutOfOptimizer, UnscaledInputs, ForgottenTrain, ForgottenEval, DoubleActivation, ImpossibleLabels,
    DeadReLU, ForgottenZeroGrad, UnreachedParameters, GradientsByLayer, StepSizes, GraphsKept,
)  # fmt: skip
"""Every check, in the order of a training step."""


EVENTS = ("begin", "called", "backward", "before_step", "after_step", "end")
"""What checks are told of, beside the ops that they ask for."""


class TrainingWarning(UserWarning):
    """What the training linter warns with: a mistake in a training loop."""


@speaking_constructor
class TrainingLinter(Watching):
    """A context around a training loop that warns, once each, of the mistakes that raise no error.

    zero_grad() forgotten; parameters that no gradient reaches, that no optimizer has, or that hide
    in a plain list; softmax before cross_entropy and sigmoid before a loss on logits; train() or
    eval() forgotten; graphs kept alive from step to step; dead ReLUs; gradients that vanish or
    explode by layer; steps that are too large or do nothing; labels out of range; inputs that are
    not scaled. Each warning has the cure, and the line where there is one to blame.

    Args:
        model: the module that is trained.
        optimizer: the optimizer, or a list of them.
        warn: warn at once; if False, only collect.

    Attributes:
        findings: what was found. `print(linter)` shows it, with a table by layer.

    Raises TypeError for what is no module or no optimizer.

    >>> import autograd, nn, optim
    >>> model = nn.Linear(3, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> with nn.TrainingLinter(model, optimizer, warn=False) as linter:
    ...     for _ in range(3):
    ...         loss = model(autograd.ones(4, 3)).square().mean()
    ...         loss.backward()
    ...         optimizer.step()
    >>> [finding.check for finding in linter.findings]
    ['ForgottenZeroGrad']
    """

    def __init__(self, model: Any, optimizer: Any, *, warn: bool = True) -> None:
        optimizers = tuple(optimizer) if isinstance(optimizer, (list, tuple)) else (optimizer,)
        if not hasattr(model, "named_parameters"):
            raise TypeError(f"TrainingLinter(): model must be a Module, not {type(model).__name__}")
        for each in optimizers:
            if not hasattr(each, "param_groups"):
                raise TypeError(f"TrainingLinter(): optimizer must be an Optimizer, not {type(each).__name__}")
        self.warn = warn
        self.training = Training(model, optimizers)
        self.checks = [kind(self.training) for kind in CHECKS]
        self.by_op = {name: [c for c in self.checks if name in c.ops] for c in self.checks for name in c.ops}
        self.listening = {e: [c for c in self.checks if getattr(type(c), e) is not getattr(Check, e)] for e in EVENTS}
        self.newest = 0  # the number of the node that the backward pass was at
        self.said = 0

    @property
    def findings(self) -> Any:
        """What was found so far."""
        return self.training.findings

    # -- what the program does -------------------------------------------------------------------------------

    def __enter__(self) -> TrainingLinter:
        super().__enter__()
        model, optimizers = self.training.model, self.training.optimizers
        self.handles = [model.register_forward_pre_hook(lambda module, inputs: self.tell("called", inputs))]
        for optimizer in optimizers:
            self.handles.append(optimizer.register_step_pre_hook(lambda which, *_: self.stepping(which)))
            self.handles.append(optimizer.register_step_post_hook(lambda which, *_: self.stepped_once(which)))
        self.tell("begin")
        return self

    def watch(self) -> None:
        """Watch the operations only while a step is sampled: to be told of each takes time."""
        if self.training.sampled and self not in state.watchers:
            super().__enter__()
        elif not self.training.sampled and self in state.watchers:
            super().__exit__()

    def __exit__(self, *exception: object) -> None:
        if self in state.watchers:
            super().__exit__(*exception)
        for handle in self.handles:
            handle.remove()
        if exception[0] is None:
            self.tell("end")

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        """Show the calls of some ops to the checks that asked for them."""
        for check in self.by_op.get(node.op.name, ()):
            if not check.done:
                check.recorded(node, tensors, result)
                self.say()

    def stepped(self, node: Any, g: Any, sent: Any) -> None:
        """Notice where a backward pass begins: within one, nodes come from the newest to the oldest."""
        if node.number > max(self.newest, 0):  # a leaf, which has the number 0, comes last and begins nothing
            self.tell("backward", node)
        self.newest = node.number

    def stepping(self, optimizer: Any) -> None:
        """An optimizer is about to make a step."""
        self.training.stepping = optimizer
        self.tell("before_step")

    def stepped_once(self, optimizer: Any) -> None:
        """An optimizer has made a step."""
        self.tell("after_step")
        if optimizer is self.training.optimizers[0]:
            self.training.step += 1
            self.watch()

    def tell(self, event: str, *about: Any) -> None:
        """Tell the checks that have found nothing yet what happens."""
        for check in self.listening[event]:
            if not check.done:
                getattr(check, event)(*about)
        if self.said < len(self.findings):
            self.say()

    def say(self) -> None:
        """Warn of what has just been found, at the line that the program is at."""
        while self.said < len(self.findings):
            finding = self.findings[self.said]
            self.said += 1
            if self.warn:
                frame = calling_frame()
                registry = frame.f_globals.setdefault("__warningregistry__", {})
                line, file = frame.f_lineno, frame.f_code.co_filename
                warnings.warn_explicit(str(finding), TrainingWarning, file, line, registry=registry)

    # -- what was found ----------------------------------------------------------------------------------------

    def table(self) -> str:
        """By layer: the size of its weights, of its gradients, and of a step relative to the weights."""
        (gradients,) = (check.rows() for check in self.checks if isinstance(check, GradientsByLayer))
        (steps,) = (check.rows() for check in self.checks if isinstance(check, StepSizes))
        lines = [f"{'parameter':<24} {'weights':>10} {'gradient':>10} {'step/size':>10}"]
        for name, (weights, gradient) in gradients.items():
            step = f"{steps[name]:10.2g}" if name in steps else " " * 10
            lines.append(f"{name:<24} {weights:10.3g} {gradient:10.3g} {step}")
        return "\n".join(lines)

    def __str__(self) -> str:
        found = [f"{i}. {finding}" for i, finding in enumerate(self.findings, 1)]
        return "\n".join([*(found or ["No mistakes found."]), "", self.table()])
