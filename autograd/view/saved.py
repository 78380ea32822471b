"""What a node has kept for its derivative rules, by name: read by everything that shows more than shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd.graph import Freed
from autograd.tensor import Tensor


def is_operation(node: Any) -> bool:
    """Whether a node is that of an op of the library: with a forward, rules, and values saved by name."""
    return hasattr(getattr(node, "op", None), "forward")


def saved_by_name(node: Any) -> dict[str, Any]:
    """What a node's rules will read: Tensors, arrays (the result) and metadata; empty after it was freed."""
    if not is_operation(node) or isinstance(node.saved, Freed):
        return {}
    slots = iter(node.saved)
    found = {}
    for name in node.op.saved:
        found[name] = next(slots)
        if name == "out":
            next(slots)  # the record of writes to it
    return found


def operand_tensors(node: Any) -> list[tuple[str, Any, Any]]:
    """For each tensor parameter of a node's op: its name, the edge, and the Tensor where the node has it.

    The edge is None where no gradient flows, the Tensor where only the edge is known; both for an operand that was
    None, or has not been kept.
    """
    op, saved = node.op, saved_by_name(node)
    constants = [held_by(constant) for constant in node.constants or (None,) * len(node.edges)]
    if op.variadic:
        name = op.tensors[0].name
        kept = saved.get(name) or (None,) * len(node.edges)
        return [
            (f"{name}[{i}]", edge, constant if tensor is None else tensor)
            for i, (edge, constant, tensor) in enumerate(zip(node.edges, constants, kept, strict=True))
        ]
    flowing = dict(zip((p.name for p in op.inputs), zip(node.edges, constants, strict=True), strict=True))
    found = []
    for parameter in op.tensors:
        edge, constant = flowing.get(parameter.name, (None, None))
        tensor = saved.get(parameter.name)
        found.append((parameter.name, edge, tensor if isinstance(tensor, Tensor) else constant))
    return found


def held_by(constant: Any) -> Any:
    """The Tensor that a node remembers as an input without gradient; None if it was large, and is gone."""
    return constant if constant is None or isinstance(constant, Tensor) else constant()


def freed_at(nodes: Any) -> str:
    """The file:line of the backward pass that has freed any of these nodes; empty if none has."""
    return next((node.saved.where for node in nodes if isinstance(node.saved, Freed)), "")


def gradient_arrays(sent: Any) -> Iterator[Any]:
    """The arrays among what a rule sends: of an op with several results, one for each that something arrived at."""
    yield from sent.arrived.values() if hasattr(sent, "arrived") else [sent]
