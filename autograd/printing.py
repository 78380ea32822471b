"""How tensors print: PyTorch's format, so that a tutorial's output looks the same here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array


@dataclass
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print.

    Args:
        precision: digits after the point.
        threshold: number of elements above which the middle is left out.
        edgeitems: how many items at each edge remain then.
        linewidth: characters per line.
        profile: "default", "short" or "full".
        sci_mode: scientific notation always (True), never (False), or where it helps (None).
    """
    for name, whole in {"precision": precision, "edgeitems": edgeitems, "linewidth": linewidth}.items():
        if whole is not None and (isinstance(whole, bool) or not isinstance(whole, int) or whole < 0):
            raise ValueError(f"set_printoptions: {name} must be a whole number, 0 or more, got {whole!r}")
    if threshold is not None and not isinstance(threshold, (int, float)):
        raise TypeError(f"set_printoptions: threshold must be a number, got {threshold!r}")
    if profile is not None:
        if profile not in PROFILES:
            raise ValueError(f"set_printoptions: profile must be one of {', '.join(PROFILES)}, got {profile!r}")
        for name, value in PROFILES[profile].items():
            setattr(options, name, value)
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode


def tensor_repr(tensor: Any) -> str:
    """The text of a tensor: its values, and what is not evident from them."""
    prefix = "tensor("
    notes = []
    array = np.asarray(tensor.array)
    if array.size == 0 and array.ndim != 1:
        notes.append(f"size={tuple(array.shape)}")
    usual = (dtypes.get_default_dtype(), dtypes.get_default_dtype().to_complex(), dtypes.int64, dtypes.bool)
    if tensor.dtype not in usual or (array.size == 0 and tensor.dtype is not dtypes.get_default_dtype()):
        notes.append(f"dtype={tensor.dtype!r}")
    body = "[]" if array.size == 0 else values_text(array, len(prefix))
    grad_fn = tensor.grad_fn
    if grad_fn is not None:
        notes.append(f"grad_fn=<{grad_fn.name()}>")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    text = with_notes(prefix + body, notes, len(prefix))
    return f"Parameter containing:\n{text}" if getattr(tensor, "is_parameter", False) else text


def with_notes(text: str, notes: list[str], indent: int) -> str:
    """The notes after the values, on lines of their own where they would not fit."""
    width = len(text) - text.rfind("\n")
    for note in notes:
        if width + len(note) + 2 > options.linewidth:
            text += ",\n" + " " * indent + note
            width = indent + len(note)
        else:
            text += ", " + note
            width += len(note) + 2
    return text + ")"


def values_text(array: Array, indent: int) -> str:
    """The values as nested brackets, the middle left out where there are too many."""
    shortened = array.size > options.threshold
    shown = edges(array) if shortened else array
    if np.iscomplexobj(array):
        formatter: Any = ComplexFormatter(shown)
    elif array.dtype.kind == "f":
        formatter = FloatFormatter(shown)
    else:
        formatter = PlainFormatter(shown)
    return nested(array, indent, formatter, shortened)


def edges(array: Array) -> Array:
    """The items at the edges of every dimension: what is shown of a large tensor."""
    n = options.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * n:
            array = np.take(array, [*range(n), *range(size - n, size)], axis)
    return array


def nested(array: Array, indent: int, formatter: Any, shortened: bool) -> str:
    """An array of any rank in brackets."""
    if array.ndim == 0:
        return str(formatter(array.item()))
    if array.ndim == 1:
        return row(array, indent, formatter, shortened)
    n = options.edgeitems
    if shortened and len(array) > 2 * n:
        parts = [nested(item, indent + 1, formatter, shortened) for item in array[:n]]
        parts += ["..."]
        parts += [nested(item, indent + 1, formatter, shortened) for item in array[len(array) - n :]]
    else:
        parts = [nested(item, indent + 1, formatter, shortened) for item in array]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def row(array: Array, indent: int, formatter: Any, shortened: bool) -> str:
    """A vector, broken into lines of equal numbers of items."""
    per_line = max(1, (options.linewidth - indent) // (formatter.width + 2))
    n = options.edgeitems
    if shortened and len(array) > 2 * n:
        items = [formatter(v) for v in array[:n].tolist()] + [" ..."]
        items += [formatter(v) for v in array[len(array) - n :].tolist()]
    else:
        items = [formatter(v) for v in array.tolist()]
    lines = [", ".join(items[start : start + per_line]) for start in range(0, len(items), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


class PlainFormatter:
    """Integers and truth values, right-aligned."""

    def __init__(self, shown: Array) -> None:
        self.width = max((len(str(v)) for v in shown.ravel().tolist()), default=1)

    def __call__(self, value: Any) -> str:
        return str(value).rjust(self.width)


class FloatFormatter:
    """Floats: as whole numbers, with a fixed number of digits, or in scientific notation, all alike."""

    def __init__(self, shown: Array) -> None:
        flat = shown.ravel().astype(np.float64)
        finite = flat[np.isfinite(flat) & (flat != 0)]
        self.whole = bool((finite == np.ceil(finite)).all())
        self.scientific = False
        self.width = 1
        if finite.size:
            low, high = np.abs(finite).min(), np.abs(finite).max()
            wide = high / low > 1000 or high > 1e8
            self.scientific = bool(wide or (not self.whole and low < 1e-4))
            if options.sci_mode is not None:
                self.scientific = options.sci_mode
            self.width = max(len(self.bare(value)) for value in finite.tolist())

    def bare(self, value: float) -> str:
        """The value without padding."""
        if self.scientific:
            return f"{value:.{options.precision}e}"
        if self.whole:
            return f"{value:.0f}" + ("." if math.isfinite(value) else "")
        return f"{value:.{options.precision}f}"

    def __call__(self, value: float) -> str:
        return self.bare(value).rjust(self.width)


class ComplexFormatter:
    """Complex numbers: real and imaginary parts formatted each by itself."""

    def __init__(self, shown: Array) -> None:
        self.real, self.imag = FloatFormatter(shown.real), FloatFormatter(shown.imag)
        self.width = self.real.width + self.imag.width + 1

    def __call__(self, value: complex) -> str:
        imag = self.imag(value.imag).strip()
        sign = "" if imag.startswith("-") else "+"
        return f"{self.real(value.real)}{sign}{imag}j"
