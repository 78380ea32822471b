"""Normalization: numbers brought to mean 0 and variance 1, then scaled and shifted by learned factors.

    z = w (x - mean) / sqrt(variance + eps) + b

The kinds of normalization differ only in which elements share a mean, and which share a factor.
Both can be said by a view of x with three dimensions (N, C, S), where what has the same place in
the middle one belongs together:

    batch_norm    mean by (N, C, S): one for each channel           factors by (N, C, S)
    layer_norm    mean by (1, rows, features): one for each row     factors by (rows, features, 1)
    group_norm    mean by (1, N * groups, rest)                     factors by (N, C, S)
    rms_norm      as layer_norm, with 0 in place of the mean

So there is one forward and one backward. Each kind names its composition in simpler ops as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array, in_rows, ones
from autograd.cases import case
from autograd.op import op
from autograd.ops.powers import rsqrt
from autograd.tensor import Tensor

Blocks = tuple[int, int, int]
Observer = Callable[[Any, Any, int], None] | None

FLOATS_ONLY = dict.fromkeys("biuc", "convert with .float()")


# -- the one calculation ----------------------------------------------------------------------------------


def totals(x: Array) -> Array:
    """The sum for each place in the middle dimension; products with ones, which are faster than sums."""
    n, c, s = x.shape
    planes = x[0] if n == 1 else ones(n, x.dtype).dot(x.reshape(n, c * s)).reshape(c, s)
    return planes.dot(ones(s, x.dtype))


def totals_of_products(x: Array, y: Array) -> Array:
    """The sum of x * y for each place in the middle dimension."""
    return np.einsum("ncs,ncs->c", x, y)


def column(values: Array) -> Array:
    """A value for each place in the middle dimension, to broadcast."""
    return values.reshape(-1, 1)


def normalize(
    x: Array,
    weight: Array | None,
    bias: Array | None,
    shared: Blocks,
    scaled: Blocks,
    eps: float,
    centered: bool = True,
) -> tuple[Array, Array | None, Array, Array]:
    """The result, the means, one over the standard deviations, and the variances."""
    blocks = x.reshape(shared)
    count = shared[0] * shared[2]
    mean = totals(blocks) / count if centered else None
    z = np.array(blocks) if mean is None else blocks - column(mean)
    variance = totals_of_products(z, z) / count
    inverse = 1 / np.sqrt(variance + eps)
    z *= column(inverse if weight is None or shared != scaled else inverse * weight)
    z = z.reshape(scaled)
    if weight is not None and shared != scaled:
        z *= column(weight)
    if bias is not None:
        z += column(bias)
    return z.reshape(x.shape), mean, inverse, variance


def normalize_adjoint(
    g: Array, x: Array, weight: Array | None, mean: Array | None, inverse: Array, shared: Blocks, scaled: Blocks,
    wanted: tuple[bool, ...],
) -> tuple[Any, ...]:  # fmt: skip
    """The gradients by x, the weight and the bias.

    With c = x - mean and h = g w / deviation, the gradient by x is
    h - mean(h) - c mean(h c) / variance: what would change the mean or the variance is taken out.
    """
    g = np.ascontiguousarray(g).reshape(scaled)
    by_bias = totals(g) if wanted[2:] == (True,) else None
    if not (wanted[0] or wanted[1]):
        return None, None, by_bias
    if shared == scaled and mean is not None:
        return *adjoint_by_channel(g, x, weight, mean, inverse, by_bias, wanted), by_bias
    c = np.array(x).reshape(shared) if mean is None else x.reshape(shared) - column(mean)
    h = (g.reshape(shared) * column(inverse)).reshape(scaled)
    by_weight = totals_of_products(h, c.reshape(scaled)) if wanted[1] else None
    if not wanted[0]:
        return None, by_weight, by_bias
    if weight is not None:
        h *= column(weight)
    h = h.reshape(shared)
    count = shared[0] * shared[2]
    c *= column(totals_of_products(h, c) * inverse**2 / -count)
    c += h
    if mean is not None:
        c -= column(totals(h) / count)
    return c.reshape(x.shape), by_weight, by_bias


def adjoint_by_channel(
    g: Array,
    x: Array,
    weight: Array | None,
    mean: Array,
    inverse: Array,
    by_bias: Array | None,
    wanted: tuple[bool, ...],
) -> tuple[Any, Any]:
    """The gradients by x and the weight where what shares a mean also shares a factor, which then comes in last."""
    c = x.reshape(g.shape) - column(mean)
    along = totals_of_products(g, c)
    by_weight = along * inverse if wanted[1] else None
    if not wanted[0]:
        return None, by_weight
    count = g.shape[0] * g.shape[2]
    c *= column(along * inverse**2 / -count)
    c += g
    c -= column((totals(g) if by_bias is None else by_bias) / count)
    c *= column(inverse if weight is None else inverse * weight)
    return c.reshape(x.shape), by_weight


def standardized(x: Tensor, dims: tuple[int, ...], eps: float) -> Tensor:
    """(x - mean) / deviation, in simple ops."""
    centered = x - x.mean(dims, keepdim=True)
    return centered * rsqrt((centered * centered).mean(dims, keepdim=True) + eps)


def rescaled(z: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """w z + b, in simple ops."""
    z = z if weight is None else z * weight
    return z if bias is None else z + bias


def by_channel(factor: Tensor | None, ndim: int) -> Tensor | None:
    """A factor for each channel, to broadcast against a batch."""
    return None if factor is None else factor.reshape(-1, *(1,) * (ndim - 2))


def channels(shape: tuple[int, ...]) -> Blocks:
    """The view (N, C, S) of a batch."""
    return shape[0], shape[1], math.prod(shape[2:])


# -- over the batch ---------------------------------------------------------------------------------------


def composed_batch_norm(x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, observe: Observer) -> Tensor:
    """`batch_norm` in simple ops."""
    z = standardized(x, (0, *range(2, x.ndim)), eps)
    return rescaled(z, by_channel(weight, x.ndim), by_channel(bias, x.ndim))


@op(
    r"w \frac{x - \bar x}{\sqrt{\mathrm{var}(x) + \epsilon}} + b",
    name="native_batch_norm",
    method=False,
    keeps=("mean", "inverse"),
    composed=composed_batch_norm,
    refuses=FLOATS_ONLY,
    cases=(
        case((4, 3), (3,), (3,)),
        case((2, 3, 4), (3,), (3,)),
        case((2, 3, 2, 2), None, None),
        case((3, 2, 2), None, (2,)),
    ),
)
def batch_norm(
    x: Array, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5, observe: Observer = None
) -> Any:
    """Each channel (dimension 1) normalized over the batch and all places.

    `observe` is called with the means, the variances and how many numbers went into each: this is
    how a layer keeps its running averages. Ioffe and Szegedy, "Batch normalization", ICML 2015.
    """
    blocks = channels(x.shape)
    x = in_rows(x) if x.ndim == 3 else x
    z, mean, inverse, variance = normalize(x, weight, bias, blocks, blocks, eps)
    if observe is not None:
        observe(mean, variance, blocks[0] * blocks[2])
    return z, mean, inverse


@batch_norm.vjp_joint(
    r"\frac{w}{\sigma} (\bar z - \overline{\bar z} - y\, \overline{\bar z y}),\ \sum \bar z y,\ \sum \bar z"
)
def _(g: Any, x: Any, weight: Any, mean: Any, inverse: Any, wanted: tuple[bool, ...]) -> Any:
    blocks = channels(x.shape)
    return normalize_adjoint(g, x, weight, mean, inverse, blocks, blocks, wanted)


# -- over the features of each sample -----------------------------------------------------------------------


def rows(shape: tuple[int, ...], normalized_shape: tuple[int, ...]) -> tuple[int, int]:
    """How many rows there are to normalize, and of how many features."""
    return math.prod(shape[: len(shape) - len(normalized_shape)]), math.prod(normalized_shape)


def last_dims(normalized_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The last dimensions, as many as the shape has."""
    return tuple(range(-len(normalized_shape), 0))


def composed_layer_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, normalized_shape: tuple[int, ...], eps: float
) -> Tensor:
    """`layer_norm` in simple ops."""
    return rescaled(standardized(x, last_dims(normalized_shape), eps), weight, bias)


@op(
    r"w \frac{x - \bar x}{\sqrt{\mathrm{var}(x) + \epsilon}} + b",
    name="native_layer_norm",
    method=False,
    keeps=("mean", "inverse"),
    composed=composed_layer_norm,
    refuses=FLOATS_ONLY,
    cases=(
        case((3, 4), (4,), (4,), normalized_shape=(4,)),
        case((2, 3, 4), None, None, normalized_shape=(3, 4)),
        case((2, 3, 4), (3, 4), None, normalized_shape=(3, 4)),
        case((0, 4), (4,), (4,), normalized_shape=(4,)),
    ),
)
def layer_norm(
    x: Array, weight: Array | None = None, bias: Array | None = None, normalized_shape: tuple[int, ...] = (),
    eps: float = 1e-5,
) -> Any:  # fmt: skip
    """The last dimensions normalized, each row by itself.

    Ba, Kiros and Hinton, "Layer normalization", 2016.
    """
    count, features = rows(x.shape, normalized_shape)
    z, mean, inverse, _ = normalize(x, weight, bias, (1, count, features), (count, features, 1), eps)
    return z, mean, inverse


@layer_norm.vjp_joint(
    r"\frac{w}{\sigma} (\bar z - \overline{\bar z} - y\, \overline{\bar z y}),\ \sum \bar z y,\ \sum \bar z"
)
def _(g: Any, x: Any, weight: Any, mean: Any, inverse: Any, normalized_shape: Any, wanted: tuple[bool, ...]) -> Any:
    count, features = rows(x.shape, normalized_shape)
    found = normalize_adjoint(g, x, weight, mean, inverse, (1, count, features), (count, features, 1), wanted)
    return found[0], *(None if part is None else part.reshape(normalized_shape) for part in found[1:])


def composed_rms_norm(x: Tensor, weight: Tensor | None, normalized_shape: tuple[int, ...], eps: float) -> Tensor:
    """`rms_norm` in simple ops."""
    return rescaled(x * rsqrt((x * x).mean(last_dims(normalized_shape), keepdim=True) + eps), weight, None)


@op(
    r"w \frac{x}{\sqrt{\overline{x^2} + \epsilon}}",
    name="rms_norm",
    node="MulBackward0",
    method=False,
    keeps=("inverse",),
    composed=composed_rms_norm,
    refuses=FLOATS_ONLY,
    cases=(case((3, 4), (4,), normalized_shape=(4,)), case((2, 3, 4), None, normalized_shape=(3, 4), eps=1e-3)),
)
def rms_norm(x: Array, weight: Array | None = None, normalized_shape: tuple[int, ...] = (), eps: float = 1e-6) -> Any:
    """The last dimensions divided by their root mean square, each row by itself.

    Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019.
    """
    count, features = rows(x.shape, normalized_shape)
    z, _, inverse, _ = normalize(x, weight, None, (1, count, features), (count, features, 1), eps, centered=False)
    return z, inverse


@rms_norm.vjp_joint(r"\frac{w}{\sigma} (\bar z - y\, \overline{\bar z y}),\ \sum \bar z y")
def _(g: Any, x: Any, weight: Any, inverse: Any, normalized_shape: Any, wanted: tuple[bool, ...]) -> Any:
    count, features = rows(x.shape, normalized_shape)
    found = normalize_adjoint(g, x, weight, None, inverse, (1, count, features), (count, features, 1), wanted)
    return found[0], None if found[1] is None else found[1].reshape(normalized_shape)


# -- over groups of channels --------------------------------------------------------------------------------


def groups(shape: tuple[int, ...], num_groups: int) -> Blocks:
    """The view in which each group of channels of each sample is a row."""
    count = shape[0] * num_groups
    return 1, count, math.prod(shape[1:]) // num_groups


def composed_group_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, num_groups: int, eps: float, observe: Observer
) -> Tensor:
    """`group_norm` in simple ops."""
    z = standardized(x.reshape(groups(x.shape, num_groups)), (2,), eps).reshape(x.shape)
    return rescaled(z, by_channel(weight, x.ndim), by_channel(bias, x.ndim))


@op(r"w \frac{x - \bar x}{\sqrt{\mathrm{var}(x) + \epsilon}} + b", name="native_group_norm", method=False,
    keeps=("mean", "inverse"), composed=composed_group_norm, refuses=FLOATS_ONLY,
    cases=(case((2, 4, 3), (4,), (4,), num_groups=2), case((2, 4), None, None, num_groups=2),
           case((2, 4, 3, 2), (4,), None, num_groups=4), case((0, 4, 3), (4,), (4,), num_groups=2)))  # fmt: skip
def group_norm(
    x: Array, weight: Array | None = None, bias: Array | None = None, num_groups: int = 1, eps: float = 1e-5,
    observe: Observer = None,
) -> Any:  # fmt: skip
    """Groups of channels normalized over all places, each sample by itself.

    With as many groups as channels this is instance normalization; `observe` as for `batch_norm`.
    Wu and He, "Group normalization", ECCV 2018.
    """
    blocks = groups(x.shape, num_groups)
    z, mean, inverse, variance = normalize(x, weight, bias, blocks, channels(x.shape), eps)
    if observe is not None:
        observe(mean, variance, blocks[2])
    return z, mean, inverse


@group_norm.vjp_joint(
    r"\frac{w}{\sigma} (\bar z - \overline{\bar z} - y\, \overline{\bar z y}),\ \sum \bar z y,\ \sum \bar z"
)
def _(g: Any, x: Any, weight: Any, mean: Any, inverse: Any, num_groups: int, wanted: tuple[bool, ...]) -> Any:
    return normalize_adjoint(g, x, weight, mean, inverse, groups(x.shape, num_groups), channels(x.shape), wanted)
