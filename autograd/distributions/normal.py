"""The normal distribution, and those that are made of it: of its exponential, and of its absolute value."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.parameters import batch_shape_of, broadcast_all
from autograd.distributions.symmetric import Symmetric
from autograd.modes import no_grad
from autograd.ops.activation import erf
from autograd.ops.powers import log
from autograd.ops.special_normal import erfinv
from autograd.random.creation import normal, randn
from autograd.tensor import Tensor

__all__ = ["Normal"]


class Normal(Symmetric):
    r"""The bell curve: density $\exp(-(x - \mu)^2 / (2\sigma^2)) / (\sigma\sqrt{2\pi})$.

    `loc` is μ and `scale` is σ: numbers, or tensors that broadcast.

    >>> import autograd
    >>> n = Normal(0.0, 1.0)
    >>> n.log_prob(autograd.tensor(0.0))
    tensor(-0.9189)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(batch_shape_of(self.loc, loc, scale), validate_args=validate_args)

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.pow(2)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        noise = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance: Tensor = (value - self.loc) ** 2 / (2 * self.variance)
        return -distance - log(self.scale) - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 0.5 * (1 + erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale)
