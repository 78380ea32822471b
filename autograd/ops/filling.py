"""Overwriting a whole tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import create
from autograd.arrays import Array
from autograd.attach import add_methods
from autograd.cases import case
from autograd.convert import number_as
from autograd.derived import derived
from autograd.misuse import speaking
from autograd.op import op
from autograd.ops.indexing import setitem
from autograd.promotion import convert
from autograd.protocols import register
from autograd.tensor import Tensor


@op(r"v", name="fill", method=False, cases=(case((3, 4), value=2.5), case((), value=1.0)))
def _fill(x: Array, value: float) -> Array:
    """One value everywhere. Derivative 0."""
    return np.full(x.shape, number_as(value, x.dtype))


_fill.vjp("x", "0")(lambda g: np.zeros_like(g))


@derived(r"v", cases=_fill.op.cases, method=False, inplace=True)
def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor of one value, in the shape of another.

    >>> import autograd
    >>> autograd.fill(autograd.zeros(2), 7)
    tensor([7., 7.])
    """
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        spread: Tensor = convert(value, input.dtype).expand(input.shape)
        return spread
    filled: Tensor = _fill(input, value)
    return filled


@speaking
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


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Overwrite the main diagonal, in place: of a matrix, or of a tensor of more dimensions that are all of one size.

    With `wrap`, the diagonal of a tall matrix starts over below, after one row without. Raises
    RuntimeError for fewer than two dimensions, and for more than two of different sizes.

    >>> import autograd
    >>> autograd.zeros(2, 3).fill_diagonal_(5)
    tensor([[5., 0., 0.],
            [0., 5., 0.]])
    """
    if self.ndim < 2:
        raise RuntimeError(
            f"fill_diagonal_: dimensions must larger than 1, and this tensor has shape {list(self.shape)}"
        )
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError(
            f"fill_diagonal_: all dimensions of input must be of equal length, and they are {list(self.shape)}"
        )
    if isinstance(fill_value, Tensor):
        raise TypeError("fill_diagonal_(): argument 'fill_value' (position 1) must be Number, not Tensor")
    if wrap and self.ndim == 2:
        rows, columns = np.divmod(np.arange(0, self.numel(), self.shape[1] + 1), max(self.shape[1], 1))
        self[rows, columns] = fill_value
    else:
        self[(np.arange(min(self.shape)),) * self.ndim] = fill_value
    return self


add_methods(zero_=zero_, copy_=copy_, fill_diagonal_=fill_diagonal_)

for _numpy, _ours in ((np.zeros_like, create.zeros_like), (np.ones_like, create.ones_like)):
    register(_numpy, _ours)
