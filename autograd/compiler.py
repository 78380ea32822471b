"""`torch.compiler`: there is nothing to compile to, so everything runs as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["compile", "disable", "is_compiling", "reset"]


def compile(model: Any = None, **options: Any) -> Any:
    """The model or function itself: it runs as it is written. Also a decorator, with options or without.

    >>> import autograd
    >>> @autograd.compile
    ... def double(x):
    ...     return 2 * x
    >>> double(autograd.tensor(3.0))
    tensor(6.)
    """
    if model is not None and not callable(model):
        raise TypeError(f"compile(): expected a function or a Module, got {type(model).__name__}")
    return as_it_is if model is None else model


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself: it is not compiled anyway."""
    return as_it_is if fn is None else fn


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """What decorators that have nothing to do return."""
    return function


def is_compiling() -> bool:
    """False."""
    return False


def reset() -> None:
    """Nothing: there is nothing compiled to forget."""
