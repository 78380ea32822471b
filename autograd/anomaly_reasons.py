"""Why an operation is likely to have made a NaN or an infinity, told by what its inputs are like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Operand:
    """What is noted of one input of an operation: its range, and how many of its elements are odd."""

    __slots__ = ("dtype", "high", "infs", "low", "name", "nans", "shape", "size", "zeros")

    def __init__(self, name: str, array: Any) -> None:
        self.name, self.dtype, self.shape, self.size = name, array.dtype, tuple(array.shape), array.size
        numbers = np.asarray(array)
        inexact = numbers.dtype.kind in "fc"
        self.nans = int(np.count_nonzero(np.isnan(numbers))) if inexact else 0
        self.infs = int(np.count_nonzero(np.isinf(numbers))) if inexact else 0
        self.zeros = int(np.count_nonzero(numbers == 0))
        sizes = np.abs(numbers) if numbers.dtype.kind == "c" else numbers
        known = sizes[~np.isnan(sizes)] if inexact else sizes
        self.low = float(known.min()) if known.size else np.nan
        self.high = float(known.max()) if known.size else np.nan

    def __str__(self) -> str:
        odd = ", ".join(
            f"{count} {what}"
            for count, what in ((self.nans, "nan"), (self.infs, "inf"), (self.zeros, "zeros"))
            if count
        )
        span = f"from {self.low:.4g} to {self.high:.4g}" if self.size > self.nans else "nothing but nan"
        return (
            f"{self.name}: {self.dtype} {self.shape}, {span if self.size else 'empty'}{f', with {odd}' if odd else ''}"
        )


NONE = Operand("", np.zeros(0))

# -- forward --------------------------------------------------------------------------------------------------


def of_log(x: Operand, _: Operand) -> str:
    """Logarithms of what is not positive."""
    if x.low < 0:
        return "the logarithm of a negative number is nan: keep its input positive, with clamp(min=1e-8) or softplus"
    return "log(0) is -inf: add a small number, or use log_softmax, logsigmoid or a loss on logits"


def of_sqrt(x: Operand, _: Operand) -> str:
    """Roots of negative numbers."""
    return "the square root of a negative number is nan: clamp(min=0) what only rounding has made negative"


def of_div(x: Operand, y: Operand) -> str:
    """Divisions by zero."""
    if y.zeros and x.zeros:
        return "0 / 0 is nan: add a small number to the divisor, or leave such elements out"
    if y.zeros:
        return "the divisor has zeros: add a small number to it"
    return "inf / inf is nan, and a number over a tiny one is inf: look at where the large ones come from"


def of_exp(x: Operand, _: Operand) -> str:
    """Exponentials of large numbers."""
    most = float(np.log(np.finfo(x.dtype).max)) if x.dtype.kind == "f" else 88.0
    return (
        f"exp of more than {most:.4g} is inf in {x.dtype}: subtract the maximum first, or use softmax, logsumexp, "
        "softplus or a loss on logits"
    )


def of_pow(x: Operand, y: Operand) -> str:
    """Powers of negative numbers, and negative powers of zero."""
    if x.low < 0:
        return "a negative number to a fractional power is nan: take it of x.abs() or clamp(min=0)"
    return "0 to a negative power is inf, and large powers overflow: add a small number to the base, or scale it"


def of_softmax(x: Operand, _: Operand) -> str:
    """Rows without a finite number."""
    return "a row is -inf throughout (all of it is masked), or has an inf: leave one place of each row unmasked"


def of_nothing(x: Operand, _: Operand) -> str:
    """Means and variances of too few numbers."""
    if not x.size:
        return "the mean of no elements is 0 / 0: check for an empty batch or mask"
    return "the variance of a single element divides by n - 1 = 0: use unbiased=False, or more than one element"


def of_sum(x: Operand, y: Operand) -> str:
    """Infinities of both signs."""
    if x.infs or y.infs:
        return "inf - inf is nan: look at where the infinities come from"
    return "the numbers are too large for their dtype: scale them down, or lower the learning rate"


def of_product(x: Operand, y: Operand) -> str:
    """Zeros times infinities."""
    if x.infs or y.infs:
        return "0 · inf is nan: look at where the infinities come from"
    return "the numbers are too large for their dtype: scale them down, or lower the learning rate"


def of_loss(x: Operand, y: Operand) -> str:
    """Losses of nothing, or of infinite scores."""
    if x.infs:
        return "there are infinite scores: look at where they come from"
    return "no target counts (all are ignore_index, or there are none), and the mean of nothing is 0 / 0"


def of_domain(x: Operand, _: Operand) -> str:
    """Arguments outside the interval on which the function is defined."""
    return "defined from -1 to 1 alone: clamp(-1, 1) what only rounding has moved outside"


REASONS: dict[str, Callable[[Operand, Operand], str]] = {
    **dict.fromkeys(("log", "log2", "log10", "log1p", "logit"), of_log),
    **dict.fromkeys(("sqrt", "rsqrt"), of_sqrt),
    **dict.fromkeys(("div", "reciprocal", "remainder", "fmod"), of_div),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh"), of_exp),
    **dict.fromkeys(("pow_number", "pow_tensor"), of_pow),
    **dict.fromkeys(("softmax", "log_softmax", "logsumexp", "attention"), of_softmax),
    **dict.fromkeys(("mean", "var", "std"), of_nothing),
    **dict.fromkeys(("add", "sub", "sum", "cumsum"), of_sum),
    **dict.fromkeys(("mul", "matmul", "linear", "convolution", "prod"), of_product),
    **dict.fromkeys(("cross_entropy", "nll_loss"), of_loss),
    **dict.fromkeys(("acos", "asin", "atanh", "erfinv"), of_domain),
}
"""What to say of an op that made a NaN or an infinity, by its name."""


def forward_reason(node: Any, operands: list[Operand]) -> str:
    """The likely reason why an op has made a NaN or an infinity of inputs that had none."""
    first, second, *_ = [*operands, NONE, NONE]
    if node.op.name == "reciprocal":
        first, second = NONE, first
    reason = REASONS.get(node.op.name)
    return reason(first, second) if reason else ""


# -- backward -------------------------------------------------------------------------------------------------

BRANCHES = {"where": "where", "masked_fill": "masked_fill", "clamp_numbers": "clamp", "maximum": "maximum",
            "minimum": "minimum", "basic_index": "indexing", "index": "indexing", "masked_select": "masked_select",
            "relu": "relu"}  # fmt: skip
"""Ops that take only some elements on, and send a gradient of exactly 0 to the others."""

SLOPES = {
    "sqrt": "the derivative of sqrt at 0 is infinite",
    "rsqrt": "the derivative of rsqrt at 0 is infinite",
    "log": "the derivative of log at 0 is infinite",
    "div": "the derivative of a quotient by its divisor is infinite at 0",
    "reciprocal": "the derivative of 1 / x at 0 is infinite",
    "pow_number": "the derivative of a power below 1 is infinite at 0",
    "pow_tensor": "the derivative of a power is infinite or not defined there",
    "acos": "the derivative of acos at -1 and 1 is infinite",
    "asin": "the derivative of asin at -1 and 1 is infinite",
    "log1p": "the derivative of log1p at -1 is infinite",
    "exp": "exp has overflowed, and its derivative with it",
}
"""What is odd about the derivatives of some ops."""


def outside_branch(node: Any) -> str:
    """What to call an op that takes only some of its elements on; empty for others."""
    return BRANCHES.get(node.op.name, "")


def pull_reason(node: Any, operands: list[Operand], g: Any, sent: Any, behind: str) -> str:
    """The likely reason why a rule has returned a NaN or an infinity though nothing of the kind had arrived."""
    slope = SLOPES.get(node.op.name, "")
    arrived, sent = getattr(g, "array", g), np.asarray(sent)
    nan = np.isnan(sent)
    zero = getattr(arrived, "shape", None) == sent.shape and nan.any() and not np.asarray(arrived)[nan].any()
    if zero:
        source = f" from the unused branch of {behind}" if behind else ""
        cure = (
            "choose the input before, as in where(ok, x, 1), then apply the function; or use autograd.safe_where()"
            if behind
            else "add a small number to its input"
        )
        return f"0 · inf{source}: the gradient that arrived is 0, and {slope or 'the derivative is not finite'}. Cure: {cure}"
    if slope:
        return f"{slope}: keep its input away from there, by clamp() or by adding a small number"
    return "an input has nan or inf" if any(o.nans or o.infs for o in operands) else ""
