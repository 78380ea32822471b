"""Attention: for each query, the mean of the values, weighted by how well their keys match it.

Vaswani et al., "Attention is all you need", NIPS 2017.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import CACHED, Array, Ints, ones
from autograd.cases import bools, case, ints
from autograd.derived import derived
from autograd.modes import is_grad_enabled, state
from autograd.op import op
from autograd.ops.dropout import check_probability, dropout, noise
from autograd.ops.refusals import REAL_ONLY
from autograd.ops.softmax import softmax
from autograd.ops.striding import repeat_interleave
from autograd.tensor import Tensor, tensor_of

THREE = ((2, 4, 3), (2, 5, 3), (2, 5, 2))


NEAR = 16.0
"""Scores that lie within so much of each other can be raised to powers of e all alike: no sum comes close to 0."""


@functools.lru_cache(maxsize=16)
def causal(queries: int, keys: int, dtype: Any) -> Array:
    """1 for the keys at or before a query's own place, 0 for the later ones. Not to be written to."""
    gate = np.tri(queries, keys, dtype=dtype)
    gate.flags.writeable = False
    return gate


def raised(scores: Array, gate: Array | None) -> None:
    """The scores raised, in place, to powers of e as softmax compares them; 0 where the gate is closed.

    Softmax subtracts each row's largest score, so that nothing overflows. Where all scores are near each other, the
    largest of all does as well, and is found much faster.
    """
    highest = scores.max(initial=-np.inf)
    if highest - scores.min(initial=np.inf) <= NEAR:
        scores -= highest
        np.exp(scores, out=scores)
        if gate is not None:
            scores *= gate
        return
    if gate is not None:
        np.copyto(scores, -np.inf, where=gate == 0)
    highest = np.maximum.reduce(scores, axis=-1, keepdims=True, initial=-np.inf)
    scores -= np.where(np.isneginf(highest), 0, highest)  # in a row that is closed altogether
    np.exp(scores, out=scores)


def batches(shape: tuple[int, ...]) -> Iterator[Any]:
    """Indices for parts of a batch whose scores, of this shape, fit into the cache."""
    if len(shape) == 2:
        return iter([...])
    step = max(1, CACHED // max(1, math.prod(shape[1:])))
    return (slice(start, start + step) for start in range(0, shape[0], step))


def composed_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, gate: Tensor | None, noise: Tensor | None,
    scale: float,
) -> Tensor:  # fmt: skip
    """`attention` in simple ops."""
    scores = (query * scale) @ key.transpose(-2, -1)
    scores = scores if mask is None else scores + mask.detach()
    weights = softmax(scores, -1) if gate is None else masked_softmax(scores, gate != 0)
    mixed: Tensor = (weights if noise is None else weights * noise.detach()) @ value
    return mixed


@op(
    r"\mathrm{softmax}\left(s\, Q K^\top + M\right) V",
    name="scaled_dot_product_attention",
    node="ScaledDotProductFlashAttentionForCpuBackward0",
    method=False,
    promotes=False,
    refuses=REAL_ONLY,
    keeps=("weights",),
    composed=composed_attention,
    cases=(
        case(*THREE, None, None, None, scale=0.7),
        case(*THREE, (4, 5), None, None, scale=0.7),
        case(*THREE, None, ints((2, 4, 5), 0, 2), (2, 4, 5), scale=3.0),
        case(*THREE, None, ints((5,), 0, 2), None, scale=30.0),
        case((4, 3), (5, 3), (5, 2), None, None, (4, 5), scale=0.5),
    ),
)
def attention(
    query: Array, key: Array, value: Array, mask: Ints | None, gate: Ints | None, noise: Ints | None, scale: float
) -> Any:
    """The mean of the values, for each query, in proportion to e to the power of its products with the keys.

    Numbers of the mask are added to the scores; where the gate is 0 there is no attention; the weights are
    multiplied with the noise. The batch is worked on in parts, whose scores stay in the cache; it is the keys that are
    multiplied with the scale, which are fewer. Small products are twice as fast with a second factor that lies in
    memory row by row.
    """
    shape = (*query.shape[:-1], key.shape[-2])
    masks, gates, noises = (None if given is None else np.broadcast_to(given, shape) for given in (mask, gate, noise))
    weights = np.empty(shape, query.dtype)
    mixed = np.empty_like(query, shape=(*query.shape[:-1], value.shape[-1]))
    column = ones(shape[-1], query.dtype).reshape(-1, 1)
    for some in batches(shape):
        keys = np.multiply(key[some].swapaxes(-1, -2), scale, dtype=key.dtype, order="C")
        scores = np.matmul(query[some], keys, out=weights[some])
        if masks is not None:
            scores += masks[some]
        raised(scores, None if gates is None else gates[some])
        totals = np.matmul(scores, column)
        scores *= 1 / np.where(totals == 0, 1, totals)
        np.matmul(scores if noises is None else scores * noises[some], value[some], out=mixed[some])
    return mixed, weights


@attention.vjp_joint(
    r"s\, \bar S K,\ s\, \bar S^\top Q,\ P^\top \bar z \text{ with } \bar S = P \odot (\bar z V^\top - \bar z \cdot z)"
)
def _(
    g: Any, query: Any, key: Any, value: Any, noise: Any, out: Any, weights: Any, scale: float,
    wanted: tuple[bool, ...],
) -> Any:  # fmt: skip
    by_query, by_key, by_value = np.empty_like(query), np.empty_like(key), np.empty_like(value)
    noises = None if noise is None else np.broadcast_to(noise, weights.shape)
    for some in batches(weights.shape):
        h, part = g[some], weights[some]
        left = part if noises is None else part * noises[some]
        np.matmul(left.swapaxes(-1, -2), h, out=by_value[some])
        if wanted[0] or wanted[1]:
            by_scores = np.matmul(h, np.ascontiguousarray(value[some].swapaxes(-1, -2)))
            if noises is not None:
                by_scores *= noises[some]
            by_scores -= np.einsum("...i,...i->...", h, out[some])[..., None]
            by_scores *= part
            np.matmul(by_scores, key[some], out=by_query[some])
            np.matmul(by_scores.swapaxes(-1, -2), query[some], out=by_key[some])
    by_query *= scale
    by_key *= scale
    return by_query, by_key, by_value


@derived(
    r"\mathrm{softmax}\left(\tfrac{1}{\sqrt d} Q K^\top + M\right) V",
    method=False,
    cases=(
        case(*THREE),
        case(*THREE, (4, 5)),
        case(*THREE, bools((2, 4, 5))),
        case(*THREE, is_causal=True, scale=0.7),
        case((1, 4, 2, 3), (1, 2, 3, 3), (1, 2, 3, 2), enable_gqa=True),
    ),
)
def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """For each query, the values weighted by the softmax of the query's products with their keys.

    Shapes: query (..., L, d), key (..., S, d), value (..., S, e); result (..., L, e).

    Args:
        attn_mask: broadcasts to (..., L, S). If boolean, True for what may be attended to; else added to the scores.
        dropout_p: weights set to zero with this probability, always: pass 0 outside training.
        is_causal: a query attends to the keys at or before its own place only.
        scale: the factor of the products, 1 / sqrt(d) by default.
        enable_gqa: groups of queries (dimension -3) share a key and a value.

    A query that may attend to nothing gets zeros. Raises RuntimeError where shapes or options don't fit together.
    """
    check_attention(query, key, value, attn_mask, is_causal)
    if enable_gqa and query.ndim > 2:
        key, value = (repeat_interleave(x, shared(query, x), -3) for x in (key, value))
    factor = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    if is_causal:
        attn_mask = causal_mask(query, key)
    plain = query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
    each_its_own = dropout_p > 0 and state.vmaps  # noise for each tensor of a batch
    if each_its_own or not plain or (attn_mask is not None and not fits_fused(attn_mask, query, key)):
        return attention_in_steps(query, key, value, attn_mask, dropout_p, factor)
    mask, gate = (None, None) if attn_mask is None else mask_or_gate(attn_mask, query)
    left = dropout_noise(query, key, dropout_p) if dropout_p > 0 else None
    result: Tensor = attention(query, key, value, mask, gate, left, factor)
    return result


def causal_mask(query: Tensor, key: Tensor) -> Tensor:
    """True for the keys at or before a query's own place."""
    return tensor_of(causal(query.shape[-2], key.shape[-2], np.bool_), dtypes.bool)


def dropout_noise(query: Tensor, key: Tensor, p: float) -> Tensor | None:
    """What dropout multiplies the weights by; nothing where there are no weights."""
    check_probability(p, "scaled_dot_product_attention")
    weights = np.empty((*query.shape[:-1], key.shape[-2]), query.array.dtype)
    return noise(query, p, weights) if weights.size else None


def attention_in_steps(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float, scale: float
) -> Tensor:
    """Attention whose batches broadcast, or whose mask is learned."""
    scores = (query * scale) @ key.transpose(-2, -1)
    weights = softmax(scores, -1) if attn_mask is None else masked_softmax(scores, attn_mask)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    mixed: Tensor = weights @ value
    return mixed


def fits_fused(mask: Tensor, query: Tensor, key: Tensor) -> bool:
    """Whether a mask is a constant that broadcasts to the scores without enlarging them."""
    shape = (*query.shape[:-1], key.shape[-2])
    given = (1,) * (len(shape) - mask.ndim) + tuple(mask.shape)
    fits = len(given) == len(shape) and all(a in (1, b) for a, b in zip(given, shape, strict=True))
    return fits and not (mask.requires_grad and is_grad_enabled())


def mask_or_gate(mask: Tensor, query: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """What to add to the scores, or where they count: a mask of zeros and minus infinities alone is a gate as well."""
    if mask.dtype is dtypes.bool or is_gate(mask):
        return None, gate_of(mask, query)
    return mask, None


def is_gate(mask: Tensor) -> bool:
    """Whether a mask of numbers holds zeros and minus infinities alone."""
    return not np.where(np.isneginf(mask.array), 0, mask.array).any()


def gate_of(mask: Tensor, query: Tensor) -> Tensor:
    """One where a mask lets through, zero elsewhere."""
    opened = mask.array if mask.dtype is dtypes.bool else ~np.isneginf(mask.array)
    return query.like(opened.astype(query.array.dtype))


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """The softmax over what a mask lets through; zeros where it lets nothing through."""
    scores = scores.masked_fill(~mask, -math.inf) if mask.dtype is dtypes.bool else scores + mask
    blocked = np.isneginf(scores.array).all(-1, keepdims=True)
    if not blocked.any():
        return softmax(scores, -1)
    nothing = tensor_of(blocked, dtypes.bool)
    return softmax(scores.masked_fill(nothing, 0), -1).masked_fill(nothing, 0)


def shared(query: Tensor, x: Tensor) -> int:
    """How many query heads share each head of a key or a value."""
    heads, own = query.shape[-3], x.shape[-3]
    if heads % own:
        raise RuntimeError(
            "scaled_dot_product_attention: For enable_gqa, the number of heads in key and value must divide the number "
            f"of heads in query, but got {own} and {heads}"
        )
    return heads // own


def check_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Any, is_causal: bool) -> None:
    """Raise where shapes, dtypes or options don't fit together."""
    name = "scaled_dot_product_attention"
    for what, x in (("key", key), ("value", value)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(x).__name__}")
        if x.dtype is not query.dtype:
            raise RuntimeError(
                f"{name}: Expected query, key, and value to have the same dtype, but got query.dtype: "
                f"{query.dtype.name} and {what}.dtype: {x.dtype.name}"
            )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"{name}: Expected query, key, and value to all be at least 2 dimensional, but got {query.ndim}, "
            f"{key.ndim} and {value.ndim}"
        )
    if not query.is_floating_point():
        raise RuntimeError(f"{name}: not defined for {query.dtype.name} tensors: convert with .float()")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise RuntimeError(
            f"{name}: the query's and the key's last sizes must agree, and the numbers of keys and values: got query "
            f"{tuple(query.shape)}, key {tuple(key.shape)}, value {tuple(value.shape)}"
        )
    if attn_mask is None:
        return
    if is_causal:
        raise RuntimeError(f"{name}: Explicit attn_mask should not be set when is_causal=True")
    if attn_mask.dtype is not dtypes.bool and attn_mask.dtype is not query.dtype:
        raise RuntimeError(
            f"{name}: Expected attn_mask dtype to be bool or to match query dtype, but got attn_mask.dtype: "
            f"{attn_mask.dtype.name} and query.dtype: {query.dtype.name} instead."
        )
