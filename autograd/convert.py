"""From Python numbers, nested lists and NumPy arrays to an array of PyTorch's choice of dtype."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from autograd.arrays import Array, is_tensor
from autograd.dtypes import dtype, from_numpy_dtype, int64, of_python_type, promote_types


def array_from(data: Any, wanted: dtype | None = None) -> tuple[Array, dtype]:
    """A fresh array that holds the data, and its dtype: inferred as PyTorch does unless one is wanted.

    A single number becomes a NumPy scalar.
    """
    if is_tensor(data):  # a Tensor
        data = data.array
    if isinstance(data, (np.ndarray, np.generic)):
        found = from_numpy_dtype(data.dtype) if wanted is None else wanted
        try:
            return np.array(data, dtype=found.dtype)[()], found
        except (ValueError, TypeError) as error:
            raise unreadable(data, found, error) from None
    if isinstance(data, (list, tuple)):
        complain_of_text(data)
    found = infer(data) if wanted is None else wanted
    try:
        array = np.array(plain(data), dtype=found.dtype)
        if wanted is not None and found.is_floating_point and np.isnan(array).any():
            complain_of_none(data)  # of which NumPy makes NaN
        return array[()], found
    except (ValueError, TypeError) as error:
        complain_if_ragged(data)
        if "float NaN" in str(error):  # what Python says of int(nan)
            raise too_large(found, error) from None
        raise unreadable(data, found, error) from None
    except OverflowError as error:
        if wanted is not None and found.dtype.kind == "u":
            return wrapped(data, found, error)[()], found
        if found is int64 and not infer(data).is_floating_point:
            raise ValueError(*too_large(found, error).args) from None  # as in PyTorch
        raise too_large(found, error) from None


def wrapped(data: Any, found: dtype, error: Exception) -> Array:
    """Whole numbers of an unsigned type, those below zero wrapped around, as in C; RuntimeError for larger ones."""
    try:
        numbers = np.array(plain(data), dtype=np.int64)
    except OverflowError:
        raise too_large(found, error) from None
    if np.abs(numbers).max() > np.iinfo(found.dtype).max:
        raise too_large(found, error)
    return numbers.astype(found.dtype)


def too_large(found: dtype, error: Exception) -> RuntimeError:
    """The error for a number that the dtype can't hold."""
    return RuntimeError(f"tensor(): a value cannot be converted to {found} without overflow: {error}")


WHAT_TO_GIVE = "give numbers, nested lists of numbers, or a NumPy array"


def infer(data: Any) -> dtype:
    """The dtype for nested data: the widest kind among its numbers."""
    if is_tensor(data):
        found: dtype = data.dtype
        return found
    if isinstance(data, (np.ndarray, np.generic)):
        return from_numpy_dtype(data.dtype)
    if isinstance(data, (bool, int, float, complex)):
        return of_python_type(type(data))
    if isinstance(data, (list, tuple, range)):
        if not data:
            return of_python_type(float)
        if len(data) > 64 and isinstance(data[0], (bool, int, float)):
            return infer_flat(data)
        return reduce(promote_types, map(infer, data))
    if isinstance(data, (str, bytes)):
        raise TypeError(f"tensor(): invalid data type {type(data).__name__!r}, {data!r}: {WHAT_TO_GIVE}")
    if hasattr(data, "__array__") and not isinstance(data, type):
        return from_numpy_dtype(np.asarray(data).dtype)
    if hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (dict, type)):
        return infer(list(data))
    raise RuntimeError(f"Could not infer dtype of {type(data).__name__}: {WHAT_TO_GIVE}")


def infer_flat(numbers: Any) -> dtype:
    """`infer` for a long flat list, by the set of its types."""
    kinds = set(map(type, numbers))
    if kinds <= {bool, int, float, complex}:
        return reduce(promote_types, map(of_python_type, kinds))
    return reduce(promote_types, map(infer, numbers))


def plain(data: Any) -> Any:
    """Nested data with every Tensor replaced by its array."""
    if is_tensor(data):
        return data.array
    if isinstance(data, (list, tuple)) and data and not isinstance(data[0], (bool, int, float)):
        return [plain(item) for item in data]
    return data


def complain_of_text(data: Any) -> None:
    """Raise ValueError where the first thing that a nested list holds is a string."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    if isinstance(data, str) and data:
        raise ValueError(f"tensor(): too many dimensions 'str', as of {data!r}: {WHAT_TO_GIVE}")


def complain_of_none(data: Any) -> None:
    """Raise TypeError where nested data holds None."""
    if data is None:
        raise TypeError("must be real number, not NoneType: write float('nan') for what is not known")
    if isinstance(data, (list, tuple)):
        for item in data:
            complain_of_none(item)


def complain_if_ragged(data: Any) -> None:
    """Raise where the rows of a nested list have different lengths, or are no lists, saying which."""

    def shape_of(item: Any, dim: int) -> tuple[int, ...]:
        if not isinstance(item, (list, tuple)):
            return np.shape(getattr(item, "array", item))
        if len({isinstance(row, (list, tuple)) for row in item}) == 2:
            raise TypeError(f"tensor(): not a sequence: of the rows of {item!r} some are lists and some are not")
        shapes = [shape_of(row, dim + 1) for row in item]
        for row, shape in enumerate(shapes):
            if shape != shapes[0]:
                raise ValueError(
                    f"tensor(): expected sequence of length {(*shapes[0], 0)[0]} at dim {dim + 1} "
                    f"(got {(*shape, 0)[0]} in row {row}): all rows need the same shape"
                )
        return (len(item), *(shapes[0] if shapes else ()))

    shape_of(data, 0)


def unreadable(data: Any, wanted: dtype, error: Exception) -> Exception:
    """The error for data that is not made of numbers."""
    return TypeError(f"can't make a {wanted.name} tensor of {type(data).__name__} data: {error}")


def number_as(value: Any, kind: np.dtype[Any]) -> Any:
    """A number as an element of a NumPy dtype; RuntimeError for one that lies outside its range.

    Below zero, whole numbers wrap around into unsigned types, as they do in C.
    """
    if isinstance(value, complex) and kind.kind in "iuf":
        fits, value = not value.imag, value.real
    elif kind.kind in "iu":
        low, high = np.iinfo(kind).min, np.iinfo(kind).max
        wraps = kind.kind == "u" and isinstance(value, (int, np.integer))
        fits = (-high if wraps else low) <= value <= high  # which NaN is not
    else:
        fits = kind.kind != "f" or not math.isfinite(value) or abs(value) <= np.finfo(kind).max
    if not fits:
        raise RuntimeError(
            f"value cannot be converted to type {kind.name} without overflow: {value} is out of its range"
        )
    return np.asarray(value).astype(kind)[()]
