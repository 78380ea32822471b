"""Putting tensors together and taking them apart: cat and split, stack and unbind, pad and its inverse."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd.arrays import Array, in_rows
from autograd.attach import add_methods
from autograd.cases import case
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.dtypes import INTEGER
from autograd.op import op
from autograd.tensor import Tensor

# -- cat and split ----------------------------------------------------------------------------------------


@op(r"[x_1; x_2; \ldots]", name="cat", method=False,
    cases=(case([(2, 3), (4, 3)], dim=0), case([(2, 3), (2, 1), (2, 2)], dim=1),
           case([(0, 3), (2, 3)], dim=0)))  # fmt: skip
def _cat(*tensors: Array, dim: int) -> Array:
    """The tensors one after another along a dimension."""
    return in_rows(np.concatenate(tensors, dim))


@_cat.vjp_joint(r"\text{the part of } \bar z \text{ that came from each}")
def _(g: Any, tensors_shape: Any, dim: int) -> Any:
    sizes = [shape[dim] for shape in tensors_shape]
    return pieces(g, sizes, dim)


def pieces(whole: Any, sizes: list[int], dim: int) -> tuple[Any, ...]:
    """Consecutive slices of the given sizes along a dimension."""
    before = (slice(None),) * dim
    ends = itertools.accumulate(sizes)
    return tuple([whole[(*before, slice(end - size, end))] for size, end in zip(sizes, ends, strict=True)])


@derived(r"[x_1; x_2; \ldots]", method=False, casts_out=True, numpy=np.concatenate, cases=_cat.op.cases)
def cat(tensors: Any, dim: Any = 0) -> Tensor:
    """Join tensors along an existing dimension; their other sizes must agree.

    >>> import autograd
    >>> autograd.cat([autograd.zeros(2), autograd.ones(1)])
    tensor([0., 0., 1.])
    """
    given = sequence_of_tensors(tensors, "cat")
    kept = [tensor for tensor in given if tensor.array.shape != (0,)] or given[:1]  # PyTorch skips empty vectors
    first = kept[0].array.shape
    dim = one_dim(dim, len(first), "cat")
    if not first:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated: use stack()")
    for position, tensor in enumerate(kept):
        shape = tensor.array.shape
        if len(shape) != len(first):
            raise RuntimeError(
                f"cat: Tensors must have same number of dimensions: got {len(first)} and {len(shape)} (shapes {first} "
                f"and {shape} at position {position})"
            )
        for d, (size, expected) in enumerate(zip(shape, first, strict=True)):
            if d != dim and size != expected:
                raise RuntimeError(
                    f"cat: Sizes of tensors must match except in dimension {dim}. Expected size {expected} but got "
                    f"size {size} for tensor number {position} in the list (shapes {first} and {shape})"
                )
    joined: Tensor = _cat(kept, dim)
    return joined


concat = concatenate = cat


def sequence_of_tensors(tensors: Any, name: str) -> list[Tensor]:
    """The tensors of a sequence that is not empty."""
    if isinstance(tensors, Tensor) or not isinstance(tensors, (list, tuple)):
        raise TypeError(
            f"{name}(): argument 'tensors' must be a tuple or list of Tensors, not {type(tensors).__name__}"
        )
    if not tensors:
        raise (ValueError if name == "cat" else RuntimeError)(f"{name}(): expected a non-empty list of Tensors")
    for position, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name}(): expected Tensor as element {position} in argument 0, but got {type(tensor).__name__}"
            )
    return list(tensors)


@op(r"x_{[0, s_1)}, x_{[s_1, s_1 + s_2)}, \ldots", name="split", method=False, view=True, outputs=0,
    cases=(case((5, 2), sizes=(2, 3), dim=0), case((2, 6), sizes=(1, 5, 0), dim=1)))  # fmt: skip
def _split(x: Array, sizes: tuple[int, ...], dim: int) -> Any:
    """Consecutive slices: views."""
    return pieces(x, list(sizes), dim)


_split.vjp("x", r"[\bar z_1; \bar z_2; \ldots]")(lambda g, dim: np.concatenate(g, axis=dim))


@derived(
    r"x = [z_1 \mid z_2 \mid \ldots]",
    cases=(
        case((5, 2), split_size_or_sections=2),
        case((5, 2), split_size_or_sections=[1, 4]),
        case((2, 6), split_size_or_sections=4, dim=-1),
    ),
    name="split",
    method=False,
)
def split(tensor: Tensor, split_size_or_sections: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """Cut a tensor along a dimension into pieces of one size (the last may be smaller), or of the given sizes.

    >>> import autograd
    >>> autograd.split(autograd.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if tensor.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = one_dim(dim, tensor.ndim, "split")
    length = tensor.array.shape[dim]
    if isinstance(split_size_or_sections, (list, tuple)):
        sizes = [int(size) for size in split_size_or_sections]
        if sum(sizes) != length or any(size < 0 for size in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension "
                f"{dim}), but got split_sizes={sizes}"
            )
    else:
        size = int(split_size_or_sections)
        if size < 0 or (size == 0 and length):
            raise RuntimeError(f"split expects split_size be positive, but got split_size={size}")
        sizes = [min(size, length - start) for start in range(0, length, size)] if length else [0]
    parts: tuple[Tensor, ...] = _split(tensor, tuple(sizes), dim)
    return parts


def split_method(self: Tensor, split_size: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """`split`, whose second argument goes by another name where it is a method."""
    return split(self, split_size, dim)


add_methods(split=split_method)


@derived(r"x = [z_1 \mid z_2 \mid \ldots]", cases=(case((5, 2), split_sizes=[1, 4]),))
def split_with_sizes(input: Tensor, split_sizes: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """Cut a tensor along a dimension into pieces of the given sizes.

    >>> import autograd
    >>> autograd.split_with_sizes(autograd.arange(4), [1, 3])
    (tensor([0]), tensor([1, 2, 3]))
    """
    return split(input, list(split_sizes), dim)


@derived(
    r"x = [z_1 \mid \ldots \mid z_n]",
    cases=(case((5, 2), chunks=2), case((2, 6), chunks=4, dim=1), case((3,), chunks=5)),
)
def chunk(input: Tensor, chunks: int, dim: Any = 0) -> tuple[Tensor, ...]:
    """Cut a tensor into at most that many pieces of equal size; the last may be smaller.

    >>> import autograd
    >>> autograd.chunk(autograd.arange(5), 3)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if input.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = one_dim(dim, input.ndim, "chunk")
    length = input.array.shape[dim]
    return split(input, [0] * chunks, dim) if length == 0 else split(input, -(-length // chunks), dim)


# -- stack and unbind -------------------------------------------------------------------------------------


@op(r"(x_1, x_2, \ldots)", name="stack", method=False,
    cases=(case([(2, 3), (2, 3)], dim=0), case([(2, 3), (2, 3), (2, 3)], dim=2), case([(), ()], dim=0)))  # fmt: skip
def _stack(*tensors: Array, dim: int) -> Array:
    """The tensors side by side along a new dimension."""
    return in_rows(np.stack(tensors, dim))


_stack.vjp_joint(r"\bar z_i \text{ for each}")(
    lambda g, tensors_shape, dim: tuple(g[(*(slice(None),) * dim, i)] for i in range(len(tensors_shape)))
)


@derived(r"(x_1, x_2, \ldots)", method=False, casts_out=True, numpy=np.stack, cases=_stack.op.cases)
def stack(tensors: Any, dim: Any = 0) -> Tensor:
    """Join tensors of equal shape along a new dimension.

    >>> import autograd
    >>> autograd.stack([autograd.zeros(2), autograd.ones(2)])
    tensor([[0., 0.],
            [1., 1.]])
    """
    given = sequence_of_tensors(tensors, "stack")
    shape = given[0].array.shape
    for position, tensor in enumerate(given):
        if tensor.array.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(tensor.array.shape)} at entry {position}"
            )
    stacked: Tensor = _stack(given, one_dim(dim, len(shape) + 1, "stack"))
    return stacked


@op(r"x_1, x_2, \ldots", name="unbind", method=False, view=True, outputs=0,
    cases=(case((3, 2), dim=0), case((2, 3), dim=1), case((0, 3), dim=0)))  # fmt: skip
def _unbind(x: Array, dim: int) -> Any:
    """The slices along a dimension: views."""
    before = (slice(None),) * dim
    return tuple(x[(*before, i, Ellipsis)] for i in range(x.shape[dim]))


_unbind.vjp("x", r"(\bar z_1, \bar z_2, \ldots)")(lambda g, dim: np.stack(g, axis=dim))


@derived(r"(z_k)_i = x_{k i}", cases=_unbind.op.cases)
def unbind(input: Tensor, dim: Any = 0) -> tuple[Tensor, ...]:
    """The slices of a tensor along a dimension, without that dimension.

    >>> import autograd
    >>> autograd.unbind(autograd.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    if input.ndim == 0:
        raise IndexError("unbind(): Dimension specified as 0 but tensor has no dimensions")
    slices: tuple[Tensor, ...] = _unbind(input, one_dim(dim, input.ndim, "unbind"))
    return slices


# -- narrow and pad -----------------------------------------------------------------------------------------


@derived(r"z_i = x_{a + i}", cases=(case((3, 4), dim=1, start=1, length=2), case((3, 4), dim=0, start=-2, length=1)))
def narrow(input: Tensor, dim: Any, start: Any, length: int) -> Tensor:
    """The part of a tensor from `start` on, `length` long, along a dimension: a view.

    >>> import autograd
    >>> autograd.narrow(autograd.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = one_dim(dim, input.ndim, "narrow")
    if isinstance(start, Tensor) and (start.ndim or start.dtype.category != INTEGER):
        raise RuntimeError(
            f"start must be an 0-dim integral Tensor, got {start.dtype.name} of shape {tuple(start.shape)}"
        )
    start, size = int(start), input.array.shape[dim]
    if not -size <= start <= size:
        raise IndexError(
            f"narrow(): start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    start += size if start < 0 else 0
    if length < 0 or start + length > size:
        raise RuntimeError(f"narrow(): start ({start}) + length ({length}) exceeds dimension size ({size})")
    part: Tensor = input[(*(slice(None),) * dim, slice(start, start + length))]
    return part


@derived(r"z_i = x_{k i}", cases=(case((3, 4), dim=1, index=-1), case((3, 4), dim=0, index=2)))
def select(input: Tensor, dim: Any, index: Any) -> Tensor:
    """One slice of a tensor along a dimension, without that dimension: a view.

    >>> import autograd
    >>> autograd.select(autograd.tensor([[1, 2], [3, 4]]), 1, -1)
    tensor([2, 4])
    """
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = one_dim(dim, input.ndim, "select")
    place, size = int(index), input.array.shape[dim]
    if not -size <= place < size:
        raise IndexError(
            f"select(): index {place} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    slice_: Tensor = input[(*(slice(None),) * dim, place)]
    return slice_


@op(r"\text{pad}(x)", name="constant_pad_nd", method=False,
    cases=(case((3, 4), before=(1, 0), after=(2, 1), value=0.5),
           case((2, 5), before=(0, -1), after=(0, -2), value=0.0)))  # fmt: skip
def _constant_pad(x: Array, before: tuple[int, ...], after: tuple[int, ...], value: float) -> Array:
    """x with rims of a number around it; a negative rim cuts off."""
    shape = [size + b + a for size, b, a in zip(x.shape, before, after, strict=True)]
    if min(shape, default=0) < 0:
        raise ValueError(f"padding {before} before and {after} after leaves a negative size")
    padded = np.full(shape, value, x.dtype)
    inner = tuple(slice(max(b, 0), size - max(a, 0)) for size, b, a in zip(shape, before, after, strict=True))
    padded[inner] = x[
        tuple(slice(max(-b, 0), size - max(-a, 0)) for size, b, a in zip(x.shape, before, after, strict=True))
    ]
    return padded


@_constant_pad.vjp("x", r"\bar z \text{ without its rims}")
def _(g: Any, before: tuple[int, ...], after: tuple[int, ...]) -> Any:
    return _constant_pad.either(g, tuple(-b for b in before), tuple(-a for a in after), 0.0)


@derived(
    r"z_{a + i} = x_i \text{, else } c",
    cases=(case((3, 4), pad=(1, 2)), case((2, 3, 4), pad=(0, 1, -1, 1), value=1.5)),
    method=False,
)
def constant_pad_nd(input: Tensor, pad: Any, value: float = 0) -> Tensor:
    """The tensor with rims of one value: `pad` holds (before, after) for the last dimension, the one before it, ...

    >>> import autograd
    >>> autograd.constant_pad_nd(autograd.tensor([1, 2]), (1, 2))
    tensor([0, 1, 2, 0, 0])
    """
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            f"Length of pad should be no more than twice the number of dimensions of the input: pad has {len(pad)} "
            f"numbers and the input {input.ndim} dimensions"
        )
    untouched = input.ndim - len(pad) // 2
    before = (0,) * untouched + tuple(pad[-2::-2])
    after = (0,) * untouched + tuple(pad[::-2])
    padded: Tensor = _constant_pad(input, before, after, value)
    return padded
