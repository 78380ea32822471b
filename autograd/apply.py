"""Carrying out an op: the general path, which the written-out functions of `autograd.lift` shorten.

`apply` is the whole story of an operation: make tensors of the operands, promote their dtypes,
run the forward on arrays, and record a node if a gradient may be wanted. The functions that
`lift` writes do the same for operands that need no conversion, with every loop unrolled; whatever
else comes, they pass on to here.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, ndarray
from autograd.batched import Batched
from autograd.dtypes import dtype, of_python_type, promote_types
from autograd.graph import SMALL, Node, Part, Version, clock
from autograd.modes import state
from autograd.registry import BATCH_RULES, OPS
from autograd.tensor import Tensor, mark_inference, tensor_of
from autograd.values import out_of_range
from autograd.views import ViewOf, catch_up

if TYPE_CHECKING:
    from autograd.op import Op

NUMBERS = frozenset((float, int))


def apply(op: Op, args: Sequence[Any], params: dict[str, Any], out: Tensor | None = None) -> Any:
    """Run an op on any operands: the result, or a tuple of results."""
    if any(isinstance(arg, Batched) for arg in args):
        return BATCH_RULES["apply"](op, args, params)
    tensors = promote(op, as_tensors(op, args))
    for tensor in tensors:
        if tensor is not None and tensor.view_of is not None:
            catch_up(tensor)
    arrays = [None if t is None else t.memory() if op.view else t.array for t in tensors]
    params = canonical(op, arrays, params)
    try:
        returned = op.forward(*arrays, **params)
    except Exception as error:
        raise explain(op, error, tensors) from None
    kept = ()
    if op.keeps:
        returned, *kept = returned
    if op.outputs != 1:
        return wrap_several(op, tensors, params, returned, tuple(kept))
    result = wrap(op, tensors, params, returned, tuple(kept))
    if op.view:
        share_memory(result, tensors[0])
    return result if out is None else write_out(op, result, out)


def apply_operator(op: Op, args: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run an op for a Python operator: an operand of a foreign type gets its own chance to answer."""
    if not isinstance(args[0], Tensor):
        raise TypeError(f"the operator of '{op.name}' is a method of Tensor, not of {type(args[0]).__name__}")
    if isinstance(args[-1], (Tensor, ndarray, np.generic, bool, int, float, complex)):
        return apply(op, args, params)
    return NotImplemented


# -- operands -------------------------------------------------------------------------------------


def as_tensors(op: Op, args: Sequence[Any]) -> list[Any]:
    """The operands as Tensors; a number becomes a constant, marked so that it does not widen a dtype."""
    if op.variadic:
        for position, arg in enumerate(args):
            if not isinstance(arg, Tensor):
                raise not_a_tensor(op, "tensors", position, arg) from None
        return list(args)
    tensors: list[Any] = []
    for position, (parameter, arg) in enumerate(zip(op.tensors, args, strict=True)):
        if isinstance(arg, Tensor) or (arg is None and parameter.is_optional):
            tensors.append(arg)
        elif takes_number(op, position, args) and isinstance(arg, (bool, int, float, complex, np.generic)):
            tensors.append(weak_number(arg))
        elif op.broadcasts and isinstance(arg, ndarray):
            tensors.append(tensor_of(arg))
        else:
            raise not_a_tensor(op, parameter.public, position, arg) from None
    return tensors


def takes_number(op: Op, position: int, args: Sequence[Any]) -> bool:
    """Whether an operand may be a Python number, beside these others."""
    if op.numbers == "second":
        return position > 0
    return op.numbers == "any" or (op.numbers == "either" and any(isinstance(arg, (Tensor, ndarray)) for arg in args))


def weak_number(value: Any) -> Tensor:
    """A Python number as a rank-0 tensor that is only as wide as need be when it meets others."""
    d = of_python_type(type(value))
    number = tensor_of(d.type(value), d)
    number.is_number = True  # type: ignore[attr-defined]
    return number


def number_like(value: float, tensor: Any) -> Any:
    """A Python number as a constant that suits the tensor it meets."""
    if tensor.__class__ in NUMBERS or not isinstance(tensor, Tensor) or not tensor.dtype.is_floating_point:
        return value
    return tensor_of(tensor.dtype.type(value), tensor.dtype)


def promote(op: Op, tensors: list[Any]) -> list[Any]:
    """The operands in the dtype that the op computes in."""
    if op.kind == "free" and not op.refuses:
        return tensors
    numeric = [t for i, t in enumerate(tensors) if t is not None and (op.variadic or op.tensors[i].is_differentiable)]
    common = result_type(*numeric)
    if common.dtype.kind in op.refuses:
        raise RuntimeError(
            f"{op.name}: not defined for {common.name} tensors: {op.refuses[common.dtype.kind] or 'convert them first'}"
        )
    if op.kind == "free":
        return tensors
    if op.kind == "float" and common.category < dtypes.FLOATING:
        common = dtypes.get_default_dtype()
    elif op.kind == "sum" and common.category < dtypes.FLOATING:
        common = dtypes.int64
    return [
        t
        if t is None or t.dtype is common or not (op.variadic or op.tensors[i].is_differentiable)
        else convert(t, common)
        for i, t in enumerate(tensors)
    ]


def convert(tensor: Tensor, to: dtype) -> Tensor:
    """The tensor in another dtype, recorded where a gradient flows."""
    if tensor.node is None:
        return tensor_of(tensor.array.astype(to.dtype), to)
    converted: Tensor = OPS["cast"].function(tensor, to)  # promotion needs an op, declared like any other
    return converted


def result_type(*operands: Any) -> dtype:
    """The dtype that an operation on these tensors and numbers gives.

    Tensors of rank 0 count only where they bring in a wider kind, and Python numbers less still.

    >>> import autograd
    >>> autograd.result_type(autograd.ones(2), autograd.tensor(1.0, dtype=autograd.float64))
    torch.float32
    """
    ranks: list[dtype | None] = [None, None, None]  # with dimensions, rank 0, numbers
    for operand in operands:
        if not isinstance(operand, Tensor):
            rank, d = 2, of_python_type(type(operand))
        else:
            rank, d = (0 if operand.array.ndim else 2 if hasattr(operand, "is_number") else 1), operand.dtype
        before = ranks[rank]
        ranks[rank] = d if before is None else promote_types(before, d)
    return combine(combine(ranks[0], ranks[1]), ranks[2]) or dtypes.get_default_dtype()


def combine(higher: dtype | None, lower: dtype | None) -> Any:
    """The dtype of operands of higher rank, widened by those of lower rank only across kinds."""
    if higher is None or lower is None:
        return higher or lower
    if lower.category <= higher.category:
        return higher
    if higher.category == dtypes.FLOATING:
        return higher.to_complex()
    return promote_types(higher, lower)


def canonical(op: Op, arrays: list[Any], params: dict[str, Any]) -> dict[str, Any]:
    """The metadata in canonical form: dimensions counted from the front, and so on."""
    if not op.canon:
        return params
    return params | {
        name: function(params[name], arrays[0].ndim, op.name) for name, function in op.canon.items() if name in params
    }


# -- results --------------------------------------------------------------------------------------


def wrap(op: Op, tensors: list[Any], params: dict[str, Any], array: Array, kept: tuple[Any, ...]) -> Tensor:
    """The result as a Tensor, recorded if a gradient may flow through it."""
    return finish(op, tensors, params, tensor_of(array), kept)


def finish(op: Op, tensors: Sequence[Any], params: dict[str, Any], result: Tensor, kept: tuple[Any, ...]) -> Tensor:
    """Give a result its node, or none where gradients are off or none is wanted."""
    inputs = differentiable(op, tensors)
    wanted = state.grad_enabled and op.differentiable and result.dtype.category >= dtypes.FLOATING
    if not wanted or all(t is None or t.node is None for t in inputs):
        return without_graph(result)
    result.node = record(op, tensors, params, result, kept)
    return result


def wrap_several(
    op: Op, tensors: list[Any], params: dict[str, Any], arrays: Sequence[Array], kept: tuple[Any, ...]
) -> tuple[Tensor, ...]:
    """The results of an op that has several, each recorded as a part of one node."""
    results = tuple(tensor_of(array) for array in arrays)
    if op.view:
        for result in results:
            share_memory(result, tensors[0])
    if not state.grad_enabled:
        return tuple(without_graph(result) for result in results)
    inputs = differentiable(op, tensors)
    if op.differentiable and any(t is not None and t.node is not None for t in inputs):
        node = record(op, tensors, params, results, kept)
        for index, result in enumerate(results):
            if result.dtype.category >= dtypes.FLOATING:
                result.node = part_of(node, index, result.array)
    return results


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
    return mark_inference(result) if state.inference and result.view_of is None else result


def record(op: Op, tensors: Sequence[Any], params: dict[str, Any], result: Any, kept: tuple[Any, ...]) -> Node:
    """The node of an operation that has just been carried out."""
    inputs = differentiable(op, tensors)
    node = object.__new__(Node)
    complex_numbers = op.kind != "free" and any(t is not None and t.dtype.is_complex for t in inputs)
    node.op = op.conjugated() if complex_numbers else op
    node.edges = tuple(None if t is None else t.node for t in inputs)
    node.edges = tuple(None if t is None else t.node for t in inputs)
    if params:
        node._params = params
    node.extras = None
    node.number = next(clock)
    if None in node.edges:
        node._constants = tuple(
            keep_constant(t) if edge is None else None for t, edge in zip(inputs, node.edges, strict=True)
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
        known[f"{op.tensors[0].name}_shape"] = tuple(t.array.shape for t in tensors)
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
    if array is not memory and array.base is not (memory if memory.base is None else memory.base):
        return
    from_base = base if base.view_of is None else base.view_of.base
    version = base.writes()
    result.version = version
    result.view_of = ViewOf(from_base, version.epoch)


def write_out(op: Any, result: Any, out: Any) -> Any:
    """Put a result into the tensor given as `out=`; several results into a tuple of tensors. All or none are written."""
    if not isinstance(result, tuple):
        check_out(op, result, out)
        return written_to(op, result, out)
    if not isinstance(out, (tuple, list)) or len(out) != len(result):
        raise TypeError(f"{op.name}(): argument 'out' must be a tuple of {len(result)} Tensors, one for each result")
    for r, o in zip(result, out, strict=True):
        check_out(op, r, o)
    written = (written_to(op, r, o) for r, o in zip(result, out, strict=True))
    return type(result)(*written) if hasattr(result, "_fields") else tuple(written)


def check_out(op: Any, result: Tensor, out: Tensor) -> None:
    """Raise for an `out=` that the result can't be put into."""
    if not isinstance(out, Tensor):
        raise TypeError(f"{op.name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if result.node is not None or out.node is not None:
        raise RuntimeError(
            f"{op.name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad: use the result that is returned, or compute under no_grad()"
        )
    if not dtypes.can_cast(result.dtype, out.dtype):
        raise RuntimeError(
            f"{op.name}(): result type {result.dtype.name} can't be cast to the desired output type {out.dtype.name}"
        )


def written_to(op: Any, result: Tensor, out: Tensor) -> Tensor:
    """`out` with the result in it, in its own memory if that fits."""
    if out.array.shape != result.array.shape:
        out.array = np.empty(result.array.shape, out.dtype.dtype)
    out.memory()[...] = result.array
    out.writes().stamp(f"{op.name}(..., out=)")
    return out


# -- reading a node's saved values ---------------------------------------------------------------


def rejoin(op: Op, node: Node) -> dict[str, Any]:
    """The saved values by name, as Tensors joined to the graph: what rules get under `create_graph`."""
    edges = dict(zip((p.name for p in op.inputs), node.edges, strict=False))
    values: dict[str, Any] = {}
    slots = iter(node.saved)
    for name in op.saved:
        value = next(slots)
        if name == "out":
            values[name] = rejoin_result(node, value, next(slots))
        elif isinstance(value, Tensor):
            if value.version is not None and value.version.time > node.number:
                raise overwritten(node, f"its input '{name}'", value.array, value.version)
            values[name] = tensor_of(value.array, value.dtype, edges[name]) if name in edges else value.array
        elif op.variadic and name == op.tensors[0].name:
            values[name] = tuple(tensor_of(t.array, t.dtype, edge) for t, edge in zip(value, node.edges, strict=True))
        else:
            values[name] = value
    return values


def rejoin_result(node: Node, value: Any, version: Any) -> Any:
    """A node's saved result as a Tensor joined to it; several results as a tuple of such, and of arrays of integers."""
    several = isinstance(value, tuple)
    for array, written in zip(value, version, strict=True) if several else ((value, version),):
        if written is not None and written.time > node.number:
            raise overwritten(node, "its result", array, written)
    if several:
        return tuple(tensor_of(a, node=part_of(node, i, a)) if a.dtype.kind in "fc" else a for i, a in enumerate(value))
    return None if value is None else tensor_of(value, node=node)


def all_parts(g: Any, shapes: Any) -> tuple[Any, ...]:
    """The gradients by all results of an op that has several; zeros for those that none arrived at."""
    arrived = g.arrived
    known = next(iter(arrived.values()))
    kind = np.asarray(known.array if isinstance(known, Tensor) else known).dtype

    def zeros(shape: tuple[int, ...]) -> Any:
        return known.like(np.zeros(shape, kind)) if isinstance(known, Tensor) else np.zeros(shape, kind)

    return tuple(arrived[i] if i in arrived else zeros(shape) for i, shape in enumerate(shapes))


def undo_broadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the dimensions that its input was broadcast along: the transpose of broadcasting."""
    if g.shape == shape:
        return g
    added = len(g.shape) - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1 and g.shape[added + i] != 1)
    total = np.sum(g, axis=(*range(added), *stretched), keepdims=True)
    return total.reshape(shape)


def overwritten(node: Node, what: str, array: Array, version: Version) -> RuntimeError:
    """The error for a saved value that was changed before it was read."""
    if version.inference:
        return RuntimeError(
            "Inference tensors cannot be saved for backward: "
            f"'{node.op.name}' needs {what} (shape {tuple(array.shape)}), which was made in inference_mode(). "
            "clone() it outside, or use no_grad() instead"
        )
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"'{node.op.name}' saved {what} ({array.dtype}, shape {tuple(array.shape)}) for its backward, and "
        f"'{version.writer}' at {version.where} has written over it since. Write it out of place "
        "(x = x + 1 instead of x += 1), or change a clone()"
    )


# -- errors -----------------------------------------------------------------------------------------


def explain(op: Op, error: Exception, tensors: Sequence[Any]) -> Exception:
    """NumPy's error for an op's operands, in terms of the op; other errors as they are."""
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(out_of_range(error.axis or 0, error.ndim or 0, op.name))
    if not isinstance(error, (ValueError, TypeError)):
        return error
    shapes = [tuple(t.array.shape) for t in tensors if t is not None]
    find_clash = op.clash or (clashing_dimension if op.broadcasts else None)
    if find_clash is not None:
        clash = find_clash(shapes)
        if clash:
            return RuntimeError(f"{op.name}: {clash}")
    described = ", ".join(f"{t.dtype.name} {tuple(t.array.shape)}" for t in tensors if t is not None)
    return RuntimeError(f"{op.name}: {error} (inputs: {described})")


def clashing_dimension(shapes: list[tuple[int, ...]]) -> str:
    """Why these shapes don't broadcast; empty if they do."""
    width = max(map(len, shapes))
    for dim in range(width - 1, -1, -1):
        sizes = {i: shape[dim - width + len(shape)] for i, shape in enumerate(shapes) if dim - width + len(shape) >= 0}
        odd = {size for size in sizes.values() if size != 1}
        if len(odd) > 1:
            (i, a), (j, b), *_ = [(i, size) for i, size in sizes.items() if size != 1]
            if a == b:
                j, b = next((j, size) for j, size in sizes.items() if size not in (1, a))
            return (
                f"The size of tensor {'abcdefgh'[i]} ({a}) must match the size of tensor {'abcdefgh'[j]} ({b}) at "
                f"non-singleton dimension {dim}: the shapes {' and '.join(map(str, shapes))} do not broadcast"
            )
    return ""


def not_a_tensor(op: Op, name: str, position: int, arg: Any) -> TypeError:
    """The error for an operand that is not a tensor."""
    cure = ": make it one with autograd.tensor(...)" if isinstance(arg, (list, tuple, ndarray, float, int)) else ""
    return TypeError(
        f"{op.name}(): argument '{name}' (position {position + 1}) must be Tensor, not {type(arg).__name__}{cure}"
    )
