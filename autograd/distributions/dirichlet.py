"""The Dirichlet distribution: vectors of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.create import zeros_like
from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.function import Function, once_differentiable
from autograd.ops.powers import xlogy
from autograd.ops.special_gamma import digamma, lgamma
from autograd.random.gamma import beta_slope, standard_gamma
from autograd.random.generator import default_generator
from autograd.tensor import Tensor

__all__ = ["Dirichlet"]


class DirichletDraws(Function):
    """Vectors from the Dirichlet distributions with these concentrations."""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        """Draw them: numbers from gamma distributions, divided by their sum."""
        kind = concentration.dtype.dtype
        numbers = standard_gamma(concentration.memory(), default_generator)
        shares = (numbers / numbers.sum(-1, keepdims=True)).astype(kind)
        below_one = np.nextafter(kind.type(1), kind.type(0))
        drawn = concentration.like(np.clip(shares, np.finfo(kind).tiny, below_one))
        ctx.save_for_backward(concentration, drawn)
        return drawn

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Each share follows a beta distribution. It moves with its α, and the others make room in proportion."""
        concentration, drawn = ctx.saved_tensors
        alpha, x = concentration.array.astype(np.float64), drawn.array.astype(np.float64)
        slope = beta_slope(alpha, alpha.sum(-1, keepdims=True) - alpha, x) / (1 - x)
        by_concentration = slope * (grad.array - (x * grad.array).sum(-1, keepdims=True))
        return grad.like(by_concentration.astype(grad.dtype.dtype))


class Dirichlet(Distribution):
    r"""Vectors of probabilities: density $\prod_i x_i^{\alpha_i - 1} \Gamma(\sum_i \alpha_i) / \prod_i \Gamma(\alpha_i)$.

    `concentration` is α, of shape (..., classes). Raises ValueError where it has no dimension.

    >>> import autograd
    >>> Dirichlet(autograd.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}  # noqa: RUF012
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        above = (self.concentration - 1).clamp(min=0.0)
        mode: Tensor = above / above.sum(-1, True)
        uphill = (self.concentration < 1).all(dim=-1)  # towards the corners: the largest α wins
        corner = zeros_like(mode).scatter_(-1, mode.argmax(-1, True), 1)
        mode[uphill] = corner[uphill]
        return mode

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        drawn: Tensor = DirichletDraws.apply(self.concentration.expand(self._extended_shape(sample_shape)))
        return drawn

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        alpha = self.concentration
        return xlogy(alpha - 1, value).sum(-1) + lgamma(alpha.sum(-1)) - lgamma(alpha).sum(-1)

    def entropy(self) -> Tensor:
        alpha, k = self.concentration, self.concentration.shape[-1]
        total = alpha.sum(-1)
        log_beta = lgamma(alpha).sum(-1) - lgamma(total)
        return log_beta - (k - total) * digamma(total) - ((alpha - 1) * digamma(alpha)).sum(-1)
