"""The engine's graph as plain data: tensors, the operations between them, and who feeds whom.

The engine's own graph is made for walking back and knows no more than that takes. Here it is
turned round into what a reader wants to see: operations in the order in which they happened,
each with the tensors that went in and came out. Everything that shows a graph starts from this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from autograd.arrays import Array, ndarray
from autograd.engine import topological_order
from autograd.graph import AccumulateGrad, Freed, Part
from autograd.tensor import Tensor

Shape = tuple[int, ...]


class Role(Enum):
    """What a tensor is in its graph."""

    LEAF = "leaf"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    RESULT = "result"


@dataclass(eq=False)
class Value:
    """A tensor of the graph.

    Attributes:
        key: a name for this drawing's own use, without repeats.
        role: leaf, parameter, constant or result.
        node: the engine's node, which a gradient would arrive at; None for a constant.
        tensor: the Tensor itself; None if nobody holds it any more, or nobody told us who does.
        index: which result of its operation this is, where there are several.
        name: what the user calls it, if we know.
        is_output: whether it is what the user asked to see.
        arrived: the gradient that a walk back for show has found; it is shown rather than the tensor's own.
    """

    key: str
    role: Role
    node: Any = None
    tensor: Tensor | None = None
    index: int | None = None
    name: str = ""
    is_output: bool = False
    arrived: Array | None = None

    @property
    def array(self) -> Array | None:
        """The numbers, if they are still at hand."""
        if self.tensor is not None:
            return np.asarray(self.tensor.array)
        result = getattr(self.node, "result", None)
        return None if result is None or isinstance(result, tuple) else np.asarray(result)

    @property
    def shape(self) -> Shape | None:
        """The shape; None for a tensor that is gone and left no trace of it."""
        array = self.array
        if array is not None:
            return array.shape
        if isinstance(self.node, Part):
            shape: Shape = self.node.target.shape[self.node.index]
            return shape
        return getattr(self.node, "result", None)

    @property
    def dtype(self) -> str:
        """The name of the element type; empty if unknown."""
        array = self.array
        return "" if array is None else array.dtype.name

    @property
    def grad(self) -> Array | None:
        """The gradient: a leaf's `.grad`, or what last arrived at a result; None if there is none to show."""
        if self.arrived is not None:
            return self.arrived
        kept = None if self.tensor is None else getattr(self.tensor, "_grad", None)  # `.grad` warns for results
        if kept is not None:
            return np.asarray(kept.array)
        arrived = getattr(self.node, "grad", None)
        return np.asarray(arrived) if isinstance(arrived, (ndarray, np.generic)) else None

    @property
    def takes_grad(self) -> bool:
        """Whether a gradient flows to or through it."""
        return self.node is not None

    @property
    def was_passed(self) -> bool:
        """Whether a backward pass has come by: then a gradient that we can't show was not kept."""
        return isinstance(getattr(self.node, "saved", None), Freed)


@dataclass(eq=False)
class Input:
    """What an operation reads at one of its places: a tensor, or None for one that is not shown."""

    name: str
    value: Value | None


@dataclass(eq=False)
class Operation:
    """Something that was done: the op, what went in, what came out."""

    key: str
    node: Any
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The op's name, such as "mul"."""
        return str(self.node.op.name)


@dataclass(eq=False)
class Graph:
    """All of it, or its newest part.

    Attributes:
        values: the tensors.
        operations: the operations, oldest first.
        hidden: how many older operations were left out.
    """

    values: list[Value]
    operations: list[Operation]
    hidden: int

    @property
    def outputs(self) -> list[Value]:
        """The tensors that the user asked to see."""
        return [value for value in self.values if value.is_output]

    @property
    def is_cut(self) -> bool:
        """Whether anything was left out."""
        return self.hidden > 0 or any(place.value is None for o in self.operations for place in o.inputs)

    @property
    def orphans(self) -> list[Value]:
        """The results whose operations were left out."""
        made = {value.key for operation in self.operations for value in operation.outputs}
        return [value for value in self.values if value.role is Role.RESULT and value.key not in made]


def read_graph(tensors: Sequence[Tensor], limit: int) -> Graph:
    """The graph that leads to these tensors; of a large one the newest part, with at most `limit` boxes."""
    return GraphReader(limit).read(tensors)


class GraphReader:
    """Collects tensors and operations, newest first, until there is no more room."""

    def __init__(self, limit: int) -> None:
        self.room = limit
        self.known: dict[int, Value] = {}
        self.operations = 0

    def read(self, tensors: Sequence[Tensor]) -> Graph:
        """Walk from the results to the leaves."""
        for tensor in tensors:
            root = self.value_at(tensor.node, tensor) if tensor.requires_grad else self.constant(tensor)
            if root is not None:
                root.tensor, root.is_output = tensor, True
        nodes, _ = topological_order(dict.fromkeys(t.node for t in tensors if t.node is not None))
        parts: dict[Any, list[Part]] = {}
        operations: list[Operation] = []
        hidden = 0
        for node in nodes:
            if isinstance(node, Part):
                parts.setdefault(node.target, []).insert(0, node)
            elif self.room > 0:
                operations.append(self.operation(node, parts.get(node, [node])))
            else:
                hidden += 1
        return Graph(list(self.known.values()), operations[::-1], hidden)

    def operation(self, node: Any, results: Iterable[Any]) -> Operation:
        """An operation, with the tensors around it that there is room for."""
        self.room -= 1
        self.operations += 1
        operation = Operation(f"op{self.operations}", node)
        operation.outputs = [value for result in results if (value := self.value_at(result)) is not None]
        constants = node.constants or (None,) * len(node.edges)
        for name, edge, constant in zip(input_names(node), node.edges, constants, strict=True):
            if edge is not None:
                operation.inputs.append(Input(name, self.value_at(edge)))
            elif constant is not None:
                operation.inputs.append(Input(name, self.constant(constant)))
        return operation

    def value_at(self, node: Any, tensor: Tensor | None = None) -> Value | None:
        """The tensor whose gradient arrives at this node; None if there is no room for it."""
        if isinstance(node, AccumulateGrad):
            tensor = node.variable
            role = Role.PARAMETER if getattr(tensor, "is_parameter", False) else Role.LEAF
            return self.seen(node, role, tensor, node)
        return self.seen(node, Role.RESULT, tensor, node)

    def constant(self, held: Any) -> Value | None:
        """An input without gradient: the engine holds large ones weakly, so it may be gone."""
        tensor = held if isinstance(held, Tensor) else held()
        return self.seen(held if tensor is None else tensor, Role.CONSTANT, tensor, None)

    def seen(self, origin: Any, role: Role, tensor: Tensor | None, node: Any) -> Value | None:
        """The value that stands for `origin`: the one we have, else a new one if there is room."""
        value = self.known.get(id(origin))
        if value is None and self.room > 0:
            self.room -= 1
            index = node.index if isinstance(node, Part) else None
            value = self.known[id(origin)] = Value(f"t{len(self.known)}", role, node, tensor, index)
        return value


def input_names(node: Any) -> list[str]:
    """What the op calls the inputs that a gradient could flow to, one per edge."""
    parameters = [parameter.public for parameter in getattr(node.op, "inputs", ())]
    if len(parameters) == len(node.edges):
        return parameters
    stem = parameters[0].rstrip("s") if parameters else "input"
    return [f"{stem} {position}" for position in range(len(node.edges))]
