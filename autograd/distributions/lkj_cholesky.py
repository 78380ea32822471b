"""Random correlation matrices, by their Cholesky factors."""

from __future__ import annotations

import math
from typing import Any

from autograd.counting import arange
from autograd.create import tensor, zeros
from autograd.distributions import constraints
from autograd.distributions.beta import Beta
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import smallest_positive
from autograd.modes import no_grad
from autograd.ops.diagonals import diag_embed
from autograd.ops.joining import cat
from autograd.ops.special_gamma import lgamma, mvlgamma
from autograd.random.creation import randn
from autograd.tensor import Tensor

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    r"""Cholesky factors of correlation matrices M with density proportional to $\det(M)^{\eta - 1}$.

    `concentration` is η: for 1 all correlation matrices are equally likely, above it those near the identity are
    likelier. Lewandowski, Kurowicka and Joe, "Generating random correlation matrices based on vines and extended
    onion method", 2009. Raises ValueError for a dim below 2.

    >>> LKJCholesky(3, 0.5).event_shape
    torch.Size([3, 3])
    """

    arg_constraints = {"concentration": constraints.positive}  # noqa: RUF012
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        self.concentration = concentration if isinstance(concentration, Tensor) else tensor(float(concentration))
        super().__init__(self.concentration.shape, (dim, dim), validate_args=validate_args)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """The onion method: row by row, a random direction, and how far the row reaches into it."""
        with no_grad():
            row = cat([zeros(1), arange(self.dim - 1, dtype=self.concentration.dtype)])
            rest = (self.concentration + 0.5 * (self.dim - 2)).unsqueeze(-1) - 0.5 * row
            reach = Beta(row + 0.5, rest).sample(sample_shape).unsqueeze(-1)
            noise = randn(self._extended_shape(sample_shape), dtype=reach.dtype).tril(-1)
            directions = noise / noise.norm(dim=-1, keepdim=True)
            directions[..., 0, :].fill_(0.0)
            below = reach.sqrt() * directions
            left = (1 - (below**2).sum(-1)).clamp(min=smallest_positive(reach.dtype))
            return below + diag_embed(left.sqrt())

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        row = arange(2, self.dim + 1, dtype=self.concentration.dtype)
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - row
        return (powers * diagonal.log()).sum(-1) - self._log_scale()

    def _log_scale(self) -> Tensor:
        """The logarithm of what the densities are divided by, on page 1999 of the paper."""
        n = self.dim - 1
        alpha = self.concentration + 0.5 * n
        return 0.5 * n * math.log(math.pi) + mvlgamma(alpha - 0.5, n) - lgamma(alpha) * n
