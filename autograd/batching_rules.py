"""Batching rules of single ops, of indexing, and of writes in place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.batched import Batched, NeedsLoopError, batched, belongs
from autograd.batching import (
    FUNCTION_RULES,
    Rule,
    Vmap,
    at_front,
    elementwise,
    in_batch,
    in_full,
    innermost,
    one_by_one,
    one_by_one_function,
    padded,
    shifted,
    without,
)  # fmt: skip
from autograd.counting import arange
from autograd.create import ones_like
from autograd.index import parse_index
from autograd.inplace import overwrite
from autograd.modes import state
from autograd.ops.arranging import movedim
from autograd.ops.indexing import getitem, listed, setitem
from autograd.ops.matmul import matmul
from autograd.ops.shaping import complete, reshape, sizes_of, squeeze, unsqueeze
from autograd.pytree import broadcast_prefix, flatten, tree_map, unflatten
from autograd.registry import BATCH_RULES, OPS
from autograd.tensor import Tensor


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the batching rule of these ops."""

    def declare(function: Rule) -> Rule:
        for name in names:
            BATCH_RULES[name] = function
        return function

    return declare


# -- products -----------------------------------------------------------------------------------------------------------


@rule("matmul")
def batch_matmul(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """Batches of matrices are matrices with one more leading dimension; vectors become rows and columns first."""
    x, y = operands
    x_rank, y_rank = x.ndim - flags[0], y.ndim - flags[1]
    if not x_rank or not y_rank:
        return one_by_one(op, operands, params, flags, running)  # which raises, in terms of one tensor
    if x_rank == 1:
        x = unsqueeze(x, -2)
    if y_rank == 1:
        y = unsqueeze(y, -1)
    leading = max(x_rank, y_rank, 2) - 2
    x, y = (padded(t, leading - (t.ndim - 3)) if flag else t for t, flag in zip((x, y), flags, strict=True))
    product = matmul(x, y)
    if y_rank == 1:
        product = squeeze(product, -1)
    return squeeze(product, -1 if y_rank == 1 else -2) if x_rank == 1 else product


@rule("linear")
def batch_linear(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """Batched inputs are more rows; batched weights are a batch of matrix products."""
    x, weight, bias = operands
    if not flags[1] and not flags[2]:
        return op.function(x, weight, bias)
    if weight.ndim - flags[1] != 2 or x.ndim == flags[0]:
        return one_by_one(op, operands, params, flags, running)
    x = in_full(x, flags[0], running.size)
    rows = reshape(x, (running.size, -1, x.shape[-1]))
    z = matmul(rows, weight.transpose(-1, -2))
    if bias is not None:
        z = z + (unsqueeze(bias, 1) if flags[2] else bias)
    return reshape(z, (*x.shape[:-1], z.shape[-1]))


@rule("convolution", "convolution_input", "max_pool", "avg_pool")
def batch_samples(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """A batch of inputs is a larger batch of samples; a batch of kernels is done one by one."""
    x, *others = operands
    if any(flags[1:]) or 0 in x.shape:
        return one_by_one(op, operands, params, flags, running)
    samples = op.function(reshape(x, (-1, *x.shape[2:])), *others, **params)
    return reshape(samples, (*x.shape[:2], *samples.shape[1:]))


# -- shapes -------------------------------------------------------------------------------------------------------------


@rule("view")
def batch_reshape(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The new shape, behind the batch."""
    return op.function(operands[0], (running.size, *params["shape"]))


@rule("expand")
def batch_expand(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The new sizes, behind the batch."""
    (x,), sizes = operands, params["size"]
    return op.function(padded(x, len(sizes) - (x.ndim - 1)), (running.size, *sizes))


@rule("permute")
def batch_permute(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The order, counted one further, with the batch in front."""
    return op.function(operands[0], (0, *(d + 1 for d in params["dims"])))


@rule("squeeze", "unsqueeze")
def batch_squeeze(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The dimensions, counted one further."""
    dim = params["dim"]
    return op.function(operands[0], tuple(d + 1 for d in dim) if isinstance(dim, tuple) else dim + 1)


@rule("constant_pad_nd")
def batch_pad(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """No padding of the batch."""
    return op.function(operands[0], (0, *params["before"]), (0, *params["after"]), params["value"])


@rule("diagonal_adjoint", "unfold_adjoint")
def batch_with_shape(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The shape to give back, behind the batch; dimensions counted one further."""
    return shifted(op, operands, params | {"shape": (running.size, *params["shape"])}, flags, running)


BATCH_RULES["unfold"] = BATCH_RULES["split"] = shifted


@rule("cat", "stack")
def batch_join(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """Joined along the same dimension, counted one further."""
    whole = [in_full(t, flag, running.size) for t, flag in zip(operands, flags, strict=True)]
    dim = params["dim"]
    return OPS[op.name].function(whole, dim + 1 if dim >= 0 else dim)


# -- picking elements ------------------------------------------------------------------------------------------------------


@rule(
    "gather", "scatter", "scatter_add", "scatter_extreme", "scatter_product", "gather_adjoint", "max_along", "min_along"
)
def batch_along(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """Tensor, index and source all as batches; the dimension counted one further."""
    whole = [in_full(t, flag, running.size) for t, flag in zip(operands, flags, strict=True)]
    if whole[0].ndim == 1 or any(t.ndim == 1 for t in whole) or params["dim"] is None:
        return one_by_one(op, operands, params, flags, running)
    moved = dict(params)
    dim = params["dim"]
    moved["dim"] = tuple(d + 1 for d in dim) if isinstance(dim, tuple) else dim + 1
    if "shape" in params:
        moved["shape"] = (running.size, *params["shape"])
    return op.function(*whole, **moved)


@rule("embedding")
def batch_embedding(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """More places to look up in the same table."""
    return one_by_one(op, operands, params, flags, running) if flags[0] else op.function(*operands, **params)


@rule("masked_fill")
def batch_masked_fill(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """Tensor and mask broadcast."""
    if operands[0].ndim - flags[0] < operands[1].ndim - flags[1]:
        return one_by_one(op, operands, params, flags, running)
    return elementwise(
        op, [in_full(operands[0], flags[0], running.size), operands[1]], params, [True, flags[1]], running
    )


def arrays_apart(index: Any) -> int:
    """How many dimensions an index picks in place of its arrays, if NumPy puts them first; else 0."""
    places = [place for place, item in enumerate(index) if isinstance(item, np.ndarray)]
    if places and places[-1] - places[0] >= len(places):
        return len(np.broadcast_shapes(*(index[place].shape for place in places)))
    return 0


@rule("basic_index")
def batch_basic_index(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The index, behind the batch."""
    return op.function(operands[0], (slice(None), *params["index"]))


@rule("basic_index_adjoint")
def batch_basic_adjoint(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The index and the shape, behind the batch."""
    return op.function(operands[0], (slice(None), *params["index"]), (running.size, *params["shape"]))


@rule("index")
def batch_index(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The index, behind the batch; where NumPy puts the picked dimensions first, the batch comes after them."""
    picked = op.function(operands[0], (slice(None), *params["index"]))
    return movedim(picked, arrays_apart(params["index"]), 0)


@rule("index_adjoint")
def batch_index_adjoint(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The index and the shape, behind the batch, which is moved to where `index` would put it."""
    x = movedim(operands[0], 0, arrays_apart(params["index"]))
    return op.function(x, (slice(None), *params["index"]), (running.size, *params["shape"]))


# -- losses ------------------------------------------------------------------------------------------------------------


@rule("mse_loss", "l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")
def batch_loss(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The losses of all elements, and then their mean or sum for each tensor of the batch."""
    whole = [in_full(t, flag, running.size) for t, flag in zip(operands, flags, strict=True)]
    losses = op.function(*whole, **params | {"reduction": "none"})
    if params["reduction"] == "none" or losses.ndim == 1:
        return losses
    dims = tuple(range(1, losses.ndim))
    return losses.mean(dims) if params["reduction"] == "mean" else losses.sum(dims)


@rule("nll_loss")
def batch_nll_loss(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], running: Vmap) -> Any:
    """The samples of all tensors together; the mean is taken afterwards, with the weights that the classes have."""
    x, target, weight = operands
    if flags[2] or x.ndim - flags[0] == 1:
        return one_by_one(op, operands, params, flags, running)
    x, target = in_full(x, flags[0], running.size), in_full(target, flags[1], running.size)
    samples = reshape(x, (-1, *x.shape[2:])), reshape(target, (-1, *target.shape[2:]))
    each = params | {"reduction": "none"}
    losses = reshape(op.function(*samples, weight, **each), target.shape)
    if params["reduction"] == "none":
        return losses
    total = losses.flatten(1).sum(1)
    if params["reduction"] == "sum":
        return total
    weights = op.function(-ones_like(samples[0].detach()), samples[1], weight, **each)  # of each sample
    return total / reshape(weights, target.shape).flatten(1).sum(1)


# -- functions that look at numbers, and work along a dimension ------------------------------------------------------------


def function_rule(*names: str) -> Callable[[Any], Any]:
    """Declare the decorated function as the better way for these functions."""

    def declare(function: Any) -> Any:
        for name in names:
            FUNCTION_RULES[name] = function
        return function

    return declare


@function_rule("max", "min", "median", "nanmedian", "mode", "kthvalue", "cummax", "cummin", "gather", "take_along_dim")
def along_dim(function: Any, args: Any, kwargs: Any) -> Any:
    """The function on whole batches, along the dimension counted one further."""
    call = inspect.signature(function).bind(*args, **kwargs)
    call.apply_defaults()
    given = call.arguments
    tensors = {name: value for name, value in given.items() if isinstance(value, Tensor)}
    ranks = {tensor.ndim for tensor in tensors.values()}
    dim = given.get("dim")
    if not isinstance(dim, int) or len(ranks) != 1 or not -min(ranks) <= dim < min(ranks):
        return None
    running = innermost(tensors.values())
    given["dim"] = dim + 1 if dim >= 0 else dim
    given.update({name: in_batch(tensor, running) for name, tensor in tensors.items()})
    return tree_map(lambda t: batched(t, running.level), function(*call.args, **call.kwargs))


@function_rule("view")
def view_batched(function: Any, args: Any, kwargs: Any) -> Any:
    """A view of the whole batch."""
    x, *sizes = args
    if kwargs or not all(isinstance(size, (int, tuple, list)) for size in sizes):
        return None
    wanted = complete(sizes_of(tuple(sizes), "view"), x.numel(), "view")
    return batched(function(x.physical, (x.physical.shape[0], *wanted)), x.level)


# -- square brackets -------------------------------------------------------------------------------------------------------


def getitem_batched(x: Tensor, index: Any) -> Tensor:
    """`x[index]` with batches in the index: integers of a batch pick at once, anything else one by one."""
    items = tuple(listed(index)) if isinstance(index, tuple) else (index,)
    running = innermost([x, *flatten(items)[0]])
    if not all(isinstance(item, Tensor) and is_integer(item) for item in items):
        result: Tensor = BATCH_RULES["function"](getitem, (x, index), {})
        return result
    rank = max(item.ndim for item in items)
    places: list[Any] = [
        padded(item.physical, rank - item.ndim) if belongs(item, running.level) else item  # type: ignore[union-attr]
        for item in items
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
    if isinstance(arg, Batched) and arg.version is not None and arg.version is physical.version:
        return arg.clone()
    return arg


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


# -- custom Functions -------------------------------------------------------------------------------------------------


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
