"""Batching rules of single ops, of indexing, and of writes in place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.batched import batched
from autograd.batching import (
    FUNCTION_RULES,
    Rule,
    Vmap,
    elementwise,
    in_batch,
    in_full,
    innermost,
    one_by_one,
    padded,
    shifted,
)  # fmt: skip
from autograd.create import ones_like
from autograd.ops.arranging import movedim
from autograd.ops.matmul import matmul
from autograd.ops.shaping import complete, reshape, sizes_of, squeeze, unsqueeze
from autograd.pytree import tree_map
from autograd.registry import BATCH_RULES, OPS
from autograd.tensor import Tensor


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the batching rule of these ops."""

    def declare(function: Rule) -> Rule:
        for name in names:
            BATCH_RULES[name] = function
        return function

    return declare


# -- products -----------------------------------------------------------------------------------------------


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
    usual = weight.ndim - flags[1] == 2 and (bias is None or bias.ndim - flags[2] == 1)
    if not usual or x.ndim == flags[0] or 0 in x.shape:
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


# -- shapes -------------------------------------------------------------------------------------------------


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


# -- picking elements ---------------------------------------------------------------------------------------


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


# -- losses -------------------------------------------------------------------------------------------------


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


# -- functions that look at numbers, and work along a dimension ---------------------------------------------


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
