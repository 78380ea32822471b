"""Fourier transforms, short-time ones too, and windows: closed forms, identities, PyTorch's answers, what is refused.

What the registry drives (gradients, shapes, dtypes of every transform) is in the tests of ops.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import autograd
from autograd import fft
from autograd.signal import windows

NORMS = ("backward", "ortho", "forward")
LINES = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")


@pytest.fixture
def signal(rng):
    """Twelve complex numbers."""
    return autograd.tensor(rng.normal(size=12) + 1j * rng.normal(size=12))


@pytest.fixture
def numbers(rng):
    """A batch of real signals."""
    return autograd.tensor(rng.normal(size=(3, 10)))


def assert_close(a, b, tolerance=1e-12):
    """Two tensors, or a tensor and an array, that must agree."""
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)


# -- closed forms -------------------------------------------------------------------------------------------


def test_an_impulse_has_all_frequencies():
    impulse = autograd.zeros(8, dtype=autograd.complex128)
    impulse[3] = 1
    turns = np.exp(-2j * math.pi * 3 * np.arange(8) / 8)
    assert_close(fft.fft(impulse), turns)


def test_a_wave_has_one_frequency():
    time = autograd.arange(16, dtype=autograd.float64)
    found = fft.rfft((2 * math.pi * 3 * time / 16).cos())
    expected = np.zeros(9)
    expected[3] = 8
    assert_close(found, expected)


def test_transform_is_multiplication_by_its_matrix(signal):
    n = len(signal)
    matrix = np.exp(-2j * math.pi * np.outer(np.arange(n), np.arange(n)) / n)
    assert_close(fft.fft(signal), matrix @ signal.numpy())
    assert_close(fft.fft(signal, norm="ortho"), matrix @ signal.numpy() / math.sqrt(n))
    assert_close(fft.ifft(signal), matrix.conj() @ signal.numpy() / n)


def test_gradient_is_the_adjoint_matrix(signal):
    """With the cotangent g, the gradient of F x is F^* g."""
    n = len(signal)
    x = signal.requires_grad_()
    g = np.exp(1j * np.arange(n))
    (found,) = autograd.grad(fft.fft(x), x, autograd.tensor(g))
    matrix = np.exp(-2j * math.pi * np.outer(np.arange(n), np.arange(n)) / n)
    assert_close(found, matrix.conj().T @ g)


# -- identities ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", NORMS)
def test_parseval(signal, norm):
    n = len(signal)
    factor = {"backward": n, "ortho": 1, "forward": 1 / n}[norm]
    assert_close((fft.fft(signal, norm=norm).abs() ** 2).sum(), factor * (signal.abs() ** 2).sum())


def test_parseval_by_gradients(signal):
    """The energy of the spectrum is n times the signal's, and so its gradient is 2 n x."""
    x = signal.requires_grad_()
    (fft.fft(x).abs() ** 2).sum().backward()
    assert_close(x.grad, 2 * len(signal) * signal.detach())


@pytest.mark.parametrize("norm", [None, *NORMS])
@pytest.mark.parametrize("size", [1, 2, 7, 10, 13])
def test_inverses_undo(numbers, norm, size):
    z = autograd.complex(numbers, numbers * 2)[:, :size]
    real = numbers[:, :size]
    padded = autograd.nn.functional.pad(real, (0, max(size - 10, 0)))
    n = padded.shape[1]
    assert_close(fft.ifft(fft.fft(z, norm=norm), norm=norm), z)
    assert_close(fft.irfft(fft.rfft(padded, norm=norm), n=n, norm=norm), padded)
    assert_close(fft.hfft(fft.ihfft(padded, norm=norm), n=n, norm=norm), padded)


@pytest.mark.parametrize("norm", [None, *NORMS])
def test_inverses_undo_in_several_dimensions(rng, norm):
    x = autograd.tensor(rng.normal(size=(3, 4, 5)))
    z = autograd.complex(x, -x)
    assert_close(fft.ifft2(fft.fft2(z, norm=norm), norm=norm), z)
    assert_close(fft.ifftn(fft.fftn(z, norm=norm), norm=norm), z)
    assert_close(fft.irfft2(fft.rfft2(x, norm=norm), s=x.shape[1:], norm=norm), x)
    assert_close(fft.irfftn(fft.rfftn(x, norm=norm), s=x.shape, norm=norm), x)
    assert_close(fft.hfft2(fft.ihfft2(x, norm=norm), s=x.shape[1:], norm=norm), x)
    assert_close(fft.hfftn(fft.ihfftn(x, norm=norm), s=x.shape, norm=norm), x)


def test_several_dimensions_are_one_after_the_other(rng):
    x = autograd.tensor(rng.normal(size=(3, 4, 5)))
    assert_close(fft.fftn(x), fft.fft(fft.fft(fft.fft(x, dim=0), dim=1), dim=2))
    assert_close(fft.fft2(x, dim=(0, 2)), fft.fft(fft.fft(x, dim=2), dim=0))
    assert_close(fft.rfftn(x, dim=(1, 0)), fft.fft(fft.rfft(x, dim=0), dim=1))


def test_half_of_a_real_transform(numbers):
    whole = fft.fft(numbers)
    assert_close(fft.rfft(numbers), whole[:, :6])
    assert_close(whole[:, 1:].conj(), whole[:, 1:].flip(1))
    assert_close(fft.ihfft(numbers), fft.ifft(numbers)[:, :6])


def test_convolution_theorem(signal):
    n = len(signal)
    other = signal.flip(0) * 2
    around = [sum(signal[j] * other[(k - j) % n] for j in range(n)).item() for k in range(n)]
    assert_close(fft.ifft(fft.fft(signal) * fft.fft(other)), around)


def test_shift_theorem(signal):
    k = np.arange(len(signal))
    assert_close(fft.fft(signal.roll(2)), fft.fft(signal).numpy() * np.exp(-2j * math.pi * 2 * k / len(k)))


def test_sizes_cut_off_and_fill_up(numbers):
    assert_close(fft.fft(numbers, n=4), fft.fft(numbers[:, :4]))
    longer = autograd.cat([numbers, autograd.zeros(3, 5, dtype=autograd.float64)], 1)
    assert_close(fft.fft(numbers, n=15), fft.fft(longer))
    assert_close(fft.fftn(numbers, s=(2, 15)), fft.fftn(longer[:2]))
    assert_close(fft.fftn(numbers, s=(-1, 15)), fft.fftn(longer))


# -- the order of the frequencies ---------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 4, 5])
def test_frequencies_in_order(n):
    """Shifted, they ascend in steps of 1 / (n d), with 0 in the middle."""
    shifted = fft.fftshift(fft.fftfreq(n, d=0.5, dtype=autograd.float64))
    assert_close(shifted, (np.arange(n) - n // 2) / (n * 0.5))
    assert_close(fft.ifftshift(shifted), fft.fftfreq(n, d=0.5, dtype=autograd.float64))
    assert_close(fft.rfftfreq(n, d=0.5), np.arange(n // 2 + 1) / (n * 0.5), 1e-6)


def test_frequencies_name_the_spectrum():
    """The strongest frequency of a wave of 3 Hz is called 3 Hz."""
    step = 1 / 64
    time = autograd.arange(128) * step
    spectrum = fft.rfft((2 * math.pi * 3 * time).sin()).abs()
    assert fft.rfftfreq(128, d=step)[spectrum.argmax()].item() == 3


# -- NumPy's and PyTorch's answers --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in fft.__all__ if "freq" not in n and hasattr(np.fft, n)])
def test_numpy_functions_lead_here(name, numbers):
    found = getattr(np.fft, name)(numbers)
    assert isinstance(found, autograd.Tensor)
    assert_close(found, getattr(np.fft, name)(numbers.numpy()))


def test_numpy_axes():
    x = autograd.arange(24.0).reshape(2, 3, 4)
    assert_close(np.fft.fftn(x, axes=(0, 1)), np.fft.fftn(x.numpy(), axes=(0, 1)), 1e-5)


KINDS = {"float32": 1e-5, "float64": 1e-12, "complex64": 1e-5, "complex128": 1e-12, "int64": 1e-5, "bool": 1e-5}


REAL_ONLY = ("rfft", "ihfft")
CALLS = [(name, kind) for name in LINES for kind in KINDS if not (name in REAL_ONLY and kind.startswith("complex"))]


@pytest.mark.parametrize(("name", "dtype"), CALLS)
def test_agrees_with_torch(name, dtype, torch, rng):
    x = (rng.normal(size=(4, 5)) * 3 + (1j if "complex" in dtype else 0)).astype(dtype)
    for n, dim, norm in itertools.product((None, 1, 4, 7), (0, -1), (None, *NORMS)):
        ours = getattr(fft, name)(autograd.tensor(x), n, dim, norm)
        theirs = getattr(torch.fft, name)(torch.tensor(x), n, dim, norm).resolve_conj()
        assert str(ours.dtype) == str(theirs.dtype)
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=KINDS[dtype], atol=KINDS[dtype])


def test_empty_batches():
    x = autograd.zeros(0, 4)
    assert fft.fft(x).shape == (0, 4)
    assert fft.rfft(x).shape == (0, 3)
    assert fft.irfft(x).shape == (0, 6)


X = autograd.ones(3, 4)
REFUSED = [
    (lambda: fft.fft(X, n=0), RuntimeError, r"Invalid number of data points \(0\)"),
    (lambda: fft.irfft(X[:, :1]), RuntimeError, "Invalid number of data points"),
    (lambda: fft.fft(X, n=2.5), TypeError, "'n' must be int, not float"),
    (lambda: fft.fft(X, dim=(0,)), TypeError, "'dim' must be int, not tuple"),
    (lambda: fft.fft(X, dim=2), IndexError, "Dimension out of range"),
    (lambda: fft.fft(autograd.tensor(1.0)), IndexError, "tensor has no dimensions"),
    (lambda: fft.fft(X, norm="other"), RuntimeError, 'Invalid normalization mode: "other"'),
    (lambda: fft.fft(X.half()), RuntimeError, "Unsupported dtype Half"),
    (lambda: fft.rfft(X * 1j), RuntimeError, "expects a real input tensor"),
    (lambda: fft.fft2(X, dim=(0, 0)), RuntimeError, "dims must be unique"),
    (lambda: fft.fftn(X, s=(1, 2, 3)), RuntimeError, "Got shape with 3 values but input tensor only has 2"),
    (lambda: fft.fftn(X, s=(1, 2), dim=(1,)), RuntimeError, "must have the same length"),
    (lambda: fft.rfftn(X, dim=()), RuntimeError, "must transform at least one axis"),
    (lambda: fft.fft([1.0]), TypeError, "must be Tensor"),
    (lambda: fft.fftfreq(2.5), TypeError, "must be int"),
    (lambda: fft.fftfreq(4, dtype=autograd.int64), RuntimeError, "floating point or complex dtype"),
    (lambda: autograd.stft(X, 2), RuntimeError, "requires the return_complex parameter"),
    (lambda: autograd.stft(X, 9, center=False, return_complex=True), RuntimeError, "0 < n_fft <= 4"),
    (lambda: autograd.stft(X.long(), 2, return_complex=True), RuntimeError, "floating point or complex"),
    (lambda: autograd.stft(X, 2, hop_length=0, return_complex=True), RuntimeError, "hop_length > 0"),
    (lambda: autograd.stft(X, 4, window=X, return_complex=True), RuntimeError, "1D window tensor of size equal to"),
    (lambda: autograd.stft(X * 1j, 4, onesided=True), RuntimeError, "Cannot have onesided output"),
    (lambda: autograd.stft(X[None], 2, return_complex=True), RuntimeError, "expected a 1D or 2D tensor"),
    (lambda: autograd.istft(X, 6), RuntimeError, "requires a complex-valued input"),
    (lambda: autograd.istft(X * 1j, 8), RuntimeError, "frequency dimension"),
    (lambda: autograd.istft(X[:, :0] * 1j, 4), RuntimeError, "cannot be empty"),
    (lambda: autograd.istft(X * 1j, 4, window=autograd.zeros(4)), RuntimeError, "window overlap add min"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refuses(call, error, words):
    with pytest.raises(error, match=words):
        call()


# -- the short-time transform -------------------------------------------------------------------------------


def test_each_frame_is_a_transform(rng):
    x, window = rng.normal(size=50), rng.uniform(0.5, 1, 8)
    found = autograd.stft(autograd.tensor(x), 8, 3, window=autograd.tensor(window), center=False, return_complex=True)
    frames = [np.fft.rfft(x[start : start + 8] * window) for start in range(0, 43, 3)]
    assert_close(found, np.stack(frames, axis=1))


def test_centered_frames_reflect_the_ends(rng):
    x = rng.normal(size=20)
    window = autograd.ones(6, dtype=autograd.float64)
    found = autograd.stft(autograd.tensor(x), 6, 2, window=window, return_complex=True)
    extended = autograd.tensor(np.pad(x, 3, mode="reflect"))
    assert_close(found, autograd.stft(extended, 6, 2, window=window, center=False, return_complex=True))


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("kind", ["real", "twosided", "complex"])
def test_inverse_undoes_the_short_time_transform(rng, kind, normalized):
    x = autograd.tensor(rng.normal(size=(2, 64)) + (1j * rng.normal(size=(2, 64)) if kind == "complex" else 0))
    same = {"n_fft": 16, "hop_length": 4, "normalized": normalized, "onesided": kind == "real",
            "window": autograd.hann_window(16, dtype=autograd.float64)}  # fmt: skip
    spectrum = autograd.stft(x, return_complex=True, **same)
    assert_close(autograd.istft(spectrum, length=64, return_complex=kind == "complex", **same), x)
    assert_close(autograd.istft(spectrum[0], length=64, return_complex=kind == "complex", **same), x[0])


def test_warns_of_a_missing_window_and_of_a_short_signal():
    x = autograd.ones(20)
    with pytest.warns(UserWarning, match="A window was not provided"):
        spectrum = autograd.stft(x, 4, return_complex=True)
    with pytest.warns(UserWarning, match="shorter than the length parameter"):
        longer = autograd.istft(spectrum, 4, window=autograd.ones(4), length=30)
    assert_close(longer[:20], x, 1e-6)
    assert_close(longer[-4:], autograd.zeros(4))


# -- windows ------------------------------------------------------------------------------------------------

KEYWORDS = {"general_cosine": {"a": (0.5, 0.3, 0.2)}, "general_hamming": {"alpha": 0.6}, "kaiser": {"beta": 5.0},
            "gaussian": {"std": 1.5}, "exponential": {"tau": 2.0}}  # fmt: skip
OLDER = ("hann", "hamming", "blackman", "bartlett", "kaiser")
SIZES = (0, 1, 2, 3, 8, 9)


def window(name, m, **more):
    """A window in double precision."""
    return getattr(windows, name)(m, **KEYWORDS.get(name, {}), dtype=autograd.float64, **more)


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("name", windows.__all__)
def test_windows_are_symmetric_or_begin_a_longer_one(name, m):
    assert_close(window(name, m), window(name, m).flip(0))
    if m != 1:
        assert_close(window(name, m, sym=False), window(name, m + 1)[:m])
    assert_close(window(name, 1), [1])


def test_windows_written_out():
    n = np.arange(5)
    assert_close(window("hann", 5), np.sin(math.pi * n / 4) ** 2)
    assert_close(window("hamming", 5), [0.08, 0.54, 1, 0.54, 0.08])
    assert_close(window("bartlett", 5), [0, 0.5, 1, 0.5, 0])
    assert_close(window("blackman", 5), [0, 0.34, 1, 0.34, 0])
    assert_close(window("cosine", 5), np.sin(math.pi * (n + 0.5) / 5))
    assert_close(window("gaussian", 5), np.exp(-0.5 * ((n - 2) / 1.5) ** 2))
    assert_close(window("exponential", 5), np.exp(-np.abs(n - 2) / 2))
    assert_close(window("kaiser", 5), np.kaiser(5, 5.0))
    assert_close(window("nuttall", 5)[2], 0.3635819 + 0.4891775 + 0.1365995 + 0.0106411)


def test_overlapping_windows_add_up():
    """Periodic Hann windows, half a window apart, sum to one."""
    hann = autograd.hann_window(8, dtype=autograd.float64)
    assert_close(hann[:4] + hann[4:], np.ones(4))


@pytest.mark.parametrize("name", windows.__all__)
def test_windows_are_torchs(name, torch):
    theirs = getattr(torch.signal.windows, name)
    for m, sym in itertools.product(SIZES, (True, False)):
        expected = theirs(m, sym=sym, **KEYWORDS.get(name, {}), dtype=torch.float64)
        assert_close(window(name, m, sym=sym), expected.numpy())
        assert getattr(windows, name)(m, **KEYWORDS.get(name, {})).dtype is autograd.float32


@pytest.mark.parametrize("name", OLDER)
def test_older_windows_are_torchs(name, torch):
    for m, periodic in itertools.product(SIZES, (True, False)):
        ours = getattr(autograd, f"{name}_window")(m, periodic, dtype=autograd.float64)
        theirs = getattr(torch, f"{name}_window")(m, periodic, dtype=torch.float64)
        assert_close(ours, theirs.numpy())
    assert getattr(autograd, f"{name}_window")(4, requires_grad=True).requires_grad


WINDOWS_REFUSED = [
    (lambda: windows.hann(-1), ValueError, "non-negative window length"),
    (lambda: windows.hann(3, dtype=autograd.int64), ValueError, "expects float32 or float64"),
    (lambda: windows.hann(2.5), TypeError, "must be int"),
    (lambda: windows.gaussian(3, std=0), ValueError, "Standard deviation must be positive"),
    (lambda: windows.kaiser(3, beta=-1), ValueError, "beta must be non-negative"),
    (lambda: windows.exponential(3, tau=0), ValueError, "Tau must be positive"),
    (lambda: windows.exponential(3, center=1), ValueError, "Center must be None for symmetric windows"),
    (lambda: windows.general_cosine(3, a=[]), ValueError, "cannot be empty"),
    (lambda: windows.general_cosine(3, a=1.0), TypeError, "must be a list/tuple"),
    (lambda: autograd.hann_window(-1), RuntimeError, "non-negative window_length"),
    (lambda: autograd.hann_window(3, dtype=autograd.int64), RuntimeError, "expects floating point dtypes"),
]


@pytest.mark.parametrize(("call", "error", "words"), WINDOWS_REFUSED)
def test_windows_refuse(call, error, words):
    with pytest.raises(error, match=words):
        call()
