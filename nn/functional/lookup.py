"""Looking up rows of a table, one by one or in bags; and classes as vectors."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.compiled.handled import safe
from autograd.misuse import speaking
from autograd.ops import linear
from autograd.ops.bags import MODES, bags
from autograd.tensor import Tensor, tensor_of

__all__ = ["embedding", "embedding_bag", "one_hot"]


@speaking
@safe
def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of a table that the indices name: shape (*input, columns).

    Args:
        padding_idx: a row that gets no gradient.
        max_norm: first shrink, in the table itself, the rows in use to at most this norm.
        norm_type: which norm.
        scale_grad_by_freq: divide each row's gradient by how often it occurs in the input.
        sparse: has no effect; gradients are dense here.

    Raises IndexError for an index that is no row, AssertionError for such a `padding_idx`,
    RuntimeError for indices that are not integers.

    >>> import autograd, nn.functional as F
    >>> F.embedding(autograd.tensor([2, 0]), autograd.eye(3))
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    if not isinstance(input, Tensor) or input.dtype.is_floating_point or input.dtype.is_complex:
        kind = input.dtype.name if isinstance(input, Tensor) else type(input).__name__
        raise (RuntimeError if isinstance(input, Tensor) else TypeError)(
            f"embedding(): Expected tensor for argument 'indices' to have integers, but got {kind}: convert "
            "with .long()"
        )
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, (rows, columns), but has shape {tuple(weight.shape)}")
    skipped = padding_row(padding_idx, weight.shape[0])
    if max_norm is not None:
        limit_norms(weight, np.unique(input.array), max_norm, norm_type)
    rows: Tensor = linear.embedding(weight, input, skipped)
    if scale_grad_by_freq and rows.requires_grad:
        rows.register_hook(partial(divided_by_frequency, input.array))
    return rows


def padding_row(padding_idx: int | None, rows: int) -> int:
    """The row that gets no gradient, counted from the front; -1 for none."""
    if padding_idx is None:
        return -1
    if not -rows <= padding_idx < rows:
        raise AssertionError(f"Padding_idx must be within num_embeddings: got {padding_idx} for {rows} rows")
    return padding_idx % rows


def limit_norms(weight: Tensor, used: Array, max_norm: float, norm_type: float) -> None:
    """Shrink rows of the table that are longer than allowed."""
    table = weight.memory()
    if used.size and (used[0] < 0 or used[-1] >= len(table)):
        return  # the lookup will say so
    norms = np.linalg.norm(table[used], norm_type, axis=1)
    long = norms > max_norm
    if long.any():
        table[used[long]] *= (max_norm / (norms[long] + 1e-7))[:, None]
        weight.writes().stamp("embedding(max_norm=)")


def divided_by_frequency(index: Array, g: Tensor) -> Tensor:
    """The gradient of each row that was looked up, divided by how often that was done."""
    _, position, counts = np.unique(index, return_inverse=True, return_counts=True)
    frequency = counts[position].reshape(*index.shape, 1)
    return g / g.like(frequency.astype(g.dtype.dtype))


@speaking
def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None, norm_type: float = 2,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean (or the "sum", or the "max") of the rows of a table that each bag names: shape (bags, columns).

    Args:
        input: the rows, (bags, size); or of all bags one after another, with
        offsets: where each bag begins; with `include_last_offset`, and where the last one ends.
        per_sample_weights: a factor for each row named, for mode "sum".
        padding_idx: a row that does not count, nor gets a gradient.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for `embedding`.

    Raises ValueError for shapes and modes that don't fit together, IndexError for a row that does not exist.
    """
    if mode not in MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if not isinstance(input, Tensor) or weight.ndim != 2:
        raise TypeError(f"embedding_bag(): needs a Tensor of indices and a 2-D weight, got {type(input).__name__}")
    skipped = padding_row(padding_idx, weight.shape[0])
    if max_norm is not None:
        limit_norms(weight, np.unique(input.array), max_norm, norm_type)
    table = weight
    if scale_grad_by_freq:
        if mode == "max":
            raise RuntimeError("embedding_bag: scale_grad_by_freq: can only scale gradients with sum or mean mode")
        table = weight.view_as(weight)
        if table.requires_grad:
            table.register_hook(partial(rows_divided_by_frequency, input.array))
    return bags(table, input, offsets, per_sample_weights, mode, include_last_offset, skipped)


def rows_divided_by_frequency(index: Array, g: Tensor) -> Tensor:
    """The gradient of each row of a table, divided by how often the row was named."""
    frequency = np.maximum(np.bincount(index.reshape(-1), minlength=len(g)), 1)
    return g / g.like(frequency[:, None].astype(g.dtype.dtype))


@speaking
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Classes as vectors that are 1 at the class and 0 elsewhere: shape (*, num_classes), of int64.

    Without `num_classes`, as many as the largest class demands. Raises RuntimeError for what is no class.

    >>> import autograd, nn.functional as F
    >>> F.one_hot(autograd.tensor([2, 0]))
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"one_hot(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    if tensor.dtype is not dtypes.int64:
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor, got {tensor.dtype.name}: convert "
            "with .long()"
        )
    if not tensor.numel() and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if tensor.numel() and tensor.array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, but one is {tensor.array.min()}")
    largest = int(tensor.array.max(initial=-1)) if tensor.numel() else -1
    if num_classes == -1:
        num_classes = largest + 1
    elif num_classes < 1 or largest >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes, {num_classes}, but one is {largest}")
    return tensor_of((tensor.array[..., None] == np.arange(num_classes)).astype(np.int64), dtypes.int64)
