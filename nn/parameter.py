"""What a module owns: parameters, which are trained, and buffers, which are only kept along.

Of lazy modules, both may be uninitialized at first: without a shape until it is known.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from autograd.class_names import PrintsAsInTorch
from autograd.create import empty
from autograd.dtypes import get_default_dtype
from autograd.size import Size
from autograd.tensor import Tensor, tensor_of

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


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


class BufferType(PrintsAsInTorch, type):
    """Lets `isinstance(t, Buffer)` tell a tensor that was made as a buffer from others."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=BufferType):
    """A tensor that a module keeps without training it: `self.mean = Buffer(t)` registers it.

    The result is a plain Tensor that bears a mark; with `persistent=False` it stays out of `state_dict`.

    >>> import autograd, nn
    >>> module = nn.Module()
    >>> module.mean = nn.Buffer(autograd.zeros(2))
    >>> list(module.state_dict()), list(module.parameters())
    (['mean'], [])
    """

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        """The marked tensor on the memory of `data`."""
        if data is None:
            data = tensor_of(np.empty(0, get_default_dtype().dtype))
        if not isinstance(data, Tensor):
            raise TypeError(f"Buffer(): argument 'data' must be Tensor, not {type(data).__name__}")
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.__dict__.update(_is_buffer=True, persistent=persistent)
        return cast(Buffer, buffer)


# -- without a shape yet ------------------------------------------------------------------------------------


class Uninitialized:
    """What uninitialized parameters and buffers have in common: they can be given a shape, and do little before."""

    __slots__ = ()

    becomes: type[Tensor]
    data: Any
    dtype: Any

    @property
    def shape(self) -> Size:
        """Raise RuntimeError: there is no shape yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer: it is known when the module's forward has "
            "run once. This error usually happens in `load_state_dict` when trying to load an uninitialized parameter "
            "into an initialized one; call `forward` with an example before"
        )

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape, with arbitrary values."""
        self.data = empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self.becomes  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Another uninitialized one."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, dtype=self.dtype)  # type: ignore
        return memo[id(self)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(Uninitialized, Parameter):  # type: ignore[misc]
    """A parameter whose shape is not known yet; `materialize` gives it one, and makes it a `Parameter`.

    >>> import nn
    >>> weight = nn.UninitializedParameter()
    >>> weight.materialize((2, 3))
    >>> type(weight).__name__, weight.shape
    ('Parameter', torch.Size([2, 3]))
    """

    __slots__ = ()

    becomes = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> UninitializedParameter:
        """A parameter of no shape, of the default dtype unless another is given."""
        return cast(UninitializedParameter, super().__new__(cls, empty(0, device=device, dtype=dtype), requires_grad))


class UninitializedBuffer(Uninitialized, Tensor):  # type: ignore[misc]
    """A buffer whose shape is not known yet; `materialize` gives it one.

    >>> import nn
    >>> mean = nn.UninitializedBuffer()
    >>> mean.materialize(3)
    >>> mean.shape
    torch.Size([3])
    """

    __slots__ = ()

    becomes = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> UninitializedBuffer:
        """A buffer of no shape, of the default dtype unless another is given."""
        data = empty(0, device=device, dtype=dtype)
        buffer = tensor_of(data.memory(), data.dtype, cls=cls)
        buffer.requires_grad = requires_grad
        buffer.__dict__.update(_is_buffer=True, persistent=persistent)
        return cast(UninitializedBuffer, buffer)


def is_lazy(tensor: Any) -> bool:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(tensor, Uninitialized)
