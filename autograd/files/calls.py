"""What a file may call, with every argument checked; and what it may use as a key."""

from __future__ import annotations

import codecs
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from autograd import dtypes
from autograd.device import device
from autograd.files import rebuilding
from autograd.files.names import REBUILDERS, allowed_by_user
from autograd.size import Size
from autograd.tensor import Tensor

KEY_PARTS = 1000
"""How many parts a key of a dict may have: to hash tuples of tuples of the same tuples takes forever."""


def check_key(key: Any) -> None:
    """Raise unless a key of a dict, or an element of a set, can be hashed without harm.

    Ints beyond 64 bits may not: a file could choose them so that all have the same hash.
    """
    waiting, seen = [key], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > KEY_PARTS:
            raise UnpicklingError(f"a key with more than {KEY_PARTS} parts: the file was made to do harm")
        if isinstance(part, (tuple, frozenset)):
            waiting.extend(list(part)[: KEY_PARTS + 1])
        elif isinstance(part, int) and abs(part) >= 2**64:
            raise UnpicklingError("a key with more than 64 bits: the file was made to do harm")
        elif not isinstance(part, (str, bytes, int, float, type(None), dtypes.dtype, device, Tensor)) and not by_user(
            part
        ):
            raise UnpicklingError(f"a {type(part).__name__} can't be a key")


def is_users(thing: Any) -> bool:
    """Whether this is a class or function that the user has allowed."""
    return any(thing is entry for entry in allowed_by_user.values())


def by_user(value: Any) -> bool:
    """Whether a value is of a class that the user has allowed."""
    return is_users(type(value))


def ordered_dict(pairs: Any = ()) -> OrderedDict[Any, Any]:
    """An OrderedDict, of pairs."""
    if not isinstance(pairs, (list, tuple)) or any(not isinstance(p, (list, tuple)) or len(p) != 2 for p in pairs):
        raise UnpicklingError("an OrderedDict is made of pairs")
    for key, _ in pairs:
        check_key(key)
    return OrderedDict(pairs)


def counter(counts: Any = None) -> Counter[Any]:
    """A Counter, of a dict."""
    if not isinstance(counts, (dict, type(None))):
        raise UnpicklingError("a Counter is made of a dict")
    return Counter(counts)


def checked_elements(elements: Any) -> Any:
    """The list that a set is made of."""
    if not isinstance(elements, list):
        raise UnpicklingError(f"a set is made of a list, not of a {type(elements).__name__}")
    for element in elements:
        check_key(element)
    return elements


def make_set(elements: Any = None) -> set[Any]:
    """A set, of a list."""
    return set(checked_elements([] if elements is None else elements))


def make_frozenset(elements: Any = None) -> frozenset[Any]:
    """A frozenset, of a list."""
    return frozenset(checked_elements([] if elements is None else elements))


def make_complex(real: Any, imag: Any) -> complex:
    """A complex number, of its parts."""
    if not (isinstance(real, (int, float)) and isinstance(imag, (int, float))):
        raise UnpicklingError("a complex number has two numbers for parts")
    return complex(real, imag)


def latin_bytes(text: Any, encoding: Any = "latin1") -> bytes:
    """Bytes, written as text: pickle's protocol 2 has nothing else for them."""
    if type(text) is not str or type(encoding) is not str or encoding not in ("latin1", "latin-1"):
        raise UnpicklingError(f"bytes are written as latin1, not as {encoding!r}")
    return text.encode("latin1")


def no_bytes() -> bytes:
    """Empty bytes: all others are written as text, or by instructions of their own."""
    return b""


def make_bytearray(content: Any = b"", encoding: Any = "latin1") -> bytearray:
    """A bytearray, of bytes or of text; not of a length, which could be any number."""
    return bytearray(content if isinstance(content, bytes) else latin_bytes(content, encoding))


CHECKED: tuple[Callable[..., Any], ...] = (
    *REBUILDERS.values(), rebuilding.rebuild_with_type, rebuilding.rebuild_layout,
)  # fmt: skip
"""What checks its arguments itself."""

CALLS: dict[Any, Callable[..., Any]] = {
    OrderedDict: ordered_dict, Counter: counter, set: make_set, frozenset: make_frozenset, complex: make_complex,
    bytes: no_bytes, bytearray: make_bytearray, codecs.encode: latin_bytes, Size: rebuilding.rebuild_size,
    device: rebuilding.rebuild_device,
}  # fmt: skip
"""What is called in the place of what checks nothing."""


def call(function: Any, args: Any) -> Any:
    """Call what a file says, if it is one of those that are always allowed."""
    if not callable(function) or type(args) is not tuple:
        raise UnpicklingError(f"a {type(function).__name__} can't be called with a {type(args).__name__}")
    if isinstance(function, type) and issubclass(function, Tensor) and hasattr(function, "becomes"):
        return rebuilding.rebuild_uninitialized(function, args)
    for checked in CHECKED:
        if function is checked:
            return checked(*args)
    if function not in CALLS:
        raise UnpicklingError(f"a file may not call {function!r:.100}")
    return CALLS[function](*args)
