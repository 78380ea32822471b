"""Steps: rounding, signs and other functions whose derivative is zero wherever they have one."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from autograd import return_types
from autograd.arrays import Array, array_of
from autograd.attach import add_methods, also_called
from autograd.cases import PAIRS, UNARY, apart, case, sample, within
from autograd.derived import derived
from autograd.op import op
from autograd.ops.refusals import REAL_ONLY
from autograd.tensor import Tensor

STEPS = within(UNARY, -3.0, 3.0)
NO_STEPS = {"b": "", "c": "use .real or .abs()"}


def zero(g: Any) -> Any:
    """The rule of a step function."""
    return np.zeros_like(g)


def is_whole(x: Array) -> builtins.bool:
    """Whether the dtype has whole numbers only, which rounding leaves as they are."""
    return x.dtype.kind in "iub"


@op(r"\lfloor x \rfloor", numpy=np.floor, inplace=True, refuses=NO_STEPS, cases=STEPS)
def floor(x: Array) -> Array:
    """Round each element down. Derivative 0.

    >>> import autograd
    >>> autograd.floor(autograd.tensor([1.7, -1.7]))
    tensor([ 1., -2.])
    """
    return x.copy() if is_whole(x) else np.floor(x)


@op(r"\lceil x \rceil", numpy=np.ceil, inplace=True, refuses=NO_STEPS, cases=STEPS)
def ceil(x: Array) -> Array:
    """Round each element up. Derivative 0.

    >>> import autograd
    >>> autograd.ceil(autograd.tensor([1.2, -1.2]))
    tensor([ 2., -1.])
    """
    return x.copy() if is_whole(x) else np.ceil(x)


@op(r"\mathrm{trunc}(x)", numpy=np.trunc, inplace=True, refuses=NO_STEPS, cases=STEPS)
def trunc(x: Array) -> Array:
    """Round each element towards zero. Derivative 0.

    >>> import autograd
    >>> autograd.trunc(autograd.tensor([1.7, -1.7]))
    tensor([ 1., -1.])
    """
    return x.copy() if is_whole(x) else np.trunc(x)


fix = also_called("fix", trunc)


@op(r"\mathrm{round}(x)", numpy=np.round, inplace=True, refuses=NO_STEPS,
    cases=(*STEPS, *(c._replace(params={"decimals": 1}) for c in STEPS)))  # fmt: skip
def round(x: Array, *, decimals: int = 0) -> Array:
    """Round each element to the nearest whole number, or to `decimals` digits; halves to even. Derivative 0.

    >>> import autograd
    >>> autograd.round(autograd.tensor([0.5, 1.5, 2.5]))
    tensor([0., 2., 2.])
    """
    if is_whole(x):
        if decimals:
            raise ValueError("an integer tensor can't be rounded to decimals")
        return x.copy()
    if decimals == 0:
        return np.rint(x)
    scale = x.dtype.type(10.0 ** abs(decimals))
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


def real_sign(x: Array) -> Array:
    """The sign of real numbers, and of truth values themselves; 0 for NaN, which is neither above nor below 0."""
    return x.copy() if x.dtype.kind == "b" else np.subtract(x > 0, x < 0, dtype=x.dtype)


@op(r"\mathrm{sign}(x)", numpy=np.sign, inplace=True, refuses={"c": "use sgn()"}, cases=UNARY)
def sign(x: Array) -> Array:
    """-1, 0 or 1 by the sign of each element; 0 for NaN. Derivative 0.

    >>> import autograd
    >>> autograd.sign(autograd.tensor([-3.0, 0.0, 5.0]))
    tensor([-1.,  0.,  1.])
    """
    return real_sign(x)


@op(r"x / |x|", inplace=True, cases=(*UNARY, case(sample((3, 4), kind="complex"))))
def sgn(x: Array) -> Array:
    """The direction of each element: of length 1, or 0, where its derivative is 0 too. For real numbers, `sign`.

    >>> import autograd
    >>> autograd.sgn(autograd.tensor([3 + 4j, 0j]))
    tensor([0.6000+0.8000j, 0.0000+0.0000j])
    """
    return np.sign(x) if x.dtype.kind == "c" else real_sign(x)


@sgn.vjp("x", r"(\bar z - \Re(\bar z \odot z)\, z^*) / |x| \text{, for real } x \text{: } 0")
def _(g: Any, x: Any, out: Any) -> Any:
    if np.asarray(out.array if isinstance(out, Tensor) else out).dtype.kind != "c":
        return zero(g)
    length = np.abs(x)
    at_zero = length == 0
    return np.where(at_zero, 0, g - (g * out).real * out.conj()) / np.where(at_zero, 1, length)


for step in (floor, ceil, trunc, round, sign):
    step.vjp("x", "0")(zero)


@derived(r"x - \mathrm{trunc}(x)", cases=STEPS, inplace=True)
def frac(input: Tensor) -> Tensor:
    """The fractional part of each element, with its sign.

    >>> import autograd
    >>> autograd.frac(autograd.tensor([1.25, -1.25]))
    tensor([ 0.2500, -0.2500])
    """
    if not input.is_floating_point():
        raise RuntimeError(f"frac: not defined for {input.dtype.name} tensors: they have no fractional part")
    return input - trunc(input)


@op(r"H(x)", numpy=np.heaviside, broadcasts=True, numbers="none", refuses={"c": ""}, cases=apart(PAIRS))
def _heaviside(x: Array, values: Array) -> Array:
    """The step function: 0 below zero, 1 above, and `values` at zero. Derivative 0."""
    return np.where(x == 0, values, (x > 0).astype(x.dtype))


@derived(r"H(x)", cases=apart(PAIRS), inplace=True)
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """The step function: 0 below zero, 1 above, and `values` at zero. It has no derivative here.

    >>> import autograd
    >>> autograd.heaviside(autograd.tensor([-1.5, 0.0, 2.0]), autograd.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if input.dtype is not values.dtype:
        raise RuntimeError(
            f"heaviside: input and values must have the same dtype, got {input.dtype.name} and {values.dtype.name}"
        )
    return _heaviside(input, values)


@op(r"\mathrm{signbit}(x)", numpy=np.signbit, kind="bool", refuses={"c": ""}, cases=UNARY)
def signbit(x: Array) -> Array:
    """Whether the sign bit of each element is set: true for -0.0 too.

    >>> import autograd
    >>> autograd.signbit(autograd.tensor([-0.0, 0.0]))
    tensor([ True, False])
    """
    return x < 0 if is_whole(x) else np.signbit(x)


# -- the bits of a float -------------------------------------------------------------------------------


@op(r"|x| \,\mathrm{sign}(y)", numpy=np.copysign, broadcasts=True, kind="float", cases=apart(PAIRS))
def copysign(x: Array, y: Array) -> Array:
    """The size of each element of `input` with the sign of `other`. The derivative at 0 is 0.

    >>> import autograd
    >>> autograd.copysign(autograd.tensor([1.0, 2.0]), autograd.tensor([-1.0, 1.0]))
    tensor([-1.,  2.])
    """
    return np.copysign(x, y)


copysign.vjp("x", r"\bar z \odot \mathrm{sign}(x)\, \mathrm{sign}(y)")(lambda g, x, out: g * np.sign(x) * np.sign(out))
copysign.vjp("y", "0")(zero)


@op(r"\min\{t > x\}", numpy=np.nextafter, broadcasts=True, numbers="none",
    refuses=REAL_ONLY, cases=PAIRS)  # fmt: skip
def nextafter(x: Array, y: Array) -> Array:
    """The next float after each element of `input` towards `other`; as good as the same, so its derivative is 1.

    >>> import autograd
    >>> autograd.nextafter(autograd.tensor(1.0), autograd.tensor(2.0)).item() - 1 == 2**-23
    True
    """
    return np.nextafter(x, y)


nextafter.vjp("x", r"\bar z")(lambda g: g)
nextafter.vjp("y", "0")(zero)


@op(r"x = m\, 2^e", name="frexp", method=False, kind="free", outputs=2, cases=(case(sample((3, 4), 0.3, 3.0)),))
def _frexp(x: Array) -> tuple[Array, Array]:
    """The mantissa and the exponent of each element."""
    mantissa, exponent = np.frexp(x)
    return mantissa, np.asarray(exponent, np.int32)[()]


_frexp.vjp("x", r"\bar m\, 2^{-e}")(lambda g, x: g[0] / np.exp2(array_of_exponents(x)).astype(array_of(x).dtype))


def array_of_exponents(x: Any) -> Any:
    """The exponents of the elements, as constants."""
    return np.frexp(array_of(x))[1].astype(array_of(x).dtype)


@derived(r"x = m\, 2^e", cases=_frexp.op.cases)
def frexp(input: Tensor) -> Any:
    """The mantissa in [0.5, 1) and the exponent of each element, so that input = mantissa * 2**exponent.

    >>> import autograd
    >>> autograd.frexp(autograd.tensor([8.0, 3.0])).exponent
    tensor([4, 2], dtype=torch.int32)
    """
    if not input.is_floating_point():
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return return_types.frexp(*_frexp(input))


@derived("x", cases=UNARY)
def positive(input: Tensor) -> Tensor:
    """The tensor itself, as `+x`."""
    if input.dtype.name == "bool":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


add_methods(__pos__=positive)
