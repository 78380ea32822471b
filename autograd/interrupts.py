"""Doing something as a whole: Ctrl-C waits until it is done.

Python may raise KeyboardInterrupt at any call and at any turn of a loop. In the middle of an optimizer's step that
would leave some parameters moved and others not, and counters that don't agree with what they count.
"""

from __future__ import annotations

import signal

# The functions of `signal` itself take ten times as long: they make enums of the numbers.
from _signal import getsignal  # type: ignore[import-not-found]
from _signal import signal as set_handler
from collections.abc import Callable
from typing import Any

__all__ = ["uninterrupted"]

SIGINT = int(signal.SIGINT)


class uninterrupted:
    """A context that Ctrl-C does not cut in two: what it interrupts is finished first.

    Only the main thread is ever interrupted; in others there is nothing to do.

    >>> import signal
    >>> before = signal.signal(signal.SIGINT, signal.default_int_handler)
    >>> done = []
    >>> try:
    ...     with uninterrupted():
    ...         signal.raise_signal(signal.SIGINT)
    ...         done.append("all of it")
    ... except KeyboardInterrupt:
    ...     done.append("then the interrupt")
    >>> done
    ['all of it', 'then the interrupt']
    >>> restored = signal.signal(signal.SIGINT, before)
    """

    __slots__ = ("came", "handler")

    handler: Callable[[Any, Any], Any] | None

    def __enter__(self) -> None:
        self.came: tuple[Any, Any] | None = None
        self.handler = None
        handler = getsignal(SIGINT)
        if callable(handler):  # else the signal is ignored, or another program has its own way with it
            try:
                set_handler(SIGINT, self.note)
            except ValueError:  # not the main thread
                return
            self.handler = handler

    def note(self, number: int, frame: Any) -> None:
        """The handler meanwhile: it keeps the signal for later."""
        self.came = number, frame

    def __exit__(self, *exception: object) -> None:
        if self.handler is not None:
            set_handler(SIGINT, self.handler)
            if self.came is not None:
                self.handler(*self.came)
