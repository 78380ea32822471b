"""Padding with the tensor's own elements: mirrored, repeated, or from the other end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.ops.indexing import index_select
from autograd.tensor import Tensor, tensor_of


def reflected(places: Array, size: int) -> Array:
    """Places outside, mirrored at the first and the last element, which are not repeated themselves."""
    places = np.abs(places)
    return size - 1 - np.abs(size - 1 - places)


def replicated(places: Array, size: int) -> Array:
    """Places outside, moved to the nearest element."""
    return np.clip(places, 0, size - 1)


def wrapped(places: Array, size: int) -> Array:
    """Places outside, continued from the other end; of what is left, where the other end is cropped."""
    first, last = max(places[0], 0), min(places[-1], size - 1)
    return first + (places - first) % (last - first + 1)


RULES = {"reflect": reflected, "replicate": replicated, "circular": wrapped}


@derived(
    r"x_{r(i)}",
    method=False,
    cases=(
        *(case((2, 5), pad=(2, 1), mode=mode) for mode in RULES),
        case((2, 3, 4), pad=(1, 0, 2, 2), mode="reflect"),
        case((1, 2, 3, 3), pad=(-1, 2, 1, 0), mode="replicate"),
    ),
)
def pad_from_inside(input: Tensor, pad: Sequence[int], mode: str) -> Tensor:
    """The last dimensions extended by (or, where negative, cropped to) elements of the tensor itself.

    Args:
        pad: how many at the start and the end of the last dimension, then of the one before, and so on.
        mode: "reflect", "replicate" or "circular".

    Raises RuntimeError where the rim is wider than the mode can fill.
    """
    for position in range(0, len(pad), 2):
        dim = input.ndim - 1 - position // 2
        before, after = pad[position], pad[position + 1]
        size = input.shape[dim]
        check_rim(before, after, size, dim, mode)
        if before or after:
            places = RULES[mode](np.arange(-before, size + after), size)
            input = index_select(input, dim, tensor_of(places, dtypes.int64))
    return input


def check_rim(before: int, after: int, size: int, dim: int, mode: str) -> None:
    """Raise unless the elements suffice."""
    if mode == "reflect" and max(before, after) >= size:
        raise RuntimeError(
            f"Padding size should be less than the corresponding input dimension, but got: padding ({before}, {after}) "
            f"at dimension {dim} of size {size}: mode='reflect' has {size - 1} elements to mirror"
        )
    if mode == "circular" and max(before, after) > size:
        raise RuntimeError(
            f"Padding value causes wrapping around more than once: padding ({before}, {after}) at dimension {dim} of "
            f"size {size}"
        )
    if size == 0 or size + before + after < (0 if mode == "circular" else 1):
        raise RuntimeError(
            f"input (dimension {dim} of size {size}) is too small for padding ({before}, {after}) with mode={mode!r}"
        )
