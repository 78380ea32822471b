# ruff: noqa: N803 (matrices have capital letters, as in PyTorch's signatures and in the formulas)
"""What the functions of linear algebra share: what they ask of matrices, and what they say when one will not do.

Derivatives are in matrix form, as in Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation", Advances in Automatic Differentiation, 2008. Leading
dimensions are batches. Ops that are analytic in their input have rules with transposes, which the
engine conjugates for complex matrices; all others are of kind "free", and have rules with adjoints
(conjugate transposes) that follow PyTorch's convention as they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.ops.indexing import masked_fill
from autograd.tensor import Tensor, tensor_of

SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."


class LinAlgError(RuntimeError):
    """A result does not exist for these numbers: the matrix is singular, say, or not positive definite."""


# -- what is asked of matrices ------------------------------------------------------------------------------


def check_floating(A: Tensor, name: str) -> None:
    """Raise unless the numbers are floating-point or complex, of 32 bits or more."""
    if not (A.dtype.is_floating_point or A.dtype.is_complex):
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype.name}: convert it "
            "with .float()"
        )
    if A.dtype.itemsize < 4:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {A.dtype.name}: convert it with .float()")


def check_rank(A: Tensor, name: str, label: str = "A") -> None:
    """Raise unless there are the two dimensions of a matrix."""
    if A.ndim < 2:
        raise RuntimeError(
            f"{name}: The input tensor {label} must have at least 2 dimensions, but has shape {tuple(A.shape)}"
        )


def check_matrix(A: Tensor, name: str, label: str = "A") -> None:
    """Raise for what is no matrix, or batch of matrices, of floating-point or complex numbers."""
    check_rank(A, name, label)
    check_floating(A, name)


def check_shape_square(A: Tensor, name: str, label: str = "A") -> None:
    """Raise unless there are as many rows as columns."""
    check_rank(A, name, label)
    rows, columns = A.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"{name}: {label} must be batches of square matrices, but they are {rows} by {columns} matrices "
            f"(shape {tuple(A.shape)})"
        )


def check_square(A: Tensor, name: str, label: str = "A") -> None:
    """Raise for what is no square matrix, or batch of them, of floating-point or complex numbers."""
    check_shape_square(A, name, label)
    check_floating(A, name)


def check_same_dtype(name: str, **tensors: Tensor) -> None:
    """Raise unless all tensors have one dtype."""
    if len({tensor.dtype for tensor in tensors.values()}) > 1:
        found = " and ".join(f"{label} of type {tensor.dtype.name}" for label, tensor in tensors.items())
        raise RuntimeError(
            f"{name}: Expected {' and '.join(tensors)} to have the same dtype, but found {found} instead: convert one "
            "with .to()"
        )


def check_system(A: Tensor, B: Tensor, left: bool, name: str) -> None:
    """Raise unless `A X = B`, or `X A = B` where A is on the right, makes sense."""
    check_same_dtype(name, A=A, B=B)
    check_square(A, name)
    check_rank(B, name, "B")
    if A.shape[-1] != B.shape[-2 if left else -1]:
        shapes = f"{A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]}"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} ({shapes}): B "
            f"needs {A.shape[-1]} {'rows' if left else 'columns'}"
        )
    batch_shape(A, B, name)


def batch_shape(A: Tensor, B: Tensor, name: str) -> tuple[int, ...]:
    """The shape that the batches of A and B broadcast to; RuntimeError if they don't."""
    try:
        return np.broadcast_shapes(A.array.shape[:-2], B.array.shape[:-2])
    except ValueError:
        raise RuntimeError(
            f"{name}: the batch dimensions of A and B, of shapes {tuple(A.shape)} and {tuple(B.shape)}, do not "
            "broadcast: all but the last two must be equal or 1"
        ) from None


# -- matrix by matrix ---------------------------------------------------------------------------------------


def same_batch(x: Array, y: Array) -> tuple[Array, Array]:
    """The matrices with their batch dimensions broadcast against each other."""
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return np.broadcast_to(x, (*batch, *x.shape[-2:])), np.broadcast_to(y, (*batch, *y.shape[-2:]))


def one_by_one(function: Callable[..., Array], *stacks: Array) -> Array:
    """`function` of each matrix of a batch, with NaN where it refuses."""
    example = stacks[-1]
    results = np.full(example.shape, np.nan, example.dtype)
    for i in np.ndindex(example.shape[:-2]):
        try:
            results[i] = function(*(stack[i] for stack in stacks))
        except np.linalg.LinAlgError:
            continue
    return results


def check_info(info: Array, name: str, reason: str) -> None:
    """Raise LinAlgError for the first matrix of which LAPACK reports anything but 0; `reason` has a {} for it."""
    failures = np.flatnonzero(info)
    if failures.size:
        where = f"(Batch element {failures[0]}): " if np.ndim(info) else ""
        raise LinAlgError(f"{name}: {where}{reason.format(np.ravel(info)[failures[0]])}")


def identity_like(A: Tensor) -> Tensor:
    """The identity matrix in the shape of A: a function of A too, whose gradient is zero."""
    zeros = masked_fill(A, tensor_of(np.bool_(True)), 0)
    identity: Tensor = zeros + tensor_of(np.eye(*A.shape[-2:], dtype=A.dtype.dtype))
    return identity


# -- pieces of rules, on arrays and on Tensors --------------------------------------------------------------


def adjoint(x: Any) -> Any:
    """The conjugate transpose of each matrix."""
    return x.mT.conj()


def skew(x: Any) -> Any:
    """A matrix minus its adjoint."""
    return x - adjoint(x)


def over(numerator: Any, denominator: Any) -> Any:
    """A quotient in which 0 / 0 is 0: where no gradient arrives, it does no harm that a formula has a pole there."""
    void = (numerator == 0) & (denominator == 0)
    return numerator / np.where(void, 1, denominator)


def diagonal(x: Any) -> Any:
    """The main diagonal of each matrix."""
    return np.diagonal(x, 0, -2, -1)


def with_diagonal(x: Any, line: Any) -> Any:
    """A square matrix with its diagonal replaced."""
    return np.where(np.eye(x.shape[-1], dtype=bool), line[..., None], x)
