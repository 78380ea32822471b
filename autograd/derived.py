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
from autograd.batched import NeedsLoopError
from autograd.inplace import in_place, in_place_view
from autograd.misuse import explained
from autograd.old_orders import OLD_ORDERS, in_todays_order
from autograd.registry import BATCH_RULES, DERIVED
from autograd.tensor import Tensor

MISSING = object()

F = TypeVar("F", bound=Callable[..., Any])


class Derived:
    """What is known of a derived function: for the tests, the docs and the stubs."""

    def __init__(self, function: FunctionType, name: str, tex: str, cases: tuple[Any, ...], **options: Any) -> None:
        self.name = name
        self.function = function
        self.tex = tex
        self.cases = cases
        self.method: str = options["method"]
        self.inplace: bool | str = options["inplace"]
        self.casts_out: bool = options["casts_out"]
        self.doc = function.__doc__ or ""
        self.call: Any = None  # what users call: the function with the checks and spellings that all share

    def __repr__(self) -> str:
        return f"<derived {self.name}>"


def derived(
    tex: str = "",
    *,
    cases: Any = (),
    method: bool | str = True,
    inplace: bool | str = False,
    numpy: Any = (),
    name: str | None = None,
    casts_out: bool = False,
) -> Callable[[F], F]:
    """Declare the decorated function of Tensors as a public one; with `method`, also as a method of Tensor.

    With `inplace` there is a method that overwrites its tensor too; with inplace="view", one that makes the tensor
    itself show its memory otherwise. With `casts_out`, what is given as `out=` may have a wider dtype than the result.
    """

    def declare(function: F) -> F:
        public = name or function.__name__.strip("_")
        attached = method if isinstance(method, str) else public if method else ""
        options = {"method": attached, "inplace": inplace, "casts_out": casts_out}
        info = Derived(cast(FunctionType, function), public, tex, tuple(cases), **options)
        call = info.call = finished(function, info)
        DERIVED[public] = info
        if attached:
            setattr(Tensor, attached, call)
        if inplace:
            change = in_place_view if inplace == "view" else in_place
            setattr(Tensor, f"{public}_", change(call, f"{public}_"))
        for numpy_function in numpy if isinstance(numpy, tuple) else (numpy,):
            protocols.register(numpy_function, call)
        return cast(F, call)

    return declare


def finished(function: Callable[..., Any], info: Derived) -> Any:
    """The function with the checks and spellings that all functions share."""
    code = cast(FunctionType, function).__code__
    positional = code.co_varnames[: code.co_argcount]
    tensors = [(i, name) for i, name in enumerate(positional) if str(function.__annotations__.get(name)) == "Tensor"]
    had_other_order = info.name in OLD_ORDERS
    has_dim, has_out = "dim" in code.co_varnames, "out" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = None
        if had_other_order and len(args) > len(positional):
            args, numbers = in_todays_order(info.name, args)
            kwargs |= numbers
        if kwargs:
            out = None if has_out else kwargs.pop("out", None)
            if has_dim and "axis" in kwargs:
                kwargs["dim"] = kwargs.pop("axis")
            if has_dim and "keepdims" in kwargs:
                kwargs["keepdim"] = kwargs.pop("keepdims")
        for place, name in tensors:
            given = args[place] if place < len(args) else kwargs.get(name, MISSING)
            if not isinstance(given, Tensor) and given is not MISSING:
                raise TypeError(
                    f"{info.name}(): argument '{name}' (position {place + 1}) must be Tensor, "
                    f"not {type(given).__name__}"
                )
        try:
            result = function(*args, **kwargs)
        except NeedsLoopError:
            result = BATCH_RULES["function"](call, args, kwargs)
        except Exception as error:
            raise explained(error, info.name, function, args, kwargs) from None
        return result if out is None else write_out(info, result, out)

    call.derived = info  # type: ignore[attr-defined]
    return call
