"""The arithmetic of normal numbers, against exact fractions and NumPy's float64 functions."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np

from autograd.random.boxmuller import cos_sin32, fused, log32


def test_fused_rounds_once():
    """Against exact arithmetic with Python's fractions."""
    rng = np.random.default_rng(0)
    for kind in (np.float32, np.float64):
        x, y, z = (rng.standard_normal(2000).astype(kind) for _ in range(3))
        z[:1000] = -x[:1000] * y[:1000] * (1 + np.finfo(kind).eps * 4)  # where nearly everything cancels
        exact = [as_fraction(a) * as_fraction(b) + as_fraction(c) for a, b, c in zip(x, y, z, strict=True)]
        rounded = [nearest(value, kind) for value in exact]
        np.testing.assert_array_equal(fused(x, y, z), rounded)
    assert fused(np.array([0.5]), 1.7e308, 1.0) == 0.85e308


def as_fraction(number):
    """A float as an exact fraction."""
    return Fraction(*float(number).as_integer_ratio())


def nearest(value, kind):
    """The float nearest to a fraction, of two the one whose last bit is 0."""
    close = kind(float(value))
    candidates = (np.nextafter(close, kind(-np.inf)), close, np.nextafter(close, kind(np.inf)))
    return min(candidates, key=lambda c: (abs(as_fraction(c) - value), int.from_bytes(c.tobytes(), sys.byteorder) & 1))


def test_the_polynomials_are_logarithm_cosine_and_sine():
    u = np.linspace(2.0**-24, 1, 100001).astype(np.float32)
    np.testing.assert_allclose(log32(u), np.log(u.astype(np.float64)), rtol=2e-7, atol=1e-9)
    angle = np.linspace(0, 2 * math.pi, 100001).astype(np.float32)
    cosine, sine = cos_sin32(angle)
    np.testing.assert_allclose(cosine, np.cos(angle.astype(np.float64)), atol=2e-7)
    np.testing.assert_allclose(sine, np.sin(angle.astype(np.float64)), atol=2e-7)
