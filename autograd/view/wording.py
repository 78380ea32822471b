"""Numbers, arrays and settings in few characters: what fits into a box of a picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.dtypes import dtype
from autograd.index import Index

Rows = list[list[str]]

MOST_ITEMS = 5
LONGEST_SETTING = 28


# -- values ----------------------------------------------------------------------------------------


def number_text(value: Any, digits: int = 4) -> str:
    """One number with so many significant digits; integers in full."""
    if isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, complex):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value:.{digits}g}"


def array_rows(array: Array) -> Rows:
    """An array as rows of short texts: its elements if they are few, else what they are like in sum."""
    if array.size == 0:
        return [["empty"]]
    if array.ndim == 0:
        return [[number_text(array.item())]]
    if is_small_matrix(array):
        return [[number_text(v) for v in row] for row in array.tolist()]
    if array.ndim == 1 and array.size <= MOST_ITEMS:
        return [[f"[{', '.join(number_text(v) for v in array.tolist())}]"]]
    return [[line] for line in summary(array)]


def is_small_matrix(array: Array) -> bool:
    """Whether this is a matrix small enough to show every element."""
    return array.ndim == 2 and array.size > 0 and max(array.shape) <= MOST_ITEMS


def summary(array: Array) -> list[str]:
    """Mean and spread of many floats, the range of whole numbers, how many of many truth values hold."""
    if array.dtype.kind == "b":
        return [f"{np.count_nonzero(array)} of {array.size} True"]
    if array.dtype.kind in "iu":
        return [f"{array.min()} … {array.max()}"]
    finite = array[np.isfinite(array)]
    lines = [f"{odd_text(array)} of {array.size}"] if finite.size < array.size else []
    if finite.size and (finite == finite[0]).all():
        lines.append(f"{'rest' if lines else 'all'} {number_text(finite[0].item())}")
    elif finite.size:
        wide = finite.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            lines.append(f"{number_text(wide.mean().item(), 3)} ± {number_text(wide.std().item(), 3)}")
    return lines


def odd_text(array: Array) -> str:
    """How many elements are NaN and how many infinite, such as "3 nan, 1 inf"."""
    counts = {"nan": np.count_nonzero(np.isnan(array)), "inf": np.count_nonzero(np.isinf(array))}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def has_odd(array: Array | None) -> bool:
    """Whether there is a NaN or an infinity in it."""
    return array is not None and array.dtype.kind in "fc" and not np.isfinite(array).all()


def full_text(array: Array) -> str:
    """An array as NumPy prints it, the middle of a large one left out."""
    return np.array2string(array, precision=6, threshold=64, edgeitems=3)


# -- settings of an op -------------------------------------------------------------------------------

NEUTRAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "before": 0, "after": 0}
"""Settings without a default in the signature that are nevertheless what one expects."""


def settings(op: Any, params: dict[str, Any]) -> dict[str, str]:
    """What an op was told beyond its tensors and differs from the usual, such as {"dim": "1"}."""
    usual = {parameter.name: parameter.default for parameter in getattr(op, "parameters", ())}
    return {
        name: shorten(setting_text(value), LONGEST_SETTING)
        for name, value in params.items()
        if not is_usual(value, usual.get(name), NEUTRAL.get(name))
    }


def is_usual(value: Any, default: Any, neutral: int | None) -> bool:
    """Whether a setting says nothing: absent, a function, the default, or the neutral element in every dimension."""
    if value is None or value is default or callable(value):
        return True
    if isinstance(value, tuple):
        return neutral is not None and all(item == neutral for item in value)
    return isinstance(value, (bool, int, float, str)) and value in (default, neutral)


def setting_text(value: Any) -> str:
    """A setting as one would write it."""
    if isinstance(value, slice):
        start, stop, step = ("" if v is None else str(v) for v in (value.start, value.stop, value.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if isinstance(value, np.ndarray):
        few = value.ndim == 1 and value.size <= MOST_ITEMS
        return str(value.tolist()) if few else f"{value.dtype.name} {shape_text(value.shape)}"
    if isinstance(value, Index):
        return "][".join(unwrapped(setting_text(step)) for step in value if step)
    if isinstance(value, tuple):
        items = [setting_text(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if isinstance(value, dtype):
        return value.name
    if isinstance(value, (float, np.generic)):
        return number_text(value.item() if isinstance(value, np.generic) else value)
    return repr(value)


def unwrapped(text: str) -> str:
    """A tuple's text without its parentheses, as between square brackets."""
    return text.removeprefix("(").removesuffix(")").removesuffix(",") if text.startswith("(") else text


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it."""
    return str(tuple(shape))


# -- any text --------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """The text with newlines, control characters and broken Unicode written as escapes."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(text: str, longest: int) -> str:
    """A long text without its middle."""
    if len(text) <= longest:
        return text
    kept = longest - 1
    return text[: math.ceil(kept / 2)] + "…" + text[len(text) - kept // 2 :]


def counted(number: int, thing: str) -> str:
    """A number of things, such as "1 tensor" or "2 tensors"."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
