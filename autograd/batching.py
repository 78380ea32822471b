"""Batching rules: how an op on one tensor is carried out on a batch of them at once.

A batch lies along the first dimension of its physical tensor. Most ops need no more than to have
their dimensions counted one further; whatever has no rule here is done one by one and stacked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.batched import Batched, batched, innermost_level
from autograd.ops.arranging import movedim
from autograd.ops.joining import stack
from autograd.ops.linear import linear
from autograd.ops.matmul import matmul
from autograd.ops.shaping import expand, reshape, squeeze, unsqueeze
from autograd.registry import BATCH_RULES, OPS
from autograd.tensor import Tensor

Rule = Callable[[Any, list[Any], dict[str, Any], int, int], Any]

SHIFTED_DIM = frozenset({"dim", "dim0", "dim1", "dim2", "dims", "dimension"})
SHAPE_LIKE = frozenset({
    "shape", "size", "sizes", "index", "positions", "kernel", "stride", "padding", "before", "after", "offset",
    "normalized_shape", "storage_offset", "output_size",
})  # fmt: skip
ONE_BY_ONE = frozenset({"dot", "tril_indices", "strided_view", "copy_slices", "as_strided", "take", "put", "put_add"})


def apply_batched(op: Any, args: Any, params: dict[str, Any]) -> Any:
    """Carry out an op whose operands include batches: those of the innermost level at once, the others as they are."""
    level = innermost_level(args)
    assert level is not None
    size = next(arg.physical.shape[0] for arg in args if isinstance(arg, Batched) and arg.level == level)
    operands = [arg.physical if belongs(arg, level) else arg for arg in args]
    flags = [belongs(arg, level) for arg in args]
    result = rule_for(op, operands, flags)(op, operands, params, flags, size)
    if isinstance(result, tuple):
        return tuple(batched(part, level) for part in result)
    return batched(result, level)


BATCH_RULES["apply"] = apply_batched


def belongs(arg: Any, level: int) -> bool:
    """Whether an operand is a batch of this level."""
    return isinstance(arg, Batched) and arg.level == level


def rule_for(op: Any, operands: list[Any], flags: list[bool]) -> Any:
    """How to carry out an op on batches."""
    known = BATCH_RULES.get(op.name)
    if known is not None:
        return known
    names = {p.name for p in op.meta}
    if op.variadic or op.name in ONE_BY_ONE or names & SHAPE_LIKE:
        return one_by_one
    if op.broadcasts:
        return elementwise
    if len(op.tensors) == 1 and (op.outputs == 1 or names & SHIFTED_DIM):
        return shifted
    return one_by_one


# -- the general rules -----------------------------------------------------------------------------------------------


def elementwise(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """Operands that broadcast: batches get dimensions of size 1 behind the first, so that all line up."""
    ranks = [
        operand.ndim - flag if isinstance(operand, Tensor) else 0 for operand, flag in zip(operands, flags, strict=True)
    ]
    widest = max(ranks)
    lined_up = [
        reshape(operand, (operand.shape[0],) + (1,) * (widest - rank) + tuple(operand.shape[1:]))
        if flag and rank < widest
        else operand
        for operand, rank, flag in zip(operands, ranks, flags, strict=True)
    ]
    return op.function(*lined_up, **params)


def shifted(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """One operand: dimensions are counted one further; all of them are all but the first."""
    rank = operands[0].ndim - 1
    moved = {
        name: one_further(op, name, value, rank) if name in SHIFTED_DIM else value for name, value in params.items()
    }
    return op.function(operands[0], **moved)


def one_further(op: Any, name: str, dim: Any, rank: int) -> Any:
    """A dimension, or several, of one tensor as dimensions of the batch."""
    if name in op.canon:
        dim = op.canon[name](dim, rank, op.name)
    if dim is None:
        return tuple(range(1, rank + 1))
    if isinstance(dim, (tuple, list)):
        return tuple(d + 1 if d >= 0 else d for d in dim)
    return dim + 1 if dim >= 0 else dim


def one_by_one(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """The op on each tensor of the batch, stacked."""

    def nth(operand: Any, flag: bool, i: int) -> Any:
        return operand[i] if flag else operand

    def call(i: int) -> Any:
        chosen = [nth(operand, flag, i) for operand, flag in zip(operands, flags, strict=True)]
        return op.function(chosen, **params) if op.variadic else op.function(*chosen, **params)

    return stack_results([call(i) for i in range(size)])


def stack_results(results: list[Any]) -> Any:
    """The results of a loop, stacked; those of several results each."""
    if isinstance(results[0], tuple):
        return tuple(stack(list(column)) for column in zip(*results, strict=True))
    return stack(results)


# -- rules of single ops ----------------------------------------------------------------------------------------------


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the batching rule of these ops."""

    def declare(function: Rule) -> Rule:
        for name in names:
            BATCH_RULES[name] = function
        return function

    return declare


@rule("matmul")
def batch_matmul(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """Batches of matrices are matrices with one more leading dimension; vectors become rows and columns first."""
    x, y = operands
    x_rank, y_rank = x.ndim - flags[0], y.ndim - flags[1]
    if x_rank == 1:
        x = unsqueeze(x, -2)
    if y_rank == 1:
        y = unsqueeze(y, -1)
    leading = max(x_rank, y_rank, 2) - 2
    x, y = (widened(t, leading) if flag else t for t, flag in zip((x, y), flags, strict=True))
    product = matmul(x, y)
    if y_rank == 1:
        product = squeeze(product, -1)
    return squeeze(product, -1 if y_rank == 1 else -2) if x_rank == 1 else product


def widened(x: Tensor, leading: int) -> Tensor:
    """A batch of matrices with that many dimensions between the batch and the matrix."""
    missing = leading - (x.ndim - 3)
    return reshape(x, (x.shape[0],) + (1,) * missing + tuple(x.shape[1:])) if missing > 0 else x


@rule("linear")
def batch_linear(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """Batched inputs are more rows; batched weights are a batch of matrix products."""
    x, weight, bias = operands
    if not flags[1] and not flags[2]:
        return linear(x, weight, bias)
    x = x if flags[0] else expand(x, (size, *x.shape))
    rows = reshape(x, (size, -1, x.shape[-1]))
    columns = weight.transpose(-1, -2)
    z = matmul(rows, columns)
    if bias is not None:
        z = z + (unsqueeze(bias, 1) if flags[2] else bias)
    return reshape(z, (*x.shape[:-1], z.shape[-1]))


@rule("view")
def batch_reshape(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """The new shape, behind the batch."""
    return op.function(operands[0], (size, *params["shape"]))


@rule("expand")
def batch_expand(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """The new sizes, behind the batch."""
    (x,), sizes = operands, params["size"]
    missing = len(sizes) - (x.ndim - 1)
    return op.function(reshape(x, (size,) + (1,) * missing + tuple(x.shape[1:])), (size, *sizes))


@rule("permute")
def batch_permute(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """The order, counted one further, with the batch in front."""
    return op.function(operands[0], (0, *(d + 1 for d in params["dims"])))


@rule("basic_index", "index")
def batch_index(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """The index, behind the batch."""
    return op.function(operands[0], (slice(None), *params["index"]))


@rule("convolution")
def batch_convolution(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """A batch of inputs is a larger batch of samples; a batch of kernels is done one by one."""
    if flags[1] or flags[2]:
        return one_by_one(op, operands, params, flags, size)
    x = operands[0]
    samples = op.function(reshape(x, (-1, *x.shape[2:])), *operands[1:], **params)
    return reshape(samples, (size, x.shape[1], *samples.shape[1:]))


@rule("cat", "stack")
def batch_join(op: Any, operands: list[Any], params: dict[str, Any], flags: list[bool], size: int) -> Any:
    """Joined along the same dimension, counted one further."""
    whole = [t if flag else expand(t, (size, *t.shape)) for t, flag in zip(operands, flags, strict=True)]
    return OPS[op.name].function(whole, params["dim"] + 1)


def at_front(x: Tensor, dim: int) -> Tensor:
    """The tensor with its batch dimension in front."""
    return x if dim == 0 else movedim(x, dim, 0)
