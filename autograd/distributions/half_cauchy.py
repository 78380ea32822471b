"""The distribution of the absolute value of what Cauchy's law draws."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.cauchy import Cauchy
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import AbsTransform
from autograd.ops.selection import where
from autograd.tensor import Tensor

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    r"""The absolute value of a Cauchy number around 0: density $2 / (\pi\gamma (1 + (x / \gamma)^2))$ for x >= 0.

    `scale` is γ. A usual prior for scales, as its tail is heavy: Gelman, "Prior distributions for variance
    parameters in hierarchical models", 2006.

    >>> import autograd
    >>> HalfCauchy(1.0).cdf(autograd.tensor(1.0))
    tensor(0.5000)
    """

    arg_constraints = {"scale": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Tensor:
        """The value that as many numbers exceed as not."""
        found: Tensor = self.base_dist.scale
        return found

    @property
    def mean(self) -> Tensor:
        return self.scale.new_full(self._extended_shape(), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.scale.new_zeros(self.scale.shape)

    @property
    def variance(self) -> Tensor:
        return self.scale.new_full(self._extended_shape(), math.inf)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        found: Tensor = self.base_dist.icdf((value + 1) / 2)
        return found

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
