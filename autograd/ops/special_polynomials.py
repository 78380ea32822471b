"""Orthogonal polynomials of degree n at x: Chebyshev's four kinds and their shifts, Hermite's, Laguerre's, Legendre's.

A fraction in n is cut off; a degree that is negative, infinite or NaN gives 0. As in PyTorch they have
no derivatives, so their results carry no graph. SciPy computes them by their recurrences; formulas are
cited from the NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov), chapter 18.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, ints, sample
from autograd.lazy import special
from autograd.op import op
from autograd.ops.special_gamma import REAL_ONLY

DEGREES = (
    case(sample((3, 1)), ints((4,), 0, 9)),
    case(sample((3, 4), -1.0, 1.0), ints((), 0, 9)),
    case(sample(()), ints((), 0, 9)),
    case((0, 3), ints((3,), 0, 9)),
)


HIGHEST = 10**7
"""The highest degree of a polynomial that is evaluated."""


def polynomial(tex: str) -> Callable[[Any], Any]:
    """Declare the decorated function of (x, n), n whole, as an op."""

    def declare(function: Any) -> Any:
        def forward(input: Array, n: Array) -> Array:
            degree = np.where(np.isfinite(n), np.clip(n, -1, HIGHEST), -1).astype(np.int_)
            if np.any(n > HIGHEST, where=np.isfinite(n)):
                raise ValueError(f"degrees above {HIGHEST} would take too long, as they are reached one by one")
            values = function(input, np.maximum(degree, 0))
            return np.where(degree < 0, 0, values).astype(input.dtype)

        forward.__name__ = function.__name__
        forward.__doc__ = function.__doc__
        forward.__module__ = function.__module__
        return op(tex, method=False, inplace=False, broadcasts=True, numbers="either", kind="float", refuses=REAL_ONLY,
                  cases=DEGREES)(forward)  # fmt: skip

    return declare


# -- Chebyshev: orthogonal on [-1, 1] -----------------------------------------------------------------------


@polynomial(r"T_n(x) = \cos(n \arccos x)")
def chebyshev_polynomial_t(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the first kind: of all with its leading coefficient, the flattest. DLMF 18.5.1.

    >>> import autograd
    >>> autograd.special.chebyshev_polynomial_t(autograd.tensor([0.0, 0.5, 1.0]), 2)  # 2 x**2 - 1
    tensor([-1.0000, -0.5000,  1.0000])
    """
    return special.eval_chebyt(n, x)


@polynomial(r"U_n(\cos\theta) = \frac{\sin((n + 1)\theta)}{\sin\theta}")
def chebyshev_polynomial_u(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the second kind. DLMF 18.5.2."""
    return special.eval_chebyu(n, x)


@polynomial(r"V_n(\cos\theta) = \frac{\cos((n + \frac12)\theta)}{\cos(\frac12 \theta)}")
def chebyshev_polynomial_v(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the third kind: U_n - U_(n-1). DLMF 18.5.3."""
    return special.eval_chebyu(n, x) - special.eval_chebyu(n - 1, x)


@polynomial(r"W_n(\cos\theta) = \frac{\sin((n + \frac12)\theta)}{\sin(\frac12 \theta)}")
def chebyshev_polynomial_w(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the fourth kind: U_n + U_(n-1). DLMF 18.5.4."""
    return special.eval_chebyu(n, x) + special.eval_chebyu(n - 1, x)


# -- the same, shifted to [0, 1] ----------------------------------------------------------------------------


@polynomial(r"T_n(2 x - 1)")
def shifted_chebyshev_polynomial_t(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the first kind, shifted from [-1, 1] to [0, 1]. DLMF 18.7.7."""
    return special.eval_chebyt(n, 2 * x - 1)


@polynomial(r"U_n(2 x - 1)")
def shifted_chebyshev_polynomial_u(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the second kind, shifted from [-1, 1] to [0, 1]. DLMF 18.7.8."""
    return special.eval_chebyu(n, 2 * x - 1)


@polynomial(r"V_n(2 x - 1)")
def shifted_chebyshev_polynomial_v(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the third kind, shifted from [-1, 1] to [0, 1]."""
    return special.eval_chebyu(n, 2 * x - 1) - special.eval_chebyu(n - 1, 2 * x - 1)


@polynomial(r"W_n(2 x - 1)")
def shifted_chebyshev_polynomial_w(x: Array, n: Array) -> Array:
    """Chebyshev's polynomial of the fourth kind, shifted from [-1, 1] to [0, 1]."""
    return special.eval_chebyu(n, 2 * x - 1) + special.eval_chebyu(n - 1, 2 * x - 1)


# -- orthogonal with other weights --------------------------------------------------------------------------


@polynomial(r"H_n(x) = (-1)^n e^{x^2} \frac{d^n}{dx^n} e^{-x^2}")
def hermite_polynomial_h(x: Array, n: Array) -> Array:
    """Hermite's polynomial as physicists define it, orthogonal with weight exp(-x^2). DLMF 18.5.5."""
    return special.eval_hermite(n, x)


@polynomial(r"He_n(x) = (-1)^n e^{x^2/2} \frac{d^n}{dx^n} e^{-x^2/2}")
def hermite_polynomial_he(x: Array, n: Array) -> Array:
    """Hermite's polynomial as probability theory defines it, orthogonal with weight exp(-x^2 / 2). DLMF 18.5.5."""
    return special.eval_hermitenorm(n, x)


@polynomial(r"L_n(x) = \frac{e^x}{n!} \frac{d^n}{dx^n} (e^{-x} x^n)")
def laguerre_polynomial_l(x: Array, n: Array) -> Array:
    """Laguerre's polynomial, orthogonal on [0, inf) with weight exp(-x). DLMF 18.5.5."""
    return special.eval_laguerre(n, x)


@polynomial(r"P_n(x) = \frac{1}{2^n n!} \frac{d^n}{dx^n} (x^2 - 1)^n")
def legendre_polynomial_p(x: Array, n: Array) -> Array:
    """Legendre's polynomial, orthogonal on [-1, 1] with weight 1. DLMF 18.5.5, Rodrigues' formula."""
    return special.eval_legendre(n, x)
