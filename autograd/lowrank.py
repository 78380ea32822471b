# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Singular values of large matrices of low rank, by random projection.

Halko, Martinsson and Tropp, "Finding structure with randomness: probabilistic algorithms for
constructing approximate matrix decompositions", SIAM Review, 2011. The random numbers are drawn as
PyTorch draws them, so that a seed gives the same result.
"""

from __future__ import annotations

from autograd.cases import case, seen_as
from autograd.derived import derived
from autograd.ops.factorizations import qr
from autograd.ops.matrices import adjoint, check_matrix
from autograd.ops.reduction import mean
from autograd.ops.singular import sizes, svd
from autograd.random.creation import randn
from autograd.tensor import Tensor

FULL_RANK = seen_as(sizes, (case((4, 3), q=3), case((2, 4), q=2), case((2, 3, 2), q=2)))  # all of it, whatever is drawn


def basis(A: Tensor, q: int, niter: int) -> Tensor:
    """q orthonormal columns that span nearly the range of A (their algorithm 4.4, subspace iteration)."""
    sketch = qr(A @ randn(A.shape[-1], q, dtype=A.dtype)).Q
    for _ in range(niter):
        sketch = qr(A @ qr(adjoint(A) @ sketch).Q).Q
    return sketch


@derived(r"A \approx U \mathrm{diag}(S) V^H", method=False, cases=FULL_RANK)
def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None) -> tuple[Tensor, ...]:
    """The q largest singular values of A - M and their vectors, nearly: returns (U, S, V).

    Shapes: A (..., m, n), M (the mean, say) broadcasts to it; U (..., m, q), S (..., q), V (..., n, q).
    `niter` steps of iteration sharpen the result; q should be a little more than the rank.
    """
    check_matrix(A, "svd_lowrank")
    centered = A if M is None else A - M
    if A.shape[-2] < A.shape[-1]:
        V, S, U = thin(adjoint(centered), q, niter)
    else:
        U, S, V = thin(centered, q, niter)
    return U, S, V


def thin(A: Tensor, q: int | None, niter: int | None) -> tuple[Tensor, Tensor, Tensor]:
    """The decomposition of a matrix with no more columns than rows (their algorithm 5.1)."""
    sketch = basis(A, 6 if q is None else q, 2 if niter is None else niter)
    U, S, Vh = svd(adjoint(sketch) @ A, full_matrices=False)
    return sketch @ U, S, adjoint(Vh)


@derived(r"A - \bar A \approx U \mathrm{diag}(S) V^H", method=False, cases=FULL_RANK[::2])
def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Tensor, ...]:
    """Principal components: the singular value decomposition of the data less their mean, nearly. Returns (U, S, V).

    Shapes: A (..., m, n), m points in n dimensions; U (..., m, q), S (..., q), V (..., n, q), whose
    columns are the directions in which the points vary most. The variances along them are S^2 / (m - 1).

    Raises ValueError unless 0 <= q <= min(m, n) (by default 6, or min(m, n) if that is less) and niter >= 0.
    """
    check_matrix(A, "pca_lowrank")
    least = min(A.shape[-2:])
    if q is None:
        q = min(6, least)
    elif not 0 <= q <= least:
        raise ValueError(f"pca_lowrank: q(={q}) must be non-negative integer and not greater than min(m, n)={least}")
    if niter < 0:
        raise ValueError(f"pca_lowrank: niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - mean(A, -2, keepdim=True) if center else A, q, niter)
