"""torch.fft: discrete Fourier transforms.

Three letters tell the transforms apart. `fft` is complex to complex, and `ifft` its inverse. `rfft`
takes real numbers and returns the half of the result that is not the conjugate of the rest; `irfft`
makes real numbers of such a half again. `hfft` and `ihfft` are the same with time and frequency
exchanged. A 2 or n at the end says along how many dimensions.

norm="backward" (the default) divides by the number n of points on the way back, "forward" on the way
there, and "ortho" by its square root on both. Sizes (`n=`, `s=`) cut the input off, or fill it up
with zeros, before it is transformed.

All raise RuntimeError for sizes below 1, half precision and unknown norms, IndexError for dimensions
that there are not. The primitives and their derivatives are in `autograd/ops/fourier.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import protocols
from autograd.cases import case, sample
from autograd.create import chosen, finished
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.dtypes import FLOATING
from autograd.misuse import speaking
from autograd.ops.arranging import _roll
from autograd.ops.complex import conj
from autograd.ops.fourier import as_tuple, complex_transform, line, plan, real_inverse, real_transform
from autograd.tensor import Tensor

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip

Sizes = Any  # int, several ints, or None

REAL, COMPLEX = sample((3, 4)), sample((3, 4), kind="complex")
LINES = (case(COMPLEX), case(COMPLEX, n=3, dim=0, norm="ortho"), case(REAL, n=5), case(REAL, dim=-2, norm="forward"))
REAL_LINES = (case(REAL), case(REAL, n=3, dim=0, norm="ortho"), case(REAL, n=5), case(sample((1,))))
PLANES = (case(COMPLEX), case(COMPLEX, s=(2, 5), norm="ortho"), case(sample((2, 3, 4)), dim=(0, 2), norm="forward"))
REAL_PLANES = (case(REAL), case(REAL, s=(2, 5), norm="ortho"), case(sample((2, 3, 4)), dim=(2, 0), norm="forward"))
SPACES = (*PLANES, case(sample((2, 3, 2), kind="complex")), case(COMPLEX, s=(6,)))
REAL_SPACES = (*REAL_PLANES, case(sample((2, 3, 2))), case(REAL, s=(6,)))


# -- along one dimension ---------------------------------------------------------------------------------


@derived(r"z_k = \sum_j x_j e^{-2 \pi i j k / n}", method=False, cases=LINES)
def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The Fourier transform: how strong each frequency is, and its phase.

    >>> import autograd
    >>> autograd.fft.fft(autograd.tensor([1.0, 0.0, -1.0, 0.0]))
    tensor([0.+0.j, 2.+0.j, 0.+0.j, 2.+0.j])
    """
    return complex_transform(input, line("fft", input, n, dim, norm), inverse=False)


@derived(r"z_j = \frac1n \sum_k x_k e^{2 \pi i j k / n}", method=False, cases=LINES)
def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `fft`."""
    return complex_transform(input, line("ifft", input, n, dim, norm), inverse=True)


@derived(r"z_k = \sum_j x_j e^{-2 \pi i j k / n}, \; k \le n/2", method=False, cases=REAL_LINES)
def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The n // 2 + 1 numbers that determine the transform of n real ones.

    >>> import autograd
    >>> autograd.fft.rfft(autograd.tensor([1.0, 0.0, -1.0, 0.0]))
    tensor([0.+0.j, 2.+0.j, 0.+0.j])
    """
    return real_transform(input, line("rfft", input, n, dim, norm))


@derived(r"z_j = \frac1n \, \Re \sum_k c_k x_k e^{2 \pi i j k / n}", method=False, cases=LINES)
def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`: n real numbers, 2 (m - 1) unless given, of m complex ones. Pass n where it is odd."""
    return real_inverse(input, line("irfft", input, n, dim, norm))


@derived(r"z_j = \Re \sum_k c_k x_k e^{-2 \pi i j k / n}", method=False, cases=LINES)
def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The real transform of n numbers of which the half is given; the others are its conjugates, in reverse."""
    return real_inverse(conj(input), line("hfft", input, n, dim, norm).flipped())


@derived(r"z_k = \frac1n \sum_j x_j e^{2 \pi i j k / n}, \; k \le n/2", method=False, cases=REAL_LINES)
def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`."""
    return conj(real_transform(input, line("ihfft", input, n, dim, norm).flipped()))


# -- along two dimensions ---------------------------------------------------------------------------------


@derived(r"z_k = \sum_j x_j e^{-2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=PLANES)
def fft2(input: Tensor, s: Sizes = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`fft` along two dimensions, as for an image."""
    return complex_transform(input, plan("fft2", input, s, dim, norm), inverse=False)


@derived(r"z_j = \frac{1}{n} \sum_k x_k e^{2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=PLANES)
def ifft2(input: Tensor, s: Sizes = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """The inverse of `fft2`."""
    return complex_transform(input, plan("ifft2", input, s, dim, norm), inverse=True)


@derived(r"z_k = \sum_j x_j e^{-2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=REAL_PLANES)
def rfft2(input: Tensor, s: Sizes = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`rfft` along the last dimension and `fft` along the one before it."""
    return real_transform(input, plan("rfft2", input, s, dim, norm))


@derived(r"z_j = \frac{1}{n} \sum_k x_k e^{2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=PLANES)
def irfft2(input: Tensor, s: Sizes = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """The inverse of `rfft2`."""
    return real_inverse(input, plan("irfft2", input, s, dim, norm))


@derived(r"z_k = \sum_j x_j e^{-2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=PLANES)
def hfft2(input: Tensor, s: Sizes = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`fft` along one dimension and `hfft` along the last."""
    return real_inverse(conj(input), plan("hfft2", input, s, dim, norm).flipped())


@derived(r"z_j = \frac{1}{n} \sum_k x_k e^{2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=REAL_PLANES)
def ihfft2(input: Tensor, s: Sizes = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """The inverse of `hfft2`."""
    return conj(real_transform(input, plan("ihfft2", input, s, dim, norm).flipped()))


# -- along any dimensions ---------------------------------------------------------------------------------


@derived(r"z_k = \sum_j x_j e^{-2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=SPACES)
def fftn(input: Tensor, s: Sizes = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """`fft` along several dimensions: those given, else as many of the last as there are sizes, else all."""
    return complex_transform(input, plan("fftn", input, s, dim, norm), inverse=False)


@derived(r"z_j = \frac{1}{n} \sum_k x_k e^{2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=SPACES)
def ifftn(input: Tensor, s: Sizes = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`."""
    return complex_transform(input, plan("ifftn", input, s, dim, norm), inverse=True)


@derived(r"z_k = \sum_j x_j e^{-2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=REAL_SPACES)
def rfftn(input: Tensor, s: Sizes = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """`rfft` along the last of the dimensions and `fft` along the others."""
    return real_transform(input, plan("rfftn", input, s, dim, norm))


@derived(r"z_j = \frac{1}{n} \sum_k x_k e^{2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=SPACES)
def irfftn(input: Tensor, s: Sizes = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`."""
    return real_inverse(input, plan("irfftn", input, s, dim, norm))


@derived(r"z_k = \sum_j x_j e^{-2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=SPACES)
def hfftn(input: Tensor, s: Sizes = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """`fft` along all but the last of the dimensions, and `hfft` along that."""
    return real_inverse(conj(input), plan("hfftn", input, s, dim, norm).flipped())


@derived(r"z_j = \frac{1}{n} \sum_k x_k e^{2 \pi i \sum_d j_d k_d / n_d}", method=False, cases=REAL_SPACES)
def ihfftn(input: Tensor, s: Sizes = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `hfftn`."""
    return conj(real_transform(input, plan("ihfftn", input, s, dim, norm).flipped()))


# -- the order of the frequencies ---------------------------------------------------------------------------


@derived(
    r"z_i = x_{i - \lfloor n/2 \rfloor}",
    method=False,
    cases=(case((3, 4)), case((3, 4), dim=1), case((5, 2), dim=(0,))),
)
def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The elements with frequency 0 moved from the front to the middle."""
    return shifted("fftshift", input, dim, lambda n: n // 2)


@derived(
    r"z_i = x_{i + \lfloor n/2 \rfloor}",
    method=False,
    cases=(case((3, 4)), case((3, 4), dim=1), case((5, 2), dim=(0,))),
)
def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of `fftshift`."""
    return shifted("ifftshift", input, dim, lambda n: -(n // 2))


def shifted(name: str, x: Tensor, dim: Any, shift: Callable[[int], int]) -> Tensor:
    """The elements rolled along each dimension as far as its size demands."""
    dims = tuple(one_dim(d, x.ndim, name) for d in (range(x.ndim) if dim is None else as_tuple(dim)))
    if not dims:
        raise RuntimeError(
            f"{name}: `shifts` required: there is no dimension to shift along, of shape {tuple(x.shape)}"
        )
    rolled: Tensor = _roll(x, tuple(shift(x.shape[d]) for d in dims), dims)
    return rolled


@speaking
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
            out: Any = None, layout: Any = None) -> Tensor:  # fmt: skip
    """The frequencies of the n results of `fft`, for samples d apart: 0, 1, ..., then the negative ones, by n d.

    >>> import autograd
    >>> autograd.fft.fftfreq(5)
    tensor([ 0.0000,  0.2000,  0.4000, -0.4000, -0.2000])
    """
    places = np.arange(check_count("fftfreq", n))
    return frequencies("fftfreq", (places + n // 2) % max(n, 1) - n // 2, n * d, dtype, device, requires_grad, out)


@speaking
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
             out: Any = None, layout: Any = None) -> Tensor:  # fmt: skip
    """The frequencies of the n // 2 + 1 results of `rfft`, for n samples d apart: 0, 1, ... by n d."""
    places = np.arange(check_count("rfftfreq", n) // 2 + 1)
    return frequencies("rfftfreq", places, n * d, dtype, device, requires_grad, out)


def check_count(name: str, n: Any) -> int:
    """The number of samples, if it is one."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"{name}(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    if n < 0:
        raise RuntimeError(f"{name}: can't make a tensor with negative dimension {n}")
    return int(n)


def frequencies(name: str, numbers: Any, span: float, dtype: Any, device: Any, requires_grad: bool, out: Any) -> Tensor:
    """The numbers over the span of time, as a new tensor."""
    wanted = chosen(dtype)
    if wanted.category < FLOATING:
        raise RuntimeError(f"{name} requires a floating point or complex dtype, got {wanted.name}")
    values = (numbers / np.float64(span)).astype(wanted.dtype)
    return finished(values, wanted, device=device, requires_grad=requires_grad, out=out)


# -- for Tensors given to np.fft ----------------------------------------------------------------------------


def as_numpy(transform: Any) -> Any:
    """A transform that takes the keyword `axes` too."""

    def call(a: Tensor, *args: Any, **kwargs: Any) -> Any:
        if "axes" in kwargs:
            kwargs["dim"] = kwargs.pop("axes")
        return transform(a, *args, **kwargs)

    return call


for _name in __all__:
    if "freq" not in _name and hasattr(np.fft, _name):
        protocols.register(getattr(np.fft, _name), as_numpy(globals()[_name]))
