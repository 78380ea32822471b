# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""The singular value decomposition.

Singular vectors are unique up to a factor that u_i and v_i share: a sign, or for complex ones any
number of absolute value 1. Only a function that does not depend on these factors has a derivative.

Townsend, "Differentiating the singular value decomposition", 2016; Wan and Zhang, "Automatic
differentiation for complex valued SVD", 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, seen_as
from autograd.derived import derived
from autograd.op import op
from autograd.ops.matrices import adjoint, check_matrix, diagonal, over, skew, with_diagonal
from autograd.ops.spectra import check_phases, converged
from autograd.return_types import named_result
from autograd.tensor import Tensor

LINALG_SVD, SVD = named_result("linalg_svd", "U", "S", "Vh"), named_result("svd", "U", "S", "V")
RECTANGLES = (case((3, 3)), case((4, 2)), case((2, 4)), case((2, 1, 3, 2)), case((0, 3)), case((3, 0)), case((2, 0, 0)))


def sizes(triple: Any) -> tuple[Any, ...]:
    """What is unique of an SVD: the singular values, the absolute values of the vectors' elements, and U V^H."""
    u, s, vh = triple
    return u.abs(), s, vh.abs()


@op(r"x = U \mathrm{diag}(\sigma) V^H", name="svd", method=False, kind="free", outputs=3, node="LinalgSvdBackward0",
    cases=seen_as(sizes, (c._replace(params={"full": False}) for c in RECTANGLES)))  # fmt: skip
def _svd(x: Array, full: bool) -> tuple[Array, Array, Array]:
    """Unit vectors U, singular values in descending order, and unit vectors V^H; with `full`, U and V are square."""
    return tuple(converged(np.linalg.svd, "linalg.svd", x, full))


@_svd.vjp("x", r"U \left(\mathrm{diag}(\bar\sigma) + \frac{\mathrm{skew}(U^H \bar U) \Sigma + "
               r"\Sigma\, \mathrm{skew}(V^H \bar V)}{\sigma_j^2 - \sigma_i^2}\right) V^H "
               r"+ (1 - U U^H) \bar U \Sigma^{-1} V^H + U \Sigma^{-1} \bar V^H (1 - V V^H)")  # fmt: skip
def _(g: Any, out: Any) -> Any:
    s = out[1]
    k = s.shape[-1]
    u, vh, g_u, g_vh = out[0][..., :k], out[2][..., :k, :], g[0][..., :k], g[2][..., :k, :]  # the rest is not unique
    left, right = adjoint(u) @ g_u, vh @ adjoint(g_vh)
    check_phases(diagonal(left) + diagonal(right), "linalg_svd")
    row, column = s[..., None, :], s[..., :, None]
    squares_apart = (row - column) * (row + column) + np.eye(k, dtype=bool)
    inner = over(skew(left) * row + column * skew(right), squares_apart)
    turning = over(diagonal(skew(left)), 2 * s)  # the phase that u_i and v_i do not share; 0 for real matrices
    found = u @ with_diagonal(inner, g[1] + turning) @ vh
    if u.shape[-2] > k:
        found = found + over(g_u - u @ left, row) @ vh
    if vh.shape[-1] > k:
        found = found + u @ over(g_vh - adjoint(right) @ vh, column)
    return found


@op(r"\sigma(x)", name="svdvals", method=False, kind="free", node="LinalgSvdBackward0", cases=RECTANGLES)
def _svdvals(x: Array) -> Array:
    """The singular values, in descending order. Their vectors are computed when a gradient asks for them."""
    return np.asarray(converged(np.linalg.svdvals, "linalg.svd", x))


@_svdvals.vjp("x", r"U \mathrm{diag}(\bar\sigma) V^H")
def _(g: Any, x: Any) -> Any:
    u, _, vh = _svd.either(x, False)
    return (u * g[..., None, :]) @ vh


def check_driver(driver: Any, name: str) -> None:
    """Raise for a driver: they are for CUDA."""
    if driver is not None:
        raise RuntimeError(
            f"{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


@derived(
    r"A = U \mathrm{diag}(\sigma) V^H",
    name="linalg.svd",
    method=False,
    cases=seen_as(sizes, (*(c._replace(params={"full_matrices": False}) for c in RECTANGLES), case((3, 3)))),
)
def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """The singular value decomposition A = U diag(S) V^H. Returns (U, S, Vh).

    Shapes: A (..., m, n), U (..., m, k), S (..., k), Vh (..., k, n) with k = min(m, n); with
    `full_matrices`, U is (..., m, m) and Vh (..., n, n). U and V have orthogonal columns of length
    1, S is real and descending.

    Differentiable where the singular values differ from each other, and, if A is not square, from
    zero; those columns beyond the first k that `full_matrices` adds get no gradient. Backward raises
    RuntimeError for a function of complex singular vectors that depends on their phases.

    >>> import autograd
    >>> autograd.linalg.svd(autograd.tensor([[0.0, 2.0], [3.0, 0.0]])).S
    tensor([3., 2.])
    """
    check_matrix(A, "linalg.svd")
    check_driver(driver, "linalg.svd")
    return LINALG_SVD(*_svd(A, full_matrices))


@derived(r"\sigma(A)", name="linalg.svdvals", method=False, cases=RECTANGLES)
def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values of A, in descending order: (..., min(m, n)) for A (..., m, n).

    Differentiable, whether or not some of them are equal. See `svd`.
    """
    check_matrix(A, "linalg.svdvals")
    check_driver(driver, "linalg.svdvals")
    return _svdvals(A)


@derived(r"A = U \mathrm{diag}(\sigma) V^H", name="svd", cases=seen_as(sizes, RECTANGLES))
def old_svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """`linalg.svd` under its older name, with V instead of V^H as third result; `some` says to leave U and V narrow.

    Without `compute_uv`, U and V are square matrices of zeros.
    """
    check_matrix(input, "svd")
    if compute_uv:
        U, S, Vh = _svd(input, not some)
        return SVD(U, S, adjoint(Vh))
    rows, columns = input.shape[-2:]
    batch = tuple(input.shape[:-2])
    return SVD(input.new_zeros((*batch, rows, rows)), _svdvals(input), input.new_zeros((*batch, columns, columns)))
