"""Activation functions made of straight pieces: cheap stand-ins for curves, and thresholds.

At a kink the derivative is PyTorch's choice, mostly that of the flat side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array, gated
from autograd.cases import UNARY, apart, case, sample
from autograd.derived import derived
from autograd.inplace import in_place
from autograd.op import op
from autograd.ops.requirements import need_floating
from autograd.ops.selection import clamp, where
from autograd.tensor import Tensor

KINKED = apart(UNARY)
WIDE = sample((3, 4), -8, 8, apart=True)
FLOATS_ONLY = dict.fromkeys("biuc", "convert with .float()")


@op(r"\max(a, \min(b, x))", method=False, refuses={"b": "convert with .float()", "c": ""},
    cases=(*KINKED, case(WIDE, min_val=-3.0, max_val=0.5)))  # fmt: skip
def hardtanh(x: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """x, cut off below and above. The derivative at the corners is 0, unlike that of `clamp`."""
    return np.clip(x, x.dtype.type(min_val), x.dtype.type(max_val))


hardtanh.vjp("x", r"\bar z \odot [a < x < b]")(
    lambda g, x, min_val, max_val: gated(g, ~((x <= min_val) | (x >= max_val)))
)


SIXTH = float(np.float32(1 / 6))  # PyTorch's derivative holds it in single precision, whatever the dtype


@op(r"\tfrac16 \max(0, \min(6, x + 3))", refuses=FLOATS_ONLY, cases=(*KINKED, case(WIDE)), method=False)
def hardsigmoid(x: Array) -> Array:
    """A sigmoid of straight lines: 0 up to -3, 1 from 3 on.

    Howard et al., "Searching for MobileNetV3", ICCV 2019.
    """
    return np.clip(x + 3, 0, 6) / 6


hardsigmoid.vjp("x", r"\tfrac16 \bar z \odot [-3 < x < 3]")(lambda g, x: gated(g * SIXTH, (x > -3) & (x < 3)))


@op(r"\tfrac16 x \max(0, \min(6, x + 3))", method=False, refuses=FLOATS_ONLY, cases=(*KINKED, case(WIDE)))
def hardswish(x: Array) -> Array:
    """x times its hardsigmoid: a cheap `silu`.

    Howard et al., "Searching for MobileNetV3", ICCV 2019.
    """
    return x * np.clip(x + 3, 0, 6) / 6


@hardswish.vjp("x", r"\bar z \odot (0 \text{ below } {-3}, \tfrac13 x + \tfrac12, 1 \text{ above } 3)")
def _(g: Any, x: Any) -> Any:
    return g * np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1))


@derived(r"x \text{ if } |x| > \lambda \text{ else } 0", cases=(*KINKED, case(WIDE, lambd=2.0)))
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, with small values set to zero."""
    need_floating("hardshrink", input)
    return input * ~(input.abs() <= lambd)


@derived(r"x - \max(-\lambda, \min(\lambda, x))", cases=(*KINKED, case(WIDE, lambd=2.0)), method=False)
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, drawn towards zero by lambda, and zero within it. Raises RuntimeError for a negative lambda."""
    need_floating("softshrink", input)
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return input - clamp(input, -lambd, lambd)


@derived(
    r"x \text{ if } x > t \text{ else } v",
    cases=(case(WIDE, threshold=0.5, value=-3.0), case((), threshold=0, value=1)),
    method=False,
    inplace=False,
    casts_out=True,
)
def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """x where it exceeds a threshold, else a number."""
    return where(input <= threshold, input.like(input.dtype.type(value)), input)


threshold_ = in_place(threshold, "threshold_")


@derived(
    r"x \text{ if } x > 0 \text{ else } w x",
    cases=(
        case(WIDE, (4,)),
        case(sample((2, 3, 2), apart=True), (3,)),
        case(KINKED[1].inputs[0], (1,)),
        case(WIDE, ()),
    ),
)
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Like `leaky_relu`, with a slope that is learned: one, or one for each channel (dimension 1).

    He et al., "Delving deep into rectifiers", ICCV 2015. Raises RuntimeError where the number of
    slopes is not that of the channels.
    """
    if not isinstance(weight, Tensor):
        raise TypeError(f"prelu(): argument 'weight' must be Tensor, not {type(weight).__name__}")
    need_floating("prelu", input)
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype.name} and {weight.dtype.name}")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.numel() != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if not input.ndim:
            raise RuntimeError("prelu: Not allow zero-dim input tensor.")
        if weight.numel() != channels:
            raise RuntimeError(
                "prelu: Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}: write PReLU({channels})"
            )
        weight = weight.reshape(-1, *(1,) * (input.ndim - 2)) if input.ndim > 1 else weight
    elif weight.ndim:
        weight = weight.reshape(())
    return where(input > 0, input, weight * input)
