"""Looking values up: in sorted boundaries, in sets, and where they are."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.cases import ascending, bools, case, ints
from autograd.derived import derived
from autograd.tensor import Tensor, tensor_of


@derived(
    r"\min \{k : s_k \ge x_i\}",
    cases=(case(ascending(5), (2, 3)), case(ascending(2, 5), (2, 3), right=True), case(ascending(0), (2,))),
    method=False,
)
def searchsorted(
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False, side: str | None = None,
    sorter: Any = None,
) -> Tensor:  # fmt: skip
    """For each value, the index in a sorted sequence at which it would be put in: before equal ones, or after.

    A sequence of several dimensions is searched row by row.
    """
    sequence = sorted_sequence
    scalar = not isinstance(input, Tensor)
    values = tensor_of(np.asarray(input, sequence.dtype.dtype)) if scalar else input
    check_search(sequence, values, right, side, sorter, scalar)
    array = sequence.array if sorter is None else np.take_along_axis(sequence.array, sorter.array, -1)
    after = "right" if right or side == "right" else "left"
    if sequence.ndim == 1:
        found = np.searchsorted(array, values.array, after)
    else:
        count = math.prod(array.shape[:-1])
        rows = zip(array.reshape(count, -1), values.array.reshape(count, -1), strict=True) if values.numel() else ()
        found = np.array([np.searchsorted(row, wanted, after) for row, wanted in rows]).reshape(values.shape)
    return tensor_of(np.asarray(found, np.int32 if out_int32 else np.int64))


def check_search(sequence: Tensor, values: Tensor, right: bool, side: Any, sorter: Any, scalar: bool) -> None:
    """Raise RuntimeError where sequence, values and options don't go together.

    >>> import autograd
    >>> autograd.searchsorted(autograd.tensor([1, 3, 5]), autograd.tensor([0, 3, 6]))
    tensor([0, 1, 3])
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            "searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if sequence.ndim == 0:
        raise RuntimeError("searchsorted(): the sorted sequence should have one dimension at least")
    if sequence.ndim > 1 and (scalar or sequence.shape[:-1] != values.shape[:-1]):
        raise RuntimeError(
            "searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
            f"and input value tensor must match, but we got boundaries {list(sequence.shape)} and input value tensor "
            f"{list(values.shape)}"
        )
    if values.dtype is not sequence.dtype and not scalar:
        raise RuntimeError(
            "searchsorted(): boundary tensor and input value tensor should have same dtype, but got boundary dtype "
            f"{sequence.dtype.name} and input value tensor dtype {values.dtype.name}"
        )
    if sorter is not None:
        if sorter.shape != sequence.shape or sorter.dtype is not dtypes.int64:
            raise RuntimeError("searchsorted(): boundary and sorter must have the same size, and sorter must be int64")
        if sorter.numel() and (sorter.array.min() < 0 or sorter.array.max() >= sequence.shape[-1]):
            raise RuntimeError("searchsorted(): sorter index out of range")


@derived(
    r"\min \{k : b_k \ge x_i\}",
    cases=(case((2, 3), ascending(5)), case((), ascending(4), right=True), case((0,), ascending(4))),
    method=False,
)
def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """For each value, the number of the bucket between sorted boundaries that it falls into.

    >>> import autograd
    >>> autograd.bucketize(autograd.tensor([0, 3, 6]), autograd.tensor([1, 3, 5]), right=True)
    tensor([0, 2, 3])
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@derived(
    r"x_i \in T",
    cases=(case(ints((3, 4), 0, 6), ints((4,), 0, 6)), case(ints((2,), 0, 3), ints((0,), 0, 3))),
    method=False,
)
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is among the test elements.

    >>> import autograd
    >>> autograd.isin(autograd.tensor([1, 2, 3]), autograd.tensor([2, 5]))
    tensor([False,  True, False])
    """
    left, right = (np.asarray(v.array if isinstance(v, Tensor) else v) for v in (elements, test_elements))
    return tensor_of(np.asarray(np.isin(left, right, assume_unique=False, invert=invert)))


@derived(r"\{i : x_i \ne 0\}", cases=(case(bools((3, 4))), case(ints((2, 2), 0, 2)), case(bools(()))))
def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, a row for each.

    >>> import autograd
    >>> autograd.argwhere(autograd.tensor([0, 7, 8]))
    tensor([[1],
            [2]])
    """
    return tensor_of(np.ascontiguousarray(np.argwhere(input.array)), dtypes.int64)


@derived(r"\{i : x_i \ne 0\}", cases=(case(bools((3, 4)), size=5), case(bools((4,)), size=7, fill_value=-2)))
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """The first `size` rows of `nonzero`, filled up where there are fewer.

    >>> import autograd
    >>> autograd.nonzero_static(autograd.tensor([0, 7, 8]), size=3)
    tensor([[ 1],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    places = np.argwhere(input.array)[:size]
    rows = np.full((size, input.ndim), operator.index(fill_value), np.int64)
    rows[: len(places)] = places
    return tensor_of(rows)


@derived(r"i = i_1 n_2 + i_2", cases=(case(ints((4,), 0, 6), shape=(2, 3)),), method=False)
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates of elements given by their places in row-major order.

    >>> import autograd
    >>> autograd.unravel_index(autograd.tensor([0, 5]), (2, 3))
    (tensor([0, 1]), tensor([0, 2]))
    """
    if indices.dtype.category != dtypes.INTEGER:
        raise ValueError(f"expected 'indices' to be integer dtype, but got {indices.dtype!r}")
    sizes = [int(size) for size in ([shape] if isinstance(shape, (int, np.integer)) else shape)]
    if any(size < 0 for size in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(sizes)}")
    found = []
    rest = np.asarray(indices.array)
    for size in reversed(sizes):
        found.append(tensor_of(np.asarray(rest % size if size else rest)))
        rest = rest // size if size else rest
    return tuple(reversed(found))
