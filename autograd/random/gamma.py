"""Numbers from the gamma distribution with rate 1, and how they move with its shape parameter."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.lazy import special
from autograd.random.generator import Generator

__all__ = ["beta_slope", "gamma_slope", "standard_gamma"]


def standard_gamma(shapes: Array, generator: Generator) -> Array:
    """A float64 number with density x^(α - 1) exp(-x) / Γ(α) for each shape parameter α."""
    with contextlib.closing(generator.uniform_one_by_one()) as stream:
        draw = stream.__next__
        numbers = [gamma_number(alpha, draw, generator) for alpha in shapes.reshape(-1).tolist()]
    return np.array(numbers, np.float64).reshape(shapes.shape)


def gamma_number(alpha: float, draw: Callable[[], float], generator: Generator) -> float:
    """A number by rejection: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.

    It needs α >= 1; below, a number for α + 1 is multiplied by u^(1/α).
    """
    if alpha == 0:
        return 0.0
    scale = 1.0
    if alpha < 1:
        scale = (1 - draw()) ** (1 / alpha)
        alpha += 1
    d = alpha - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x = one_normal(draw, generator)
        if 1 + c * x <= 0:
            continue
        v = (1 + c * x) ** 3
        u = 1 - draw()
        if u < 1 - 0.0331 * x**4 or math.log(u) < x * x / 2 + d * (1 - v + math.log(v)):
            return scale * d * v


def one_normal(draw: Callable[[], float], generator: Generator) -> float:
    """A standard normal number: the one that is waiting in the generator, or the first of two new ones."""
    if generator._spare is not None:
        number, generator._spare = generator._spare, None
        return number
    u1, u2 = draw(), draw()
    radius, angle = math.sqrt(-2 * math.log1p(-u2)), 2 * math.pi * u1
    generator._spare = radius * math.sin(angle)
    return radius * math.cos(angle)


# -- implicit reparameterization ----------------------------------------------------------------------------
# A number x with distribution function F(x; α) moves with α so that F stays the same: dx/dα = -(∂F/∂α) / p(x).
# Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", 2018.

STEP = 1e-3


def slope_in(function: Callable[[Array], Array], parameter: Array) -> Array:
    """The derivative of a smooth function by a positive parameter, from four points around it."""
    h = STEP * parameter
    near = function(parameter + h) - function(parameter - h)
    far = function(parameter + 2 * h) - function(parameter - 2 * h)
    slope: Array = (8 * near - far) / (12 * h)
    return slope


def gamma_slope(alpha: Any, x: Any) -> Array:
    """dx/dα of a number x from the gamma distribution with rate 1.

    Whichever of F and 1 - F is small is differentiated, as the other has lost its digits.
    """
    alpha, x = np.asarray(alpha, np.float64), np.asarray(x, np.float64)
    lower = slope_in(lambda a: special.gammainc(a, x), alpha)
    upper = slope_in(lambda a: special.gammaincc(a, x), alpha)
    density = np.exp((alpha - 1) * np.log(x) - x - special.gammaln(alpha))
    return np.where(x < alpha, -lower, upper) / density


def beta_slope(alpha: Any, beta: Any, x: Any) -> Array:
    """dx/dα of a number x from the beta distribution, at the same β."""
    alpha, beta, x = (np.asarray(value, np.float64) for value in (alpha, beta, x))
    lower = slope_in(lambda a: special.betainc(a, beta, x), alpha)
    upper = slope_in(lambda a: special.betaincc(a, beta, x), alpha)
    density = np.exp((alpha - 1) * np.log(x) + (beta - 1) * np.log1p(-x) - special.betaln(alpha, beta))
    return np.where(x < alpha / (alpha + beta), -lower, upper) / density
