"""What a check of the training linter is, and what it can know."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from autograd.graph import caller


class Finding(NamedTuple):
    """One mistake that the linter has found.

    Attributes:
        check: the name of the check.
        text: what is wrong, and why that matters.
        cure: what to do.
        where: file:line; empty where no line is to blame.
    """

    check: str
    text: str
    cure: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.text}. {self.cure}{f' ({self.where})' if self.where else ''}"


class Training:
    """What all checks know of the training that goes on.

    Attributes:
        model: the module that is trained.
        optimizers: the optimizers that train it.
        stepping: the optimizer that makes, or has just made, a step.
        step: how many steps the first optimizer has made.
        findings: what has been found so far.
    """

    def __init__(self, model: Any, optimizers: tuple[Any, ...]) -> None:
        self.model, self.optimizers = model, optimizers
        self.stepping = optimizers[0]
        self.step = 0
        self.findings: list[Finding] = []

    @property
    def sampled(self) -> bool:
        """Whether this step is looked at closely."""
        return self.samples(self.step)

    def samples(self, step: int) -> bool:
        """The first steps, then every twentieth: enough to see what goes on, and cheap."""
        return step < 8 or step % 20 == 0

    def trained(self, *optimizers: Any) -> list[tuple[str, Any]]:
        """The model's parameters that want a gradient and that these optimizers, or any, hold; with their names."""
        held = self.held(*optimizers)
        return [(n, p) for n, p in self.model.named_parameters() if p.requires_grad and id(p) in held]

    def held(self, *optimizers: Any) -> set[int]:
        """The identities of what these optimizers, or all, hold."""
        return {
            id(p)
            for optimizer in optimizers or self.optimizers
            for group in optimizer.param_groups
            for p in group["params"]
        }


class Check:
    """A mistake, and how to see it. The linter calls the methods below as training goes on.

    A check reports once: `self.found(...)`, and is silent from then on.
    """

    ops: ClassVar[tuple[str, ...]] = ()
    """The ops whose calls `recorded` wants to see, in steps that are sampled."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.done = False

    def found(self, text: str, cure: str, where: str | None = None) -> None:
        """Report the mistake, at the line that the program is at or the given one."""
        self.done = True
        self.training.findings.append(Finding(type(self).__name__, text, cure, caller() if where is None else where))

    def begin(self) -> None:
        """The context is entered."""

    def called(self, inputs: tuple[Any, ...]) -> None:
        """The model is about to be called."""

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        """One of `ops` has been carried out and recorded."""

    def backward(self, root: Any) -> None:
        """A backward pass has begun at this node, in a step that is sampled; no gradient has reached a leaf yet."""

    def before_step(self) -> None:
        """An optimizer is about to step."""

    def after_step(self) -> None:
        """An optimizer has stepped."""

    def end(self) -> None:
        """The context is left, without an exception."""


def listed(names: list[str], most: int = 4) -> str:
    """Names in a sentence; of many, the first ones."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
