"""Sorting and what follows from it: order, ranks, medians and modes.

An order is a matter of indices, which have no derivative. Values are gathered by those indices,
so each value's gradient flows back to the element it was.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes, return_types
from autograd.arrays import Array, in_rows
from autograd.cases import apart, case, ints, sample
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.op import op
from autograd.ops.refusals import NO_ORDER
from autograd.ops.scatter import gather
from autograd.tensor import Tensor, tensor_of

ROWS = apart((case((3, 4)), case((3, 4), dim=0), case((2, 3, 4), dim=1)))


# -- order --------------------------------------------------------------------------------------------------


@op(r"\pi: x_{\pi_1} \le x_{\pi_2} \le \ldots", name="argsort", method=False, kind="index", canon={"dim": one_dim},
    refuses=NO_ORDER, cases=ROWS)  # fmt: skip
def _argsort(x: Array, dim: int = -1, descending: bool = False) -> Array:
    """The indices that sort along a dimension; equal elements keep their order, NaN count as largest."""
    if not x.ndim:
        return np.int64(0)  # type: ignore[return-value]
    if not descending:
        return np.argsort(x, dim, kind="stable")
    return np.flip(x.shape[dim] - 1 - np.argsort(np.flip(x, dim), dim, kind="stable"), dim)


@derived(r"\pi : x_{\pi(1)} \le x_{\pi(2)} \le \ldots", cases=ROWS)
def argsort(input: Tensor, dim: Any = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that sort a tensor along a dimension; equal elements keep their order.

    >>> import autograd
    >>> autograd.argsort(autograd.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    order: Tensor = _argsort(input, dim, descending)
    return order


@derived(r"z_i = x_{\pi(i)}, \; z_1 \le z_2 \le \ldots", cases=ROWS)
def sort(input: Tensor, dim: Any = -1, descending: bool = False, stable: bool = False) -> Any:
    """The elements in order along a dimension, and the indices they had; equal ones keep their order.

    >>> import autograd
    >>> autograd.sort(autograd.tensor([3.0, 1.0, 2.0]), descending=True)
    torch.return_types.sort(
    values=tensor([3., 2., 1.]),
    indices=tensor([0, 2, 1]))
    """
    order = argsort(input, dim, descending)
    return return_types.sort(gather(input, dim, order), order)


@derived(
    r"z_i = x_{\pi(i)}, \; z_1 \le z_2 \le \ldots",
    cases=(case(sample((3, 4), apart=True)), case(sample((5,), apart=True))),
)
def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dimension.

    >>> import autograd
    >>> autograd.msort(autograd.tensor([3, 1, 2]))
    tensor([1, 2, 3])
    """
    values: Tensor = sort(input, 0).values
    return values


@derived(
    r"z_1 \ge \ldots \ge z_k",
    cases=(case(sample((3, 4), apart=True), k=2), case(sample((3, 4), apart=True), k=1, dim=0, largest=False)),
)
def topk(input: Tensor, k: Any, dim: Any = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along a dimension, in order, and their indices.

    >>> import autograd
    >>> autograd.topk(autograd.tensor([3.0, 1.0, 2.0]), 2).indices
    tensor([0, 2])
    """
    dim = one_dim(dim, input.ndim, "topk")
    size = input.shape[dim] if input.ndim else 1
    k = int(k)
    if not 0 <= k <= size:
        raise RuntimeError(f"topk: selected index k out of range: k={k} for dimension {dim} of size {size}")
    order = argsort(input, dim, largest)
    places = order.narrow(dim, 0, k).clone() if input.ndim else order
    return return_types.topk(gather(input, dim, places), places)


# -- the k-th, the median, the mode -------------------------------------------------------------------------


def at_rank(x: Tensor, rank: Array, dim: int, keepdim: bool, result: Any) -> Any:
    """The elements of given ranks along a dimension, and their indices; one rank for all rows or one for each."""
    if not x.ndim:
        return result(x.clone(), tensor_of(np.int64(0)))
    order = argsort(x, dim).array
    shape = (*x.shape[:dim], 1, *x.shape[dim + 1 :])
    places = tensor_of(in_rows(np.take_along_axis(order, np.broadcast_to(rank, shape), dim)), dtypes.int64)
    values = gather(x, dim, places)
    return result(values, places) if keepdim else result(values.squeeze(dim), places.squeeze(dim))


def check_not_empty(x: Tensor, dim: int, name: str) -> None:
    """Raise IndexError where there is no element to choose."""
    if x.ndim and x.shape[dim] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size (shape {tuple(x.shape)})")


@derived(
    r"x_{\pi(k)}",
    cases=(case(sample((3, 4), apart=True), k=2), case(sample((3, 4), apart=True), k=1, dim=0, keepdim=True)),
)
def kthvalue(input: Tensor, k: Any, dim: Any = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along a dimension, counted from 1, and its index.

    >>> import autograd
    >>> autograd.kthvalue(autograd.tensor([30.0, 10.0, 20.0]), 2).values
    tensor(20.)
    """
    dim = one_dim(dim, input.ndim, "kthvalue")
    size = input.shape[dim] if input.ndim else 1
    check_not_empty(input, dim, "kthvalue")
    if not 1 <= int(k) <= size:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}: k={k}, size {size}")
    return at_rank(input, np.int64(int(k) - 1), dim, keepdim, return_types.kthvalue)


def middle(x: Tensor, dim: int) -> Array:
    """The rank of the lower median of each row; of a NaN in rows that hold one."""
    size = x.shape[dim] if x.ndim else 1
    rank = np.asarray((size - 1) // 2)
    if not (x.is_floating_point() and x.ndim):
        return rank
    return np.where(np.isnan(x.array).any(axis=dim, keepdims=True), size - 1, rank)


def middle_of_numbers(x: Tensor, dim: int) -> Array:
    """The rank of the lower median of each row's elements that are not NaN."""
    if not (x.is_floating_point() and x.ndim):
        return middle(x, dim)
    numbers = np.count_nonzero(~np.isnan(x.array), axis=dim, keepdims=True)
    return np.maximum(numbers - 1, 0) // 2


def median_by(rank: Any, name: str, input: Tensor, dim: Any, keepdim: bool) -> Any:
    """A median of all elements, or along one dimension with indices."""
    if dim is None:
        flat = input.reshape(-1)
        if flat.shape[0] == 0:
            return input.sum() * math.nan
        value = at_rank(flat, rank(flat, 0), 0, False, return_types.median).values.detach()
        return equals_share(flat, value)
    dim = one_dim(dim, input.ndim, name)
    check_not_empty(input, dim, name)
    return at_rank(input, rank(input, dim), dim, keepdim, getattr(return_types, name))


def equals_share(x: Tensor, value: Tensor) -> Tensor:
    """A value of x, with its gradient shared by all elements that are equal to it."""
    same = (x.array == value.array) | ((x.array != x.array) & (value.array != value.array))
    if not x.requires_grad:
        return value
    mean: Tensor = x[tensor_of(same)].mean()
    return mean


@derived(r"x_{\pi(\lceil n / 2 \rceil)}", cases=ROWS)
def median(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle element, the lower of two; NaN if any is. With `dim`, along it and with indices.

    >>> import autograd
    >>> autograd.median(autograd.tensor([1.0, 9.0, 2.0, 4.0]))
    tensor(2.)
    """
    return median_by(middle, "median", input, dim, keepdim)


@derived(r"x_{\pi(\lceil n / 2 \rceil)}", cases=ROWS)
def nanmedian(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle one of the elements that are not NaN.

    >>> import autograd
    >>> autograd.nanmedian(autograd.tensor([3.0, float("nan"), 1.0]))
    tensor(1.)
    """
    return median_by(middle_of_numbers, "nanmedian", input, dim, keepdim)


@derived(r"\arg\max_v |\{i : x_i = v\}|", cases=apart((case((3, 4)), case((3, 4), dim=0, keepdim=True))))
def mode(input: Tensor, dim: Any = -1, keepdim: bool = False) -> Any:
    """The most frequent element along a dimension, the smallest of several, and the index of its last occurrence.

    >>> import autograd
    >>> autograd.mode(autograd.tensor([1, 2, 2, 3])).values
    tensor(2)
    """
    dim = one_dim(dim, input.ndim, "mode")
    check_not_empty(input, dim, "mode")
    if not input.ndim:
        return return_types.mode(input.clone(), tensor_of(np.int64(0)))
    order = argsort(input, dim).array
    ordered = np.take_along_axis(input.array, order, dim)
    counts = np.apply_along_axis(run_lengths, dim, ordered) if ordered.size else order
    rank = np.argmax(counts, axis=dim, keepdims=True)
    return at_rank(input, rank, dim, keepdim, return_types.mode)


def run_lengths(row: Array) -> Array:
    """For a sorted row, at the last element of each run of equal ones the length of the run; 0 elsewhere."""
    lengths = np.zeros(len(row), np.int64)
    ends = np.flatnonzero(np.append(row[1:] != row[:-1], True))
    lengths[ends] = np.diff(ends, prepend=-1)
    return lengths


# -- distinct elements --------------------------------------------------------------------------------------


@derived(
    r"\{x_i\}",
    cases=(
        case(ints((7,), 0, 4)),
        case(ints((2, 3), 0, 3)),
        case(sample((5,), apart=True)),
        case(ints((4, 2), 0, 2), dim=0),
    ),
)
def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The distinct elements in order, or the distinct slices along a dimension; no gradient.

    With `return_inverse`, also where each element went; with `return_counts`, how often each occurs.

    >>> import autograd
    >>> autograd.unique(autograd.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    axis = None if dim is None else one_dim(dim, input.ndim, "unique")
    found = np.unique(input.array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    inverse = found[1].reshape(input.shape if axis is None else -1)
    return chosen_results(found[0], inverse, found[2], input.dtype, return_inverse, return_counts)


def chosen_results(
    values: Array, inverse: Array, counts: Array, d: Any, wants_inverse: bool, wants_counts: bool
) -> Any:
    """The distinct elements, with what else was asked for."""
    results = [tensor_of(values, d)]
    if wants_inverse:
        results.append(tensor_of(np.asarray(inverse, np.int64)))
    if wants_counts:
        results.append(tensor_of(np.asarray(counts, np.int64)))
    return results[0] if len(results) == 1 else tuple(results)


@derived(
    r"\{x_i : x_i \ne x_{i - 1}\}",
    cases=(case(ints((7,), 0, 2)), case(ints((2, 3), 0, 2)), case(ints((4, 2), 0, 2), dim=0)),
)
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The elements (or slices along a dimension) without those that equal the one before; no gradient.

    >>> import autograd
    >>> autograd.unique_consecutive(autograd.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    axis = 0 if dim is None else one_dim(dim, input.ndim, "unique_consecutive")
    array = np.asarray(input.array)
    slices = array.reshape(-1) if dim is None or not array.ndim else np.moveaxis(array, axis, 0)
    rows = slices.reshape(len(slices), math.prod(slices.shape[1:]))
    starts = np.ones(len(rows), np.bool_)
    starts[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    inverse = np.cumsum(starts) - 1
    counts = np.diff(np.append(np.flatnonzero(starts), len(rows)))
    values = slices[starts] if dim is None else np.moveaxis(slices[starts], 0, axis)
    shaped = inverse.reshape(array.shape) if dim is None else inverse
    return chosen_results(values, shaped, counts, input.dtype, return_inverse, return_counts)
