"""The Weibull distribution: life times of what wears out, or in."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.create import ones_like
from autograd.distributions import constraints
from autograd.distributions.exponential import Exponential
from autograd.distributions.parameters import broadcast_all
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import AffineTransform, PowerTransform
from autograd.ops.special_gamma import lgamma
from autograd.tensor import Tensor

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    r"""Life times that exceed x with probability $e^{-(x / \lambda)^k}$.

    `scale` is λ, `concentration` is k: below 1 what has lasted long will last, above 1 it wears out.

    >>> Weibull(1.0, 1.0).mean
    tensor(1.)
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}  # noqa: RUF012
    support = constraints.positive
    has_rsample = True

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        shapes = [PowerTransform(self.concentration.reciprocal()), AffineTransform(0, self.scale)]
        super().__init__(Exponential(ones_like(self.scale)), shapes, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.scale * self._moment(1)

    @property
    def mode(self) -> Tensor:
        k = self.concentration
        return self.scale * ((k - 1) / k) ** k.reciprocal()

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2) * (self._moment(2) - self._moment(1).square())

    def _moment(self, n: int) -> Tensor:
        """The mean of the n-th powers, for a scale of 1."""
        return lgamma(1 + n / self.concentration).exp()

    def entropy(self) -> Tensor:
        inverse = self.concentration.reciprocal()
        return float(np.euler_gamma) * (1 - inverse) + (self.scale * inverse).log() + 1
