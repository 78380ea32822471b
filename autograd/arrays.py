"""The NumPy types that op signatures are written in.

An op reads its schema off its own signature, so these names matter at run time: a parameter
annotated `Array` is a differentiable tensor, `Ints` is a tensor of indices (never promoted,
never differentiated), and anything else is plain metadata.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.lazy import sparse

Array: TypeAlias = NDArray[Any]
"""An array or a NumPy scalar: results of rank 0 are kept as scalars, which are far cheaper."""

Ints: TypeAlias = NDArray[Any]
"""Indices, class labels or a boolean mask: an input that carries no gradient."""

Axes: TypeAlias = tuple[int, ...] | None
"""Canonical dimensions: non-negative, without repeats; None means all of them."""

ndarray = np.ndarray


ZERO = {np.dtype(name): np.zeros((), name) for name in ("float16", "float32", "float64")}
"""Zeros of rank 0 to compare with: for NumPy, an array is a cheaper operand than a Python number."""


@functools.lru_cache(maxsize=64)
def ones(count: int, dtype: Any) -> Array:
    """A vector of ones to multiply with: the fastest way to sum over rows. Not to be written to."""
    vector = np.ones(count, dtype)
    vector.flags.writeable = False
    return vector


FEW = 4096
"""From so many elements on, another pass over an array takes longer than starting a function of NumPy's does."""


def product(a: Array, b: Array) -> Array:
    """The product of two matrices: `dot` starts sooner than `matmul`, but fills its result with zeros first."""
    return a.dot(b) if a.size < FEW else np.matmul(a, b)


WORDS = {np.dtype(f"float{bits}"): np.dtype(f"int{bits}") for bits in (16, 32, 64)}


def gated(g: Any, is_open: Any) -> Any:
    """g where the gate is open and 0 elsewhere, even where g is infinite or NaN: 0 times those would be NaN.

    `np.where` guesses at each element which branch comes next and guesses wrong half the time. To
    multiply the bits by 0 or 1 needs no guess, and is ten times as fast.
    """
    if type(g) is ndarray and g.dtype in WORDS:
        return (g.view(WORDS[g.dtype]) * is_open).view(g.dtype)
    return np.where(is_open, g, 0)


def quick_where(is_first: Any, first: Any, second: Any) -> Any:
    """`np.where(is_first, first, second)` without its guesses, as in `gated`: where bits differ, they are exchanged."""
    many = type(first) is type(second) is ndarray and first.size >= FEW and first.dtype in WORDS
    if many and first.dtype == second.dtype and first.shape == second.shape == is_first.shape:
        ours, others = first.view(WORDS[first.dtype]), second.view(WORDS[first.dtype])
        bits = ours ^ others
        bits *= is_first
        bits ^= others
        return bits.view(first.dtype)
    return np.where(is_first, first, second)


CACHED = 2**16
"""How many elements fit into the processor's cache, a few arrays of them at a time."""


def pieces(*arrays: Any) -> Iterator[tuple[Any, ...]]:
    """The same stretch of each array, one stretch after another, so short that work on it stays in the cache.

    The arrays have one shape. Such as do not lie in memory in row-major order come in one piece.
    """
    if arrays[0].size <= CACHED or not all(array.flags.c_contiguous for array in arrays):
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, flat[0].size, CACHED):
        yield tuple([row[start : start + CACHED] for row in flat])


def is_tensor(value: Any) -> bool:
    """Whether a value is a Tensor, for modules that this class is built on; its type is asked, as `grad_fn` takes time."""
    return hasattr(type(value), "grad_fn")


def array_of(value: Any) -> Any:
    """The array of a Tensor; an array as it is. For the parts of a rule that are constants, such as masks."""
    return getattr(value, "array", value)


def in_rows(array: Any) -> Any:
    """The array laid out row by row, as PyTorch lays out what is no mere copy of an operand: `view` relies on it.

    NumPy keeps to the layout of the operands (of a transposed one, say), and puts dimensions that an index of arrays
    made in front of all others.
    """
    return array if array.ndim < 2 or array.flags.c_contiguous else np.ascontiguousarray(array)


def row_major(index: Sequence[Array], shape: Sequence[int]) -> Array:
    """What arrays of integers point at in the first dimensions, all of the rest, as places in row-major order."""
    place: Any = 0
    for positions, size in zip(index, shape, strict=False):
        positions = np.asarray(positions, np.intp)
        if positions.size and positions.min() < 0:
            positions = np.where(positions < 0, positions + size, positions)
        place = place * size + positions
    if len(index) == len(shape):
        return np.asarray(place)
    rest = math.prod(shape[len(index) :])
    whole: Array = np.add.outer(place * rest, np.arange(rest))
    return whole


MANY = 2**17
"""From so many elements on, it is worth a sixth of a second, once, to load SciPy's sparse matrices."""


def add_at(whole: Array, index: Sequence[Array], values: Array) -> None:
    """Add to a contiguous array where arrays of integers point, to a place as often as they do.

    NumPy's `add.at` adds several times as fast by places in row-major order as by an index of several arrays. Many
    rows are added five times as fast again by SciPy, as a product with a sparse matrix: column j has a 1 in the row
    that the j-th of them belongs to.
    """
    length = math.prod(whole.shape[len(index) :])
    if length > 1 and MANY <= values.size >= whole.size // 4 and whole.dtype.char in "fd":
        table, vectors = whole.reshape(-1, length), values.reshape(-1, length)
        rows = row_major(index, whole.shape[: len(index)]).reshape(-1)
        matrix = ones(len(rows), whole.dtype), rows, np.arange(len(rows) + 1)
        table += sparse.csc_array(matrix, shape=(len(table), len(rows))) @ vectors
        return
    np.add.at(whole.reshape(-1), row_major(index, whole.shape).reshape(-1), values.reshape(-1))
