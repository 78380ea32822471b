"""Parts of complex numbers. Gradients follow PyTorch: that of z is d/dRe + i d/dIm of the result."""

from __future__ import annotations

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.op import op
from autograd.tensor import Tensor

MATRIX = (case((3, 4)), case(()))


@op(r"\bar x", name="conj", method=False, kind="free", cases=MATRIX)
def _conj(x: Array) -> Array:
    """The complex conjugate."""
    return np.conj(x)


@op(r"\Re x", name="real", method=False, kind="free", view=True, cases=MATRIX)
def _real(x: Array) -> Array:
    """The real part: a view."""
    return x.real


@op(r"\Im x", name="imag", method=False, kind="free", view=True, cases=())
def _imag(x: Array) -> Array:
    """The imaginary part: a view."""
    return x.imag


_conj.vjp("x", r"\overline{\bar z}")(lambda g: g.conj())
_real.vjp("x", r"\bar z")(lambda g, x_dtype: g + x_dtype.type(0))
_imag.vjp("x", r"i \bar z")(lambda g, x_dtype: g * x_dtype.type(1j))


@derived(r"\bar x", cases=MATRIX, numpy=np.conjugate)
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is."""
    return _conj(input) if input.dtype.is_complex else input


@derived(r"\Re x", cases=MATRIX, method=False, numpy=np.real)
def real(input: Tensor) -> Tensor:
    """The real part, as a view; a real tensor as it is."""
    return _real(input) if input.dtype.is_complex else input


@derived(r"\Im x", cases=(), method=False, numpy=np.imag)
def imag(input: Tensor) -> Tensor:
    """The imaginary part, as a view. Raises RuntimeError for a real tensor, which has none."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _imag(input)


Tensor.real = property(real)  # type: ignore[attr-defined]
Tensor.imag = property(imag)  # type: ignore[attr-defined]

