"""Views: tensors that show the memory of another.

A view shares its base's memory and its base's record of writes. After a recorded write the base is
the result of a new operation, and so is what each view shows; a view finds that out when it is
next used, by comparing epochs, and then takes its place in the graph afresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.arrays import Array
from autograd.graph import Version
from autograd.registry import OPS

if TYPE_CHECKING:
    from autograd.tensor import Tensor


class ViewOf:
    """What a view knows of the tensor whose memory it shows."""

    __slots__ = ("base", "epoch")

    def __init__(self, base: Tensor, epoch: int) -> None:
        self.base = base
        self.epoch = epoch


def catch_up(view: Tensor) -> None:
    """Rejoin a view to the graph after its base was changed in place by a recorded operation."""
    link = cast(ViewOf, view.view_of)
    version = cast(Version, view.version)
    if link.epoch != version.epoch:
        link.epoch = version.epoch
        view.node = None
        if link.base.node is not None:
            view.node = OPS["strided_view"].record([link.base], {"positions": elements_in_base(view)}, view)


def elements_in_base(view: Tensor) -> Array:
    """Which elements of its base a view shows: their places in row-major order, in the view's shape."""
    base: Array = cast(ViewOf, view.view_of).base.memory()
    shown: Array = view.memory()
    if base.size == 0:
        return np.empty(shown.shape, np.intp)
    itemsize = base.itemsize
    extent = sum((size - 1) * step for size, step in zip(base.shape, base.strides, strict=True)) // itemsize + 1
    places = np.empty(max(extent, 0), np.intp)  # memory as it is laid out, holding row-major numbers
    steps = [step // itemsize * places.itemsize for step in base.strides]
    as_strided(places, base.shape, steps)[...] = np.arange(base.size).reshape(base.shape)
    start = (shown.ctypes.data - base.ctypes.data) // itemsize
    steps = [step // itemsize * places.itemsize for step in shown.strides]
    return np.array(as_strided(places[start:], shown.shape, steps))
