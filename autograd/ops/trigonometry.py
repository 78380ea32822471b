"""Circular and hyperbolic functions, each beside its inverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.attach import also_called
from autograd.cases import PAIRS, UNARY, within
from autograd.derived import derived
from autograd.op import op
from autograd.ops.refusals import FLOATS_ONLY
from autograd.tensor import Tensor

INSIDE = within(UNARY, -0.9, 0.9)
ABOVE_ONE = within(UNARY, 1.2, 3.0)


@op(r"\sin x", numpy=np.sin, inplace=True, kind="float", cases=UNARY)
def sin(x: Array) -> Array:
    """The sine of each element, in radians.

    >>> import autograd
    >>> autograd.sin(autograd.tensor([0.0, 1.5]))
    tensor([0.0000, 0.9975])
    """
    return np.sin(x)


sin.vjp("x", r"\bar z \odot \cos x")(lambda g, x: g * np.cos(x))


@op(r"\cos x", numpy=np.cos, inplace=True, kind="float", cases=UNARY)
def cos(x: Array) -> Array:
    """The cosine of each element, in radians.

    >>> import autograd
    >>> autograd.cos(autograd.tensor([0.0, 1.5]))
    tensor([1.0000, 0.0707])
    """
    return np.cos(x)


cos.vjp("x", r"-\bar z \odot \sin x")(lambda g, x: -g * np.sin(x))


@op(r"\tan x", numpy=np.tan, inplace=True, kind="float", cases=within(UNARY, -1.2, 1.2))
def tan(x: Array) -> Array:
    """The tangent of each element, in radians.

    >>> import autograd
    >>> autograd.tan(autograd.tensor([0.0, 1.5]))
    tensor([ 0.0000, 14.1014])
    """
    return np.tan(x)


tan.vjp("x", r"\bar z \odot (1 + z^2)")(lambda g, out: g * (1 + out * out))


@op(r"\arcsin x", numpy=np.arcsin, inplace=True, kind="float", cases=INSIDE)
def asin(x: Array) -> Array:
    """The angle whose sine is x; NaN outside [-1, 1].

    >>> import autograd
    >>> autograd.asin(autograd.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """
    return np.arcsin(x)


asin.vjp("x", r"\bar z / \sqrt{1 - x^2}")(lambda g, x: g / np.sqrt(1 - x * x))


@op(r"\arccos x", numpy=np.arccos, inplace=True, kind="float", cases=INSIDE)
def acos(x: Array) -> Array:
    """The angle whose cosine is x; NaN outside [-1, 1].

    >>> import autograd
    >>> autograd.acos(autograd.tensor([0.0, 1.0]))
    tensor([1.5708, 0.0000])
    """
    return np.arccos(x)


acos.vjp("x", r"-\bar z / \sqrt{1 - x^2}")(lambda g, x: -g / np.sqrt(1 - x * x))


@op(r"\arctan x", numpy=np.arctan, inplace=True, kind="float", cases=UNARY)
def atan(x: Array) -> Array:
    """The angle whose tangent is x.

    >>> import autograd
    >>> autograd.atan(autograd.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """
    return np.arctan(x)


atan.vjp("x", r"\bar z / (1 + x^2)")(lambda g, x: g / (1 + x * x))


@op(
    r"\mathrm{atan2}(x, y)",
    numpy=np.arctan2,
    broadcasts=True,
    numbers="none",
    kind="float",
    cases=within(PAIRS, 0.2, 2.0),
)
def atan2(x: Array, y: Array) -> Array:
    """The angle of the point with ordinate `input` and abscissa `other`, in (-pi, pi].

    The derivative at the origin is 0, as in PyTorch.

    >>> import autograd
    >>> autograd.atan2(autograd.tensor([1.0, -1.0]), autograd.tensor([1.0, -1.0]))
    tensor([ 0.7854, -2.3562])
    """
    return np.arctan2(x, y)


atan2.vjp("x", r"\bar z \odot y / (x^2 + y^2)")(lambda g, x, y: g * unless_zero(y, x * x + y * y))
atan2.vjp("y", r"-\bar z \odot x / (x^2 + y^2)")(lambda g, x, y: -g * unless_zero(x, x * x + y * y))


def unless_zero(numerator: Any, denominator: Any) -> Any:
    """A quotient, 0 where the denominator is 0."""
    return numerator * np.where(denominator == 0, 0, 1 / denominator)


arcsin, arccos = also_called("arcsin", asin), also_called("arccos", acos)
arctan, arctan2 = also_called("arctan", atan), also_called("arctan2", atan2)


@op(r"\sinh x", numpy=np.sinh, inplace=True, kind="float", cases=UNARY)
def sinh(x: Array) -> Array:
    """The hyperbolic sine.

    >>> import autograd
    >>> autograd.sinh(autograd.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """
    return np.sinh(x)


sinh.vjp("x", r"\bar z \odot \cosh x")(lambda g, x: g * np.cosh(x))


@op(r"\cosh x", numpy=np.cosh, inplace=True, kind="float", cases=UNARY)
def cosh(x: Array) -> Array:
    """The hyperbolic cosine.

    >>> import autograd
    >>> autograd.cosh(autograd.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """
    return np.cosh(x)


cosh.vjp("x", r"\bar z \odot \sinh x")(lambda g, x: g * np.sinh(x))


@op(r"\tanh x", numpy=np.tanh, inplace=True, kind="float", cases=UNARY)
def tanh(x: Array) -> Array:
    """The hyperbolic tangent: an S-shaped curve from -1 to 1.

    >>> import autograd
    >>> autograd.tanh(autograd.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    return np.tanh(x)


tanh.vjp("x", r"\bar z \odot (1 - z^2)")(lambda g, out: g * (1 - out * out))


@op(r"\mathrm{arsinh}\, x", numpy=np.arcsinh, inplace=True, kind="float", cases=UNARY)
def asinh(x: Array) -> Array:
    """The number whose hyperbolic sine is x.

    >>> import autograd
    >>> autograd.asinh(autograd.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """
    return np.arcsinh(x)


asinh.vjp("x", r"\bar z / \sqrt{x^2 + 1}")(lambda g, x: g / np.sqrt(x * x + 1))


@op(r"\mathrm{arcosh}\, x", numpy=np.arccosh, inplace=True, kind="float", cases=ABOVE_ONE)
def acosh(x: Array) -> Array:
    """The number, not negative, whose hyperbolic cosine is x; NaN below 1.

    >>> import autograd
    >>> autograd.acosh(autograd.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """
    return np.arccosh(x)


acosh.vjp("x", r"\bar z / \sqrt{x^2 - 1}")(lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))


@op(r"\mathrm{artanh}\, x", numpy=np.arctanh, inplace=True, kind="float", cases=INSIDE)
def atanh(x: Array) -> Array:
    """The number whose hyperbolic tangent is x; NaN outside [-1, 1].

    >>> import autograd
    >>> autograd.atanh(autograd.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """
    return np.arctanh(x)


atanh.vjp("x", r"\bar z / (1 - x^2)")(lambda g, x: g / (1 - x * x))

arcsinh, arccosh = also_called("arcsinh", asinh), also_called("arccosh", acosh)
arctanh = also_called("arctanh", atanh)


@op(r"\sqrt{x^2 + y^2}", numpy=np.hypot, broadcasts=True, numbers="none", refuses=FLOATS_ONLY,
    cases=within(PAIRS, 0.2, 2.0))  # fmt: skip
def hypot(x: Array, y: Array) -> Array:
    """The length of a right triangle's long side, without overflow. The derivative at 0, 0 is NaN, as in PyTorch.

    >>> import autograd
    >>> autograd.hypot(autograd.tensor([3.0]), autograd.tensor([4.0]))
    tensor([5.])
    """
    return np.hypot(x, y)


hypot.vjp("x", r"\bar z \odot x / z")(lambda g, x, out: g * (x / out))
hypot.vjp("y", r"\bar z \odot y / z")(lambda g, y, out: g * (y / out))


@op(r"\sin(\pi x) / (\pi x)", numpy=np.sinc, inplace=True, kind="float", spares_result=True,
    cases=within(UNARY, 0.2, 2.0))  # fmt: skip
def sinc(x: Array) -> Array:
    """sin(pi x) / (pi x), and 1 at 0.

    >>> import autograd
    >>> autograd.sinc(autograd.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """
    turn = math.pi * x
    return np.where(x == 0, 1, np.sin(turn) / turn)


@sinc.vjp("x", r"\bar z \odot (\cos \pi x - z) / x")
def _(g: Any, x: Any, out: Any) -> Any:
    at_zero = x == 0
    return g * np.where(at_zero, 0, (np.cos(math.pi * x) - out) / np.where(at_zero, 1, x))


@derived(r"\pi x / 180", cases=UNARY, inplace=True, casts_out=True, numpy=np.deg2rad)
def deg2rad(input: Tensor) -> Tensor:
    """Degrees to radians.

    >>> import autograd
    >>> autograd.deg2rad(autograd.tensor([180.0]))
    tensor([3.1416])
    """
    return input * (math.pi / 180)


@derived(r"180\, x / \pi", cases=UNARY, inplace=True, casts_out=True, numpy=np.rad2deg)
def rad2deg(input: Tensor) -> Tensor:
    """Radians to degrees.

    >>> import autograd
    >>> autograd.rad2deg(autograd.tensor([3.14159265]))
    tensor([180.])
    """
    return input * (180 / math.pi)
