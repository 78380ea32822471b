"""Norms of vectors, and what is made of them. (Those of matrices have a file of their own.)

Where a norm has no derivative, a subgradient is given, as in PyTorch: 0 at the zero vector, 0 for the
zeros among the elements, and equal shares for elements that tie for the largest.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array, Axes, array_of, in_rows
from autograd.cases import case, sample
from autograd.derived import derived
from autograd.dims import many_dims_or_all, one_dim
from autograd.dtypes import as_dtype
from autograd.op import op
from autograd.ops.reduction import kept
from autograd.ops.rounding import sgn
from autograd.ops.selection import where
from autograd.tensor import Tensor

Dims = Any  # int, several ints, or None for all

# -- the norm -----------------------------------------------------------------------------------------------

AWAY_FROM_ZERO = sample((3, 4), 0.3, 2.0)
VECTORS = (
    *(case(AWAY_FROM_ZERO, ord=order, dim=(1,)) for order in (1, 2, 3, 1.5, 0.5, -1)),
    case((3, 4), ord=2, dim=None),
    case((2, 3, 4), ord=4, dim=(0, 2), keepdim=True),
    case(sample((3, 4), apart=True), ord=math.inf, dim=(0,)),
    case(sample((3, 4), apart=True), ord=-math.inf, dim=None, keepdim=True),
    case((3, 4), ord=0, dim=(1,)),
    case((), ord=2, dim=None),
    case((0, 3), ord=2, dim=(0,)),
)


@op(r"\left(\sum_i |x_i|^p\right)^{1/p}", name="vector_norm", method=False, kind="free",
    canon={"dim": many_dims_or_all}, node="LinalgVectorNormBackward0", cases=VECTORS)  # fmt: skip
def _vector_norm(x: Array, ord: float, dim: Axes, keepdim: builtins.bool = False) -> Array:
    """The p-norm of the elements; for inf (-inf) the largest (smallest) of |x|; for 0 the number of non-zeros."""
    if ord == 2 and dim is None and not keepdim:
        line = x.reshape(-1)
        return np.sqrt(np.vdot(line, line).real)  # a dot product needs no second array
    sizes = in_rows(np.abs(x))
    if ord == math.inf:
        return np.maximum.reduce(sizes, axis=dim, keepdims=keepdim, initial=0)
    if ord == -math.inf:
        return np.minimum.reduce(sizes, axis=dim, keepdims=keepdim)
    if ord == 0:
        return np.add.reduce(sizes != 0, axis=dim, keepdims=keepdim, dtype=sizes.dtype)
    if ord == 1:
        return np.add.reduce(sizes, axis=dim, keepdims=keepdim)
    if ord == 2:
        return np.sqrt(np.add.reduce(sizes * sizes, axis=dim, keepdims=keepdim))
    return np.add.reduce(sizes**ord, axis=dim, keepdims=keepdim) ** (1 / ord)


@_vector_norm.vjp("x", r"\bar z\, \mathrm{sgn}(x) \odot (|x| / z)^{p - 1}")
def _(g: Any, x: Any, out: Any, ord: float, dim: Axes) -> Any:
    g, norm = kept(g, x.shape, dim), kept(out, x.shape, dim)
    if ord == 0:
        return np.zeros_like(x)
    if ord == 1:
        return g * sgn.either(x)
    if math.isinf(ord):
        sizes = np.abs(array_of(x))
        ties = (sizes == array_of(norm)).astype(sizes.dtype)
        return g * sgn.either(x) * (ties / np.add.reduce(ties, axis=dim, keepdims=True))
    void = norm == 0
    g, norm = np.where(void, 0, g), np.where(void, 1, norm)
    if ord == 2:
        return x * (g / norm)
    sizes = np.abs(x)
    ratios = np.where(sizes == 0, 1, sizes) / norm  # zeros get no gradient, as their sign is 0
    return g * sgn.either(x) * ratios ** (ord - 1)


def checked_order(order: Any, name: str) -> Any:
    """The order of a vector norm as a Python number; it must be one."""
    if isinstance(order, bool) or not isinstance(order, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name}(): argument 'ord' (position 2) must be Number, not {type(order).__name__}")
    return order if isinstance(order, int) else float(order)


def in_dtype(x: Tensor, dtype: Any, name: str) -> Tensor:
    """The tensor in the dtype to compute in, after checking that it is one for norms of this tensor."""
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.name}: use .float()"
        )
    if dtype is None:
        return x
    wanted = as_dtype(dtype)
    if wanted.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {wanted.name}")
    if wanted.is_complex != x.dtype.is_complex:
        kind = "complex" if x.dtype.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {wanted.name}")
    if wanted.itemsize < x.dtype.itemsize:
        raise RuntimeError(
            f"{name}: the dtype of the input ({x.dtype.name}) should be convertible without narrowing to the specified "
            f"dtype ({wanted.name})"
        )
    converted: Tensor = x.to(wanted)
    return converted


def check_identity(x: Tensor, order: float, dim: Axes, name: str) -> None:
    """Raise for the largest or smallest of no elements."""
    if not (order < 0 or order == math.inf):
        return
    empty = [f"dimension {i}" for i in range(x.ndim) if x.shape[i] == 0 and (dim is None or i in dim)]
    if empty:
        raise RuntimeError(
            f"{name} cannot compute the {order} norm on a tensor of shape {tuple(x.shape)}: {empty[0]} is empty, and "
            "the operation does not have an identity"
        )


def norm_of_vectors(x: Tensor, order: Any, dim: Dims, keepdim: bool, dtype: Any, name: str) -> Tensor:
    """The norm over these dimensions; `name` is what the caller is called."""
    order = checked_order(order, name)
    x = in_dtype(x, dtype, name)
    dim = many_dims_or_all(dim, x.ndim, name)
    check_identity(x, order, dim, name)
    return _vector_norm(x, order, dim, keepdim)


@derived(r"\|x\|_p", name="linalg.vector_norm", method=False, cases=VECTORS)
def vector_norm(x: Tensor, ord: float = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The p-norm of the elements: (sum of |x|^p)^(1/p), over all or along the given dimensions.

    `ord` is p, any number: 2 for the length, 1 for the sum of absolute values, inf and -inf for the
    largest and the smallest one, 0 for the number of elements other than 0. With `dtype`, computed
    in that type. The derivative at 0, where the length has a corner, is 0, as in PyTorch.

    Raises RuntimeError for integers, and for the largest or smallest of no elements.

    >>> import autograd
    >>> autograd.linalg.vector_norm(autograd.tensor([3.0, -4.0]))
    tensor(5.)
    """
    return norm_of_vectors(x, ord, dim, keepdim, dtype, "linalg.vector_norm")


# -- distances and lengths ----------------------------------------------------------------------------------


@derived(r"\|x - y\|_p", cases=(case((3, 4), (3, 4)), case((3, 4), (4,), p=3), case((2,), (2,), p=1)))
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference of two tensors, which broadcast: how far apart they are.

    >>> import autograd
    >>> autograd.dist(autograd.tensor([1.0, 1.0]), autograd.tensor([4.0, 5.0]))
    tensor(5.)
    """
    return norm_of_vectors(input - other, p, None, False, None, "dist")


@derived(
    r"x_i \min(1, m / \|x_i\|_p)",
    inplace=True,
    cases=(
        case((3, 4), p=2, dim=0, maxnorm=1.5),
        case((2, 3, 4), p=1, dim=-1, maxnorm=5.0),
        case((2, 3), p=3, dim=1, maxnorm=0.0),
    ),
)
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """The slices along one dimension, with those whose p-norm is above `maxnorm` scaled down to it.

    Raises RuntimeError for p <= 0, a negative `maxnorm`, and fewer than two dimensions.

    >>> import autograd
    >>> autograd.renorm(autograd.tensor([[3.0, 4.0], [0.3, 0.4]]), p=2, dim=0, maxnorm=1)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    if p <= 0:
        raise RuntimeError(f"renorm: non-positive-norm not supported: p is {p}")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    kept_dim = one_dim(dim, input.ndim, "renorm")
    others = tuple(i for i in range(input.ndim) if i != kept_dim)
    norms = norm_of_vectors(input, p, others, True, None, "renorm")
    too_long = norms > maxnorm
    factors = where(too_long, maxnorm / (norms + 1e-7), 1.0)  # as in PyTorch, a little too short rather than too long
    shortened: Tensor = input * factors
    return shortened
