"""Which module did which operations: found by when the modules were called.

A module remembers when it was called by the clock that numbers the graph's nodes. So the
operations of a call are those numbered between its start and its end, and a call that lies within
another was made by it. Nothing of this is known to the graph itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from autograd.view.graph import Graph, Operation
from autograd.view.names import Named, is_module, reachable


@dataclass(eq=False)
class Call:
    """One call of a module.

    Attributes:
        key: a name for this drawing's own use, without repeats.
        path: how one gets to the module from a variable, such as "model.fc1".
        module: the module.
        start, end: the time of the call, as nodes are numbered.
        parent: the call that it was made in; None for an outermost one.
        calls: the calls made in it.
        operations: the operations it did itself, not through calls.
    """

    key: str
    path: str
    module: Any
    start: int
    end: int
    parent: Call | None = None
    calls: list[Call] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)

    @property
    def depth(self) -> int:
        """How many calls it lies in."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def name(self) -> str:
        """The last steps of the path: those from the module that made this call."""
        if self.parent is None:
            return self.path
        return self.path.removeprefix(self.parent.path).removeprefix(".")

    @property
    def kind(self) -> str:
        """The module's type."""
        return type(self.module).__name__

    def every_operation(self) -> list[Operation]:
        """The operations of this call and of those made in it, in order."""
        found = self.operations + [o for call in self.calls for o in call.every_operation()]
        return sorted(found, key=lambda operation: operation.node.number)


def calls_of(graph: Graph, *sources: Iterable[Named]) -> list[Call]:
    """The outermost calls that the graph's operations were done in, of the modules that the sources lead to."""
    calls = [
        Call("", path, module, start, end)
        for path, module in modules_of(*sources)
        for start, end in vars(module).get("_calls", ())
    ]
    outermost: list[Call] = []
    starting = sorted(calls, key=lambda call: (call.start, -call.end))
    open_calls: list[Call] = []
    for operation in graph.operations:  # oldest first, as are the calls
        number = operation.node.number
        while starting and starting[0].start < number:
            call = starting.pop(0)
            if call.end > number:
                open_calls.append(call)
        open_calls = [call for call in open_calls if call.end > number]
        if open_calls:
            place(open_calls, operation, outermost)
    for position, call in enumerate(every_call(outermost)):
        call.key = f"call{position}"
    return outermost


def place(chain: list[Call], operation: Operation, outermost: list[Call]) -> None:
    """Note an operation at the innermost of the calls it lies in, and each call at the one around it."""
    for around, call in zip([None, *chain], chain, strict=False):
        siblings = outermost if around is None else around.calls
        if call not in siblings:
            siblings.append(call)
            call.parent = around
    chain[-1].operations.append(operation)


def modules_of(*sources: Iterable[Named]) -> list[Named]:
    """The modules that the sources lead to, with their submodules, each by the first path that leads there."""
    found: dict[int, Named] = {}
    for source in sources:
        for name, value in reachable(source):
            if is_module(value):
                for path, module in value.named_modules():
                    found.setdefault(id(module), (f"{name}.{path}" if path else name, module))
    return list(found.values())


def every_call(calls: Iterable[Call]) -> list[Call]:
    """These calls and all that were made in them, outer before inner."""
    return [found for call in calls for found in (call, *every_call(call.calls))]
