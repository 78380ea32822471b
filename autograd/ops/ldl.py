# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""The LDL decomposition of symmetric matrices that need not be positive definite, and solving with it.

Bunch and Kaufman, "Some stable methods for calculating inertia and solving symmetric linear systems",
Mathematics of Computation, 1977.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, hermitian, lower_factor, regular, sample
from autograd.derived import derived
from autograd.dtypes import int32
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matrices import adjoint, batch_shape, check_info, check_square, check_system, diagonal, with_diagonal
from autograd.ops.replacing import take_along_dim
from autograd.ops.solvers import _solve_ex
from autograd.ops.triangular import solve_with_triangle
from autograd.return_types import named_result
from autograd.tensor import Tensor, tensor_of

LDL_FACTOR, LDL_FACTOR_EX = (
    named_result("linalg_ldl_factor", "LD", "pivots"), named_result("linalg_ldl_factor_ex", "LD", "pivots", "info")
)  # fmt: skip
ZERO_BLOCK = "the factor D has a zero at position {} of its diagonal, and ldl_solve would divide by it"
LAST_ROW = sample((3,), 3, 4, "int32")  # pivots: the row that each row is exchanged with
PAIR = sample((2,), -2, -1, "int32")  # pivots: one block of size 2
SQUARES = (case(hermitian(3, 3)), case((3, 3)), case((3, 3), hermitian=True), case((2, 1, 3, 3)), case((0, 0)))


@op(r"x = L D L^\top", name="ldl_factor_ex", method=False, outputs=3, cases=tuple(
    c._replace(params={"of_hermitian": c.params.get("hermitian", False)}) for c in SQUARES))  # fmt: skip
def _ldl_factor_ex(x: Array, of_hermitian: bool) -> tuple[Array, Array, Array]:
    """L and D in one matrix, the rows exchanged, and the first zero on D's diagonal (0 if none): LAPACK's results."""
    compact = np.zeros(x.shape, x.dtype)
    pivots, info = np.zeros(x.shape[:-1], np.int32), np.zeros(x.shape[:-2], np.int32)
    if x.size:
        (routine,) = linalg.get_lapack_funcs((f"{kind(x, of_hermitian)}trf",), (x,))
        for i in np.ndindex(info.shape):
            factored, pivots[i], info[i] = routine(x[i], lower=True)
            compact[i] = np.tril(factored)
    return compact, pivots, info


def kind(x: Array, of_hermitian: bool) -> str:
    """What LAPACK calls the matrices."""
    return "he" if of_hermitian and x.dtype.kind == "c" else "sy"


def factored(A: Tensor, hermitian: bool, name: str, check_errors: bool = False) -> Any:
    """The compact factors, the pivots and LAPACK's report; `name` is what the caller is called."""
    check_square(A, name)
    found = LDL_FACTOR_EX(*_ldl_factor_ex(A, hermitian))
    if check_errors:
        check_info(found.info.array, name, ZERO_BLOCK)
    return found


@derived(r"A = L D L^\top", name="linalg.ldl_factor", method=False, cases=SQUARES)
def ldl_factor(A: Tensor, *, hermitian: bool = False) -> Any:
    """The LDL decomposition of symmetric matrices in compact form, for `ldl_solve`: returns (LD, pivots).

    A = L D L^T (A = L D L^H if `hermitian`) up to exchanged rows and columns, with L lower triangular
    and D block diagonal, of blocks of size 1 and 2. Shapes: A and LD (..., n, n), pivots (..., n).
    Only the lower triangle of A is read. No gradient flows through it: `linalg.solve` has one.
    """
    return LDL_FACTOR(*factored(A, hermitian, "linalg.ldl_factor", True)[:2])


@derived(r"A = L D L^\top", name="linalg.ldl_factor_ex", method=False, cases=SQUARES)
def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """`ldl_factor` that doesn't raise: returns (LD, pivots, info); info is 0, or where D has its first zero."""
    return factored(A, hermitian, "linalg.ldl_factor_ex", check_errors)


# -- solving ------------------------------------------------------------------------------------------------


class Exchanges(NamedTuple):
    """What pivots say, as arrays: A = P L D L^T P^T.

    LAPACK exchanges two rows of all that is left at each step, but not of the columns of L that it
    has finished.
    """

    order: Array  # row i of P^T x is row order[i] of x
    sources: Array  # element (i, k) of L stands in row sources[i, k] of column k
    pairs: Array  # whether a block of size 2 begins here


def read_pivots(pivots: Array) -> Exchanges:
    """What pivots stand for: a positive one for a block of size 1, two equal negative ones for one of size 2."""
    n = pivots.shape[-1]
    rows = np.arange(n)
    order = np.broadcast_to(rows, pivots.shape).copy()
    sources = np.broadcast_to(rows[:, None], (*pivots.shape, n)).copy()
    pairs = np.zeros(pivots.shape, bool)
    for i in np.ndindex(pivots.shape[:-1]):
        k = 0
        while k < n:
            pairs[i][k] = pivots[i][k] < 0
            last = k + int(pairs[i][k])
            there = abs(pivots[i][k]) - 1
            if not last <= there < n:
                raise RuntimeError(
                    f"linalg.ldl_solve: {pivots[i].tolist()} are not pivots that linalg.ldl_factor returns"
                )
            order[i][[last, there]] = order[i][[there, last]]
            sources[i][[last, there], :k] = sources[i][[there, last], :k]
            k = last + 1
    return Exchanges(order, sources, pairs)


@derived(r"A^{-1} B", name="linalg.ldl_solve", method=False, cases=(
    case(regular(3, 3), LAST_ROW, (3, 2)), case(regular(2, 3, 3), LAST_ROW._replace(shape=(2, 3)), (3, 1)),
    case(regular(2, 2), PAIR, (2, 3)), case(lower_factor(2, 2), PAIR, (2, 1), hermitian=True)))  # fmt: skip
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """The X with A X = B, given the LDL decomposition of A: three systems, two of them triangular.

    Shapes: LD (..., n, n) and pivots (..., n) from `ldl_factor`, B (..., n, k); batches broadcast.
    """
    check_system(LD, B, True, "linalg.ldl_solve")
    if not isinstance(pivots, Tensor) or pivots.dtype is not int32:
        found = pivots.dtype.name if isinstance(pivots, Tensor) else type(pivots).__name__
        raise RuntimeError(f"linalg.ldl_solve: Expected pivots to be integers of type int32. Got {found}")
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError(
            "linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{tuple(pivots.shape)} instead of {tuple(LD.shape[:-1])}"
        )
    order, sources, pairs = read_pivots(pivots.array)
    flipped = adjoint if hermitian else transposed
    beside = pairs[..., None, :] & np.eye(LD.shape[-1], k=-1, dtype=bool)  # D's elements below its diagonal
    below = np.where(beside, 0, np.tril(LD, -1))
    L = take_along_dim(below, tensor_of(sources), -2) + np.eye(LD.shape[-1], dtype=bool)
    pieces = np.where(beside, LD, 0)
    D = with_diagonal(pieces + flipped(pieces), diagonal(LD.real if hermitian else LD))
    columns = B.expand((*batch_shape(LD, B, "linalg.ldl_solve"), *B.shape[-2:]))
    first = solve_with_triangle(L, take_along_dim(columns, tensor_of(order[..., None]), -2), False, True, True)
    last = solve_with_triangle(flipped(L), _solve_ex(D, first)[0], True, True, True)
    return take_along_dim(last, tensor_of(np.argsort(order)[..., None]), -2)


def transposed(x: Tensor) -> Tensor:
    """Each matrix transposed."""
    return x.mT
