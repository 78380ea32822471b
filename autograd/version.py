"""The version of chalkgrad, and of what it does not use. Kept equal to that in pyproject.toml by a test."""

from __future__ import annotations

import re
from typing import Any

__version__ = "0.1.0"
cuda = None
hip = None
debug = False


class Release(str):
    """A version that compares by its numbers: with a string, or with a tuple of numbers.

    >>> Release("2.13.0+chalkgrad") >= "2.9", Release("2.13.0") < (1, 8)
    (True, False)
    """

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return numbers(self) < numbers(other)

    def __le__(self, other: Any) -> bool:
        return numbers(self) <= numbers(other)

    def __gt__(self, other: Any) -> bool:
        return numbers(self) > numbers(other)

    def __ge__(self, other: Any) -> bool:
        return numbers(self) >= numbers(other)


def numbers(version: Any) -> tuple[int, ...]:
    """The numbers of a version, without zeros at the end; those of a local version, behind a plus, don't count."""
    found = re.findall(r"\d+", version.partition("+")[0]) if isinstance(version, str) else version
    parts = [int(part) for part in found]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


PYTORCH = Release("2.13.0+chalkgrad")
"""The PyTorch whose behavior this is. Programs that ask `torch.__version__` which functions there are get this."""
