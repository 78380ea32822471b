# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Determinants, and their logarithms, which neither overflow nor underflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, regular
from autograd.derived import derived
from autograd.op import op
from autograd.ops.matrices import adjoint, check_square
from autograd.ops.powers import log
from autograd.ops.reduction import product_of_others
from autograd.ops.singular import _svd
from autograd.ops.solvers import _inv_ex
from autograd.return_types import named_result
from autograd.tensor import Tensor

LINALG_SLOGDET, SLOGDET = (
    named_result("linalg_slogdet", "sign", "logabsdet"), named_result("slogdet", "sign", "logabsdet")
)  # fmt: skip
SQUARES = (case(regular(3, 3)), case((2, 2)), case(regular(2, 1, 2, 2)), case((0, 0)), case((2, 0, 0)))


@op(r"\det x", name="det", method=False, node="LinalgDetBackward0", cases=SQUARES)
def _det(x: Array) -> Array:
    """The determinants."""
    with np.errstate(all="ignore"):  # NumPy would warn of infinity, here as if it were the caller's own code
        return np.linalg.det(x)


@_det.vjp("x", r"\bar z \det(x)\, x^{-\top} \text{ (of singular matrices, the cofactors)}")
def _(g: Any, x: Any, out: Any) -> Any:
    if is_regular(x, out):
        return (g * out)[..., None, None] * np.linalg.inv(x).mT
    return g[..., None, None] * cofactors(x)


MINORS = 20
"""Up to this size, matrices that are singular but for rounding are differentiated twice by their minors."""


def is_regular(x: Any, determinant: Any) -> bool:
    """Whether the formula with the inverse holds; under `create_graph`, for what is differentiated again, too."""
    is_safe = far_from_singular(x.array) if isinstance(x, Tensor) else True
    return bool(is_safe and (determinant != 0).all())


def far_from_singular(x: Array) -> bool:
    """Whether the inverses have at least half of their digits right. Large matrices are taken to be so."""
    if not 0 < x.shape[-1] <= MINORS or not np.isfinite(x).all():
        return True
    return bool((np.linalg.cond(x) < 1 / np.sqrt(np.finfo(x.dtype).eps)).all())


def cofactors(x: Any) -> Any:
    """The determinants that are left without one row and one column, which exist for singular matrices too."""
    return minors(x) if isinstance(x, Tensor) else all_cofactors(x)


def all_cofactors(x: Array) -> Any:
    """The cofactors at once: with x = U diag(s) V^H they are det(U) det(V^H) conj(U diag(t) V^H).

    t has the products of all singular values but one. As the vectors of equal singular values are not determined, this
    can't be differentiated.
    """
    u, s, vh = _svd.op.forward(x, True)
    others = (u * product_of_others(s, (s.ndim - 1,))[..., None, :]) @ vh
    return (np.linalg.det(u) * np.linalg.det(vh))[..., None, None] * others.conj()


def minors(x: Tensor) -> Tensor:
    """The cofactors, each as what it is by definition: plus or minus the determinant of what is left."""
    n = x.shape[-1]
    kept = np.array([[i for i in range(n) if i != left_out] for left_out in range(n)], int)
    left = x[..., kept[:, None, :, None], kept[None, :, None, :]]
    signs: Any = (-1) ** np.add.outer(np.arange(n), np.arange(n))
    found: Tensor = _det(left) * x.like(signs.astype(x.dtype.dtype))
    return found


@derived(r"\det A", name="linalg.det", method=False, cases=SQUARES, numpy=np.linalg.det)
def linalg_det(A: Tensor) -> Tensor:
    """The determinant of square matrices: (...) for A (..., n, n). Differentiable, at singular matrices too.

    Petersen and Pedersen, "The Matrix Cookbook", 2012, equation 49.

    >>> import autograd
    >>> autograd.linalg.det(autograd.tensor([[2.0, 0.0], [1.0, 3.0]]))
    tensor(6.)
    """
    check_square(A, "linalg.det")
    return _det(A)


@derived(r"\det A", cases=SQUARES)
def det(input: Tensor) -> Tensor:
    """`linalg.det`."""
    return linalg_det(input)


# -- logarithms ---------------------------------------------------------------------------------------------


@op(
    r"\det x = s e^z",
    name="slogdet",
    method=False,
    kind="free",
    outputs=2,
    node="LinalgSlogdetBackward0",
    cases=SQUARES,
)
def _slogdet(x: Array) -> tuple[Array, Array]:
    """The determinants' signs (for complex matrices, numbers of absolute value 1) and logarithms of absolute values."""
    with np.errstate(all="ignore"):
        return tuple(np.linalg.slogdet(x))


@_slogdet.vjp("x", r"(\bar z - i \Im(\bar s^* s))\, x^{-H}")
def _(g: Any, x: Any, out: Any, x_dtype: Any) -> Any:
    (g_sign, g_log), (sign, _) = g, out
    weight = g_log - 1j * (g_sign.conj() * sign).imag if x_dtype.is_complex else g_log
    return weight[..., None, None] * adjoint(inverse_or_nan(x))


def inverse_or_nan(x: Any) -> Any:
    """The inverses, with NaN for singular matrices."""
    return _inv_ex.either(x)[0]


def slogdet_of(A: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """Sign and logarithm; `name` is what the caller is called."""
    check_square(A, name)
    pair: tuple[Tensor, Tensor] = _slogdet(A)
    return pair


@derived(r"\det A = s e^z", name="linalg.slogdet", method=False, cases=SQUARES)
def linalg_slogdet(A: Tensor) -> Any:
    """Sign and logarithm of determinants: returns (sign, logabsdet), with det A = sign exp(logabsdet).

    Shapes: A (..., n, n), results (...). For a singular matrix they are 0 and -inf, and the gradient is NaN.

    >>> import autograd
    >>> autograd.linalg.slogdet(-1000 * autograd.eye(301)).sign
    tensor(-1.)
    """
    return LINALG_SLOGDET(*slogdet_of(A, "linalg.slogdet"))


@derived(r"\det A = s e^z", cases=SQUARES)
def slogdet(input: Tensor) -> Any:
    """`linalg.slogdet`."""
    return SLOGDET(*slogdet_of(input, "slogdet"))


@derived(r"\log \det A", cases=(case(regular(3, 3)), case(regular(2, 2, 2)), case((0, 0))))
def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant of square matrices; NaN where it is negative, -inf where it is 0.

    >>> import autograd
    >>> autograd.logdet(autograd.eye(3))
    tensor(0.)
    """
    sign, logarithm = slogdet_of(input, "logdet")
    return logarithm + log(sign)
