"""The Poisson distribution: how often something happens that happens at a constant rate."""

from __future__ import annotations

from typing import Any

from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import batch_shape_of, broadcast_all
from autograd.modes import no_grad
from autograd.ops.powers import xlogy
from autograd.ops.special_gamma import lgamma
from autograd.random.sampling import poisson
from autograd.tensor import Tensor

__all__ = ["Poisson"]


class Poisson(Distribution):
    r"""How often something happens that happens λ times on average: $\lambda^k e^{-\lambda} / k!$. `rate` is λ.

    >>> import autograd
    >>> Poisson(2.0).log_prob(autograd.tensor(0.0)).exp()
    tensor(0.1353)
    """

    arg_constraints = {"rate": constraints.nonnegative}  # noqa: RUF012
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(batch_shape_of(self.rate, rate), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return xlogy(value, rate) - rate - lgamma(value + 1)
