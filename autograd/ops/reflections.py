# ruff: noqa: N803, N806 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""Householder's reflections H = 1 - t v v^H, which make up the Q of a QR decomposition.

LAPACK's compact form of several: v_i stands in column i below the diagonal, where it has a 1, and has
zeros above; t_i stands in a vector of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import by_definition, case, within
from autograd.derived import derived
from autograd.op import op
from autograd.ops.lu import unit_lower
from autograd.ops.matrices import adjoint, check_matrix, check_same_dtype, identity_like
from autograd.return_types import named_result
from autograd.tensor import Tensor

GEQRF = named_result("geqrf", "a", "tau")


@op(r"Q R = x", name="geqrf", method=False, outputs=2, cases=tuple(
    by_definition(case(shape)) for shape in ((3, 3), (4, 2), (2, 4), (2, 1, 3, 2), (0, 3), (3, 0))))  # fmt: skip
def _geqrf(x: Array) -> tuple[Array, Array]:
    """R on and above the diagonal, and the reflections that Q is made of below it and in a vector."""
    compact, tau = np.linalg.qr(x, "raw")
    return compact.mT, tau


@derived(r"Q R = A", cases=_geqrf.op.cases)
def geqrf(input: Tensor) -> Any:
    """The QR decomposition as LAPACK leaves it: returns (a, tau), for `householder_product` and `ormqr`.

    Shapes: input (..., m, n), a (..., m, n) with R on and above its diagonal and the reflections
    below, tau (..., min(m, n)). No gradient flows through it: use `linalg.qr` for that.
    """
    check_matrix(input, "geqrf")
    return GEQRF(*_geqrf(input))


def reflected(vectors: Tensor, tau: Tensor, order: Iterable[int], X: Tensor) -> Tensor:
    """X after one reflection after the other: x - t v (v^H x)."""
    for i in order:
        v = vectors[..., i : i + 1]
        X = X - tau[..., i, None, None] * (v @ (adjoint(v) @ X))
    return X


def check_reflections(A: Tensor, tau: Tensor, name: str) -> None:
    """Raise unless there are a matrix and a vector for each element of a batch, of one dtype."""
    check_matrix(A, name, "input")
    check_same_dtype(name, input=A, tau=tau)
    if tau.ndim != A.ndim - 1 or tau.shape[:-1] != A.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to those of input, {tuple(A.shape[:-2])}, and one "
            f"more, but got tau of shape {tuple(tau.shape)}"
        )


COMPACT = within((case((4, 3), (3,)), case((4, 3), (2,)), case((2, 3, 2), (2, 2)), case((3, 3), (0,))), -0.5, 0.5)


@derived(r"H_1 H_2 \cdots H_k", name="linalg.householder_product", method=False, cases=COMPACT)
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of the product of reflections H_i = 1 - tau_i v_i v_i^H.

    Shapes: A (..., m, n), with v_i below the diagonal of column i, tau (..., k), k <= n <= m; result
    (..., m, n). With what `geqrf` returns, this is Q.

    >>> import autograd
    >>> x = autograd.tensor([[3.0], [4.0]])
    >>> autograd.linalg.householder_product(*autograd.geqrf(x))
    tensor([[-0.6000],
            [-0.8000]])
    """
    return product_of_reflections(A, tau, "linalg.householder_product")


@derived(r"H_1 H_2 \cdots H_k", cases=COMPACT, casts_out=True)
def orgqr(input: Tensor, input2: Tensor) -> Tensor:
    """`linalg.householder_product` under its older name."""
    return product_of_reflections(input, input2, "orgqr")


def product_of_reflections(A: Tensor, tau: Tensor, name: str) -> Tensor:
    """The first columns of the product; `name` is what the caller is called."""
    check_reflections(A, tau, name)
    rows, columns = A.shape[-2:]
    if rows < columns:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1], but the matrices are {rows} by "
            f"{columns}"
        )
    if tau.shape[-1] > columns:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]: {tau.shape[-1]} reflections need "
            f"as many columns, but there are {columns}"
        )
    last_first = reversed(range(tau.shape[-1]))
    return reflected(unit_lower(A), tau, last_first, identity_like(A))


MULTIPLIED = within(
    (
        case((4, 3), (3,), (4, 2)),
        case((4, 3), (3,), (2, 4), left=False),
        case((2, 3, 2), (2, 2), (2, 3, 3), transpose=True),
        case((4, 3), (3,), (2, 4), left=False, transpose=True),
    ),
    -0.5,
    0.5,
)


@derived(r"Q C", cases=MULTIPLIED)
def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """A matrix times a product of reflections Q = H_1 H_2 ... H_k, all of whose columns count, without computing Q.

    That is Q C, C Q if not `left`, and with Q^H for Q if `transpose`. Shapes: input (..., m, n) and
    tau (..., k) as for `linalg.householder_product`; other, C, (..., m, p), or (..., p, m) if not `left`.
    """
    check_reflections(input, tau, "ormqr")
    if tau.shape[-1] != min(input.shape[-2:]):
        raise RuntimeError(
            f"ormqr: tau.shape[-1] must be equal to min(input.shape[-2:]), {min(input.shape[-2:])}, but tau has shape "
            f"{tuple(tau.shape)}"
        )
    check_same_dtype("ormqr", input=input, other=other)
    if other.ndim != input.ndim or other.shape[:-2] != input.shape[:-2]:
        raise RuntimeError(
            f"ormqr: Expected batch dimensions of other to be equal to those of input, {tuple(input.shape[:-2])}, but "
            f"got other of shape {tuple(other.shape)}"
        )
    if other.shape[-2 if left else -1] != input.shape[-2]:
        raise RuntimeError(
            f"ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2], {input.shape[-2]}, but other "
            f"has shape {tuple(other.shape)}"
        )
    vectors, reflections = unit_lower(input), range(tau.shape[-1])
    columns = other if left else adjoint(other)
    if transpose == left:  # Q^H C = H_k^H ... H_1^H C, and C Q = (Q^H C^H)^H
        turned = reflected(vectors, tau.conj(), reflections, columns)
    else:
        turned = reflected(vectors, tau, reversed(reflections), columns)
    return turned if left else adjoint(turned)
