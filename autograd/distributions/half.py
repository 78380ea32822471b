"""What distributions have in common that are the absolute value of what is symmetric around 0."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import AbsTransform
from autograd.ops.selection import where
from autograd.tensor import Tensor


class Half(TransformedDistribution):
    """The absolute value of what a symmetric distribution around 0 draws: twice its density, for x >= 0.

    Attributes:
        whole: the class of the symmetric distribution, made of a location and a scale.
    """

    arg_constraints = {"scale": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    has_rsample = True
    whole: type[Any]

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        base = self.whole(0, scale, validate_args=False)
        super().__init__(base, AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Tensor:
        """The scale of the symmetric distribution."""
        found: Tensor = self.base_dist.scale
        return found

    @property
    def mode(self) -> Tensor:
        """The density falls from 0 on."""
        return self.scale.new_zeros(self.scale.shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """Twice the density, as two values have the same absolute value."""
        if self._validate_args:
            self._validate_sample(value)
        return where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """How likely it is that the symmetric number lies between -value and value."""
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        """The number that |x| stays below with this probability."""
        found: Tensor = self.base_dist.icdf((value + 1) / 2)
        return found

    def entropy(self) -> Tensor:
        """The sign, one bit, is lost."""
        return self.base_dist.entropy() - math.log(2)
