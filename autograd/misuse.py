"""What to say of a call that went wrong somewhere inside, because an argument was not what the function expects.

Functions check what users get wrong often, and raise errors that say so. Checking everything would bury them under
checks. So what Python or NumPy raise inside a function, about things that its user has never heard of, is turned here
into an error about the call: which argument does not fit the parameter's type or, where none is seen to, what the
arguments were. Until something goes wrong, this costs at most one more call.
"""

from __future__ import annotations

import dis
import functools
import inspect
import os
import re
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from autograd.arrays import is_tensor
from autograd.graph import INTERNAL

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type)

RAISE = dis.opmap["RAISE_VARARGS"]
MACHINERY = tuple(os.path.dirname(os.path.abspath(str(module.__file__))) + os.sep for module in (np, os))
"""Where NumPy's code is, and Python's own; the packages beside NumPy lie inside the latter on some systems."""

CORE = {
    "__getattr__",
    "array_from",
    "infer",
    "listed",
    "number_as",
    "of_python_type",
    "to_plain",
    "unreadable",
    "weak_number",
    "write",
}
"""Functions of the core that don't know what they are called for, so that their errors don't say it either."""

CONVERSIONS = {"__bool__", "__index__", "__int__", "__float__", "__complex__", "__len__", "__iter__", "__array__",
               "_only_element", "_only_real_element", "numpy"}  # fmt: skip
"""Methods of Tensor that Python calls: that a tensor can't be such a thing says little to who gave it as an argument."""

PACKAGES = ("autograd", "nn", "optim")

SAME = (TypeError, ValueError, IndexError, RuntimeError)
"""Errors that stay what they are; others become one of these, as PyTorch has it."""


def explained(error: Exception, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception:
    """The error for a call of this function: the same where the library or the user's code has raised it on purpose.

    But where a function that this one has called complains of what it was given, it is this one's argument that is wrong.
    """
    if isinstance(error, Warning):
        return error
    if not is_accidental(error):
        speaker = re.match(r"(\w+)\(\)", str(error)) if isinstance(error, TypeError) else None
        speaks_of_another = speaker is not None and speaker[1] != name
        misfit = (
            first_misfit(name, arguments(function, args, kwargs)) if speaks_of_another and is_ours(function) else ""
        )
        return said(error, TypeError, misfit) if misfit else error
    own = f"{getattr(function, '__qualname__', name)}() "
    if isinstance(error, TypeError) and str(error).startswith(own):  # an argument is missing, or one too many
        return said(error, TypeError, f"{name}() {str(error).removeprefix(own)}")
    given = arguments(function, args, kwargs)
    misfit = first_misfit(name, given)
    if misfit:
        return said(error, TypeError, misfit)
    shown = ", ".join(f"{parameter}: {described(value)}" for parameter, value, _ in given)
    return said(error, kind_of(error), f"{name}(): {cause(error)} (the arguments are {shown})")


def speaking(function: F) -> F:
    """Let a public function explain what goes wrong inside it by its arguments."""
    return named(function, function.__name__)


def named(function: F, name: str) -> F:
    """The function, which speaks of itself by this name where something goes wrong inside; without one, of its object."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise explained(error, name or type(args[0]).__name__, function, args, kwargs) from None

    return call  # type: ignore[return-value]


def speaking_constructor(cls: C) -> C:
    """Let a class of the library explain what goes wrong in its constructor by its arguments; others stay as they are."""
    if "__init__" in vars(cls) and cls.__module__.partition(".")[0] in PACKAGES:
        name = "" if cls.__name__.startswith("_") else cls.__name__
        cls.__init__ = named(cls.__init__, name)  # type: ignore[misc]
    return cls


def is_ours(function: Any) -> bool:
    """Whether this is a function of the library."""
    return getattr(function, "__module__", "").partition(".")[0] in PACKAGES


# -- what kind of error it is ---------------------------------------------------------------------------------


def is_accidental(error: BaseException) -> bool:
    """Whether Python or NumPy have raised this in code of the library, and neither a `raise` there nor code of others."""
    trace = error.__traceback__
    last = None
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if path.startswith(INTERNAL):
            last = trace
        elif not is_machinery(path) and last is not None:
            return False  # a function of the user's that the library has called
        trace = trace.tb_next
    return last is not None and not is_raise(last)


def is_machinery(path: str) -> bool:
    """Whether a file belongs to Python, NumPy or SciPy."""
    if path.endswith(".pyx"):  # compiled, and called by what comes before it
        return True
    if f"{os.sep}site-packages{os.sep}" in path:
        return path.startswith(MACHINERY[0]) or f"{os.sep}scipy{os.sep}" in path
    return path.startswith((*MACHINERY, "<frozen ", "<__array_function__"))


def is_raise(trace: TracebackType) -> bool:
    """Whether a line of the library says `raise` there, about what it was asked for."""
    code = trace.tb_frame.f_code
    if trace.tb_next is not None:  # NumPy raises, at the end
        return False
    return code.co_code[trace.tb_lasti] == RAISE and code.co_name not in CONVERSIONS | CORE


def kind_of(error: Exception) -> type[Exception]:
    """The type of the error that users see."""
    if isinstance(error, AttributeError) or innermost(error).tb_frame.f_code.co_name in CONVERSIONS - {"__bool__"}:
        return TypeError
    if isinstance(error, ValueError) and str(error).startswith(("invalid literal", "could not convert string")):
        return TypeError  # a str where a number is wanted
    return next((kind for kind in SAME if isinstance(error, kind)), RuntimeError)


def cause(error: Exception) -> str:
    """What Python or NumPy say, as far as it can be understood from outside."""
    if isinstance(error, TypeError) and "ufunc" in str(error):
        return "not supported for these dtypes"
    text = re.sub(r"\bdtype\('(\w+)'\)|\bnp\.\w+\(([^)]*)\)|\bnumpy\.(\w+)", r"\1\2\3", str(error))
    return text or type(error).__name__


def innermost(error: BaseException) -> Any:
    """Where an error was raised."""
    trace: Any = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def said(error: Exception, kind: type[Exception], message: str) -> Exception:
    """An error of this type, with what was noted on the one that it takes the place of."""
    better = kind(message)
    for note in getattr(error, "__notes__", ()):
        better.add_note(note)
    return better


# -- what the arguments were -----------------------------------------------------------------------------------


def arguments(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """The arguments of a call with the names and annotations of their parameters, without those left out."""
    signature = inspect.signature(function)
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return [(f"{place + 1}", value, "") for place, value in enumerate(args)]
    return [
        (parameter, value, annotation)
        for parameter, value in bound.items()
        if (annotation := str(signature.parameters[parameter].annotation)) in FITS or parameter != "self"
    ]


FITS: dict[str, Callable[[Any], bool]] = {
    "Tensor": is_tensor,
    "int": lambda value: hasattr(type(value), "__index__") and not getattr(value, "shape", ()),
    "float": lambda value: hasattr(type(value), "__float__") and not getattr(value, "shape", ()),
    "bool": lambda value: isinstance(value, (bool, np.bool_)),
    "str": lambda value: isinstance(value, str),
    "None": lambda value: value is None,
}
"""Whether a value is what a simple annotation asks for."""


def fits(value: Any, annotation: str) -> bool:
    """Whether a value is what an annotation asks for, as far as can be told: yes for one that is not so simple."""
    kinds = annotation.split(" | ")
    return any(kind not in FITS or FITS[kind](value) for kind in kinds)


def first_misfit(name: str, given: Iterable[tuple[str, Any, str]]) -> str:
    """What to say of the first argument that is not what its annotation asks for; empty if all are."""
    for parameter, value, annotation in given:
        if not fits(value, annotation):
            wanted = annotation.removesuffix(" | None").replace(" | ", " or ")
            numbers = annotation == "Tensor" and isinstance(value, (list, tuple, float, int, np.ndarray))
            cure = ": make it one with autograd.tensor(...)" if numbers else ""
            return f"{name}(): argument '{parameter}' must be {wanted}, not {type(value).__name__}{cure}"
    return ""


def described(value: Any) -> str:
    """An argument, in a few words."""
    if FITS["Tensor"](value):
        return f"a {value.dtype.name} tensor of shape {tuple(value.array.shape)}"
    if isinstance(value, (bool, int, float, complex, str, type(None))):
        text = repr(value)
        return text if len(text) <= 40 else f"{text[:40]}..."
    if isinstance(value, (list, tuple)) and len(value) <= 8:
        return f"{type(value).__name__} of {', '.join(map(described, value)) or 'nothing'}"
    return f"a {type(value).__name__}"
