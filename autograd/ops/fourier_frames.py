"""The short-time Fourier transform: how strong each frequency of a signal is at each time; and its inverse.

The signal is cut into overlapping frames, each faded in and out by a window, and each frame is
transformed. The inverse adds the frames up again where they were.
"""

from __future__ import annotations

from autograd.cases import case, sample
from autograd.derived import derived
from autograd.dtypes import float16
from autograd.graph import warn_caller
from autograd.ops.complex import view_as_real
from autograd.ops.fourier import _fft_c2c, _fft_c2r, _fft_r2c, as_floating
from autograd.ops.joining import _constant_pad
from autograd.ops.padding import RULES, pad_from_inside
from autograd.ops.striding import _unfold, _unfold_adjoint
from autograd.tensor import Tensor

FAINT = 1e-11
"""What windows must add up to, to divide by it."""

SIGNALS = (
    case((2, 20), sample((8,), 0.3, 1.0), n_fft=8, hop_length=2, win_length=8, return_complex=True),
    case(
        (19,),
        sample((5,), 0.3, 1.0),
        n_fft=7,
        hop_length=3,
        win_length=5,
        center=False,
        normalized=True,
        return_complex=True,
    ),
    case(
        sample((20,), kind="complex"), sample((6,), 0.3, 1.0), n_fft=6, hop_length=2, win_length=6, pad_mode="constant"
    ),
)
SPECTRA = (
    case(sample((2, 5, 6), kind="complex"), sample((8,), 0.3, 1.0), n_fft=8, hop_length=2, win_length=8),
    case(
        sample((5, 6), kind="complex"),
        sample((6,), 0.3, 1.0),
        n_fft=8,
        hop_length=3,
        win_length=6,
        normalized=True,
        length=14,
    ),
    case(
        sample((6, 5), kind="complex"),
        sample((6,), 0.3, 1.0),
        n_fft=6,
        hop_length=2,
        win_length=6,
        center=False,
        return_complex=True,
    ),
)


@derived(r"z_{kt} = \sum_j w_j x_{ht + j} e^{-2 \pi i j k / n}", cases=SIGNALS)
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The short-time Fourier transform of a signal, or of a batch of them: frequencies by times.

    Args:
        input: the signal, of shape (L) or (B, L).
        n_fft: the size of a frame.
        hop_length: how far apart frames are; a quarter of their size unless given.
        win_length, window: what frames are multiplied with, filled up with zeros on both sides;
            ones unless given.
        center: let frame t have its middle at t * hop_length, for which the signal is extended by
            n_fft // 2 at both ends; else its start.
        pad_mode: with what: "reflect", "replicate", "circular" or "constant".
        normalized: divide by the square root of n_fft.
        onesided: return only the frequencies that determine the others, as can be done for real
            signals, and is unless something else is asked for.
        return_complex: must be given for a real signal: True for a complex result, False for the
            real and imaginary parts in a new last dimension.
        align_to_window: without `center`, let frames start where the window does.

    Returns shape (F, T) or (B, F, T). Raises RuntimeError for sizes that don't fit together.

    Allen, "Short term spectral analysis, synthesis, and modification by discrete Fourier transform",
    IEEE Transactions on Acoustics, Speech, and Signal Processing 25, 1977.

    >>> import math, autograd
    >>> x = autograd.cos(autograd.arange(32) * math.pi / 2)  # a quarter of a turn each step
    >>> autograd.stft(x, 8, window=autograd.hann_window(8), return_complex=True).abs()[:, 4].round(decimals=3)
    tensor([0., 1., 2., 1., 0.])
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    complex_signal = input.is_complex() or (window is not None and window.is_complex())
    check_options(complex_signal, center, onesided, return_complex, align_to_window)
    check_signal(input, n_fft)
    signal = input if input.ndim > 1 else input.reshape(1, -1)
    if center:
        signal = extended(signal, n_fft // 2, pad_mode)
    check_frames("stft", n_fft, hop, length, window)
    if align_to_window:
        signal = extended(signal, (n_fft - length) // 2, "constant")
    if n_fft > signal.shape[1]:
        raise RuntimeError(
            f"stft: expected 0 < n_fft <= {signal.shape[1]}, the length of the signal, but got n_fft={n_fft}"
        )
    frames = _unfold(signal, 1, n_fft, hop) * whole_window(window, length, n_fft, signal)
    halved = not complex_signal and onesided is not False
    times_last = spectra(frames, "ortho" if normalized else "backward", halved).transpose(1, 2)
    result = times_last if input.ndim > 1 else times_last[0]
    return view_as_real(result) if return_complex is False else result


def spectra(frames: Tensor, norm: str, halved: bool) -> Tensor:
    """The transform of each frame; `halved`: without what real numbers make superfluous."""
    if halved:
        half: Tensor = _fft_r2c(frames, 2, norm)
        return half
    whole: Tensor = _fft_c2c(frames.to(frames.dtype.to_complex()), (2,), norm, False)
    return whole


def check_options(
    complex_signal: bool, center: bool, onesided: bool | None, return_complex: bool | None, align: bool | None
) -> None:
    """Raise for options that contradict each other, or are missing."""
    if return_complex is None and not complex_signal:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs: return_complex=True for a complex "
            "result"
        )
    if center and align is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if complex_signal and onesided:
        raise RuntimeError("stft: Cannot have onesided output if window or input is complex")


def check_signal(signal: Tensor, n_fft: int) -> None:
    """Raise for what is no signal, or batch of signals, of floats."""
    if signal.dtype is float16 or not (signal.is_floating_point() or signal.is_complex()):
        raise RuntimeError(
            f"stft: expected a tensor of floating point or complex values, got {signal.dtype.name}: use .float()"
        )
    if signal.ndim not in (1, 2):
        raise RuntimeError(
            f"stft: expected a 1D or 2D tensor, got shape {tuple(signal.shape)}: flatten the batch to one dimension"
        )
    if n_fft <= 0:
        raise RuntimeError(
            f"stft: expected 0 < n_fft <= {signal.shape[-1]}, the length of the signal, but got n_fft={n_fft}"
        )


def check_frames(name: str, n_fft: int, hop: int, length: int, window: Tensor | None) -> None:
    """Raise unless hop, window and frame fit together."""
    if hop <= 0 or (name == "istft" and hop > length):
        limit = " and <= win_length" if name == "istft" else ""
        raise RuntimeError(
            f"{name}: expected hop_length > 0{limit}, but got hop_length={hop} for win_length={length}, n_fft={n_fft}"
        )
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}, n_fft={n_fft}")
    if window is not None and tuple(window.shape) != (length,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got window with size "
            f"{list(window.shape)}"
        )


def extended(signal: Tensor, rim: int, mode: str) -> Tensor:
    """Each signal with a rim at both ends."""
    if mode != "constant" and mode not in RULES:
        raise NotImplementedError(f"stft: Unrecognised padding mode {mode}: there are constant, {', '.join(RULES)}")
    if mode != "constant":
        return pad_from_inside(signal, (rim, rim), mode)
    padded: Tensor = _constant_pad(signal, (0, rim), (0, rim), 0.0)
    return padded


def whole_window(window: Tensor | None, length: int, n_fft: int, signal: Tensor) -> Tensor:
    """The window with zeros on both sides, as long as a frame."""
    if window is None:
        warn_caller(
            "A window was not provided. A rectangular window will be applied, which cuts frames off abruptly and so "
            "smears frequencies (spectral leakage): pass window=autograd.hann_window(win_length), or ones to keep it",
        )
        window = signal.new_ones(length, dtype=signal.real.dtype)
    before = (n_fft - length) // 2
    padded: Tensor = _constant_pad(as_floating(window), (before,), (n_fft - length - before,), 0.0)
    return padded


@derived(r"z_i = \frac{\sum_t w_{i - ht} \hat x_{t, i - ht}}{\sum_t w_{i - ht}^2}", cases=SPECTRA)
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The inverse of `stft`: the signal whose transform comes closest to the given one.

    The arguments are those of `stft`; `length` is that of the signal, which its frames alone don't
    tell. Raises RuntimeError where the windows leave out some time, for which nothing is known.

    Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE
    Transactions on Acoustics, Speech, and Signal Processing 32, 1984.
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    onesided = check_spectrum(input, n_fft, onesided)
    check_frames("istft", n_fft, hop, win_length, window)
    if not return_complex and window is not None and window.is_complex():
        raise RuntimeError("istft: Complex windows are incompatible with return_complex=False")
    if return_complex and onesided:
        raise RuntimeError("istft: Cannot have onesided output if window or input is complex: pass onesided=False")
    batch = input if input.ndim > 2 else input.reshape(1, *input.shape)
    spectrum, norm = batch.transpose(1, 2), "ortho" if normalized else "backward"
    if return_complex:
        frames = _fft_c2c(spectrum, (2,), norm, True)
    else:
        frames = _fft_c2r(spectrum[..., : n_fft // 2 + 1], 2, n_fft, norm)
    whole = whole_window(window, win_length, n_fft, frames)
    signal = overlap_added(frames, whole, hop, n_fft // 2 if center else 0, length)
    return signal if input.ndim > 2 else signal[0]


def check_spectrum(spectrum: Tensor, n_fft: int, onesided: bool | None) -> bool:
    """Whether this is half of a transform; RuntimeError where it is none."""
    if not spectrum.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True, got "
            f"{spectrum.dtype.name}: view_as_complex() makes one of pairs"
        )
    if spectrum.ndim not in (2, 3):
        raise RuntimeError(f"istft: expected a tensor with 2 or 3 dimensions, but got {spectrum.ndim}")
    if spectrum.numel() == 0:
        raise RuntimeError(f"istft: input tensor cannot be empty, got shape {tuple(spectrum.shape)}")
    found = spectrum.shape[-2]
    half = found != n_fft if onesided is None else onesided
    wanted = n_fft // 2 + 1 if half else n_fft
    if found != wanted:
        raise RuntimeError(
            "istft: expected the frequency dimension of the input tensor to match "
            f"n_fft{' / 2 + 1' if half else ''} = {wanted} when onesided={half}, but got {found}"
        )
    return half


def overlap_added(frames: Tensor, window: Tensor, hop: int, start: int, length: int | None) -> Tensor:
    """The frames, windowed, added up where they were, over what the window's square adds up to there."""
    batch, count, n_fft = frames.shape
    total = n_fft + hop * (count - 1)
    end = total - start if length is None else start + length
    signal: Tensor = _unfold_adjoint(frames * window, (batch, total), 1, n_fft, hop)[:, start:end]
    envelope: Tensor = _unfold_adjoint((window * window).expand(1, count, n_fft), (1, total), 1, n_fft, hop)[
        :, start:end
    ]
    if not envelope.numel() or envelope.detach().abs().min().item() < FAINT:
        raise RuntimeError(
            f"istft: window overlap add min is less than {FAINT}: between {start} and {end} the windows (hop {hop}, "
            f"frame {n_fft}) leave times out, or nothing remains. Pass a smaller hop_length, a window without zeros at "
            "its ends, or center=True, which cuts off the ends where they fade out"
        )
    known = signal / envelope
    if end <= total:
        return known
    warn_caller(
        f"The length of signal is shorter than the length parameter: {end - total} zeros are added at its end. Check "
        "center and hop_length",
    )
    filled_up: Tensor = _constant_pad(known, (0, 0), (0, end - total), 0.0)
    return filled_up
