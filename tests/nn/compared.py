"""A small program run with our modules and with PyTorch's: all that it yields must be the same.

A program is a generator `program(lib, nn)`. It yields tensors, texts, numbers, containers of these, and
functions: those are called, and of an error its type counts.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import autograd
import nn as our_nn


def plain(value: Any) -> Any:
    """Tensors as arrays, modules and other objects as text."""
    if hasattr(value, "detach"):
        return value.detach().numpy()
    if isinstance(value, dict):
        return [[str(key), plain(each)] for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, type):
        return value.__name__
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def outcome(function: Any) -> Any:
    """What a function gives, or the type of the error that it raises."""
    try:
        return plain(function())
    except Exception as error:
        return f"raises {type(error).__name__}"


def run(program: Any, lib: Any, nn: Any) -> list[Any]:
    """All that a program yields, in plain form."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lib.manual_seed(7)
        is_function = lambda step: callable(step) and not hasattr(step, "parameters")  # noqa: E731
        return [outcome(step) if is_function(step) else plain(step) for step in program(lib, nn)]


def differ(ours: Any, theirs: Any, rtol: float, atol: float) -> str | None:
    """What is different between two plain values; None if nothing is."""
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        if ours.dtype != theirs.dtype or ours.shape != theirs.shape:
            return f"{ours.dtype}{ours.shape} is not {theirs.dtype}{theirs.shape}"
        return None if np.allclose(ours, theirs, rtol, atol, equal_nan=True) else f"{ours}\nis not\n{theirs}"
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return next(filter(None, (differ(a, b, rtol, atol) for a, b in zip(ours, theirs, strict=True))), None)
    if isinstance(ours, float) and isinstance(theirs, float):
        return None if np.isclose(ours, theirs, rtol, atol) else f"{ours} is not {theirs}"
    return None if type(ours) is type(theirs) and ours == theirs else f"{ours!r} is not {theirs!r}"


def assert_same(program: Any, torch: Any, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Both libraries must yield the same."""
    ours, theirs = run(program, autograd, our_nn), run(program, torch, torch.nn)
    assert len(ours) == len(theirs)
    for step, (mine, yours) in enumerate(zip(ours, theirs, strict=True)):
        found = differ(mine, yours, rtol, atol)
        assert found is None, f"step {step}: {found}"
