"""Normal numbers in blocks of sixteen, to the last bit as PyTorch's vector code computes them.

Half of a block's uniform numbers become radii, the other half angles (Box and Muller, 1958). For
float32, PyTorch takes logarithm, sine and cosine from polynomials of the Cephes library (Moshier,
https://www.netlib.org/cephes), evaluated with fused multiply-adds. NumPy's own functions differ from
those in the last bit of every third result, and initial weights would no longer be the same, only
nearly so; hence the polynomials here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.random.generator import Generator

BLOCK = 16
AT_A_TIME = 512
"""Blocks that are transformed together: few enough that all intermediate arrays stay in the cache."""


def normals_in_blocks(generator: Generator, n: int, kind: Any, mean: float, std: float) -> Array:
    """n >= 16 normal numbers of a NumPy dtype.

    Blocks are drawn from the front; where n is no multiple of 16, one more block then overwrites the
    last 16 numbers.
    """
    whole, rest = n - n % BLOCK, n % BLOCK
    numbers = np.empty(n, kind)
    if kind == np.float16:  # draws block by block, and so nothing for the rest
        numbers[:whole] = transformed(generator.uniform32(whole), mean, std)
    else:
        numbers[:whole] = transformed(generator.uniform(n, kind)[:whole], mean, std)
    if rest:
        numbers[-BLOCK:] = transformed(generator.uniform(BLOCK, kind), mean, std)
    return numbers


def transformed(uniforms: Array, mean: float, std: float) -> Array:
    """Normal numbers from as many uniform ones, a multiple of 16."""
    blocks = uniforms.reshape(-1, 2, BLOCK // 2)
    if uniforms.dtype == np.float32:
        mean, std = in_float32(mean, std)
    normals = np.empty_like(blocks)
    for start in range(0, len(blocks), AT_A_TIME):
        part = slice(start, start + AT_A_TIME)
        radius, cosine, sine = polar(blocks[part, 0], blocks[part, 1])
        normals[part, 0] = fused(radius * cosine, std, mean)
        normals[part, 1] = fused(radius * sine, std, mean)
    return normals.reshape(-1)


def polar(u1: Array, u2: Array) -> tuple[Array, Array, Array]:
    """The radius sqrt(-2 ln(1 - u1)), and the cosine and sine of the angle 2π u2."""
    if u1.dtype == np.float64:
        angle = 2 * math.pi * u2
        return np.sqrt(-2 * np.log(1 - u1)), np.cos(angle), np.sin(angle)
    cosine, sine = cos_sin32(np.float32(2 * math.pi) * u2)
    return np.sqrt(-2 * log32(1 - u1)), cosine, sine


# -- rounding as the processor does -------------------------------------------------------------------------


def fused(x: Array, y: Any, z: Any) -> Array:
    """x * y + z rounded once, as by a fused multiply-add; y and z have x's precision.

    For float32, float64 holds the product exactly. For float64 the rounding errors of product and sum
    are found and added back (Dekker, "A floating-point technique for extending the available
    precision", 1971; Knuth, The Art of Computer Programming 2, 4.2.2).
    """
    if x.dtype == np.float32:
        exact: Array = np.multiply(x, y, dtype=np.float64)
        exact += z
        return exact.astype(np.float32)
    product: Array = x * y
    total: Array = product + z
    if not np.all(np.abs(y) < 2.0**990):
        return total  # splitting so large a factor would overflow
    (x_high, x_low), (y_high, y_low) = halves(x), halves(y)
    product_error = x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)
    added = total - product
    sum_error = (product - (total - added)) + (z - added)
    total += sum_error + product_error
    return total


def halves(x: Any) -> tuple[Any, Any]:
    """A float64 as the sum of two numbers of 26 bits, whose products are exact."""
    scaled = x * (2.0**27 + 1)
    high = scaled - (scaled - x)
    return high, x - high


# -- the polynomials of Cephes ------------------------------------------------------------------------------


def in_float32(*numbers: float) -> tuple[float, ...]:
    """The numbers, rounded to float32."""
    return tuple(float(np.float32(number)) for number in numbers)


LN2_HIGH, LN2_LOW = in_float32(0.693359375, -2.12194440e-4)
LOG = in_float32(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                 -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)  # fmt: skip
QUARTER_PI = in_float32(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)  # parts that add up to it
SIN = in_float32(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COS = in_float32(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)


def horner(x: Array, coefficients: tuple[float, ...]) -> Array:
    """The polynomial with these coefficients, that of the highest power first."""
    total = fused(x, coefficients[0], coefficients[1])
    for c in coefficients[2:]:
        total = fused(total, x, c)
    return total


def log32(x: Array) -> Array:
    """ln x of float32 numbers: x = 2^e (1 + m), with m between √½ - 1 and √2 - 1, and a polynomial in m."""
    m, e = np.frexp(x)
    small = m < np.float32(math.sqrt(0.5))
    m = np.where(small, m + m, m) - 1
    e = (e - small).astype(np.float32)
    square = m * m
    y = fused(horner(m, LOG) * m, square, e * np.float32(LN2_LOW))
    y = m + fused(square, -0.5, y)
    return fused(e, LN2_HIGH, y)


def cos_sin32(angle: Array) -> tuple[Array, Array]:
    """Cosine and sine of float32 numbers >= 0, from the distance to the nearest multiple of π/2."""
    octant = ((angle * np.float32(4 / math.pi)).astype(np.int32) + 1) & ~1
    x = angle
    for part in QUARTER_PI:
        x = fused(octant.astype(np.float32), -part, x)
    square = x * x
    cosine = fused(horner(square, COS) * square, square, square * np.float32(-0.5)) + 1
    sine = fused(horner(square, SIN) * square, x, x)
    swapped = (octant & 2) != 0
    sine, cosine = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    return np.where((octant + 2) & 4, -cosine, cosine), np.where(octant & 4, -sine, sine)
