"""What users hang on tensors and nodes: hooks, and the wish to keep a gradient."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

from autograd.arrays import is_tensor

numbers = itertools.count()
"""Numbers the hooks of all kinds in the order of registering, from 0, as PyTorch's programs show them."""


class RemovableHandle:
    """What registering a hook returns; `remove()` takes the hook away again."""

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self.hooks = hooks
        self.id = next(numbers)
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; doing so twice is harmless."""
        self.hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class KeepGrad:
    """Puts the gradient that passes a node into the `.grad` of its tensor, if that still lives."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = weakref.ref(tensor)

    def __call__(self, g: Any) -> None:
        tensor = self.tensor()
        if tensor is not None:
            recorded = is_tensor(g)
            tensor.accumulate_grad(g if recorded else g.copy(), recorded)


class GradHook:
    """Shows a user's hook the gradient as a Tensor, and hands back what it returns as the engine needs it.

    Attributes:
        latest: the Tensor that was shown last, if somebody still holds it: other hooks that the same gradient comes to
            get to see the same object, with whatever attributes the first of them has set on it.
    """

    latest: Callable[[], Any] = staticmethod(lambda: None)

    def __init__(self, hook: Callable[[Any], Any], as_tensor: Callable[[Any], Any]) -> None:
        self.hook = hook
        self.as_tensor = as_tensor

    def __call__(self, g: Any) -> Any:
        recorded = is_tensor(g)
        returned = self.hook(g if recorded else self.shown(g))
        if returned is None:
            return None
        if not is_tensor(returned):
            raise TypeError(f"hook {name_of(self.hook)} returned {type(returned).__name__}: return a Tensor, or None")
        if returned.shape != g.shape:
            raise RuntimeError(
                f"hook {name_of(self.hook)} has changed the size of the gradient: from {tuple(g.shape)} to "
                f"{tuple(returned.shape)}"
            )
        return returned if recorded else returned.array

    def shown(self, g: Any) -> Any:
        """The Tensor for an array."""
        known = GradHook.latest()
        if known is not None and known.array is g:
            return known
        tensor = self.as_tensor(g)
        GradHook.latest = weakref.ref(tensor)
        return tensor


def name_of(function: Any) -> str:
    """A function's name for messages."""
    return f"'{getattr(function, '__name__', type(function).__name__)}'"
