"""Batches in square brackets, in writes in place, and in custom Functions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.batched import Batched, NeedsLoopError, batched, belongs
from autograd.batching import at_front, in_batch, innermost, one_by_one_function, padded, without
from autograd.counting import arange
from autograd.index import parse_index
from autograd.inplace import overwrite
from autograd.modes import state
from autograd.ops.indexing import getitem, listed, setitem
from autograd.ops.shaping import reshape
from autograd.pytree import broadcast_prefix, flatten, unflatten
from autograd.registry import BATCH_RULES
from autograd.tensor import Tensor

# -- square brackets ----------------------------------------------------------------------------------------


def getitem_batched(x: Tensor, index: Any) -> Tensor:
    """`x[index]` with batches in the index: integers of a batch pick at once, anything else one by one."""
    items = tuple(listed(index)) if isinstance(index, tuple) else (index,)
    running = innermost([x, *flatten(items)[0]])
    if not all(isinstance(item, Tensor) and is_integer(item) for item in items):
        result: Tensor = BATCH_RULES["function"](getitem, (x, index), {})
        return result
    rank = max(item.ndim for item in items)
    places: list[Any] = [
        padded(item.physical, rank - item.ndim) if belongs(item, running.level) else item for item in items
    ]
    if belongs(x, running.level):
        first = reshape(arange(running.size), (running.size, *(1,) * rank))
        return batched(getitem(x.physical, (first, *places)), running.level)  # type: ignore[attr-defined]
    return batched(getitem(x, tuple(places)), running.level)


def is_integer(item: Tensor) -> bool:
    """Whether an index counts places, and is no mask."""
    return item.dtype.category == 1 and item.dtype.name != "uint8"


def setitem_batched(x: Tensor, index: Any, value: Any) -> None:
    """`x[index] = value` where any of them is a batch: x must be one too, or the values would not fit in."""
    leaves, spec = flatten((index, value))
    running = innermost([x, *leaves])
    if not belongs(x, running.level):
        raise not_batched("x[...] = value")
    physical = x.physical  # type: ignore[attr-defined]
    if not any(belongs(leaf, running.level) for leaf in leaves[:-1]):
        parsed = parse_index(index, tuple(x.shape))
        if not parsed.advanced:
            if belongs(value, running.level):
                rank = np.broadcast_to(0, tuple(x.shape))[(*parsed.basic, Ellipsis)].ndim
                value = padded(value.physical, rank - value.ndim)
            setitem(physical, (slice(None), *parsed.basic), value)
            return
    for i in range(running.size):
        its_index, its_value = unflatten(
            [leaf.physical[i] if belongs(leaf, running.level) else leaf for leaf in leaves], spec
        )
        setitem(physical[i], its_index, its_value)


def overwrite_batched(x: Tensor, function: Any, args: Any, kwargs: Any, name: str) -> Tensor:
    """A write in place where any operand is a batch: x must be one too; its whole batch is overwritten."""
    running = innermost([x, *args, *kwargs.values()])
    if not belongs(x, running.level):
        raise not_batched(name)

    physical = x.physical  # type: ignore[attr-defined]
    if state.grad_enabled:
        args = tuple(unshared(arg, physical) for arg in args)
    flows = state.grad_enabled and any(isinstance(t, Tensor) and t.requires_grad for t in (*args, *kwargs.values()))

    def on_batch(old: Tensor) -> Tensor:
        before = old.clone() if flows else old  # the rules may read what will be overwritten
        return in_batch(function(batched(before, running.level), *args, **kwargs), running)

    overwrite(physical, on_batch, (), {}, name)
    return x


def unshared(arg: Any, physical: Tensor) -> Any:
    """An operand as the rules will need it: a copy, if it lies in the memory that is written."""
    if not isinstance(arg, Batched):
        return arg
    shares = arg.physical is physical or (arg.version is not None and arg.version is physical.version)
    return arg.clone() if shares else arg


def not_batched(name: str) -> NeedsLoopError:
    """The error for writing a batch into one tensor."""
    return NeedsLoopError(
        f"vmap: inplace arithmetic(self, *extra_args) is not possible: {name} would write values that differ for the "
        "tensors of the batch into one that is the same for all. Use the operation that returns a new tensor (x = x + "
        "y in place of x += y), or make the tensor from one that is mapped over, with zeros_like() and the like"
    )


BATCH_RULES["x[i]"] = getitem_batched
BATCH_RULES["x[i] = y"] = setitem_batched
BATCH_RULES["x += y"] = overwrite_batched


# -- custom Functions ---------------------------------------------------------------------------------------


class VmapInfo(NamedTuple):
    """What the `vmap` of a custom Function is told."""

    batch_size: int
    randomness: str


def function_batched(cls: Any, args: tuple[Any, ...]) -> Any:
    """A custom Function on batches: by its own `vmap`, or on each tensor if it says that this is right."""
    running = innermost(args)
    if cls.generate_vmap_rule and cls.overrides("vmap"):
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
            "staticmethod: leave out one of them"
        )
    if cls.generate_vmap_rule:
        return one_by_one_function(cls.apply, args, {})
    if not cls.overrides("vmap"):
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement "
            "the vmap staticmethod, or set generate_vmap_rule=True, which runs it on each tensor of the batch"
        )
    flags = [belongs(arg, running.level) for arg in args]
    given = [arg.physical if flag else arg for arg, flag in zip(args, flags, strict=True)]
    info = VmapInfo(running.size, running.randomness)
    with without(running):
        outputs, out_dims = cls.vmap(info, tuple(0 if flag else None for flag in flags), *given)
    leaves, spec = flatten(outputs)
    dims = broadcast_prefix(out_dims, outputs)
    if dims is None:
        raise ValueError(
            f"{cls.__name__}.vmap returned out_dims {out_dims}, which do not fit its outputs: give one dimension for "
            "each, or one for all"
        )
    results = [
        leaf if dim is None else batched(at_front(leaf, dim), running.level)
        for leaf, dim in zip(leaves, dims, strict=True)
    ]
    return unflatten(results, spec)


BATCH_RULES["Function"] = function_batched
