# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Eigenvalues and eigenvectors. (Singular values have a file of their own.)

Eigenvectors are unique up to a factor: a sign, or for complex ones any number of absolute value 1.
Only a function that does not depend on these factors has a derivative. The derivatives of the
vectors divide by differences of eigenvalues, and so do not exist where two are equal; those of the
eigenvalues of a Hermitian matrix do.

Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008, section 3.1; Boeddeker et al., "On the computation of complex-valued
gradients with application to statistically optimum beamforming", 2017, for the complex case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, hermitian, regular, seen_as
from autograd.derived import derived
from autograd.op import op
from autograd.ops.matrices import LinAlgError, adjoint, check_square, diagonal, over, skew, with_diagonal
from autograd.return_types import named_result
from autograd.tensor import Tensor

EIGH = named_result("linalg_eigh", "eigenvalues", "eigenvectors")
EIG = named_result("linalg_eig", "eigenvalues", "eigenvectors")


def sizes(pair: Any) -> tuple[Any, ...]:
    """What is unique of an eigendecomposition: the eigenvalues, and the absolute values of the vectors' elements."""
    return pair[0], pair[1].abs()


HERMITIAN = (
    case(hermitian(3, 3), UPLO="L"),
    case(hermitian(2, 1, 2, 2), UPLO="U"),
    case((0, 0), UPLO="L"),
    case((2, 0, 0), UPLO="L"),
)
SQUARES = (case(regular(3, 3)), case((2, 2)), case(regular(2, 1, 2, 2)), case((0, 0)), case((2, 0, 0)))


def converged(function: Callable[..., Any], name: str, x: Array, *args: Any) -> Any:
    """What a function of NumPy returns; where its iteration would not end, an error of ours."""
    if not np.isfinite(x).all():
        raise LinAlgError(
            f"{name}: The algorithm failed to converge because the input matrix contained non-finite values: the input "
            "tensor should not contain infs or NaNs"
        )
    try:
        return function(x, *args)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(
            f"{name}: The algorithm failed to converge because a matrix is ill-conditioned ({error})"
        ) from None


def check_phases(turning: Any, name: str) -> None:
    """Raise where a gradient says that the result depends on the arbitrary factors of complex vectors.

    `turning` has the derivative by the logarithm of each vector's factor; that by the phase is its imaginary part.
    """
    array = np.asarray(getattr(turning, "array", turning))
    if array.dtype.kind == "c" and not np.allclose(array.imag, 0, atol=1e-2):
        raise RuntimeError(
            f"{name}_backward: The vectors in the complex case are specified up to multiplication by e^{{i phi}}. The "
            "specified loss function depends on this quantity, so it is ill-defined: use what does not depend on it, "
            "such as the vectors' absolute values, or the projections v v^H"
        )


def gaps(values: Any) -> Any:
    """In row i and column j, value j minus value i; on the diagonal 1, as nothing is to be divided there."""
    return values[..., None, :] - values[..., :, None] + np.eye(values.shape[-1], dtype=bool)


# -- of Hermitian matrices: x = V diag(L) V^H ---------------------------------------------------------------


@op(r"x = V \mathrm{diag}(\lambda) V^H", name="eigh", method=False, kind="free", outputs=2, node="LinalgEighBackward0",
    cases=seen_as(sizes, HERMITIAN))  # fmt: skip
def _eigh(x: Array, UPLO: str) -> tuple[Array, Array]:
    """The eigenvalues of Hermitian matrices, ascending, and unit eigenvectors as columns; one triangle of x is read."""
    return tuple(converged(np.linalg.eigh, "linalg.eigh", x, UPLO))


@_eigh.vjp("x", r"V \left(\mathrm{diag}(\bar\lambda) + "
                r"\frac{\mathrm{skew}(V^H \bar V)}{\lambda_j - \lambda_i}\right) V^H")  # fmt: skip
def _(g: Any, out: Any) -> Any:
    (g_values, g_vectors), (values, vectors) = g, out
    inner = adjoint(vectors) @ g_vectors
    check_phases(diagonal(inner), "linalg_eigh")
    return vectors @ with_diagonal(over(skew(inner) / 2, gaps(values)), g_values) @ adjoint(vectors)


@op(r"\lambda(x)", name="eigvalsh", method=False, kind="free", node="LinalgEighBackward0", cases=HERMITIAN)
def _eigvalsh(x: Array, UPLO: str) -> Array:
    """The eigenvalues of Hermitian matrices, ascending. Their vectors are computed when a gradient asks for them."""
    return np.asarray(converged(np.linalg.eigvalsh, "linalg.eigh", x, UPLO))


@_eigvalsh.vjp("x", r"V \mathrm{diag}(\bar\lambda) V^H")
def _(g: Any, x: Any, UPLO: str) -> Any:
    vectors = _eigh.either(x, UPLO)[1]
    return (vectors * g[..., None, :]) @ adjoint(vectors)


def triangle(UPLO: str) -> str:
    """Which triangle is to be read, in capitals."""
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return UPLO.upper()


@derived(r"A = V \mathrm{diag}(\lambda) V^H", name="linalg.eigh", method=False, cases=seen_as(sizes, HERMITIAN))
def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of symmetric or Hermitian matrices: returns (eigenvalues, eigenvectors).

    Shapes: A (..., n, n), eigenvalues (..., n), ascending and real, eigenvectors (..., n, n), the
    columns. Only the triangle that UPLO names is read ("L"ower or "U"pper); the gradient is that by
    a Hermitian matrix. Backward raises RuntimeError for a function of complex eigenvectors that
    depends on their phases.

    >>> import autograd
    >>> autograd.linalg.eigh(autograd.tensor([[2.0, 0.0], [0.0, 3.0]])).eigenvalues
    tensor([2., 3.])
    """
    check_square(A, "linalg.eigh")
    return EIGH(*_eigh(A, triangle(UPLO)))


@derived(r"\lambda(A)", name="linalg.eigvalsh", method=False, cases=HERMITIAN, numpy=np.linalg.eigvalsh)
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric or Hermitian matrices, ascending: (..., n) for A (..., n, n).

    Differentiable, whether or not some of them are equal. See `eigh`.
    """
    check_square(A, "linalg.eigvalsh")
    return _eigvalsh(A, triangle(UPLO))


# -- of any square matrices: x V = V diag(L) ----------------------------------------------------------------


@op(r"x V = V \mathrm{diag}(\lambda)", name="eig", method=False, kind="free", outputs=2, node="LinalgEigBackward0",
    cases=seen_as(sizes, SQUARES))  # fmt: skip
def _eig(x: Array) -> tuple[Array, Array]:
    """The eigenvalues of square matrices and unit eigenvectors as columns; complex always."""
    values, vectors = converged(np.linalg.eig, "linalg.eig", x)
    return as_complex(values, x), as_complex(vectors, x)


def as_complex(array: Array, x: Array) -> Array:
    """The numbers as complex ones of the precision of x."""
    return array.astype(np.result_type(x.dtype, np.complex64))


@_eig.vjp("x", r"V^{-H} \left(\mathrm{diag}(\bar\lambda) + \frac{V^H \bar V - V^H V\, \mathrm{diag}(\Re V^H \bar V)}"
               r"{(\lambda_j - \lambda_i)^*}\right) V^H")  # fmt: skip
def _(g: Any, out: Any, x_dtype: Any) -> Any:
    (g_values, g_vectors), (values, vectors) = g, out
    inner = adjoint(vectors) @ g_vectors
    growing = diagonal(inner)
    check_phases(growing, "linalg_eig")
    turned = inner - (adjoint(vectors) @ vectors) * growing.real[..., None, :]  # the vectors keep their length
    found = with_diagonal(over(turned, gaps(values).conj()), g_values) @ adjoint(vectors)
    return in_dtype_of_x(np.linalg.solve(adjoint(vectors), found), x_dtype)


def in_dtype_of_x(g: Any, x_dtype: Any) -> Any:
    """The gradient by a real matrix is the real part."""
    return g if x_dtype.is_complex else g.real


@op(r"\lambda(x)", name="eigvals", method=False, kind="free", node="LinalgEigBackward0", cases=SQUARES)
def _eigvals(x: Array) -> Array:
    """The eigenvalues of square matrices. Their vectors are computed when a gradient asks for them."""
    return as_complex(np.asarray(converged(np.linalg.eigvals, "linalg.eig", x)), x)


@_eigvals.vjp("x", r"V^{-H} \mathrm{diag}(\bar\lambda) V^H")
def _(g: Any, x: Any, x_dtype: Any) -> Any:
    vectors = adjoint(_eig.either(x)[1])
    return in_dtype_of_x(np.linalg.solve(vectors, g[..., :, None] * vectors), x_dtype)


@derived(r"A V = V \mathrm{diag}(\lambda)", name="linalg.eig", method=False, cases=seen_as(sizes, SQUARES))
def eig(A: Tensor) -> Any:
    """Eigenvalues and eigenvectors of square matrices: returns (eigenvalues, eigenvectors), both complex.

    Shapes: A (..., n, n), eigenvalues (..., n) in no particular order, eigenvectors (..., n, n), the
    columns, of length 1. Differentiable where the matrix can be diagonalized and no two eigenvalues
    are equal. Backward raises RuntimeError for a function of the eigenvectors that depends on their
    phases. For symmetric and Hermitian matrices `eigh` is faster and better.

    >>> import autograd
    >>> autograd.linalg.eig(autograd.tensor([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    tensor([0.+1.j, 0.-1.j])
    """
    check_square(A, "linalg.eig")
    return EIG(*_eig(A))


@derived(r"\lambda(A)", name="linalg.eigvals", method=False, cases=SQUARES)
def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues of square matrices, complex, in no particular order: (..., n) for A (..., n, n)."""
    check_square(A, "linalg.eigvals")
    return _eigvals(A)
