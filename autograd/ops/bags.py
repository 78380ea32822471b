"""Bags of rows: the sum, the mean or the maximum of those rows of a table that each bag names."""

from __future__ import annotations

import math

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case, ints, sample
from autograd.create import zeros
from autograd.derived import derived
from autograd.ops.linear import embedding
from autograd.tensor import Tensor, tensor_of

MODES = ("sum", "mean", "max")


@derived(
    r"\sum_{i \in \text{bag}} W_i",
    name="nn.functional.bags",
    method=False,
    cases=(
        case((5, 3), ints((2, 4), 0, 5)),
        case((5, 3), ints((6,), 0, 5), ints((1,), 0, 1), mode="mean"),
        case(sample((5, 3), apart=True), ints((2, 4), 0, 5), mode="max"),
        case((5, 3), ints((2, 4), 0, 5), None, (2, 4)),
    ),
)
def bags(
    weight: Tensor, indices: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None,
    mode: str = "sum", include_last_offset: bool = False, padding_idx: int = -1,
) -> Tensor:  # fmt: skip
    """One vector for each bag of rows of a table.

    Args:
        indices: the rows, (bags, size); or of all bags one after another, with
        offsets: where each bag begins; with `include_last_offset`, and where the last one ends.
        per_sample_weights: a factor for each row named, for mode "sum".
        mode: "sum", "mean" or "max" of the rows; an empty bag gives zeros.
        padding_idx: a row that does not count, nor gets a gradient.

    Raises ValueError for shapes and modes that don't fit together, IndexError for a row that does not exist.
    """
    flat, bag, count = places_in_bags(indices, offsets, include_last_offset)
    if per_sample_weights is not None:
        check_factors(per_sample_weights, indices, weight, mode)
    counted = flat != padding_idx if padding_idx >= 0 else np.ones(flat.shape, np.bool_)
    rows = embedding(weight, tensor_of(flat), padding_idx)
    if mode == "max":
        return maxima(rows, bag, counted, count)
    factors = counted.astype(rows.dtype.dtype)
    if mode == "mean":
        factors = factors / np.maximum(np.bincount(bag, factors, count), 1).astype(factors.dtype)[bag]
    scaled = rows * rows.like(factors[:, None])
    if per_sample_weights is not None:
        scaled = scaled * per_sample_weights.reshape(-1, 1)
    sums: Tensor = zeros(count, weight.shape[1], dtype=weight.dtype).index_add(0, tensor_of(bag, dtypes.int64), scaled)
    return sums


def places_in_bags(indices: Tensor, offsets: Tensor | None, include_last: bool) -> tuple[Array, Array, int]:
    """The rows named, one after another; the bag that each belongs to; and how many bags there are."""
    if indices.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(
            "embedding_bag: Expected tensor for argument 'indices' to have int64 or int32, but got "
            f"{indices.dtype.name}"
        )
    if indices.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated as a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets).__name__}"
            )
        count, size = indices.shape
        return indices.array.reshape(-1), np.repeat(np.arange(count), size), count
    if indices.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {indices.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None: it says where each bag of a 1D input begins")
    if offsets.ndim != 1:
        raise ValueError(f"offsets has to be a 1D Tensor, not {offsets.ndim}D")
    starts = check_offsets(offsets, indices.numel(), include_last)
    bag = np.searchsorted(starts, np.arange(indices.numel()), "right") - 1
    return indices.array, bag, len(starts)


def check_offsets(offsets: Tensor, size: int, include_last: bool) -> Array:
    """Where the bags begin. Raises RuntimeError where that makes no sense."""
    if offsets.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"embedding_bag: Expected offsets to have int64 or int32, but got {offsets.dtype.name}")
    starts = offsets.array
    if include_last and not len(starts):
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if len(starts) and starts[-1] > size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length: expected at most {size}, got {starts[-1]}"
        )
    return starts[:-1] if include_last else starts


def check_factors(factors: Tensor, indices: Tensor, weight: Tensor, mode: str) -> None:
    """Raise unless there is a factor for each row named."""
    if mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}')"
        )
    if factors.dtype is not weight.dtype:
        raise RuntimeError(
            f"embedding_bag: expected weight ({weight.dtype.name}) and per_sample_weights "
            f"({factors.dtype.name}) to have the same type"
        )
    if tuple(factors.shape) != tuple(indices.shape):
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({tuple(factors.shape)}) is not None, then it must have the "
            f"same shape as the input ({tuple(indices.shape)})"
        )


def maxima(rows: Tensor, bag: Array, counted: Array, count: int) -> Tensor:
    """The largest of each column in each bag; the gradient goes to the first of equals."""
    places = np.full((count, rows.shape[1]), -1)
    largest = np.full(places.shape, -math.inf, rows.dtype.dtype)
    for place in np.flatnonzero(counted):
        row, known = rows.array[place], largest[bag[place]]
        wins = (row > known) | (places[bag[place]] < 0)
        known[wins] = row[wins]
        places[bag[place]][wins] = place
    if not len(rows):
        return zeros(count, rows.shape[1], dtype=rows.dtype)
    found = rows.gather(0, tensor_of(np.maximum(places, 0), dtypes.int64))
    return found.masked_fill(tensor_of(places < 0, dtypes.bool), 0)
