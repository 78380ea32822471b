"""`why_no_grad`: why a tensor has no gradient, where that was decided, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

import numpy as np

from autograd.engine import topological_order
from autograd.graph import calling_frame
from autograd.tensor import Tensor
from autograd.view.assignments import Assignment, last_assignment
from autograd.view.names import reachable, variables
from autograd.view.saved import freed_at
from autograd.view.wording import printable, shape_text


@dataclass(frozen=True, repr=False)
class Reason:
    """Why a tensor has no gradient.

    Attributes:
        kind: "has one", "integer", "cut off", "constant", "not kept", "rebound", "not called", "not used", "cleared".
        text: the reason, in sentences.
        cure: what to do.
        where: file:line where it was decided, if that could be found out.
    """

    kind: str
    text: str
    cure: str
    where: str = ""

    def __str__(self) -> str:
        place = f"\nWhere: {self.where}" if self.where else ""
        cure = f"\nWhat to do: {self.cure}" if self.cure else ""
        return f"{self.text}{place}{cure}"

    __repr__ = __str__


def why_no_grad(t: Tensor, loss: Tensor | None = None) -> Reason:
    """Say why `t.grad` is None: what cut the tensor off or was forgotten, on which line, and the cure.

    Args:
        t: the tensor.
        loss: the result whose gradient was expected; left out, the caller's variables are searched.

    Raises TypeError for what is no tensor.

    >>> import autograd
    >>> w = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> y = w * 3
    >>> print(autograd.why_no_grad(w))
    No backward pass has come by: w is used in the computation of y, and backward() was not called on that yet.
    What to do: y.sum().backward() fills w.grad.
    """
    for given in (t, *([] if loss is None else [loss])):
        if not isinstance(given, Tensor):
            raise TypeError(f"why_no_grad(): expected a Tensor but got {type(given).__name__}")
    return Inquiry(t, sys._getframe(1)).reason(loss)


def reason_without_gradient(t: Tensor) -> str:
    """Why no gradient flows to a tensor, for errors of tools that need one."""
    return str(Inquiry(t, calling_frame()).reason(None))


class Inquiry:
    """One question, with what the variables and the source of the code that asks it tell."""

    def __init__(self, t: Tensor, frame: FrameType) -> None:
        self.t, self.frame = t, frame
        self.tensors = [(n, v) for n, v in reachable(variables(frame)) if isinstance(v, Tensor)]
        self.name = self.name_of(t)
        self.assignment = last_assignment(self.name, frame)

    def name_of(self, tensor: Tensor) -> str:
        """What the caller calls a tensor."""
        found = next((name for name, v in self.tensors if v is tensor), None)
        return printable(found) if found else f"the tensor of shape {shape_text(tensor.shape)}"

    def reason(self, loss: Tensor | None) -> Reason:
        """The reason, from the most particular to the most general."""
        t = self.t
        if getattr(t, "_grad", None) is not None:
            return Reason(
                "has one", f"{self.name} has a gradient: its .grad is a tensor of shape {shape_text(t.shape)}.", ""
            )
        if not t.requires_grad:
            return self.without_flag()
        if not t.is_leaf:
            return self.of_result()
        return self.of_leaf(loss)

    # -- requires_grad is False ---------------------------------------------------------------------------

    def without_flag(self) -> Reason:
        """Nothing flows to the tensor."""
        if not (self.t.dtype.is_floating_point or self.t.dtype.is_complex):
            return self.of_integers()
        cut = self.cut()
        if cut is not None:
            return cut
        source = self.shared_with()
        if source:
            return Reason(
                "cut off",
                f"{self.name} has requires_grad=False: it shows the memory of {source}, which requires a gradient, but "
                "was cut off from the graph, by detach(), .data or .numpy().",
                f"use {source} itself where a gradient is wanted.", self.where(),
            )  # fmt: skip
        return Reason(
            "constant",
            f"{self.name} has requires_grad=False: it was made without requires_grad=True, or computed from tensors that "
            "all have requires_grad=False, or under no_grad().",
            self.cure_for_constant(), self.where(),
        )  # fmt: skip

    def cure_for_constant(self) -> str:
        """Which tensors to set requires_grad=True on."""
        floats = {n for n, v in self.tensors if v.is_leaf and v.dtype.is_floating_point and v is not self.t}
        inputs = [n for n in (self.assignment.reads if self.assignment else ()) if n in floats]
        if inputs:
            which = " or ".join(inputs)
            return (
                f"set requires_grad=True on {which} before computing {self.name}; on the result it would be too late."
            )
        return f"set requires_grad=True on it before it is used: {self.short()}.requires_grad_()."

    def of_integers(self) -> Reason:
        """Whole numbers and truth values have no derivatives."""
        kind = self.t.dtype.name
        how = f", by {self.assignment.cause}" if self.assignment and self.assignment.cause else ""
        return Reason(
            "integer",
            f"{self.name} is of dtype {kind}{how}: it can only change in jumps, so it has no derivative, and nothing flows "
            "through a conversion to integers, a comparison or an argmax.",
            f"compute with floats: {self.short()}.float() for a new leaf, or a smooth function (softmax for argmax, "
            "sigmoid for a comparison).", self.where(),
        )  # fmt: skip

    def cut(self) -> Reason | None:
        """What the source says: a line that cuts the graph, for this tensor or for what it was computed from."""
        for assignment in self.history():
            if assignment.cause:
                about = (
                    self.name
                    if assignment.name == self.name
                    else f"{self.name} is computed from {assignment.name}, which"
                )
                return Reason(
                    "cut off",
                    f"{about} has requires_grad=False: {assignment.cause} cut it off from the graph, in `{assignment.text}`.",
                    assignment.cure, assignment.where,
                )  # fmt: skip
        return None

    def history(self) -> Iterator[Assignment]:
        """The line that made the tensor, then those that made the tensors it was made of, as far as they can be told."""
        waiting = [self.assignment] if self.assignment else []
        seen: set[str] = set()
        while waiting and len(seen) < 50:
            assignment = waiting.pop(0)
            if assignment.name in seen:
                continue
            seen.add(assignment.name)
            yield assignment
            known = dict(self.tensors)
            for name in assignment.reads:
                if name in known and not known[name].requires_grad:
                    found = last_assignment(name, self.frame)
                    waiting += [found] if found else []

    def shared_with(self) -> str:
        """The name of a tensor on the same memory to which a gradient flows."""
        for name, other in self.tensors:
            if other is not self.t and other.requires_grad and same_memory(other, self.t):
                return printable(name)
        return ""

    # -- a result -----------------------------------------------------------------------------------------

    def of_result(self) -> Reason:
        """A gradient flows through, but is not kept."""
        made = self.t.grad_fn.op.name
        if self.assignment and self.assignment.name in self.assignment.reads:
            return Reason(
                "rebound",
                f"{self.name} is no leaf any more: `{self.assignment.text}` gave its name to a new tensor, the result of "
                f"'{made}', and backward() keeps gradients for leaves alone.",
                f"change the leaf in place, outside the graph: with autograd.no_grad(): {self.short()} -= ...",
                self.where(),
            )  # fmt: skip
        if self.t.retains_grad:
            return Reason(
                "not called", f"{self.name} will keep its gradient, but no backward pass has come by since retain_grad().",
                "call backward() on a result that depends on it.", self.where(),
            )  # fmt: skip
        return Reason(
            "not kept",
            f"{self.name} is not a leaf but the result of '{made}': gradients flow through it, and backward() keeps them "
            "for leaves alone, to save memory.",
            f"call {self.short()}.retain_grad() before backward(), or ask for it: autograd.grad(loss, {self.short()}).",
            self.where(),
        )  # fmt: skip

    # -- a leaf -------------------------------------------------------------------------------------------

    def of_leaf(self, loss: Tensor | None) -> Reason:
        """It wants a gradient: was there a backward pass, and did it come by?"""
        results = [(self.name_of(loss), loss)] if loss is not None else self.results()
        for name, result in results:
            if not result.requires_grad:
                reason = Inquiry(result, self.frame).reason(None)
                return replace(reason, text=f"No gradient leaves {name}, the result: {reason.text}")
            operations, leaves = topological_order([result.node])
            if self.t.node not in leaves and self.t.node is not result.node:
                continue
            where = freed_at(operations)
            if where:
                return Reason(
                    "cleared",
                    f"The backward pass of {name} at {where} has come by, and {self.name}.grad is None since: it was "
                    "cleared, by zero_grad() or .grad = None; or the gradients went elsewhere, by grad() or inputs=.",
                    "read .grad between backward() and zero_grad().",
                )
            call = f"{name}.backward()" if result.numel() == 1 else f"{name}.sum().backward()"
            return Reason(
                "not called",
                f"No backward pass has come by: {self.name} is used in the computation of {name}, and backward() was not "
                "called on that yet.", f"{call} fills {self.name}.grad.",
            )  # fmt: skip
        return self.unused(results, loss)

    def unused(self, results: list[Any], loss: Tensor | None) -> Reason:
        """No result depends on it."""
        which = (
            f"{results[0][0]} does not depend"
            if loss is not None
            else "none of the results among your variables depends"
        )
        source = self.shared_with_constant()
        if source:
            return Reason(
                "cut off",
                f"{capital(which)} on {self.name}: {source} shows its memory but was cut off from the graph, by detach(), "
                ".data or .numpy(), and perhaps that was used instead.", f"use {self.name} itself.",
            )  # fmt: skip
        line = self.mention()
        return Reason(
            "not used",
            f"{capital(which)} on {self.name}: no operation leads from it there. It was not used, or only "
            "under no_grad(), through detach(), .data, .numpy() or .item(), or in a conversion to integers.",
            f"use {self.name} in the computation of the loss; autograd.draw(loss) shows what it depends on.", line,
        )  # fmt: skip

    def mention(self) -> str:
        """The first line that reads the tensor and cuts it off."""
        for name, other in self.tensors:
            if other is not self.t and not other.requires_grad:
                found = last_assignment(name, self.frame)
                if found and found.cause and self.name in found.reads:
                    return f"{found.where}: {found.text}"
        return ""

    def shared_with_constant(self) -> str:
        """The name of a tensor on the same memory to which no gradient flows."""
        for name, other in self.tensors:
            if other is not self.t and not other.requires_grad and same_memory(other, self.t):
                return printable(name)
        return ""

    def results(self) -> list[Any]:
        """The results among the caller's variables, the newest first."""
        found = [(printable(n), v) for n, v in self.tensors if v.requires_grad and not v.is_leaf]
        return sorted(found, key=lambda item: -item[1].node.number)

    def where(self) -> str:
        """The line that made the tensor."""
        return f"{self.assignment.where}: {self.assignment.text}" if self.assignment else ""

    def short(self) -> str:
        """A name to write into a cure."""
        return "t" if self.name.startswith("the tensor") else self.name


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def same_memory(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors show the same memory."""
    if not (isinstance(a.array, np.ndarray) and isinstance(b.array, np.ndarray)):
        return False
    return a.array.size > 0 and bool(np.may_share_memory(a.array, b.array))
