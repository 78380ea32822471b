"""Three maps from free matrices to orthogonal ones, for `parametrizations.orthogonal`."""

from __future__ import annotations

from enum import Enum, auto

from autograd.create import eye, zeros_like
from autograd.dtypes import finfo
from autograd.modes import no_grad
from autograd.ops.comparison import allclose
from autograd.ops.joining import cat
from autograd.ops.matrix_functions import matrix_exp
from autograd.ops.reflections import geqrf, householder_product
from autograd.ops.solvers import solve
from autograd.random.creation import randn
from autograd.tensor import Tensor
from nn.modules.module import Module

__all__ = ["OrthogonalMap"]


class OrthogonalMap(Enum):
    """How an orthogonal matrix is computed from a free one."""

    matrix_exp = auto()
    cayley = auto()
    householder = auto()


class _Orthogonal(Module):
    """An orthogonal matrix, computed from the lower triangle of a free one.

    With `base`, a fixed orthogonal matrix that the result is multiplied by, zeros stand for `base` itself.
    """

    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: OrthogonalMap, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is OrthogonalMap.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, free: Tensor) -> Tensor:
        """The orthogonal matrix."""
        wide = free.shape[-2] < free.shape[-1]
        tall = free.mT if wide else free
        if self.orthogonal_map is OrthogonalMap.householder:
            q = reflected(tall)
        else:
            q = rotation(tall, self.orthogonal_map)[..., : tall.shape[-1]]
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q

    def right_inverse(self, matrix: Tensor) -> Tensor:
        """A free matrix that leads to an orthogonal one, or to the orthogonal factor of another.

        With `base`, that is where the orthogonal matrix is kept, and the free one is -I: its diagonal
        gives the signs of the reflections, its strict lower triangle is zero.
        """
        if matrix.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {matrix.shape}."
            )
        with no_grad():
            wide = matrix.shape[-2] < matrix.shape[-1]
            tall = matrix.mT if wide else matrix
            if hasattr(self, "base"):
                self.base = completed(tall)
                free: Tensor = zeros_like(matrix)
                free.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
                return free
            if self.orthogonal_map is not OrthogonalMap.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            free = reflections_of(tall)
            return free.mT if wide else free


def rotation(free: Tensor, orthogonal_map: OrthogonalMap) -> Tensor:
    """The square orthogonal matrix that belongs to a skew-symmetric one: exp(A), or (I - A/2)^-1 (I + A/2)."""
    n, k = free.shape[-2:]
    lower = free.tril()
    if n != k:
        lower = cat([lower, free.new_zeros(n, n - k).expand(*free.shape[:-2], -1, -1)], dim=-1)
    skew = lower - lower.mH
    if orthogonal_map is OrthogonalMap.matrix_exp:
        return matrix_exp(skew)
    one = eye(n, dtype=skew.dtype)
    return solve(one - 0.5 * skew, one + 0.5 * skew)


def reflected(free: Tensor) -> Tensor:
    """The product of the reflections whose vectors stand below the diagonal, with the diagonal's signs."""
    vectors = free.tril(-1)
    tau = 2.0 / (1.0 + (vectors * vectors).sum(-2))
    signs = free.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)  # as integers, so that they are not trained
    q: Tensor = householder_product(vectors, tau) * signs
    return q


def reflections_of(matrix: Tensor) -> Tensor:
    """The vectors of the reflections that make up an orthogonal matrix, and the signs on the diagonal."""
    vectors, tau = geqrf(matrix)
    diagonal = vectors.diagonal(dim1=-2, dim2=-1)
    diagonal.sign_()
    diagonal[tau == 0.0] *= -1  # where no reflection was needed, exactly
    found: Tensor = vectors
    return found


def completed(matrix: Tensor) -> Tensor:
    """A square orthogonal matrix that begins with these columns, made orthogonal if they are not."""
    n, k = matrix.shape[-2:]
    if n == k:
        return matrix.clone() if is_orthogonal(matrix) else orthonormalized(matrix)
    others = randn(*matrix.shape[:-2], n, n - k, dtype=matrix.dtype)
    return orthonormalized(cat([matrix, others], dim=-1))


def orthonormalized(matrix: Tensor) -> Tensor:
    """The orthogonal factor of the QR decomposition whose other factor has a positive diagonal."""
    r, tau = geqrf(matrix)
    q: Tensor = householder_product(r, tau) * r.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)
    return q


def is_orthogonal(matrix: Tensor) -> bool:
    """Whether its columns are orthonormal, up to rounding."""
    n, k = matrix.shape[-2:]
    return allclose(matrix.mH @ matrix, eye(k, dtype=matrix.dtype), atol=10.0 * n * finfo(matrix.dtype).eps)
