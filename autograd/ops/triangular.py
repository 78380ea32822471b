# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Triangular systems, and those that a Cholesky factor turns into two of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, lower_factor, regular, upper_factor
from autograd.derived import derived
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matrices import (
    SINGULAR,
    adjoint,
    check_info,
    check_rank,
    check_square,
    check_system,
    diagonal,
    same_batch,
)
from autograd.return_types import named_result
from autograd.tensor import Tensor, tensor_of

SYSTEMS = (
    case(regular(3, 3), (3, 2), upper=True),
    case(regular(3, 3), (2, 3), upper=False, left=False),
    case(regular(3, 3), (3, 2), upper=False, unitriangular=True),
    case(regular(2, 3, 3), (4, 3), upper=True, left=False, unitriangular=True),
    case(regular(2, 1, 2, 2), (3, 2, 2), upper=False),
    case((0, 0), (0, 2), upper=True),
)


@op(
    r"x^{-1} y",
    name="solve_triangular",
    method=False,
    batched=True,
    node="LinalgSolveTriangularBackward0",
    cases=SYSTEMS,
)
def solve_with_triangle(x: Array, y: Array, upper: bool, left: bool = True, unitriangular: bool = False) -> Array:
    """The z with x z = y (or z x = y, where x is on the right), for triangular x: one unknown after the other.

    Only the triangle of x is read, and not its diagonal if that is taken to be ones.
    """
    x, y = same_batch(x, y)
    z = np.empty(y.shape, y.dtype)
    if z.size:
        (routine,) = linalg.get_blas_funcs(("trsm",), (x, y))
        for i in np.ndindex(x.shape[:-2]):
            z[i] = routine(1, x[i], y[i], side=not left, lower=not upper, diag=unitriangular)
    return z


@solve_with_triangle.vjp("x", r"-\bar y z^\top \text{ within the triangle (on the right } -z^\top \bar y)")
def _(g: Any, x: Any, out: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    by_y = transposed_solution(g, x, upper, left, unitriangular)
    product = by_y @ out.mT if left else out.mT @ by_y
    beside = int(unitriangular)
    return -(np.triu(product, beside) if upper else np.tril(product, -beside))


@solve_with_triangle.vjp("y", r"\bar y = x^{-\top} \bar z \text{ (on the right } \bar z\, x^{-\top})")
def transposed_solution(g: Any, x: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    """What flows back to the right-hand side: the solution of the transposed system."""
    return solve_with_triangle.either(x.mT, g, not upper, left, unitriangular)


@derived(r"A^{-1} B", name="linalg.solve_triangular", method=False, cases=SYSTEMS)
def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The X with A X = B, or X A = B if not `left`, for triangular matrices A.

    Shapes: A (..., n, n), B (..., n, k), or (..., k, n) if not `left`; batches broadcast. Only the
    triangle of A that `upper` names is read; with `unitriangular`, its diagonal counts as ones. A
    zero on the diagonal gives inf or NaN.

    >>> import autograd
    >>> U = autograd.tensor([[2.0, 1.0], [0.0, 4.0]])
    >>> autograd.linalg.solve_triangular(U, autograd.tensor([[4.0], [8.0]]), upper=True)
    tensor([[1.],
            [2.]])
    """
    check_system(A, B, left, "linalg.solve_triangular")
    return solve_with_triangle(A, B, upper, left, unitriangular)


TRIANGULAR_SOLVE = named_result("triangular_solve", "solution", "cloned_coefficient")


@derived(r"A^{-1} b", cases=(
    case((3, 2), regular(3, 3)), case((3, 2), regular(3, 3), upper=False), case((3, 2), regular(3, 3), transpose=True),
    case((3, 2), regular(2, 3, 3), unitriangular=True)))  # fmt: skip
def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """`linalg.solve_triangular` under its older name: with B first, and a copy of A as second result."""
    check_rank(input, "triangular_solve", "b")
    check_rank(A, "triangular_solve")
    check_system(A, input, True, "triangular_solve")
    triangle, upper = (A.mT, not upper) if transpose else (A, upper)
    return TRIANGULAR_SOLVE(solve_with_triangle(triangle, input, upper, True, unitriangular), A.clone())


# -- with a Cholesky factor ---------------------------------------------------------------------------------


@op(
    r"(L L^H)^{-1} y",
    name="solve_with_factor",
    method=False,
    kind="free",
    batched=True,
    node="CholeskySolveBackward0",
    cases=(
        case((3, 2), lower_factor(3, 3)),
        case((2, 3, 1), lower_factor(3, 3)),
        case((3, 2), lower_factor(2, 1, 3, 3)),
        case((0, 2), (0, 0)),
    ),
)
def solve_with_factor(x: Array, factor: Array) -> Array:
    """The z with L L^H z = x, by two triangular systems, L y = x and L^H z = y. Only L's lower triangle is read."""
    return solve_with_triangle.either(adjoint(factor), solve_with_triangle.either(factor, x, upper=False), upper=True)


@solve_with_factor.vjp("x", r"\bar x = (L L^H)^{-1} \bar z")
def solved_again(g: Any, factor: Any) -> Any:
    """What flows back to the right-hand side: the solution of the same system, as its matrix is Hermitian."""
    return solve_with_factor.either(g, factor)


@solve_with_factor.vjp("factor", r"-(\bar x z^H + z \bar x^H) L")
def _(g: Any, factor: Any, out: Any) -> Any:
    """As in PyTorch, the gradient by all elements of L, as if those above the diagonal were read too."""
    product = solved_again(g, factor) @ adjoint(out)
    return -(product + adjoint(product)) @ factor


@derived(r"(L L^H)^{-1} B", cases=(
    case((3, 2), lower_factor(3, 3)), case((2, 3, 1), lower_factor(3, 3)), case((3, 2), upper_factor(3, 3), upper=True),
    case((0, 2), (0, 0))), casts_out=True)  # fmt: skip
def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False) -> Tensor:
    """The X with A X = B (`input`), given the Cholesky factor of A (`input2`): L with A = L L^H, or U with A = U^H U.

    Shapes: input (..., n, k), input2 (..., n, n); batches broadcast. Only the triangle of the factor
    is read, but its gradient is that of a full matrix: take its triangle, as `cholesky` does.
    """
    check_system(input2, input, True, "cholesky_solve")
    return solve_with_factor(input, adjoint(input2) if upper else input2)


@derived(
    r"(L L^H)^{-1}",
    cases=(
        case(lower_factor(3, 3)),
        case(lower_factor(2, 3, 3)),
        case(upper_factor(2, 3, 3), upper=True),
        case((0, 0)),
    ),
    casts_out=True,
)
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A, given its Cholesky factor: L with A = L L^H, or U with A = U^H U.

    Shapes: input (..., n, n), result (..., n, n). Raises LinAlgError for a zero on the diagonal of
    the factor. See `cholesky_solve` for the gradient.
    """
    check_square(input, "cholesky_inverse")
    zeros = diagonal(input.array) == 0
    first = np.where(zeros.any(-1), zeros.argmax(-1) + 1, 0) if zeros.size else np.zeros(0)
    check_info(first, "cholesky_inverse", SINGULAR)
    identity = tensor_of(np.broadcast_to(np.eye(input.shape[-1], dtype=input.dtype.dtype), tuple(input.shape)))
    return solve_with_factor(identity, adjoint(input) if upper else input)
