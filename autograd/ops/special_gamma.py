"""The gamma function's family: its logarithm, its derivatives, the incomplete integrals and Hurwitz's zeta.

Each is the next one's derivative: that of lgamma is digamma, that of digamma is polygamma(1), and
that of polygamma(n) is polygamma(n + 1). SciPy computes the values; formulas are cited from the
NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array, Ints
from autograd.cases import UNARY, case, ints, sample, within
from autograd.derived import derived
from autograd.dtypes import FLOATING, get_default_dtype
from autograd.lazy import special
from autograd.misuse import speaking
from autograd.modes import is_grad_enabled
from autograd.op import op
from autograd.ops.powers import _xlogy
from autograd.promotion import result_type
from autograd.size import check_countable
from autograd.tensor import Tensor

POSITIVE = within(UNARY, 0.3, 4.0)
REAL_ONLY = {"c": "it is for real numbers here; take .real first"}


def values_of(function: Any, *arrays: Any) -> Any:
    """SciPy's values in the dtype of the last array: SciPy widens float16, and mixed types."""
    return function(*arrays).astype(arrays[-1].dtype, copy=False)


# -- the gamma function's logarithm and that one's derivatives --------------------------------------------


@op(r"\ln |\Gamma(x)|", inplace=True, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def lgamma(x: Array) -> Array:
    """The logarithm of the absolute value of the gamma function; inf at 0, -1, -2, ... and -inf. DLMF 5.2.

    >>> import autograd
    >>> autograd.lgamma(autograd.tensor([1.0, 2.0, 5.0])).exp()  # (x - 1)!
    tensor([ 1.,  1., 24.])
    """
    return np.where(x == -math.inf, math.inf, values_of(special.gammaln, x)).astype(x.dtype, copy=False)


@op(r"\psi(x) = \frac{\Gamma'(x)}{\Gamma(x)}", inplace=True, kind="float", refuses=REAL_ONLY, cases=POSITIVE)
def digamma(x: Array) -> Array:
    """The derivative of lgamma; NaN at -1, -2, ..., and -inf at 0. DLMF 5.2.2.

    >>> import autograd
    >>> autograd.digamma(autograd.tensor(1.0))  # minus Euler's constant
    tensor(-0.5772)
    """
    return values_of(special.psi, x)


def count_of_derivatives(n: Any, ndim: int, name: str) -> int:
    """The order of a polygamma function, checked."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"{name}(): argument 'n' must be int, not {type(n).__name__}")
    if n < 0:
        raise RuntimeError(f"{name}(n, x) does not support negative n. It counts derivatives, and is {n}")
    return int(n)


@op(
    r"\psi^{(n)}(x)",
    name="polygamma",
    inplace=True,
    kind="float",
    refuses=REAL_ONLY,
    canon={"n": count_of_derivatives},
    cases=tuple(c._replace(params={"n": n}) for n in (0, 1, 3) for c in within(UNARY, 0.6, 4.0)),
)
def _polygamma(x: Array, n: int) -> Array:
    """The n-th derivative of digamma. DLMF 5.15."""
    return values_of(special.polygamma, n, x)


lgamma.vjp("x", r"\bar z \odot \psi(x)")(lambda g, x: g * digamma.either(x))
digamma.vjp("x", r"\bar z \odot \psi'(x)")(lambda g, x: g * _polygamma.either(x, 1))
_polygamma.vjp("x", r"\bar z \odot \psi^{(n + 1)}(x)")(lambda g, x, n: g * _polygamma.either(x, n + 1))


@speaking
def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The n-th derivative of digamma. DLMF 5.15; for n > 0 it is (-1)^(n+1) n! zeta(n + 1, x).

    Raises RuntimeError for negative n.

    >>> import autograd
    >>> autograd.polygamma(1, autograd.tensor(1.0))  # pi**2 / 6
    tensor(1.6449)
    """
    result: Tensor = _polygamma(input, n, out=out)
    return result


@derived(r"\ln \Gamma_p(x)", cases=tuple(c._replace(params={"p": p}) for p in (1, 3) for c in within(UNARY, 1.2, 4.0)),
         inplace=True, casts_out=True)  # fmt: skip
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function: p (p - 1) / 4 ln(pi) + sum of lgamma(x - j / 2), j < p.

    For x > (p - 1) / 2. DLMF 35.3.4. Raises RuntimeError for p < 1.
    """
    if isinstance(p, bool) or not isinstance(p, int):
        raise TypeError(f"mvlgamma(): argument 'p' (position 2) must be int, not {type(p).__name__}")
    if p < 1:
        raise RuntimeError(f"mvlgamma: p has to be greater than or equal to 1: it is a number of dimensions, got {p}")
    check_countable((p, *input.shape), "mvlgamma")
    total: Tensor = lgamma(input)
    for j in range(1, p):
        total = total + lgamma(input - j / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


# -- functions of two numbers with a derivative by the second -----------------------------------------------


def with_constant(name: str, first: Any, second: Any) -> tuple[Tensor, Tensor]:
    """Both operands as tensors of their common dtype; RuntimeError where a gradient by the first is wanted."""
    if not isinstance(first, Tensor) and not isinstance(second, Tensor):
        raise TypeError(
            f"{name}(): at least one argument must be Tensor, not {type(first).__name__} and {type(second).__name__}"
        )
    tensor = first if isinstance(first, Tensor) else second
    common = result_type(first, second)
    if common.category < FLOATING:
        common = get_default_dtype()
    first, second = (
        v.to(common) if isinstance(v, Tensor) else tensor.new_tensor(v, dtype=common) for v in (first, second)
    )
    if first.requires_grad and is_grad_enabled():
        raise RuntimeError(
            f"the derivative for '{name}: input' is not implemented, and input requires grad: pass input.detach(), if "
            "the gradient by 'other' alone will do"
        )
    return first, second


@op(r"\frac{1}{\Gamma(a)} \int_0^x t^{a-1} e^{-t} dt", name="igamma", method=False, inplace=False, broadcasts=True,
    numbers="none", refuses=REAL_ONLY, cases=(case(sample((3, 4), 0.5, 4.0), ints((3, 1), 1, 4), upper=False),
                                              case(sample((2, 3), 0.5, 4.0), ints((), 1, 4), upper=True)))  # fmt: skip
def _igamma(x: Array, a: Ints, upper: bool) -> Array:
    """The integral of the gamma distribution's density from 0 to x, or (upper) from x on."""
    return values_of(special.gammaincc if upper else special.gammainc, a.astype(x.dtype), x)


@_igamma.vjp("x", r"\pm \bar z \odot \frac{x^{a-1} e^{-x}}{\Gamma(a)}")
def _(g: Any, x: Any, a: Any, upper: bool) -> Any:
    a = a.astype(x.dtype)
    density = np.exp(_xlogy.either(a - 1, x) - x - lgamma.either(a))
    return -g * density if upper else g * density


INTEGRALS = (case(ints((3, 1), 1, 3), sample((3, 4), 0.5, 4.0)), case(ints((), 1, 3), sample((2, 3), 0.5, 4.0)))


@derived(r"P(a, x) = \frac{1}{\Gamma(a)} \int_0^x t^{a-1} e^{-t} dt", inplace=True, cases=INTEGRALS, casts_out=True)
def igamma(input: Tensor, other: Tensor) -> Tensor:
    """The regularized lower incomplete gamma function P(input, other): a gamma distribution's function. DLMF 8.2.4.

    It has no derivative by `input`, as in PyTorch: RuntimeError where one is wanted.

    >>> import autograd
    >>> autograd.igamma(autograd.tensor(1.0), autograd.tensor(2.0))  # 1 - exp(-2)
    tensor(0.8647)
    """
    return incomplete_gamma("igamma", input, other, upper=False)


@derived(r"Q(a, x) = 1 - P(a, x)", inplace=True, cases=INTEGRALS, casts_out=True)
def igammac(input: Tensor, other: Tensor) -> Tensor:
    """The regularized upper incomplete gamma function: 1 - igamma, exact where that would be rounded to 0."""
    return incomplete_gamma("igammac", input, other, upper=True)


def incomplete_gamma(name: str, input: Tensor, other: Tensor, *, upper: bool) -> Tensor:
    """`igamma` or `igammac`, with the operands checked."""
    if not isinstance(other, Tensor):
        raise TypeError(f"{name}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    if not (input.is_floating_point() or other.is_floating_point()):
        raise RuntimeError(
            f"{name}: not implemented for {input.dtype.name} and {other.dtype.name}: convert with .float()"
        )
    a, x = with_constant(name, input, other)
    integral: Tensor = _igamma(x, a, upper)
    return integral


@op(
    r"\zeta(s, q) = \sum_{k=0}^\infty (k + q)^{-s}",
    name="zeta",
    method=False,
    inplace=False,
    broadcasts=True,
    numbers="none",
    refuses=REAL_ONLY,
    cases=(case(sample((3, 4), 0.5, 4.0), ints((3, 1), 2, 5)), case(sample((), 0.5, 4.0), ints((2,), 2, 5))),
)
def _zeta(x: Array, s: Ints) -> Array:
    """Hurwitz's zeta function, of its second argument."""
    return values_of(special.zeta, s.astype(x.dtype), x)


@_zeta.vjp("x", r"-\bar z \odot s\, \zeta(s + 1, q)")
def _(g: Any, x: Any, s: Any) -> Any:
    s = s.astype(x.dtype)
    return -g * s * _zeta.either(x, s + 1)


@derived(
    r"\zeta(x, q) = \sum_{k=0}^\infty (k + q)^{-x}",
    method=False,
    cases=(case(ints((3, 1), 2, 5), sample((3, 4), 0.5, 4.0)), case(ints((), 2, 5), sample((2, 3), 0.5, 4.0))),
)
def zeta(input: Any, other: Any) -> Tensor:
    """Hurwitz's zeta function of x = input and q = other; with q = 1, Riemann's. DLMF 25.11.1.

    NaN for x < 1. It has no derivative by `input`, as in PyTorch: RuntimeError where one is wanted.

    >>> import autograd
    >>> autograd.special.zeta(autograd.tensor(2.0), 1)  # pi**2 / 6
    tensor(1.6449)
    """
    s, q = with_constant("zeta", input, other)
    value: Tensor = _zeta(q, s)
    return value
