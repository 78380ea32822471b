# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""The LU decomposition, A = P L U: Gauss's elimination, and solving with what it leaves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, regular, sample
from autograd.derived import derived
from autograd.dtypes import int32
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matmul import matmul
from autograd.ops.matrices import adjoint as adjoint_of
from autograd.ops.matrices import check_floating, check_info, check_rank, check_system
from autograd.ops.triangular import solve_with_triangle
from autograd.return_types import named_result
from autograd.tensor import Tensor, tensor_of

EXCHANGES = sample((3,), 1, 4, "int32")
RECTANGLES = (case((3, 3)), case((4, 2)), case((2, 4)), case((2, 1, 3, 2)), case((0, 3)), case((3, 0)), case((2, 0, 0)))
ZERO_PIVOT = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
    "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)


@op(r"x = P L U", name="lu_factor_ex", method=False, outputs=3, node="LinalgLuFactorExBackward0", cases=RECTANGLES)
def _lu_factor_ex(x: Array) -> tuple[Array, Array, Array]:
    """L (below the diagonal) and U in one matrix, the row exchanged with each row, and the first zero on U's diagonal.

    LAPACK's conventions: L has ones on its diagonal; rows are counted from 1; 0 says that there is no zero.
    """
    compact = np.array(x, order="C")
    pivots = np.zeros((*x.shape[:-2], min(x.shape[-2:])), np.int32)
    info = np.zeros(x.shape[:-2], np.int32)
    if compact.size:
        (routine,) = linalg.get_lapack_funcs(("getrf",), (x,))
        for i in np.ndindex(info.shape):
            compact[i], pivots[i], info[i] = routine(x[i])
    return compact, pivots + np.int32(1), info


def unit_lower(compact: Any) -> Any:
    """The triangle below the diagonal, with ones on it."""
    return np.tril(compact, -1) + np.eye(*compact.shape[-2:], dtype=bool)


def permutation(pivots: Array, rows: int, dtype: Any) -> Array:
    """The matrix P that undoes the exchange of row after row: P x puts the rows of x back to where they came from."""
    batches, exchanges = math.prod(pivots.shape[:-1]), pivots.shape[-1]
    order = np.tile(np.arange(rows), (batches, 1))
    batch = np.arange(batches)
    for i, partner in enumerate(pivots.reshape(batches, exchanges).T - 1):
        order[:, i], order[batch, partner] = order[batch, partner], order[:, i].copy()
    return (order.reshape(*pivots.shape[:-1], 1, rows) == np.arange(rows)[:, None]).astype(dtype)


@_lu_factor_ex.vjp("x", r"P L^{-\top} (\mathrm{tril}_{-1}(L^\top \bar L) + \mathrm{triu}(\bar U U^\top))\, U^{-\top}")
def _(g: Any, out: Any) -> Any:
    (g, *_), (compact, pivots, _info) = g, out
    rows, columns = compact.shape[-2:]
    k = min(rows, columns)
    corner, beside, below = compact[..., :k, :k], compact[..., :k, k:], compact[..., k:, :k]
    g_corner, g_beside, g_below = g[..., :k, :k], g[..., :k, k:], g[..., k:, :k]
    lower = unit_lower(corner).mT @ np.tril(g_corner, -1) - g_beside @ beside.mT
    upper = np.triu(g_corner) @ np.triu(corner).mT - below.mT @ g_below

    def after_lower(y: Any) -> Any:
        return solve_with_triangle.either(corner.mT, y, True, True, True)

    def before_upper(y: Any) -> Any:
        return solve_with_triangle.either(corner.mT, y, False, False)

    found = before_upper(after_lower(np.tril(lower, -1) + np.triu(upper)))
    if columns > k:  # a wide matrix goes on beside its corner with P L U_2
        found = np.concatenate((found, after_lower(g_beside)), -1)
    if rows > k:  # a tall one below it, with L_2 U
        found = np.concatenate((found, before_upper(g_below)), -2)
    return matmul.either(permutation(pivots, rows, compact.dtype), found)


# -- what users call ----------------------------------------------------------------------------------------

LU_FACTOR, LU_FACTOR_EX = (
    named_result("linalg_lu_factor", "LU", "pivots"), named_result("linalg_lu_factor_ex", "LU", "pivots", "info")
)  # fmt: skip
LINALG_LU, LU_UNPACK = named_result("linalg_lu", "P", "L", "U"), named_result("lu_unpack", "P", "L", "U")
OLD_LU = named_result("_lu_with_info", "LU", "pivots", "info")


def factored(A: Tensor, pivot: bool, name: str, check_errors: bool = False) -> Any:
    """The compact factors, the pivots and LAPACK's report; `name` is what the caller is called."""
    check_rank(A, name)
    check_floating(A, name)
    if not pivot:
        raise RuntimeError(
            f"{name}: LU without pivoting is not implemented on the CPU: it divides by whatever stands on the "
            "diagonal, and may lose all digits. Use pivot=True"
        )
    found = LU_FACTOR_EX(*_lu_factor_ex(A))
    if check_errors:
        check_info(found.info.array, name, ZERO_PIVOT)
    return found


@derived(r"A = P L U", name="linalg.lu_factor", method=False, cases=RECTANGLES)
def lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """The LU decomposition in compact form, for `lu_solve` and `lu_unpack`: returns (LU, pivots).

    Shapes: A (..., m, n), LU (..., m, n) with L below its diagonal and U on and above it, pivots
    (..., min(m, n)): the row, counted from 1, that each row was exchanged with, one after the other.

    Raises LinAlgError where U has a zero on its diagonal.
    """
    return LU_FACTOR(*factored(A, pivot, "linalg.lu_factor", True)[:2])


@derived(r"A = P L U", name="linalg.lu_factor_ex", method=False, cases=RECTANGLES)
def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """`lu_factor` that doesn't raise: returns (LU, pivots, info); info is 0, or where U has its first zero pivot."""
    return factored(A, pivot, "linalg.lu_factor_ex", check_errors)


@derived(r"A = P L U", name="linalg.lu", method=False, cases=RECTANGLES)
def lu(A: Tensor, *, pivot: bool = True) -> Any:
    """The LU decomposition A = P L U: a permutation, a lower and an upper triangular matrix. Returns (P, L, U).

    Shapes: A (..., m, n), P (..., m, m), L (..., m, k) with ones on its diagonal, U (..., k, n), with
    k = min(m, n). Differentiable where the first k columns of A are linearly independent. The rule
    for square A: de Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using
    triangular factorization", Mathematics of Computation, 2011.

    >>> import autograd
    >>> P, L, U = autograd.linalg.lu(autograd.tensor([[1.0, 2.0], [4.0, 4.0]]))
    >>> L, U
    (tensor([[1.0000, 0.0000],
            [0.2500, 1.0000]]), tensor([[4., 4.],
            [0., 1.]]))
    """
    compact, pivots, _ = factored(A, pivot, "linalg.lu")
    return LINALG_LU(*unpacked(compact, pivots))


@derived(r"A = P L U", name="lu", cases=RECTANGLES)
def old_lu(input: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """`linalg.lu_factor` under its older name: returns (LU, pivots), and with `get_infos` LAPACK's report too."""
    found = OLD_LU(*factored(input, pivot, "lu"))
    return found if get_infos else tuple(found[:2])


def unpacked(compact: Tensor, pivots: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """P, L and U."""
    rows, columns = compact.shape[-2:]
    k = min(rows, columns)
    P = tensor_of(permutation(pivots.array, rows, compact.dtype))
    return P, unit_lower(compact[..., :k]), np.triu(compact[..., :k, :])  # type: ignore[return-value]


def check_pivots(compact: Tensor, pivots: Tensor, name: str) -> None:
    """Raise unless these can be what `lu_factor` returned."""
    check_rank(compact, name, "LU")
    if not isinstance(pivots, Tensor) or pivots.dtype is not int32:
        raise RuntimeError(
            f"{name}: LU_pivots is expected to be a Tensor of int32, as linalg.lu_factor returns it, got "
            f"{pivots.dtype.name if isinstance(pivots, Tensor) else type(pivots).__name__}"
        )
    rows, columns = compact.shape[-2:]
    expected = (*compact.shape[:-2], min(rows, columns))
    if tuple(pivots.shape) != expected:
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix: expected pivots of "
            f"shape {expected} for LU of shape {tuple(compact.shape)}, got {tuple(pivots.shape)}"
        )
    if pivots.array.size and not 1 <= pivots.array.min() <= pivots.array.max() <= rows:
        raise RuntimeError(f"{name}: pivots passed to lu_unpack must be between 1 and the number of rows, {rows}")


@derived(
    r"A = P L U", method=False, cases=(case(regular(3, 3), EXCHANGES), case((2, 4, 3), sample((2, 3), 1, 5, "int32")))
)
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """The matrices P, L and U of a compact LU decomposition; those not wanted are left empty."""
    check_pivots(LU_data, LU_pivots, "lu_unpack")
    P, L, U = unpacked(LU_data, LU_pivots)
    nothing = LU_data.new_empty(0)
    return LU_UNPACK(P if unpack_pivots else nothing, *((L, U) if unpack_data else (nothing, nothing)))


# -- solving ------------------------------------------------------------------------------------------------


@derived(
    r"A^{-1} B",
    name="linalg.lu_solve",
    method=False,
    cases=(
        case(regular(3, 3), EXCHANGES, (3, 2)),
        case(regular(3, 3), EXCHANGES, (2, 3), left=False),
        case(regular(3, 3), EXCHANGES, (2, 3, 2), adjoint=True),
        case(regular(3, 3), EXCHANGES, (1, 3), left=False, adjoint=True),
    ),
)
def linalg_lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The X with A X = B, given the LU decomposition of A; X A = B if not `left`; with A^H for A if `adjoint`.

    Shapes: LU (..., n, n) and pivots (..., n) from `lu_factor`, B (..., n, k), or (..., k, n) if not
    `left`; batches broadcast. Triangular systems do it: U^{-1} L^{-1} P^T B.
    """
    check_system(LU, B, left, "linalg.lu_solve")
    check_pivots(LU, pivots, "linalg.lu_solve")
    if not left:
        return adjoint_of(solved(LU, pivots, adjoint_of(B), not adjoint))
    return solved(LU, pivots, B, adjoint)


def solved(LU: Tensor, pivots: Tensor, B: Tensor, adjoint: bool) -> Tensor:
    """The solution of A X = B, or of A^H X = B."""
    P = tensor_of(permutation(pivots.array, LU.shape[-1], LU.dtype))
    if adjoint:
        transposed = adjoint_of(LU)
        by_upper = solve_with_triangle(transposed, B, False)
        solution: Tensor = P @ solve_with_triangle(transposed, by_upper, True, True, True)
    else:
        by_lower = solve_with_triangle(LU, P.mT @ B, False, True, True)
        solution = solve_with_triangle(LU, by_lower, True)
    return solution


@derived(r"A^{-1} b", cases=(case((3, 2), regular(3, 3), EXCHANGES),))
def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """`linalg.lu_solve` under its older name, with the right-hand side first."""
    return linalg_lu_solve(LU_data, LU_pivots, input)
