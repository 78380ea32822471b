"""A graph as the calls that made it: each operation with all of its operands, and the gradient that reaches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.engine import topological_order
from autograd.graph import AccumulateGrad, Parts
from autograd.tensor import Tensor
from autograd.view.graph import Graph, Operation, Role, Value, read_graph
from autograd.view.saved import is_operation, operand_tensors
from autograd.view.walking import steps_back

MOST = 20_000
"""How many operations a script may have: nobody reads more, and to write them takes minutes."""


@dataclass(eq=False)
class Call:
    """An operation: its operands by parameter (None for one that was left out), and its results by index."""

    operation: Operation
    operands: list[tuple[str, Value | None]]
    results: dict[int, Value] = field(default_factory=dict)

    @property
    def node(self) -> Any:
        """The engine's node."""
        return self.operation.node

    @property
    def op(self) -> Any:
        """The op: for complex numbers, the one that its rules are declared for."""
        return getattr(self.node.op, "plain", self.node.op)

    @property
    def is_conjugated(self) -> bool:
        """Whether the rules are those of complex numbers, between two conjugations."""
        return hasattr(self.node.op, "plain")

    @property
    def shapes(self) -> Any:
        """The shape of the result, or the shapes."""
        return self.node.shape


@dataclass(eq=False)
class Program:
    """The calls, oldest first, the tensors, and the order in which the gradients are found."""

    graph: Graph
    calls: dict[Any, Call]
    backward: list[tuple[Call, Any]]
    kinds: dict[str, Any]
    constants: list[Value]

    @property
    def inputs(self) -> list[Value]:
        """The tensors that the program starts from, in the order in which they are used."""
        operands = (value for call in self.calls.values() for _, value in call.operands)
        return list(dict.fromkeys(v for v in operands if v is not None and v.role is not Role.RESULT))


def read_program(loss: Tensor) -> Program:
    """The calls that lead to a tensor. Raises RuntimeError where one can't be told, or a value is gone."""
    steps = list(steps_back(loss, "to_numpy_code"))
    nodes, _ = topological_order([loss.node])
    if len(nodes) > MOST:
        raise RuntimeError(
            f"to_numpy_code(): the graph has {len(nodes):,} operations, and a script of more than {MOST:,} is not for "
            "reading: give it the loss of a smaller batch, of fewer steps, or of a shorter sequence"
        )
    graph = read_graph([loss], len(nodes) * 100 + 100)
    reader = ProgramReader(graph)
    calls = {operation.node: reader.call(operation) for operation in graph.operations}
    program = Program(graph, calls, [], {}, list(reader.extra.values()))
    for node, g, _ in steps:
        note_kinds(program, node, g)
        if node in calls:
            program.backward.append((calls[node], g))
    return program


def note_kinds(program: Program, node: Any, g: Any) -> None:
    """A result has the dtype of its gradient."""
    for index, part in g.arrived.items() if isinstance(g, Parts) else [(0, g)]:
        call = program.calls.get(node)
        if call is not None and index in call.results:
            program.kinds[call.results[index].key] = part.dtype


class ProgramReader:
    """Finds the tensor behind each operand."""

    def __init__(self, graph: Graph) -> None:
        self.by_node = {id(v.node): v for v in graph.values if v.node is not None}
        self.by_tensor = {id(v.tensor): v for v in graph.values if v.node is None and v.tensor is not None}
        self.extra: dict[int, Value] = {}

    def call(self, operation: Operation) -> Call:
        """An operation with its operands."""
        node = operation.node
        if not is_operation(node):
            raise RuntimeError(
                f"to_numpy_code(): '{operation.name}' is not an op of this library but code of your own (a custom "
                "Function, or a checkpoint), which knows Tensors and not arrays alone: build the loss without it"
            )
        operands = []
        for (name, edge, tensor), optional in zip(operand_tensors(node), may_be_left_out(node), strict=True):
            value = self.value(edge, tensor, node)
            if value is None and not optional:
                raise RuntimeError(
                    f"to_numpy_code(): the input '{name}' of '{operation.name}' is no longer in memory: it was large, "
                    "and the graph does not hold on to such constants. Keep it in a variable until here"
                )
            operands.append((name, value))
        results = {v.index or 0: v for v in operation.outputs}
        return Call(operation, operands, results)

    def value(self, edge: Any, tensor: Any, node: Any) -> Value | None:
        """The tensor at an edge, or a constant."""
        if edge is not None:
            value = self.by_node[id(edge)]
            if isinstance(edge, AccumulateGrad) and value.tensor is None:
                value.tensor = tensor
            self.check_unchanged(value.tensor, node, value.role is not Role.RESULT)
            return None if value.role is not Role.RESULT and value.tensor is None else value
        if tensor is None:
            return None
        if id(tensor) not in self.by_tensor:
            key = f"k{len(self.extra)}"
            self.by_tensor[id(tensor)] = self.extra[id(tensor)] = Value(key, Role.CONSTANT, None, tensor)
        self.check_unchanged(tensor, node, node.op.name not in ("setitem", "copy_slices"))
        return self.by_tensor[id(tensor)]

    def check_unchanged(self, tensor: Any, node: Any, matters: bool) -> None:
        """Raise RuntimeError for an operand that was overwritten after it was used."""
        version = None if tensor is None else tensor.version
        if matters and version is not None and version.time > node.number:
            raise RuntimeError(
                f"to_numpy_code(): an input of '{node.op.name}' (shape {tuple(tensor.array.shape)}) has been overwritten "
                f"by '{version.writer}' at {version.where} since: write the code down before that, for example before "
                "optimizer.step()"
            )


def may_be_left_out(node: Any) -> list[bool]:
    """For each operand whether it may be None."""
    if node.op.variadic:
        return [False] * len(node.edges)
    return [p.is_optional for p in node.op.tensors]


def dummy(value: Value, kinds: dict[str, Any]) -> Any:
    """A tensor's array if the program starts from it; else an array that has its shape and dtype, and zeros."""
    if value.role is not Role.RESULT or (value.array is not None and value.key not in kinds):
        return value.array
    if value.array is not None and value.array.ndim:
        return value.array
    return np.broadcast_to(np.zeros((), kinds.get(value.key, np.float32)), value.shape or ())
