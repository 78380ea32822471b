"""Powers, exponentials and logarithms, each beside its inverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.attach import add_methods
from autograd.cases import PAIRS, UNARY, case, sample, within
from autograd.derived import derived
from autograd.inplace import in_place_operator
from autograd.op import op
from autograd.ops.refusals import FLOATS_ONLY
from autograd.promotion import NUMBERS
from autograd.tensor import Tensor

POSITIVE = within(UNARY, 0.3, 3.0)
POSITIVE_PAIRS = within(PAIRS, 0.3, 2.0)
LN2, LN10 = math.log(2), math.log(10)


# -- x to the n ---------------------------------------------------------------------------------------


@op(r"x^n", name="pow_number", method=False, node="PowBackward0",
    cases=(*(c._replace(params={"exponent": n}) for n in (2, 3, 0, -1, 0.5, 1) for c in POSITIVE),
           *(case(sample((3, 4), apart=True), exponent=n) for n in (3, 4, 5, -2))))  # fmt: skip
def _pow_number(x: Array, exponent: float) -> Array:
    """Raise each element to a fixed power."""
    if exponent == 3:  # of negative elements, NumPy's power takes a hundred times as long
        return x * x * x
    if exponent == -0.5:
        return 1 / np.sqrt(x)
    if x.dtype.kind == "f" and exponent % 1 == 0 and not -1 <= exponent <= 2:
        return whole_power(x, exponent)
    return x**exponent


def whole_power(x: Array, exponent: float) -> Array:
    """A power of the size, with the sign put back."""
    size = np.abs(x) ** exponent
    return np.copysign(size, x) if exponent % 2 else size


@_pow_number.vjp("x", r"\bar z \odot n x^{n-1}")
def _(g: Any, x: Any, exponent: float) -> Any:
    if exponent == 2:
        return g * (2 * x)
    if exponent == 3:
        return g * (3 * (x * x))
    return np.zeros_like(g) if exponent == 0 else g * (exponent * _pow_number.either(x, exponent - 1))


@op(r"x^y", name="pow_tensor", method=False, broadcasts=True, numbers="either", node="PowBackward1",
    cases=POSITIVE_PAIRS)  # fmt: skip
def _pow_tensor(x: Array, y: Array) -> Array:
    """Raise each element of x to its own power."""
    if y.dtype.kind == "i" and np.any(y < 0):  # what is left of 1 / x**n in whole numbers
        return np.where(y < 0, np.where(x == 1, 1, np.where(x == -1, 1 - 2 * (y % 2), 0)), x ** np.abs(y)).astype(
            x.dtype
        )
    return x**y


@_pow_tensor.vjp("x", r"\bar z \odot y\, x^{y-1}")
def _(g: Any, x: Any, y: Any) -> Any:
    return g * np.where(y == 0, 0, y * x ** (y - 1))


@_pow_tensor.vjp("y", r"\bar z \odot z \odot \ln x, \text{ 0 where } x = 0 \le y")
def _(g: Any, x: Any, y: Any, out: Any) -> Any:
    at_zero = (x == 0) & (y.real >= 0)
    return g * np.where(at_zero, 0, out * np.log(np.where(at_zero, 1, x)))


def power(input: Any, exponent: Any) -> Any:
    """`x ** y` for tensors and numbers; the rules depend on which of them is a constant number."""
    if exponent.__class__ in NUMBERS or isinstance(exponent, (complex, np.number, bool)):
        if isinstance(input, Tensor):
            exponent = exponent.item() if isinstance(exponent, np.number) else exponent
            return _pow_number(fit_for_power(input, exponent), exponent)
    elif not isinstance(exponent, (Tensor, np.ndarray)):
        return NotImplemented
    return _pow_tensor(input, exponent)


def fit_for_power(x: Tensor, exponent: Any) -> Tensor:
    """The base in the dtype of the result."""
    if x.dtype.is_floating_point and exponent.__class__ in NUMBERS:
        return x
    if isinstance(exponent, complex):
        return x.to(x.dtype.to_complex() if x.dtype.category >= dtypes.FLOATING else dtypes.complex64)
    if x.dtype.category < dtypes.FLOATING:
        if isinstance(exponent, (float, np.floating)):
            return x.to(dtypes.get_default_dtype())
        if exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed: convert the base with .float()")
        return x if x.dtype is not dtypes.bool else x.to(dtypes.int64)
    return x


@derived(r"x^y", cases=POSITIVE_PAIRS, inplace=True, casts_out=True, numpy=np.power)
def pow(input: Any, exponent: Any) -> Tensor:
    """Raise each element to a power: a number, or a tensor of powers.

    The derivative by the power is 0 where the base is 0 and the power not negative.

    >>> import autograd
    >>> autograd.pow(autograd.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    result = power(input, exponent) if isinstance(input, Tensor) or isinstance(exponent, Tensor) else NotImplemented
    if result is NotImplemented:
        raise TypeError(f"pow(): argument 'exponent' must be Tensor or Number, not {type(exponent).__name__}")
    return result


def reflected_power(self: Tensor, base: Any) -> Any:
    """`2 ** x`."""
    return power(base, self)


add_methods(__pow__=power, __rpow__=reflected_power, __ipow__=in_place_operator(pow, "pow_"))


@derived(r"x^y", cases=POSITIVE_PAIRS, numpy=np.float_power)
def float_power(input: Any, exponent: Any) -> Tensor:
    """`pow` computed in double precision.

    >>> import autograd
    >>> autograd.float_power(autograd.tensor([2, 3]), 2)
    tensor([4., 9.], dtype=torch.float64)
    """
    return pow(*(in_double(value) for value in (input, exponent)))


def in_double(value: Any) -> Any:
    """A tensor in double precision; a number as it is."""
    if not isinstance(value, Tensor):
        return value if isinstance(value, complex) else float(value)
    return value.to(dtypes.complex128 if value.is_complex() else dtypes.float64)


def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """In-place version of `float_power`. Raises RuntimeError for a tensor that is not in double precision."""
    if in_double(self) is not self:
        raise RuntimeError(f"float_power_: the base has dtype {self.dtype.name} but the result needs double precision")
    powers: Tensor = self.pow_(exponent)
    return powers


add_methods(float_power_=float_power_)


@derived(r"x^2", cases=UNARY, inplace=True, casts_out=True, numpy=np.square)
def square(input: Tensor) -> Tensor:
    """Each element times itself.

    >>> import autograd
    >>> autograd.square(autograd.tensor([1.0, -3.0]))
    tensor([1., 9.])
    """
    return power(input, 2)


# -- roots ------------------------------------------------------------------------------------------------


@op(r"\sqrt x", numpy=np.sqrt, inplace=True, kind="float", cases=POSITIVE)
def sqrt(x: Array) -> Array:
    """The square root; NaN for negative numbers. The derivative at 0 is inf, as in PyTorch.

    >>> import autograd
    >>> autograd.sqrt(autograd.tensor([4.0, 9.0]))
    tensor([2., 3.])
    """
    return np.sqrt(x)


sqrt.vjp("x", r"\bar z / (2 z)")(lambda g, out: g / (2 * out))


@op(r"1 / \sqrt x", inplace=True, kind="float", cases=POSITIVE)
def rsqrt(x: Array) -> Array:
    """One over the square root.

    >>> import autograd
    >>> autograd.rsqrt(autograd.tensor([4.0, 16.0]))
    tensor([0.5000, 0.2500])
    """
    return 1 / np.sqrt(x)


rsqrt.vjp("x", r"-\tfrac12 \bar z \odot z^3")(lambda g, out: -0.5 * g * out * out * out)


# -- exponentials and logarithms --------------------------------------------------------------------------


@op(r"e^x", numpy=np.exp, inplace=True, kind="float", cases=UNARY)
def exp(x: Array) -> Array:
    """The exponential of each element.

    >>> import autograd
    >>> autograd.exp(autograd.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(x)


exp.vjp("x", r"\bar z \odot z")(lambda g, out: g * out)


@op(r"\ln x", numpy=np.log, inplace=True, kind="float", cases=POSITIVE)
def log(x: Array) -> Array:
    """The natural logarithm; -inf at 0, NaN below.

    >>> import autograd
    >>> autograd.log(autograd.tensor([1.0, 10.0]))
    tensor([0.0000, 2.3026])
    """
    return np.log(x)


log.vjp("x", r"\bar z / x")(lambda g, x: g / x)


@op(r"2^x", numpy=np.exp2, inplace=True, kind="float", cases=UNARY)
def exp2(x: Array) -> Array:
    """Two to the power of each element.

    >>> import autograd
    >>> autograd.exp2(autograd.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """
    return np.exp2(x)


exp2.vjp("x", r"\bar z \odot z \ln 2")(lambda g, out: g * out * LN2)


@op(r"\log_2 x", numpy=np.log2, inplace=True, kind="float", cases=POSITIVE)
def log2(x: Array) -> Array:
    """The logarithm to base 2.

    >>> import autograd
    >>> autograd.log2(autograd.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return np.log2(x)


log2.vjp("x", r"\bar z / (x \ln 2)")(lambda g, x: g / (x * LN2))


@op(r"\log_{10} x", numpy=np.log10, inplace=True, kind="float", cases=POSITIVE)
def log10(x: Array) -> Array:
    """The logarithm to base 10.

    >>> import autograd
    >>> autograd.log10(autograd.tensor([1.0, 50.0]))
    tensor([0.0000, 1.6990])
    """
    return np.log10(x)


log10.vjp("x", r"\bar z / (x \ln 10)")(lambda g, x: g / (x * LN10))


@op(r"e^x - 1", numpy=np.expm1, inplace=True, kind="float", cases=UNARY)
def expm1(x: Array) -> Array:
    """exp(x) - 1, exact for small x where the difference would lose its digits.

    >>> import autograd
    >>> autograd.expm1(autograd.tensor([1e-10]))
    tensor([1.0000e-10])
    """
    return np.expm1(x)


expm1.vjp("x", r"\bar z \odot (z + 1)")(lambda g, out: g * (out + 1))


@op(r"\ln(1 + x)", numpy=np.log1p, inplace=True, kind="float", node="Log1PBackward0", cases=POSITIVE)
def log1p(x: Array) -> Array:
    """log(1 + x), exact for small x where the sum would lose their digits.

    >>> import autograd
    >>> autograd.log1p(autograd.tensor([1e-10]))
    tensor([1.0000e-10])
    """
    return np.log1p(x)


log1p.vjp("x", r"\bar z / (1 + x)")(lambda g, x: g / (1 + x))


@op(r"\ln(e^x + e^y)", numpy=np.logaddexp, broadcasts=True, inplace=False, numbers="none",
    spares_result=True, refuses=FLOATS_ONLY, cases=PAIRS)  # fmt: skip
def logaddexp(x: Array, y: Array) -> Array:
    """The logarithm of a sum of exponentials, without overflow.

    >>> import autograd
    >>> autograd.logaddexp(autograd.tensor([1000.0]), autograd.tensor([1000.0]))
    tensor([1000.6932])
    """
    return complex_logaddexp(x, y) if x.dtype.kind == "c" else np.logaddexp(x, y)


logaddexp.vjp("x", r"\bar z \odot e^{x - z}")(lambda g, x, out: g * np.exp(x - out))
logaddexp.vjp("y", r"\bar z \odot e^{y - z}")(lambda g, y, out: g * np.exp(y - out))


def complex_logaddexp(x: Array, y: Array) -> Array:
    """The same for complex numbers: of the many logarithms, the one next to the operand with the larger real part."""
    is_larger = x.real >= y.real
    larger, smaller = np.where(is_larger, x, y), np.where(is_larger, y, x)
    both_infinite = np.isinf(x.real) & (x.real == y.real)  # their difference would be NaN
    return np.where(both_infinite, np.log(np.exp(x) + np.exp(y)), larger + np.log1p(np.exp(smaller - larger)))


@op(r"\log_2(2^x + 2^y)", numpy=np.logaddexp2, broadcasts=True, inplace=False, numbers="none",
    spares_result=True, refuses=FLOATS_ONLY, cases=PAIRS)  # fmt: skip
def logaddexp2(x: Array, y: Array) -> Array:
    """The base-2 logarithm of a sum of powers of 2, without overflow.

    >>> import autograd
    >>> autograd.logaddexp2(autograd.tensor([1000.0]), autograd.tensor([1000.0]))
    tensor([1001.])
    """
    return np.logaddexp2(x, y)


logaddexp2.vjp("x", r"\bar z \odot 2^{x - z}")(lambda g, x, out: g * np.exp2(x - out))
logaddexp2.vjp("y", r"\bar z \odot 2^{y - z}")(lambda g, y, out: g * np.exp2(y - out))


@op(r"x \ln y, \text{ 0 where } x = 0", method=False, broadcasts=True, numbers="either", kind="float",
    refuses={"c": "write x * log(y)"}, cases=POSITIVE_PAIRS)  # fmt: skip
def _xlogy(x: Array, y: Array) -> Array:
    """x log(y), with 0 log(0) = 0: the term of an entropy. NaN where y is NaN."""
    return np.where((x == 0) & ~np.isnan(y), 0, x * np.log(y)).astype(x.dtype)


@_xlogy.vjp("x", r"\bar z \odot \ln y")
def _(g: Any, x: Any, y: Any) -> Any:
    return g * np.where((x == 0) & (y <= 0), 0, np.log(y))


_xlogy.vjp("y", r"\bar z \odot x / y")(lambda g, x, y: g * x / y)


@derived(r"x \ln y", cases=POSITIVE_PAIRS, inplace=True, casts_out=True)
def xlogy(input: Any, other: Any) -> Tensor:
    """x log(y), with 0 log(0) = 0: the term of an entropy. NaN where y is NaN.

    >>> import autograd
    >>> autograd.xlogy(autograd.tensor([0.0, 2.0]), autograd.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    return _xlogy(input, other)


@derived(r"x \odot 2^y", cases=PAIRS, inplace=True, casts_out=True, numpy=np.ldexp)
def ldexp(input: Tensor, other: Any) -> Tensor:
    """Multiply by 2 to the power of `other`.

    >>> import autograd
    >>> autograd.ldexp(autograd.tensor([1.0, 3.0]), autograd.tensor([4, -1]))
    tensor([16.0000,  1.5000])
    """
    if not isinstance(other, Tensor):
        raise TypeError(f"ldexp(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    if other.is_floating_point() or other.is_complex():
        return input * power(2.0, other)
    is_whole = input.dtype.category < dtypes.FLOATING
    return input * power(2.0, other.to(dtypes.get_default_dtype() if is_whole else input.dtype))
