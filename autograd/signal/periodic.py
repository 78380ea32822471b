"""PyTorch's older window functions, `hann_window` and its kin: periodic unless asked otherwise.

The curves are those of `autograd.signal.windows`. All take dtype=, layout=, device= and
requires_grad=, and raise RuntimeError for a negative length, a dtype that is not floating, and a
layout other than strided.
"""

from __future__ import annotations

from typing import Unpack

from autograd.create import chosen
from autograd.formats import strided
from autograd.misuse import speaking
from autograd.signal.windows import (
    BLACKMAN,
    HANN,
    Curve,
    Options,
    as_asked,
    check_length,
    cosines,
    kaisers,
    sampled,
    triangle,
)
from autograd.tensor import Tensor

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]


class MoreOptions(Options, total=False):
    """What these functions accept besides, for the sake of programs that give it."""

    pin_memory: bool


def made(name: str, window_length: int, is_periodic: bool, curve: Curve, options: MoreOptions) -> Tensor:
    """The curve's values as a tensor, with the checks of this module."""
    check_length(name, window_length)
    wanted = chosen(options.get("dtype"))
    if window_length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
    if options.get("layout") not in (None, strided):
        raise RuntimeError(f"{name} is not implemented for sparse types, got: {options.get('layout')}")
    if not wanted.is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {wanted!r}")
    return as_asked(sampled(window_length, not is_periodic, curve), options)


@speaking
def hann_window(window_length: int, periodic: bool = True, **options: Unpack[MoreOptions]) -> Tensor:
    """sin^2(pi n / (N - 1)), with N = window_length + 1, or without `periodic` window_length.

    >>> import autograd
    >>> autograd.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return made("hann_window", window_length, periodic, cosines(*HANN), options)


@speaking
def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, **options: Unpack[MoreOptions]
) -> Tensor:
    """alpha - beta cos(2 pi n / (N - 1))."""
    return made("hamming_window", window_length, periodic, cosines(alpha, beta), options)


@speaking
def blackman_window(window_length: int, periodic: bool = True, **options: Unpack[MoreOptions]) -> Tensor:
    """0.42 - 0.5 cos(2 pi n / (N - 1)) + 0.08 cos(4 pi n / (N - 1))."""
    return made("blackman_window", window_length, periodic, cosines(*BLACKMAN), options)


@speaking
def bartlett_window(window_length: int, periodic: bool = True, **options: Unpack[MoreOptions]) -> Tensor:
    """1 - |2 n / (N - 1) - 1|: a triangle."""
    return made("bartlett_window", window_length, periodic, triangle, options)


@speaking
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, **options: Unpack[MoreOptions]
) -> Tensor:
    """I_0(beta sqrt(1 - (2 n / (N - 1) - 1)^2)) / I_0(beta)."""
    return made("kaiser_window", window_length, periodic, kaisers(beta), options)
