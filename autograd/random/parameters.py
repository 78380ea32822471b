"""The parameters of random functions, checked before anything is drawn.

A call that raises leaves the stream where it stood: with the same seed, the numbers that come after
an error that was caught are those that would have come without it.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.apply import check_out, write_out
from autograd.dtypes import dtype
from autograd.graph import warn_caller
from autograd.inplace import check_writable
from autograd.random.generator import Generator, default_generator
from autograd.tensor import Tensor, tensor_of


def source(generator: Any, name: str) -> Generator:
    """The generator to draw from."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"{name}(): argument 'generator' must be Generator, not {type(generator).__name__}")
    return generator


def number(value: Any, name: str, argument: str) -> float:
    """A parameter as a Python float."""
    is_scalar = isinstance(value, Tensor) and value.ndim == 0 and not value.is_complex()
    if is_scalar or isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    raise TypeError(f"{name}(): argument '{argument}' must be float, not {type(value).__name__}")


def whole_number(value: Any, name: str, argument: str) -> int:
    """A parameter as a Python int."""
    if isinstance(value, float) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}(): argument '{argument}' must be int, not {type(value).__name__}")
    found: int = value.__index__()
    if not -(2**63) <= found < 2**63:
        raise ValueError(f"{name}(): Overflow when unpacking long long: {argument}={found} is not in [-2**63, 2**63)")
    return found


KINDS = {
    "f": "floating-point",
    "fc": "floating-point or complex",
    "iuf": "integer or floating-point",
    "biuf": "bool, integer or floating-point",
}


def check_kind(d: dtype, kinds: str, name: str) -> None:
    """Raise unless the dtype's kind ("b", "i", "u", "f" or "c") is one that the law has numbers of."""
    if d.dtype.kind not in kinds:
        raise RuntimeError(f"{name}(): not implemented for {d.name} tensors: use a dtype that is {KINDS[kinds]}")


def check_out_first(out: Any, d: dtype, name: str) -> None:
    """Raise for an `out=` that can't take numbers of this dtype, before any are drawn."""
    if out is not None:
        check_out(SimpleNamespace(name=name), tensor_of(np.empty(0, d.dtype), d), out)
        check_writable(out, name)


def written(drawn: Tensor, out: Any, name: str) -> Tensor:
    """What was drawn; in `out`, if that is given."""
    result: Tensor = drawn if out is None else write_out(SimpleNamespace(name=name), drawn, out)
    return result


def nonnegative_std(std: float) -> float:
    """A standard deviation, checked."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    return std


def per_part(std: float, d: dtype) -> float:
    """The standard deviation of each part of a number: real and imaginary parts share a complex one's variance."""
    return std / math.sqrt(2) if d.is_complex else std


def integer_range(low: int, high: int | None, d: dtype, name: str) -> tuple[int, int]:
    """The first of the whole numbers from [low, high) and how many there are, if the dtype can hold them."""
    if d.is_complex:
        raise RuntimeError(f"{name}(): handles only integral, floating-point and boolean types, not {d.name}")
    if high is None and low == -(2**63):
        if d not in (dtypes.int64, dtypes.float32, dtypes.float64):
            raise RuntimeError(f"{name}(): all of 64 bits fit only int64, float32 and float64, not {d.name}")
        return low, 2**64
    smallest, largest, exact = limits(d)
    high = min(largest, exact) + 1 if high is None else high
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    for bound, which in ((low, "from"), (high - 1, "to - 1")):
        if not smallest <= bound <= largest:
            raise RuntimeError(f"{name}(): {which} is out of bounds for {d.name}: {bound}")
        if abs(bound) > exact:
            warn_caller(
                f"{name}(): {which} is out of bounds [-{exact}, {exact}], outside of which {d.name} can't hold every "
                f"whole number, so some of them will never be drawn ({which} is {bound})"
            )
    if d.is_floating_point:
        low, high = moved_inward(low, high, d)
    return low, high - low


def limits(d: dtype) -> tuple[int, int, int]:
    """The smallest and the largest whole number of a dtype, and up to where it can tell each from the next."""
    if d.is_floating_point:
        largest = int(np.finfo(d.dtype).max)
        return -largest, largest, 2 ** (np.finfo(d.dtype).nmant + 1)
    if d is dtypes.bool:
        return 0, 1, 1
    info = np.iinfo(d.dtype)
    largest = min(int(info.max), 2**63 - 1)  # also of uint64: the numbers are made as int64
    return int(info.min), largest, 2**63


def moved_inward(low: int, high: int, d: dtype) -> tuple[int, int]:
    """[low, high) without the numbers at its ends that would be rounded out of it as floats."""

    def gap(value: int) -> int:
        return int(2 ** max(0, value.bit_length() - 1 - np.finfo(d.dtype).nmant))

    first, last = int(d.type(low + 1)), int(d.type(high - 1))
    return first + gap(low + 1) if first < low else low, last - gap(high - 1) if last >= high else high
