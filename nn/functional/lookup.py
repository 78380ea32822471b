"""Looking up rows of a table."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograd.arrays import Array
from autograd.ops import linear
from autograd.tensor import Tensor

__all__ = ["embedding"]


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
            f"embedding(): Expected tensor for argument 'indices' to have integers, but got {kind}: convert with .long()"
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
