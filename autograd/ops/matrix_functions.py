# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Powers and the exponential of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case, regular
from autograd.derived import derived
from autograd.lazy import linalg
from autograd.op import op
from autograd.ops.matmul import matmul
from autograd.ops.matrices import check_shape_square, identity_like
from autograd.ops.refusals import FLOATS_ONLY
from autograd.ops.solvers import inverse_of
from autograd.tensor import Tensor

SQUARES = (case((3, 3)), case((2, 1, 2, 2)), case((1, 1)), case((0, 0)), case((2, 0, 0)))


@op(r"e^x", name="matrix_exp", method=False, refuses=FLOATS_ONLY, node="LinalgMatrixExpBackward0", cases=SQUARES)
def _matrix_exp(x: Array) -> Array:
    """The matrix exponential: the power series of exp, by scaling, squaring and Padé's approximation."""
    if not x.size:
        return x.copy()
    precise = x.astype(np.float32) if x.dtype == np.float16 else x
    return np.asarray(linalg.expm(precise), dtype=x.dtype)


@_matrix_exp.vjp(
    "x", r"\text{the upper right block of } \exp \begin{pmatrix} x^\top & \bar z \\ 0 & x^\top \end{pmatrix}"
)
def _(g: Any, x: Any) -> Any:
    n = x.shape[-1]
    above = np.concatenate((x.mT, g), -1)
    below = np.concatenate((np.zeros_like(x), x.mT), -1)
    return _matrix_exp.either(np.concatenate((above, below), -2))[..., :n, n:]


def exponential_of(A: Tensor, name: str) -> Tensor:
    """The exponential; `name` is what the caller is called."""
    check_shape_square(A, name)
    if not (A.dtype.is_floating_point or A.dtype.is_complex):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype.name}")
    exponential: Tensor = _matrix_exp(A)
    return exponential


@derived(r"e^A = \sum_k A^k / k!", name="linalg.matrix_exp", method=False, cases=SQUARES)
def linalg_matrix_exp(A: Tensor) -> Tensor:
    """The exponential of square matrices, sum over k of A^k / k!. Shapes: A and result (..., n, n).

    The rule: Mathias, "A chain rule for matrix functions and applications", SIAM Journal on Matrix
    Analysis and Applications, 1996.

    >>> import autograd
    >>> autograd.linalg.matrix_exp(autograd.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    return exponential_of(A, "linalg.matrix_exp")


@derived(r"e^A", cases=SQUARES)
def matrix_exp(input: Tensor) -> Tensor:
    """`linalg.matrix_exp`."""
    return exponential_of(input, "matrix_exp")


# -- powers -------------------------------------------------------------------------------------------------

POWERS = (
    case(regular(3, 3), n=3),
    case(regular(2, 2, 2), n=-2),
    case((3, 3), n=0),
    case((2, 2), n=1),
    case((0, 0), n=2),
)


def power_of(A: Tensor, n: Any, name: str) -> Tensor:
    """The power by squaring: each further bit of n doubles the exponent, and adds 1 if it is set."""
    check_shape_square(A, name)
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"{name}(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    if n == 0:
        return identity_like(A)
    base = inverse_of(A, name).inverse if n < 0 else A.clone()
    power: Tensor = base
    for bit in f"{abs(n):b}"[1:]:
        power = matmul(power, power)
        if bit == "1":
            power = matmul(power, base)
    return power


@derived(r"A^n", name="linalg.matrix_power", method=False, cases=POWERS, numpy=np.linalg.matrix_power)
def linalg_matrix_power(A: Tensor, n: int) -> Tensor:
    """The n-th power of square matrices; of the inverse, for negative n. Shapes: A and result (..., n, n).

    Raises LinAlgError for a negative power of a singular matrix.

    >>> import autograd
    >>> autograd.linalg.matrix_power(autograd.tensor([[1, 1], [1, 0]]), 10)
    tensor([[89, 55],
            [55, 34]])
    """
    return power_of(A, n, "linalg.matrix_power")


@derived(r"A^n", cases=POWERS)
def matrix_power(input: Tensor, n: int) -> Tensor:
    """`linalg.matrix_power`."""
    return power_of(input, n, "matrix_power")
