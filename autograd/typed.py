"""PyTorch's types from before there were dtypes: `FloatTensor(2, 3)`, `LongTensor([1, 2])`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.attach import add_methods
from autograd.create import tensor
from autograd.device import check_device
from autograd.dtypes import dtype, set_default_dtype
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops.casting import TYPE_NAMES
from autograd.size import Size, size_from
from autograd.tensor import Tensor, tensor_of


class TensorType:
    """A type that makes tensors of one dtype, and that `isinstance` knows them by.

    >>> import autograd
    >>> autograd.LongTensor([1, 2])
    tensor([1, 2])
    >>> isinstance(autograd.ones(2), autograd.FloatTensor)
    True
    """

    def __init__(self, name: str, dtype: dtype) -> None:
        self.__name__ = name
        self.dtype = dtype

    def __call__(self, *args: Any, device: Any = None) -> Tensor:
        """`LongTensor(2, 3)` has sizes, `LongTensor([2, 3])` has data."""
        check_device(device)
        if len(args) == 1 and isinstance(args[0], Tensor):
            if args[0].dtype is not self.dtype:
                raise TypeError(
                    f"{self.__name__}(): expected a tensor of {self.dtype.name}, got one of {args[0].dtype.name}: "
                    f"convert it with .to({self.dtype!r})"
                )
            return args[0].detach()
        if len(args) == 1 and not isinstance(args[0], (int, Size)):
            if isinstance(args[0], (float, complex)):
                raise TypeError(f"new(): data must be a sequence (got {type(args[0]).__name__})")
            return tensor(args[0], dtype=self.dtype)
        return tensor_of(np.zeros(size_from(args or (0,), self.__name__), self.dtype.dtype), self.dtype)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.__name__}'>"


TYPES = {d: TensorType(f"{name}Tensor", d) for d, name in TYPE_NAMES.items()}
"""The type of each dtype."""


def typed(name: str) -> TensorType:
    """The type of a name such as "FloatTensor"."""
    return next(kind for kind in TYPES.values() if kind.__name__ == name)


BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor = map(
    typed, ("BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor")
)
HalfTensor, IntTensor, LongTensor, ShortTensor = map(typed, ("HalfTensor", "IntTensor", "LongTensor", "ShortTensor"))


@speaking
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """PyTorch's old way to make a tensor of this one's dtype: by sizes, or from data."""
    return TYPES[self.dtype](*args, device=device)


add_methods(new=new)


def set_default_tensor_type(t: Any) -> None:
    """The old way to set the default dtype: by a type such as FloatTensor, or by its name."""
    named = {f"torch.{kind.__name__}": kind for kind in TYPES.values()}
    chosen = named.get(t) if isinstance(t, str) else t
    if not isinstance(chosen, TensorType) or not chosen.dtype.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {t!r}")
    warn_caller("set_default_tensor_type() is deprecated, use set_default_dtype()")
    set_default_dtype(chosen.dtype)
