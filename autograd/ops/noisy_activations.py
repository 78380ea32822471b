"""Activation functions with chance in them.

Under a given seed they draw what PyTorch draws.
"""

from __future__ import annotations

import math

import numpy as np

from autograd.cases import apart, case
from autograd.derived import derived
from autograd.graph import warn_caller
from autograd.inplace import overwrite
from autograd.misuse import speaking
from autograd.modes import no_grad
from autograd.ops.activation import leaky_relu
from autograd.ops.softmax import softmax
from autograd.random import laws
from autograd.random.generator import default_generator
from autograd.tensor import Tensor

LOWER, UPPER = 1 / 8, 1 / 3


@derived(
    r"x \text{ if } x > 0 \text{ else } s x,\ s \sim U(a, b)",
    method=False,
    cases=apart((case((3, 4)), case((), lower=0.2, upper=0.4))),
)
def rrelu(input: Tensor, lower: float = LOWER, upper: float = UPPER, training: bool = False) -> Tensor:
    """A leaky relu whose slope for negative elements is drawn anew for each, from [lower, upper); else their mean.

    Xu, Wang, Chen and Li, "Empirical evaluation of rectified activations in convolutional network",
    2015. Raises RuntimeError where lower > upper.
    """
    if not (math.isfinite(lower) and math.isfinite(upper)) or lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, got {lower} and {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    negative = np.asarray(input.array <= 0)
    drawn = laws.uniform(default_generator, np.empty(np.count_nonzero(negative)), lower, upper)
    slopes = np.ones(negative.shape, input.dtype.dtype)
    slopes[negative] = drawn
    return input * input.like(slopes)


@speaking
def rrelu_(input: Tensor, lower: float = LOWER, upper: float = UPPER, training: bool = False) -> Tensor:
    """In-place version of `rrelu`."""
    return overwrite(input, rrelu, (lower, upper, training), {}, "rrelu_")


@speaking
def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample of a class, in a form that has a gradient: the softmax of (x + Gumbel noise) / tau.

    With `hard`, the result is one-hot, with the gradient of the soft one; the noise is -ln(E) for E
    of the exponential law. Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax",
    ICLR 2017. `eps` has no effect any more, and warns, as in PyTorch.
    """
    if eps != 1e-10:
        warn_caller("`eps` parameter is deprecated and has no effect.")
    with no_grad():
        noise = -logits.detach().clone().exponential_().log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    winners = soft.detach().max(dim, keepdim=True)[1]
    choice = soft.like(np.zeros(soft.shape, soft.dtype.dtype)).scatter(dim, winners, 1.0)
    return choice - soft.detach() + soft
