# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Inverses and linear systems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, regular
from autograd.derived import derived
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.arranging import movedim
from autograd.ops.matrices import (
    SINGULAR,
    check_info,
    check_shape_square,
    check_square,
    check_system,
    one_by_one,
    same_batch,
)
from autograd.ops.refusals import FLOATS_ONLY
from autograd.return_types import named_result
from autograd.tensor import Tensor

INV_EX, SOLVE_EX = (
    named_result("linalg_inv_ex", "inverse", "info"), named_result("linalg_solve_ex", "result", "info")
)  # fmt: skip
SQUARES = (case(regular(3, 3)), case((2, 2)), case(regular(2, 1, 2, 2)), case((0, 0)), case((2, 0, 0)))
SYSTEMS = (
    case(regular(3, 3), (3, 2)),
    case(regular(2, 1, 2, 2), (3, 2, 1)),
    case(regular(3, 3), (2, 3, 1)),
    case((0, 0), (0, 2)),
)


def zero_pivots(x: Array) -> Array:
    """For each matrix, where Gauss's elimination meets its first zero pivot, counted from 1; 0 if nowhere."""
    info = np.zeros(x.shape[:-2], np.int32)
    (routine,) = linalg.get_lapack_funcs(("getrf",), (x,))
    for i in np.ndindex(info.shape):
        info[i] = routine(x[i])[2]
    return info


# -- the inverse --------------------------------------------------------------------------------------------


@op(r"x^{-1}", name="inv_ex", method=False, outputs=2, refuses=FLOATS_ONLY, node="LinalgInvExBackward0", cases=SQUARES)
def _inv_ex(x: Array) -> tuple[Array, Array]:
    """The inverses, with NaN for a singular matrix, and where elimination met a zero pivot (0 if nowhere)."""
    try:
        return np.linalg.inv(x), np.zeros(x.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return one_by_one(np.linalg.inv, x), zero_pivots(x)


@_inv_ex.vjp("x", r"-z^\top \bar z z^\top")
def _(g: Any, out: Any) -> Any:
    transposed = out[0].mT
    return -(transposed @ g[0] @ transposed)


def inverse_of(A: Tensor, name: str, check_errors: bool = True) -> Any:
    """The inverse and LAPACK's report; `name` is what the caller is called."""
    check_square(A, name)
    inverse, info = _inv_ex(A)
    if check_errors:
        check_info(info.array, name, SINGULAR)
    return INV_EX(inverse, info)


@derived(r"A^{-1}", name="linalg.inv", method=False, cases=SQUARES, numpy=np.linalg.inv)
def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices. Shapes: A and result (..., n, n).

    To solve A X = B, `solve` is faster and more accurate than `inv(A) @ B`.

    Raises LinAlgError for a singular matrix.

    >>> import autograd
    >>> autograd.linalg.inv(autograd.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return inverse_of(A, "linalg.inv").inverse


@derived(r"A^{-1}", name="linalg.inv_ex", method=False, cases=SQUARES)
def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """`inv` that doesn't raise: returns (inverse, info).

    `info` is 0, or where elimination met a zero pivot: the matrix is singular, and its inverse NaN.
    """
    return inverse_of(A, "linalg.inv_ex", check_errors)


@derived(r"A^{-1}", cases=SQUARES)
def inverse(input: Tensor) -> Tensor:
    """`linalg.inv`, under its older name."""
    return inverse_of(input, "inverse").inverse


# -- A X = B ------------------------------------------------------------------------------------------------


@op(
    r"x^{-1} y",
    name="solve_ex",
    method=False,
    batched=True,
    outputs=2,
    refuses=FLOATS_ONLY,
    node="LinalgSolveExBackward0",
    cases=SYSTEMS,
)
def _solve_ex(x: Array, y: Array) -> tuple[Array, Array]:
    """The z with x z = y, with NaN for a singular matrix, and where elimination met a zero pivot (0 if nowhere)."""
    try:
        return np.linalg.solve(x, y), np.zeros(x.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return one_by_one(np.linalg.solve, *same_batch(x, y)), zero_pivots(x)


@_solve_ex.vjp("x", r"-\bar y z^\top")
def _(g: Any, x: Any, out: Any) -> Any:
    return -(pull_to_right_side(g, x) @ out[0].mT)


@_solve_ex.vjp("y", r"\bar y = x^{-\top} \bar z")
def pull_to_right_side(g: Any, x: Any) -> Any:
    """What flows back to the right-hand side: the solution of the transposed system."""
    return _solve_ex.either(x.mT, g[0])[0]


SINGULAR_SYSTEM = "The solver failed because the input matrix is singular (elimination met a zero pivot in row {})."


def is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether B is a right-hand side for each matrix, rather than a matrix of them."""
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and A.shape[:-1] == B.shape)


def solution_of(A: Tensor, B: Tensor, left: bool, name: str, check_errors: bool = True) -> Any:
    """The solution and LAPACK's report; `name` is what the caller is called."""
    check_shape_square(A, name)
    vector = is_vector(A, B)
    if vector and not left:
        raise RuntimeError(
            f"{name}: Vector broadcasting of the left hand side is not supported for left=False: B, of shape "
            f"{tuple(B.shape)}, counts as a vector. Give it a dimension of size 1 with unsqueeze"
        )
    right = B.unsqueeze(-1) if vector else B
    check_system(A, right, left, name)
    solution, info = _solve_ex(A, right) if left else _solve_ex(A.mT, right.mT)
    if check_errors:
        check_info(info.array, name, SINGULAR_SYSTEM)
    return SOLVE_EX(solution.squeeze(-1) if vector else solution if left else solution.mT, info)


@derived(r"A^{-1} B", name="linalg.solve", method=False, numpy=np.linalg.solve, cases=(
    *SYSTEMS, case(regular(3, 3), (3,)), case(regular(2, 3, 3), (2, 3))))  # fmt: skip
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution X of the linear systems A X = B, or X A = B if not `left`.

    Shapes: A (..., n, n); B (..., n, k), or (..., k, n) if not `left`, or a vector (n,), or one for
    each matrix (..., n); the result is like B. Batches broadcast.

    Raises LinAlgError for a singular matrix.

    >>> import autograd
    >>> A = autograd.tensor([[2.0, 1.0], [1.0, 3.0]])
    >>> autograd.linalg.solve(A, autograd.tensor([3.0, 5.0]))
    tensor([0.8000, 1.4000])
    """
    return solution_of(A, B, left, "linalg.solve").result


@derived(r"A^{-1} B", name="linalg.solve_ex", method=False, cases=SYSTEMS)
def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """`solve` that doesn't raise: returns (result, info).

    `info` is 0, or where elimination met a zero pivot: the matrix is singular, and the result NaN.
    """
    return solution_of(A, B, left, "linalg.solve_ex", check_errors)


# -- tensors as matrices ------------------------------------------------------------------------------------


@derived(
    r"A^{-1}",
    name="linalg.tensorinv",
    method=False,
    cases=(case((4, 2, 2), ind=1), case((2, 2, 4), ind=2)),
)
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `tensordot`: with X = tensorinv(A, ind), tensordot(X, tensordot(A, Y, A.ndim - ind), ind) is Y.

    The first `ind` dimensions of A count as rows and the others as columns: there must be as many of the ones as of
    the others. Shapes: A (rows..., columns...), result (columns..., rows...).
    """
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv: Expected a strictly positive integer for 'ind', but got {ind}")
    rows, columns = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError(
            "linalg.tensorinv: Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(columns)} != {math.prod(rows)}: the shape is "
            f"{tuple(A.shape)}, and ind is {ind}"
        )
    matrix = A.reshape(math.prod(rows), math.prod(columns))
    return inverse_of(matrix, "linalg.tensorinv").inverse.reshape(*columns, *rows)


@derived(r"A^{-1} B", name="linalg.tensorsolve", method=False, cases=(
    case((2, 2, 4), (2, 2)), case((4, 2, 2), (2, 2), dims=(0,))))  # fmt: skip
def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """The X with tensordot(A, X, X.ndim) = B.

    Shapes: A (*B.shape, *X.shape), with as many elements in X as in B; the dimensions `dims` of A are moved to its end
    first.
    """
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    unknowns = tuple(A.shape[B.ndim :])
    if math.prod(unknowns) != math.prod(A.shape[: B.ndim]):
        raise RuntimeError(
            "linalg.tensorsolve: Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {math.prod(unknowns)} != {math.prod(A.shape[: B.ndim])}: the "
            f"shapes are {tuple(A.shape)} and {tuple(B.shape)}"
        )
    matrix = A.reshape(-1, math.prod(unknowns))
    return solve(matrix, B.reshape(-1)).reshape(unknowns)
