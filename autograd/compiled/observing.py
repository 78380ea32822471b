"""What a function does besides operations on tensors, seen through the interpreter's profile events.

Operations tell their watchers of themselves. But a function may also read a number out of a tensor,
draw random numbers, ask for the time or print something, and a replay that knew only the operations
would leave that out. So while a function is recorded, every call that is made under it is sorted:

    into an op or a rule            told by the watchers; what goes on inside is its own affair
    to one of the library's makers  `zeros`, `rand`, `dropout`'s noise: becomes one instruction, a call
    that reads a tensor's numbers   can't be replayed: the next reading may lead elsewhere
    to C, from the user's code      can be replayed if it is one of a list of functions without effect
"""

from __future__ import annotations

import builtins
import dis
import os
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from autograd.compiled import handled
from autograd.compiled.outside import is_library
from autograd.graph import INTERNAL
from autograd.registry import OPS

FACTS = {"shape", "ndim", "size", "dtype", "__class__", "strides", "flags", "nbytes", "itemsize"}
"""What may be asked of an array without looking at its numbers."""

PURE_MODULES = {"math", "_operator", "operator", "itertools", "_functools", "functools", "_collections", "_abc",
                "_weakref", "numpy", "_struct", "cmath", "copy"}  # fmt: skip
IMPURE_BUILTINS = {"print", "input", "open", "eval", "exec", "compile", "__import__", "breakpoint", "id", "next",
                   "anext", "globals", "locals", "vars"}  # fmt: skip
PURE_TYPES: tuple[type, ...] = (list, tuple, dict, str, set, frozenset, bytes, int, float, complex, bool, slice, range, type,
              type({}.keys()), type({}.values()), type({}.items()))  # fmt: skip


class Observer:
    """Sorts the calls under a function; `receiver` is told of those that matter.

    receiver.entered(function, args, kwargs)     a function that is entered as one call begins,
    receiver.left(result)                        and returns
    receiver.handle(what, frame, result)         a function of `handled.HANDLERS` returns
    receiver.read(frame, name)                   a tensor's numbers are asked for
    receiver.fail(reason)                        the function can't be replayed
    """

    def __init__(self, receiver: Any) -> None:
        self.receiver = receiver
        self.skipping: FrameType | None = None
        self.is_call = False
        self.kinds: dict[CodeType, tuple[str, Any]] = {}
        self.inside_ops = {op.forward.__code__ for op in OPS.values()}

    def __enter__(self) -> Observer:
        self.before = sys.getprofile()
        sys.setprofile(self.observe)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.setprofile(self.before)
        self.skipping = None  # a frame leads to all that was recorded, this observer included

    def observe(self, frame: FrameType, event: str, argument: Any) -> None:
        """The interpreter's event: a call or a return."""
        if self.skipping is not None:
            if event == "return" and frame is self.skipping:
                self.skipping = None
                if self.is_call:
                    self.is_call = False
                    self.receiver.left(argument)
            return
        kind, found = self.kind_of(frame)
        if event == "call":
            self.called(frame, kind, found)
        elif event == "return":
            if kind == "handled":
                self.receiver.handle(found, frame, argument)
        elif event == "c_call" and (kind == "user" or (kind == "python" and self.is_for_user(frame))):
            self.check_c_call(argument)

    def called(self, frame: FrameType, kind: str, found: Any) -> None:
        """A Python function begins."""
        if kind == "op":
            self.skipping = frame
        elif kind == "reads":
            self.receiver.read(frame, found)
        elif kind == "call":
            self.skipping, self.is_call = frame, True
            self.receiver.entered(function_of(frame), *arguments_of(frame))
        elif kind == "refused":
            self.receiver.fail(found)
        elif kind == "unknown":
            self.receiver.fail(f"{frame.f_code.co_name}() looks into arrays in a way that can't be replayed")

    def is_for_user(self, frame: FrameType) -> bool:
        """Whether a function of Python's own library works for the user's code, not for this library."""
        caller = frame.f_back
        while caller is not None and self.kind_of(caller)[0] == "python":
            caller = caller.f_back
        return caller is not None and self.kind_of(caller)[0] == "user"

    def check_c_call(self, function: Any) -> None:
        """Note a call of C that may do more than return something."""
        owner = getattr(function, "__self__", None)
        module = getattr(function, "__module__", None)
        name = getattr(function, "__qualname__", repr(function))
        if owner is builtins or module == "builtins":
            fine = name not in IMPURE_BUILTINS
        elif owner is None or isinstance(owner, type(sys)):
            fine = module is None or module.partition(".")[0] in PURE_MODULES
        else:
            fine = isinstance(owner, PURE_TYPES) or type(owner).__module__ in PURE_MODULES
        if not fine:
            self.receiver.fail(f"it calls {name}(), which a replay would leave out")

    # -- sorting ----------------------------------------------------------------------------------------

    def kind_of(self, frame: FrameType) -> tuple[str, Any]:
        """What kind of function a frame runs, found out once for each code."""
        code = frame.f_code
        if code not in self.kinds:
            self.kinds[code] = self.sorted(frame)
        return self.kinds[code]

    def sorted(self, frame: FrameType) -> tuple[str, Any]:
        """What kind of function this is, with the function or its handler where that matters."""
        code = frame.f_code
        if code in self.inside_ops or code.co_filename.startswith("<pull ") or is_recorder(code.co_filename):
            return "op", None
        if code in handled.HANDLERS:
            return "handled", handled.HANDLERS[code]
        if code in handled.REFUSED:
            return "refused", handled.REFUSED[code]
        if code in handled.READERS:
            return "reads", code.co_name
        if code in handled.CALLS:
            return "call", None
        if not code.co_filename.startswith(INTERNAL):
            return ("python" if is_library(frame.f_globals.get("__name__", "")) else "user"), None
        if code in handled.SAFE or code.co_filename in handled.SAFE_FILES or code.co_filename.startswith("<"):
            return "plain", None
        return ("unknown" if looks_inside(code) else "plain"), None


def is_recorder(path: str) -> bool:
    """Whether code belongs to the recording itself; what compiled functions are made of does not."""
    return path.startswith(HERE) and not path.endswith("function.py")


HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def looks_inside(code: CodeType) -> bool:
    """Whether a function reads a tensor's array, for more than facts such as its shape."""
    steps = list(dis.get_instructions(code))
    for step, following in zip(steps, [*steps[1:], steps[0]], strict=True):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and step.argval in ("array", "memory"):
            asks = following.opname in ("LOAD_ATTR", "LOAD_METHOD") and following.argval in FACTS
            if step.argval == "memory" or not asks:
                return True
    return False


def function_of(frame: FrameType) -> Callable[..., Any]:
    """The function that a frame runs, of those that are called as one: of closures, the one with the same cells."""
    candidates = handled.CALLS[frame.f_code]
    for function in candidates:
        cells = zip(frame.f_code.co_freevars, getattr(function, "__closure__", None) or (), strict=False)
        if all(frame.f_locals.get(name) is cell.cell_contents for name, cell in cells):
            return function
    return candidates[0]


def arguments_of(frame: FrameType) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call that has just begun."""
    code, given = frame.f_code, frame.f_locals
    named = code.co_varnames[: code.co_argcount]
    rest = list(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
    positional = tuple(given[name] for name in named)
    if code.co_flags & 4:  # *args
        positional += given[rest.pop(0)]
    keywords = {name: given[name] for name in code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]}
    if code.co_flags & 8:  # **kwargs
        keywords |= given[rest.pop(0)]
    return positional, keywords
