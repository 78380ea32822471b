"""Who called an operation: the user's own line, or a function of the library on its behalf."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from autograd.graph import INTERNAL

PLUMBING = tuple(f"{sep}{name}.py" for sep in "/\\" for name in ("attach", "inplace", "lift", "protocols", "values"))
"""Files through which a call of an op passes on its way from the user, as `x += y` and `np.add(x, y)` do."""


def stack(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that led to it."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def is_ours(frame: FrameType) -> bool:
    """Whether a frame runs code of this library."""
    return frame.f_code.co_filename.startswith(INTERNAL)


def users_call() -> tuple[FrameType, FrameType]:
    """The innermost frame of the user's code, and the one of this library that it called."""
    called = frame = sys._getframe(1)
    while is_ours(frame) and frame.f_back is not None:
        called, frame = frame, frame.f_back
    return frame, called


def is_op(called: FrameType) -> bool:
    """Whether what the user called is an op itself, and not a function that is made of ops."""
    filename = called.f_code.co_filename
    return filename.startswith("<op ") or filename.endswith(PLUMBING)


def module_path(frames: list[FrameType]) -> str:
    """Which module is being called, by its path from the outermost: " in Net.fc2 (Linear)"; empty outside of any."""
    callers: Iterator[Any] = (
        frame.f_locals.get("self") for frame in frames if frame.f_code.co_name == "__call__" and is_ours(frame)
    )
    modules = [module for module in callers if hasattr(module, "named_modules")]
    if not modules:
        return ""
    inner, outer = modules[0], modules[-1]
    path = next((name for name, module in outer.named_modules() if module is inner), "")
    return f" in {type(outer).__name__}{f'.{path}' if path else ''} ({type(inner).__name__})"
