"""Questions to ask of a tensor, as functions: `autograd.is_floating_point(x)`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd.attach import add_methods
from autograd.misuse import speaking
from autograd.tensor import Tensor

__all__ = [
    "detach", "get_device", "is_complex", "is_floating_point", "is_inference", "is_nonzero", "is_same_size",
    "is_signed", "is_tensor", "numel", "typename",
]  # fmt: skip


def is_tensor(obj: Any) -> bool:
    """Whether an object is a Tensor."""
    return isinstance(obj, Tensor)


@speaking
def is_nonzero(input: Tensor) -> bool:
    """Whether the only element of a tensor is not zero; RuntimeError if there are more, or none.

    >>> import autograd
    >>> autograd.is_nonzero(autograd.tensor([0.0]))
    False
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"is_nonzero(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return bool(input)


add_methods(is_nonzero=is_nonzero)


@speaking
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    for tensor in (input, other):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"is_same_size(): expected two Tensors, got a {type(tensor).__name__}")
    return input.is_same_size(other)


def as_function(name: str) -> Callable[..., Any]:
    """A method of Tensor as a function, which says so if it is given something else."""
    method = getattr(Tensor, name)

    def function(input: Tensor) -> Any:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        return method(input)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = method.__doc__
    return function


detach, numel, is_floating_point, is_complex, is_signed, is_inference, get_device = map(
    as_function,
    ("detach", "numel", "is_floating_point", "is_complex", "is_signed", "is_inference", "get_device"),
)


def typename(obj: Any) -> str:
    """The name of an object's type: for a tensor that of its old type, as `torch.FloatTensor`.

    >>> import autograd
    >>> autograd.typename(autograd.ones(2)), autograd.typename(3)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if inspect.isclass(obj) or inspect.isroutine(obj) else type(obj)
    module = getattr(kind, "__module__", None) or ""
    return kind.__qualname__ if module in ("", "builtins", "__builtin__") else f"{module}.{kind.__qualname__}"
