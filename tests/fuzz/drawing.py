"""What the tests of shapes and indices draw: shapes, indices of every kind, and values that broadcast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd

Shape = tuple[int, ...]

shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
full_shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def numbers(shape: Shape, seed: int = 0) -> np.ndarray:
    """Numbers for a tensor of this shape, none of them twice."""
    count = math.prod(shape)
    return np.array(np.random.default_rng(seed).permutation(count).reshape(shape) / 4 - 1.0)


def smaller(draw: Any, shape: Shape) -> Shape:
    """A shape that broadcasts to this one: without some dimensions in front, and with others of size 1."""
    kept = shape[draw(st.integers(0, len(shape))) :]
    return tuple(1 if size and draw(st.booleans()) else size for size in kept)


@st.composite
def broadcasting(draw: Any) -> list[Shape]:
    """Two or three shapes that broadcast against each other."""
    common = draw(shapes)
    return [smaller(draw, common) for _ in range(draw(st.integers(2, 3)))]


@st.composite
def splits_of(draw: Any, size: int) -> list[int]:
    """Sizes that add up to this one."""
    found: list[int] = []
    while sum(found) < size:
        found.append(draw(st.integers(0, size - sum(found))))
        if found[-1] == 0 and found.count(0) > 2:
            found.append(size - sum(found))
    return found


# -- indices --------------------------------------------------------------------------------------------------


def slices(draw: Any, size: int) -> slice:
    """A slice, whose ends may lie anywhere."""
    end = st.none() | st.integers(-size - 2, size + 2)
    return slice(draw(end), draw(end), draw(st.none() | st.integers(1, 3)))


def places(draw: Any, size: int, common: Shape) -> Any:
    """An array of places along a dimension that broadcasts to a shape: as a tensor, an array or a list."""
    shape = smaller(draw, common)
    count = math.prod(shape)
    array = np.array(draw(st.lists(st.integers(-size, size - 1), min_size=count, max_size=count)), np.int64)
    array = array.reshape(shape)
    forms = ["tensor", "int32", "array"] + ["list"] * (len(shape) > 0 and count > 0)
    form = draw(st.sampled_from(forms))
    if form == "list":
        return array.tolist()
    return array if form == "array" else autograd.tensor(array.astype(np.int32) if form == "int32" else array)


def mask(draw: Any, shape: Shape, common: Shape) -> Any:
    """A mask that picks as many elements as the last dimension of a shape has, or one."""
    size = math.prod(shape)
    count = common[-1] if common and common[-1] <= size and draw(st.booleans()) else min(1, size)
    flat = np.zeros(size, bool)
    flat[draw(st.permutations(range(size)))[:count]] = True
    array = flat.reshape(shape)
    return array if draw(st.booleans()) else autograd.tensor(array)


def whole(draw: Any, size: int) -> Any:
    """A place in a dimension, in one of the forms that count as an int."""
    value = draw(st.integers(-size, size - 1))
    return draw(st.sampled_from([value, np.int64(value), np.int32(value), autograd.tensor(value)]))


@st.composite
def indices(draw: Any, shape: Shape) -> Any:
    """An index into a tensor of this shape: anything that PyTorch takes, in any order."""
    common = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    parts: list[Any] = []
    kinds = draw(st.sampled_from([("int", "slice", "None"), ("places", "slice", "None", "int", "mask", "True")]))
    dim = 0
    while dim < len(shape) and draw(st.integers(0, 5)):
        kind = draw(st.sampled_from(kinds))
        if kind in ("None", "True"):
            parts.append(
                None
                if kind == "None" or 0 in common
                else draw(st.sampled_from([True, np.True_, autograd.tensor(True)]))
            )
        elif kind in ("int", "places") and not shape[dim]:
            parts.append(slice(None))
            dim += 1
        elif kind == "mask":
            rank = draw(st.integers(1, len(shape) - dim))
            parts.append(mask(draw, shape[dim : dim + rank], common))
            if parts[-1].sum() not in (1, *common[-1:]):
                parts[-1] = slice(None)  # nothing to pick where there is nothing
                rank = 1
            dim += rank
        else:
            pick = {"int": whole, "slice": slices}.get(kind)
            parts.append(pick(draw, shape[dim]) if pick else places(draw, shape[dim], common))
            dim += 1
    if draw(st.integers(0, 2)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), Ellipsis) if dim == len(shape) else parts.append(Ellipsis)
    return parts[0] if len(parts) == 1 and draw(st.booleans()) else tuple(parts)


def parts_of(index: Any) -> tuple[Any, ...]:
    """The parts of an index."""
    return index if isinstance(index, tuple) else (index,)


def is_array(part: Any) -> bool:
    """Whether a part of an index picks elements: an array of places, or a mask."""
    return isinstance(part, (list, bool, np.bool_)) or (
        hasattr(part, "ndim") and (part.ndim > 0 or "bool" in str(part.dtype))
    )


def is_whole(part: Any) -> bool:
    """Whether a part of an index takes away a dimension."""
    return not is_array(part) and hasattr(part, "__index__")


def for_numpy(index: Any) -> Any:
    """The index for an array."""
    return tuple(np.asarray(part.array)[()] if isinstance(part, autograd.Tensor) else part for part in parts_of(index))


def for_torch(torch: Any, index: Any) -> Any:
    """The index for a tensor of PyTorch, which knows neither arrays nor numbers of NumPy in it."""

    def converted(part: Any) -> Any:
        if isinstance(part, (autograd.Tensor, np.ndarray)):
            return torch.tensor(np.asarray(getattr(part, "array", part)))
        return part.item() if isinstance(part, np.generic) else part

    return tuple(converted(part) for part in index) if isinstance(index, tuple) else converted(index)


def numpy_agrees(index: Any) -> bool:
    """Whether NumPy reads an index as PyTorch does: it takes an int beside an array for an array too."""
    parts = parts_of(index)
    arrays = [place for place, part in enumerate(parts) if is_array(part)]
    both = [place for place, part in enumerate(parts) if is_array(part) or is_whole(part)]
    return not arrays or both == arrays or both == list(range(both[0], both[-1] + 1))
