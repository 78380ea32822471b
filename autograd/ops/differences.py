"""Differences of neighbors, and their inverse: integration by the trapezoidal rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes
from autograd.cases import case
from autograd.derived import derived
from autograd.dims import many_dims, one_dim
from autograd.ops.joining import cat, narrow
from autograd.tensor import Tensor, tensor_of


@derived(r"x_{i+1} - x_i", cases=(case((5,)), case((3, 4), dim=0), case((3, 4), n=2)), numpy=np.diff, casts_out=True)
def diff(input: Tensor, n: int = 1, dim: Any = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """The differences of neighbors along a dimension, n times over, after joining `prepend` and `append`.

    >>> import autograd
    >>> autograd.diff(autograd.tensor([1, 4, 9, 16]))
    tensor([3, 5, 7])
    """
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = one_dim(dim, input.ndim, "diff")
    for other in (prepend, append):
        if other is not None and other.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    if n == 0:
        return input.clone()
    parts = [part for part in (prepend, input, append) if part is not None]
    x = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(min(n, x.shape[dim])):
        size = x.shape[dim] - 1
        after, before = narrow(x, dim, 1, size), narrow(x, dim, 0, size)
        x = after ^ before if x.dtype is dtypes.bool else after - before
    return x


# -- integrals ----------------------------------------------------------------------------------------------


def steps(y: Tensor, x: Any, dx: Any, dim: int, name: str) -> Any:
    """The distances between neighboring points: from their places x, or all equal."""
    if x is None:
        if isinstance(dx, bool):
            raise RuntimeError(f"{name}: received a boolean value for dx: expected a number")
        return 1 if dx is None else dx
    if x.ndim == 0:
        raise IndexError(f"{name}: Dimension specified as {dim} but tensor has no dimensions")
    if x.ndim == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point, got {x.shape[0]} for {y.shape[dim]}"
            )
        distances = diff(x, dim=0)
        return distances.reshape(-1, *[1] * (y.ndim - dim - 1))
    return diff(x, dim=dim - y.ndim)


def trapezoids(y: Tensor, x: Any, dx: Any, dim: Any, name: str) -> Tensor:
    """The areas between neighboring points."""
    place = one_dim(dim, y.ndim, name)
    if y.shape[place] == 0:
        return y.sum(place, keepdim=True) * 0
    size = y.shape[place] - 1
    heights = narrow(y, place, 0, size) + narrow(y, place, 1, size)
    return heights * steps(y, x, dx, place, name) / 2.0


@derived(
    r"\sum_i (x_{i+1} - x_i) \frac{y_i + y_{i+1}}{2}",
    cases=(case((5,)), case((3, 4), dim=0), case((3, 4), dx=0.5)),
    method=False,
)
def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: Any = -1) -> Tensor:
    """The integral of y over x along a dimension, by the trapezoidal rule.

    >>> import autograd
    >>> autograd.trapezoid(autograd.tensor([0.0, 1.0, 4.0]), autograd.tensor([0.0, 1.0, 2.0]))
    tensor(3.)
    """
    return trapezoids(y, x, dx, dim, "trapezoid").sum(one_dim(dim, y.ndim, "trapezoid"))


trapz = trapezoid


@derived(
    r"\sum_{j \le i} (x_{j+1} - x_j) \frac{y_j + y_{j+1}}{2}", cases=(case((5,)), case((3, 4), dim=0)), method=False
)
def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: Any = -1) -> Tensor:
    """The running integral of y over x along a dimension, by the trapezoidal rule.

    >>> import autograd
    >>> autograd.cumulative_trapezoid(autograd.tensor([0.0, 1.0, 4.0]))
    tensor([0.5000, 3.0000])
    """
    areas = trapezoids(y, x, dx, dim, "cumulative_trapezoid")
    return areas.cumsum(one_dim(dim, y.ndim, "cumulative_trapezoid"))


# -- slopes -------------------------------------------------------------------------------------------------


@derived(r"\frac{x_{i+1} - x_{i-1}}{2 h}", cases=(case((5,)), case((4, 5))), method=False)
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """The slopes of sampled values along dimensions: central differences, one-sided at the edges.

    `spacing` is the distance of the samples: one number, one per dimension, or their coordinates.
    At the edges the formula is of first or, with edge_order=2, of second order.

    >>> import autograd
    >>> autograd.gradient(autograd.tensor([0.0, 1.0, 4.0, 9.0]))
    (tensor([1., 2., 4., 5.]),)
    """
    if edge_order not in (1, 2):
        raise RuntimeError(f"gradient only supports edge_order=1 and edge_order=2, got {edge_order}")
    dims = tuple(range(input.ndim)) if dim is None else many_dims(dim, input.ndim, "gradient") or ()
    spacing = 1 if spacing is None else spacing
    spacings = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(spacings) != len(dims):
        raise RuntimeError(
            f"gradient expected spacing to be unspecified, a scalar, or a list of length {len(dims)}, "
            f"got {len(spacings)} numbers"
        )
    for d in dims:
        if input.shape[d] <= edge_order:
            raise RuntimeError(
                f"gradient expected each dimension size to be at least edge_order+1 = {edge_order + 1}, "
                f"got {input.shape[d]} along dimension {d}"
            )
    return tuple(slope(input, d, h, edge_order) for d, h in zip(dims, spacings, strict=True))


def slope(x: Tensor, dim: int, spacing: Any, edge_order: int) -> Tensor:
    """The slopes along one dimension, as weighted sums of three neighbors."""
    n = x.shape[dim]
    places = spacing if isinstance(spacing, Tensor) and spacing.ndim else tensor_of(np.arange(n) * float(spacing))
    gaps = np.diff(np.asarray(places.array, np.float64))
    if len(gaps) != n - 1:
        raise RuntimeError(f"gradient: expected {n} coordinates along dimension {dim}, got {len(gaps) + 1}")
    before, after = gaps[:-1], gaps[1:]
    inner = weighted(x, dim, (
        (0, n - 2, -after / (before * (before + after))),
        (1, n - 2, (after - before) / (before * after)),
        (2, n - 2, before / (after * (before + after))),
    ))  # fmt: skip
    if edge_order == 1:
        first = weighted(x, dim, ((0, 1, -1 / gaps[:1]), (1, 1, 1 / gaps[:1])))
        last = weighted(x, dim, ((n - 2, 1, -1 / gaps[-1:]), (n - 1, 1, 1 / gaps[-1:])))
    else:
        a, b = gaps[:1], gaps[1:2]
        first = weighted(
            x, dim, ((0, 1, -(2 * a + b) / (a * (a + b))), (1, 1, (a + b) / (a * b)), (2, 1, -a / (b * (a + b))))
        )
        a, b = gaps[-2:-1], gaps[-1:]
        last = weighted(x, dim, (
            (n - 3, 1, b / (a * (a + b))), (n - 2, 1, -(a + b) / (a * b)), (n - 1, 1, (2 * b + a) / (b * (a + b))),
        ))  # fmt: skip
    return cat([first, inner, last], dim)


def weighted(x: Tensor, dim: int, terms: Any) -> Tensor:
    """The sum of slices of x along a dimension, (start, length, weights) each."""
    total: Any = 0
    for start, length, weights in terms:
        kind = x.dtype if x.is_floating_point() or x.is_complex() else dtypes.get_default_dtype()
        shaped = weights.astype(kind.dtype).reshape(-1, *(1,) * (x.ndim - dim - 1))
        total = total + narrow(x, dim, start, length) * tensor_of(shaped, kind)
    return total
