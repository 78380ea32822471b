"""Student's t-distribution: the mean of a few normal numbers, measured by their own spread."""  # noqa: N999 (PyTorch's name)

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.chi2 import Chi2
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import batch_shape_of, broadcast_all
from autograd.ops.selection import where
from autograd.ops.special_gamma import digamma, lgamma
from autograd.random.creation import randn
from autograd.tensor import Tensor

__all__ = ["StudentT"]


class StudentT(Distribution):
    r"""Like the normal distribution, with heavier tails: $\mu + \sigma z / \sqrt{q / \nu}$ with normal z and q ~ χ²(ν).

    `df` is ν, `loc` is μ and `scale` is σ.

    >>> import autograd
    >>> StudentT(1.0).log_prob(autograd.tensor(0.0)).exp()  # 1 / π, as with one degree of freedom it is Cauchy's
    tensor(0.3183)
    """

    arg_constraints = {  # noqa: RUF012
        "df": constraints.positive, "loc": constraints.real, "scale": constraints.positive,
    }  # fmt: skip
    support = constraints.real
    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(batch_shape_of(self.df, df, loc, scale), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        new._chi2 = self._chi2.expand(batch_shape)
        return new

    @property
    def mean(self) -> Tensor:
        return where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        spread = where(self.df > 2, self.scale.pow(2) * self.df / (self.df - 2), math.inf)
        return where(self.df <= 1, math.nan, spread)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        noise = randn(self._extended_shape(sample_shape), dtype=self.df.dtype)
        return self.loc + self.scale * noise * (self._chi2.rsample(sample_shape) / self.df).rsqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = (value - self.loc) / self.scale
        scale = self.scale.log() + 0.5 * self.df.log() + 0.5 * math.log(math.pi)
        scale = scale + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1))
        return -0.5 * (self.df + 1) * (distance**2 / self.df).log1p() - scale

    def entropy(self) -> Tensor:
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        log_beta = lgamma(half) + math.lgamma(0.5) - lgamma(more)
        return self.scale.log() + more * (digamma(more) - digamma(half)) + 0.5 * self.df.log() + log_beta
