"""Overwriting a whole tensor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import create
from autograd.apply import convert
from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.op import op
from autograd.ops.indexing import setitem
from autograd.protocols import register
from autograd.size import size_from
from autograd.tensor import Tensor


@op(r"v", name="fill", method=False, cases=(case((3, 4), value=2.5), case((), value=1.0)))
def _fill(x: Array, value: float) -> Array:
    """One value everywhere. Derivative 0."""
    return np.full(x.shape, value, x.dtype)


_fill.vjp("x", "0")(lambda g: np.zeros_like(g))


@derived(r"v", cases=_fill.op.cases, inplace=True)
def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor of one value, in the shape of another."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        spread: Tensor = convert(value, input.dtype).expand(input.shape)
        return spread
    filled: Tensor = _fill(input, value)
    return filled


def zero_(self: Tensor) -> Tensor:
    """Set all elements to zero, in place."""
    emptied: Tensor = self.fill_(0)
    return emptied


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Overwrite this tensor with the values of another, which may broadcast; recorded."""
    if not isinstance(src, Tensor):
        raise TypeError(f"copy_(): argument 'other' must be Tensor, not {type(src).__name__}: use fill_() for a number")
    if src.array.ndim > self.array.ndim:
        raise RuntimeError(
            f"copy_: output with shape {list(self.shape)} doesn't match the broadcast shape {list(src.shape)}"
        )
    setitem(self, Ellipsis, src)
    return self


Tensor.zero_ = zero_  # type: ignore[attr-defined]
Tensor.copy_ = copy_  # type: ignore[attr-defined]

for _numpy, _ours in ((np.zeros_like, create.zeros_like), (np.ones_like, create.ones_like)):
    register(_numpy, _ours)


# -- other sizes --------------------------------------------------------------------------------------------------


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Give the tensor another size, in place: the first elements stay, new ones are zero.

    Raises RuntimeError for a tensor that requires grad.
    """
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad: use reshape(), or resize_ under detach()")
    shape = size_from(sizes, "resize_")
    old = self.array.reshape(-1)
    new = np.zeros(math.prod(shape), self.dtype.dtype)
    kept = min(old.size, new.size)
    new[:kept] = old[:kept]
    self.array = new.reshape(shape)
    self.writes().stamp("resize_")
    return self


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_` to the size of another tensor."""
    return resize_(self, *the_template.shape)


Tensor.resize_ = resize_  # type: ignore[attr-defined]
Tensor.resize_as_ = resize_as_  # type: ignore[attr-defined]
