"""Bessel's functions and Airy's.

The modified functions I have derivatives, each in terms of the other; the rest have none, as in
PyTorch, so their results carry no graph. SciPy computes the values; formulas are cited from the
NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import UNARY, apart, within
from autograd.lazy import special
from autograd.op import op
from autograd.ops.special_gamma import REAL_ONLY, values_of

POSITIVE = within(UNARY, 0.2, 5.0)


# -- I: solutions of x^2 y'' + x y' = (x^2 + n^2) y that are finite at 0 ------------------------------------


@op(r"I_0(x)", inplace=True, kind="float", refuses=REAL_ONLY, cases=UNARY)
def i0(x: Array) -> Array:
    """The modified Bessel function of the first kind, of order 0. DLMF 10.25.2.

    >>> import autograd
    >>> autograd.i0(autograd.tensor([0.0, 1.0, 2.0]))
    tensor([1.0000, 1.2661, 2.2796])
    """
    return values_of(special.i0, x)


@op(r"I_1(x)", method=False, node="SpecialI1Backward0", kind="float", refuses=REAL_ONLY, cases=UNARY)
def i1(x: Array) -> Array:
    """The modified Bessel function of the first kind, of order 1. DLMF 10.25.2."""
    return values_of(special.i1, x)


@op(r"e^{-|x|} I_0(x)", method=False, node="SpecialI0EBackward0", kind="float", refuses=REAL_ONLY, cases=apart(UNARY))
def i0e(x: Array) -> Array:
    """i0 scaled by exp(-|x|), so that it does not overflow."""
    return values_of(special.i0e, x)


@op(r"e^{-|x|} I_1(x)", method=False, node="SpecialI1EBackward0", kind="float", refuses=REAL_ONLY, cases=apart(UNARY))
def i1e(x: Array) -> Array:
    """i1 scaled by exp(-|x|), so that it does not overflow."""
    return values_of(special.i1e, x)


def over(y: Any, x: Any) -> Any:
    """I_1(x) / x, and its limit 1/2 at 0, where a quotient would be NaN."""
    at_zero = x == 0
    return np.where(at_zero, 0.5, y / np.where(at_zero, 1, x))


i0.vjp("x", r"\bar z \odot I_1(x)")(lambda g, x: g * i1.either(x))
i1.vjp("x", r"\bar z \odot (I_0(x) - z / x)")(lambda g, x, out: g * (i0.either(x) - over(out, x)))
i0e.vjp("x", r"\bar z \odot (e^{-|x|} I_1(x) - \mathrm{sgn}(x)\, z)")(
    lambda g, x, out: g * (i1e.either(x) - np.sign(x) * out)
)
i1e.vjp("x", r"\bar z \odot (e^{-|x|} I_0(x) - z / x - \mathrm{sgn}(x)\, z)")(
    lambda g, x, out: g * (i0e.either(x) - over(out, x) - np.sign(x) * out)
)


# -- the same functions under the names of PyTorch's families, without derivatives --------------------------


@op(r"I_0(x)", method=False, kind="float", refuses=REAL_ONLY, cases=UNARY)
def modified_bessel_i0(x: Array) -> Array:
    """`i0` without a derivative, as in PyTorch. DLMF 10.25.2."""
    return values_of(special.i0, x)


@op(r"I_1(x)", method=False, kind="float", refuses=REAL_ONLY, cases=UNARY)
def modified_bessel_i1(x: Array) -> Array:
    """`i1` without a derivative, as in PyTorch. DLMF 10.25.2."""
    return values_of(special.i1, x)


@op(r"K_0(x)", method=False, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def modified_bessel_k0(x: Array) -> Array:
    """The modified Bessel function of the second kind, of order 0: inf at 0, NaN below. DLMF 10.25.3."""
    return values_of(special.k0, x)


@op(r"K_1(x)", method=False, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def modified_bessel_k1(x: Array) -> Array:
    """The modified Bessel function of the second kind, of order 1: inf at 0, NaN below. DLMF 10.25.3."""
    return values_of(special.k1, x)


@op(r"e^x K_0(x)", method=False, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def scaled_modified_bessel_k0(x: Array) -> Array:
    """`modified_bessel_k0` scaled by exp(x), so that it does not vanish for large x."""
    return values_of(special.k0e, x)


@op(r"e^x K_1(x)", method=False, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def scaled_modified_bessel_k1(x: Array) -> Array:
    """`modified_bessel_k1` scaled by exp(x), so that it does not vanish for large x."""
    return values_of(special.k1e, x)


# -- J and Y: solutions of x^2 y'' + x y' = (n^2 - x^2) y ---------------------------------------------------


@op(r"J_0(x)", method=False, kind="float", refuses=REAL_ONLY, cases=UNARY)
def bessel_j0(x: Array) -> Array:
    """The Bessel function of the first kind, of order 0: the shape of a drum's vibration. DLMF 10.2.2.

    >>> import autograd
    >>> autograd.special.bessel_j0(autograd.tensor([0.0, 2.0, 2.5, 5.0]))  # its first root is 2.4048
    tensor([ 1.0000,  0.2239, -0.0484, -0.1776])
    """
    return values_of(special.j0, x)


@op(r"J_1(x)", method=False, kind="float", refuses=REAL_ONLY, cases=UNARY)
def bessel_j1(x: Array) -> Array:
    """The Bessel function of the first kind, of order 1. DLMF 10.2.2."""
    return values_of(special.j1, x)


@op(r"Y_0(x)", method=False, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def bessel_y0(x: Array) -> Array:
    """The Bessel function of the second kind, of order 0: -inf at 0, NaN below. DLMF 10.2.3."""
    return values_of(special.y0, x)


@op(r"Y_1(x)", method=False, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def bessel_y1(x: Array) -> Array:
    """The Bessel function of the second kind, of order 1: -inf at 0, NaN below. DLMF 10.2.3."""
    return values_of(special.y1, x)


@op(r"j_0(x) = \frac{\sin x}{x}", method=False, kind="float", refuses=REAL_ONLY, cases=UNARY)
def spherical_bessel_j0(x: Array) -> Array:
    """The spherical Bessel function of the first kind, of order 0: sin(x) / x, and 1 at 0. DLMF 10.49.3."""
    return values_of(special.spherical_jn, 0, x)


# -- Airy ---------------------------------------------------------------------------------------------------


@op(r"\mathrm{Ai}(x) = \frac1\pi \int_0^\infty \cos(\tfrac{t^3}{3} + x t)\, dt", method=False, kind="float",
    refuses=REAL_ONLY, cases=UNARY)  # fmt: skip
def airy_ai(x: Array) -> Array:
    """Airy's function: the solution of y'' = x y that tends to 0 for large x. NaN at -inf and inf. DLMF 9.5.1."""
    values = values_of(lambda points: special.airy(points)[0], x)
    vanished = (x > 200) & (x < math.inf)  # Ai(200) < 1e-800, and SciPy returns NaN for numbers much larger
    return np.where(vanished, 0, values).astype(x.dtype, copy=False)
