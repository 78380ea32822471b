"""Views: tensors that show the memory of another.

A view shares its base's memory and its base's record of writes. After a recorded write the base is
the result of a new operation, and so is what each view shows; a view finds that out when it is
next used, by comparing epochs, and then takes its place in the graph afresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided

from autograd.arrays import Array
from autograd.graph import Version, give_wish, take_wish
from autograd.registry import OPS

if TYPE_CHECKING:
    from autograd.tensor import Tensor


UNCLEAR = (
    "A view was created in no_grad mode and {} with grad mode enabled: whether a gradient should flow from the one to the "
    "other is unclear, so this is forbidden. Move both into the no_grad block, if the change is not to be recorded, or "
    "both out of it, if it is; or take the view again after the change"
)


class ViewOf:
    """What a view knows of the tensor whose memory it shows."""

    __slots__ = ("base", "epoch", "recorded")

    def __init__(self, base: Tensor, epoch: int) -> None:
        self.base = base
        self.epoch = epoch  # of the base's history, when the view last took its place in the graph
        self.recorded = True  # made with gradients on


def catch_up(view: Tensor) -> None:
    """Rejoin a view to the graph after its base was changed in place by a recorded operation."""
    link = cast(ViewOf, view.view_of)
    version = cast(Version, view.version)
    if link.epoch != version.epoch:
        if not link.recorded and link.base.node is not None:
            raise RuntimeError(UNCLEAR.format("its base or another view of its base has been modified inplace"))
        link.epoch = version.epoch
        wish = take_wish(view.node)
        view.node = None
        if link.base.node is not None:
            view.node = node_of_elements("strided_view", [link.base], view, view)
        give_wish(view.node, wish)


def node_of_elements(op_name: str, operands: list[Tensor], view: Tensor, result: Tensor) -> Any:
    """The node of an op on the elements of a base that a view shows.

    Where one of the two holds complex numbers, whose parts are the other's elements, the op works on parts.
    """
    positions = {"positions": elements_in_base(view)}
    if not sees_parts(view):
        return OPS[op_name].record(operands, positions, result)
    values = parts(result.like(result.memory()))
    node = OPS[op_name].record([parts(operand) for operand in operands], positions, values)
    if not result.dtype.is_complex:
        return node
    values.node = node
    return OPS["view_as_complex"].record([values], {}, result)


def sees_parts(view: Tensor) -> bool:
    """Whether a view shows real and imaginary parts of its base, or pairs of its elements as complex numbers."""
    return view.dtype.is_complex != cast(ViewOf, view.view_of).base.dtype.is_complex


def parts(tensor: Tensor) -> Tensor:
    """Real and imaginary parts along a new last dimension; a real tensor as it is."""
    if not tensor.dtype.is_complex:
        return tensor
    pairs = tensor.like(parts_of(tensor.memory()))
    pairs.dtype = tensor.dtype.to_real()
    if tensor.node is not None:
        pairs.node = OPS["view_as_real"].record([tensor], {}, pairs)
    return pairs


def parts_of(array: Array) -> Array:
    """The same memory, as real numbers."""
    return array[..., None].view(array.real.dtype) if array.dtype.kind == "c" else array


def check_places_differ(tensor: Tensor, name: str) -> None:
    """Raise unless each element can be written to by itself."""
    memory = tensor.memory()
    flags = memory.flags
    repeated = not flags.c_contiguous and any(
        s == 0 and n > 1 for n, s in zip(memory.shape, memory.strides, strict=True)
    )
    if repeated or not flags.writeable:
        raise RuntimeError(
            f"unsupported operation: more than one element of the written-to tensor (shape {tuple(tensor.shape)}) "
            "refers to a single memory location, as after expand(), or its memory is read-only. "
            f"Please clone() the tensor before {name}"
        )


def elements_in_base(view: Tensor) -> Array:
    """Which elements (or parts) of its base a view shows: their places in row-major order, in the view's shape."""
    base: Array = cast(ViewOf, view.view_of).base.memory()
    shown: Array = view.memory()
    if sees_parts(view):
        base, shown = parts_of(base), parts_of(shown)
    if shown.size == 0:
        return np.empty(shown.shape, np.intp)
    (low, high), (first, last) = byte_bounds(base), byte_bounds(shown)
    if first < low or last > high:
        raise left_out(view)
    places = np.full((high - low) // base.itemsize, -1)  # memory as it is laid out, to hold row-major numbers

    def laid_out(array: Array) -> Array:
        steps = [step // array.itemsize * places.itemsize for step in array.strides]
        return as_strided(places[(array.ctypes.data - low) // array.itemsize :], array.shape, steps)

    laid_out(base)[...] = np.arange(base.size).reshape(base.shape)
    found = np.array(laid_out(shown))
    if found.min() < 0:
        raise left_out(view)
    return found


def left_out(view: Tensor) -> RuntimeError:
    """The error for a view that shows what its base, by `as_strided_`, shows no longer."""
    return RuntimeError(
        f"a view of shape {tuple(view.shape)} shows elements that its base has left out, by as_strided_(), since the "
        "view was made: make the view anew, or use as_strided() on the base"
    )
