"""The Gumbel distribution: the largest of many."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import batch_shape_of, broadcast_all, smallest_positive, smallest_step
from autograd.tensor import Tensor

__all__ = ["Gumbel"]

EULER = 0.57721566490153286060


class Gumbel(Distribution):
    r"""What the largest of many numbers tends to follow: density $e^{-z - e^{-z}} / \beta$ with $z = (x - \mu) / \beta$.

    `loc` is μ and `scale` is β.

    >>> import autograd
    >>> Gumbel(0.0, 1.0).mean  # Euler's constant
    tensor(0.5772)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(batch_shape_of(self.loc, loc, scale), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc + self.scale * EULER

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        dtype = self.loc.dtype
        low, high = smallest_positive(dtype), 1 - smallest_step(dtype)
        noise = self.loc.new_empty(self._extended_shape(sample_shape)).uniform_() * (high - low) + low
        return self.loc - self.scale * (-noise.log()).log()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        z = (self.loc - value) / self.scale
        return (z - z.exp()) - self.scale.log()

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return (-((self.loc - value) / self.scale).exp()).exp()

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc - self.scale * (-value.log()).log()

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + EULER)
