"""Numbers as Python source: what the generated scripts start from."""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any, cast

import numpy as np

from autograd.arrays import Array
from autograd.dtypes import dtype
from autograd.index import Index

FEW = 1_000
"""How many numbers are written out one by one; more than that are packed into text that is not for reading."""

WIDTH = 100


def literal(value: Any) -> str:
    """A value of an op's metadata as Python source; ValueError for what can't be written so."""
    if isinstance(value, dtype):
        return f"ElementType({value.name!r})"
    if isinstance(value, Index):
        return f"Index({literal(tuple(value.basic))}, {literal(tuple(value.advanced))})"
    if isinstance(value, (tuple, list)):
        items = [literal(item) for item in value]
        inside = ", ".join(items) + ("," if len(items) == 1 and isinstance(value, tuple) else "")
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, slice):
        return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    if isinstance(value, (np.ndarray, np.generic)):
        return array_literal(cast(Array, value))
    if isinstance(value, np.dtype):
        return f"np.dtype({value.name!r})"
    if isinstance(value, type) and issubclass(value, np.generic):
        return f"np.{value.__name__}"
    if value is Ellipsis:
        return "..."
    if isinstance(value, complex) and not isinstance(value, (int, float)):
        return f"complex({literal(value.real)}, {literal(value.imag)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "math.nan" if math.isnan(value) else "math.inf" if value > 0 else "-math.inf"
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    raise ValueError(f"a {type(value).__name__} can't be written as Python source")


def array_literal(array: Array, indent: int = 0) -> str:
    """An array, bit for bit: written out if it is small, else packed; a value of rank 0 as a NumPy scalar."""
    name = array.dtype.name
    if array.ndim == 0:
        kind = {"bool": "bool_"}.get(name, name)
        return f"np.{kind}({scalar_text(array.item() if name != 'float32' else array[()], array.dtype)})"
    if array.size == 0:
        return f"np.zeros({array.shape}, dtype={name!r})"
    if array.size > FEW:
        return packed(array)
    text = np.array2string(
        np.asarray(array), separator=", ", threshold=FEW + 1, max_line_width=WIDTH, floatmode="unique",
        formatter=formatters(array.dtype), prefix=" " * (indent + len("np.array(")),
    )  # fmt: skip
    return f"np.array({text}, dtype={name!r})"


def formatters(kind: Any) -> Any:
    """How NumPy is to write one element, so that reading it gives back the same bits."""
    return {"all": lambda element: scalar_text(element, kind)}


def scalar_text(element: Any, kind: Any) -> str:
    """The shortest text from which Python and NumPy read the same number again."""
    if kind.kind == "c":
        return f"complex({scalar_text(element.real, np.dtype('f8'))}, {scalar_text(element.imag, np.dtype('f8'))})"
    if kind.kind != "f":
        return str(element)
    number = float(element)
    if not math.isfinite(number):
        return literal(number)
    short = str(kind.type(element))
    return short if kind.type(float(short)) == kind.type(number) else repr(number)


def packed(array: Array) -> str:
    """Many numbers as compressed text."""
    text = base64.b85encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    return f"unpack({text!r}, {array.dtype.name!r}, {array.shape})"


UNPACK = '''\
def unpack(text, dtype, shape):
    """An array from compressed text."""
    return np.frombuffer(zlib.decompress(base64.b85decode(text)), dtype).reshape(shape).copy()
'''
"""What a script needs that has packed arrays in it, beside `import base64, zlib`."""

ELEMENT_TYPE = '''\
class ElementType:
    """A dtype, and whether its numbers are complex."""

    def __init__(self, name):
        self.dtype = np.dtype(name)
        self.type = self.dtype.type
        self.is_complex = self.dtype.kind == "c"
'''
"""What a script needs that has dtypes among its settings."""
