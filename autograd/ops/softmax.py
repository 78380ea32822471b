"""Softmax and its logarithm, and the logarithm of a sum of exponentials.

All subtract the largest element first: the result is the same, and nothing overflows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array, Axes, in_rows
from autograd.cases import DIMS, ONE_DIM, case
from autograd.derived import derived
from autograd.dims import many_dims_or_all, one_dim
from autograd.op import op
from autograd.ops.reduction import kept
from autograd.ops.refusals import FLOATS_ONLY
from autograd.tensor import Tensor


@op(
    r"z_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    name="softmax",
    method=False,
    refuses=FLOATS_ONLY,
    canon={"dim": one_dim},
    cases=ONE_DIM,
)
def _softmax(x: Array, dim: int) -> Array:
    """Positive numbers that sum to one along a dimension, in proportion to exp(x)."""
    if not x.ndim:
        return x * 0 + 1
    x = in_rows(x)
    powers = np.exp(x - np.maximum.reduce(x, axis=dim, keepdims=True, initial=-np.inf))
    return powers / np.add.reduce(powers, axis=dim, keepdims=True)


_softmax.vjp("x", r"z \odot (\bar z - \langle \bar z, z \rangle)")(
    lambda g, out, dim: out * (g - along(np.sum, g * out, dim))
)


def along(reduce: Any, x: Any, dim: int) -> Any:
    """A reduction that keeps its dimension; a tensor of rank 0 counts as one element."""
    return reduce(x, axis=dim, keepdims=True) if x.ndim else x


@op(
    r"z_i = x_i - \ln \sum_j e^{x_j}",
    name="log_softmax",
    method=False,
    refuses=FLOATS_ONLY,
    canon={"dim": one_dim},
    cases=ONE_DIM,
)
def _log_softmax(x: Array, dim: int) -> Array:
    """The logarithm of the softmax."""
    if not x.ndim:
        return x * 0
    x = in_rows(x)
    shifted = x - np.maximum.reduce(x, axis=dim, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=dim, keepdims=True))


_log_softmax.vjp("x", r"\bar z - e^z \sum_j \bar z_j")(lambda g, out, dim: g - np.exp(out) * along(np.sum, g, dim))


@derived(r"\frac{e^{x_i}}{\sum_j e^{x_j}}", cases=ONE_DIM)
def softmax(input: Tensor, dim: Any, *, dtype: Any = None) -> Tensor:
    """Positive numbers that sum to one along a dimension, in proportion to exp(x): scores made probabilities.

    The derivative is the matrix dz_i/dx_j = z_i ([i = j] - z_j). Bridle, "Probabilistic
    interpretation of feedforward classification network outputs", 1990.

    >>> import autograd
    >>> autograd.softmax(autograd.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([0.0900, 0.2447, 0.6652])
    """
    result: Tensor = _softmax(input if dtype is None else input.to(dtype), one_dim(dim, input.ndim, "softmax"))
    return result


@derived(r"x_i - \ln \sum_j e^{x_j}", cases=ONE_DIM)
def log_softmax(input: Tensor, dim: Any, *, dtype: Any = None) -> Tensor:
    """The logarithm of the softmax, more exact than taking the logarithm afterwards."""
    result: Tensor = _log_softmax(input if dtype is None else input.to(dtype), one_dim(dim, input.ndim, "log_softmax"))
    return result


@op(r"\ln \sum_{i \in d} e^{x_i}", kind="float", canon={"dim": many_dims_or_all},
    cases=(*(c for c in DIMS if c.params), case((), dim=0)))  # fmt: skip
def logsumexp(x: Array, dim: Axes, keepdim: bool = False) -> Array:
    """The logarithm of the sum of exponentials along dimensions: a smooth maximum.

    >>> import autograd
    >>> autograd.logsumexp(autograd.tensor([1000.0, 0.0]), 0)
    tensor(1000.)
    """
    largest = np.maximum.reduce(x.real, axis=dim, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, largest.dtype.type(0))
    total = in_rows(np.log(np.add.reduce(np.exp(x - largest), axis=dim, keepdims=keepdim)))
    return total + (largest if keepdim else largest.reshape(np.shape(total)))


@logsumexp.vjp("x", r"\bar z \odot e^{x - z}")
def _(g: Any, x: Any, out: Any, dim: Axes) -> Any:
    exponent = x - kept(np.where(out == -np.inf, 0, out), x.shape, dim)
    return kept(g, x.shape, dim) * np.exp(exponent)
