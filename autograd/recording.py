"""Leaving a node behind: how the result of an operation is entered in the graph, or shares its operand's memory."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd import dtypes
from autograd.arrays import Array, ndarray
from autograd.graph import SMALL, Node, Part, clock
from autograd.modes import state
from autograd.tensor import Tensor, mark_inference
from autograd.views import ViewOf

if TYPE_CHECKING:
    from autograd.op import Op


def finish(op: Op, tensors: Sequence[Any], params: dict[str, Any], result: Tensor, kept: tuple[Any, ...]) -> Tensor:
    """Give a result its node, or none where gradients are off or none is wanted."""
    if not state.grad_enabled and not state.watchers:
        return without_graph(result)
    for watcher in state.watchers:
        watcher.computed(op, tensors, result)
    inputs = differentiable(op, tensors)
    wanted = state.grad_enabled and op.differentiable and result.dtype.category >= dtypes.FLOATING
    if wanted and any(t is not None and t.node is not None for t in inputs):
        result.node = record(op, tensors, params, result, kept)
    else:
        result = without_graph(result)
    for watcher in state.watchers:
        watcher.carried_out(op, tensors, params, result, kept)
    return result


def part_of(node: Node, index: int, array: Array) -> Part:
    """The place in the graph of one of several results."""
    part = Part(node, index)
    part.result = shown(array)
    return part


def differentiable(op: Op, tensors: Sequence[Any]) -> Sequence[Any]:
    """The operands that a gradient may flow to."""
    if op.variadic:
        return tensors
    return [t for p, t in zip(op.tensors, tensors, strict=True) if p.is_differentiable]


def without_graph(result: Tensor) -> Tensor:
    """A result that no gradient flows through."""
    result.node = None
    if result.view_of is not None and not state.grad_enabled:
        result.view_of.recorded = False
    return mark_inference(result) if state.inference and result.view_of is None else result


def record(op: Op, tensors: Sequence[Any], params: dict[str, Any], result: Any, kept: tuple[Any, ...]) -> Node:
    """The node of an operation that has just been carried out."""
    inputs = differentiable(op, tensors)
    node = object.__new__(Node)
    complex_numbers = op.kind != "free" and any(t is not None and t.dtype.is_complex for t in inputs)
    node.op = op.conjugated() if complex_numbers else op
    node.edges = tuple([None if t is None else t.node for t in inputs])
    if params:
        node._params = params
    node.extras = None
    node.number = next(clock)
    if None in node.edges:
        node._constants = tuple(
            [keep_constant(t) if edge is None else None for t, edge in zip(inputs, node.edges, strict=True)]
        )
    node.result = shown(result.array) if op.outputs == 1 else tuple(r.array.shape for r in result)
    node.saved = saved_values(op, node, tensors, params, result, kept)
    for watcher in state.watchers:
        watcher.recorded(node, tensors, result)
    return node


def saved_values(
    op: Op, node: Node, tensors: Sequence[Any], params: dict[str, Any], result: Any, kept: tuple[Any, ...]
) -> tuple[Any, ...]:
    """What the rules of the inputs that want a gradient will read, in the order of `op.saved`."""
    needed = op.needed_by(node.edges)
    known: dict[str, Any] = dict(params)
    known.update(zip(op.keeps, kept, strict=True))
    if op.variadic:
        known[op.tensors[0].name] = tuple(tensors)
        known[f"{op.tensors[0].name}_shape"] = tuple([t.array.shape for t in tensors])
    else:
        for parameter, tensor in zip(op.tensors, tensors, strict=True):
            known[parameter.name] = tensor
            known[f"{parameter.name}_shape"] = None if tensor is None else tensor.array.shape
            known[f"{parameter.name}_dtype"] = None if tensor is None else tensor.dtype
    values: list[Any] = []
    for name in op.saved:
        if name == "out":
            values += saved_result(result) if name in needed else [None, None]
        else:
            values.append(known[name] if name in needed else None)
    if op.sums_back:
        values.append(tuple(known[f"{p.name}_shape"] for p in op.inputs))
    return tuple(values)


def saved_result(result: Any) -> list[Any]:
    """A result's array and the record of writes to it; of several results, tuples of both."""
    if isinstance(result, tuple):
        return [tuple(r.array for r in result), tuple(r.writes() for r in result)]
    return [result.array, result.writes()]


def shown(array: Array) -> Any:
    """What a node keeps of its result for showing: the array if it is small, else its shape."""
    return array if array.__class__ is not ndarray or array.size <= SMALL else array.shape


def keep_constant(tensor: Tensor | None) -> Any:
    """What a node keeps of an input without gradient, for showing: the tensor if it is small, else a weak reference."""
    if tensor is None or tensor.array.__class__ is not ndarray or tensor.array.size <= SMALL:
        return tensor
    return weakref.ref(tensor)


def share_memory(result: Tensor, base: Tensor) -> None:
    """Make a result a view of its operand, if it lies in the operand's memory (`reshape` may have copied)."""
    array, memory = result.array, base.array
    direct = array is memory or array.base is (memory if memory.base is None else memory.base)
    if not direct and owner(array) is not owner(memory):
        return
    from_base = base if base.view_of is None else base.view_of.base
    version = base.writes()
    result.version = version
    result.view_of = ViewOf(from_base, version.epoch)


def owner(array: Array) -> Any:
    """Whoever holds the memory that an array shows; views made by strides hold on to it through others."""
    while getattr(array, "base", None) is not None:
        array = array.base  # type: ignore[assignment]
    return array
