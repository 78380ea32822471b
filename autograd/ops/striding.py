"""Views by strides, sliding windows, and indices of triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided_array
from numpy.lib.stride_tricks import sliding_window_view

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case
from autograd.create import chosen, finished
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.misuse import speaking
from autograd.op import op
from autograd.ops.diagonals import diag_embed
from autograd.ops.indexing import _strided_view_adjoint
from autograd.ops.replacing import put
from autograd.size import size_from
from autograd.tensor import Tensor, tensor_of

# -- sliding windows ----------------------------------------------------------------------------------------


@op(r"z_{ik} = x_{s i + k}", name="unfold", method=False, view=True,
    cases=(case((3, 5), dimension=1, size=2, step=1), case((6, 2), dimension=0, size=3, step=2)))  # fmt: skip
def _unfold(x: Array, dimension: int, size: int, step: int) -> Array:
    """All windows along a dimension, as a new last dimension: a view."""
    every = sliding_window_view(x, size, dimension, writeable=True)
    return every[(*(slice(None),) * dimension, slice(None, None, step))]


@op(r"z_{s i + k} \mathrel{+}= x_{ik}", name="unfold_adjoint", method=False,
    cases=(case((3, 4, 2), shape=(3, 5), dimension=1, size=2, step=1),))  # fmt: skip
def _unfold_adjoint(x: Array, shape: Any, dimension: int, size: int, step: int) -> Array:
    """Windows added back where they were taken."""
    whole = np.zeros(shape, x.dtype)
    before, count = (slice(None),) * dimension, x.shape[dimension]
    for k in range(size):
        whole[(*before, slice(k, k + (count - 1) * step + 1, step))] += x[..., k]
    return whole


_unfold.vjp("x", r"\bar z \text{ added where each window was}")(
    lambda g, x_shape, dimension, size, step: _unfold_adjoint.either(g, x_shape, dimension, size, step)
)
_unfold_adjoint.vjp("x", r"\text{windows of } \bar z")(
    lambda g, dimension, size, step: _unfold.either(g, dimension, size, step)
)


@derived(r"z_{ik} = x_{s i + k}", cases=_unfold.op.cases)
def unfold(self: Tensor, dimension: Any, size: int, step: int) -> Tensor:
    """All windows of a size along a dimension, `step` apart, as a new last dimension: a view.

    >>> import autograd
    >>> autograd.arange(5).unfold(0, 2, 1)
    tensor([[0, 1],
            [1, 2],
            [2, 3],
            [3, 4]])
    """
    dim = one_dim(dimension, self.ndim, "unfold")
    length = self.shape[dim] if self.ndim else 1
    if size < 0 or size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    x = self if self.ndim else self.reshape(1)
    if size == 0:
        return x.new_empty((*x.shape[:dim], length // step + 1, *x.shape[dim + 1 :], 0))
    windows: Tensor = _unfold(x, dim, size, step)
    return windows if self.ndim else windows.squeeze(0)


# -- any strides --------------------------------------------------------------------------------------------


def positions(shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Array:
    """The places in memory that a shape with strides reaches."""
    places = np.full(shape, offset, np.int64)
    for axis, (size, step) in enumerate(zip(shape, strides, strict=True)):
        places += (np.arange(size) * step).reshape(-1, *(1,) * (len(shape) - axis - 1))
    return places


@op(r"z_i = x_{o + s \cdot i}", name="as_strided", method=False, view=True,
    cases=(case((3, 4), size=(2, 3), stride=(4, 1), storage_offset=1),
           case((6,), size=(2, 3), stride=(1, 2), storage_offset=0)))  # fmt: skip
def _as_strided(x: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int) -> Array:
    """A view of memory by sizes and strides."""
    flat = np.ascontiguousarray(x).reshape(-1)
    return strided_array(flat[storage_offset:], size, tuple(step * x.itemsize for step in stride))


_as_strided.vjp("x", r"\bar z \text{ added at } o + s \cdot i")(
    lambda g, x_shape, size, stride, storage_offset: _strided_view_adjoint.either(
        g, positions(size, stride, storage_offset), x_shape
    )
)


@derived(r"z_i = x_{o + s \cdot i}", cases=_as_strided.op.cases, inplace="view")
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of a tensor's memory with any sizes and strides, counted in elements. Elements may occur several times.

    >>> import autograd
    >>> autograd.as_strided(autograd.arange(6), (2, 2), (1, 2))
    tensor([[0, 2],
            [1, 3]])
    """
    base = input if input.view_of is None or shows_all(input) else input.view_of.base
    shape, steps = tuple(map(int, size)), tuple(map(int, stride))
    if len(shape) != len(steps):
        raise RuntimeError(f"mismatch in length of strides and shape: {len(steps)} and {len(shape)}")
    if any(step < 0 for step in steps):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(steps)}")
    offset = input.storage_offset() if storage_offset is None else storage_offset
    last = offset + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    if 0 not in shape and (offset < 0 or last >= base.numel()):
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {offset} are out of bounds "
            f"for storage of {base.numel()} elements"
        )
    subject = base if base.is_contiguous() else base.contiguous()
    view: Tensor = _as_strided(subject, shape, steps, offset)
    return view


def shows_all(view: Tensor) -> bool:
    """Whether a view shows all of its base in order, so that the gradient may go to the view."""
    base = view.view_of.base  # type: ignore[union-attr]
    return view.numel() == base.numel() and view.is_contiguous() and base.is_contiguous()


@derived(
    r"x \text{ with } x_{o + s \cdot i} = y_i",
    cases=(case((3, 4), (2, 3), size=(2, 3), stride=(4, 1), storage_offset=1),),
)
def as_strided_scatter(input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A copy with the elements that `as_strided` would show replaced.

    >>> import autograd
    >>> autograd.as_strided_scatter(autograd.zeros(4), autograd.ones(2), (2,), (3,))
    tensor([1., 0., 0., 1.])
    """
    shape, steps = tuple(map(int, size)), tuple(map(int, stride))
    if tuple(src.shape) != shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. "
            f"src size = {list(src.shape)}, slice size = {list(shape)}"
        )
    as_strided(input.detach(), size, stride, storage_offset)  # raises where it is out of bounds
    return put(input, tensor_of(positions(shape, steps, storage_offset or 0)), src)


# -- repeating each element ---------------------------------------------------------------------------------


@derived(
    r"z_{i n + k} = x_i", cases=(case((3,), repeats=2), case((3, 2), repeats=2, dim=1), case((2, 3), repeats=3, dim=0))
)
def repeat_interleave(input: Tensor, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Tensor:
    """Each element (or slice along a dimension) several times in a row.

    `repeats` is a number or a tensor with one for each. Given alone, a tensor of numbers yields each
    of its indices so many times.

    >>> import autograd
    >>> autograd.repeat_interleave(autograd.tensor([7, 8]), autograd.tensor([1, 2]))
    tensor([7, 8, 8])
    """
    if repeats is None:
        return tensor_of(np.repeat(np.arange(input.numel()), input.array).astype(np.int64))
    counts = np.asarray(repeats.array if isinstance(repeats, Tensor) else repeats)
    if isinstance(repeats, Tensor) and (repeats.dtype not in (dtypes.int64, dtypes.int32) or repeats.ndim > 1):
        raise RuntimeError("repeats has to be a 0-dim or 1-dim tensor of Long or Int, got "
                           f"{repeats.dtype.name} of shape {tuple(repeats.shape)}")  # fmt: skip
    if np.any(counts < 0):
        raise RuntimeError("repeats can not be negative")
    x = input.reshape(-1) if dim is None or not input.ndim else input
    place = 0 if dim is None else one_dim(dim, input.ndim, "repeat_interleave")
    length = x.shape[place]
    if counts.ndim and counts.size not in (1, length):
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got "
            f"repeats.size(0) = {counts.size} and input.size({place}) = {length}"
        )
    places = np.repeat(np.arange(length), counts if counts.size != 1 else int(counts.reshape(-1)[0]))
    if output_size is not None and places.size != output_size:
        raise RuntimeError(
            f"allocated size does not match required size: output_size={output_size}, but {places.size} elements result"
        )
    chosen_slices: Tensor = x.index_select(place, tensor_of(places))
    return chosen_slices


# -- triangles and diagonals --------------------------------------------------------------------------------


def triangle_indices(name: str, keep: Any, doc: str) -> Any:
    """`tril_indices` and `triu_indices`."""

    def function(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, **_: Any) -> Tensor:
        size_from((row, col), name)
        d = dtypes.int64 if dtype is None else chosen(dtype)
        places = np.array(np.nonzero(keep(np.ones((row, col), np.bool_), offset)))
        return finished(places.reshape(2, -1).astype(d.dtype), d, device=device)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return speaking(function)


tril_indices = triangle_indices("tril_indices", np.tril, "The row and column indices of a matrix's lower triangle.")
triu_indices = triangle_indices("triu_indices", np.triu, "The row and column indices of a matrix's upper triangle.")


@derived(r"z_{i i} = x_i", cases=(case((3,)), case((2, 2)), case((2,), offset=1)))
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A square matrix with all elements of a tensor along a diagonal.

    >>> import autograd
    >>> autograd.diagflat(autograd.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(input.reshape(-1), offset)


@derived(r"z_i = \sum_k x_{k i}", cases=(case((2, 3, 4), size=(3, 1)), case((3, 4), size=(1, 4))))
def sum_to_size(self: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """The tensor summed over the dimensions that would have to be broadcast to get from `size` to its shape.

    >>> import autograd
    >>> autograd.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    wanted = size_from(sizes if size is None else (size,), "sum_to_size")
    added = self.ndim - len(wanted)
    if added < 0 or any(w not in (1, own) for w, own in zip(wanted, self.shape[added:], strict=True)):
        raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(self.shape)}}}.")
    stretched = tuple(added + i for i, w in enumerate(wanted) if w == 1 and self.shape[added + i] != 1)
    total = self.sum((*range(added), *stretched), keepdim=True) if added or stretched else self
    reduced: Tensor = total.reshape(wanted)
    return reduced
