"""Putting values into a copy of a tensor: by index, by mask, by slice, by place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, Ints
from autograd.cases import bools, case, ints, sample
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.index import Index, parse_index
from autograd.op import op
from autograd.ops.diagonals import diagonal
from autograd.ops.indexing import as_value, check_places, setitem
from autograd.tensor import Tensor, tensor_of


def replaced(x: Tensor, index: Any, value: Any) -> Tensor:
    """A copy of x with the elements at an index replaced."""
    changed: Tensor = x.clone()
    setitem(changed, index, value)
    return changed


def along(dim: int, item: Any) -> tuple[Any, ...]:
    """An index along one dimension."""
    return (*(slice(None),) * dim, item)


def check_fills(src: Tensor, wanted: tuple[int, ...]) -> None:
    """Raise unless the source has the shape of the slice that it replaces."""
    if tuple(src.shape) != wanted:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. "
            f"src size = {list(src.shape)}, slice size = {list(wanted)}"
        )


def check_same_dtype(x: Tensor, source: Tensor, name: str) -> None:
    """Raise unless the source has the dtype of what it is put into."""
    if source.dtype is not x.dtype:
        raise RuntimeError(
            f"{name}(): self and source expected to have the same dtype, but got {x.dtype.name} and "
            f"{source.dtype.name}: convert the source with .to({x.dtype!r})"
        )


# -- by slices ----------------------------------------------------------------------------------------------


@derived(
    r"x \text{ with } x_{k i} = y_i", cases=(case((3, 4), (3,), dim=1, index=2), case((3, 4), (4,), dim=0, index=-1))
)
def select_scatter(input: Tensor, src: Tensor, dim: Any, index: int) -> Tensor:
    """A copy with one slice along a dimension replaced.

    >>> import autograd
    >>> autograd.select_scatter(autograd.zeros(2, 2), autograd.ones(2), dim=0, index=1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    dim = one_dim(dim, input.ndim, "select_scatter")
    check_fills(src, tuple(size for d, size in enumerate(input.shape) if d != dim))
    if not -input.shape[dim] <= index < input.shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    return replaced(input, along(dim, index), src)


@derived(
    r"x \text{ with } x_{a + s i} = y_i",
    cases=(case((3, 4), (3, 2), dim=1, start=1, end=3), case((4, 2), (2, 2), step=2)),
)
def slice_scatter(
    input: Tensor, src: Tensor, dim: Any = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A copy with every step-th slice along a dimension, from `start` to before `end`, replaced.

    >>> import autograd
    >>> autograd.slice_scatter(autograd.zeros(5), autograd.ones(2), start=1, step=2, end=5)
    tensor([0., 1., 0., 1., 0.])
    """
    part = along(one_dim(dim, input.ndim, "slice_scatter"), slice(start, end, step))
    check_fills(src, input[part].shape)
    return replaced(input, part, src)


@derived(r"x \text{ with } x_{i i} = y_i", cases=(case((3, 4), (3,)), case((3, 4), (3,), offset=1)))
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: Any = 0, dim2: Any = 1) -> Tensor:
    """A copy with a diagonal replaced.

    >>> import autograd
    >>> autograd.diagonal_scatter(autograd.zeros(2, 2), autograd.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    places = diagonal(tensor_of(np.arange(input.numel()).reshape(input.shape)), offset, dim1, dim2)
    check_fills(src, places.shape)
    return put(input, places, src)


# -- by places in row-major order ---------------------------------------------------------------------------


@op(r"x_{i}", name="take", method=False, kind="free", cases=(case((3, 4), ints((2, 2), 0, 12)),))
def _take(x: Array, index: Ints) -> Array:
    """Elements by their places in row-major order."""
    return np.reshape(x, -1)[index]


@op(
    r"x \text{ with } x_i \mathrel{+}= y",
    name="put_add",
    method=False,
    kind="free",
    cases=(case((3, 4), ints((2, 2), 0, 12), (2, 2)),),
)
def _put_add(x: Array, index: Ints, source: Array) -> Array:
    """A copy of x with elements added at places in row-major order."""
    changed = np.array(x, order="C")
    np.add.at(changed.reshape(-1), index, source)
    return changed


@op(r"x \text{ with } x_i = y", name="put", method=False, kind="free",
    cases=(case((3, 4), sample((2,), 0, 12, "int", apart=True), (2,)),))  # fmt: skip
def _put(x: Array, index: Ints, source: Array) -> Array:
    """A copy of x with the elements at places in row-major order replaced."""
    changed = np.array(x, order="C")
    changed.reshape(-1)[index] = source
    return changed


_take.vjp("x", r"\bar z \text{ added at } i")(
    lambda g, index, x_shape: _put_add.either(zeros_for(g, x_shape), index, g)
)
_put_add.vjp("x", r"\bar z")(lambda g: g)
_put_add.vjp("source", r"\bar z_i")(lambda g, index: _take.either(g, index))
_put.vjp("x", r"\bar z \text{ with } \bar z_i = 0")(
    lambda g, index: _put.either(g, index, np.zeros_like(_take.either(g, index)))
)
_put.vjp("source", r"\bar z_i")(lambda g, index: _take.either(g, index))


def zeros_for(g: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape, of the dtype and kind of a gradient."""
    return g.like(np.zeros(shape, g.dtype.dtype)) if isinstance(g, Tensor) else np.zeros(shape, g.dtype)


def flat_places(x: Tensor, index: Tensor, name: str) -> Tensor:
    """Places in row-major order, counted from the front."""
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype.name}")
    n = x.numel()
    if index.numel() and n == 0:
        raise IndexError(f"{name}(): tried to take from an empty tensor")
    if index.numel() and (index.array.min() < -n or index.array.max() >= n):
        raise IndexError(
            f"out of range: {name}() got an index beyond the {n} elements of a tensor of shape {tuple(x.shape)}"
        )
    return tensor_of(np.where(index.array < 0, index.array + n, index.array))


@derived(r"x_i", cases=_take.op.cases)
def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at places counted in row-major order; negative ones from the end.

    >>> import autograd
    >>> autograd.take(autograd.tensor([[1, 2], [3, 4]]), autograd.tensor([0, -1]))
    tensor([1, 4])
    """
    taken: Tensor = _take(input, flat_places(input, index, "take"))
    return taken


@derived(r"x \text{ with } x_{k_i} = y_i", cases=_put.op.cases, inplace=True, method=True)
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements at places counted in row-major order replaced, or added to.

    >>> import autograd
    >>> autograd.put(autograd.zeros(2, 2), autograd.tensor([3, 0]), autograd.tensor([5.0, 6.0]))
    tensor([[6., 0.],
            [0., 5.]])
    """
    check_same_dtype(input, source, "put_")
    if source.numel() != index.numel():
        raise RuntimeError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source.numel()}, index.numel() = {index.numel()}"
        )
    places = flat_places(input, index, "put_").reshape(-1)
    changed: Tensor = (_put_add if accumulate else _put)(input, places, source.reshape(-1))
    return changed


@derived(
    r"z_{i j} = x_{k_{i j} j}",
    cases=(case((3, 4), ints((2, 4), 0, 3), dim=0), case((3, 4), ints((5,), 0, 12))),
    numpy=np.take_along_axis,
)
def take_along_dim(input: Tensor, indices: Tensor, dim: Any = None) -> Tensor:
    """Elements along a dimension by their places, which broadcast against the tensor: what `argsort` gives, say.

    >>> import autograd
    >>> x = autograd.tensor([[3, 1, 2]])
    >>> autograd.take_along_dim(x, x.argsort(dim=1), dim=1)
    tensor([[1, 2, 3]])
    """
    if indices.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"take_along_dim(): dtype of indices should be Long or Int but got {indices.dtype.name}")
    if dim is None:
        return input.reshape(-1).gather(0, indices.reshape(-1))
    if indices.ndim != input.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = one_dim(dim, input.ndim, "take_along_dim")
    size = input.shape[dim] if input.ndim else 1
    indices = tensor_of(np.where(indices.array < 0, indices.array + size, indices.array))
    others = (tuple(1 if d == dim else s for d, s in enumerate(t.shape)) for t in (input, indices))
    shape = np.broadcast_shapes(*others)  # but for the dimension itself

    def widened(x: Tensor) -> Tensor:
        return x.expand(tuple(x.shape[d] if d == dim else s for d, s in enumerate(shape)))

    return widened(input).gather(dim, widened(indices))


# -- by masks and index tuples ------------------------------------------------------------------------------


@derived(r"x \text{ with } x_m = y", cases=(case((3, 4), bools((3, 4)), (12,)),), inplace=True)
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with the elements where the mask holds replaced by those of `source`, in order.

    >>> import autograd
    >>> mask = autograd.tensor([True, False, True])
    >>> autograd.masked_scatter(autograd.zeros(3), mask, autograd.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype.name}")
    check_same_dtype(input, source, "masked_scatter")
    shape = np.broadcast_shapes(input.shape, mask.shape)
    holds = np.broadcast_to(mask.array, shape)
    count = int(np.count_nonzero(holds))
    if count > source.numel():
        raise RuntimeError(
            f"masked_scatter: expected source to have at least {count} elements, one for each place where the mask "
            f"holds, but it has {source.numel()}"
        )
    wide = input.expand(shape)
    return put(wide.clone(), tensor_of(np.flatnonzero(holds)), source.reshape(-1)[:count])


@derived(
    r"x \text{ with } x_k = y",
    cases=(case((3, 4), [ints((2,), 0, 3)], (2, 4)), case((3, 4), [bools((3, 4))], ())),
    inplace=True,
)
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements at an index of tensors replaced by `values`, or added to.

    >>> import autograd
    >>> twice = (autograd.tensor([0, 0]),)
    >>> autograd.index_put(autograd.zeros(2), twice, autograd.tensor(1.0), accumulate=True)
    tensor([2., 0.])
    """
    if values.dtype is not input.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {input.dtype.name} for the destination "
            f"and {values.dtype.name} for the source."
        )
    index = tuple(slice(None) if i is None else i for i in indices)
    if not accumulate:
        return replaced(input, index, values)
    parsed: Index = parse_index(index, input.array.shape)
    places = parsed.take(np.arange(input.numel()).reshape(input.shape))
    added: Tensor = _put_add(input, tensor_of(np.ascontiguousarray(places)), values.expand(places.shape))
    return added


# -- by index along a dimension -----------------------------------------------------------------------------


def check_index_op(x: Tensor, dim: Any, index: Tensor, source: Any, name: str) -> int:
    """The dimension, after raising for an index or a source that doesn't fit."""
    dim = one_dim(dim, x.ndim, name)
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, got shape {tuple(index.shape)}")
    check_places(index, x.shape[dim] if x.ndim else 1, name, dim)
    if source is not None:
        check_same_dtype(x, source, name)
        check_source_shape(x, dim, index, source, name)
    return dim


def check_source_shape(x: Tensor, dim: int, index: Tensor, source: Tensor, name: str) -> None:
    """Raise unless the source has one slice for each index."""
    wanted = list(x.shape)
    if x.ndim:
        wanted[dim] = index.numel()
    has_elements = list(source.shape) == wanted or source.numel() == math.prod(wanted)
    if max(source.ndim, 1) != max(x.ndim, 1) or (x.ndim and not has_elements):
        raise RuntimeError(
            f"{name}(): source of shape {list(source.shape)} doesn't fit: {wanted} is needed for {index.numel()} "
            f"indices along dimension {dim}"
        )
    if x.ndim == 0 and source.numel() != index.numel():
        raise IndexError(
            f"{name}(): Number of indices ({index.numel()}) should be equal to the number of elements of source "
            f"({source.numel()})"
        )


def places_along(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """The places in row-major order of slices along a dimension."""
    numbers = np.arange(x.numel()).reshape(x.shape if x.ndim else (1,))
    return tensor_of(np.take(numbers, np.atleast_1d(index.array), dim))


@derived(
    r"x_{k_i} \mathrel{+}= \alpha y_i",
    cases=(case((3, 4), ints((2,), 0, 3), (2, 4), dim=0), case((3, 4), ints((5,), 0, 4), (3, 5), dim=1, alpha=2)),
    inplace=True,
)
def index_add(input: Tensor, dim: Any, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """A copy with slices along a dimension added, `alpha` times, at the given places.

    >>> import autograd
    >>> autograd.index_add(autograd.zeros(3), 0, autograd.tensor([0, 2, 2]), autograd.ones(3))
    tensor([1., 0., 2.])
    """
    dim = check_index_op(input, dim, index, source, "index_add")
    places = places_along(input, dim, index)
    added: Tensor = _put_add(input, places, (source if alpha == 1 else source * alpha).reshape(places.shape))
    return added


@derived(r"x \text{ with } x_{k_i} = y_i", cases=(case((3, 4), ints((1,), 0, 3), (1, 4), dim=0),), inplace=True)
def index_copy(input: Tensor, dim: Any, index: Tensor, source: Tensor) -> Tensor:
    """A copy with slices along a dimension replaced at the given places.

    >>> import autograd
    >>> autograd.index_copy(autograd.zeros(3), 0, autograd.tensor([2, 0]), autograd.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    dim = check_index_op(input, dim, index, source, "index_copy")
    places = places_along(input, dim, index)
    changed: Tensor = _put(input, places, source.reshape(places.shape))
    return changed


@derived(r"x \text{ with } x_{k_i} = v", cases=(case((3, 4), ints((2,), 0, 3), dim=0, value=1.5),), inplace=True)
def index_fill(input: Tensor, dim: Any, index: Tensor, value: Any) -> Tensor:
    """A copy with slices along a dimension filled with one value.

    >>> import autograd
    >>> autograd.index_fill(autograd.zeros(3), 0, autograd.tensor([0, 2]), 1)
    tensor([1., 0., 1.])
    """
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if isinstance(value, complex) and not input.is_complex():
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    dim = check_index_op(input, dim, index, None, "index_fill_")
    places = places_along(input, dim, tensor_of(np.unique(index.array)))  # each element is written once
    filled: Tensor = _put(input, places, as_value(value, input).expand(places.shape))
    return filled
