"""The gamma distribution, and the chi-squared distribution, which is one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import batch_shape_of, broadcast_all, smallest_positive
from autograd.function import Function, once_differentiable
from autograd.ops.powers import xlogy
from autograd.ops.special_gamma import digamma, igamma, lgamma
from autograd.random.gamma import gamma_slope, standard_gamma
from autograd.random.generator import default_generator
from autograd.tensor import Tensor

__all__ = ["Gamma"]


class StandardGamma(Function):
    """Numbers from the gamma distributions with rate 1 and these concentrations."""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        """Draw them."""
        kind = concentration.dtype.dtype
        numbers = standard_gamma(concentration.memory(), default_generator).astype(kind)
        drawn = concentration.like(np.maximum(numbers, np.finfo(kind).tiny))
        ctx.save_for_backward(concentration, drawn)
        return drawn

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Gradients by the concentrations, as if the numbers had moved with them."""
        concentration, drawn = ctx.saved_tensors
        slope = gamma_slope(concentration.array, drawn.array)
        return grad * grad.like(slope.astype(grad.dtype.dtype))


class Gamma(Distribution):
    r"""How long to wait for the α-th of what happens β times in a unit of time: $\beta^\alpha x^{\alpha-1} e^{-\beta x}
    / \Gamma(\alpha)$.

    `concentration` is α and `rate` is β.

    >>> import autograd
    >>> Gamma(2.0, 4.0).mean
    tensor(0.5000)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(batch_shape_of(self.rate, concentration, rate), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        value: Tensor = StandardGamma.apply(self.concentration.expand(shape)) / self.rate.expand(shape)
        value.detach().clamp_(min=smallest_positive(value.dtype))  # numbers that were rounded to 0 stay in the support
        return value

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        alpha, rate = self.concentration, self.rate
        return xlogy(alpha, rate) + xlogy(alpha - 1, value) - rate * value - lgamma(alpha)

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return igamma(self.concentration, self.rate * value)

    def entropy(self) -> Tensor:
        alpha = self.concentration
        return alpha - self.rate.log() + lgamma(alpha) + (1 - alpha) * digamma(alpha)
