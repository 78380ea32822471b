"""Steps: rounding, signs and other functions whose derivative is zero wherever they have one."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import PAIRS, UNARY, apart, within
from autograd.derived import derived
from autograd.op import op
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
    """Round each element down. Derivative 0."""
    return x if is_whole(x) else np.floor(x)


@op(r"\lceil x \rceil", numpy=np.ceil, inplace=True, refuses=NO_STEPS, cases=STEPS)
def ceil(x: Array) -> Array:
    """Round each element up. Derivative 0."""
    return x if is_whole(x) else np.ceil(x)


@op(r"\mathrm{trunc}(x)", numpy=np.trunc, inplace=True, refuses=NO_STEPS, cases=STEPS)
def trunc(x: Array) -> Array:
    """Round each element towards zero. Derivative 0."""
    return x if is_whole(x) else np.trunc(x)


fix = trunc


@op(r"\mathrm{round}(x)", numpy=np.round, inplace=True, refuses=NO_STEPS,
    cases=(*STEPS, *(c._replace(params={"decimals": 1}) for c in STEPS)))  # fmt: skip
def round(x: Array, *, decimals: int = 0) -> Array:
    """Round each element to the nearest whole number, or to `decimals` digits; halves to even. Derivative 0."""
    if is_whole(x):
        if decimals:
            raise ValueError("an integer tensor can't be rounded to decimals")
        return x
    if decimals == 0:
        return np.rint(x)
    scale = x.dtype.type(10.0 ** abs(decimals))
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


@op(r"\mathrm{sign}(x)", numpy=np.sign, inplace=True, refuses={"c": "use sgn()"}, cases=UNARY)
def sign(x: Array) -> Array:
    """-1, 0 or 1 by the sign of each element; NaN for NaN. Derivative 0."""
    return x if x.dtype.kind == "b" else np.sign(x)


for step in (floor, ceil, trunc, round, sign):
    step.vjp("x", "0")(zero)


@derived(r"x - \mathrm{trunc}(x)", cases=STEPS, inplace=True)
def frac(input: Tensor) -> Tensor:
    """The fractional part of each element, with its sign."""
    if not input.is_floating_point():
        raise RuntimeError(f"frac: not defined for {input.dtype.name} tensors: they have no fractional part")
    return input - trunc(input)


@op(r"H(x)", numpy=np.heaviside, broadcasts=True, refuses={"c": ""}, cases=apart(PAIRS))
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
    """Whether the sign bit of each element is set: true for -0.0 too."""
    return x < 0 if is_whole(x) else np.signbit(x)
