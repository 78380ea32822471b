"""Kumaraswamy's distribution on the unit interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.create import full_like
from autograd.distributions import constraints
from autograd.distributions.parameters import broadcast_all
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import AffineTransform, PowerTransform
from autograd.distributions.uniform import Uniform
from autograd.ops.selection import where
from autograd.ops.special_gamma import digamma, lgamma
from autograd.tensor import Tensor

__all__ = ["Kumaraswamy"]


class Kumaraswamy(TransformedDistribution):
    r"""Much like the beta law, but its probabilities have a formula: $1 - (1 - x^a)^b$ lies below x.

    `concentration1` is a, `concentration0` is b.

    >>> Kumaraswamy(1.0, 1.0).mean
    tensor(0.5000)
    """

    arg_constraints = {  # noqa: RUF012
        "concentration1": constraints.positive, "concentration0": constraints.positive,
    }  # fmt: skip
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = Uniform(
            full_like(self.concentration0, 0), full_like(self.concentration0, 1), validate_args=validate_args
        )
        steps = [
            PowerTransform(self.concentration0.reciprocal()), AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ]  # fmt: skip
        super().__init__(base, steps, validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        """The mean of the n-th powers."""
        b, shifted = self.concentration0, 1 + n / self.concentration1
        return b * (lgamma(shifted) + lgamma(b) - lgamma(shifted + b)).exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        peak = (b.reciprocal() * (-b).log1p() - (-a * b).log1p()).exp()
        return where((a < 1) | (b < 1), math.nan, peak)

    @property
    def variance(self) -> Tensor:
        return self._moment(2) - self._moment(1).pow(2)

    def entropy(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        harmonic = digamma(b + 1) + float(np.euler_gamma)
        return (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic - a.log() - b.log()
