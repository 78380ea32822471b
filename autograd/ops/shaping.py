"""Changing the shape: the same elements, arranged otherwise. Results are views where that is possible.

Each function stands beside its dual: what reshapes one way flows back reshaped the other way, and
what copies an element flows back as a sum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.dims import many_dims, one_dim
from autograd.misuse import speaking
from autograd.op import op
from autograd.saved import undo_broadcast
from autograd.size import Size
from autograd.tensor import Tensor, tensor_of


def sizes_of(args: tuple[Any, ...], name: str, keyword: Any = None) -> tuple[int, ...]:
    """The ints of `f(2, 3)`, `f((2, 3))` or, with its keyword, `f(size=(2, 3))`."""
    if keyword is not None:
        args = (keyword,)
    sizes = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
    try:
        return tuple([size if size.__class__ is int else size.__index__() for size in sizes])
    except (AttributeError, TypeError):
        raise TypeError(f"{name}(): sizes must be ints, or one tuple of ints; got {args}") from None


# -- reshape: its own dual ----------------------------------------------------------------------------------


@op(
    r"\text{reshape}(x)",
    name="view",
    method=False,
    view=True,
    cases=(case((3, 4), shape=(2, 6)), case((), shape=(1, 1)), case((0, 3), shape=(3, 0))),
)
def _reshape(x: Array, shape: tuple[int, ...]) -> Array:
    """The elements in the same row-major order under another shape."""
    return x.reshape(shape)


_reshape.vjp("x", r"\bar z \text{ in the shape of } x")(lambda g, x_shape: g.reshape(x_shape))


def complete(shape: tuple[int, ...], numel: int, name: str) -> tuple[int, ...]:
    """The shape with -1 worked out; RuntimeError if it does not hold just as many elements."""
    if -1 in shape:
        rest = math.prod(size for size in shape if size != -1)
        if shape.count(-1) > 1:
            raise RuntimeError(f"{name}: only one dimension can be inferred, got shape {list(shape)}")
        if rest == 0:
            raise RuntimeError(
                f"{name}: cannot reshape tensor of {numel} elements into shape {list(shape)} because the unspecified "
                "dimension size -1 can be any value and is ambiguous"
            )
        if numel % rest == 0:
            return tuple(numel // rest if size == -1 else size for size in shape)
    elif math.prod(shape) == numel and (not shape or min(shape) >= 0):
        return shape
    if any(size < -1 for size in shape):
        raise RuntimeError(f"{name}: invalid shape dimension {min(shape)} in {list(shape)}")
    raise RuntimeError(f"{name}: shape '{list(shape)}' is invalid for input of size {numel}")


@derived(r"\text{reshape}(x)", cases=_reshape.op.cases, numpy=np.reshape)
def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """The same elements, in row-major order, under another shape: a view if the memory allows, else a copy.

    One size may be -1: it is worked out from the rest.

    >>> import autograd
    >>> autograd.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return _reshape(input, complete(sizes_of(sizes, "reshape", shape), input.array.size, "reshape"))


@derived(r"\text{view}(x)", cases=_reshape.op.cases)
def view(self: Tensor, *shape: Any, dtype: Any = None, size: Any = None) -> Tensor:
    """`reshape` that never copies: RuntimeError where it would have to. With a dtype, the same bytes read so.

    >>> import autograd
    >>> autograd.arange(4).view(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    if dtype is not None or (len(shape) == 1 and hasattr(shape[0], "itemsize")):
        return reinterpret(self, shape[0] if dtype is None else dtype)
    sizes = complete(sizes_of(shape, "view", size), self.array.size, "view")
    result = _reshape(self, sizes)
    if result.view_of is None and self.array.size > 1:
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: {tuple(self.shape)} with strides "
            f"{self.stride()} can't be seen as {sizes} without copying. Use .reshape(...), or .contiguous() first"
        )
    return result


def reinterpret(x: Tensor, dtype: Any) -> Tensor:
    """The same bytes read as another dtype."""
    bytes_read = tensor_of(x.memory().view(dtype.dtype), dtype)
    bytes_read.version = x.writes()
    return bytes_read


# -- squeeze and unsqueeze ----------------------------------------------------------------------------------


@op(
    r"\text{squeeze}(x)",
    name="squeeze",
    method=False,
    view=True,
    cases=(case((3, 1, 4), dim=(1,)), case((1, 1), dim=(0, 1))),
)
def _squeeze(x: Array, dim: tuple[int, ...]) -> Array:
    """The tensor without some of its dimensions of size 1."""
    return x.squeeze(dim)


@op(r"\text{unsqueeze}(x)", name="unsqueeze", method=False, view=True, cases=(case((3, 4), dim=1), case((), dim=0)))
def _unsqueeze(x: Array, dim: int) -> Array:
    """The tensor with one more dimension, of size 1."""
    return np.expand_dims(x, dim)


_squeeze.vjp("x", r"\bar z \text{ in the shape of } x")(lambda g, x_shape: g.reshape(x_shape))
_unsqueeze.vjp("x", r"\bar z \text{ in the shape of } x")(lambda g, x_shape: g.reshape(x_shape))


@derived(
    r"z_i = x_{i_1 0 i_2}",
    cases=(case((3, 1, 4)), case((3, 1, 4), dim=1), case((1, 3, 1), dim=(0, 1)), case(())),
    inplace="view",
    numpy=np.squeeze,
)
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """The tensor without its dimensions of size 1, or without the given ones where they are: a view.

    >>> import autograd
    >>> autograd.zeros(1, 3, 1).squeeze().shape
    torch.Size([3])
    """
    shape = input.array.shape
    candidates = range(len(shape)) if dim is None else many_dims(dim, len(shape), "squeeze") or ()
    return _squeeze(input, tuple(d for d in candidates if shape[d] == 1))


@derived(r"z_{i_1 0 i_2} = x_{i_1 i_2}", cases=_unsqueeze.op.cases, inplace="view", numpy=np.expand_dims)
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """The tensor with a dimension of size 1 put in at a place: a view.

    >>> import autograd
    >>> autograd.unsqueeze(autograd.tensor([1, 2]), 1)
    tensor([[1],
            [2]])
    """
    return _unsqueeze(input, one_dim(dim, input.array.ndim + 1, "unsqueeze"))


# -- flatten and unflatten ----------------------------------------------------------------------------------


@derived(
    r"z_{i n + j} = x_{i j}",
    cases=(case((2, 3, 4)), case((2, 3, 4), start_dim=1), case((2, 3, 4), start_dim=0, end_dim=1), case(())),
)
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The tensor with the dimensions from start_dim to end_dim, both included, made one.

    >>> import autograd
    >>> autograd.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = input.array.shape
    start, end = one_dim(start_dim, len(shape), "flatten"), one_dim(end_dim, len(shape), "flatten")
    if start > end:
        raise RuntimeError(f"flatten() has invalid args: start_dim {start_dim} comes after end_dim {end_dim}")
    if not shape:
        return _reshape(input, (1,))
    return (
        input
        if start == end
        else _reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))
    )


@derived(r"z_{i j} = x_{i n + j}", cases=(case((2, 12), dim=1, sizes=(3, 4)), case((6, 2), dim=0, sizes=(2, -1))))
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """The tensor with one dimension unfolded into several: the inverse of `flatten`.

    >>> import autograd
    >>> autograd.unflatten(autograd.zeros(2, 12), 1, (3, -1)).shape
    torch.Size([2, 3, 4])
    """
    shape = input.array.shape
    place = one_dim(dim, len(shape), "unflatten")
    inner = complete(sizes_of((tuple(sizes),), "unflatten"), shape[place] if shape else 1, "unflatten")
    return _reshape(input, (*shape[:place], *inner, *shape[place + 1 :]))


@derived(r"z_{i n + j} = x_{i j}", cases=(case((2, 3)), case((0, 3))), numpy=np.ravel)
def ravel(input: Tensor) -> Tensor:
    """The elements in one row.

    >>> import autograd
    >>> autograd.ravel(autograd.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return _reshape(contiguous(input), (input.array.size,))


@derived(r"\text{reshape}(x)", cases=(case((2, 6), (3, 4)),))
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor in the shape of another.

    >>> import autograd
    >>> autograd.arange(4).reshape_as(autograd.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return reshape(self, other.shape)


@derived(r"\text{reshape}(x)", cases=(case((2, 6), (3, 4)),))
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor, as a view, in the shape of another.

    >>> import autograd
    >>> autograd.arange(4).view_as(autograd.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return view(self, other.shape)


# -- expand: its dual is a sum ------------------------------------------------------------------------------


@op(
    r"\text{expand}(x)",
    name="expand",
    method=False,
    view=True,
    cases=(case((3, 1), size=(2, 3, 4)), case((), size=(2,)), case((3,), size=(3,)), case((1,), size=(0,))),
)
def _expand(x: Array, size: tuple[int, ...]) -> Array:
    """The tensor repeated along new dimensions and along those of size 1, without copying."""
    expanded = np.broadcast_to(x, size)
    expanded.setflags(write=np.asarray(x).flags.writeable)  # parts of it may be written to: see `check_writable`
    return expanded


_expand.vjp("x", r"\text{sum of } \bar z \text{ over the copies}")(lambda g, x_shape: undo_broadcast(g, x_shape))


@derived(r"z_{k i} = x_i", cases=_expand.op.cases)
def expand(self: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """The tensor repeated along new dimensions in front and along those of size 1, without copying; -1 keeps a size.

    >>> import autograd
    >>> autograd.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    wanted_sizes = sizes_of(sizes, "expand", size)
    shape = self.array.shape
    added = len(wanted_sizes) - len(shape)
    if added < 0:
        raise RuntimeError(
            f"expand({list(wanted_sizes)}): the number of sizes provided ({len(wanted_sizes)}) must be greater or "
            f"equal to the number of dimensions in the tensor ({len(shape)})"
        )
    target = []
    for place, wanted in enumerate(wanted_sizes):
        own = shape[place - added] if place >= added else None
        if wanted == -1 and own is None:
            raise RuntimeError(f"expand({list(wanted_sizes)}): -1 keeps a size, but dimension {place} is a new one")
        if wanted < -1:
            raise RuntimeError(f"expand({list(wanted_sizes)}): negative sizes are not allowed")
        if own is not None and wanted not in (-1, own) and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({own}) at non-singleton "
                f"dimension {place}. Target sizes: {list(wanted_sizes)}. Tensor sizes: {list(shape)}"
            )
        target.append(own if wanted == -1 else wanted)
    return _expand(self, tuple(target))


@derived(r"z_{k i} = x_i", cases=(case((3, 1), size=(3, 4)), case((), size=(2,))), numpy=np.broadcast_to)
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """The tensor expanded to a shape, as broadcasting would.

    >>> import autograd
    >>> autograd.broadcast_to(autograd.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(input, size)


@derived(r"z_{k i} = x_i", cases=(case((3, 1), (3, 4)),))
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor expanded to the shape of another.

    >>> import autograd
    >>> autograd.tensor([1, 2]).expand_as(autograd.zeros(2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(self, other.shape)


@speaking
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes broadcast to."""
    try:
        return Size(np.broadcast_shapes(*(sizes_of((s,), "broadcast_shapes") for s in shapes)))
    except ValueError:
        raise RuntimeError(
            f"broadcast_shapes: shapes {', '.join(str(tuple(s) if not isinstance(s, int) else s) for s in shapes)} do "
            "not broadcast: sizes must be equal or 1, counted from the right"
        ) from None


@speaking
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Tensors expanded to the shape that they broadcast to; those that have it already as they are."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    shape = broadcast_shapes(*(tensor.shape for tensor in given))
    return tuple(tensor if tensor.shape == shape else expand(tensor, shape) for tensor in given)


# -- the same elements --------------------------------------------------------------------------------------


@op("x", name="alias", method=False, view=True, cases=(case((3, 4)), case(())))
def alias(x: Array) -> Array:
    """The tensor itself, as a new view."""
    return x[...]


alias.vjp("x", r"\bar z")(lambda g: g)


@op("x", numpy=np.copy, kind="free", cases=(case((3, 4)), case(())))
def clone(x: Array, *, memory_format: Any = None) -> Array:
    """A copy of the tensor, in memory of its own, through which gradients flow."""
    return np.array(x, order="C" if memory_format is None else "K")


clone.vjp("x", r"\bar z")(lambda g: g)


@derived(r"x", cases=(case((3, 4)), case(())))
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its elements lie in row-major order, else a copy in which they do.

    >>> import autograd
    >>> autograd.zeros(2, 3).t().contiguous().stride()
    (2, 1)
    """
    return self if self.is_contiguous() else clone(self)
