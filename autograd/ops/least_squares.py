# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""The pseudo-inverse, the rank, and least squares: what to do with systems that have no solution, or many.

Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose
variables separate", SIAM Journal on Numerical Analysis, 1973. The derivatives hold where the rank does
not change.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, hermitian, regular, seen_as
from autograd.derived import derived
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matrices import (
    LinAlgError,
    adjoint,
    batch_shape,
    check_matrix,
    check_rank,
    check_same_dtype,
    check_square,
    same_batch,
)
from autograd.ops.reduction import sum as sum_over
from autograd.ops.refusals import FLOATS_ONLY
from autograd.ops.selection import abs as absolute
from autograd.ops.singular import _svd, _svdvals
from autograd.ops.solvers import is_vector
from autograd.ops.spectra import _eigh, _eigvalsh
from autograd.return_types import named_result
from autograd.tensor import Tensor, tensor_of

Tolerance = Any  # a number, a Tensor that broadcasts over the batch, or None

# -- what counts as zero ------------------------------------------------------------------------------------


def tolerances(A: Tensor, atol: Tolerance, rtol: Tolerance, name: str) -> tuple[Array, Array]:
    """The absolute and the relative bound below which singular values count as zero.

    By default, only the relative one counts: the larger size times the precision of the numbers.
    """
    if rtol is None:
        given = atol is not None and np.any(bound(atol, "atol", name) > 0)
        rtol = 0.0 if given else max(A.shape[-2:]) * float(np.finfo(A.dtype.dtype).eps)
    return bound(0.0 if atol is None else atol, "atol", name), bound(rtol, "rtol", name)


def bound(value: Any, label: str, name: str) -> Array:
    """A bound as an array."""
    array = value.array if isinstance(value, Tensor) else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise RuntimeError(f"{name}: {label} tensor of {array.dtype} type is not supported: it must be real")
    return array


def cutoff(sizes: Array, atol: Array, rtol: Array) -> Array:
    """For each matrix with singular values of these sizes, the bound below which they count as zero."""
    largest = np.max(sizes, -1, initial=0)
    return np.maximum(atol, rtol * largest)[..., None]


# -- the pseudo-inverse -------------------------------------------------------------------------------------

SHAPES = (case((3, 3)), case((4, 2)), case((2, 4)), case((2, 1, 3, 2)), case((0, 3)), case((2, 3, 0)))


@op(r"x^+", name="pinv", method=False, kind="free", node="LinalgPinvBackward0", cases=tuple(
    c._replace(params={"atol": 0.0, "rtol": 1e-12, "is_hermitian": False}) for c in SHAPES))  # fmt: skip
def _pinv(x: Array, atol: Any, rtol: Any, is_hermitian: bool) -> Array:
    """The pseudo-inverse V diag(1/s) U^H of x = U diag(s) V^H, with 0 for 1/s where s is too small."""
    u, s, vh = spectral(x) if is_hermitian else _svd.either(x, False)
    sizes = np.abs(s)
    large = sizes > cutoff(sizes, atol, rtol)
    inverses = np.where(large, 1 / np.where(large, s, 1), 0).astype(s.dtype)
    return (adjoint(vh) * inverses[..., None, :]) @ adjoint(u)


def spectral(x: Array) -> tuple[Array, Array, Array]:
    """Hermitian matrices as V diag(l) V^H."""
    values, vectors = _eigh.either(x, "L")
    return vectors, values, adjoint(vectors)


@_pinv.vjp("x", r"-z^H \bar z z^H + (1 - x z) \bar z^H z z^H + z^H z \bar z^H (1 - z x)")
def pull_to_matrix(g: Any, x: Any, out: Any) -> Any:
    """What flows back from a pseudo-inverse to its matrix."""
    z_h, g_h = adjoint(out), adjoint(g)
    left, right = g_h @ (out @ z_h), (z_h @ out) @ g_h
    return left - x @ (out @ left) + right - (right @ out) @ x - z_h @ (g @ z_h)


@derived(
    r"A^+",
    name="linalg.pinv",
    method=False,
    numpy=np.linalg.pinv,
    cases=(
        *SHAPES,
        case((3, 4), rcond=1e-10),
        case(hermitian(3, 3), rcond=1e-12, hermitian=True),
        case((3, 3), atol=1e-10),
    ),
)
def pinv(
    A: Tensor,
    rcond: Tolerance = None,
    hermitian: bool = False,
    *,
    atol: Tolerance = None,
    rtol: Tolerance = None,
) -> Tensor:
    """The pseudo-inverse (Moore and Penrose's): the X that is closest to an inverse where there may be none.

    Shapes: A (..., m, n), result (..., n, m). X B is the shortest of all solutions of A X = B, or of
    those that miss B by least. Singular values up to max(atol, rtol * the largest one) count as
    zero; `rcond` is another name of `rtol`, by default max(m, n) times the precision of the dtype.
    With `hermitian`, only the lower triangle is read. Differentiable where the rank does not change.

    >>> import autograd
    >>> autograd.linalg.pinv(autograd.tensor([[1.0], [1.0]]))
    tensor([[0.5000, 0.5000]])
    """
    name = "linalg.pinv"
    check_square(A, name) if hermitian else check_matrix(A, name)
    return pseudo_inverse(A, atol, rcond if rtol is None else rtol, hermitian, name)


def pseudo_inverse(A: Tensor, atol: Tolerance, rtol: Tolerance, hermitian: bool, name: str) -> Tensor:
    """The pseudo-inverse; `name` is what the caller is called."""
    if A.numel() == 0:
        return A.new_zeros((*A.shape[:-2], A.shape[-1], A.shape[-2])) + adjoint(A)
    return _pinv(A, *tolerances(A, atol, rtol, name), hermitian)


@derived(r"A^+", cases=SHAPES)
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """`linalg.pinv` under its older name, with another default of `rcond`."""
    check_matrix(input, "pinverse")
    return pseudo_inverse(input, None, rcond, False, "pinverse")


# -- the rank -----------------------------------------------------------------------------------------------


@derived(
    r"\mathrm{rank}\, A",
    name="linalg.matrix_rank",
    method=False,
    numpy=np.linalg.matrix_rank,
    cases=(*SHAPES, case(hermitian(3, 3), tol=1e-10, hermitian=True), case((3, 4), atol=1.5), case((3, 3), tol=1.0)),
)
def matrix_rank(
    A: Tensor,
    tol: Tolerance = None,
    hermitian: bool = False,
    *,
    atol: Tolerance = None,
    rtol: Tolerance = None,
) -> Tensor:
    """The rank of matrices: how many singular values are above max(atol, rtol * the largest one), as int64.

    Shapes: A (..., m, n), result (...). `tol` is another name of `atol`. Without any of them, `rtol`
    is max(m, n) times the precision of the dtype. With `hermitian`, only the lower triangle is read.

    >>> import autograd
    >>> autograd.linalg.matrix_rank(autograd.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    name = "linalg.matrix_rank"
    check_square(A, name) if hermitian else check_matrix(A, name)
    bounds = tolerances(A, tol if atol is None else atol, rtol, name) if A.numel() else (np.zeros(()), np.zeros(()))
    sizes = np.abs(_eigvalsh.either(A.array, "L")) if hermitian else _svdvals.either(A.array)
    return tensor_of((sizes > cutoff(sizes, *bounds)).sum(-1))


# -- least squares ------------------------------------------------------------------------------------------

LSTSQ = named_result("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
DRIVERS = ("gels", "gelsy", "gelsd", "gelss")
SYSTEMS = (case((4, 2), (4, 3)), case((2, 4), (2, 3)), case(regular(3, 3), (3, 1)), case((2, 4, 2), (1, 4, 1)))


def first(triple: Any) -> Any:
    """What of the results has a gradient."""
    return triple[0]


@op(
    r"\operatorname{argmin}_z \|x z - y\|_F",
    name="lstsq",
    method=False,
    kind="free",
    refuses=FLOATS_ONLY,
    batched=True,
    outputs=3,
    node="LinalgLstsqBackward0",
    cases=seen_as(first, (c._replace(params={"rcond": 1e-12, "driver": "gelsd"}) for c in SYSTEMS)),
)
def _lstsq(x: Array, y: Array, rcond: float, driver: str) -> tuple[Array, Array, Array]:
    """The shortest z with the least |x z - y|, the rank, and the singular values (of "gelsd" and "gelss")."""
    x, y = same_batch(x, y)
    batch, (rows, columns) = x.shape[:-2], x.shape[-2:]
    solutions = np.zeros((*batch, columns, y.shape[-1]), y.dtype)
    ranks = np.zeros(batch, np.int64)
    values = np.zeros((*batch, min(rows, columns)), x.real.dtype)
    for i in np.ndindex(batch) if x.size else ():
        solutions[i], ranks[i], found = solved_by(driver, x[i], y[i], rcond)
        values[i] = 0 if found is None else found
    return solutions, ranks, values


def solved_by(driver: str, x: Array, y: Array, rcond: float) -> tuple[Array, int, Array | None]:
    """LAPACK's solution for one matrix, the rank, and the singular values if the driver computes them."""
    if driver != "gels":
        solution, _, rank, values = linalg.lstsq(x, y, rcond, lapack_driver=driver, check_finite=False)
        return solution, rank, values
    rows, columns = x.shape
    (routine,) = linalg.get_lapack_funcs(("gels",), (x, y))
    padded = np.zeros((max(rows, columns), y.shape[-1]), y.dtype)
    padded[:rows] = y
    _, solution, info = routine(x, padded)
    if info > 0:
        raise LinAlgError(
            "linalg.lstsq: The least squares solution could not be computed because the input matrix does not have "
            f"full rank (error code: {info}): the drivers 'gelsy', 'gelsd' and 'gelss' can do it"
        )
    return solution[:columns], min(rows, columns), None


@_lstsq.vjp("x", r"\text{that of } x^+ y")
def _(g: Any, x: Any, y: Any, rcond: float) -> Any:
    return pull_to_matrix(g[0] @ adjoint(y), x, _pinv.either(x, 0.0, rcond, False))


@_lstsq.vjp("y", r"(x^+)^H \bar z")
def _(g: Any, x: Any, rcond: float) -> Any:
    return adjoint(_pinv.either(x, 0.0, rcond, False)) @ g[0]


@derived(
    r"\operatorname{argmin}_X \|A X - B\|_F",
    name="linalg.lstsq",
    method=False,
    cases=(
        *SYSTEMS,
        *(case((4, 2), (4, 3), driver=driver) for driver in DRIVERS),
        case((4, 2), (4,)),
        case((2, 3, 2), (2, 3)),
    ),
)
def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X for which A X is closest to B, the shortest one where there are many.

    Returns (solution, residuals, rank, singular_values). Shapes: A (..., m, n); B (..., m, k), or
    (..., m); the solution (..., n, k), or (..., n); residuals, the squares of the distances that
    are left, (..., k). They are empty unless m > n and all matrices have full rank.

    The driver is "gelsy" (the default; residuals are left empty), "gelsd" or "gelss", which return
    the singular values too, or "gels", which is faster, needs full rank and does not return the rank.
    Singular values up to `rcond` times the largest count as zero, by default max(m, n) times the
    precision of the dtype. Solution and residuals are differentiable where the rank does not change.

    Raises LinAlgError with driver "gels" where the rank is not full.

    >>> import autograd
    >>> A = autograd.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])  # a line through three points
    >>> autograd.linalg.lstsq(A, autograd.tensor([[1.0], [3.0], [5.0]])).solution
    tensor([[1.0000],
            [2.0000]])
    """
    check_matrix(A, "linalg.lstsq")
    check_same_dtype("linalg.lstsq", A=A, B=B)
    driver = "gelsy" if driver is None else driver
    if driver not in DRIVERS:
        raise RuntimeError(f"linalg.lstsq: parameter `driver` should be one of {DRIVERS}, got {driver!r}")
    vector = is_vector(A, B)
    right = B.unsqueeze(-1) if vector else B
    check_sides(A, right)
    if rcond is None:
        rcond = max(A.shape[-2:]) * float(np.finfo(A.dtype.dtype).eps)
    solution, ranks, values = _lstsq(A, right, float(rcond), driver)
    residuals = sum_over(absolute(A @ solution - right) ** 2, -2)
    if driver == "gelsy" or A.shape[-2] <= A.shape[-1] or (ranks.array < A.shape[-1]).any():
        residuals = residuals.reshape(-1)[:0]
    return LSTSQ(
        solution.squeeze(-1) if vector else solution,
        residuals,
        ranks.new_empty(0) if driver == "gels" else ranks,
        values.detach() if driver in ("gelsd", "gelss") else values.new_empty(0),
    )


def check_sides(A: Tensor, B: Tensor) -> None:
    """Raise unless A and B have as many rows, and batches that broadcast."""
    check_rank(B, "linalg.lstsq", "B")
    if A.shape[-2] != B.shape[-2]:
        raise RuntimeError(
            f"linalg.lstsq: input.size(-2) should match other.size(-2): A, of shape {tuple(A.shape)}, has "
            f"{A.shape[-2]} rows, and B, of shape {tuple(B.shape)}, has {B.shape[-2]}"
        )
    batch_shape(A, B, "linalg.lstsq")
