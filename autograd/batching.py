"""Batching: how an op on one tensor is carried out on a batch of them at once.

A batch lies along the first dimension of its physical tensor. Most ops need no more than to have
their dimensions counted one further; some have a rule of their own (see `autograd.batching_rules`);
whatever is left is done one by one and stacked. Each way is made of recorded ops, so gradients flow.

Where calls of `vmap` are nested, a batch's physical tensor may be a batch itself. An op then deals
with the innermost level first: it takes that level off, and calls itself on the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from autograd import pytree
from autograd.apply import as_tensors, canonical, promote
from autograd.batched import Batched, DrawsError, NeedsLoopError, batched, belongs, innermost_level
from autograd.dims import many_dims, many_dims_or_all
from autograd.graph import Parts
from autograd.modes import state
from autograd.ops.arranging import movedim
from autograd.ops.joining import stack
from autograd.ops.shaping import expand, reshape, unsqueeze
from autograd.random.generator import default_generator
from autograd.registry import BATCH_RULES
from autograd.tensor import Tensor


class Vmap(NamedTuple):
    """One running call of `vmap`."""

    level: int
    size: int
    randomness: str


Rule = Callable[[Any, list[Any], dict[str, Any], list[bool], Vmap], Any]

DIMS = frozenset({"dim", "dim0", "dim1", "dim2", "dims", "dimension"})
SHAPES = frozenset({
    "shape", "size", "sizes", "index", "positions", "kernel", "stride", "padding", "before", "after", "numbers",
    "normalized_shape", "storage_offset", "output_size",
})  # fmt: skip
"""Metadata that speak of the dimensions of one tensor, so that an op with such needs a rule of its own."""

OPS_ON_MATRICES = frozenset({
    "cholesky_ex", "eig", "eigh", "inv_ex", "lu_factor_ex", "qr", "slogdet", "svd", "frexp",
})  # fmt: skip
"""Ops with several results whose leading dimensions, if any, are a batch already (or all of them)."""

WHOLE = frozenset({"std", "take", "put", "put_add"})
"""Ops that look at all elements of a tensor as one row."""


def apply_batched(op: Any, args: Any, params: dict[str, Any]) -> Any:
    """Carry out an op whose operands include batches: those of the innermost level at once, the others as they are."""
    tensors = promote(op, as_tensors(op, args))
    params = canonical(op, tensors, params)
    running = innermost(tensors)
    flags = [belongs(tensor, running.level) for tensor in tensors]
    operands = [tensor.physical if flag else tensor for tensor, flag in zip(tensors, flags, strict=True)]
    try:
        result = rule_for(op)(op, operands, params, flags, running)
    except (RuntimeError, IndexError, ValueError):
        if running.size:
            on_nth(op, operands, params, flags, 0)  # where that raises too, the error is in terms of one tensor
        raise
    if isinstance(result, tuple):
        return tuple(batched(part, running.level) for part in result)
    return batched(result, running.level)


BATCH_RULES["apply"] = apply_batched


def innermost(values: Any) -> Vmap:
    """The innermost running `vmap` that some of these values are batches of."""
    level = innermost_level(values)
    for running in state.vmaps:
        if running.level == level:
            return running
    raise RuntimeError(
        "vmap: a tensor of a batch has left the function that was mapped (through a global variable, say) and is used "
        "outside of it: return it from the function instead"
    )


def rule_for(op: Any) -> Rule:
    """How to carry out an op on batches."""
    known: Rule | None = BATCH_RULES.get(op.name)
    if known is not None:
        return known
    names = {p.name for p in op.meta}
    if op.composed:
        return by_composition
    if op.broadcasts:
        return elementwise
    if op.variadic or len(op.tensors) > 1 or names & SHAPES or op.name in WHOLE:
        return one_by_one
    if op.outputs != 1 and not names & DIMS and op.name not in OPS_ON_MATRICES:
        return one_by_one
    return shifted


def in_full(x: Tensor, flag: bool, size: int) -> Tensor:
    """An operand that is the same for all tensors of the batch, as a batch."""
    return x if flag else expand(x, (size, *x.shape))


def padded(x: Tensor, missing: int) -> Tensor:
    """A batch whose tensors get that many dimensions of size 1 in front."""
    return reshape(x, (x.shape[0], *(1,) * missing, *x.shape[1:])) if missing > 0 else x


# -- the general rules --------------------------------------------------------------------------------------


def elementwise(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """Operands that broadcast: batches get dimensions of size 1 behind the first, so that all line up."""
    ranks = [operand.ndim - flag for operand, flag in zip(operands, flags, strict=True)]
    widest = max(ranks)
    lined_up = [
        padded(operand, widest - rank) if flag else operand
        for operand, rank, flag in zip(operands, ranks, flags, strict=True)
    ]
    return op.function(*lined_up, **params)


def shifted(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """One operand: dimensions are counted one further; all of them are all but the first."""
    (x,) = operands
    dims = [name for name in params if name in DIMS]
    if not dims:
        return op.function(x, **params)
    if x.ndim == 1:
        return on_scalars(op, x, params, dims, running)
    moved = dict(params)
    for name in dims:
        one = one_further(op, name, params[name], x.ndim - 1)
        if one is None:
            return one_by_one(op, operands, params, flags, running)
        moved[name] = one
    return op.function(x, **moved)


def on_scalars(op: Any, x: Tensor, params: dict[str, Any], dims: list[str], running: Vmap) -> Any:
    """A batch of tensors of rank 0, which count as having one dimension where an op asks for one."""
    if len(dims) > 1 or op.view or op.outputs != 1:
        return one_by_one(op, [x], params, [True], running)
    several = op.canon.get(dims[0]) in (many_dims, many_dims_or_all)
    return reshape(op.function(unsqueeze(x, -1), **params | {dims[0]: (1,) if several else 1}), (running.size,))


def one_further(op: Any, name: str, dim: Any, rank: int) -> Any:
    """A dimension, or several, of one tensor as dimensions of the batch; None if no dimensions can say the same."""
    if dim is None:
        return tuple(range(1, rank + 1)) if op.canon.get(name) in (many_dims, many_dims_or_all) else None
    if isinstance(dim, (tuple, list)):
        return tuple(d + 1 if d >= 0 else d for d in dim)
    return dim + 1 if dim >= 0 else dim


def by_composition(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """A fused op: the simpler ops that it stands for."""
    given = [
        batched(operand, running.level) if flag else operand for operand, flag in zip(operands, flags, strict=True)
    ]
    try:
        result = op.composed(**dict(zip((p.name for p in op.tensors), given, strict=True)), **params)
    except NeedsLoopError:
        return one_by_one(op, operands, params, flags, running)
    if isinstance(result, tuple):
        return tuple(in_batch(part, running) for part in result)
    return in_batch(result, running)


def in_batch(result: Tensor, running: Vmap) -> Tensor:
    """The physical tensor of a result, which may be the same for all tensors of the batch."""
    if belongs(result, running.level):
        return result.physical  # type: ignore[attr-defined]
    return expand(result, (running.size, *result.shape))


def one_by_one(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The op on each tensor of the batch, stacked."""

    return stacked([on_nth(op, operands, params, flags, i) for i in range(running.size)], op.name)


def on_nth(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], i: int) -> Any:
    """The op on one tensor of the batch."""
    chosen = [operand[i] if flag else operand for operand, flag in zip(operands, flags, strict=True)]
    return op.function(chosen, **params) if op.variadic else op.function(*chosen, **params)


def stacked(results: list[Any], name: str) -> Any:
    """The results of a loop over the batch, as one; RuntimeError where they can't be."""
    if not results:
        raise RuntimeError(f"vmap: {name} is done one by one, which gives no result where the batch has size 0")
    columns, spec = zip(*map(pytree.flatten, results), strict=True)
    if any(len(column) != len(columns[0]) for column in columns):
        raise different(name)
    rows = []
    for row in zip(*columns, strict=True):
        if not isinstance(row[0], Tensor):
            rows.append(same_for_all(row, name))
        elif any(t.shape != row[0].shape for t in row):
            raise different(name)
        else:
            rows.append(stack(list(row)))
    return pytree.unflatten(rows, spec[0])


def same_for_all(values: tuple[Any, ...], name: str) -> Any:
    """What is not a tensor among the results, such as the bool of `equal`: it can't differ over the batch."""
    if any(value != values[0] for value in values):
        raise NeedsLoopError(
            f"vmap: {name} gives {type(values[0]).__name__}s that differ for the tensors of the batch, and only tensors "
            "can: use an operation that returns a tensor, such as (x == y).all()"
        )
    return values[0]


def different(name: str) -> RuntimeError:
    """The error for results that depend in shape on the numbers."""
    return RuntimeError(
        f"vmap: We do not support batching operators that can output dynamic shape: the results of {name} are of "
        "different shapes for the tensors of the batch. Use where() or a mask that is multiplied by"
    )


def pull_one_by_one(op: Any, node: Any, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
    """An op's backward, on each gradient of a batch; the results stacked."""
    arrived = g.arrived if isinstance(g, Parts) else {0: g}
    running = innermost(arrived.values())

    def nth(i: int) -> Any:
        chosen = {
            index: part.physical[i] if belongs(part, running.level) else part for index, part in arrived.items()
        }  # fmt: skip
        return Parts(chosen) if isinstance(g, Parts) else chosen[0]

    sent = stacked([op.pull_tensors(node, nth(i), edges) for i in range(running.size)], f"the backward of {op.name}")
    return tuple(None if part is None else batched(part, running.level) for part in sent)


BATCH_RULES["pull"] = pull_one_by_one

FUNCTION_RULES: dict[str, Callable[[Any, Any, Any], Any]] = {}
"""Better ways for some functions that are no ops; None where one does not apply."""

# -- functions that are no ops ------------------------------------------------------------------------------


def one_by_one_function(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Any function, on each tensor of the innermost batch among its arguments; the results stacked.

    It is called where an attempt to call the function on the whole batch has raised, and looks at why. A function
    that draws random numbers does so as the innermost `vmap` says: for each tensor, from the same state or not.
    """
    leaves, spec = pytree.flatten((args, kwargs))
    name = getattr(function, "__name__", "this function")
    fills = name.endswith("_")
    if isinstance(sys.exception(), DrawsError):
        running = state.vmaps[-1]
        check_randomness(running, name, fills and not belongs(leaves[0], running.level))
    else:
        known = FUNCTION_RULES.get(name)
        result = None if known is None else known(function, args, kwargs)
        if result is not None:
            return result
        if innermost_level(leaves) is None:
            raise  # the function came across a batch elsewhere: that error stands
        running = innermost(leaves)
    flags = [belongs(leaf, running.level) for leaf in leaves]

    def call(i: int) -> Any:
        chosen = [leaf.physical[i] if flag else leaf for leaf, flag in zip(leaves, flags, strict=True)]
        its_args, its_kwargs = pytree.unflatten(chosen, spec)
        return function(*its_args, **its_kwargs)

    if not any(flags) and running.randomness == "same":
        with without(running):
            return call(0)
    results = stacked(looped(call, running), name)
    if fills:
        return leaves[0]
    return pytree.tree_map(lambda t: batched(t, running.level) if isinstance(t, Tensor) else t, results)


BATCH_RULES["function"] = one_by_one_function


def looped(call: Callable[[int], Any], running: Vmap) -> list[Any]:
    """The results of a call for each tensor of the batch; random numbers drawn meanwhile are the same or different."""
    if running.randomness == "error":
        return [call(i) for i in range(running.size)]
    beginning = default_generator.get_state()
    results = []
    with without(running):
        for i in range(running.size):
            if running.randomness == "same":
                default_generator.set_state(beginning)
            results.append(call(i))
    return results


@contextmanager
def without(running: Vmap) -> Iterator[None]:
    """While a batch is gone through one by one, its level is none: what is drawn is drawn for one tensor."""
    before = state.vmaps
    state.vmaps = tuple(other for other in before if other is not running)
    try:
        yield
    finally:
        state.vmaps = before


def check_randomness(running: Vmap, name: str, fills_one: bool) -> None:
    """Raise RuntimeError where random numbers are not wanted, or there is no place for different ones."""
    if running.randomness == "error":
        raise RuntimeError(
            f"vmap: called random operation while in randomness error mode: '{name}'. Say what is wanted, with "
            "vmap(..., randomness='same') or randomness='different', or draw the numbers outside"
        )
    if running.randomness == "different" and fills_one:
        raise RuntimeError(
            f"vmap: Cannot ask for different inplace randomness on an unbatched tensor: '{name}' fills a tensor that is "
            "the same for all. Make it from one that is mapped over, with zeros_like() and the like"
        )


# -- every level at once ------------------------------------------------------------------------------------


def spread(x: Tensor, levels: tuple[Vmap, ...]) -> Tensor:
    """A tensor as a batch of each of these levels, which are in order and include all that it is a batch of."""
    if not levels:
        return x
    *outer, inner = levels
    return batched(spread(in_batch(x, inner), tuple(outer)), inner.level)


def lowered(x: Tensor, levels: tuple[Vmap, ...]) -> Tensor:
    """The plain tensor under a batch of all these levels: its first dimensions are theirs, the outermost first."""
    x = spread(x, levels)
    while isinstance(x, Batched):
        x = x.physical
    return x


def raised(base: Tensor, levels: tuple[Vmap, ...]) -> Tensor:
    """A tensor whose first dimensions are those of these levels, as the batch that it is: undoes `lowered`."""
    for running in levels:
        base = batched(base, running.level)
    return base


def at_front(x: Tensor, dim: int) -> Tensor:
    """The tensor with its batch dimension in front."""
    return x if dim == 0 else movedim(x, dim, 0)
