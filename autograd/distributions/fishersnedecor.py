"""Fisher's and Snedecor's F: the ratio of two estimates of one variance."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.gamma import Gamma
from autograd.distributions.parameters import batch_shape_of, broadcast_all, smallest_positive
from autograd.ops.selection import where
from autograd.ops.special_gamma import lgamma
from autograd.tensor import Tensor

__all__ = ["FisherSnedecor"]


class FisherSnedecor(Distribution):
    """The ratio of two chi-squared numbers, each divided by its degrees of freedom: `df1` above, `df2` below.

    >>> FisherSnedecor(1.0, 4.0).mean
    tensor(2.)
    """

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}  # noqa: RUF012
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(batch_shape_of(self.df1, df1, df2), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        below = where(self.df2 <= 2, math.nan, self.df2)
        return below / (below - 2)

    @property
    def mode(self) -> Tensor:
        peak = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return where(self.df1 <= 2, math.nan, peak)

    @property
    def variance(self) -> Tensor:
        below = where(self.df2 <= 4, math.nan, self.df2)
        spread = self.df1 * (below - 2).pow(2) * (below - 4)
        return 2 * below.pow(2) * (self.df1 + below - 2) / spread

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        above, below = (
            Gamma(df * 0.5, df, validate_args=False).rsample(sample_shape).view(shape) for df in (self.df1, self.df2)
        )
        tiny = smallest_positive(below.dtype)
        below.detach().clamp_(min=tiny)
        ratio = above / below
        ratio.detach().clamp_(min=tiny)
        return ratio

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        a, b, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        scale = lgamma(a + b) - lgamma(a) - lgamma(b)
        return scale + a * ratio.log() + (a - 1) * value.log() - (a + b) * (ratio * value).log1p()
