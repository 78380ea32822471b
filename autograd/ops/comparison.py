"""Comparisons, tests and logic: results are true or false, and carry no gradient."""

from __future__ import annotations

import builtins
import math

import numpy as np

from autograd.apply import clashing_dimension
from autograd.arrays import Array, Axes, in_rows
from autograd.attach import also_called
from autograd.cases import DIMS, PAIRS, UNARY
from autograd.derived import derived
from autograd.dims import many_dims
from autograd.op import op
from autograd.ops.refusals import NO_ORDER
from autograd.ops.rounding import is_whole
from autograd.tensor import Tensor, tensor_of


@op(r"x = y", operator="eq", numpy=np.equal, broadcasts=True, kind="bool", cases=PAIRS)
def eq(x: Array, y: Array) -> Array:
    """Whether the elements are equal.

    >>> import autograd
    >>> autograd.eq(autograd.tensor([1, 2]), 2)
    tensor([False,  True])
    """
    return x == y


@op(r"x \ne y", operator="ne", numpy=np.not_equal, broadcasts=True, kind="bool", cases=PAIRS)
def ne(x: Array, y: Array) -> Array:
    """Whether the elements differ.

    >>> import autograd
    >>> autograd.ne(autograd.tensor([1, 2]), 2)
    tensor([ True, False])
    """
    return x != y


@op(r"x < y", operator="lt", numpy=np.less, broadcasts=True, kind="bool", refuses=NO_ORDER, cases=PAIRS)
def lt(x: Array, y: Array) -> Array:
    """Whether `input` is less than `other`.

    >>> import autograd
    >>> autograd.lt(autograd.tensor([1, 2, 3]), 2)
    tensor([ True, False, False])
    """
    return x < y


@op(r"x \le y", operator="le", numpy=np.less_equal, broadcasts=True, kind="bool", refuses=NO_ORDER,
    cases=PAIRS)  # fmt: skip
def le(x: Array, y: Array) -> Array:
    """Whether `input` is at most `other`.

    >>> import autograd
    >>> autograd.le(autograd.tensor([1, 2, 3]), 2)
    tensor([ True,  True, False])
    """
    return x <= y


@op(r"x > y", operator="gt", numpy=np.greater, broadcasts=True, kind="bool", refuses=NO_ORDER,
    cases=PAIRS)  # fmt: skip
def gt(x: Array, y: Array) -> Array:
    """Whether `input` is greater than `other`.

    >>> import autograd
    >>> autograd.gt(autograd.tensor([1, 2, 3]), 2)
    tensor([False, False,  True])
    """
    return x > y


@op(r"x \ge y", operator="ge", numpy=np.greater_equal, broadcasts=True, kind="bool", refuses=NO_ORDER,
    cases=PAIRS)  # fmt: skip
def ge(x: Array, y: Array) -> Array:
    """Whether `input` is at least `other`.

    >>> import autograd
    >>> autograd.ge(autograd.tensor([1, 2, 3]), 2)
    tensor([False,  True,  True])
    """
    return x >= y


not_equal = also_called("not_equal", ne)
less, less_equal = also_called("less", lt), also_called("less_equal", le)
greater, greater_equal = also_called("greater", gt), also_called("greater_equal", ge)


# -- tests of one element -------------------------------------------------------------------------


@op(r"x \text{ is NaN}", numpy=np.isnan, kind="bool", cases=UNARY)
def isnan(x: Array) -> Array:
    """Whether each element is "not a number".

    >>> import autograd
    >>> autograd.isnan(autograd.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """
    return np.isnan(x)


@op(r"|x| = \infty", numpy=np.isinf, kind="bool", cases=UNARY)
def isinf(x: Array) -> Array:
    """Whether each element is infinite, of either sign.

    >>> import autograd
    >>> autograd.isinf(autograd.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """
    return np.isinf(x)


@op(r"|x| < \infty", numpy=np.isfinite, kind="bool", cases=UNARY)
def isfinite(x: Array) -> Array:
    """Whether each element is neither infinite nor NaN.

    >>> import autograd
    >>> autograd.isfinite(autograd.tensor([1.0, float("inf"), float("nan")]))
    tensor([ True, False, False])
    """
    return np.isfinite(x)


@op(r"x = \infty", numpy=np.isposinf, kind="bool", refuses=NO_ORDER, cases=UNARY)
def isposinf(x: Array) -> Array:
    """Whether each element is positive infinity.

    >>> import autograd
    >>> autograd.isposinf(autograd.tensor([float("inf"), float("-inf")]))
    tensor([ True, False])
    """
    return np.zeros(x.shape, np.bool_) if is_whole(x) else x == math.inf


@op(r"x = -\infty", numpy=np.isneginf, kind="bool", refuses=NO_ORDER, cases=UNARY)
def isneginf(x: Array) -> Array:
    """Whether each element is negative infinity.

    >>> import autograd
    >>> autograd.isneginf(autograd.tensor([float("inf"), float("-inf")]))
    tensor([False,  True])
    """
    return np.zeros(x.shape, np.bool_) if is_whole(x) else x == -math.inf


@op(r"\Im x = 0", numpy=np.isreal, kind="bool", cases=UNARY)
def isreal(x: Array) -> Array:
    """Whether each element has no imaginary part.

    >>> import autograd
    >>> autograd.isreal(autograd.tensor([1 + 0j, 1 + 1j]))
    tensor([ True, False])
    """
    return np.isreal(x)


# -- whole tensors ------------------------------------------------------------------------------------


@derived(r"|x - y| \le a + r |y|", cases=PAIRS)
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False
) -> Tensor:
    """Whether elements are equal up to a relative and an absolute tolerance.

    >>> import autograd
    >>> autograd.isclose(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 2.1]))
    tensor([ True, False])
    """
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose(): rtol and atol must not be negative, got {rtol} and {atol}")
    if input.dtype is not other.dtype:
        raise RuntimeError(f"isclose(): {input.dtype.name} did not match {other.dtype.name}: convert one of them")
    clash = clashing_dimension([tuple(input.shape), tuple(other.shape)])
    if clash:
        raise RuntimeError(f"isclose: {clash}")
    if not (input.is_floating_point() or input.is_complex()):
        close = np.abs(input.array.astype(np.float64) - other.array) <= atol + rtol * np.abs(other.array)
        return tensor_of((input.array == other.array) | close)
    return tensor_of(np.isclose(input.array, other.array, rtol, atol, equal_nan))


@derived(r"\forall i : |x_i - y_i| \le a + r |y_i|", cases=PAIRS)
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False
) -> builtins.bool:
    """Whether all elements are equal up to a relative and an absolute tolerance.

    >>> import autograd
    >>> autograd.allclose(autograd.tensor([1.0]), autograd.tensor([1.0 + 1e-7]))
    True
    """
    return builtins.bool(np.all(isclose(input, other, rtol, atol, equal_nan).array))


@derived(r"x = y", cases=PAIRS)
def equal(input: Tensor, other: Tensor) -> builtins.bool:
    """Whether two tensors have the same shape and the same values.

    >>> import autograd
    >>> autograd.equal(autograd.tensor([1, 2]), autograd.tensor([1, 2]))
    True
    """
    return input.shape == other.shape and builtins.bool(np.all(input.array == other.array))


# -- logic ------------------------------------------------------------------------------------------


@op(r"x \land y", numpy=np.logical_and, broadcasts=True, numbers="none", kind="bool", cases=PAIRS)
def logical_and(x: Array, y: Array) -> Array:
    """Whether both elements are true (not zero).

    >>> import autograd
    >>> autograd.logical_and(autograd.tensor([0, 1, 2]), autograd.tensor([1, 0, 3]))
    tensor([False, False,  True])
    """
    return np.logical_and(x, y)


@op(r"x \lor y", numpy=np.logical_or, broadcasts=True, numbers="none", kind="bool", cases=PAIRS)
def logical_or(x: Array, y: Array) -> Array:
    """Whether at least one of the elements is true (not zero).

    >>> import autograd
    >>> autograd.logical_or(autograd.tensor([0, 1, 2]), autograd.tensor([0, 0, 3]))
    tensor([False,  True,  True])
    """
    return np.logical_or(x, y)


@op(r"x \oplus y", numpy=np.logical_xor, broadcasts=True, numbers="none", kind="bool", cases=PAIRS)
def logical_xor(x: Array, y: Array) -> Array:
    """Whether just one of the elements is true (not zero).

    >>> import autograd
    >>> autograd.logical_xor(autograd.tensor([0, 1, 2]), autograd.tensor([1, 0, 3]))
    tensor([ True,  True, False])
    """
    return np.logical_xor(x, y)


@op(r"\lnot x", numpy=np.logical_not, inplace=True, kind="bool", casts_out=True, cases=UNARY)
def logical_not(x: Array) -> Array:
    """Whether each element is false (zero).

    >>> import autograd
    >>> autograd.logical_not(autograd.tensor([0, 2]))
    tensor([ True, False])
    """
    return np.logical_not(x)


NO_BITS = dict.fromkeys("fc", "only integer and bool tensors have bits; convert with .long(), or compare first")
BITS = tuple(c._replace(inputs=tuple(i._replace(low=0, high=8, kind="int") for i in c.inputs)) for c in PAIRS)
ONE_BITS = tuple(c._replace(inputs=tuple(i._replace(low=0, high=8, kind="int") for i in c.inputs)) for c in UNARY)


@op(r"x \mathbin{\&} y", operator="and", numpy=np.bitwise_and, broadcasts=True, numbers="either",
    refuses=NO_BITS, cases=BITS)  # fmt: skip
def bitwise_and(x: Array, y: Array) -> Array:
    """The bits set in both; for bool tensors, logical and.

    >>> import autograd
    >>> autograd.bitwise_and(autograd.tensor([6]), autograd.tensor([3]))
    tensor([2])
    """
    return x & y


@op(r"x \mathbin{|} y", operator="or", numpy=np.bitwise_or, broadcasts=True, numbers="either",
    refuses=NO_BITS, cases=BITS)  # fmt: skip
def bitwise_or(x: Array, y: Array) -> Array:
    """The bits set in either; for bool tensors, logical or.

    >>> import autograd
    >>> autograd.bitwise_or(autograd.tensor([6]), autograd.tensor([3]))
    tensor([7])
    """
    return x | y


@op(r"x \mathbin{\^{}} y", operator="xor", numpy=np.bitwise_xor, broadcasts=True, numbers="either",
    refuses=NO_BITS, cases=BITS)  # fmt: skip
def bitwise_xor(x: Array, y: Array) -> Array:
    """The bits set in just one; for bool tensors, exclusive or.

    >>> import autograd
    >>> autograd.bitwise_xor(autograd.tensor([6]), autograd.tensor([3]))
    tensor([5])
    """
    return x ^ y


@op(r"\sim x", operator="invert", numpy=np.invert, inplace=True, refuses=NO_BITS, cases=ONE_BITS)
def bitwise_not(x: Array) -> Array:
    """All bits flipped; for bool tensors, logical not.

    >>> import autograd
    >>> autograd.bitwise_not(autograd.tensor([0, 5]))
    tensor([-1, -6])
    """
    return ~x


NO_SHIFT = {**NO_BITS, "b": ""}


@op(r"x \ll y", operator="lshift", numpy=np.left_shift, broadcasts=True, numbers="either", refuses=NO_SHIFT, cases=BITS)
def bitwise_left_shift(x: Array, y: Array) -> Array:
    """The bits moved up by `other` places.

    >>> import autograd
    >>> autograd.bitwise_left_shift(autograd.tensor([1, 3]), 2)
    tensor([ 4, 12])
    """
    return x << y


@op(
    r"x \gg y", operator="rshift", numpy=np.right_shift, broadcasts=True, numbers="either", refuses=NO_SHIFT, cases=BITS
)
def bitwise_right_shift(x: Array, y: Array) -> Array:
    """The bits moved down by `other` places.

    >>> import autograd
    >>> autograd.bitwise_right_shift(autograd.tensor([4, 13]), 2)
    tensor([1, 3])
    """
    return x >> y


@op(r"\gcd(x, y)", numpy=np.gcd, broadcasts=True, numbers="none", refuses={**NO_BITS, "b": ""}, cases=BITS)
def gcd(x: Array, y: Array) -> Array:
    """The greatest common divisor.

    >>> import autograd
    >>> autograd.gcd(autograd.tensor([12, 7]), autograd.tensor([18, 3]))
    tensor([6, 1])
    """
    return np.gcd(x, y)


@op(r"\mathrm{lcm}(x, y)", numpy=np.lcm, broadcasts=True, numbers="none", refuses={**NO_BITS, "b": ""}, cases=BITS)
def lcm(x: Array, y: Array) -> Array:
    """The least common multiple.

    >>> import autograd
    >>> autograd.lcm(autograd.tensor([4, 7]), autograd.tensor([6, 3]))
    tensor([12, 21])
    """
    return np.lcm(x, y)


# -- all and any ---------------------------------------------------------------------------------------


@op(r"\bigwedge_{i \in d} x_i", name="all", numpy=np.all, kind="free", canon={"dim": many_dims}, cases=DIMS)
def all(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """Whether all elements are true (not zero), of the whole tensor or along dimensions.

    >>> import autograd
    >>> autograd.all(autograd.tensor([[True, False], [True, True]]), dim=1)
    tensor([False,  True])
    """
    return truth_of(np.logical_and.reduce(x, axis=dim, keepdims=keepdim), x)


@op(r"\bigvee_{i \in d} x_i", name="any", numpy=np.any, kind="free", canon={"dim": many_dims}, cases=DIMS)
def any(x: Array, dim: Axes = None, keepdim: builtins.bool = False) -> Array:
    """Whether any element is true (not zero), of the whole tensor or along dimensions.

    >>> import autograd
    >>> autograd.any(autograd.tensor([[False, False], [True, False]]), dim=1)
    tensor([False,  True])
    """
    return truth_of(np.logical_or.reduce(x, axis=dim, keepdims=keepdim), x)


def truth_of(found: Array, x: Array) -> Array:
    """What `all` or `any` found, as bools; for bytes, as bytes."""
    rows: Array = in_rows(found).astype(x.dtype if x.dtype == np.uint8 else np.bool_)
    return rows
