"""Attention: for each query, the mean of the values, weighted by how well their keys match it.

Vaswani et al., "Attention is all you need", NIPS 2017.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.cases import bools, case
from autograd.derived import derived
from autograd.ops.dropout import dropout
from autograd.ops.softmax import softmax
from autograd.ops.striding import repeat_interleave
from autograd.tensor import Tensor, tensor_of

THREE = ((2, 4, 3), (2, 5, 3), (2, 5, 2))


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
    if enable_gqa:
        key, value = (repeat_interleave(x, shared(query, x), -3) for x in (key, value))
    factor = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    scores = (query * factor) @ key.transpose(-2, -1)
    if is_causal:
        attn_mask = tensor_of(np.tri(*scores.shape[-2:], dtype=np.bool_), dtypes.bool)
    weights = softmax(scores, -1) if attn_mask is None else masked_softmax(scores, attn_mask)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    mixed: Tensor = weights @ value
    return mixed


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
