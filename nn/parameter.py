"""What a module owns: parameters, which are trained, and buffers, which are only kept along."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from autograd.dtypes import get_default_dtype
from autograd.tensor import Tensor, tensor_of

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that a module registers when it becomes its attribute, so that optimizers find it.

    It lies on the memory of the tensor it is made from, and it is a leaf that wants a gradient.
    Raises TypeError for what is not a tensor, RuntimeError for integers that should require grad.

    >>> import autograd, nn
    >>> nn.Parameter(autograd.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    is_parameter = True

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        """The parameter on the memory of `data`."""
        if data is None:
            data = tensor_of(np.empty(0, get_default_dtype().dtype))
        if not isinstance(data, Tensor):
            raise TypeError(
                f"Parameter(): data must be a Tensor, not {type(data).__name__}: make it one with autograd.tensor(...)"
            )
        parameter = cast(Parameter, tensor_of(data.memory(), data.dtype, cls=cls))
        parameter.version = data.writes()
        parameter.requires_grad = requires_grad
        return parameter

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter with a copy of the values, without the gradient."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return cast(Parameter, memo[id(self)])


class BufferType(type):
    """Lets `isinstance(t, Buffer)` tell a tensor that was made as a buffer from others."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=BufferType):
    """A tensor that a module keeps without training it: `self.mean = Buffer(t)` registers it.

    The result is a plain Tensor that bears a mark; with `persistent=False` it stays out of `state_dict`.

    >>> import autograd, nn
    >>> module = nn.Module()
    >>> module.mean = nn.Buffer(autograd.zeros(2))
    >>> module.state_dict()
    OrderedDict({'mean': tensor([0., 0.])})
    """

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        """The marked tensor on the memory of `data`."""
        if data is None:
            data = tensor_of(np.empty(0, get_default_dtype().dtype))
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.__dict__.update(_is_buffer=True, persistent=persistent)
        return cast(Buffer, buffer)
