"""Leaving initialization out: for large networks that are to be loaded, or only looked at."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from autograd.misuse import speaking

__all__ = ["skippable", "skipping"]

F = TypeVar("F", bound=Callable[..., Any])


class Skipped(threading.local):
    """Whether initialization is skipped, by thread."""

    now = False


skipped = Skipped()


@contextmanager
def skipping() -> Iterator[None]:
    """A context in which the functions of `nn.init` do nothing, and so draw no random numbers.

    >>> import nn
    >>> with nn.init.skipping():
    ...     layer = nn.Linear(5000, 5000)
    """
    before, skipped.now = skipped.now, True
    try:
        yield
    finally:
        skipped.now = before


def skippable(function: F) -> F:
    """Let an initializer return its tensor as it is inside `skipping()`."""

    checked = speaking(function)

    @functools.wraps(function)
    def initialize(*args: Any, **kwargs: Any) -> Any:
        if skipped.now:
            return args[0] if args else kwargs["tensor"]
        return checked(*args, **kwargs)

    return initialize  # type: ignore[return-value]
