"""Results that come with a graph: the backward pass of a compiled function, as one node.

When a function is recorded whose result a gradient may flow back from, its graph is walked once, with
ones for the gradients that will arrive, and that walk is written down as a program of its own. A replay
then hangs one node on its results. The node holds what the backward program reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array, ndarray
from autograd.compiled.backward import Walk
from autograd.compiled.program import Built, Instruction, Program, Value
from autograd.compiled.reasons import CannotReplay
from autograd.compiled.recording import Recorder
from autograd.compiled.running import same_tensor
from autograd.dtypes import dtype
from autograd.engine import topological_order
from autograd.graph import SMALL, AccumulateGrad, Node, Part, clock
from autograd.saved import all_parts, overwritten
from autograd.tensor import Tensor, tensor_of


class ReplayedBackward:
    """The `op` of the node that a replay leaves: its rule is the backward program.

    Attributes:
        run: the program; it takes the gradients that arrived and what was saved, and returns one for each edge.
        reaches: for each edge, the results that depend on it.
    """

    name = "compiled"

    def __init__(self) -> None:
        self.shapes: tuple[Any, ...] = ()
        self.reaches: list[set[int]] = []
        self.run: Callable[..., Any] = tuple
        self.source = ""

    @property
    def outputs(self) -> int:
        """The number of results."""
        return len(self.shapes)

    def node_name(self, node: Node) -> str:
        """PyTorch's name for the node of a compiled function."""
        return "CompiledFunctionBackward"

    def begin(self, saved: tuple[Array, ...], watched: tuple[Tensor, ...], sources: tuple[Tensor, ...]) -> Node:
        """The node of a run, with what its backward pass will read; `watched` must not be written to until then."""
        node = object.__new__(Node)
        node.op = self  # type: ignore[assignment]
        node.edges = tuple([tensor.node for tensor in sources])
        node.saved = saved, watched
        node.extras = None
        node.number = next(clock)
        node.result = self.shapes
        return node

    def result(self, node: Node, index: int, array: Array, d: dtype) -> Tensor:
        """One of the run's results, as a tensor with its place in the graph."""
        if len(self.shapes) == 1:
            node.result = array if array.__class__ is not ndarray or array.size <= SMALL else array.shape
            return tensor_of(array, d, node)
        return tensor_of(array, d, Part(node, index))

    def pull(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by what the function was given."""
        saved, watched = node.saved
        for tensor in watched:
            if tensor.version is not None and tensor.version.time > node.number:
                raise overwritten(node, "an input", tensor.array, tensor.version)
        if len(self.shapes) == 1:
            return self.run((g,), saved)
        arrived = g.arrived.keys()
        found = self.run(all_parts(g, self.shapes), saved)
        return tuple([None if reach.isdisjoint(arrived) else f for reach, f in zip(self.reaches, found, strict=True)])

    def pull_tensors(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """Not written down: a compiled backward pass can't be differentiated."""
        raise RuntimeError(
            "a compiled function does not support double backward: its backward pass is a program on arrays. Call the "
            "function itself, not what compile() made of it, where create_graph=True is needed"
        )


class Graph:
    """The backward pass of the results of a recorded run."""

    def __init__(self, recorder: Recorder, outputs: list[Tensor]) -> None:
        self.recorder = recorder
        self.outputs = outputs
        self.own = set(recorder.nodes)
        forward, recorder.instructions = recorder.instructions, []
        self.made = {value for instruction in forward for value in instruction.made()}
        self.cotangents: list[Value] = []
        self.walk_back()
        self.instructions, recorder.instructions = recorder.instructions, forward

    def walk_back(self) -> None:
        """Walk from the results to the tensors that the function was given."""
        walk = Walk(self.recorder, None)
        arrived: dict[Any, Any] = {}
        reach: dict[Any, set[int]] = {}
        for index, tensor in enumerate(self.outputs):
            one = np.ones(tensor.array.shape, tensor.dtype.dtype)[()]
            self.cotangents.append(self.recorder.result(one))
            walk.send(tensor.node, self.cotangents[-1])
            arrived[tensor.node] = arrived[tensor.node] + one if tensor.node in arrived else one
            reach.setdefault(tensor.node, set()).add(index)
        operations, leaves = topological_order([tensor.node for tensor in self.outputs])
        for node in operations:
            if node not in arrived or not self.is_own(node):
                continue
            g = arrived.pop(node)
            sent = node.op.pull(node, g, node.edges)
            walk.step(node, g, sent)
            for edge, contribution in zip(node.edges, sent, strict=True):
                if contribution is not None:
                    arrived[edge] = arrived[edge] + contribution if edge in arrived else contribution
                    reach.setdefault(edge, set()).update(reach[node])
        self.ends = [node for node in (*leaves, *operations) if node in arrived]
        self.values = [walk.arrived[node] for node in self.ends]
        self.reach = [reach[node] for node in self.ends]

    def is_own(self, node: Any) -> bool:
        """Whether a node was recorded in this run."""
        return (node.target if isinstance(node, Part) else node) in self.own

    def source_of(self, node: Any) -> Value | None:
        """The given tensor at a node where the walk ends; None for a leaf that the function has made itself."""
        for value in self.recorder.outside.values():
            if value.tensor.node is node:
                return value
        if isinstance(node, AccumulateGrad):
            return None
        raise CannotReplay("it uses a result from outside that a gradient flows through")

    def finish(self, op: ReplayedBackward, node: Value) -> tuple[Program, Instruction]:
        """The backward program of an op, and the instruction that begins its node."""
        sources = [self.source_of(node) for node in self.ends]
        kept = [(v, s, r) for v, s, r in zip(self.values, sources, self.reach, strict=True) if s is not None]
        returned = tuple(self.own_array(value, i, [v for v, _, _ in kept]) for i, (value, _, _) in enumerate(kept))
        program = Program(self.instructions, returned).without_dead_code()
        read = dict.fromkeys(value for instruction in program.instructions for value in instruction.reads())
        read |= dict.fromkeys(program.values_returned())
        given = [v for v in read if v.origin is not None]
        saved = [v for v in read if v in self.made or (v.origin is not None and v.is_argument)]
        op.shapes, op.reaches = tuple(t.array.shape for t in self.outputs), [r for _, _, r in kept]
        edges = tuple(Built(same_tensor, (s,)) for _, s, _ in kept)
        watched = tuple(Built(same_tensor, (v,)) for v in given)
        begin = Instruction(op.begin, "graph_node", (tuple(saved), watched, edges), results=[node])
        program.parameters = (tuple(self.cotangents), tuple(saved))
        return program, begin

    def own_array(self, value: Value, place: int, values: list[Value]) -> Value:
        """A gradient in memory that no other gradient that is returned lies in."""
        if value in values[:place] or (value in self.cotangents and len(self.cotangents) > 1) or value.is_given:
            copy = Value(None)
            self.instructions.append(Instruction(np.copy, "np.copy", (value,), results=[copy], part="backward"))
            return copy
        return value
