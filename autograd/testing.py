"""`torch.testing`: comparing results with what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import Array
from autograd.create import as_tensor
from autograd.tensor import Tensor

__all__ = ["assert_allclose", "assert_close"]

TOLERANCES = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""PyTorch's relative and absolute tolerances; whole numbers must be equal."""

OLDER_TOLERANCES = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}
"""Those of `assert_allclose`."""

NUMBERS = (int, float, complex, np.number)
TRUTHS = (bool, np.bool_)
ARRAYS = (Tensor, np.ndarray)


class Rules(NamedTuple):
    """What counts as close."""

    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_dtype: bool
    table: dict[str, tuple[float, float]] = TOLERANCES

    def tolerances(self, *arrays: Array) -> tuple[float, float]:
        """The relative and the absolute tolerance: those that were given, or what suits the wider of the dtypes."""
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        known = [self.table.get(array.real.dtype.name, (0.0, 0.0)) for array in arrays]
        relative, absolute = (max(bounds) for bounds in zip(*known, strict=True))
        return relative, absolute


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None,
    equal_nan: bool = False, check_device: bool = True, check_dtype: bool = True, check_layout: bool = True,
    check_stride: bool = False, msg: str | Callable[[str], str] | None = None,
) -> None:  # fmt: skip
    """Raise AssertionError unless |actual - expected| <= atol + rtol |expected| everywhere; also for lists and dicts.

    Without tolerances, those that suit the dtype are used. Shapes and dtypes must be the same, too. Raises TypeError
    for things of different kinds, such as a tensor and a number.

    >>> import autograd
    >>> assert_close(autograd.tensor([1.0, 2.0]) / 3 * 3, autograd.tensor([1.0, 2.0]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    rules = Rules(rtol, atol, equal_nan, check_dtype)
    for place, a, b in pairs(actual, expected, ""):
        trouble = difference(a, b, rules)
        if trouble:
            text = trouble + (place and f"\n\nThe failure occurred for item {place}")
            raise AssertionError(msg(text) if callable(msg) else msg or text)


def assert_allclose(actual: Any, expected: Any, rtol: float | None = None, atol: float | None = None) -> None:
    """`assert_close` with NaNs that are equal and dtypes that need not be: its older form."""
    a = array_in(as_tensor(actual))
    b = array_in(expected if isinstance(expected, Tensor) else np.asarray(expected, dtype=a.dtype))
    rules = Rules(rtol, atol, equal_nan=True, check_dtype=False, table=OLDER_TOLERANCES)
    trouble = different_arrays(a, b, rules)
    if trouble:
        raise AssertionError(trouble)


def pairs(actual: Any, expected: Any, place: str) -> Any:
    """The tensors in two nests of lists, tuples and dicts, pair by pair, with their places."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        if actual.keys() != expected.keys():
            missing, additional = list(expected.keys() - actual.keys()), list(actual.keys() - expected.keys())
            raise AssertionError(
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {sorted(missing, key=str)}\n"
                f"Additional keys in the actual mapping: {sorted(additional, key=str)}"
            )
        for key in expected:
            yield from pairs(actual[key], expected[key], f"{place}[{key!r}]")
    elif all(isinstance(value, Sequence) and not isinstance(value, str) for value in (actual, expected)):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for index, (a, b) in enumerate(zip(actual, expected, strict=True)):
            yield from pairs(a, b, f"{place}[{index}]")
    else:
        yield place, actual, expected


def difference(actual: Any, expected: Any, rules: Rules) -> str:
    """What tells two tensors, numbers or truth values apart, or something from None; nothing if they are close."""
    if actual is None or expected is None:
        return "" if actual is expected else f"None mismatch: {actual} is not {expected}"
    if isinstance(actual, TRUTHS) and isinstance(expected, TRUTHS):
        return "" if bool(actual) is bool(expected) else f"Booleans mismatch: {actual} is not {expected}"
    if isinstance(actual, NUMBERS) and isinstance(expected, NUMBERS):
        if rules.check_dtype and type(actual) is not type(expected):
            return f"The (d)types do not match: {type(actual)} != {type(expected)}."
        return different_arrays(np.asarray(actual), np.asarray(expected), rules)
    if any(isinstance(actual, kind) and isinstance(expected, kind) for kind in ARRAYS):
        return different_arrays(array_in(actual), array_in(expected), rules)
    raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")


def array_in(value: Any) -> Array:
    """The array of a tensor, or the array itself."""
    return np.asarray(value.array if isinstance(value, Tensor) else value)


def different_arrays(a: Array, b: Array, rules: Rules) -> str:
    """What tells two arrays apart: how many elements, and by how much at most; nothing if they are close."""
    if a.shape != b.shape:
        shapes = (f"torch.Size({list(shape)})" for shape in (a.shape, b.shape))
        return "The values for attribute 'shape' do not match: {} != {}.".format(*shapes)
    if rules.check_dtype and a.dtype != b.dtype:
        return f"The values for attribute 'dtype' do not match: torch.{a.dtype} != torch.{b.dtype}."
    rtol, atol = rules.tolerances(a, b)
    wrong = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=rules.equal_nan)
    if not wrong.any():
        return ""
    if not a.ndim:
        a, b = np.asarray(a.item()), np.asarray(b.item())  # as numbers of Python's, in double precision
    elif a.dtype.kind in "iub":
        a, b = a.astype(np.int64), b.astype(np.int64)
    with np.errstate(all="ignore"):
        absolute = np.abs(a - b)
        relative = absolute / np.abs(b).astype(np.float32 if a.ndim and b.dtype.kind == "i" else b.real.dtype)
    exact = rtol == atol == 0
    title = f"{'Tensor-likes' if a.ndim else 'Scalars'} are not {'equal' if exact else 'close'}!\n\n"
    if a.ndim:
        title += f"Mismatched elements: {wrong.sum()} / {wrong.size} ({wrong.mean():.1%})\n"
    else:
        title += f"Expected {b.item()} but got {a.item()}.\n"
    return title + "\n".join(
        largest(kind, np.where(wrong, size, 0), None if exact else allowed)
        for kind, size, allowed in (("absolute", absolute, atol), ("relative", relative, rtol))
    )


def largest(kind: str, size: Array, allowed: float | None) -> str:
    """One line: the largest difference, and where it is."""
    note = "" if allowed is None else f" (up to {allowed} allowed)"
    if not size.ndim:
        return f"{kind.title()} difference: {size.item()}{note}"
    place = tuple(int(i) for i in np.unravel_index(np.argmax(size), size.shape))
    return f"Greatest {kind} difference: {size[place].item()} at index {place}{note}"
