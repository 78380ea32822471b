"""Writing a backward pass down: the rules that ran, and the sums where gradients met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.arrays import ndarray
from autograd.compiled.program import Instruction, Value
from autograd.compiled.reasons import CannotReplay
from autograd.compiled.running import accumulate, add, add_into
from autograd.graph import AccumulateGrad, Freed, Node, Part
from autograd.modes import state
from autograd.saved import undo_broadcast
from autograd.tensor import Tensor

if TYPE_CHECKING:
    from autograd.compiled.recording import Recorder


class Walk:
    """One walk back through the graph, mirrored: which values have arrived at which nodes."""

    def __init__(self, recorder: Recorder, of: Any) -> None:
        self.recorder = recorder
        self.of = of
        self.arrived: dict[Any, Any] = {}

    @classmethod
    def of_now(cls, recorder: Recorder, known: Walk | None) -> Walk:
        """The walk that is going on: the known one, unless another has begun."""
        return known if known is not None and known.of is state.walk else cls(recorder, state.walk)

    # -- steps ------------------------------------------------------------------------------------------

    def step(self, node: Any, g: Any, sent: Any) -> None:
        """A node was visited: g arrived, and this was sent to its inputs."""
        if isinstance(g, Tensor) or (hasattr(g, "arrived") and any(isinstance(p, Tensor) for p in g.arrived.values())):
            return  # a walk that is itself recorded: its operations are told of like any others
        if getattr(node, "extras", None) is not None and any(
            (node.extras.before, node.extras.prehooks, node.extras.after, node.extras.post, node.extras.keep)
        ):
            raise CannotReplay("hooks run on its gradients")
        if not isinstance(node, AccumulateGrad) and getattr(node, "target", node) not in self.recorder.nodes:
            raise CannotReplay("a backward pass goes on into a graph that was there before")
        value = self.value_at(node, g)
        if sent is None:
            self.end(node, g, value)
        elif isinstance(node, Part):
            self.send(node.target, {node.index: value})
        elif isinstance(node, Node) and hasattr(node.op, "forward") and not hasattr(node.op, "plain"):
            if node.op.outputs != 1:
                value = self.all_parts(value, node, next(iter(g.arrived.values())).dtype)
            self.pull(node, value, sent)
        else:
            raise CannotReplay(f"the backward of {node.name()} is not made of rules on arrays")

    def value_at(self, node: Any, g: Any) -> Any:
        """The value of the gradient that has arrived at a node; at a root, a one or a gradient that was given."""
        found = self.arrived.pop(node, None)
        if found is None:
            known = self.recorder.values.get(id(g))
            if known is None and not np.all(np.equal(g, 1)):
                raise CannotReplay("a backward pass starts from a gradient that was made behind the recording's back")
            found = known or self.recorder.constant(g)
        if isinstance(found, Value) and id(g) not in self.recorder.values:
            if found.example is not None:  # a leaf gets a gradient of its own
                found = self.recorder.emit(np.copy, "np.copy", (found,), part="backward")
            self.recorder.enter(g, found)
            found.example = g
        return found

    def end(self, node: Any, g: Any, value: Any) -> None:
        """A gradient has come to a leaf, or to where it was asked for."""
        if not isinstance(node, AccumulateGrad) or state.walk[2] is not None:
            return  # `grad` returns it; that it is known is enough
        leaf = node.variable
        if leaf is None or leaf.node is None:
            return
        recorder = self.recorder
        if id(leaf) in recorder.outside:
            recorder.leaves.adds_to(leaf)
            target = recorder.tensor_argument(leaf, "backward")
            recorder.add(Instruction(accumulate, "accumulate", (target, value), is_pure=False, part="backward"))
        elif getattr(leaf, "_grad", None) is not None:
            known = recorder.value_of(leaf._grad.array, "backward")  # type: ignore[union-attr]
            recorder.add(Instruction(add_into, "add_into", (known, value), is_pure=False, part="backward"))
        elif id(leaf.array) not in recorder.values:
            raise CannotReplay("a backward pass comes to a leaf that was not seen before")

    # -- rules ------------------------------------------------------------------------------------------

    def pull(self, node: Node, g: Any, sent: tuple[Any, ...]) -> None:
        """The rules of a node have run."""
        op, saved = node.op, self.saved(node)
        if op.joint or op.variadic:
            self.pull_joint(node, op, g, saved, sent)
            return
        for position, (parameter, contribution) in enumerate(zip(op.inputs, sent, strict=True)):
            if contribution is None:
                continue
            rule = op.rules[parameter.name]
            args = (g, *(self.read(saved, name) for name in rule.reads))
            shapes: Any = saved.get("shapes")
            value = self.recorder.values.get(id(contribution))  # known, if the rule has handed on what it got
            if value is None:
                name = f"{op.name}_grad_{parameter.name}"
                value = self.recorder.emit(rule.function, name, args, part="backward", op=op)
                if shapes is not None and shapes[position] != node.shape:
                    arguments = (value, shapes[position])
                    value = self.recorder.emit(undo_broadcast, "undo_broadcast", arguments, part="backward")
                value.example = contribution
                self.recorder.enter(contribution, value)
            self.send(node.edges[position], value)

    def pull_joint(self, node: Node, op: Any, g: Any, saved: dict[str, Any], sent: tuple[Any, ...]) -> None:
        """One rule has run for all inputs."""
        wanted = tuple(contribution is not None for contribution in sent)
        saved["wanted"] = wanted
        args = (g, *(self.read(saved, name) for name in op.joint.reads))
        results: list[Value | None] = [None if c is None else Value(c) for c in sent]
        name = f"{op.name}_grads"
        self.recorder.add(
            Instruction(op.joint.function, name, args, results=results, unpacks=True, part="backward", op=op)
        )
        for edge, contribution, value in zip(node.edges, sent, results, strict=True):
            if value is not None:
                known = self.recorder.values.get(id(contribution))
                if known is None:
                    self.recorder.enter(contribution, value)
                self.send(edge, known or value)

    def all_parts(self, g: dict[int, Any], node: Node, kind: Any) -> tuple[Any, ...]:
        """The gradients by all results; zeros of a NumPy dtype for those that none arrived at."""
        return tuple(
            g[i] if i in g else self.recorder.emit(np.zeros, "np.zeros", (shape, kind), part="backward")
            for i, shape in enumerate(node.shape)
        )

    def saved(self, node: Node) -> dict[str, Any]:
        """What a node's rules read, by name."""
        if isinstance(node.saved, Freed) or not isinstance(node.saved, tuple):
            raise CannotReplay("values were packed by saved_tensors_hooks, or have been freed")
        slots = iter(node.saved)
        found = {}
        for name in node.op.saved:
            found[name] = next(slots)
            if name == "out":
                next(slots)
        if node.op.sums_back:
            found["shapes"] = next(slots)
        return found

    def read(self, saved: dict[str, Any], name: str) -> Any:
        """One of the things that a rule reads."""
        value = saved[name]
        known = self.recorder.values.get(id(value))
        if known is not None and not isinstance(value, Tensor):
            return known
        if isinstance(value, Tensor):
            return self.recorder.operand(value, "a rule")
        if isinstance(value, tuple) and any(isinstance(part, (Tensor, ndarray)) for part in value):
            return tuple(
                self.recorder.operand(part, "a rule")
                if isinstance(part, Tensor)
                else self.recorder.argument(part, "a rule")
                for part in value
            )
        return self.recorder.argument(value, "a rule")

    # -- where gradients meet -----------------------------------------------------------------------------

    def send(self, edge: Any, value: Any) -> None:
        """Add a value to what has arrived at a node."""
        if edge is None:
            return
        known = self.arrived.get(edge)
        if isinstance(value, dict):
            parts = self.arrived.setdefault(edge, {})
            for index, part in value.items():
                parts[index] = self.sum(parts[index], part) if index in parts else part
        elif known is None:
            self.arrived[edge] = value
        else:
            self.arrived[edge] = self.sum(known, value)

    def sum(self, known: Value, more: Value) -> Value:
        """The sum of two gradients; of a sum that no node has seen, the other one shows the shape."""
        for one, other in ((known, more), (more, known)):
            if one.example is None:
                one.example = other.example
        return self.recorder.emit(add, "add", (known, more), part="backward")
