"""`torch.jit`: there is nothing to compile to, so what is scripted or traced is given back as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autograd.compiler import as_it_is

__all__ = [
    "Attribute", "Final", "ScriptFunction", "ScriptModule", "annotate", "export", "fork", "freeze", "ignore",
    "is_scripting", "is_tracing", "isinstance", "load", "optimize_for_inference", "save", "script", "script_if_tracing",
    "trace", "unused", "wait",
]  # fmt: skip


class ScriptModule:
    """What PyTorch makes of a scripted Module. Programs ask whether a Module is one, and none is."""


class ScriptFunction:
    """What PyTorch makes of a scripted function. No function is one."""


def script(obj: Any = None, *args: Any, **options: Any) -> Any:
    """The function, class or Module itself. Also a decorator.

    >>> import autograd
    >>> @autograd.jit.script
    ... def double(x):
    ...     return 2 * x
    >>> double(autograd.tensor(3.0))
    tensor(6.)
    """
    return as_it_is if obj is None else obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **options: Any) -> Any:
    """The function or Module itself; the example is not run."""
    return func


def freeze(mod: Any, *args: Any, **options: Any) -> Any:
    """The Module itself."""
    return mod


def optimize_for_inference(mod: Any, *args: Any, **options: Any) -> Any:
    """The Module itself."""
    return mod


def ignore(drop: Any = False, **options: Any) -> Any:
    """The function itself: nothing compiles it anyway. A decorator, with options or without."""
    return drop if callable(drop) else as_it_is


def unused(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself."""
    return fn


def export(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself."""
    return fn


def script_if_tracing(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself."""
    return fn


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value: types are for those who read."""
    return the_value


def Attribute(value: Any, type: Any) -> Any:  # noqa: N802 (PyTorch's name)
    """The value: types are for those who read."""
    return value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Python's `isinstance`, for types such as `list[int]`, whose parts are not looked at."""
    return obj.__class__ in (target_type, getattr(target_type, "__origin__", None))


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the function returns: it is called at once, and `wait` gives the same."""
    return func(*args, **kwargs)


def wait(future: Any) -> Any:
    """What `fork` returned."""
    return future


def save(m: Any, f: Any, **options: Any) -> None:
    """Raises RuntimeError: a compiled program can't be written. Save a state_dict instead."""
    raise no_programs("write")


def load(f: Any, **options: Any) -> Any:
    """Raises RuntimeError: a compiled program can't be read. Load a state_dict instead."""
    raise no_programs("read")


def no_programs(what: str) -> RuntimeError:
    """The error for files with compiled programs in them."""
    return RuntimeError(
        f"torch.jit: chalkgrad does not {what} compiled programs. Save model.state_dict() with torch.save(), and load it "
        "into a model made by the same class"
    )
