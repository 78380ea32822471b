"""Taking elements out and putting them in with square brackets, places and masks.

Taking and putting are each other's duals. What an index takes out of a tensor flows back by being
added in at the same places, and what is put in somewhere flows back by being taken from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, Ints, add_at, in_rows
from autograd.attach import add_methods
from autograd.batched import Batched, NeedsLoopError
from autograd.cases import bools, case, ints
from autograd.convert import number_as
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.index import EVERYTHING, Index, parse_index
from autograd.inplace import assign, check_writable, keep_shown
from autograd.modes import state
from autograd.op import op
from autograd.promotion import convert
from autograd.registry import BATCH_RULES
from autograd.saved import undo_broadcast
from autograd.tensor import Tensor, tensor_of

MASK = np.array([[True, False], [True, True]])
PLACES = np.array([0, 3, 3, -1])


# -- x[index] -----------------------------------------------------------------------------------------------


def basic_name(node: Any) -> str:
    """PyTorch's name for an index of ints and slices: that of its last step."""
    steps = [item for item in node.params["index"] if item != slice(None)]
    kinds = {int: "Select", slice: "Slice", type(None): "Unsqueeze"}
    return f"{kinds[type(steps[-1])] if steps else 'Alias'}Backward0"


@op(r"x_i", name="basic_index", method=False, view=True, node=basic_name,
    cases=(case((3, 4), index=(1,)), case((3, 4), index=(slice(0, 3, 2), None, -1)), case((), index=(None,)),
           case((2, 3, 4), index=(1, slice(1, 1)))))  # fmt: skip
def _basic_index(x: Array, index: Any) -> Array:
    """Elements chosen by ints, slices and None: a view."""
    return x[(*index, Ellipsis)]


@op(r"\text{zeros with } x \text{ at } i", name="basic_index_adjoint", method=False,
    cases=(case((4,), index=(1,), shape=(3, 4)),
           case((2, 1), index=(slice(0, 3, 2), None, -1), shape=(3, 4))))  # fmt: skip
def _basic_index_adjoint(x: Array, index: Any, shape: Any) -> Array:
    """Elements put back where they were taken, among zeros."""
    whole = np.zeros(shape, x.dtype)
    whole[(*index, Ellipsis)] = x
    return whole


_basic_index.vjp("x", r"\bar z \text{ at } i \text{, else } 0")(
    lambda g, index, x_shape: _basic_index_adjoint.either(g, index, x_shape)
)
_basic_index_adjoint.vjp("x", r"\bar z_i")(lambda g, index: g[index])


@op(r"x_i", name="index", method=False,
    cases=(case((5, 2), index=(PLACES,)), case((2, 5), index=(slice(None), PLACES[:, None])),
           case((2, 2), index=(MASK,))))  # fmt: skip
def _index(x: Array, index: Any) -> Array:
    """Elements chosen by arrays of places or by masks: a copy."""
    return in_rows(x[index])


@op(r"\text{zeros plus } x_j \text{ at } i_j", name="index_adjoint", method=False,
    cases=(case((4, 2), index=(PLACES,), shape=(5, 2)), case((3,), index=(MASK,), shape=(2, 2))))  # fmt: skip
def _index_adjoint(x: Array, index: Any, shape: Any) -> Array:
    """Elements added where they were taken, among zeros."""
    whole = np.zeros(shape, x.dtype)
    if len(index) == 1 and index[0].dtype == np.bool_:
        whole[index] = x  # a mask takes nothing twice
    elif all(isinstance(places, np.ndarray) and places.dtype.kind in "iu" for places in index):
        add_at(whole, np.broadcast_arrays(*index), x)
    else:
        np.add.at(whole, index, x)
    return whole


_index.vjp("x", r"\text{each } \bar z_j \text{ added at } i_j")(
    lambda g, index, x_shape: _index_adjoint.either(g, index, x_shape)
)
_index_adjoint.vjp("x", r"\bar z_i")(lambda g, index: g[index])


def getitem(self: Tensor, index: Any) -> Tensor:
    """`x[index]` for every kind of index; ints, slices and None give a view, tensors and lists a copy."""
    try:
        if index.__class__ is int and self.array.ndim:
            return _basic_index(self, (index,))
    except IndexError:
        parse_index(index, self.array.shape)  # which says what is wrong with it
        raise
    try:
        parsed = parse_index(index, self.array.shape)
    except NeedsLoopError:
        picked: Tensor = BATCH_RULES["x[i]"](self, index)
        return picked
    result = _basic_index(self, parsed.basic) if parsed.basic or not parsed.advanced else self
    return _index(result, parsed.advanced) if parsed.advanced else result


# -- x[index] = value ---------------------------------------------------------------------------------------


def assignment_name(node: Any) -> str:
    """PyTorch's name for a write: into a view, at places, or over everything."""
    index: Index = node.params["index"]
    if any(step != EVERYTHING for step in index.basic):
        return "CopySlices"
    if index.advanced:
        return "IndexPutBackward0"
    value = node.constants[1] if node.constants else None
    return "FillBackward3" if isinstance(value, Tensor) and value.array.ndim == 0 else "CopyBackwards"


@op(r"x \text{ with } x_i = y", name="setitem", method=False, node=assignment_name, kind="free",
    cases=(case((3, 4), (4,), index=Index((1,), ())), case((3, 4), (), index=Index((slice(1, 3),), ())),
           case((5, 2), (2, 2), index=Index((), (np.array([0, 4]),))),
           case((4,), (1, 1, 2), index=Index((slice(1, 3),), ()))))  # fmt: skip
def _setitem(x: Array, y: Array, index: Index) -> Array:
    """A copy of x in which the chosen elements are those of y."""
    changed = np.array(x)
    index.put(changed, y)
    return changed


@_setitem.vjp("x", r"\bar z \text{ with } \bar z_i = 0")
def _(g: Any, index: Index) -> Any:
    return _setitem.either(g, np.zeros_like(index.take(g)), index)


@_setitem.vjp("y", r"\bar z_i")
def _(g: Any, index: Index, y_shape: Any) -> Any:
    taken = index.take(g)
    if len(y_shape) > len(taken.shape):  # the value had further dimensions of size 1 in front
        taken = taken.reshape((1,) * (len(y_shape) - len(taken.shape)) + tuple(taken.shape))
    return undo_broadcast(taken, y_shape)


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """`x[index] = value`, recorded: the elements that were overwritten get no gradient, the value gets theirs."""
    if state.vmaps and any(isinstance(t, Batched) for t in (self, value, *listed(index))):
        BATCH_RULES["x[i] = y"](self, index, value)
        return
    parsed = parse_index(index, self.array.shape)
    check_writable(self, "x[...] = value")
    new = as_value(value, self)
    keep_shown(self)
    try:
        parsed.put(self.memory(), new.array)
    except (ValueError, TypeError):  # the latter for a mask and a value of several dimensions
        chosen = parsed.take(self.memory()).shape
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(new.array.shape)} cannot be broadcast to indexing result "
            f"of shape {list(chosen)}"
        ) from None
    assign(self, "setitem", [new], {"index": parsed}, "x[...] = value")


def listed(index: Any) -> Iterable[Any]:
    """The parts of an index."""
    return index if isinstance(index, (tuple, list)) else (index,)


def as_value(value: Any, target: Tensor) -> Tensor:
    """What is assigned, as a tensor of the target's dtype."""
    if isinstance(value, Tensor):
        if value.dtype.is_complex and not target.dtype.is_complex:
            raise RuntimeError("can't assign complex values to a real tensor: take .real or .abs() first")
        return value if value.dtype is target.dtype else convert(value, target.dtype)
    if isinstance(value, (bool, int, float, complex)):
        return tensor_of(number_as(value, target.dtype.dtype), target.dtype)
    if isinstance(value, (np.generic, np.ndarray)):
        dtypes.from_numpy_dtype(value.dtype)  # raises for what are no numbers
        return tensor_of(np.asarray(value).astype(target.dtype.dtype), target.dtype)
    raise TypeError(f"can't assign a {type(value).__name__} to a tensor: give a number or a Tensor")


add_methods(__getitem__=getitem, __setitem__=setitem)


# -- views that rejoin the graph (see autograd.views) -------------------------------------------------------


@op(r"x_p", name="strided_view", method=False, node="AsStridedBackward0", kind="free",
    cases=(case((3, 4), positions=np.array([[1, 2], [5, 6]])),))  # fmt: skip
def _strided_view(x: Array, positions: Any) -> Array:
    """Elements at places counted in row-major order."""
    return x.reshape(-1)[positions]


@op(r"x \text{ with } x_p = y", name="copy_slices", method=False, node="CopySlices", kind="free",
    cases=(case((3, 4), (2, 2), positions=np.array([[1, 2], [5, 6]])),))  # fmt: skip
def _copy_slices(x: Array, y: Array, positions: Any) -> Array:
    """A copy of x with the elements at places counted in row-major order replaced."""
    changed = np.array(x, order="C")
    changed.reshape(-1)[positions] = y
    return changed


@op(r"\text{zeros plus } x_j \text{ at } p_j", name="strided_view_adjoint", method=False,
    cases=(case((2, 2), positions=np.array([[1, 2], [5, 5]]), shape=(3, 4)),))  # fmt: skip
def _strided_view_adjoint(x: Array, positions: Any, shape: Any) -> Array:
    """Elements added at places counted in row-major order, among zeros."""
    whole = np.zeros(shape, x.dtype)
    np.add.at(whole.reshape(-1), positions, x)
    return whole


_strided_view.vjp("x", r"\bar z \text{ added at } p")(
    lambda g, positions, x_shape: _strided_view_adjoint.either(g, positions, x_shape)
)
_strided_view_adjoint.vjp("x", r"\bar z_p")(lambda g, positions: _strided_view.either(g, positions))
_copy_slices.vjp("x", r"\bar z \text{ with } \bar z_p = 0")(
    lambda g, positions: _copy_slices.either(g, np.zeros_like(_strided_view.either(g, positions)), positions)
)
_copy_slices.vjp("y", r"\bar z_p")(lambda g, positions: _strided_view.either(g, positions))


# -- by places along one dimension --------------------------------------------------------------------------


@op(r"x_{\ldots i \ldots}", name="index_select", method=False, kind="free",
    cases=(case((3, 4), ints((5,), 0, 3), dim=0), case((2, 3, 4), ints((2,), 0, 4), dim=2),
           case((3,), ints((0,), 0, 3), dim=0)))  # fmt: skip
def _index_select(x: Array, index: Ints, dim: int) -> Array:
    """Slices of x along a dimension, in the order of the index."""
    return np.take(x, index, dim)


_index_select.vjp("x", r"\text{each slice of } \bar z \text{ added at its place}")(
    lambda g, index, x_shape, dim: _index_adjoint.either(g, (*[slice(None)] * dim, index), x_shape)
)


@derived(r"x_{\ldots i \ldots}", cases=_index_select.op.cases)
def index_select(input: Tensor, dim: Any, index: Tensor) -> Tensor:
    """The slices of a tensor along a dimension whose places stand in `index`: a copy.

    >>> import autograd
    >>> x = autograd.tensor([[1, 2], [3, 4], [5, 6]])
    >>> autograd.index_select(x, 0, autograd.tensor([2, 0]))
    tensor([[5, 6],
            [1, 2]])
    """
    dim = one_dim(dim, input.ndim, "index_select")
    check_places(index, input.shape[dim] if input.ndim else 1, "index_select", dim)
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, got shape {tuple(index.shape)}")
    if input.ndim == 0:
        return input.clone()
    return _index_select(input, index if index.ndim else index.reshape(1), dim)


def check_places(index: Any, size: int, name: str, dim: int, error: type[Exception] = IndexError) -> None:
    """Raise unless the index holds whole numbers in [0, size)."""
    if not isinstance(index, Tensor):
        raise TypeError(f"{name}(): argument 'index' must be Tensor, not {type(index).__name__}")
    if index.dtype not in (dtypes.int64, dtypes.int32) and index.numel():
        raise RuntimeError(
            f"{name}(): Expected dtype int32 or int64 for index, got {index.dtype.name}: convert with .long()"
        )
    array = index.array
    if array.size and (array.min() < 0 or array.max() >= size):
        wrong = array.min() if array.min() < 0 else array.max()
        raise error(f"{name}(): index {wrong} is out of bounds for dimension {dim} with size {size}")


# -- by masks -----------------------------------------------------------------------------------------------


@op(r"v \text{ where } m \text{ else } x", name="masked_fill", method=False, kind="free",
    cases=(case((3, 4), bools((3, 4)), value=2.5), case((2, 3, 4), bools((4,)), value=0.0),
           case((), bools(()), value=1.0)))  # fmt: skip
def _masked_fill(x: Array, mask: Ints, value: float) -> Array:
    """x with a number where the mask holds."""
    return in_rows(np.where(mask, number_as(value, x.dtype), x))


_masked_fill.vjp("x", r"\bar z \odot [\lnot m]")(lambda g, mask, x_shape: undo_broadcast(np.where(mask, 0, g), x_shape))


@derived(r"v \text{ where } m \text{ else } x", cases=_masked_fill.op.cases, inplace=True)
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with `value` wherever the mask holds; those elements get no gradient.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0, 3.0])
    >>> autograd.masked_fill(x, x > 1.5, 0)
    tensor([1., 0., 0.])
    """
    if not isinstance(mask, Tensor) or mask.dtype is not dtypes.bool:
        kind = mask.dtype.name if isinstance(mask, Tensor) else type(mask).__name__
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {kind}: compare first")
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value.ndim} dimension(s): use where(), which takes any shape"
            )
        if value.dtype.category > input.dtype.category and value.is_complex():
            raise RuntimeError(
                f"masked_fill(): value of dtype {value.dtype.name} cannot be converted to {input.dtype.name}"
            )
        from_value: Tensor = where_masked(mask, value.to(input.dtype), input)
        return from_value
    if isinstance(value, complex) and not input.is_complex():
        raise RuntimeError(
            "masked_fill(): value cannot be converted to the tensor's dtype without losing its imaginary part"
        )
    return _masked_fill(input, mask, value)


def where_masked(mask: Tensor, value: Tensor, other: Tensor) -> Any:
    """A recorded value where the mask holds."""
    return value.where(mask, other)


@derived(r"x_{m}", cases=(case((3, 4), bools((3, 4))), case((3, 4), bools((4,)))))
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, as one row.

    >>> import autograd
    >>> autograd.masked_select(autograd.tensor([1, 2, 3]), autograd.tensor([True, False, True]))
    tensor([1, 3])
    """
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype.name}: compare first")
    shape = np.broadcast_shapes(input.shape, mask.shape)
    return input.expand(shape)[tensor_of(np.broadcast_to(mask.array, shape))]


@derived(r"\{i : x_i \ne 0\}", cases=(case((3, 4)),), method=True)
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: a row for each, or a tensor for each dimension.

    >>> import autograd
    >>> autograd.nonzero(autograd.tensor([[0, 5], [6, 0]]))
    tensor([[0, 1],
            [1, 0]])
    """
    places = np.nonzero(np.atleast_1d(input.array)) if as_tuple else np.argwhere(input.array)
    if as_tuple:
        return tuple(tensor_of(p, dtypes.int64) for p in places)
    return tensor_of(np.ascontiguousarray(places), dtypes.int64)
