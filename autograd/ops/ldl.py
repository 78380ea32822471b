# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""The LDL decomposition of symmetric matrices that need not be positive definite, and solving with it.

Bunch and Kaufman, "Some stable methods for calculating inertia and solving symmetric linear systems",
Mathematics of Computation, 1977.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array, Ints
from autograd.cases import case, hermitian, regular, sample
from autograd.derived import derived
from autograd.dtypes import int32
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matrices import check_info, check_square, check_system, same_batch
from autograd.return_types import named_result
from autograd.tensor import Tensor

LDL_FACTOR, LDL_FACTOR_EX = (
    named_result("linalg_ldl_factor", "LD", "pivots"), named_result("linalg_ldl_factor_ex", "LD", "pivots", "info")
)  # fmt: skip
ZERO_BLOCK = "the factor D has a zero at position {} of its diagonal, and ldl_solve would divide by it"
LAST_ROW = sample((3,), 3, 4, "int32")  # pivots: the row that each row is exchanged with
SQUARES = (case(hermitian(3, 3)), case((3, 3)), case((3, 3), hermitian=True), case((2, 1, 3, 3)), case((0, 0)))


@op(r"x = L D L^\top", name="ldl_factor_ex", method=False, outputs=3, cases=tuple(
    c._replace(params={"of_hermitian": c.params.get("hermitian", False)}) for c in SQUARES))  # fmt: skip
def _ldl_factor_ex(x: Array, of_hermitian: bool) -> tuple[Array, Array, Array]:
    """L and D in one matrix, the rows exchanged, and the first zero on D's diagonal (0 if there is none), as LAPACK does."""
    compact = np.zeros(x.shape, x.dtype)
    pivots, info = np.zeros(x.shape[:-1], np.int32), np.zeros(x.shape[:-2], np.int32)
    if x.size:
        (routine,) = linalg.get_lapack_funcs((f"{kind(x, of_hermitian)}trf",), (x,))
        for i in np.ndindex(info.shape):
            factored, pivots[i], info[i] = routine(x[i], lower=True)
            compact[i] = np.tril(factored)
    return compact, pivots, info


def kind(x: Array, of_hermitian: bool) -> str:
    """How LAPACK calls the matrices."""
    return "he" if of_hermitian and x.dtype.kind == "c" else "sy"


@op(r"x^{-1} y", name="ldl_solve", method=False, kind="free", batched=True, cases=(
    case((3, 2), regular(3, 3), LAST_ROW, of_hermitian=False),))  # fmt: skip
def _ldl_solve(x: Array, factors: Ints, pivots: Ints, of_hermitian: bool) -> Array:
    """The z with A z = x, where A is what the factors are those of."""
    factors, x = same_batch(factors, x)
    pivots = np.broadcast_to(pivots, x.shape[:-1])
    z = np.zeros(x.shape, x.dtype)
    if x.size:
        (routine,) = linalg.get_lapack_funcs((f"{kind(x, of_hermitian)}trs",), (factors, x))
        for i in np.ndindex(x.shape[:-2]):
            z[i], _ = routine(factors[i], pivots[i], x[i], lower=True)
    return z


@_ldl_solve.vjp("x", r"A^{-H} \bar z")
def _(g: Any, factors: Any, pivots: Any, of_hermitian: bool) -> Any:
    if of_hermitian:
        return _ldl_solve.either(g, factors, pivots, True)
    return _ldl_solve.either(g.conj(), factors, pivots, False).conj()  # A is symmetric: its adjoint is its conjugate


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


@derived(r"A^{-1} B", name="linalg.ldl_solve", method=False, cases=(
    case(regular(3, 3), LAST_ROW, (3, 2)), case(regular(2, 3, 3), LAST_ROW._replace(shape=(2, 3)), (3, 1))))  # fmt: skip
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """The X with A X = B, given the LDL decomposition of A.

    Shapes: LD (..., n, n) and pivots (..., n) from `ldl_factor`, B (..., n, k); batches broadcast.
    Differentiable in B alone.
    """
    check_system(LD, B, True, "linalg.ldl_solve")
    if not isinstance(pivots, Tensor) or pivots.dtype is not int32:
        found = pivots.dtype.name if isinstance(pivots, Tensor) else type(pivots).__name__
        raise RuntimeError(f"linalg.ldl_solve: Expected pivots to be integers of type int32. Got {found}")
    if pivots.shape != LD.shape[:-1]:
        raise RuntimeError(
            f"linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{tuple(pivots.shape)} instead of {tuple(LD.shape[:-1])}"
        )
    return _ldl_solve(B, LD, pivots, hermitian)
