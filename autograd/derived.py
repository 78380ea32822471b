"""Declaring a function that is made of ops: it needs no derivative rules of its own.

    @derived(r"\\max(0, x) + \\min(0, \\alpha (e^x - 1))", cases=UNARY)
    def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
        ...

The decorator enters the function in the registry, makes it a method, and gives it what every
function of the library has: a clear error for what is not a tensor, `out=`, and NumPy's spellings
`axis` and `keepdims` of `dim` and `keepdim`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

from autograd import protocols
from autograd.apply import write_out
from autograd.inplace import in_place
from autograd.registry import DERIVED
from autograd.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


class Derived:
    """What is known of a derived function: for the tests, the docs and the stubs."""

    def __init__(self, function: FunctionType, name: str, tex: str, cases: tuple[Any, ...], method: str) -> None:
        self.name = name
        self.function = function
        self.tex = tex
        self.cases = cases
        self.method = method
        self.doc = function.__doc__ or ""

    def __repr__(self) -> str:
        return f"<derived {self.name}>"


def derived(
    tex: str = "",
    *,
    cases: Any = (),
    method: bool | str = True,
    inplace: bool = False,
    numpy: Any = (),
    name: str | None = None,
) -> Callable[[F], F]:
    """Declare the decorated function of Tensors as a public one; with `method`, also as a method of Tensor."""

    def declare(function: F) -> F:
        public = name or function.__name__.strip("_")
        attached = method if isinstance(method, str) else public if method else ""
        info = Derived(cast(FunctionType, function), public, tex, tuple(cases), attached)
        call = finished(function, info)
        DERIVED[public] = info
        if attached:
            setattr(Tensor, attached, call)
        if inplace:
            setattr(Tensor, f"{public}_", in_place(call, f"{public}_"))
        for numpy_function in numpy if isinstance(numpy, tuple) else (numpy,):
            protocols.register(numpy_function, call)
        return cast(F, call)

    return declare


def finished(function: Callable[..., Any], info: Derived) -> Any:
    """The function with the checks and spellings that all functions share."""
    code = cast(FunctionType, function).__code__
    first = code.co_varnames[0]
    takes_tensor = str(function.__annotations__.get(first, "")) == "Tensor"
    has_dim, has_out = "dim" in code.co_varnames, "out" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = None
        if kwargs:
            out = None if has_out else kwargs.pop("out", None)
            if has_dim and "axis" in kwargs:
                kwargs["dim"] = kwargs.pop("axis")
            if has_dim and "keepdims" in kwargs:
                kwargs["keepdim"] = kwargs.pop("keepdims")
        if takes_tensor and not isinstance(args[0] if args else kwargs.get(first), Tensor):
            given = args[0] if args else kwargs.get(first)
            raise TypeError(f"{info.name}(): argument '{first}' must be Tensor, not {type(given).__name__}")
        result = function(*args, **kwargs)
        return result if out is None else write_out(info, result, out)

    call.derived = info  # type: ignore[attr-defined]
    return call
