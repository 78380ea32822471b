"""Folding a graph: each call of a module at some depth becomes one box, and equal boxes in a row one with "×N".

What lies wholly inside a box disappears into it: its operations, the results that only these
read, and the parameters and constants that nobody else uses.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from autograd.view.graph import Graph, Input, Operation, Role, Value
from autograd.view.modules import Call, every_call


@dataclass(eq=False)
class Block:
    """A call of a module, folded.

    Attributes:
        key: a name for this drawing's own use, without repeats.
        call: the call; of several equal ones in a row the first.
        last: the last of them.
        inputs, outputs: the tensors that go in and come out.
        operations: what was done inside.
        inside: the tensors that can no longer be seen.
        repeats: how many equal calls in a row this stands for.
    """

    key: str
    call: Call
    last: Call
    inputs: list[Input]
    outputs: list[Value]
    operations: list[Operation]
    inside: list[Value]
    repeats: int = 1

    @property
    def name(self) -> str:
        """What the module is called."""
        return self.call.name if self.repeats == 1 else f"{self.call.name} … {self.last.name}"

    @property
    def parameters(self) -> int:
        """How many numbers the parameters inside have."""
        arrays = [v.array for v in self.inside if v.role is Role.PARAMETER]
        return sum(array.size for array in arrays if array is not None)

    @property
    def form(self) -> Any:
        """What makes it equal to others: the module as it is printed, and what it did."""
        shapes = [v.shape for v in self.outputs]
        return repr(self.call.module), [o.name for o in self.operations], shapes


@dataclass(eq=False)
class Folded(Graph):
    """A graph some of whose operations are blocks.

    Attributes:
        calls: the calls that are still open, to be drawn around what they did.
    """

    calls: list[Call] = field(default_factory=list)


def fold_at(graph: Graph, calls: list[Call], depth: int | None) -> Folded:
    """The graph with the calls at this depth as boxes (0: the outermost ones); None leaves all of them open."""
    closed = [call for call in every_call(calls) if call.depth == depth]
    open_calls = [call for call in every_call(calls) if depth is None or call.depth < depth]
    homes = {operation: call for call in closed for operation in call.every_operation()}
    uses = Counter(value for operation in graph.operations for value in read_by(operation))
    blocks = {call: block_of(call, uses) for call in closed}
    steps: list[Any] = list(dict.fromkeys(blocks[homes[o]] if o in homes else o for o in graph.operations))
    steps = in_rows(steps)
    hidden = {v for step in steps if isinstance(step, Block) for v in step.inside}
    return Folded([v for v in graph.values if v not in hidden], steps, graph.hidden, open_calls)


def depth_that_fits(graph: Graph, calls: list[Call], most: int) -> int | None:
    """The depth to fold at so that at most so many boxes remain: None if all may stay open, else as deep as can be."""
    deepest = max((call.depth for call in every_call(calls)), default=-1)
    for depth in (None, *range(deepest, -1, -1)):
        folded = fold_at(graph, calls, depth)
        if len(folded.values) + len(folded.operations) <= most:
            return depth
    return 0 if calls else None


def block_of(call: Call, uses: Counter[Value | None]) -> Block:
    """The box for a call, given how many operations of the whole graph use each tensor."""
    operations = call.every_operation()
    made = dict.fromkeys(value for operation in operations for value in operation.outputs)
    read = Counter(value for operation in operations for value in read_by(operation))
    outputs = [v for v in made if v.is_output or uses[v] > read[v] or not uses[v]]
    private = [v for v in read if v is not None and v not in made and uses[v] == read[v] and is_part(v)]
    inputs = [Input("", v) for v in read if v not in made and v not in private]
    inside = private + [v for v in made if v not in outputs]
    return Block(f"block_{call.key}", call, call, inputs, outputs, operations, inside)


def read_by(step: Operation | Block) -> set[Value | None]:
    """The tensors that go in, each once; None for those that are not shown."""
    return {place.value for place in step.inputs}


def is_part(value: Value) -> bool:
    """Whether a tensor that only one module reads is a part of it, not an input to it."""
    is_number = value.shape == ()
    return value.role is Role.PARAMETER or (value.role is Role.CONSTANT and ("." in value.name or is_number))


# -- equal blocks in a row ---------------------------------------------------------------------------------


def in_rows(steps: list[Any]) -> list[Any]:
    """The steps with equal blocks that follow one another directly made one."""
    uses = Counter(value for step in steps for value in read_by(step))
    rows: list[Any] = []
    for step in steps:
        before = rows[-1] if rows else None
        if isinstance(step, Block) and isinstance(before, Block) and continues(before, step, uses):
            rows[-1] = joined(before, step)
        else:
            rows.append(step)
    return rows


def continues(before: Block, block: Block, uses: Counter[Value | None]) -> bool:
    """Whether a block does the same as the one before, with what that one gave and nobody else reads."""
    if len(before.outputs) != 1 or before.outputs[0].is_output or [i.value for i in block.inputs] != before.outputs:
        return False
    same_module = before.last.module is block.call.module
    is_equal = before.call.parent is block.call.parent and before.form[0] == block.form[0]
    return uses[before.outputs[0]] == 1 and (same_module or is_equal) and before.form[2] == block.form[2]


def joined(before: Block, block: Block) -> Block:
    """One block for both."""
    inside = before.inside + before.outputs + block.inside
    repeats = before.repeats + block.repeats
    return Block(before.key, before.call, block.last, before.inputs, block.outputs,
                 before.operations + block.operations, inside, repeats)  # fmt: skip
