"""Activation functions: the nonlinear step between the layers of a network.

Where a function has a kink, the derivative there is PyTorch's choice, mostly that of the left
side; the docstrings say so.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import ZERO, Array, gated, in_rows, pieces, quick_where
from autograd.cases import UNARY, apart, case, sample
from autograd.derived import derived
from autograd.lazy import special
from autograd.op import op
from autograd.ops.refusals import FLOATS_ONLY, REAL_ONLY
from autograd.tensor import Tensor

KINKED = apart(UNARY)
WITH_ORDER = {"b": "convert with .float()", "c": "complex numbers have no order"}


# -- the relu family ------------------------------------------------------------------------------------


@op(r"\max(0, x)", inplace=True, refuses=WITH_ORDER, cases=KINKED)
def relu(x: Array) -> Array:
    """The positive part: negative elements become 0. The derivative at 0 is 0.

    Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.

    >>> import autograd
    >>> autograd.relu(autograd.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    return np.maximum(x, ZERO.get(x.dtype, 0))


relu.vjp("x", r"\bar z \odot [z > 0]")(lambda g, out: gated(g, out != 0))

relu_: Any = Tensor.relu_


@op(r"x \text{ if } x > 0 \text{ else } s x", method=False, refuses=REAL_ONLY,
    cases=(*KINKED, case(sample((3, 4), apart=True), negative_slope=0.3)))  # fmt: skip
def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    """Like relu, but negative elements are scaled down instead of cut off, so that a gradient remains.

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
    """
    return quick_where(x > 0, x, x * negative_slope)


@leaky_relu.vjp("x", r"\bar z \odot (1 \text{ if } x > 0 \text{ else } s)")
def _(g: Any, x: Any, negative_slope: float) -> Any:
    return quick_where(x > 0, g, g * negative_slope)


@op(r"x \text{ if } x > 0 \text{ else } \alpha (e^x - 1)", method=False, refuses=REAL_ONLY,
    cases=(*KINKED, case(sample((3, 4), apart=True), alpha=0.5)))  # fmt: skip
def elu(x: Array, alpha: float = 1.0) -> Array:
    """Like relu, but negative elements tend smoothly to -alpha.

    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", ICLR 2016.
    """
    return quick_where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@elu.vjp("x", r"\bar z \odot (1 \text{ if } x > 0 \text{ else } \alpha e^x)")
def _(g: Any, x: Any, alpha: float) -> Any:
    return quick_where(x <= 0, g * alpha * np.exp(np.minimum(x, 0)), g)


@op(r"\max(0, \min(6, x))", method=False, refuses=WITH_ORDER, node="HardtanhBackward0",
    cases=(*KINKED, case(sample((3, 4), 4, 8, apart=True))))  # fmt: skip
def relu6(x: Array) -> Array:
    """relu, cut off at 6. The derivative at 0 and 6 is 0."""
    return np.clip(x, 0, 6)


relu6.vjp("x", r"\bar z \odot [0 < x < 6]")(lambda g, x: gated(g, ~((x <= 0) | (x >= 6))))


# -- S-shaped curves and their logarithms ----------------------------------------------------------------


@op(r"\sigma(x) = \frac{1}{1 + e^{-x}}", inplace=True, kind="float", cases=UNARY)
def sigmoid(x: Array) -> Array:
    """The logistic function: an S-shaped curve from 0 to 1, such as turns a score into a probability.

    >>> import autograd
    >>> autograd.sigmoid(autograd.tensor([-2.0, 0.0, 2.0]))
    tensor([0.1192, 0.5000, 0.8808])
    """
    return 1 / (1 + np.exp(-x))


sigmoid.vjp("x", r"\bar z \odot z (1 - z)")(lambda g, out: g * out * (1 - out))


@op(
    r"\ln \frac{x}{1 - x}",
    method=False,
    kind="float",
    cases=tuple(case(sample(c.inputs[0].shape, 0.1, 0.9)) for c in UNARY),
)
def _logit(x: Array) -> Array:
    """The inverse of sigmoid: the logarithm of the odds."""
    return np.log(x / (1 - x))


_logit.vjp("x", r"\frac{\bar z}{x (1 - x)}")(lambda g, x: g / (x * (1 - x)))


@derived(r"\ln \frac{x}{1 - x}", cases=_logit.op.cases, inplace=True, casts_out=True)
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """The inverse of sigmoid: the logarithm of the odds; with `eps`, of x kept within [eps, 1 - eps]."""
    return _logit(input if eps is None else input.clamp(eps, 1 - eps))


@op(r"\frac1\beta \ln(1 + e^{\beta x})", method=False, refuses=REAL_ONLY,
    cases=(*UNARY, case((3, 4), beta=2.0), case(sample((3, 4), -30, 30), threshold=5.0)))  # fmt: skip
def softplus(x: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """A smooth version of relu; above `threshold` / beta it is x itself, to which it is equal in floats.

    Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS 2000.
    """
    scaled = x * beta
    return quick_where(scaled > threshold, x, np.log1p(np.exp(np.minimum(scaled, threshold))) / beta)


@softplus.vjp("x", r"\bar z \odot \sigma(\beta x)")
def _(g: Any, x: Any, beta: float, threshold: float) -> Any:
    scaled = x * beta
    return quick_where(scaled > threshold, g, g / (1 + np.exp(-scaled)))


@op(r"\ln \sigma(x)", method=False, refuses=REAL_ONLY, node="LogSigmoidBackward0", cases=UNARY)
def logsigmoid(x: Array) -> Array:
    """The logarithm of the sigmoid, without overflow."""
    x = in_rows(x)
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


logsigmoid.vjp("x", r"\bar z \odot \sigma(-x)")(lambda g, x: g / (1 + np.exp(x)))


@op(r"x\, \sigma(x)", method=False, refuses=FLOATS_ONLY, cases=UNARY)
def silu(x: Array) -> Array:
    """x times its sigmoid: a smooth relu, also called swish.

    Hendrycks and Gimpel, "Gaussian error linear units", 2016; Elfwing et al., 2018.
    """
    return x / (1 + np.exp(-x))


@silu.vjp("x", r"\bar z \odot (\sigma(x) + z (1 - \sigma(x)))")
def _(g: Any, x: Any) -> Any:
    s = 1 / (1 + np.exp(-x))
    return g * (s * (1 + x * (1 - s)))


# -- from the normal distribution -------------------------------------------------------------------------


@op(r"\mathrm{erf}(x) = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt", inplace=True, kind="float", cases=UNARY)
def erf(x: Array) -> Array:
    """The error function: the probability that a normal variable with variance 1/2 falls within [-x, x]."""
    return special.erf(x).astype(x.dtype, copy=False)  # SciPy widens float16


erf.vjp("x", r"\bar z \odot \tfrac{2}{\sqrt\pi} e^{-x^2}")(lambda g, x: g * (2 / math.sqrt(math.pi) * np.exp(-x * x)))


def composed_gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """`gelu` in simple ops."""
    if approximate == "tanh":
        return 0.5 * x * (1 + (SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)).tanh())
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


@op(
    r"x\, \Phi(x)",
    method=False,
    refuses=REAL_ONLY,
    keeps=("slope",),
    composed=composed_gelu,
    cases=(*UNARY, *(c._replace(params={"approximate": "tanh"}) for c in UNARY)),
)
def gelu(x: Array, approximate: str = "none") -> Any:
    """x times the probability that a standard normal variable is less than x.

    With `approximate="tanh"`, the formula 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
    Hendrycks and Gimpel, "Gaussian error linear units", 2016.
    """
    if approximate == "none" and x.dtype == np.float32 and x.ndim:
        return single_precision_gelu(x)
    if approximate == "none":
        cdf = 0.5 * (1 + erf.either(x / math.sqrt(2)))
        return x * cdf, cdf + x * np.exp(-0.5 * x * x) * INVERSE_SQRT_2_PI
    cdf = 0.5 * (1 + np.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)))
    slope = SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x)
    return x * cdf, cdf + x * (2 * cdf * (1 - cdf)) * slope


gelu.vjp("x", r"\bar z \odot (\Phi(x) + x \varphi(x))")(lambda g, slope: g * slope)

SQRT_2_OVER_PI = math.sqrt(2 / math.pi)
INVERSE_SQRT_2_PI = 1 / math.sqrt(2 * math.pi)

LOGIT = (
    1.8093656116187021e-09, -1.3364697077954721e-07, 3.9731148348374745e-06, -5.527795318782081e-05,
    -3.2954724190489596e-05, 0.036333911302621105, 0.7978844926629662,
)  # fmt: skip
"""P with artanh(erf(x / sqrt(2))) = x P(x^2), highest power first: fitted so that the largest error in x Phi(x) is
least, 7e-8, up to x = 6.2, beyond which Phi is 1 as a float32."""


def single_precision_gelu(x: Array) -> tuple[Array, Array]:
    """x Phi(x) and its derivative for float32: NumPy's tanh is fast there, and SciPy's erf is not."""
    z, slope = np.empty_like(x), np.empty_like(x)
    for some, product, cdf in pieces(x, z, slope):
        square = some * some
        np.multiply(square, LOGIT[0], out=cdf)
        for coefficient in LOGIT[1:-1]:
            cdf += coefficient
            cdf *= square
        cdf += LOGIT[-1]
        cdf *= some
        np.tanh(cdf, out=cdf)
        cdf *= 0.5
        cdf += 0.5
        np.multiply(some, cdf, out=product)
        square *= -0.5
        density = np.exp(square, out=square)
        density *= INVERSE_SQRT_2_PI
        density *= some
        cdf += density  # which makes it the slope
    return z, slope
