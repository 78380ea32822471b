"""Carrying out an op: the general path, which the written-out functions of `autograd.lift` shorten.

`apply` is the whole story of an operation: make tensors of the operands, promote their dtypes,
run the forward on arrays, and record a node if a gradient may be wanted. The functions that
`lift` writes do the same for operands that need no conversion, with every loop unrolled; whatever
else comes, they pass on to here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, ndarray
from autograd.batched import Batched, NeedsLoopError
from autograd.graph import warn_caller
from autograd.misuse import cause, first_misfit, is_accidental
from autograd.modes import state
from autograd.promotion import convert, result_type, weak_number
from autograd.recording import differentiable, finish, part_of, record, share_memory, without_graph
from autograd.registry import BATCH_RULES
from autograd.tensor import Tensor, tensor_of
from autograd.values import out_of_range
from autograd.views import catch_up, check_places_differ

if TYPE_CHECKING:
    from autograd.op import Op


def apply(op: Op, args: Sequence[Any], params: dict[str, Any], out: Tensor | None = None) -> Any:
    """Run an op on any operands: the result, or a tuple of results."""
    if Batched in map(type, args):
        result = BATCH_RULES["apply"](op, args, params)
        return result if out is None else write_out(op, result, out)
    tensors = promote(op, as_tensors(op, args))
    for tensor in tensors:
        if tensor is not None and tensor.view_of is not None:
            catch_up(tensor)
    arrays = [None if t is None else t.memory() if op.view else t.array for t in tensors]
    params = canonical(op, arrays, params)
    try:
        returned = op.forward(*arrays, **params)
    except Exception as error:
        raise explain(op, error, tensors, params) from None
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


# -- operands ---------------------------------------------------------------------------------------------


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


def promote(op: Op, tensors: list[Any]) -> list[Any]:
    """The operands in the dtype that the op computes in."""
    if op.kind == "free" and not op.refuses:
        return tensors
    numeric = [t for i, t in enumerate(tensors) if t is not None and (op.variadic or op.tensors[i].is_differentiable)]
    common = numeric[0].dtype
    if any(t.dtype is not common for t in numeric) or hasattr(numeric[0], "is_number"):
        common = result_type(*numeric)
    for d in (common, *(t.dtype for t in numeric if op.refuses_each)):
        if d.dtype.kind in op.refuses:
            raise RuntimeError(
                f"{op.name}: not defined for {d.name} tensors: {op.refuses[d.dtype.kind] or 'convert them first'}"
            )
    if not op.promotes and len({t.dtype for t in numeric}) > 1:
        found = " != ".join(t.dtype.name for t in numeric)
        raise RuntimeError(
            f"{op.name}: expected all operands to have the same dtype, but got: {found}. Convert one with .to()"
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


def canonical(op: Op, arrays: list[Any], params: dict[str, Any]) -> dict[str, Any]:
    """The metadata in canonical form: dimensions counted from the front, and so on."""
    if not op.canon:
        return params
    return params | {
        name: function(params[name], arrays[0].ndim, op.name) for name, function in op.canon.items() if name in params
    }


def not_a_tensor(op: Op, name: str, position: int, arg: Any) -> TypeError:
    """The error for an operand that is not a tensor."""
    cure = ": make it one with autograd.tensor(...)" if isinstance(arg, (list, tuple, ndarray, float, int)) else ""
    return TypeError(
        f"{op.name}(): argument '{name}' (position {position + 1}) must be Tensor, not {type(arg).__name__}{cure}"
    )


# -- results ----------------------------------------------------------------------------------------------


def wrap(op: Op, tensors: list[Any], params: dict[str, Any], array: Array, kept: tuple[Any, ...]) -> Tensor:
    """The result as a Tensor, recorded if a gradient may flow through it."""
    return finish(op, tensors, params, tensor_of(array), kept)


def wrap_several(
    op: Op, tensors: list[Any], params: dict[str, Any], arrays: Sequence[Array], kept: tuple[Any, ...]
) -> tuple[Tensor, ...]:
    """The results of an op that has several, each recorded as a part of one node."""
    results = tuple(tensor_of(array) for array in arrays)
    if op.view:
        for result in results:
            share_memory(result, tensors[0])
    inputs = differentiable(op, tensors)
    if not state.grad_enabled:
        results = tuple(without_graph(result) for result in results)
    elif op.differentiable and any(t is not None and t.node is not None for t in inputs):
        node = record(op, tensors, params, results, kept)
        for index, result in enumerate(results):
            if result.dtype.category >= dtypes.FLOATING:
                result.node = part_of(node, index, result.array)
    for watcher in state.watchers:
        watcher.carried_out(op, tensors, params, results, kept)
    return results


def write_out(op: Any, result: Any, out: Any) -> Any:
    """Put a result into the tensor given as `out=`; several results into a tuple of tensors, all of them or none."""
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
    """Raise for an `out=` that the result can't be put into: some functions convert it, others insist on its dtype."""
    if not isinstance(out, Tensor):
        raise TypeError(f"{op.name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if isinstance(result, Batched):
        raise RuntimeError(
            f"{op.name}(): functions with out=... arguments don't support vmap: each tensor of the batch has a result "
            "of its own. Use the result that is returned"
        )
    if result.node is not None or out.node is not None:
        raise RuntimeError(
            f"{op.name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad: use the result that is returned, or compute under no_grad()"
        )
    if not dtypes.can_cast(result.dtype, out.dtype):
        raise RuntimeError(
            f"{op.name}(): result type {result.dtype.name} can't be cast to the desired output type {out.dtype.name}"
        )
    if result.dtype is not out.dtype and not getattr(op, "casts_out", False):
        raise RuntimeError(
            f"{op.name}(): Expected out tensor to have dtype {result.dtype.name}, but got {out.dtype.name} instead"
        )
    check_places_differ(out, op.name)


def written_to(op: Any, result: Tensor, out: Tensor) -> Tensor:
    """`out` with the result in it, in its own memory if that fits."""
    if out.array.shape != result.array.shape:
        if out.array.size:
            warn_caller(
                f"An output with one or more elements was resized since it had shape {list(out.array.shape)}, which "
                "does not match the "
                f"required output shape {list(result.array.shape)} of {op.name}(): give out= a tensor of "
                "that shape, or an empty one"
            )
        out.array = np.empty(result.array.shape, out.dtype.dtype)
    out.memory()[...] = result.array
    out.writes().stamp(f"{op.name}(..., out=)")
    return out


# -- errors -----------------------------------------------------------------------------------------------


def explain(op: Op, error: Exception, tensors: Sequence[Any], params: dict[str, Any]) -> Exception:
    """NumPy's error for an op's operands, in terms of the op; other errors as they are."""
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(out_of_range(error.axis or 0, error.ndim or 0, op.name))
    if isinstance(error, NeedsLoopError) or not (isinstance(error, (ValueError, TypeError)) or is_accidental(error)):
        return error
    if isinstance(error, IndexError):
        return IndexError(f"{op.name}: {cause(error)}")
    shapes = [tuple(t.array.shape) for t in tensors if t is not None]
    find_clash = op.clash or (clashing_dimension if op.broadcasts else None)
    if find_clash is not None:
        clash = find_clash(shapes)
        if clash:
            return RuntimeError(f"{op.name}: {clash}")
    described = ", ".join(f"{t.dtype.name} {tuple(t.array.shape)}" for t in tensors if t is not None)
    misfit = first_misfit(op.name, [(p.public, params[p.name], p.annotation) for p in op.meta])
    return TypeError(misfit) if misfit else RuntimeError(f"{op.name}: {cause(error)} (inputs: {described})")


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
