"""Changing the dtype or the memory of all parameters and buffers at once."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd.create import empty_like
from autograd.device import check_device, device
from autograd.dtypes import as_dtype, bfloat16, dtype, float16, float32, float64
from autograd.modes import no_grad
from autograd.tensor import Tensor, tensor_of
from nn.modules.members import BUFFER, PARAMETER
from nn.modules.tree import Tree
from nn.parameter import is_lazy

M = TypeVar("M", bound="Conversion")


class Conversion(Tree):
    """The part of a module that converts its tensors. Parameters stay the same objects, so optimizers keep them."""

    def _apply(self: M, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> M:
        """Replace the values of every parameter, of its gradient, and of every buffer by what `fn` makes of them."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        with no_grad():
            for _, param in self._members(PARAMETER):
                if param is not None:
                    grad = param.grad
                    param.data = fn(param)
                    if grad is not None:
                        param.grad = fn(grad).requires_grad_(grad.requires_grad)
            for name, buffer in self._members(BUFFER):
                if is_lazy(buffer):
                    buffer.data = fn(buffer)
                elif buffer is not None:
                    self.__dict__[name] = fn(buffer)
        return self

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Convert floating-point parameters and buffers: `to(dtype)`, `to("cpu")`, `to("cpu", dtype)` or `to(tensor)`.

        Raises TypeError for a dtype that is not floating-point; where the device is not the CPU, what
        `autograd.device` raises.
        """
        _, wanted = destination(*args, **kwargs)
        if wanted is None:
            return self
        if not (wanted.is_floating_point or wanted.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={wanted!r}"
            )
        return self._apply(lambda t: t.to(wanted) if t.is_floating_point() or t.is_complex() else t)

    def float(self: M) -> M:
        """Convert floating-point parameters and buffers to float32."""
        return self.to(float32)

    def double(self: M) -> M:
        """Convert floating-point parameters and buffers to float64."""
        return self.to(float64)

    def half(self: M) -> M:
        """Convert floating-point parameters and buffers to float16."""
        return self.to(float16)

    def bfloat16(self: M) -> M:
        """Raises TypeError: NumPy has no such numbers."""
        return self.to(bfloat16)

    def type(self: M, dst_type: Any) -> M:
        """Convert all parameters and buffers to a dtype."""
        wanted = as_dtype(dst_type)
        return self._apply(lambda t: t.to(wanted))

    def cpu(self: M) -> M:
        """Move to the CPU, where everything is."""
        return self

    def cuda(self: M, device: Any = None) -> M:
        """Raise AssertionError: there is no CUDA here."""
        check_device("cuda" if device is None else device)
        return self

    def to_empty(self: M, *, device: Any = None, recurse: bool = True) -> M:
        """Give parameters and buffers new memory without copying their values."""
        check_device(device)
        return self._apply(empty_like, recurse=recurse)

    def share_memory(self: M) -> M:
        """Move parameters and buffers to memory that forked processes share."""
        return self._apply(in_shared_memory)


def destination(*args: Any, **kwargs: Any) -> tuple[device | None, dtype | None]:
    """Read the arguments of `to`: device and dtype, in any of its forms."""
    unknown = set(kwargs) - {"device", "dtype", "non_blocking", "memory_format", "tensor"}
    if unknown:
        raise TypeError(f"to() received an invalid keyword argument: {', '.join(sorted(unknown))}")
    place, wanted = kwargs.get("device"), kwargs.get("dtype")
    for arg in (*args, kwargs.get("tensor")):
        if isinstance(arg, Tensor):
            wanted = arg.dtype
        elif isinstance(arg, dtype):
            wanted = arg
        elif isinstance(arg, (device, str)):
            place = arg
        elif arg is not None and not isinstance(arg, bool):
            raise TypeError(f"to() takes a dtype, a device or a tensor, not {type(arg).__name__}")
    check_device(place)
    return place, None if wanted is None else as_dtype(wanted)


def in_shared_memory(tensor: Tensor) -> Tensor:
    """A copy of a tensor in anonymous mapped memory, which a forked process sees too."""
    array = tensor.memory()
    if not array.nbytes:
        return tensor.detach()
    shared = np.frombuffer(mmap.mmap(-1, array.nbytes), array.dtype, array.size).reshape(array.shape)
    shared[...] = array
    return tensor_of(shared, tensor.dtype)
