"""The shape of a tensor."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, cast

from autograd.class_names import PrintsAsInTorch


class Size(tuple[int, ...], metaclass=PrintsAsInTorch):
    """A shape: a tuple of ints that knows how many elements it spans.

    >>> import autograd
    >>> autograd.zeros(2, 3).shape
    torch.Size([2, 3])
    >>> autograd.zeros(2, 3).shape.numel()
    6
    """

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any] = ()) -> Size:
        """The sizes of an iterable of ints; TypeError for anything else."""
        try:
            items = None if isinstance(sizes, (bytes, bytearray)) else tuple(sizes)  # bytes are ints by accident
        except TypeError:
            items = None
        if items is None:
            raise TypeError(f"torch.Size() takes an iterable of 'int', not '{type(sizes).__name__}'")
        whole = []
        for place, item in enumerate(items):
            try:
                whole.append(operator.index(item))
            except TypeError:
                kind = type(item).__name__
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {place} is '{kind}')") from None
        return super().__new__(cls, whole)

    def numel(self) -> int:
        """The number of elements: the product of the sizes."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return shape_of(part) if isinstance(index, slice) else part

    def __add__(self, other: Any) -> Size:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(super().__add__(other))

    def __radd__(self, other: Any) -> Size:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(other + tuple(self))

    def __mul__(self, times: Any) -> Size:
        return shape_of(super().__mul__(times))

    __rmul__ = __mul__


shape_of = cast(Callable[[tuple[int, ...]], Size], functools.partial(tuple.__new__, Size))
"""A tuple of ints as a Size, unchecked: for every look at a tensor's shape."""


def size_from(args: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """The sizes of a call such as `zeros(2, 3)` or `zeros((2, 3))`, checked."""
    sizes = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
    try:
        shape = tuple(size.__index__() for size in sizes)
    except (AttributeError, TypeError):
        raise TypeError(f"{name}(): the size must be ints, or one tuple of ints; got {args}") from None
    if any(size < 0 for size in shape):
        raise RuntimeError(f"{name}(): trying to create tensor with negative dimension: {list(shape)}")
    check_countable(shape, name)
    return shape


MOST = 2**48
"""How many elements no memory holds: to try it would only take time."""


def check_countable(shape: tuple[int, ...], name: str) -> None:
    """Raise RuntimeError for a shape with more elements than any memory holds."""
    if math.prod(shape) > MOST:
        raise RuntimeError(f"{name}(): Storage size calculation overflowed with sizes={list(shape)}: too many elements")
