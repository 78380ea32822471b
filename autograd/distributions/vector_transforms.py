"""Transforms of whole vectors: to vectors of probabilities, and to triangular matrices."""

from __future__ import annotations

import math
from typing import Any

from autograd.counting import arange
from autograd.distributions import constraints
from autograd.distributions.parameters import clipped_sigmoid, smallest_positive, smallest_step
from autograd.distributions.transform import Transform
from autograd.linalg import cholesky
from autograd.ops.activation import softplus
from autograd.ops.diagonals import diag_embed
from autograd.ops.joining import cat
from autograd.ops.softmax import softmax
from autograd.ops.striding import tril_indices
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = [
    "CorrCholeskyTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform", "SoftmaxTransform",
    "StickBreakingTransform",
]  # fmt: skip


class SoftmaxTransform(Transform):
    """y = softmax(x), which forgets a constant: the inverse gives ln y.

    >>> import autograd
    >>> SoftmaxTransform()(autograd.zeros(2))
    tensor([0.5000, 0.5000])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        return softmax(x, dim=-1)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()


class StickBreakingTransform(Transform):
    """n numbers as n + 1 probabilities: each number says which share to break off what is left of a stick.

    The offsets make zeros become equal probabilities.

    >>> import autograd
    >>> StickBreakingTransform()(autograd.zeros(2))
    tensor([0.3333, 0.3333, 0.3333])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        share = clipped_sigmoid(x - pieces_left(x).log())
        left = (1 - share).cumprod(-1)
        one = share.new_ones((*share.shape[:-1], 1))
        return cat([share, one], -1) * cat([one, left], -1)

    def _inverse(self, y: Tensor) -> Tensor:
        broken = y[..., :-1]
        left = (1 - broken.cumsum(-1)).clamp(min=smallest_positive(y.dtype))
        return broken.log() - left.log() + pieces_left(broken).log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        x = x - pieces_left(x).log()
        return (-x - softplus(-x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Size:
        return Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Any) -> Size:
        return Size((*shape[:-1], shape[-1] - 1))


def pieces_left(x: Tensor) -> Tensor:
    """n, ..., 2, 1: how many pieces are still to be broken off after each one."""
    return arange(x.shape[-1], 0, -1, dtype=x.dtype)


class CorrCholeskyTransform(Transform):
    """n (n - 1) / 2 numbers as the Cholesky factor of an n x n correlation matrix.

    tanh makes partial correlations of them; each row of the factor then is a vector of length 1.

    >>> import autograd
    >>> CorrCholeskyTransform()(autograd.zeros(1))
    tensor([[1., 0.],
            [0., 1.]])
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        step = smallest_step(x.dtype)
        partial = lower_matrix(x.tanh().clamp(min=-1 + step, max=1 - step))
        left = (1 - partial.pow(2)).sqrt().cumprod(-1)
        return (partial + identity_like(partial)) * shifted(left)

    def _inverse(self, y: Tensor) -> Tensor:
        left = shifted(1 - y.pow(2).cumsum(-1))
        partial = lower_vector(y, -1) / lower_vector(left, -1).sqrt()
        return (partial.log1p() - (-partial).log1p()) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        left = lower_vector(1 - y.pow(2).cumsum(-1), -2)
        squeezed = -2 * (x + softplus(-2 * x) - math.log(2.0)).sum(-1)  # by tanh
        return 0.5 * left.log().sum(-1) + squeezed

    def forward_shape(self, shape: Any) -> Size:
        size = round((0.25 + 2 * shape[-1]) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != shape[-1]:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return Size((*shape[:-1], size, size))

    def inverse_shape(self, shape: Any) -> Size:
        if len(shape) < 2 or shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return Size((*shape[:-2], shape[-1] * (shape[-1] - 1) // 2))


def identity_like(matrix: Tensor) -> Tensor:
    """The identity, for each matrix of a batch."""
    return diag_embed(matrix.new_ones(matrix.shape[:-1]))


def shifted(matrix: Tensor) -> Tensor:
    """A matrix moved one column to the right, behind a column of ones."""
    return cat([matrix.new_ones((*matrix.shape[:-1], 1)), matrix[..., :-1]], -1)


def lower_matrix(vector: Tensor) -> Tensor:
    """The matrix that holds the numbers of a vector below its diagonal, row by row."""
    size = CorrCholeskyTransform().forward_shape(vector.shape)[-1]
    rows, columns = tril_indices(size, size, -1)
    matrix = vector.new_zeros((*vector.shape[:-1], size, size))
    matrix[..., rows, columns] = vector
    return matrix


def lower_vector(matrix: Tensor, offset: int) -> Tensor:
    """The numbers of a matrix on and below a diagonal, row by row, as a vector."""
    rows, columns = tril_indices(matrix.shape[-2], matrix.shape[-1], offset)
    return matrix[..., rows, columns]


class LowerCholeskyTransform(Transform):
    """A matrix as a lower triangular one with a positive diagonal: the exponential of its own.

    >>> import autograd
    >>> LowerCholeskyTransform()(autograd.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + diag_embed(x.diagonal(dim1=-2, dim2=-1).exp())

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + diag_embed(y.diagonal(dim1=-2, dim2=-1).log())


class PositiveDefiniteTransform(Transform):
    """A matrix as a positive definite one: L L^T with the L of `LowerCholeskyTransform`."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Tensor) -> Tensor:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform().invert(cholesky(y))
