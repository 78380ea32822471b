"""When a module was called, so that a picture of the graph can show which operations it did."""

from __future__ import annotations

from collections import deque
from typing import Any

LATEST = 256
"""How many calls are remembered."""


class Calls(deque[tuple[int, int]]):
    """The latest calls of one module, each from when to when by the clock that also numbers the graph's nodes.

    A node belongs to the call that its number lies in. A copy of a module starts without calls: the
    operations were the original's.

    >>> import autograd, nn
    >>> layer = nn.Linear(2, 3)
    >>> y = layer(autograd.ones(4, 2))
    >>> [(start, end)] = layer._calls
    >>> start < y.grad_fn.number < end
    True
    """

    def __init__(self) -> None:
        super().__init__(maxlen=LATEST)

    def __reduce__(self) -> Any:
        return Calls, ()
