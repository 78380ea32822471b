"""Finding the op whose derivative rule is wrong, by checking every node of a graph by itself.

A gradient that disagrees with finite differences says that something between the result and the
input is wrong, not what. Each node, though, knows its op, its metadata and, if they were small,
the values it worked on. So its op can be run again on slightly changed inputs, and its rules
compared with what comes out, without the rest of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.engine import topological_order
from autograd.graph import AccumulateGrad, Node, Part, Parts
from autograd.jacobians import coordinates, random_like, units
from autograd.tensor import Tensor


def suspects(results: Iterable[Tensor], eps: float, atol: float, rtol: float) -> tuple[list[str], list[str]]:
    """What is wrong with the rules of the ops behind the results, and the names of ops that couldn't be checked.

    Both in the order in which the operations were carried out.
    """
    operations, _ = topological_order({result.node for result in results})
    wrong: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for node in reversed(operations):
        if isinstance(node, Part):
            continue
        arrays = operands(node) if isinstance(node, Node) and hasattr(node.op, "forward") else None
        if arrays is None or not reproduces(node, arrays):
            unknown[node.name()] = None
            continue
        try:
            wrong.update(dict.fromkeys(faults(node, arrays, eps, atol, rtol)))
        except RuntimeError:  # the rule refuses a random gradient, as that of complex eigenvectors does
            unknown[node.name()] = None
    return list(wrong), list(unknown)


# -- running a node's op again ----------------------------------------------------------------------


def operands(node: Node) -> list[Any] | None:
    """The arrays that the node's op was called with; None if one of them has not been kept."""
    op = node.op
    constants = node.constants or (None,) * len(node.edges)
    flowing = [
        constant_value(constant) if edge is None else value_at(edge)
        for edge, constant in zip(node.edges, constants, strict=True)
    ]
    if op.variadic:
        return None if any(array is None for array in flowing) else flowing
    values = dict(zip((p.name for p in op.inputs), flowing, strict=True)) | saved_arrays(node)
    arrays = [values.get(p.name) for p in op.tensors]
    missing = (array is None and not p.is_optional for p, array in zip(op.tensors, arrays, strict=True))
    return None if any(missing) else arrays


def value_at(edge: Any) -> Any:
    """The array at the other end of an edge, or None if only its shape is known."""
    if isinstance(edge, AccumulateGrad):
        leaf = edge.variable
        return None if leaf is None else leaf.array
    return None if isinstance(edge.result, tuple) else edge.result


def constant_value(constant: Any) -> Any:
    """The array of an input without gradient: the node has the tensor, or a weak reference to a large one."""
    tensor = constant if constant is None or isinstance(constant, Tensor) else constant()
    return None if tensor is None else tensor.array


def saved_arrays(node: Node) -> dict[str, Array]:
    """The inputs among what the node saved for its rules."""
    slots = iter(node.saved)
    found: dict[str, Array] = {}
    for name in node.op.saved:
        value = next(slots)
        if name == "out":
            next(slots)  # its version
        elif isinstance(value, Tensor):
            found[name] = value.array
    return found


def results_of(node: Node, arrays: list[Any]) -> list[Array]:
    """What the node's op gives for these arrays."""
    returned = node.op.forward(*arrays, **node.params)
    if node.op.keeps:
        returned = returned[0]
    return [np.asarray(r) for r in (returned if node.op.outputs != 1 else (returned,))]


def reproduces(node: Node, arrays: list[Any]) -> bool:
    """Whether the op gives the node's result once more; not so after its inputs were overwritten."""
    if node.op.outputs != 1 or isinstance(node.result, tuple):
        return True
    return bool(np.array_equal(results_of(node, arrays)[0], node.result, equal_nan=node.result.dtype.kind in "fc"))


# -- its rules against finite differences -------------------------------------------------------------


def faults(node: Node, arrays: list[Any], eps: float, atol: float, rtol: float) -> Iterator[str]:
    """One sentence for each rule of the node that disagrees with finite differences along a random gradient."""
    rng = np.random.default_rng(0)
    cotangents = [random_like(result, rng) for result in results_of(node, arrays)]
    g = cotangents[0] if node.op.outputs == 1 else Parts(dict(enumerate(cotangents)))
    sent = node.op.pull(node, g, node.edges)
    places = [i for i, p in enumerate(node.op.tensors) if p.is_differentiable]
    for position, (edge, contribution) in enumerate(zip(node.edges, sent, strict=True)):
        if edge is None:
            continue
        place = position if node.op.variadic else places[position]
        numeric = differentiated(node, arrays, place, cotangents, eps)
        analytic = np.zeros_like(numeric) if contribution is None else np.asarray(contribution)
        name = f"number {position}" if node.op.variadic else repr(node.op.tensors[place].name)
        rule = f"the rule of '{node.op.name}' ({node.name()}) for its input {name}"
        if analytic.shape != numeric.shape:
            yield f"{rule} gives a gradient of shape {analytic.shape} for an input of shape {numeric.shape}"
            continue
        excess = np.abs(analytic - numeric) - (atol + rtol * np.abs(numeric))
        if not (excess <= 0).all():
            index = np.unravel_index(int(np.argmax(np.nan_to_num(excess, nan=np.inf))), excess.shape)
            where = list(map(int, index))
            yield f"{rule} sends {analytic[index]:.6g} to element {where}, finite differences say {numeric[index]:.6g}"


def differentiated(node: Node, arrays: list[Any], place: int, cotangents: list[Array], eps: float) -> Array:
    """The gradient by one operand of the result along the cotangents, by central differences."""
    wide = np.complex128 if arrays[place].dtype.kind == "c" else np.float64
    moved = np.array(arrays[place], wide)
    gradient = np.zeros(moved.shape, wide)
    changed = [*arrays[:place], moved, *arrays[place + 1 :]]
    directions = [coordinates(c) for c in cotangents]

    def along() -> Any:
        return sum(float(coordinates(r) @ d) for r, d in zip(results_of(node, changed), directions, strict=True))

    for index in np.ndindex(moved.shape):
        value = moved[index]
        for unit in units(moved):
            moved[index] = value + eps * unit
            above = along()
            moved[index] = value - eps * unit
            gradient[index] += unit * (above - along()) / (2 * eps)
            moved[index] = value
    return gradient
