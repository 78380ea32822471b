# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Matrices as products of triangular and orthogonal ones: Cholesky and QR. (LU has a file of its own.)"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, hermitian
from autograd.derived import derived
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matrices import adjoint, check_info, check_matrix, check_square, diagonal, with_diagonal
from autograd.ops.triangular import solve_with_triangle
from autograd.return_types import named_result
from autograd.tensor import Tensor

# -- Cholesky: A = L L^H ------------------------------------------------------------------------------------

NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of "
    "order {} is not positive-definite)."
)
CHOLESKY = named_result("linalg_cholesky_ex", "L", "info")
POSITIVE = (case(hermitian(3, 3)), case(hermitian(2, 1, 3, 3), upper=True), case((0, 0)), case((2, 0, 0)))


@op(
    r"x = z z^H",
    name="cholesky_ex",
    method=False,
    kind="free",
    outputs=2,
    node="LinalgCholeskyExBackward0",
    cases=(case(hermitian(3, 3), upper=False), case(hermitian(2, 1, 2, 2), upper=True), case((0, 0), upper=False)),
)
def _cholesky_ex(x: Array, upper: bool) -> tuple[Array, Array]:
    """The lower triangle z with x = z z^H, and 0, or the order of the first leading minor of x that is not positive.

    Of x only the lower triangle is read, or only the `upper`. Where there is no z, LAPACK says how far it came.
    """
    lower = adjoint(x) if upper else x
    try:
        return np.linalg.cholesky(lower), np.zeros(x.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return potrf(lower)


def potrf(x: Array) -> tuple[Array, Array]:
    """LAPACK's factors, matrix by matrix, and what it reports."""
    factors = np.empty(x.shape, x.dtype)
    info = np.zeros(x.shape[:-2], np.int32)
    (routine,) = linalg.get_lapack_funcs(("potrf",), (x,))
    for i in np.ndindex(info.shape):
        factors[i], info[i] = routine(x[i], lower=True, clean=True)
    return factors, info


@_cholesky_ex.vjp("x", r"\tfrac12 z^{-H} (\mathrm{tril}(z^H \bar z) + \mathrm{tril}_{-1}(z^H \bar z)^H) z^{-1}")
def _(g: Any, out: Any) -> Any:
    factor = out[0]
    lower = np.tril(adjoint(factor) @ g[0])
    hermitian = (lower + adjoint(np.tril(lower, -1))) / 2
    left = solve_with_triangle.either(adjoint(factor), hermitian, True)
    return solve_with_triangle.either(factor, left, False, False)


def cholesky_of(A: Tensor, upper: bool, name: str, check_errors: bool = True) -> Any:
    """The factor and LAPACK's report; `name` is what the caller is called."""
    check_square(A, name)
    factor, info = _cholesky_ex(A, upper)
    if check_errors:
        check_info(info.array, name, NOT_POSITIVE)
    return CHOLESKY(adjoint(factor) if upper else factor, info)


@derived(r"A = L L^H", name="linalg.cholesky", method=False, cases=POSITIVE, numpy=np.linalg.cholesky)
def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The Cholesky factor of positive definite matrices: A = L L^H with L lower triangular, or A = U^H U.

    Shapes: A (..., n, n), result (..., n, n). Only the triangle of A on the side of the result is
    read; the gradient is that by a Hermitian matrix. Murray, "Differentiation of the Cholesky
    decomposition", 2016.

    Raises LinAlgError for a matrix that is not positive definite.

    >>> import autograd
    >>> autograd.linalg.cholesky(autograd.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    return cholesky_of(A, upper, "linalg.cholesky").L


@derived(r"A = L L^H", name="linalg.cholesky_ex", method=False, cases=POSITIVE)
def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """`cholesky` that doesn't raise: returns (L, info), and info is 0 where there is an L.

    Otherwise info is the order of the first leading minor that is not positive definite.
    """
    return cholesky_of(A, upper, "linalg.cholesky_ex", check_errors)


@derived(r"A = L L^H", name="cholesky", cases=POSITIVE, casts_out=True)
def old_cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """`linalg.cholesky`, under its older name."""
    return cholesky_of(input, upper, "cholesky").L


# -- QR: A = Q R --------------------------------------------------------------------------------------------

LINALG_QR, QR = (
    named_result("linalg_qr", "Q", "R"), named_result("qr", "Q", "R")
)  # fmt: skip
RECTANGLES = (case((3, 3)), case((4, 2)), case((2, 4)), case((2, 1, 3, 2)), case((0, 3)), case((3, 0)), case((2, 0, 0)))


@op(r"x = Q R", name="qr", method=False, kind="free", outputs=2, node="LinalgQrBackward0", cases=tuple(
    c._replace(params={"complete": complete}) for c in RECTANGLES for complete in (False, True)
    if not complete or c.inputs[0].shape[-2] <= c.inputs[0].shape[-1]))  # fmt: skip
def _qr(x: Array, complete: bool) -> tuple[Array, Array]:
    """A unitary matrix (with `complete`, a square one) and an upper triangular one, by Householder's reflections."""
    return tuple(np.linalg.qr(x, "complete" if complete else "reduced"))  # type: ignore[return-value]


@_qr.vjp("x", r"(\bar Q + Q\, \mathrm{sym}(\mathrm{triu}(\bar R R^H - Q^H \bar Q)))\, R^{-H}")
def _(g: Any, out: Any) -> Any:
    (g_q, g_r), (q, r) = g, out
    rows, columns = q.shape[-2], r.shape[-1]
    if q.shape[-1] > columns:
        raise RuntimeError(
            f"The QR decomposition is not differentiable when mode='complete' and nrows > ncols ({rows} > {columns}): "
            f"the last {rows - columns} columns of Q are not determined by A. Use mode='reduced'"
        )
    if rows >= columns:
        return qr_pull(g_q, g_r, q, r)
    # A = (X, Y) is wide: X = Q R_1 is square, and R_2 = Q^H Y
    g_1, g_2 = g_r[..., :rows], g_r[..., rows:]
    r_1, r_2 = r[..., :rows], r[..., rows:]
    return np.concatenate((qr_pull(g_q + q @ r_2 @ adjoint(g_2), g_1, q, r_1), q @ g_2), -1)


def qr_pull(g_q: Any, g_r: Any, q: Any, r: Any) -> Any:
    """The gradient by a matrix with no more columns than rows."""
    upper = np.triu(g_r @ adjoint(r) - adjoint(q) @ g_q)
    symmetric = with_diagonal(upper + adjoint(upper), diagonal(upper).real)
    return solve_with_triangle.either(adjoint(r), g_q + q @ symmetric, False, False)


@derived(r"A = Q R", name="linalg.qr", method=False, cases=RECTANGLES)
def qr(A: Tensor, mode: str = "reduced") -> Any:
    """The QR decomposition: A = Q R, with Q^H Q = 1 and R upper triangular. Returns (Q, R).

    Shapes: A (..., m, n), Q (..., m, k), R (..., k, n), where k is min(m, n), or m in mode
    "complete". In mode "r", Q is left empty. Differentiable where the first k columns of A are
    linearly independent, but for "complete" with m > n. Walter, Lehmann and Lamour, "On evaluating
    higher-order derivatives of the QR decomposition of tall matrices with full column rank in
    forward and reverse mode algorithmic differentiation", 2012; Roberts and Roberts, "QR and LQ
    decomposition matrix backpropagation algorithms for square, wide, and deep matrices", 2020.

    >>> import autograd
    >>> Q, R = autograd.linalg.qr(autograd.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> R.abs()
    tensor([[5.0000, 2.2000],
            [0.0000, 0.4000]])
    """
    check_matrix(A, "linalg.qr")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode {mode!r} but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    Q, R = _qr(A, mode == "complete")
    return LINALG_QR(Q.new_empty(0) if mode == "r" else Q, R)


@derived(r"A = Q R", name="qr", cases=(*RECTANGLES, case((2, 3), some=False)))
def old_qr(input: Tensor, some: bool = True) -> Any:
    """`linalg.qr`, under its older name: `some` is mode "reduced", otherwise "complete"."""
    check_matrix(input, "qr")
    return QR(*_qr(input, not some))
