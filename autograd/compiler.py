"""`torch.compile`: a function is run once, written down as NumPy code, and replayed from then on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any
from weakref import WeakSet

from autograd.compiled.function import CompiledFunction
from autograd.compiled.handled import REFUSED

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "disable", "is_compiling", "is_dynamo_compiling", "is_exporting",
    "reset",
]  # fmt: skip

functions: WeakSet[CompiledFunction] = WeakSet()

config = SimpleNamespace()
"""Takes PyTorch's settings, such as `torch._dynamo.config.suppress_errors = True`, which change nothing here."""


def compile(
    model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None, backend: Any = "inductor",
    mode: str | None = None, options: Any = None, disable: bool = False, **rest: Any,
) -> Any:  # fmt: skip
    """A function that does the same, faster where the work lies in Python rather than in NumPy.

    The first call runs the function and records what it does on arrays: forward, backward and, if it is
    inside, the optimizer's step. Later calls replay that as straight-line NumPy code, as long as all that
    the recording depended on is as it was: shapes, dtypes, modes, numbers and objects that the function
    sees. Otherwise another recording is made. What can't be replayed runs as it is written: a branch on a
    tensor's value, `.item()`, hooks, printing, changes to Python objects. The result's attribute `source`
    has the code, and `reason` says why there is none.

    Args:
        model: a function or a Module; without it, `compile` is a decorator.
        fullgraph: raise RuntimeError instead of running as written.
        disable: give back what is given.
        dynamic, backend, mode, options: PyTorch's choices; without effect here.

    Raises TypeError for what can't be called.

    >>> import autograd
    >>> @autograd.compile
    ... def double(x):
    ...     return 2 * x
    >>> double(autograd.tensor([3.0])), double(autograd.tensor([4.0]))
    (tensor([6.]), tensor([8.]))
    >>> print(double.source)
    def double(args, kwargs):
        x = args[0].array
        # forward
        mul = x * constant
        return tensor_of(mul, float32)
    <BLANKLINE>
    """
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    if not callable(model):
        raise TypeError(f"compile(): expected a function or a Module, got {type(model).__name__}")
    if disable or isinstance(model, CompiledFunction) or getattr(model, "__code__", None) in REFUSED:
        return model
    if hasattr(type(model), "_compiled"):
        return model._compiled(fullgraph)
    function = CompiledFunction(model, fullgraph)
    functions.add(function)
    return function


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself, marked: it is not compiled, and what calls it is not either."""
    if fn is None:
        return disable
    if isinstance(fn, FunctionType):
        REFUSED[fn.__code__] = f"compiling is disabled for {fn.__name__}()" + (f": {reason}" if reason else "")
    return fn


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """What decorators that have nothing to do return."""
    return function


def allow_in_graph(fn: Any) -> Any:
    """The function itself, or several: nothing keeps one out of a recording."""
    return fn


def assume_constant_result(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, which goes on to be called."""
    return fn


def is_compiling() -> bool:
    """False: a run that is recorded is a run like any other."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def reset() -> None:
    """Forget all that was recorded."""
    for function in functions:
        function.reset()
