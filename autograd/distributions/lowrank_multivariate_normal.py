"""The normal distribution of vectors that few hidden numbers move together."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.multivariate_normal import log_determinant, squared_distance
from autograd.distributions.parameters import lazy_property
from autograd.distributions.symmetric import Symmetric
from autograd.linalg import cholesky, solve_triangular
from autograd.ops.diagonals import diag_embed
from autograd.ops.shaping import broadcast_tensors
from autograd.random.creation import randn
from autograd.tensor import Tensor

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Symmetric):
    r"""Normal vectors with covariance W W^T + D, D diagonal: n numbers that r < n hidden ones move, and noise.

    `loc` is of shape (..., n), `cov_factor` W of shape (..., n, r), `cov_diag` the diagonal of D, (..., n). Only an
    r x r matrix is factored: $(WW^T + D)^{-1} = D^{-1} - D^{-1} W (I + W^T D^{-1} W)^{-1} W^T D^{-1}$ (Woodbury).
    Raises ValueError where the shapes don't fit.

    >>> import autograd
    >>> l = LowRankMultivariateNormal(autograd.zeros(2), autograd.tensor([[1.0], [0.0]]), autograd.ones(2))
    >>> l.covariance_matrix
    tensor([[2., 0.],
            [0., 1.]])
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        n = loc.shape[-1]
        if cov_factor.ndim < 2 or cov_factor.shape[-2] != n:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {n} x m, got {cov_factor.shape}")
        if cov_diag.ndim < 1 or cov_diag.shape[-1] != n:
            raise ValueError(f"cov_diag must be a batch of vectors with shape [{n}], got {cov_diag.shape}")
        try:
            loc, self.cov_factor, diagonal = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_diag = loc[..., 0], diagonal[..., 0]
        super().__init__(self.loc.shape[:-1], self.loc.shape[-1:], validate_args=validate_args)

    @property
    def _inner(self) -> Tensor:
        """W^T D^-1."""
        return self.cov_factor.mT / self.cov_diag.unsqueeze(-2)

    @lazy_property
    def _inner_tril(self) -> Tensor:
        """The Cholesky factor of I + W^T D^-1 W."""
        return cholesky(plus_identity(self._inner @ self.cov_factor))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        new.__dict__.pop("_inner_tril", None)
        return new

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """W W^T + D."""
        return self.cov_factor @ self.cov_factor.mT + diag_embed(self.cov_diag)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The lower triangle L with L L^T = W W^T + D."""
        roots = self.cov_diag.sqrt().unsqueeze(-1)
        factor = self.cov_factor / roots
        return roots * cholesky(plus_identity(factor @ factor.mT))

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance matrix."""
        part = solve_triangular(self._inner_tril, self._inner, upper=False)
        return diag_embed(self.cov_diag.reciprocal()) - part.mT @ part

    @property
    def variance(self) -> Tensor:
        return self.cov_factor.pow(2).sum(-1) + self.cov_diag

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        hidden = randn((*shape[:-1], self.cov_factor.shape[-1]), dtype=self.loc.dtype)
        noise = randn(shape, dtype=self.loc.dtype)
        return self.loc + (self.cov_factor @ hidden.unsqueeze(-1)).squeeze(-1) + self.cov_diag.sqrt() * noise

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        off = value - self.loc
        along = (self._inner @ off.unsqueeze(-1)).squeeze(-1)
        distance = (off.pow(2) / self.cov_diag).sum(-1) - squared_distance(self._inner_tril, along)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_determinant() + distance)

    def _log_determinant(self) -> Tensor:
        """ln det (W W^T + D)."""
        return 2 * log_determinant(self._inner_tril) + self.cov_diag.log().sum(-1)

    def entropy(self) -> Tensor:
        return 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_determinant())


def plus_identity(matrix: Tensor) -> Tensor:
    """A matrix plus the identity."""
    return matrix + diag_embed(matrix.new_ones(matrix.shape[:-1]))
