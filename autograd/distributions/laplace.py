"""The Laplace distribution: two exponential ones, back to back."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.parameters import batch_shape_of, broadcast_all, smallest_step
from autograd.distributions.symmetric import Symmetric
from autograd.tensor import Tensor

__all__ = ["Laplace"]


class Laplace(Symmetric):
    r"""Two exponential distributions back to back: density $e^{-|x - \mu| / b} / (2b)$. `loc` is μ and `scale` is b.

    >>> import autograd
    >>> Laplace(0.0, 1.0).log_prob(autograd.tensor(0.0)).exp()
    tensor(0.5000)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(batch_shape_of(self.loc, loc, scale), validate_args=validate_args)

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Tensor:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        noise = self.loc.new_empty(self._extended_shape(sample_shape))
        noise.uniform_(smallest_step(self.loc.dtype) - 1, 1)
        return self.loc - self.scale * noise.sign() * (-noise.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = value - self.loc
        return 0.5 - 0.5 * distance.sign() * (-distance.abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        term = value - 0.5
        return self.loc - self.scale * term.sign() * (-2 * term.abs()).log1p()

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()
