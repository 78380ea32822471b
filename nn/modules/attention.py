"""Attention by many heads as a layer, with its projections as parameters."""

from __future__ import annotations

from typing import Any

from autograd.create import empty
from autograd.tensor import Tensor
from nn import functional as F
from nn import init
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["MultiheadAttention"]


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` under the name that PyTorch prints for the last projection of an attention layer.

    >>> import nn
    >>> nn.MultiheadAttention(4, 2).out_proj
    NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)
    """


class MultiheadAttention(Module):
    """Several heads that each attend to the whole sequence by a projection of their own, joined by another.

    head_i = softmax(Q_i K_i^T / sqrt(d)) V_i with Q_i = query W_i^Q, K_i = key W_i^K, V_i = value W_i^V and
    d = embed_dim / num_heads; the result is the heads side by side, times the output projection.

    Args:
        embed_dim, num_heads: the width of queries and results, which the number of heads must divide.
        dropout: weights that are dropped in training, with this probability.
        bias: of the projections.
        add_bias_kv: one more key and value, learned; `add_zero_attn` adds one of zeros.
        kdim, vdim: the widths of keys and values, if they differ.
        batch_first: the batch is the first dimension, not the second.

    Shapes: query (L, N, E), key (S, N, kdim), value (S, N, vdim); with `batch_first`, (N, L, E) and so on;
    or all without N. Result: (L, N, E) and the weights, (N, L, S).

    Vaswani et al., "Attention is all you need", NIPS 2017. Raises ValueError for sizes below 1, AssertionError
    where the heads do not divide the width or the inputs do not fit.

    >>> import autograd, nn
    >>> x = autograd.zeros(5, 2, 8)
    >>> result, weights = nn.MultiheadAttention(8, 4)(x, x, x)
    >>> result.shape, weights.shape
    (torch.Size([5, 2, 8]), torch.Size([2, 5, 5]))
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        check_heads(embed_dim, num_heads)
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        self.add_zero_attn = add_zero_attn
        kind = {"device": device, "dtype": dtype}
        self._make_projections(kind)
        self.register_parameter("in_proj_bias", Parameter(empty(3 * embed_dim, **kind)) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **kind)
        self.register_parameter("bias_k", Parameter(empty(1, 1, embed_dim, **kind)) if add_bias_kv else None)
        self.register_parameter("bias_v", Parameter(empty(1, 1, embed_dim, **kind)) if add_bias_kv else None)
        self._reset_parameters()

    @property
    def _qkv_same_embed_dim(self) -> bool:
        """Whether queries, keys and values have one width, so that their projections lie in one matrix."""
        return self.kdim == self.embed_dim == self.vdim

    def _make_projections(self, kind: dict[str, Any]) -> None:
        """The projections of queries, keys and values: one above the other where they have one width."""
        widths = {"q_proj_weight": self.embed_dim, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        stacked = self._qkv_same_embed_dim
        for name, width in widths.items():
            weight = None if stacked else Parameter(empty(self.embed_dim, width, **kind))
            self.register_parameter(name, weight)
        stack = Parameter(empty(3 * self.embed_dim, self.embed_dim, **kind)) if stacked else None
        self.register_parameter("in_proj_weight", stack)

    def _reset_parameters(self) -> None:
        """Draw the projections of the inputs afresh, and the learned key and value; set the biases to 0."""
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        if self.bias_k is not None and self.bias_v is not None:
            init.xavier_normal_(self.bias_k)
            init.xavier_normal_(self.bias_v)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """What the queries find, and the weights they gave to the keys.

        Args:
            key_padding_mask: (N, S), True for keys that are padding; or numbers to add to the scores.
            need_weights: return the weights; without them there is less to compute.
            attn_mask: (L, S) or (N heads, L, S), True for what may not be attended to; or numbers to add.
            average_attn_weights: the mean over heads, (N, L, S); else those of each head, (N, heads, L, S).
            is_causal: a hint that attn_mask is the causal one.
        """
        turn = self.batch_first and query.ndim == 3
        if turn:
            query, key, value = turned(query, key, value)
        output, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            key_padding_mask, need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return output.transpose(0, 1) if turn else output, weights


def check_heads(embed_dim: int, num_heads: int) -> None:
    """Raise unless this width can be divided among so many heads."""
    if embed_dim <= 0 or num_heads <= 0:
        raise ValueError(
            f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
            "instead"
        )
    if embed_dim % num_heads:
        raise AssertionError(
            f"embed_dim must be divisible by num_heads: each head gets an equal part of the {embed_dim} features, "
            f"which {num_heads} heads do not divide"
        )


def turned(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The inputs with the batch second; what was one tensor stays one."""
    of_query = query.transpose(0, 1)
    of_key = of_query if key is query else key.transpose(0, 1)
    of_value = of_query if value is query else of_key if value is key else value.transpose(0, 1)
    return of_query, of_key, of_value
