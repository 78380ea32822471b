"""`torch.testing`: comparing results with what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.create import as_tensor
from autograd.tensor import Tensor

__all__ = ["assert_allclose", "assert_close"]

TOLERANCES = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""PyTorch's relative and absolute tolerances; whole numbers must be equal."""


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None,
    equal_nan: bool = False, check_device: bool = True, check_dtype: bool = True, check_layout: bool = True,
    check_stride: bool = False, msg: str | Callable[[str], str] | None = None,
) -> None:  # fmt: skip
    """Raise AssertionError unless |actual - expected| <= atol + rtol |expected| everywhere; also for lists and dicts.

    Without tolerances, those that suit the dtype are used. Shapes and dtypes must be the same, too.

    >>> import autograd
    >>> assert_close(autograd.tensor([1.0, 2.0]) / 3 * 3, autograd.tensor([1.0, 2.0]))
    """
    for place, a, b in pairs(actual, expected, ""):
        trouble = difference(a, b, rtol, atol, equal_nan, check_dtype)
        if trouble:
            text = f"{trouble}{place and f' The failure occurred for item {place}'}"
            raise AssertionError(msg(text) if callable(msg) else msg or text)


def assert_allclose(actual: Any, expected: Any, rtol: float | None = None, atol: float | None = None) -> None:
    """`assert_close` with NaNs that are equal and dtypes that need not be: its older form."""
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=True, check_dtype=False)


def pairs(actual: Any, expected: Any, place: str) -> Any:
    """The tensors in two nests of lists, tuples and dicts, pair by pair, with their places."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        if actual.keys() != expected.keys():
            raise AssertionError(f"The keys of the mappings do not match: {sorted(actual)} and {sorted(expected)}")
        for key in expected:
            yield from pairs(actual[key], expected[key], f"{place}[{key!r}]")
    elif isinstance(expected, Sequence) and isinstance(actual, Sequence) and not isinstance(expected, str):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for index, (a, b) in enumerate(zip(actual, expected, strict=True)):
            yield from pairs(a, b, f"{place}[{index}]")
    else:
        yield place, actual, expected


def difference(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, check_dtype: bool
) -> str:
    """What tells two tensors, or numbers, apart; nothing if they are close."""
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    a, b = (value if isinstance(value, Tensor) else as_tensor(value) for value in (actual, expected))
    if a.shape != b.shape:
        return f"The values for attribute 'shape' do not match: {a.shape!r} != {b.shape!r}."
    if check_dtype and a.dtype is not b.dtype and isinstance(actual, Tensor):
        return f"The values for attribute 'dtype' do not match: {a.dtype!r} != {b.dtype!r}."
    known = [TOLERANCES.get(t.dtype.to_real().name if t.dtype.is_complex else t.dtype.name, (0.0, 0.0)) for t in (a, b)]
    relative, absolute = (max(bounds) for bounds in zip(*known, strict=True))
    relative, absolute = relative if rtol is None else rtol, absolute if atol is None else atol
    x, y = np.asarray(a.array), np.asarray(b.array)
    wrong = ~np.isclose(x, y, rtol=relative, atol=absolute, equal_nan=equal_nan)
    if not wrong.any():
        return ""
    kind = "Tensor-likes" if isinstance(actual, Tensor) else "Scalars"
    largest = np.max(np.abs(np.subtract(x, y, dtype=np.promote_types(x.dtype, np.float64))))
    return (
        f"{kind} are not close!\n\nMismatched elements: {wrong.sum()} / {wrong.size} ({100 * wrong.mean():.1f}%)\n"
        f"Greatest absolute difference: {largest:g} (up to {absolute:g} allowed)\nRelative tolerance: {relative:g}"
    )
