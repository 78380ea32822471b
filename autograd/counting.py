"""Tensors of numbers in a row: counted, or evenly spaced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.create import dtype_for, finished, refuse_unknown
from autograd.dtypes import get_default_dtype
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.tensor import Tensor


@speaking
def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    out: Any = None,
    **options: Any,
) -> Tensor:
    """The numbers from start (0 unless given) up to, but without, end: start, start + step, ...

    Integers unless one of the three is a float. With an integer dtype they are cut to whole numbers first.

    >>> import autograd
    >>> autograd.arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    refuse_unknown("arange", options)
    start, end = (0, start) if end is None else (0 if start is None else start, end)
    start, end, step = (number(v, "arange") for v in (start, end, step))
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"arange: unsupported range: {start} -> {end}")
    are_whole = all(isinstance(v, (int, np.integer)) for v in (start, end, step))
    d = dtype_for(dtype, out, "arange", dtypes.int64 if are_whole else None)
    if step == 0:
        raise RuntimeError("arange: step must be nonzero")
    if d.category == dtypes.INTEGER and not int(step):
        raise ValueError(f"arange: step must be nonzero, but {step} becomes 0 as {d.name}")
    if d.category == dtypes.INTEGER:
        start, end, step = int(start), int(end), int(step)
    if (end - start) / step < 0:
        raise RuntimeError(
            f"arange: upper bound and lower bound inconsistent with step sign: {start} to {end} by {step}"
        )
    count = math.ceil((end - start) / step)
    numbers = start + step * np.arange(count, dtype=np.int64 if isinstance(start + step, int) else np.float64)
    return finished(numbers.astype(d.dtype), d, device=device, requires_grad=requires_grad, out=out, name="arange")


def number(value: Any, name: str) -> Any:
    """A Python number, or what a tensor of rank 0 holds."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"{name}(): tensors among its limits must have no dimensions, got {tuple(value.shape)}")
        return value.item()
    if not isinstance(value, (int, float, complex, np.number)):
        raise TypeError(f"{name}(): expected a number, got {value!r}")
    return value


@speaking
def range_(start: Any, end: Any, step: Any = 1, **kwargs: Any) -> Tensor:
    """PyTorch's old `range`, which includes the end; in the default dtype, also for ints. Use `arange`."""
    warn_caller("range() is deprecated, because it includes its end: use arange(), which does not")
    if (end - start) * step < 0:
        raise RuntimeError(
            f"range(): upper bound and lower bound inconsistent with step sign: {start} to {end} by {step}"
        )
    return arange(start, end + step / 2, step, dtype=kwargs.pop("dtype", get_default_dtype()), **kwargs)


@speaking
def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    out: Any = None,
    **options: Any,
) -> Tensor:
    """`steps` numbers from start to end, both included, evenly spaced; an integer dtype cuts off their fractions.

    >>> import autograd
    >>> autograd.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    refuse_unknown("linspace", options)
    d = dtype_for(dtype, out, "linspace")
    numbers = evenly_spaced(start, end, steps, d, "linspace")
    return finished(numbers.astype(d.dtype), d, device=device, requires_grad=requires_grad, out=out, name="linspace")


def evenly_spaced(start: Any, end: Any, steps: int, d: Any, name: str) -> Array:
    """Evenly spaced numbers in double precision, between limits that the dtype can hold."""
    if not isinstance(steps, (int, np.integer)) or isinstance(steps, bool):
        raise TypeError(f"{name}(): argument 'steps' must be int, not {type(steps).__name__}")
    if steps < 0:
        raise RuntimeError(f"{name}: number of steps must be non-negative, got {steps}")
    first, last = (number(v, name) for v in (start, end))
    if d.category == dtypes.INTEGER:
        first, last = int(first), int(last)
    return np.linspace(first, last, steps, dtype=np.complex128 if d.is_complex else np.float64)


@speaking
def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    out: Any = None,
    **options: Any,
) -> Tensor:
    """`steps` numbers from base**start to base**end, evenly spaced on a logarithmic scale.

    >>> import autograd
    >>> autograd.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    refuse_unknown("logspace", options)
    d = dtype_for(dtype, out, "logspace")
    powers = base ** evenly_spaced(start, end, steps, d, "logspace")
    return finished(powers.astype(d.dtype), d, device=device, requires_grad=requires_grad, out=out, name="logspace")
