"""Attention, by one head and by many."""

from __future__ import annotations

import math

import numpy as np

from autograd import dtypes
from autograd.compiled.handled import safe
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops.attention import scaled_dot_product_attention
from autograd.ops.dropout import dropout
from autograd.ops.joining import cat, constant_pad_nd
from autograd.ops.linear import linear
from autograd.ops.matmul import matmul
from autograd.ops.softmax import softmax
from autograd.tensor import Tensor

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]

Mask = Tensor | None


@speaking
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int, in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float,
    out_proj_weight: Tensor, out_proj_bias: Tensor | None, training: bool = True, key_padding_mask: Mask = None,
    need_weights: bool = True, attn_mask: Mask = None, use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None, static_v: Tensor | None = None, average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """What `nn.MultiheadAttention` computes: queries, keys and values projected, split into heads, attended to, joined.

    Args:
        query, key, value: (L, N, E), (S, N, E) and (S, N, E), or without N.
        in_proj_weight, in_proj_bias: (3 E, E) and (3 E,), the three projections stacked; with
            `use_separate_proj_weight`, the weights are the `q_`, `k_` and `v_proj_weight`.
        bias_k, bias_v: (1, 1, E), one more key and value, learned; `add_zero_attn` adds one of zeros.
        key_padding_mask: (N, S), True (or minus infinity) for keys that are padding.
        attn_mask: (L, S) or (N heads, L, S), True (or minus infinity) for what may not be attended to.
        need_weights: also return the weights, (N, L, S), the mean over heads; or of each head, (N, heads, L, S).
        is_causal: a hint that attn_mask is the causal one.

    Raises AssertionError for inputs that don't fit together, RuntimeError for masks that don't.
    """
    is_batched = check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not is_batched:
        query, key, value = batches_of_one(query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    check_widths(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    apart = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = projected((query, key, value), apart, in_proj_weight, in_proj_bias)
    padding, mask, causal = masks(key_padding_mask, attn_mask, is_causal, need_weights, query)
    if mask is not None:
        mask = check_mask(mask, query.shape[1] * num_heads, query.shape[0], key.shape[0])
    k, v = with_biases(k, v, bias_k, bias_v, static_k, static_v)
    q, k, v = (
        heads(q, num_heads),
        heads(k, num_heads) if static_k is None else static_k,
        heads(v, num_heads) if static_v is None else static_v,
    )
    if add_zero_attn:
        k, v = (constant_pad_nd(x, (0, 0, 0, 1)) for x in (k, v))
    if padding is not None:
        check_padding(padding, query.shape[1], k.shape[1] if static_k is not None else key.shape[0])
    mask = merged(widened(mask, k.shape[1]), widened(padding, k.shape[1]), num_heads)
    p = dropout_p if training else 0.0
    mixed, shares = attended(q, k, v, mask, p, causal, need_weights, num_heads)
    joined = mixed.transpose(0, 1).reshape(*query.shape[:2], query.shape[2])
    output = linear(joined, out_proj_weight, out_proj_bias)
    if shares is not None and average_attn_weights:
        shares = shares.mean(1)
    if not is_batched:
        output, shares = output.squeeze(1), None if shares is None else shares.squeeze(0)
    return output, shares


# -- projections and heads ----------------------------------------------------------------------------


def batches_of_one(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The inputs with a batch dimension; what was one tensor stays one."""
    of_query = query.unsqueeze(1)
    of_key = of_query if key is query else key.unsqueeze(1)
    of_value = of_query if value is query else of_key if value is key else value.unsqueeze(1)
    return of_query, of_key, of_value


def projected(
    inputs: tuple[Tensor, ...], apart: tuple[Tensor | None, ...] | None, stacked: Tensor | None, bias: Tensor | None
) -> tuple[Tensor, ...]:
    """Query, key and value, each by its projection: of three apart, or stacked in one."""
    query, key, value = inputs
    if apart is None:
        if stacked is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        if query is key is value:
            return tuple(linear(query, stacked, bias).chunk(3, -1))  # all at once
        apart = tuple(stacked.chunk(3))
    for name, weight in zip("qkv", apart, strict=True):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(linear(x, w, b) for x, w, b in zip(inputs, apart, biases, strict=True))


def with_biases(
    k: Tensor, v: Tensor, bias_k: Tensor | None, bias_v: Tensor | None, static_k: Tensor | None, static_v: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Keys and values with the learned one after them."""
    if (bias_k is None) != (bias_v is None):
        raise AssertionError("bias_k and bias_v belong together, but only one of them is set")
    if bias_k is None or bias_v is None:
        return k, v
    if static_k is not None or static_v is not None:
        raise AssertionError("bias cannot be added to static key or static value.")
    batch = k.shape[1]
    return cat((k, bias_k.repeat(1, batch, 1))), cat((v, bias_v.repeat(1, batch, 1)))


def heads(x: Tensor, count: int) -> Tensor:
    """(length, N, E) as (N heads, length, E / heads)."""
    length, batch, width = x.shape
    return x.reshape(length, batch * count, width // count).transpose(0, 1)


def attended(
    q: Tensor, k: Tensor, v: Tensor, mask: Mask, p: float, causal: bool, need_weights: bool, count: int
) -> tuple[Tensor, Tensor | None]:
    """What each head makes of its values, (N heads, L, E / heads); and the weights, (N, heads, L, S), if needed."""
    if not need_weights:
        return scaled_dot_product_attention(q, k, v, mask, p, causal), None
    scores = matmul(q * math.sqrt(1 / q.shape[-1]), k.transpose(1, 2))
    shares = softmax(scores if mask is None else scores + mask, -1)
    if p > 0:
        shares = dropout(shares, p, True)
    return matmul(shares, v), shares.reshape(shares.shape[0] // count, count, *shares.shape[1:])


# -- masks --------------------------------------------------------------------------------------------


def masks(
    key_padding_mask: Mask, attn_mask: Mask, is_causal: bool, need_weights: bool, query: Tensor
) -> tuple[Mask, Mask, bool]:
    """Both masks as numbers to add, and whether to rely on the hint instead of the second."""
    if key_padding_mask is not None and attn_mask is not None and key_padding_mask.dtype is not attn_mask.dtype:
        warn_caller(
            "Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead."
        )
    padding = to_add(key_padding_mask, "key_padding_mask", query)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        return None, None, True
    return padding, to_add(attn_mask, "attn_mask", query), False


@safe
def to_add(mask: Mask, name: str, query: Tensor) -> Mask:
    """A mask as numbers to add to the scores: minus infinity where it is True."""
    if mask is None or mask.is_floating_point():
        return mask
    if mask.dtype is not dtypes.bool:
        raise AssertionError(f"only bool and floating types of {name} are supported, not {mask.dtype.name}")
    return query.like(np.where(mask.array, -math.inf, 0).astype(query.dtype.dtype))


def check_mask(mask: Tensor, rows: int, targets: int, sources: int) -> Tensor:
    """The attention mask in three dimensions, if it has the right shape."""
    for ndim, shape in ((2, (targets, sources)), (3, (rows, targets, sources))):
        if mask.ndim == ndim and tuple(mask.shape) != shape:
            raise RuntimeError(f"The shape of the {ndim}D attn_mask is {tuple(mask.shape)}, but should be {shape}.")
    return mask if mask.ndim == 3 else mask.unsqueeze(0)


def check_padding(padding: Tensor, batch: int, sources: int) -> None:
    """Raise for a mask that is not one of all keys of the batch."""
    for dim, expected in enumerate((batch, sources)):
        if padding.shape[dim] != expected:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{dim}] to be {expected}, but got {padding.shape[dim]}: the mask has a "
                f"row for each of the {batch} sequences, and in it a place for each of the {sources} keys"
            )


def widened(mask: Mask, sources: int) -> Mask:
    """A mask that lets through what was added after the keys."""
    more = 0 if mask is None else sources - mask.shape[-1]
    return constant_pad_nd(mask, (0, more)) if more else mask  # type: ignore[arg-type]


def merged(mask: Mask, padding: Mask, count: int) -> Mask:
    """Both masks in one, (N heads or 1, L or 1, S)."""
    if padding is None:
        return mask
    batch, sources = padding.shape
    each: Tensor = padding.reshape(batch, 1, 1, sources).expand(-1, count, -1, -1).reshape(batch * count, 1, sources)
    return each if mask is None else mask + each


# -- checks -------------------------------------------------------------------------------------------


def check_ranks(query: Tensor, key: Tensor, value: Tensor, padding: Mask, attn_mask: Mask, num_heads: int) -> bool:
    """Whether the inputs have a batch dimension; raises where they don't agree."""
    ndim = query.ndim
    if ndim not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {ndim}-D query tensor")
    kind = "batched" if ndim == 3 else "unbatched"
    if key.ndim != ndim or value.ndim != ndim:
        raise AssertionError(
            f"For {kind} ({ndim}-D) `query`, expected `key` and `value` to be {ndim}-D but found {key.ndim}-D and "
            f"{value.ndim}-D tensors respectively"
        )
    if padding is not None and padding.ndim != ndim - 1:
        raise AssertionError(
            f"For {kind} ({ndim}-D) `query`, expected `key_padding_mask` to be `None` or {ndim - 1}-D but found "
            f"{padding.ndim}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.ndim not in (2, 3):
        raise AssertionError(
            f"For {kind} ({ndim}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{attn_mask.ndim}-D tensor instead"
        )
    if ndim == 2 and attn_mask is not None and attn_mask.ndim == 3:
        expected = (num_heads, query.shape[0], key.shape[0])
        if tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {tuple(attn_mask.shape)}")
    return ndim == 3


def check_widths(query: Tensor, key: Tensor, value: Tensor, width: int, num_heads: int, separate: bool) -> None:
    """Raise where the sizes don't agree."""
    if query.shape[2] != width:
        raise AssertionError(f"was expecting embedding dimension of {width}, but got {query.shape[2]}")
    if width % num_heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {tuple(key.shape[:2])} do not match value's {tuple(value.shape[:2])}"
        )
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {tuple(key.shape)} does not match value shape {tuple(value.shape)}")
