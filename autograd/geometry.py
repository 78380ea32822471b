"""What functions with windows have in common: sizes per dimension, and inputs with or without a batch."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from autograd.windows import Sizes


def per_dim(value: Any, count: int, what: str, name: str) -> Sizes:
    """One int for each dimension, from one int for all or a sequence of them. RuntimeError, TypeError otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * count
    if isinstance(value, (tuple, list)) and all(hasattr(item, "__index__") for item in value):
        sizes = tuple(item.__index__() for item in value)
        if len(sizes) == 1:
            return sizes * count
        if len(sizes) == count:
            return sizes
        raise RuntimeError(
            f"{name}: expected {what} to be a single integer value or a list of {count} values to match the "
            f"dimensions, but got {what}={list(sizes)}"
        )
    if hasattr(value, "__index__") and not isinstance(value, bool):
        return (value.__index__(),) * count
    raise TypeError(f"{name}(): {what} must be an int or a tuple of {count} ints, not {value!r}")


def batched(input: Tensor, dims: int, name: str) -> tuple[Tensor, bool]:
    """The input with a batch dimension, and whether it had none. RuntimeError for other ranks."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if input.ndim == dims + 2:
        return input, False
    if input.ndim == dims + 1:
        return input.unsqueeze(0), True
    raise RuntimeError(
        f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
        f"{list(input.shape)}: {layout(dims)}"
    )


def layout(dims: int) -> str:
    """The dimensions that an input has, in words."""
    places = {1: "length", 2: "height, width", 3: "depth, height, width"}[dims]
    return f"the dimensions are (batch, channels, {places}), and the batch may be left out"


def times(sizes: Any) -> str:
    """Sizes as messages show them: 3 x 4."""
    return " x ".join(map(str, sizes))
