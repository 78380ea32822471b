"""Sums, products and their inverses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.attach import also_called
from autograd.cases import PAIRS, TRIPLES, UNARY, within
from autograd.derived import derived
from autograd.op import op
from autograd.ops.rounding import zero
from autograd.tensor import Tensor

AWAY_FROM_ZERO = within(PAIRS, 0.5, 2.0)


def name_from_number(named: str, otherwise: str) -> Callable[[Any], str]:
    """PyTorch's name for the node of an operator where a number stands on the left, as in `1 - x`, or no number does."""

    def name(node: Any) -> str:
        number = node.constants[0] if node.constants and node.edges[0] is None else None
        return named if getattr(number, "shape", None) == () else otherwise

    return name


@op(r"x + y", operator="add", numpy=np.add, method=False, broadcasts=True, numbers="any", cases=PAIRS)
def _add(x: Array, y: Array) -> Array:
    """Add element by element; what the operator `+` does."""
    return x + y


_add.vjp("x", r"\bar z")(lambda g: g)
_add.vjp("y", r"\bar z")(lambda g: g)


@op(r"x - y", operator="sub", numpy=np.subtract, method=False, broadcasts=True, numbers="any", cases=PAIRS,
    refuses={"b": "use ^ or logical_xor(), and ~ to invert a mask"}, refuses_each=True,
    node=name_from_number("RsubBackward1", "SubBackward0"))  # fmt: skip
def _sub(x: Array, y: Array) -> Array:
    """Subtract element by element; what the operator `-` does."""
    return x - y


_sub.vjp("x", r"\bar z")(lambda g: g)
_sub.vjp("y", r"-\bar z")(lambda g: -g)


@op(r"-x", operator="neg", numpy=np.negative, inplace=True, refuses={"b": "use ~ or logical_not()"}, cases=UNARY)
def neg(x: Array) -> Array:
    """The negative of each element.

    >>> import autograd
    >>> autograd.neg(autograd.tensor([1, -2]))
    tensor([-1,  2])
    """
    return -x


neg.vjp("x", r"-\bar z")(lambda g: -g)


@op(r"x \odot y", operator="mul", numpy=np.multiply, broadcasts=True, numbers="any", cases=PAIRS)
def mul(x: Array, y: Array) -> Array:
    """Multiply element by element, broadcasting as NumPy does.

    >>> import autograd
    >>> autograd.mul(autograd.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """
    return x * y


mul.vjp("x", r"\bar z \odot y")(lambda g, y: g * y)
mul.vjp("y", r"\bar z \odot x")(lambda g, x: g * x)


@op(r"x / y", operator="truediv", numpy=np.true_divide, method=False, broadcasts=True, numbers="any", kind="float",
    cases=AWAY_FROM_ZERO, node=name_from_number("MulBackward0", "DivBackward0"))  # fmt: skip
def _div(x: Array, y: Array) -> Array:
    """Divide element by element; what the operator `/` does. Integers give floats."""
    return x / y


_div.vjp("x", r"\bar z / y")(lambda g, y: g / y)
_div.vjp("y", r"-\bar z \odot x / y^2")(lambda g, x, y: -g * (x / y) / y)


@op(r"1 / x", numpy=np.reciprocal, inplace=True, kind="float", cases=within(UNARY, 0.5, 2.0))
def reciprocal(x: Array) -> Array:
    """One over each element.

    >>> import autograd
    >>> autograd.reciprocal(autograd.tensor([2.0, 4.0]))
    tensor([0.5000, 0.2500])
    """
    return 1 / x


reciprocal.vjp("x", r"-\bar z \odot z^2")(lambda g, out: -g * out * out)


# -- with the options that the functions have and the operators lack ---------------------------


@derived(r"x + \alpha y", cases=PAIRS, inplace=True, casts_out=True)
def add(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Add `alpha` times `other`, element by element.

    >>> import autograd
    >>> autograd.add(autograd.tensor([1.0, 2.0]), autograd.tensor([10.0, 20.0]), alpha=2)
    tensor([21., 42.])
    """
    return _add(input, scaled(other, alpha, "add"))


@derived(r"x - \alpha y", cases=PAIRS, inplace=True, casts_out=True)
def sub(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Subtract `alpha` times `other`, element by element.

    >>> import autograd
    >>> autograd.sub(autograd.tensor([5, 7]), autograd.tensor([1, 2]), alpha=2)
    tensor([3, 3])
    """
    return _sub(input, scaled(other, alpha, "sub"))


subtract, multiply, negative = also_called("subtract", sub), also_called("multiply", mul), also_called("negative", neg)


def scaled(other: Any, alpha: float, name: str) -> Any:
    """`alpha * other`, refused where a fraction would be lost on integers."""
    if alpha == 1:
        return other
    if isinstance(alpha, float) and isinstance(other, Tensor) and not (other.is_floating_point() or other.is_complex()):
        raise RuntimeError(f"{name}(): for integral tensors, argument alpha must not be a floating point number")
    return other * alpha


@derived(r"y - \alpha x", cases=PAIRS, method=False)
def rsub(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """`sub` with the operands the other way round.

    >>> import autograd
    >>> autograd.rsub(autograd.tensor([1, 2]), 10)
    tensor([9, 8])
    """
    return _sub(other, scaled(input, alpha, "rsub"))


@derived(r"x / y", cases=AWAY_FROM_ZERO, inplace=True, casts_out=True)
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Divide element by element, then round down ("floor"), towards zero ("trunc"), or not (None).

    >>> import autograd
    >>> autograd.div(autograd.tensor([-7, 7]), 2)
    tensor([-3.5000,  3.5000])
    >>> autograd.div(autograd.tensor([-7, 7]), 2, rounding_mode="trunc")
    tensor([-3,  3])
    """
    if rounding_mode is None:
        return _div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return _trunc_divide(input, other)
    raise RuntimeError(f"div(): rounding_mode must be None, 'trunc' or 'floor', got {rounding_mode!r}")


divide, true_divide = also_called("divide", div), also_called("true_divide", div)


# -- division with remainder ----------------------------------------------------------------------

REAL_NUMBERS = {"b": "", "c": "complex numbers have no order to round by"}


def check_divisor(y: Array) -> None:
    """Integers can't be divided by zero; floats can."""
    if y.dtype.kind in "iu" and np.any(y == 0):
        raise ValueError("ZeroDivisionError: an integer can't be divided by zero")  # `explain` says by which op


@op(r"\lfloor x / y \rfloor", operator="floordiv", numpy=np.floor_divide, broadcasts=True,
    numbers="either", refuses=REAL_NUMBERS, cases=AWAY_FROM_ZERO)  # fmt: skip
def floor_divide(x: Array, y: Array) -> Array:
    """Divide and round down. Derivative 0. Raises RuntimeError for an integer divided by zero.

    >>> import autograd
    >>> autograd.floor_divide(autograd.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """
    check_divisor(y)
    return np.floor_divide(x, y)


@op(r"\mathrm{trunc}(x / y)", method=False, broadcasts=True, numbers="either", refuses=REAL_NUMBERS,
    cases=AWAY_FROM_ZERO)  # fmt: skip
def _trunc_divide(x: Array, y: Array) -> Array:
    """Divide and round towards zero. Derivative 0."""
    check_divisor(y)
    if x.dtype.kind in "iu":
        return ((x - np.fmod(x, y)) // y).astype(x.dtype)
    return np.trunc(x / y)


for division in (floor_divide, _trunc_divide):
    division.vjp("x", "0")(zero)
    division.vjp("y", "0")(zero)


@op(r"x - y \lfloor x / y \rfloor", operator="mod", numpy=np.remainder, broadcasts=True,
    numbers="either", refuses=REAL_NUMBERS, cases=AWAY_FROM_ZERO)  # fmt: skip
def remainder(x: Array, y: Array) -> Array:
    """What is left of x when y is taken away as often as it fits; has the sign of y, as Python's `%`, or is 0.

    >>> import autograd
    >>> autograd.remainder(autograd.tensor([7, -7]), 4)
    tensor([3, 1])
    """
    check_divisor(y)
    left = np.remainder(x, y)
    return np.where(left == 0, np.copysign(left, x), left) if x.dtype.kind == "f" else left  # 0 has the sign of x


remainder.vjp("x", r"\bar z")(lambda g: g)
remainder.vjp("y", r"-\bar z \lfloor x / y \rfloor")(lambda g, x, y: -g * np.floor(x / y))


@op(r"x - y\, \mathrm{trunc}(x / y)", numpy=np.fmod, broadcasts=True, refuses=REAL_NUMBERS, cases=AWAY_FROM_ZERO)
def fmod(x: Array, y: Array) -> Array:
    """The remainder of a division rounded towards zero; has the sign of x, as C's fmod.

    >>> import autograd
    >>> autograd.fmod(autograd.tensor([7, -7]), 4)
    tensor([ 3, -3])
    """
    check_divisor(y)
    return np.fmod(x, y)


fmod.vjp("x", r"\bar z")(lambda g: g)
fmod.vjp("y", r"-\bar z\, \mathrm{trunc}(x / y)")(lambda g, x, y: -g * np.trunc(x / y))


# -- combinations -------------------------------------------------------------------------------------


@derived(r"x + v\, y_1 \odot y_2", cases=TRIPLES, inplace=True, casts_out=True)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Add `value` times the product of two tensors.

    >>> import autograd
    >>> autograd.addcmul(autograd.ones(2), autograd.tensor([1.0, 2.0]), autograd.tensor([3.0, 4.0]), value=0.5)
    tensor([2.5000, 5.0000])
    """
    return _add(input, scaled(mul(tensor1, tensor2), value, "addcmul"))


@derived(r"x + v\, y_1 / y_2", cases=within(TRIPLES, 0.5, 2.0), inplace=True, casts_out=True)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Add `value` times the quotient of two tensors. Raises RuntimeError for integers: cast them first.

    >>> import autograd
    >>> autograd.addcdiv(autograd.ones(2), autograd.tensor([1.0, 2.0]), autograd.tensor([2.0, 4.0]))
    tensor([1.5000, 1.5000])
    """
    if not any(t.is_floating_point() or t.is_complex() for t in (tensor1, tensor2)):
        raise RuntimeError(
            "addcdiv(): integer division is not supported: convert the tensors first, for example with .float()"
        )
    return _add(input, scaled(_div(tensor1, tensor2), value, "addcdiv"))


@derived(r"x + w (y - x)", cases=TRIPLES, inplace=True, casts_out=True)
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """Go from `input` towards `end` by the fraction `weight`: linear interpolation.

    Raises RuntimeError for integers.

    >>> import autograd
    >>> autograd.lerp(autograd.zeros(2), autograd.tensor([10.0, 20.0]), 0.25)
    tensor([2.5000, 5.0000])
    """
    if not (input.is_floating_point() or input.is_complex()):
        raise RuntimeError(f"lerp(): not defined for {input.dtype.name} tensors: convert with .float()")
    for name, tensor in (("end", end), ("weight", weight)):
        if isinstance(tensor, Tensor) and tensor.dtype is not input.dtype:
            raise RuntimeError(f"lerp(): expected dtype {input.dtype.name} for `{name}` but got {tensor.dtype.name}")
    return _add(input, mul(_sub(end, input), weight))
