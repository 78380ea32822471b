"""Choosing between values: absolute value, the larger and the smaller, limits, and `where`.

At a tie the two sides share the gradient equally, as in PyTorch: the shares always sum to one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, Ints, gated, quick_where
from autograd.attach import add_methods, also_called
from autograd.cases import PAIRS, UNARY, apart, bools, case, sample
from autograd.convert import number_as
from autograd.derived import derived
from autograd.graph import warn_caller
from autograd.op import op
from autograd.ops.refusals import NO_ORDER
from autograd.ops.rounding import sgn
from autograd.promotion import result_type
from autograd.tensor import Tensor, tensor_of

TIED_PAIRS = apart(PAIRS)


@op(r"|x|", operator="abs", numpy=np.absolute, inplace=True, kind="same", refuses={"b": ""}, cases=apart(UNARY))
def abs(x: Array) -> Array:
    """The absolute value. The derivative at 0 is 0.

    >>> import autograd
    >>> autograd.abs(autograd.tensor([-1.5, 2.0]))
    tensor([1.5000, 2.0000])
    """
    return np.abs(x)


abs.vjp("x", r"\bar z \odot \mathrm{sign}(x)")(lambda g, x: g * sgn.either(x).conj())

absolute = also_called("absolute", abs)


@op(r"\max(x, y)", numpy=np.maximum, broadcasts=True, numbers="none", inplace=False, refuses=NO_ORDER, cases=TIED_PAIRS)
def maximum(x: Array, y: Array) -> Array:
    """The larger of two elements; NaN if either is. At a tie both get half the gradient.

    >>> import autograd
    >>> autograd.maximum(autograd.tensor([1, 5]), autograd.tensor([3, 2]))
    tensor([3, 5])
    """
    return np.maximum(x, y)


@op(r"\min(x, y)", numpy=np.minimum, broadcasts=True, numbers="none", inplace=False, refuses=NO_ORDER, cases=TIED_PAIRS)
def minimum(x: Array, y: Array) -> Array:
    """The smaller of two elements; NaN if either is. At a tie both get half the gradient.

    >>> import autograd
    >>> autograd.minimum(autograd.tensor([1, 5]), autograd.tensor([3, 2]))
    tensor([1, 2])
    """
    return np.minimum(x, y)


maximum.vjp("x", r"\bar z \odot [x > y] \text{, half at a tie}")(lambda g, x, y: unless(x < y, g, x == y))
maximum.vjp("y", r"\bar z \odot [y > x] \text{, half at a tie}")(lambda g, x, y: unless(y < x, g, x == y))
minimum.vjp("x", r"\bar z \odot [x < y] \text{, half at a tie}")(lambda g, x, y: unless(x > y, g, x == y))
minimum.vjp("y", r"\bar z \odot [y < x] \text{, half at a tie}")(lambda g, x, y: unless(y > x, g, x == y))


def unless(loses: Any, g: Any, tie: Any) -> Any:
    """The gradient but where an operand loses, half of it where both are equal; NaN loses to nothing."""
    return gated(quick_where(tie, g / 2, g), ~loses)


@op(
    r"\max(x, y) \text{ but for NaN}",
    numpy=np.fmax,
    broadcasts=True,
    numbers="none",
    inplace=False,
    refuses=NO_ORDER,
    cases=TIED_PAIRS,
)
def fmax(x: Array, y: Array) -> Array:
    """The larger of two elements; where one is NaN, the other. At a tie the first gets the gradient.

    >>> import autograd
    >>> autograd.fmax(autograd.tensor([1.0, float("nan")]), autograd.tensor([3.0, 2.0]))
    tensor([3., 2.])
    """
    return np.fmax(x, y)


@op(
    r"\min(x, y) \text{ but for NaN}",
    numpy=np.fmin,
    broadcasts=True,
    numbers="none",
    inplace=False,
    refuses=NO_ORDER,
    cases=TIED_PAIRS,
)
def fmin(x: Array, y: Array) -> Array:
    """The smaller of two elements; where one is NaN, the other. At a tie the first gets the gradient.

    >>> import autograd
    >>> autograd.fmin(autograd.tensor([1.0, float("nan")]), autograd.tensor([3.0, 2.0]))
    tensor([1., 2.])
    """
    return np.fmin(x, y)


fmax.vjp("x", r"\bar z \odot [x \ge y]")(lambda g, x, y: gated(g, (x >= y) | np.isnan(y)))
fmax.vjp("y", r"\bar z \odot [x < y]")(lambda g, x, y: gated(g, ~((x >= y) | np.isnan(y))))
fmin.vjp("x", r"\bar z \odot [x \le y]")(lambda g, x, y: gated(g, (x <= y) | np.isnan(y)))
fmin.vjp("y", r"\bar z \odot [x > y]")(lambda g, x, y: gated(g, ~((x <= y) | np.isnan(y))))


# -- limits ---------------------------------------------------------------------------------------------


@op(r"\min(\max(x, a), b)", name="clamp_numbers", method=False, node="ClampBackward1", refuses={**NO_ORDER, "b": ""},
    cases=(case(sample((3, 4), apart=True), min=-0.7, max=0.8), case(sample((3, 4), apart=True), min=0.1),
           case(sample((), apart=True), max=0.1), case(sample((0, 3)), min=0.0)))  # fmt: skip
def _clamp_numbers(x: Array, min: float | None = None, max: float | None = None) -> Array:
    """Each element, kept within two numbers."""
    if min is not None:
        x = np.maximum(x, number_as(min, x.dtype))
    return x if max is None else np.minimum(x, number_as(max, x.dtype))


@_clamp_numbers.vjp("x", r"\bar z \odot [a \le x \le b]")
def _(g: Any, x: Any, min: float | None, max: float | None) -> Any:
    inside = np.logical_and(x >= (-math.inf if min is None else min), x <= (math.inf if max is None else max))
    return gated(g, inside)


@derived(
    r"\min(\max(x, a), b)", cases=(case(sample((3, 4), apart=True), min=-0.7, max=0.8),), inplace=True, casts_out=True
)
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element, kept within `min` and `max`: numbers, or tensors that broadcast; None leaves a side open.

    Where min > max the result is max. Elements beyond a limit get no gradient.

    >>> import autograd
    >>> autograd.clamp(autograd.tensor([-2.0, 0.5, 3.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return clamp_tensors(input, min, max)
    common = result_type(input, *(limit for limit in (min, max) if limit is not None))
    return _clamp_numbers(input if input.dtype is common else input.to(common), min, max)


def clamp_tensors(x: Tensor, low: Any, high: Any) -> Tensor:
    """Limits that are tensors get the gradient of the elements they replace."""
    result = x
    if low is not None:
        low = low if isinstance(low, Tensor) else tensor_of(number_as(low, x.dtype.dtype), x.dtype)
        result = where((result < low) | low.isnan(), low, result)
    if high is not None:
        high = high if isinstance(high, Tensor) else tensor_of(number_as(high, x.dtype.dtype), x.dtype)
        result = where((result > high) | high.isnan(), high, result)
    return result


clip = also_called("clip", clamp)


@derived(r"\max(x, a)", cases=(case(sample((3, 4), apart=True), min=-0.3),), inplace=True, casts_out=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Each element, or `min` where that is larger.

    >>> import autograd
    >>> autograd.clamp_min(autograd.tensor([-1.0, 2.0]), 0)
    tensor([0., 2.])
    """
    return clamp(input, min=min)


@derived(r"\min(x, b)", cases=(case(sample((3, 4), apart=True), max=0.3),), inplace=True, casts_out=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Each element, or `max` where that is smaller.

    >>> import autograd
    >>> autograd.clamp_max(autograd.tensor([-1.0, 2.0]), 0)
    tensor([-1.,  0.])
    """
    return clamp(input, max=max)


# -- where ------------------------------------------------------------------------------------------------


@op(r"x \text{ where } c \text{ else } y", name="where", method=False, broadcasts=True, numbers="any",
    cases=(case(bools((3, 4)), (3, 4), (3, 4)), case(bools((3, 1)), (4,), ()), case(bools(()), (), ()),
           case(bools((0, 3)), (1, 3), (3,)), case(bools((4,)), (3, 1), (3, 4))))  # fmt: skip
def _where(condition: Ints, x: Array, y: Array) -> Array:
    """Elements of x where the condition holds, elements of y elsewhere."""
    return quick_where(condition, x, y)


_where.vjp("x", r"\bar z \odot [c]")(lambda g, condition: gated(g, condition))
_where.vjp("y", r"\bar z \odot [\lnot c]")(lambda g, condition: gated(g, ~condition))


@derived(r"x \text{ where } c \text{ else } y", method=False, numpy=np.where, cases=_where.op.cases)
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """Elements of `input` where the condition holds, elements of `other` elsewhere.

    With the condition alone, the indices where it holds (as `nonzero(as_tuple=True)`). The side
    that is not chosen gets a zero gradient; if its own derivative is infinite there, the product
    is NaN, as in PyTorch: choose a safe argument before the function, not its result after it.

    >>> import autograd
    >>> x = autograd.tensor([-1.0, 2.0])
    >>> autograd.where(x > 0, x, 0.1 * x)
    tensor([-0.1000,  2.0000])
    """
    if input is None and other is None:
        return tuple(tensor_of(places, dtypes.int64) for places in np.nonzero(np.atleast_1d(condition.array)))
    if not isinstance(condition, Tensor):
        condition = tensor_of(np.asarray(condition))
    if condition.dtype is not dtypes.bool and condition.dtype is not dtypes.uint8:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype.name}: "
            "compare it with something, for example condition != 0"
        )
    if condition.dtype is dtypes.uint8:
        warn_caller(
            "where received a uint8 condition tensor. This behavior is deprecated: use a boolean condition instead"
        )
        condition = condition.bool()
    return _where(condition, input, other)


def method_where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """Elements of this tensor where the condition holds, elements of `other` elsewhere."""
    chosen: Tensor = where(condition, self, other)
    return chosen


add_methods(where=method_where)


@derived(r"x \text{ but NaN, } \infty \to \text{numbers}", cases=UNARY, inplace=True, numpy=np.nan_to_num)
def nan_to_num(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Each element, with numbers in place of NaN (0) and of infinities (the largest and smallest number).

    Replaced elements get no gradient.

    >>> import autograd
    >>> autograd.nan_to_num(autograd.tensor([float("nan"), 1.0, float("inf")]), posinf=9.0)
    tensor([0., 1., 9.])
    """
    if not (input.is_floating_point() or input.is_complex()):
        return input.clone()
    limits = np.finfo(input.dtype.to_real().dtype)
    x = where(input != input, 0.0 if nan is None else nan, input)
    x = where(x == math.inf, float(limits.max) if posinf is None else posinf, x)
    return where(x == -math.inf, float(limits.min) if neginf is None else neginf, x)
