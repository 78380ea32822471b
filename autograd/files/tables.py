"""Formats that hold tensors by name, and nothing else: what is common to `.npz` and `.safetensors` files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.dtypes import from_numpy_dtype
from autograd.tensor import Tensor, tensor_of


def arrays_by_name(obj: Any, suffix: str) -> dict[str, Array]:
    """The arrays of a dict of tensors, row by row; TypeError for anything else."""
    if not isinstance(obj, Mapping):
        raise TypeError(
            f"save: a {suffix} file holds a dict of tensors, and this is a {type(obj).__name__}: save a model's "
            "state_dict(), or choose a name that ends in .pt, which can hold anything"
        )
    for name, value in obj.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise TypeError(
                f"save: a {suffix} file holds tensors by name, and nothing else; the entry {name!r} is a "
                f"{type(value).__name__}. Choose a name that ends in .pt, which can hold anything"
            )
    return {name: np.asarray(value.memory(), order="C") for name, value in obj.items()}


def tensor_from(array: Array) -> Tensor:
    """A tensor on an array of a file, in this computer's byte order."""
    d = from_numpy_dtype(array.dtype)
    return tensor_of(array.astype(d.dtype, copy=False), d)
