"""The normal distribution of vectors."""

from __future__ import annotations

import math
from typing import Any

from autograd.create import eye
from autograd.distributions import constraints
from autograd.distributions.parameters import lazy_property
from autograd.distributions.symmetric import Symmetric
from autograd.linalg import cholesky, solve_triangular
from autograd.ops.shaping import broadcast_shapes
from autograd.ops.triangular import cholesky_inverse
from autograd.random.creation import randn
from autograd.tensor import Tensor

__all__ = ["MultivariateNormal"]


class MultivariateNormal(Symmetric):
    r"""The bell curve over vectors: density $\exp(-(x-\mu)^T \Sigma^{-1} (x-\mu) / 2) / \sqrt{\det(2\pi\Sigma)}$.

    `loc` is μ, of shape (..., n). Of `covariance_matrix` Σ, `precision_matrix` Σ^-1 and `scale_tril` L with
    Σ = L L^T, one is given, of shape (..., n, n); L is the fastest. Raises ValueError for none and for several.

    >>> import autograd
    >>> m = MultivariateNormal(autograd.zeros(2), covariance_matrix=autograd.eye(2))
    >>> m.log_prob(autograd.zeros(2))
    tensor(-1.8379)
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Tensor, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        matrices = {
            "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril,
        }  # fmt: skip
        given = {name: matrix for name, matrix in matrices.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.ndim < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        vars(self)[name] = matrix.expand((*batch, -1, -1))
        self.loc = loc.expand((*batch, -1))
        super().__init__(batch, loc.shape[-1:], validate_args=validate_args)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The lower triangle L with Σ = L L^T."""
        if "covariance_matrix" in vars(self):
            return cholesky(self.covariance_matrix)
        return triangle_of_inverse(self.precision_matrix)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """Σ."""
        return self.scale_tril @ self.scale_tril.mT

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of Σ."""
        return cholesky_inverse(self.scale_tril)

    @property
    def variance(self) -> Tensor:
        return self.scale_tril.pow(2).sum(-1).expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        noise = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self.scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = squared_distance(self.scale_tril, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - log_determinant(self.scale_tril)

    def entropy(self) -> Tensor:
        return 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + log_determinant(self.scale_tril)


def log_determinant(triangle: Tensor) -> Tensor:
    """ln det L: the sum of the logarithms on the diagonal. It is half of ln det Σ."""
    return triangle.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def squared_distance(triangle: Tensor, x: Tensor) -> Tensor:
    """x^T Σ^-1 x, as the squared length of L^-1 x: Mahalanobis' distance."""
    return solve_triangular(triangle, x.unsqueeze(-1), upper=False).squeeze(-1).pow(2).sum(-1)


def triangle_of_inverse(matrix: Tensor) -> Tensor:
    """The lower triangle L with L L^T = P^-1: the inverse of P's factor, turned over on both diagonals."""
    factor = cholesky(matrix.flip((-2, -1))).flip((-2, -1)).mT
    return solve_triangular(factor, eye(matrix.shape[-1], dtype=matrix.dtype), upper=False)
