"""Rearranging dimensions and elements: transposes, which are views, and flips, rolls and repeats."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import protocols
from autograd.arrays import Array, in_rows
from autograd.attach import add_methods, also_called
from autograd.cases import case
from autograd.derived import derived
from autograd.dims import many_dims, one_dim
from autograd.graph import warn_caller
from autograd.op import op
from autograd.ops.shaping import expand, ravel, reshape, sizes_of
from autograd.tensor import Tensor

# -- transpose is its own dual; permute has its inverse -----------------------------------------------------


@op(
    r"x^\top",
    name="transpose",
    method=False,
    view=True,
    cases=(case((3, 4), dim0=0, dim1=1), case((2, 3, 4), dim0=0, dim1=2), case((), dim0=0, dim1=0)),
)
def _transpose(x: Array, dim0: int, dim1: int) -> Array:
    """Two dimensions exchanged."""
    return x.swapaxes(dim0, dim1) if x.ndim else x[...]


_transpose.vjp("x", r"\bar z^\top")(lambda g, dim0, dim1: _transpose.either(g, dim0, dim1))


@op(
    r"x_{\pi}",
    name="permute",
    method=False,
    view=True,
    cases=(case((2, 3, 4), dims=(2, 0, 1)), case((), dims=()), case((2, 3), dims=(1, 0))),
)
def _permute(x: Array, dims: tuple[int, ...]) -> Array:
    """The dimensions in another order."""
    return x.transpose(dims)


_permute.vjp("x", r"\bar z_{\pi^{-1}}")(lambda g, dims: np.transpose(g, inverse(dims)))


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The order that undoes an order."""
    return tuple(sorted(range(len(dims)), key=dims.__getitem__))


@derived(r"x^\top", cases=_transpose.op.cases, inplace="view", numpy=np.swapaxes)
def transpose(input: Tensor, dim0: Any, dim1: Any) -> Tensor:
    """The tensor with two dimensions exchanged: a view.

    >>> import autograd
    >>> autograd.transpose(autograd.tensor([[1, 2, 3], [4, 5, 6]]), 0, 1)
    tensor([[1, 4],
            [2, 5],
            [3, 6]])
    """
    ndim = input.array.ndim
    return _transpose(input, one_dim(dim0, ndim, "transpose"), one_dim(dim1, ndim, "transpose"))


swapaxes, swapdims = also_called("swapaxes", transpose), also_called("swapdims", transpose)


@derived(r"x_{\pi}", cases=_permute.op.cases, numpy=np.transpose)
def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """The tensor with its dimensions in another order: a view.

    >>> import autograd
    >>> autograd.permute(autograd.zeros(2, 3, 5), (2, 0, 1)).shape
    torch.Size([5, 2, 3])
    """
    wanted = sizes_of(order, "permute", dims)
    ndim = input.array.ndim
    if len(wanted) != ndim:
        raise RuntimeError(
            f"permute(): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions: input.dim() = {ndim} is not equal to len(dims) = {len(wanted)}"
        )
    return _permute(input, many_dims(wanted, ndim, "permute") if ndim else ())


@derived(
    r"z_{\pi(i)} = x_i",
    cases=(case((2, 3, 4), source=0, destination=2), case((2, 3, 4), source=(0, 1), destination=(1, 2))),
    numpy=np.moveaxis,
)
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """The tensor with some dimensions moved, the others keeping their order: a view.

    >>> import autograd
    >>> autograd.movedim(autograd.zeros(2, 3, 5), 0, -1).shape
    torch.Size([3, 5, 2])
    """
    start, end = many_dims(source, input.ndim, "movedim") or (), many_dims(destination, input.ndim, "movedim") or ()
    if len(start) != len(end):
        raise RuntimeError(f"movedim: source has {len(start)} dims and destination has {len(end)}: they must match")
    order = [d for d in range(input.ndim) if d not in start]
    for place, d in sorted(zip(end, start, strict=True)):
        order.insert(place, d)
    return _permute(input, tuple(order))


moveaxis = also_called("moveaxis", movedim)


@derived(r"x^\top", cases=(case((3, 4)), case((3,)), case(())), inplace="view")
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or scalar as it is.

    >>> import autograd
    >>> autograd.t(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D: use .mT or permute()"
        )
    return _transpose(input, 0, 1) if input.ndim == 2 else input


def reversed_dims(self: Tensor) -> Tensor:
    """The tensor with its dimensions in reverse order. Warns for other tensors than matrices, as PyTorch does."""
    if self.array.ndim != 2:
        warn_caller(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated, and this one is "
            f"{self.array.ndim}D: use x.mT for a batch of matrices, permute() for another order of dimensions, and leave "
            "it out for vectors and numbers"
        )
    return _permute(self, tuple(reversed(range(self.array.ndim))))


def matrix_transpose(self: Tensor) -> Tensor:
    """The tensor with its last two dimensions exchanged."""
    if self.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor.")
    return _transpose(self, self.ndim - 2, self.ndim - 1)


add_methods(T=property(reversed_dims), mT=property(matrix_transpose))


# -- repeat, flip and roll ----------------------------------------------------------------------------------


@derived(
    r"z_{k n + i} = x_i",
    cases=(case((2, 3), repeats=(2, 2)), case((3,), repeats=(2, 1)), case((), repeats=(3,)), case((2,), repeats=(0,))),
)
def repeat(self: Tensor, *times: Any, repeats: Any = None) -> Tensor:
    """The tensor laid out several times along each dimension: a copy.

    >>> import autograd
    >>> autograd.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    copies = sizes_of(times, "repeat", repeats)
    if len(copies) < self.ndim:
        raise RuntimeError(
            "repeat(): Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: got "
            f"{len(copies)} repeats for shape {tuple(self.shape)}"
        )
    if any(n < 0 for n in copies):
        raise RuntimeError(f"repeat(): trying to create tensor with negative dimension: repeats {list(copies)}")
    shape = (1,) * (len(copies) - self.ndim) + tuple(self.array.shape)
    paired = reshape(self, tuple(part for size in shape for part in (1, size)))
    copied = expand(paired, tuple(part for pair in zip(copies, shape, strict=True) for part in pair))
    laid_out: Tensor = reshape(copied, tuple(n * size for n, size in zip(copies, shape, strict=True)))
    return copied_from(laid_out, self)


def copied_from(result: Tensor, source: Tensor) -> Tensor:
    """A result that must not share memory with what it was made from, as a view would where nothing was to be done."""
    return result.clone() if np.may_share_memory(result.array, source.array) else result


@derived(r"z_{k n + i} = x_i", cases=(case((2, 3), dims=(2,)), case((3,), dims=(2, 2))), numpy=np.tile)
def tile(input: Tensor, *times: Any, dims: Any = None) -> Tensor:
    """`repeat`, with missing dimensions counted as 1.

    >>> import autograd
    >>> autograd.tile(autograd.tensor([1, 2]), (2, 2))
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    copies = sizes_of(times, "tile", dims)
    return repeat(input, (1,) * (input.ndim - len(copies)) + copies)


@op(
    r"x_{-i}",
    name="flip",
    method=False,
    cases=(case((3, 4), dims=(0,)), case((2, 3, 4), dims=(0, 2)), case((), dims=())),
)
def _flip(x: Array, dims: tuple[int, ...]) -> Array:
    """The elements in reverse order along some dimensions: a copy."""
    return np.array(np.flip(x, dims))


_flip.vjp("x", r"\bar z_{-i}")(lambda g, dims: _flip.either(g, dims))


@derived(r"z_i = x_{n - 1 - i}", cases=_flip.op.cases)
def flip(input: Tensor, *axes: Any, dims: Any = None) -> Tensor:
    """The elements in reverse order along the given dimensions: a copy.

    >>> import autograd
    >>> autograd.flip(autograd.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """
    return _flip(input, many_dims(sizes_of(axes, "flip", dims), input.ndim, "flip") or ())


def flip_as_numpy(m: Tensor, axis: Any = None) -> Tensor:
    """`flip` as np.flip does it: without an axis, along all of them."""
    flipped: Tensor = _flip(m, tuple(range(m.ndim)) if axis is None else many_dims(axis, m.ndim, "flip"))
    return flipped


protocols.register(np.flip, flip_as_numpy)


@op(
    r"x_{i - s}",
    name="roll",
    method=False,
    cases=(case((3, 4), shifts=(1,), dims=(0,)), case((3, 4), shifts=(1, -2), dims=(0, 1))),
)
def _roll(x: Array, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Array:
    """The elements shifted around along some dimensions."""
    return in_rows(np.roll(x, shifts, dims))


_roll.vjp("x", r"\bar z_{i + s}")(lambda g, shifts, dims: _roll.either(g, tuple(-s for s in shifts), dims))


@derived(r"z_{(i + k) \bmod n} = x_i", cases=(case((3, 4), shifts=1), case((3, 4), shifts=(1, -2), dims=(0, 1))))
def roll(input: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    """The elements shifted along dimensions; what falls off the end comes in at the start.

    >>> import autograd
    >>> autograd.roll(autograd.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    steps = sizes_of((shifts,), "roll")
    if not steps:
        raise RuntimeError("roll(): `shifts` required")
    if not input.ndim and dims != ():
        raise IndexError(f"roll(): Dimension specified as {dims} but tensor has no dimensions")
    places = many_dims(dims if isinstance(dims, int) else tuple(dims), input.ndim, "roll") or ()
    if not places and len(steps) == 1:
        return reshape(_roll(ravel(input), steps, (0,)), tuple(input.shape))
    if len(steps) != len(places):
        raise RuntimeError(f"roll(): shifts and dimensions must align. shifts: {len(steps)}, dims: {len(places)}")
    return _roll(input, steps, places)


@derived(r"z_{i j} = x_{i, n - 1 - j}", cases=(case((2, 3)), case((2, 3, 2))))
def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order.

    >>> import autograd
    >>> autograd.fliplr(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if input.ndim < 2:
        raise RuntimeError(f"Input must be >= 2-d, got {input.ndim}-d")
    return _flip(input, (1,))


@derived(r"z_{i j} = x_{n - 1 - i, j}", cases=(case((2, 3)), case((3,))))
def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order.

    >>> import autograd
    >>> autograd.flipud(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d, got 0-d")
    return _flip(input, (0,))


@derived(r"z_{n - 1 - j, i} = x_{i j}", cases=(case((2, 3)), case((2, 3), k=-1), case((2, 3, 2), k=2, dims=(1, 2))))
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The tensor turned by k right angles in the plane of two dimensions, from the first towards the second.

    >>> import autograd
    >>> autograd.rot90(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    first, second = (one_dim(d, input.ndim, "rot90") for d in dims)
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    turns = k % 4
    if turns == 0:
        return input.clone()
    if turns == 2:
        return _flip(input, (first, second))
    return _transpose(_flip(input, (second if turns == 1 else first,)), first, second)
