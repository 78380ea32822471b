"""The distribution of the reciprocal of what the gamma law draws."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.gamma import Gamma
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import PowerTransform
from autograd.ops.selection import where
from autograd.ops.special_gamma import digamma, lgamma
from autograd.tensor import Tensor

__all__ = ["InverseGamma"]


class InverseGamma(TransformedDistribution):
    r"""The reciprocal of a gamma number: density $\beta^\alpha x^{-\alpha - 1} e^{-\beta / x} / \Gamma(\alpha)$.

    `concentration` is α, `rate` is β. As a prior for the variance of normal numbers it is what they make of it too.

    >>> InverseGamma(3.0, 2.0).mean
    tensor(1.)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}  # noqa: RUF012
    support = constraints.positive
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-base.rate.new_ones(())), validate_args=validate_args)

    @property
    def concentration(self) -> Tensor:
        """The shape of the density, α."""
        found: Tensor = self.base_dist.concentration
        return found

    @property
    def rate(self) -> Tensor:
        """What values are proportional to, β."""
        found: Tensor = self.base_dist.rate
        return found

    @property
    def mean(self) -> Tensor:
        alpha = self.concentration
        return where(alpha > 1, self.rate / (alpha - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        alpha = self.concentration
        return where(alpha > 2, self.rate.square() / ((alpha - 1).square() * (alpha - 2)), math.inf)

    def entropy(self) -> Tensor:
        alpha = self.concentration
        return alpha + self.rate.log() + lgamma(alpha) - (1 + alpha) * digamma(alpha)
