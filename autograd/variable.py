"""`torch.autograd.Variable`: since 2018 a tensor, but old programs still wrap tensors in it."""

from __future__ import annotations

from typing import Any

from autograd.graph import warn_caller
from autograd.tensor import Tensor, tensor_of

__all__ = ["Variable"]


class TensorsAreInstances(type):
    """Lets `isinstance(x, Variable)` ask whether x is a tensor."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=TensorsAreInstances):
    """`Variable(data, requires_grad)`: a new leaf tensor on the memory of another.

    Raises TypeError for what is not a tensor. What to write today: `data.detach().requires_grad_()`, or
    `tensor(..., requires_grad=True)` at once.

    >>> import autograd
    >>> Variable(autograd.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        """The tensor."""
        if data is not None and not isinstance(data, Tensor):
            raise TypeError(
                f"Variable data has to be a tensor, but got {type(data).__name__}: make it one with tensor()"
            )
        if volatile:
            warn_caller(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
            )
        leaf = Tensor() if data is None else tensor_of(data.memory(), data.dtype)
        if data is not None:
            leaf.version = data.writes()
        leaf.requires_grad = requires_grad
        return leaf
