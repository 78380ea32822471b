"""Reading what stands in square brackets.

An index is taken apart into two steps, as PyTorch does it: first the ints, slices and None, which
give a view, then the tensors and masks, which pick elements out of that view. (NumPy takes an int
beside an array for an array too, and puts the result's dimensions elsewhere.)
"""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import Array, is_tensor, ndarray
from autograd.graph import warn_caller

EVERYTHING = slice(None)


class Index(NamedTuple):
    """An index in two steps: `x[basic][advanced]`; either may be empty."""

    basic: tuple[Any, ...]
    advanced: tuple[Any, ...]

    def view(self, array: Any) -> Any:
        """The first step, on an array or a Tensor; an array stays an array, also of rank 0."""
        return array[(*self.basic, Ellipsis)] if self.basic else array

    def take(self, array: Any) -> Any:
        """The chosen elements of an array or a Tensor."""
        chosen = self.view(array)
        return chosen[self.advanced] if self.advanced else chosen

    def put(self, array: Array, values: Any) -> None:
        """Overwrite the chosen elements."""
        while isinstance(values, ndarray) and values.ndim > 1 and len(values) == 1:
            values = values[0]  # it broadcasts all the same, and NumPy refuses it beside a mask
        self.view(array)[self.advanced or Ellipsis] = values


def parse_index(index: Any, shape: tuple[int, ...]) -> Index:
    """Take an index apart; IndexError for one that does not fit the shape."""
    items = [readable(item) for item in parts_of(index)]
    if len(items) == 1 and isinstance(items[0], ndarray) and items[0].ndim and shape:  # the usual case: rows, or a mask
        check_array(items[0], shape, 0)
        return Index((), (items[0],))
    items = fill_ellipsis(items, len(shape))
    basic: list[Any] = []
    advanced: list[Any] = []
    dim = 0
    for item in items:
        if item is None:
            basic.append(None)
            advanced.append(EVERYTHING)
        elif isinstance(item, slice):
            basic.append(item)
            advanced.append(EVERYTHING)
            dim += 1
        elif isinstance(item, int):
            if not -shape[dim] <= item < shape[dim]:
                raise IndexError(f"index {item} is out of bounds for dimension {dim} with size {shape[dim]}")
            basic.append(item)
            dim += 1
        elif item.dtype == np.bool_ and item.ndim == 0:  # a single truth value: a new dimension of size 1 or 0
            basic.append(None)
            advanced.append(np.flatnonzero(item))
        else:
            used = check_array(item, shape, dim)
            basic += [EVERYTHING] * used
            advanced.append(item)
            dim += used
    if not any(isinstance(item, ndarray) for item in advanced):
        return Index(tuple(basic), ())
    return Index(() if all(item == EVERYTHING for item in basic) else tuple(basic), tuple(advanced))


def parts_of(index: Any) -> Any:
    """What an index has between its commas. A list of more than ints is read as a tuple, as NumPy once did."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and len(index) < 32 and any(map(is_no_number, index)):
        warn_caller(
            "Using a non-tuple sequence for multidimensional indexing is deprecated; use x[tuple(seq)] instead of "
            "x[seq], or x[torch.tensor(seq)] to pick rows"
        )
        return index
    return (index,)


def is_no_number(item: Any) -> bool:
    """Whether this, in a list, makes an index of several dimensions out of the list."""
    return item is None or item is Ellipsis or isinstance(item, (list, tuple, range, slice, ndarray)) or is_tensor(item)


def readable(item: Any) -> Any:
    """One part of an index as None, Ellipsis, an int, a slice of ints, or an array."""
    if item is None or item is Ellipsis or item.__class__ is int:
        return item
    if isinstance(item, slice):
        return positive(slice(*(None if part is None else end(part) for part in (item.start, item.stop, item.step))))
    if is_tensor(item):
        array = np.asarray(item.array)
        if array.dtype == np.uint8:
            array = array.astype(np.bool_)
    elif isinstance(item, (bool, np.bool_)):
        array = np.asarray(item)
    elif isinstance(item, (int, np.integer)):
        return int(item)
    elif isinstance(item, (list, tuple, range, ndarray)):
        array = item if isinstance(item, ndarray) else array_of_list(item)
        array = array.astype(np.int64) if array.size == 0 and array.dtype != np.bool_ else array
    else:
        raise (TypeError if isinstance(item, str) else IndexError)(
            "an index is made of ints, slices, None, Ellipsis, and tensors, lists or arrays of ints or bools; "
            f"got {type(item).__name__}"
        )
    if array.dtype.kind not in "iub":
        raise IndexError(
            f"tensors used as indices must be long, int, byte or bool tensors, not {array.dtype.name}: convert with .long()"
        )
    return int(array) if array.ndim == 0 and array.dtype != np.bool_ else array


def array_of_list(items: Any) -> Array:
    """A list of places, of truth values, or of lists or tensors of these, as an array."""
    try:
        return np.array([item.array if is_tensor(item) else item for item in items])
    except ValueError:  # of different lengths
        raise IndexError("an index that is a list of lists or tensors needs them to be of one shape") from None


def end(part: Any) -> int:
    """An end of a slice, or its step, as an int."""
    try:
        return operator.index(part)
    except TypeError:
        raise TypeError(
            f"slice indices must be integers or None or have an __index__ method, not {type(part).__name__}"
        ) from None


def positive(part: slice) -> slice:
    """The slice, refused if it runs backwards: such a view would have negative strides."""
    if part.step is not None and part.step <= 0:
        raise ValueError("step must be greater than zero: to run backwards, use flip()")
    return part


def fill_ellipsis(items: list[Any], ndim: int) -> list[Any]:
    """The index with full slices in place of an Ellipsis; IndexError if it has too many parts."""
    used = sum(consumed(item) for item in items)
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}: the index uses {used}")
    places = [i for i, item in enumerate(items) if item is Ellipsis]
    if len(places) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    for place in places:
        items[place : place + 1] = [EVERYTHING] * (ndim - used)
    return items


def consumed(item: Any) -> int:
    """How many dimensions of the tensor one part of an index speaks of."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, ndarray) and item.dtype == np.bool_ else 1


def check_array(item: Array, shape: tuple[int, ...], dim: int) -> int:
    """Raise IndexError unless a mask has the shape of what it masks and places exist; the number of dimensions used."""
    if item.dtype == np.bool_:
        if item.shape != shape[dim : dim + item.ndim]:
            raise IndexError(
                f"the shape of the mask {list(item.shape)} at index {dim} does not match the shape of the indexed "
                f"tensor {list(shape)} at index {dim}"
            )
        return item.ndim
    if not item.size:
        return 1
    lowest, highest = np.minimum.reduce(item, axis=None), np.maximum.reduce(item, axis=None)
    if lowest < -shape[dim] or highest >= shape[dim]:
        wrong = highest if highest >= shape[dim] else lowest
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {shape[dim]}")
    return 1
