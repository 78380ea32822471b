"""The backward pass as steps that can be told: what arrived at each operation, and what it sent where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.engine import leading_to, topological_order
from autograd.graph import Part, Parts
from autograd.tensor import Tensor
from autograd.view.code_names import Names
from autograd.view.graph import Graph, Operation, Role, Value, read_graph
from autograd.view.names import name_values
from autograd.view.saved import is_operation, operand_tensors
from autograd.view.walking import hooked, steps_back

PROBED = 4_096
"""How many elements a result may have for its op's derivative to be looked at element by element."""


@dataclass(eq=False)
class Sent:
    """What an operation sent to one of its inputs.

    Attributes:
        parameter: the name of the input in the op's formulas.
        value: the input.
        amount: the gradient that was sent.
        total: the gradient of the input with all that has arrived up to here.
        local: the derivative of each element of the result by that of the input, where it is one of element by element.
        is_last: whether no further contribution to this input follows.
    """

    parameter: str
    value: Value
    amount: Array
    total: Array
    local: Array | None
    nth: int
    is_last: bool = True

    @property
    def is_only(self) -> bool:
        """Whether nothing else was sent to this input."""
        return self.nth == 1 and self.is_last


@dataclass(eq=False)
class Step:
    """The visit of the backward pass to one operation."""

    number: int
    operation: Operation
    operands: dict[str, Value]
    result: Value
    arrived: Array
    sent: list[Sent] = field(default_factory=list)


@dataclass(eq=False)
class Walk:
    """All that is told: the graph, the steps, the gradients of the leaves, and how many steps are left out."""

    graph: Graph
    labels: dict[str, str]
    root: Value
    steps: list[Step]
    gradients: dict[str, Array]
    leaves: list[Value]
    left_out: int
    has_hooks: bool


def walk_through(loss: Tensor, wrt: list[Tensor] | None, limit: int, name: str, *sources: Any) -> Walk:
    """Walk back from a tensor and note the steps, at most `limit` of them, those that lead to `wrt` if it is given."""
    steps = steps_back(loss, name)
    first = next(steps)  # which finds out whether there is a graph to read
    operations, leaves = topological_order([loss.node])
    graph = read_graph([loss], limit * 5 + 5)
    note = Notes(graph, limit, None if wrt is None else leading_to({t.node for t in wrt}, [loss.node]))
    note.add_leaves([leaf for leaf in leaves if wrt is None or any(leaf is t.node for t in wrt)])
    if wrt is not None:
        note.add_results(wrt)
    named = [list(source) for source in sources]
    name_values(graph, *named)
    note.visit(*first)
    for node, g, sent in steps:
        note.visit(node, g, sent)
    note.mark_last()
    return Walk(
        graph, labels_of(graph, named), note.root, note.steps, note.gradients, note.leaves, note.left_out,
        hooked([*operations, *leaves]),
    )  # fmt: skip


def labels_of(graph: Graph, sources: list[list[Any]]) -> dict[str, str]:
    """What to call each tensor: as the user does, else as textbooks do."""
    named = {v.key: v.name for v in graph.values if v.name}
    names = Names(named.values(), {name for source in sources for name, _ in source})
    numbers = {v.key: number_of(v) for v in graph.values if v.role is Role.CONSTANT and number_of(v)}
    return names.of_values(graph.values, graph.operations) | numbers | named


def number_of(value: Value) -> str:
    """A constant of rank 0 as a number."""
    array = value.array
    if array is None or array.ndim or array.dtype.kind not in "fiu":
        return ""
    return f"{array.item():.4g}" if array >= 0 else f"({array.item():.4g})"


class Notes:
    """Keeps what a walk passes by."""

    def __init__(self, graph: Graph, limit: int, wanted: set[Any] | None) -> None:
        self.graph, self.limit, self.wanted = graph, limit, wanted
        self.by_node = {id(v.node): v for v in graph.values if v.node is not None}
        self.by_tensor = {id(v.tensor): v for v in graph.values if v.tensor is not None}
        self.operations = {id(o.node): o for o in graph.operations}
        self.root = next(v for v in graph.values if v.is_output)
        self.steps: list[Step] = []
        self.left_out = 0
        self.totals: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.gradients: dict[str, Array] = {}
        self.leaves: list[Value] = []
        self.wanted_results: dict[int, Value] = {}

    def add_leaves(self, nodes: list[Any]) -> None:
        """Enter the leaves that are to be told of, also where there was no room for them in the graph."""
        for node in nodes:
            tensor = node.variable
            if id(node) not in self.by_node:
                role = Role.PARAMETER if getattr(tensor, "is_parameter", False) else Role.LEAF
                self.by_node[id(node)] = Value(f"leaf{len(self.by_node)}", role, node, tensor)
                self.graph.values.append(self.by_node[id(node)])
            self.leaves.append(self.by_node[id(node)])

    def add_results(self, tensors: list[Tensor]) -> None:
        """Enter the results among what is asked for."""
        for tensor in tensors:
            if not tensor.is_leaf and id(tensor.node) in self.by_node:
                value = self.by_node[id(tensor.node)]
                self.wanted_results[id(tensor.node)] = value
                self.leaves.append(value)

    def visit(self, node: Any, g: Any, sent: Any) -> None:
        """Note one step of the walk."""
        if id(node) in self.wanted_results:
            self.gradients[self.wanted_results[id(node)].key] = np.array(g)
        if sent is None:
            value = self.by_node.get(id(node))
            if value is not None and value in self.leaves:
                self.gradients[value.key] = np.asarray(g)
            return
        if isinstance(node, Part) or (self.wanted is not None and node not in self.wanted):
            return
        operation = self.operations.get(id(node))
        if operation is None or len(self.steps) >= self.limit:
            self.left_out += 1
            return
        self.steps.append(self.step(operation, node, g, sent))

    def step(self, operation: Operation, node: Any, g: Any, sent: Any) -> Step:
        """What there is to tell of a step."""
        arrived = next(iter(g.arrived.values())) if isinstance(g, Parts) else g
        operands = self.operands(operation, node)
        names = edge_names(node)
        locals_ = local_derivatives(node, g, sent)
        step = Step(len(self.steps) + 1, operation, operands, operation.outputs[0], np.asarray(arrived))
        for name, edge, amount, local in zip(names, node.edges, sent, locals_, strict=True):
            if edge is None or amount is None or (self.wanted is not None and edge not in self.wanted):
                continue
            value = self.by_node.get(id(edge))
            if value is not None:
                step.sent.append(self.noted(name, value, amount, local))
        return step

    def noted(self, name: str, value: Value, amount: Any, local: Any) -> Sent:
        """A contribution, with what has been added up by it."""
        array = np.asarray(amount)
        known = self.totals.get(value.key)
        self.totals[value.key] = array if known is None else known + array
        self.counts[value.key] = self.counts.get(value.key, 0) + 1
        return Sent(name, value, array, np.asarray(self.totals[value.key]), local, self.counts[value.key])

    def operands(self, operation: Operation, node: Any) -> dict[str, Value]:
        """The tensors behind the letters of the op's formulas."""
        if not is_operation(node):
            return {}
        found = {}
        for name, edge, tensor in operand_tensors(node):
            value = self.by_node.get(id(edge)) if edge is not None else self.by_tensor.get(id(tensor))
            if value is None and edge is None and tensor is not None:
                value = Value(f"k{len(self.graph.values)}", Role.CONSTANT, None, tensor)
                self.by_tensor[id(tensor)] = value
                self.graph.values.append(value)
            if value is not None:
                if value.tensor is None:
                    value.tensor = tensor  # large results are not kept for showing, but a rule may need them
                found[name] = value
        return found

    def mark_last(self) -> None:
        """Note which contributions are followed by others to the same tensor."""
        for step in self.steps:
            for sent in step.sent:
                sent.is_last = sent.nth == self.counts[sent.value.key]


def edge_names(node: Any) -> list[str]:
    """The op's own names for the inputs that its edges belong to."""
    names = [p.name for p in getattr(node.op, "inputs", ())]
    return names if len(names) == len(node.edges) else [str(i) for i in range(len(node.edges))]


def local_derivatives(node: Any, g: Any, sent: Any) -> list[Any]:
    """For each input the derivatives element by element, where an op works so; None for others.

    An op works element by element if a gradient of ones comes out as numbers that turn every
    other gradient into what is sent by a product.
    """
    count = len(node.edges)
    if not is_operation(node) or isinstance(g, Parts) or np.size(g) > PROBED or np.asarray(g).dtype.kind != "f":
        return [None] * count
    probe = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(g)).astype(g.dtype)
    try:
        with np.errstate(all="ignore"):
            ones = node.op.pull(node, np.ones_like(probe), node.edges)
            tried = node.op.pull(node, probe, node.edges)
    except (RuntimeError, ValueError, np.linalg.LinAlgError):
        return [None] * count
    return [
        np.asarray(one) if one is not None and np.shape(one) == np.shape(g) and is_product(t, probe, one) else None
        for one, t in zip(ones, tried, strict=True)
    ]


def is_product(tried: Any, probe: Any, one: Any) -> bool:
    """Whether the gradient that was tried came out as its product with the derivatives."""
    tolerance = 1e-3 if probe.dtype.itemsize < 4 else 1e-5
    return bool(np.allclose(tried, probe * one, rtol=tolerance, atol=0, equal_nan=True))
