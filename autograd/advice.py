"""What errors say beyond the bare fact: where a value came from, and why it has no gradient.

To find that out takes a look at the caller's variables and source, which is the viewing layer's
business. The engine does not know that layer. So the functions are entered here, under a name, by
whoever has them, and are asked for when there is an error to explain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ADVISERS: dict[str, Callable[..., str]] = {}
"""Functions that return a text, by topic."""

UNKNOWN_LINE = " (under autograd.detect_anomaly() this names the line)"


def advice(topic: str, *about: Any) -> str:
    """A text on a topic; empty where nobody knows more. To explain an error must not lead to another one."""
    adviser = ADVISERS.get(topic)
    try:
        return "" if adviser is None else adviser(*about)
    except Exception:
        return ""


def origin(node: Any, result: Any = None) -> str:
    """Where an operation was carried out: " (computed at file:line, `h = w.exp()`, in model.fc1 (Linear))".

    With `result`, the memory that the result is in, it is found even if something else has been written there since.
    """
    return advice("origin", node, result) or UNKNOWN_LINE
