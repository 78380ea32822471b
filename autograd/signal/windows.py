"""torch.signal.windows: the curves that a piece of a signal is faded in and out with.

A window is M numbers, largest in the middle. A symmetric one (`sym=True`) reads the same from both
ends. A periodic one (`sym=False`), for spectra, is a symmetric one of M + 1 without its last number.
In the formulas N is M or, for a periodic one, M + 1; n counts from 0. A window of one number is 1.

All take dtype=, layout=, device= and requires_grad=, and raise ValueError for a negative M, for a
dtype other than float32 and float64, and for a layout other than strided.

Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform",
Proceedings of the IEEE 66, 1978, compares them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypedDict, Unpack

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.create import chosen, finished
from autograd.formats import strided
from autograd.misuse import speaking
from autograd.tensor import Tensor

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann",
    "kaiser", "nuttall",
]  # fmt: skip

Curve = Callable[[Array, int], Array]
"""A window's values at the places n of N."""


class Options(TypedDict, total=False):
    """What all functions that make a tensor can be asked for."""

    dtype: Any
    layout: Any
    device: Any
    requires_grad: bool


# -- what all have in common -----------------------------------------------------------------------------


def sampled(M: int, sym: bool, curve: Curve) -> Array:  # noqa: N803 (PyTorch's name)
    """The curve's values at M places."""
    if M == 1:
        return np.ones(1)
    return curve(np.arange(M), M if sym else M + 1)


def check_length(name: str, M: Any) -> None:  # noqa: N803
    """Raise TypeError for what is no number of places."""
    if isinstance(M, bool) or not isinstance(M, (int, np.integer)):
        raise TypeError(f"{name}(): the window length must be int, not {type(M).__name__}")


def window(name: str, M: int, sym: bool, curve: Curve, options: Options) -> Tensor:  # noqa: N803
    """The curve's values as a tensor, with the checks of this module."""
    check_length(name, M)
    wanted = chosen(options.get("dtype"))
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if options.get("layout") not in (None, strided):
        raise ValueError(f"{name} is implemented for strided tensors only, got: {options.get('layout')}")
    if wanted not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {wanted!r}")
    return as_asked(sampled(M, sym, curve), options)


def as_asked(values: Array, options: Options) -> Tensor:
    """The values as a new tensor of the dtype, and so on, that was asked for."""
    wanted = chosen(options.get("dtype"))
    return finished(
        values.astype(wanted.dtype),
        wanted,
        device=options.get("device"),
        requires_grad=options.get("requires_grad", False),
    )


def cosines(*coefficients: float) -> Curve:
    """The curve of an alternating sum of cosines: a_0 - a_1 cos(2 pi n / (N - 1)) + a_2 cos(4 pi n / (N - 1)) - ..."""

    def curve(n: Array, N: int) -> Array:  # noqa: N803
        turns = 2 * math.pi * n / (N - 1)
        return sum(((-1) ** k * a * np.cos(k * turns) for k, a in enumerate(coefficients)), np.zeros(len(n)))

    return curve


def triangle(n: Array, N: int) -> Array:  # noqa: N803
    """The curve of a triangle."""
    return 1 - np.abs(2 * n / (N - 1) - 1)


def kaisers(beta: float) -> Curve:
    """Kaiser's curve."""
    return lambda n, N: np.i0(beta * np.sqrt(1 - (2 * n / (N - 1) - 1) ** 2)) / np.i0(beta)  # noqa: N803


HANN, HAMMING, BLACKMAN = (0.5, 0.5), (0.54, 0.46), (0.42, 0.5, 0.08)
NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)


# -- sums of cosines ----------------------------------------------------------------------------------------


@speaking
def general_cosine(M: int, *, a: Any, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """An alternating sum of cosines: a_0 - a_1 cos(2 pi n / (N - 1)) + a_2 cos(4 pi n / (N - 1)) - ...

    Raises TypeError unless `a` holds several numbers, ValueError if it holds none.

    >>> import autograd
    >>> autograd.signal.windows.general_cosine(5, a=[0.5, 0.5])
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    if not hasattr(a, "__iter__"):
        raise TypeError(f"general_cosine: Coefficients must be a list/tuple, got {type(a).__name__}")
    coefficients = tuple(float(number) for number in a)
    if not coefficients:
        raise ValueError("general_cosine: Coefficients cannot be empty")
    return window("general_cosine", M, sym, cosines(*coefficients), options)


@speaking
def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """alpha - (1 - alpha) cos(2 pi n / (N - 1))."""
    return window("general_hamming", M, sym, cosines(alpha, 1 - alpha), options)


@speaking
def hann(M: int, *, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """sin^2(pi n / (N - 1)): 0 at both ends. After Julius von Hann."""
    return window("hann", M, sym, cosines(*HANN), options)


@speaking
def hamming(M: int, *, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """0.54 - 0.46 cos(2 pi n / (N - 1)): not 0 at the ends, for a smaller first side lobe."""
    return window("hamming", M, sym, cosines(*HAMMING), options)


@speaking
def blackman(M: int, *, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """0.42 - 0.5 cos(2 pi n / (N - 1)) + 0.08 cos(4 pi n / (N - 1))."""
    return window("blackman", M, sym, cosines(*BLACKMAN), options)


@speaking
def nuttall(M: int, *, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """A sum of four cosines with side lobes of -98 dB.

    Nuttall, "Some windows with very good sidelobe behavior", IEEE Transactions on Acoustics, Speech,
    and Signal Processing 29, 1981.
    """
    return window("nuttall", M, sym, cosines(*NUTTALL), options)


# -- other curves -------------------------------------------------------------------------------------------


@speaking
def bartlett(M: int, *, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """1 - |2 n / (N - 1) - 1|: a triangle."""
    return window("bartlett", M, sym, triangle, options)


@speaking
def cosine(M: int, *, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """sin(pi (n + 1/2) / N): half a wave."""
    return window("cosine", M, sym, lambda n, N: np.sin(math.pi * (n + 0.5) / N), options)  # noqa: N803


@speaking
def exponential(
    M: int,  # noqa: N803
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    **options: Unpack[Options],
) -> Tensor:
    """exp(-|n - center| / tau), with the center in the middle unless given.

    Raises ValueError unless tau is positive, and for a center given with `sym`.
    """
    if tau <= 0:
        raise ValueError(f"exponential: Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("exponential: Center must be None for symmetric windows: pass sym=False")

    def curve(n: Array, N: int) -> Array:  # noqa: N803
        return np.exp(-np.abs(n - ((N - 1) / 2 if center is None else center)) / tau)

    return window("exponential", M, sym, curve, options)


@speaking
def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """exp(-((n - (N - 1) / 2) / std)^2 / 2). Raises ValueError unless std is positive."""
    if std <= 0:
        raise ValueError(f"gaussian: Standard deviation must be positive, got: {std} instead.")
    return window("gaussian", M, sym, lambda n, N: np.exp(-(((n - (N - 1) / 2) / std) ** 2) / 2), options)  # noqa: N803


@speaking
def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **options: Unpack[Options]) -> Tensor:  # noqa: N803
    """I_0(beta sqrt(1 - (2 n / (N - 1) - 1)^2)) / I_0(beta): close to the least energy outside the main lobe.

    Raises ValueError for a negative beta. Kaiser and Schafer, "On the use of the I_0-sinh window for
    spectrum analysis", IEEE Transactions on Acoustics, Speech, and Signal Processing 28, 1980.
    """
    if beta < 0:
        raise ValueError(f"kaiser: beta must be non-negative, got: {beta} instead.")
    return window("kaiser", M, sym, kaisers(beta), options)
