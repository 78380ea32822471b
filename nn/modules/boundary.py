"""Where gradients leave and enter a module, for its backward hooks.

A module's input may be used elsewhere too, so the gradient of that tensor is not the gradient by
the module's input. With backward hooks, therefore, the inputs and the outputs pass through an
identity, and the gradients that pass it on their way back are the module's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.graph import Parts, extras_of, warn_caller
from autograd.modes import is_grad_enabled
from autograd.op import op
from autograd.tensor import Tensor, tensor_of

Functions = list[Callable[..., Any]]

OWN = -1
"""The key of a watch among the hooks of a node; the handles of users' hooks count from 0."""


@op(r"x_i", name="module_boundary", method=False, kind="free", outputs=0, cases=(case([(2, 3), ()]), case([(0,)])))
def module_boundary(*tensors: Array) -> tuple[Array, ...]:
    """Copies of the tensors, so that a module which writes into its inputs leaves the originals as they are."""
    return tuple(np.array(x) for x in tensors)


@module_boundary.vjp_joint(r"\bar z_i")
def _(g: Any, wanted: tuple[bool, ...]) -> Any:
    return tuple(part if want else None for part, want in zip(g, wanted, strict=True))


def watch_for(module: Any, before: Functions, after: Functions) -> GradientWatch | None:
    """A watch for one call of the module, if it has backward hooks and the call is recorded."""
    return GradientWatch(module, before, after) if (before or after) and is_grad_enabled() else None


class GradientWatch:
    """Shows a module's backward hooks the gradients by the outputs and by the inputs of one call.

    Attributes:
        before: the hooks that see `grad_output` first, and may replace it.
        after: the hooks that see `grad_input` and `grad_output`, and may replace the former.
        inputs, outputs: which of the arguments and results are tensors that a gradient flows to.
    """

    def __init__(self, module: Any, before: Functions, after: Functions) -> None:
        self.module = module
        self.before = before
        self.after = after
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        self.arity = self.count = 0
        self.grad_output: tuple[Any, ...] = ()

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with the tensors passed through the boundary."""
        self.arity = len(args)
        self.inputs = places_of_gradients(args)
        if not self.inputs:
            return args
        passed = module_boundary([args[i] for i in self.inputs])
        extras_of(passed[0].node.target).after[OWN] = self.at_inputs
        return replaced(args, self.inputs, passed)

    def leave(self, result: Any) -> Any:
        """The result, with its tensors passed through the boundary."""
        results = result if isinstance(result, tuple) else (result,)
        self.count = len(results)
        self.outputs = places_of_gradients(results)
        if not self.outputs:
            return result
        passed = module_boundary([results[i] for i in self.outputs])
        extras_of(passed[0].node.target).before[OWN] = self.at_outputs
        results = replaced(results, self.outputs, passed)
        return results if isinstance(result, tuple) else results[0]

    def at_outputs(self, g: Parts) -> Parts:
        """The gradients by the outputs have arrived: let the hooks see and replace them."""
        recorded = any(isinstance(part, Tensor) for part in g.arrived.values())
        grads = replaced((None,) * self.count, self.outputs, [g.arrived.get(k) for k in range(len(self.outputs))])
        grads = tuple(shown(grad) for grad in grads)
        for hook in self.before:
            grads = answer(hook(self.module, grads), grads, "Backward pre hook", "grad_output")
        self.grad_output = grads
        if not self.inputs:
            self.without_inputs()
        found = [grads[i] if recorded or grads[i] is None else grads[i].array for i in self.outputs]
        return Parts({k: part for k, part in enumerate(found) if part is not None})

    def without_inputs(self) -> None:
        """Call the hooks of a module none of whose inputs wants a gradient: there is none to replace."""
        nothing = (None,) * self.arity
        if self.after:
            warn_caller(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
                f"require gradients: grad_input is None for all inputs of {type(self.module).__name__}"
            )
        for hook in self.after:
            if any(grad is not None for grad in answer(hook(self.module, nothing, self.grad_output), nothing)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    f"all gradients (module {type(self.module).__name__})"
                )
        self.grad_output = ()

    def at_inputs(self, sent: tuple[Any, ...], g: Parts) -> tuple[Any, ...]:
        """The gradients by the inputs are about to be sent: let the hooks see and replace them."""
        recorded = any(isinstance(part, Tensor) for part in sent)
        flowing = [part if k in g.arrived else None for k, part in enumerate(sent)]
        grads = tuple(shown(grad) for grad in replaced((None,) * self.arity, self.inputs, flowing))
        for hook in self.after:
            grads = answer(hook(self.module, grads, self.grad_output), grads)
        self.grad_output = ()
        found = [grads[i] for i in self.inputs]
        return tuple(
            None if part is None or grad is None else grad if recorded else grad.array
            for part, grad in zip(sent, found, strict=True)
        )


def places_of_gradients(values: Sequence[Any]) -> list[int]:
    """Which of the values are tensors that a gradient flows to."""
    return [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]


def replaced(values: tuple[Any, ...], places: list[int], new: Sequence[Any]) -> tuple[Any, ...]:
    """The values with some of them exchanged."""
    exchanged = dict(zip(places, new, strict=True))
    return tuple(exchanged.get(i, value) for i, value in enumerate(values))


def shown(grad: Any) -> Any:
    """A gradient as hooks see it: a Tensor, or None."""
    return grad if grad is None or isinstance(grad, Tensor) else tensor_of(grad)


def answer(
    returned: Any, grads: tuple[Any, ...], what: str = "Backward hook", name: str = "grad_input"
) -> tuple[Any, ...]:
    """The gradients as a hook's answer leaves them. Raises RuntimeError for an answer of the wrong length."""
    if returned is None:
        return grads
    answers = returned if isinstance(returned, tuple) else (returned,)
    if len(answers) != len(grads):
        raise RuntimeError(
            f"{what} returned an invalid number of {name}, got {len(answers)}, but expected {len(grads)}: return None, "
            "or one gradient (or None) for each"
        )
    return answers
