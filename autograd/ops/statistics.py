"""Statistics: quantiles, covariance, counts and histograms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes, return_types
from autograd.arrays import Array, in_rows
from autograd.cases import DIMS, apart, bools, case, ints, sample
from autograd.derived import derived
from autograd.dims import many_dims, many_dims_or_all, one_dim
from autograd.ops.extremes import amax, amin
from autograd.ops.reduction import mean, nansum
from autograd.ops.reduction import sum as sum_over
from autograd.ops.requirements import need_real
from autograd.ops.scatter import gather
from autograd.ops.sorting import sort
from autograd.tensor import Tensor, tensor_of


@derived(r"\frac{1}{\#\{x_i \ne \text{NaN}\}} \sum x_i", cases=DIMS, numpy=np.nanmean, casts_out=True)
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the elements that are not NaN.

    >>> import autograd
    >>> autograd.nanmean(autograd.tensor([1.0, float("nan"), 3.0]))
    tensor(2.)
    """
    if not (input.is_floating_point() or input.is_complex()):
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype.name}"
        )
    numbers = sum_over((input == input).detach(), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / numbers


@derived(
    r"\left(\min_i x_i, \max_i x_i\right)",
    cases=apart((case((3, 4)), case((3, 4), dim=0), case((3, 4), dim=1, keepdim=True))),
    method=True,
)
def aminmax(input: Tensor, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along a dimension. Equal ones share the gradient.

    >>> import autograd
    >>> autograd.aminmax(autograd.tensor([3, 1, 2])).min
    tensor(1)
    """
    if dim is None and input.numel() == 0:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    dim = None if dim is None else one_dim(dim, input.ndim, "aminmax")
    return return_types.aminmax(amin(input, dim, keepdim), amax(input, dim, keepdim))


@derived(
    r"|\{i : x_i \ne 0\}|", cases=(case(ints((3, 4), -1, 2)), case(ints((3, 4), -1, 2), dim=1), case(bools((2, 3))))
)
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero, of all or along dimensions.

    >>> import autograd
    >>> autograd.count_nonzero(autograd.tensor([[0, 5], [6, 7]]), dim=0)
    tensor([1, 2])
    """
    axes = many_dims(dim, input.ndim, "count_nonzero")
    return tensor_of(in_rows(np.asarray(np.count_nonzero(input.array, axis=axes), np.int64))[()])


# -- quantiles -------------------------------------------------------------------------------------------


INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile_of(name: str, x: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, skip_nan: bool) -> Tensor:
    """Quantiles along a dimension: the sorted elements at the places q (n - 1), or between them."""
    if not x.is_floating_point() or x.dtype is dtypes.float16:
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype, got {x.dtype.name}")
    if x.numel() == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of {', '.join(INTERPOLATIONS)}, but got {interpolation}"
        )
    if isinstance(q, Tensor) and q.dtype is not x.dtype:
        raise RuntimeError(
            f"{name}() q tensor must be same dtype as the input tensor, got {q.dtype.name} and {x.dtype.name}"
        )
    if isinstance(q, Tensor) and q.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor, got {q.ndim}D")
    levels = q if isinstance(q, Tensor) else tensor_of(x.dtype.type(q), x.dtype)
    if np.any((levels.array < 0) | (levels.array > 1)):
        raise RuntimeError(f"{name}() q must be in the range [0, 1]")
    flattened = dim is None
    rows = x.reshape(-1) if flattened else x if x.ndim else x.reshape(1)
    axis = 0 if flattened else one_dim(dim, x.ndim, name)
    ordered = sort(rows, axis).values.movedim(axis, -1)
    found = interpolated(ordered, levels.reshape(-1), interpolation, skip_nan)  # (..., levels)
    if keepdim and x.ndim:
        found = (
            found.reshape(*[1] * x.ndim, -1) if flattened else found.unsqueeze(-1).transpose(-1, -2).movedim(-2, axis)
        )
    found = found.movedim(-1, 0)
    return found if levels.ndim else found.squeeze(0)


def interpolated(ordered: Tensor, levels: Tensor, interpolation: str, skip_nan: bool) -> Tensor:
    """The values at the given levels of sorted rows."""
    array = np.asarray(ordered.array)
    missing = np.count_nonzero(np.isnan(array), axis=-1)[..., None]
    last = np.maximum(array.shape[-1] - 1 - missing, 0) if skip_nan else np.full_like(missing, array.shape[-1] - 1)
    places = levels * tensor_of(last.astype(ordered.dtype.dtype), ordered.dtype)
    exact = np.asarray(places.array)
    if interpolation == "nearest":
        exact = np.rint(exact)
    low, high = np.floor(exact).astype(np.int64), np.ceil(exact).astype(np.int64)
    if interpolation in ("lower", "higher", "nearest"):
        chosen = gather(ordered, -1, tensor_of(high if interpolation == "higher" else low))
        result = chosen
    else:
        below, above = gather(ordered, -1, tensor_of(low)), gather(ordered, -1, tensor_of(high))
        weight = (
            0.5 if interpolation == "midpoint" else places - tensor_of(low.astype(ordered.dtype.dtype), ordered.dtype)
        )
        result = below + (above - below) * weight
    spoilt = np.broadcast_to((missing == array.shape[-1]) if skip_nan else missing > 0, exact.shape)
    return result.masked_fill(tensor_of(np.array(spoilt)), math.nan) if spoilt.any() else result


QUANTILES = (case(sample((3, 4), apart=True), q=0.3), case(sample((3, 4), apart=True), q=0.6, dim=1, keepdim=True),
             case(sample((3, 5), apart=True), q=0.25, dim=0, interpolation="midpoint"))  # fmt: skip


@derived(r"x_{\pi(1 + q (n - 1))}", cases=QUANTILES)
def quantile(input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Tensor:
    """The value below which a share q of the elements lies; NaN where there is one. q may be a tensor of shares.

    >>> import autograd
    >>> autograd.quantile(autograd.tensor([1.0, 2.0, 3.0, 4.0]), 0.5)
    tensor(2.5000)
    """
    return quantile_of("quantile", input, q, dim, keepdim, interpolation, skip_nan=False)


@derived(r"x_{\pi(1 + q (n - 1))}", cases=QUANTILES)
def nanquantile(
    input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """`quantile` of the elements that are not NaN.

    >>> import autograd
    >>> autograd.nanquantile(autograd.tensor([1.0, float("nan"), 3.0]), 0.5)
    tensor(2.)
    """
    return quantile_of("nanquantile", input, q, dim, keepdim, interpolation, skip_nan=True)


# -- covariance -------------------------------------------------------------------------------------------


@derived(
    r"\frac{1}{n - c} \sum_k w_k (x_{ik} - \bar x_i)(x_{jk} - \bar x_j)",
    cases=(case((3, 5)), case((4,)), case((2, 4), correction=0)),
)
def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariance matrix of variables in rows, observed in columns.

    `fweights` say how often each column was observed, `aweights` how much it counts.

    >>> import autograd
    >>> autograd.cov(autograd.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype is dtypes.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input: convert with .float()")
    table = input.reshape(1, -1) if input.ndim < 2 else input
    table = table if table.is_floating_point() or table.is_complex() else table.to(dtypes.get_default_dtype())
    weights = observation_weights(table, fweights, aweights)
    if weights is None:
        total: Any = table.shape[1]
        centered = table - mean(table, 1, True)
        spread = centered
        norm = total - correction
    else:
        total = weights.sum()
        average = (table * weights).sum(1, keepdim=True) / total
        centered = table - average
        spread = centered * weights
        norm = total - correction * (1 if aweights is None else (weights * aweights.to(weights.dtype)).sum() / total)
    norm = norm.clamp(min=0) if isinstance(norm, Tensor) else max(norm, 0)  # 0 / 0 is NaN
    product = (centered @ spread.conj().mT) / (norm if isinstance(norm, Tensor) else float(norm))
    return product.squeeze()


def observation_weights(table: Tensor, fweights: Any, aweights: Any) -> Any:
    """How much each column counts altogether; None where all count the same."""
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is None:
            continue
        whole = not (weights.is_floating_point() or weights.is_complex())
        if weights.ndim > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
            )
        if whole != (name == "fweights"):
            raise RuntimeError(
                f"cov(): expected {name} to have {'integral' if name == 'fweights' else 'floating point'} dtype "
                f"but got {weights.dtype.name}"
            )
        if weights.numel() != table.shape[1]:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input "
                f"but got {weights.numel()} != {table.shape[1]}"
            )
        if np.any(weights.array < 0):
            raise RuntimeError(f"cov(): {name} cannot be negative")
    if fweights is None:
        return aweights
    return fweights.to(table.dtype.to_real()) if aweights is None else fweights.to(aweights.dtype) * aweights


@derived(r"c_{ij} / \sqrt{c_{ii} c_{jj}}", cases=(case((3, 5)), case((4,))))
def corrcoef(input: Tensor) -> Tensor:
    """The matrix of correlation coefficients of variables in rows: covariances divided by standard deviations.

    >>> import autograd
    >>> autograd.corrcoef(autograd.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    covariance = cov(input)
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = covariance.diagonal().real.sqrt() if covariance.is_complex() else covariance.diagonal().sqrt()
    return covariance / deviation.unsqueeze(-1) / deviation.unsqueeze(-2)


# -- counting -----------------------------------------------------------------------------------------------


@derived(
    r"z_k = |\{i : x_i = k\}|",
    cases=(case(ints((7,), 0, 4)), case(ints((5,), 0, 3), (5,)), case(ints((3,), 0, 2), minlength=6)),
)
def bincount(input: Tensor, weights: Any = None, minlength: int = 0) -> Tensor:
    """How often each number 0, 1, 2, ... occurs, or the sum of the weights of its occurrences.

    >>> import autograd
    >>> autograd.bincount(autograd.tensor([0, 2, 2, 3]))
    tensor([1, 0, 2, 1])
    """
    if input.ndim != 1 or input.dtype.category != dtypes.INTEGER or np.any(input.array < 0):
        raise RuntimeError(
            "bincount only supports 1-d non-negative integral inputs, got "
            f"{input.dtype.name} of shape {tuple(input.shape)}"
        )
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, got {minlength}")
    if weights is not None and weights.shape != input.shape:
        raise RuntimeError(
            f"bincount: weights should be 1-d and have the same length as input, got {tuple(weights.shape)}"
        )
    counts = np.bincount(input.array, None if weights is None else weights.array.real, minlength)
    keeps = weights is not None and weights.dtype is dtypes.float32
    return tensor_of(counts.astype(np.float32) if keeps else counts)


def edges_between(x: Tensor, bins: int, low: float, high: float, name: str, margin: float) -> Array:
    """The edges of equal bins over a range, or over the data's own, with a margin where that is a single point."""
    if bins <= 0:
        raise RuntimeError(f"{name}(): bins must be > 0, but got {bins}")
    if low == high and x.numel():
        low, high = float(x.array.min()), float(x.array.max())
    if low == high:
        low, high = (low - margin, high + margin) if x.numel() or margin >= 1 else (0.0, 1.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"{name}: max must be larger than min, got {low} and {high}")
    return np.linspace(low, high, bins + 1, dtype=x.dtype.dtype)


@derived(r"z_k = |\{i : b_k \le x_i < b_{k + 1}\}|", cases=(case((3, 4), bins=4), case((20,), bins=5, min=-1, max=1)))
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of equal bins between min and max; those outside are not counted.

    >>> import autograd
    >>> autograd.histc(autograd.tensor([1.0, 2.0, 2.0, 4.0]), bins=3, min=1, max=4)
    tensor([1., 2., 1.])
    """
    need_real("histc", input)
    edges = edges_between(input, bins, min, max, "histc", 1.0)
    counts, _ = np.histogram(input.array, bins, (float(edges[0]), float(edges[-1])))
    return tensor_of(counts.astype(input.dtype.dtype), input.dtype)


@derived(
    r"z_k = \sum_{i : b_k \le x_i < b_{k + 1}} w_i",
    cases=(case((20,), bins=4), case((20,), bins=3, range=(-1.0, 1.0), density=True)),
)
def histogram(input: Tensor, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """How many elements (or how much of their weight) fall into each bin, and the edges of the bins.

    >>> import autograd
    >>> autograd.histogram(autograd.tensor([1.0, 2.0, 2.0, 4.0]), bins=3).hist
    tensor([1., 2., 1.])
    """
    need_real("histogram", input)
    if isinstance(bins, Tensor):
        edges: Array = bins.array
    else:
        low, high = range or (0.0, 0.0)
        edges = edges_between(input, bins, low, high, "histogram", 0.5)
    given = None if weight is None else np.asarray(weight.array).reshape(-1)
    counts, _ = np.histogram(np.asarray(input.array).reshape(-1), edges, weights=given, density=density)
    return return_types.histogram(tensor_of(counts.astype(input.dtype.dtype), input.dtype), tensor_of(np.array(edges)))


@derived(
    r"z_k = \sum_{i : x_i \in B_k} w_i",
    cases=(case((20, 2), bins=(3, 4)), case((20, 2), bins=(2, 2), range=(-1.0, 1.0, -2.0, 2.0))),
)
def histogramdd(input: Tensor, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """How many points (the rows of the last dimension) fall into each box of a grid, and the edges along each axis."""
    need_real("histogramdd", input)
    if input.ndim < 2:
        raise RuntimeError(f"histogramdd: input tensor should have at least 2 dimensions, but got {input.ndim}")
    points = np.asarray(input.array).reshape(-1, input.shape[-1])
    axes = points.shape[1]
    counts = [bins] * axes if isinstance(bins, int) else list(bins)
    if len(counts) != axes:
        raise RuntimeError(
            f"histogramdd: expected {axes} sequences of bins, one for each coordinate, but got {len(counts)}"
        )
    ranges = [(0.0, 0.0)] * axes if range is None else list(zip(range[::2], range[1::2], strict=True))
    edges = [
        b.array if isinstance(b, Tensor) else edges_between(tensor_of(points[:, i]), b, *ranges[i], "histogramdd", 0.5)  # type: ignore[call-arg]
        for i, b in enumerate(counts)
    ]
    given = None if weight is None else np.asarray(weight.array).reshape(-1)
    found = count_in_boxes(points, edges, given)
    if density:
        sizes = np.ones(())
        for edge in edges:
            sizes = np.multiply.outer(sizes, np.diff(edge))
        found = found / sizes / found.sum()
    return return_types.histogramdd(
        tensor_of(found.astype(input.dtype.dtype), input.dtype), tuple(tensor_of(np.array(e)) for e in edges)
    )


def count_in_boxes(points: Array, edges: list[Array], weights: Array | None) -> Array:
    """The number (or weight) of the points in each box; the last edges belong to the last boxes."""
    shape = tuple(len(edge) - 1 for edge in edges)
    places, inside = [], np.ones(len(points), np.bool_)
    for edge, coordinate in zip(edges, points.T, strict=True):
        place = np.searchsorted(edge, coordinate, "right") - 1
        place[coordinate == edge[-1]] -= 1
        inside &= (coordinate >= edge[0]) & (coordinate <= edge[-1])
        places.append(place)
    counts = np.zeros(shape, points.dtype)
    np.add.at(counts, tuple(place[inside] for place in places), 1 if weights is None else weights[inside])
    return counts


@derived(r"\bigoplus_i \mathrm{bits}(x_i)", cases=(case((3, 4)), case((3, 4), dim=1), case(ints((5,), -9, 9))))
def hash_tensor(input: Tensor, dim: Any = (), *, keepdim: bool = False, mode: int = 0) -> Tensor:
    """A number that depends on every bit of the elements, of all or along dimensions: their bits, xor-ed."""
    if mode != 0:
        raise RuntimeError(f"hash_tensor: mode must be 0 (xor), got {mode}")
    wide = input.array.astype(np.float64 if input.is_floating_point() else np.int64)
    bits = np.asarray(wide).view(np.uint64)
    axes = many_dims_or_all(dim, input.ndim, "hash_tensor")
    return tensor_of(np.bitwise_xor.reduce(bits, axis=axes, keepdims=keepdim))
