"""Changing the dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.attach import add_methods
from autograd.cases import case
from autograd.derived import derived
from autograd.device import check_device
from autograd.device import device as device_type
from autograd.dtypes import as_dtype
from autograd.op import op
from autograd.tensor import Tensor


@op("x", name="cast", method=False, kind="free", node="ToCopyBackward0",
    cases=(case((3, 4), dtype=dtypes.float64), case((), dtype=dtypes.float32)))  # fmt: skip
def _cast(x: Array, dtype: Any) -> Array:
    """The same numbers in another dtype. An integer result carries no gradient."""
    if x.dtype.kind == "c" and not dtype.is_complex:
        x = x.real
    return x.astype(dtype.dtype)


_cast.vjp("x", r"\bar z \text{ in the dtype of } x")(lambda g, x_dtype: _cast.either(g, x_dtype))


@derived(r"x", cases=(case((3, 4), dtype=dtypes.float64), case((3, 4), dtype=dtypes.int64)))
def to(
    self: Tensor, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """The tensor in another dtype, or on another device (there is only the CPU); itself if nothing changes.

    Positional are a device, a dtype or both, or a tensor to follow in that; then `non_blocking` and `copy`.

    >>> import autograd
    >>> autograd.tensor([1.7, -1.7]).to(autograd.int64)
    tensor([ 1, -1])
    """
    if args:
        device, dtype, copy = told_by(args, device, dtype, copy)
    if device is not None:
        check_device(device)
    wanted = self.dtype if dtype is None else as_dtype(dtype)
    if wanted is self.dtype:
        same: Tensor = self.clone() if copy else self
        return same
    converted: Tensor = _cast(self, wanted)
    return converted


def told_by(args: tuple[Any, ...], device: Any, dtype: Any, copy: bool) -> tuple[Any, Any, bool]:
    """The device, dtype and `copy` that positional arguments of `to` ask for, beside those given by name."""
    flags = 0
    for arg in args:
        if isinstance(arg, bool) and flags < 2:
            flags += 1
            copy = copy or (arg and flags == 2)
        elif isinstance(arg, (str, int, device_type)) and device is None:
            device = arg
        elif isinstance(arg, (Tensor, dtypes.dtype, type, np.dtype)) and dtype is None:
            dtype = arg.dtype if isinstance(arg, Tensor) else arg
        elif arg is not None:
            raise TypeError(
                f"to() received an invalid combination of arguments - got {args}: give a device, a dtype or both, or a "
                "Tensor to follow; then non_blocking and copy"
            )
    return device, dtype, copy


def type_of(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type, as `torch.FloatTensor`; with a dtype (or such a name), the tensor cast to it."""
    if dtype is None:
        return f"torch.{TYPE_NAMES[self.dtype]}Tensor"
    if isinstance(dtype, str):
        named = {f"torch.{name}Tensor": d for d, name in TYPE_NAMES.items()}
        if dtype not in named:
            raise ValueError(f"invalid type: {dtype!r}")
        return to(self, named[dtype])
    if dtype is Tensor:
        return to(self, dtypes.get_default_dtype())
    return to(self, as_dtype(getattr(dtype, "dtype", dtype)))  # a class such as FloatTensor has one


TYPE_NAMES = {
    dtypes.float16: "Half", dtypes.float32: "Float", dtypes.float64: "Double", dtypes.uint8: "Byte",
    dtypes.int8: "Char", dtypes.int16: "Short", dtypes.int32: "Int", dtypes.int64: "Long", dtypes.bool: "Bool",
    dtypes.complex64: "ComplexFloat", dtypes.complex128: "ComplexDouble", dtypes.uint16: "UInt16",
    dtypes.uint32: "UInt32", dtypes.uint64: "UInt64",
}  # fmt: skip
"""The names that PyTorch's types had before there were dtypes."""

add_methods(type=type_of)


def cast_method(name: str, wanted: dtypes.dtype) -> Any:
    """The method `x.float()` and its like."""

    def method(self: Tensor, memory_format: Any = None) -> Tensor:
        return to(self, wanted)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The tensor as {wanted.name}."
    setattr(Tensor, name, method)
    return method


for _name, _dtype in {
    "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64, "cfloat": dtypes.complex64,
    "cdouble": dtypes.complex128, "byte": dtypes.uint8, "char": dtypes.int8, "short": dtypes.int16,
    "int": dtypes.int32, "long": dtypes.int64, "bool": dtypes.bool,
}.items():  # fmt: skip
    cast_method(_name, _dtype)


@derived(r"x", cases=(case((3, 4), (2,)),))
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another.

    >>> import autograd
    >>> autograd.tensor([1, 2]).type_as(autograd.zeros(1))
    tensor([1., 2.])
    """
    if not isinstance(other, Tensor):
        raise TypeError(f"type_as(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    return to(self, other.dtype)


@derived(r"x", cases=(case((3, 4)),))
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself: it is on the CPU."""
    return self


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """Raises AssertionError: there is no CUDA here."""
    check_device("cuda")
    return self


def bfloat16(self: Tensor, memory_format: Any = None) -> Tensor:
    """Raises TypeError: NumPy has no such numbers."""
    return to(self, dtypes.bfloat16)


def chalf(self: Tensor, memory_format: Any = None) -> Tensor:
    """Raises TypeError: NumPy has no complex numbers made of two float16."""
    raise TypeError("there is no complex32 (chalf) here, as NumPy has none: use cfloat() for complex64")


add_methods(cuda=cuda, bfloat16=bfloat16, chalf=chalf)
