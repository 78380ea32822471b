"""The error function's family, the normal distribution's functions, and terms of entropies.

erf itself is in `autograd.ops.activation`. SciPy computes the values; formulas are cited from the
NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import PAIRS, UNARY, within
from autograd.lazy import special
from autograd.op import op
from autograd.ops.special_gamma import REAL_ONLY, values_of

ROOT_PI, ROOT_2, ROOT_2_PI = math.sqrt(math.pi), math.sqrt(2), math.sqrt(2 * math.pi)


# -- the error function and its inverse ---------------------------------------------------------------------


@op(r"\mathrm{erfc}(x) = 1 - \mathrm{erf}(x)", inplace=True, kind="float", refuses=REAL_ONLY, cases=UNARY)
def erfc(x: Array) -> Array:
    """1 - erf(x), exact where that would be rounded to 0. DLMF 7.2.2."""
    return values_of(special.erfc, x)


erfc.vjp("x", r"-\bar z \odot \tfrac{2}{\sqrt\pi} e^{-x^2}")(lambda g, x: -g * (2 / ROOT_PI * np.exp(-x * x)))


@op(
    r"e^{x^2} \mathrm{erfc}(x)",
    method=False,
    node="SpecialErfcxBackward0",
    kind="float",
    refuses=REAL_ONLY,
    cases=UNARY,
)
def erfcx(x: Array) -> Array:
    """erfc scaled by exp(x^2), so that it does not vanish for large x. DLMF 7.2.3, with w(ix)."""
    return values_of(special.erfcx, x)


erfcx.vjp("x", r"\bar z \odot (2 x z - \tfrac{2}{\sqrt\pi})")(lambda g, x, out: g * (2 * x * out - 2 / ROOT_PI))


@op(r"\mathrm{erf}^{-1}(x)", inplace=True, kind="float", refuses=REAL_ONLY, spares_result=True,
    cases=within(UNARY, -0.9, 0.9))  # fmt: skip
def erfinv(x: Array) -> Array:
    """The inverse of erf: inf at 1, -inf at -1, NaN beyond. DLMF 7.17.

    >>> import autograd
    >>> autograd.erf(autograd.erfinv(autograd.tensor([-0.5, 0.0, 0.9])))
    tensor([-0.5000,  0.0000,  0.9000])
    """
    return values_of(special.erfinv, x)


erfinv.vjp("x", r"\bar z \odot \tfrac{\sqrt\pi}{2} e^{z^2}")(lambda g, out: g * (ROOT_PI / 2 * np.exp(out * out)))


# -- the normal distribution --------------------------------------------------------------------------------


@op(r"\Phi(x) = \frac{1}{\sqrt{2\pi}} \int_{-\infty}^x e^{-t^2/2} dt", method=False, kind="float", refuses=REAL_ONLY,
    cases=UNARY)  # fmt: skip
def ndtr(x: Array) -> Array:
    """The probability that a standard normal variable is less than x. Abramowitz and Stegun 26.2.2.

    >>> import autograd
    >>> autograd.special.ndtr(autograd.tensor([-1.96, 0.0, 1.96]))
    tensor([0.0250, 0.5000, 0.9750])
    """
    return values_of(special.ndtr, x)


ndtr.vjp("x", r"\bar z \odot \tfrac{1}{\sqrt{2\pi}} e^{-x^2/2}")(lambda g, x: g * (np.exp(-0.5 * x * x) / ROOT_2_PI))


@op(r"\ln \Phi(x)", method=False, node="SpecialLogNdtrBackward0", kind="float", refuses=REAL_ONLY, cases=UNARY)
def log_ndtr(x: Array) -> Array:
    """The logarithm of ndtr, without underflow."""
    return values_of(special.log_ndtr, x)


log_ndtr.vjp("x", r"\bar z \odot \frac{\sqrt{2/\pi}}{\mathrm{erfcx}(-x/\sqrt2)}")(
    lambda g, x: g / erfcx.either(-x / ROOT_2) * (ROOT_2 / ROOT_PI)
)


@op(r"\Phi^{-1}(x)", method=False, node="SpecialNdtriBackward0", kind="float", refuses=REAL_ONLY,
    cases=within(UNARY, 0.05, 0.95))  # fmt: skip
def ndtri(x: Array) -> Array:
    """The inverse of ndtr: the normal distribution's quantile. NaN outside [0, 1]. Abramowitz and Stegun 26.2.3."""
    return values_of(special.ndtri, x)


ndtri.vjp("x", r"\bar z \odot \sqrt{2\pi}\, e^{z^2/2}")(lambda g, out: g * (ROOT_2_PI * np.exp(0.5 * out * out)))


# -- entropy ------------------------------------------------------------------------------------------------


@op(
    r"-x \ln x",
    method=False,
    node="SpecialEntrBackward0",
    kind="float",
    refuses=REAL_ONLY,
    cases=within(UNARY, 0.2, 3.0),
)
def entr(x: Array) -> Array:
    """-x ln(x), the term of an entropy: 0 at 0, -inf below. Shannon, "A mathematical theory of communication", 1948."""
    return values_of(special.entr, x)


entr.vjp("x", r"-\bar z \odot (1 + \ln x)")(lambda g, x: -g * (1 + np.log(x)))


@op(r"x \ln(1 + y), \text{ 0 where } x = 0", method=False, inplace=False, node="SpecialXlog1PyBackward0",
    broadcasts=True, numbers="either", kind="float", refuses=REAL_ONLY, cases=within(PAIRS, 0.2, 2.0))  # fmt: skip
def xlog1py(x: Array, y: Array) -> Array:
    """x log(1 + y), exact for small y, with 0 log(0) = 0. NaN where y is NaN."""
    return values_of(special.xlog1py, x, y)


@xlog1py.vjp("x", r"\bar z \odot \ln(1 + y)")
def _(g: Any, x: Any, y: Any) -> Any:
    return g * np.where((x == 0) & (y <= -1), 0, np.log1p(y))


xlog1py.vjp("y", r"\bar z \odot x / (1 + y)")(lambda g, x, y: g * x / (1 + y))
