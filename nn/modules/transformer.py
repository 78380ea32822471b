"""The transformer: layers of attention and small networks, in an encoder, a decoder, or both.

Every part is a residual block x + part(x), normalized after the sum, as in the paper, or before the part
(`norm_first`), which trains more easily: Xiong et al., "On layer normalization in the transformer
architecture", ICML 2020.

Vaswani et al., "Attention is all you need", NIPS 2017.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.create import full
from autograd.dtypes import bool as boolean
from autograd.modes import is_grad_enabled
from autograd.ops.diagonals import triu
from autograd.size import check_countable
from autograd.tensor import Tensor
from nn import functional as F
from nn import init
from nn.modules.attention import MultiheadAttention
from nn.modules.container import ModuleList
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.modules.normalization import LayerNorm

__all__ = [
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
]  # fmt: skip

Mask = Tensor | None
Activation = str | Callable[[Tensor], Tensor]


# -- masks ------------------------------------------------------------------------------------------------


def causal_mask(size: int, device: Any = None, dtype: Any = None) -> Tensor:
    """Numbers to add to scores so that each place attends to itself and earlier ones: minus infinity above the diagonal."""
    return triu(full((size, size), -math.inf, dtype=dtype, device=device), 1)


def is_causal_mask(mask: Mask, told: bool | None, x: Tensor, layer: Any) -> bool:
    """What the caller said about a mask for this sequence; found out where nothing was said."""
    if told is not None or mask is None:
        return bool(told)
    closed = mask.array if mask.dtype is boolean else np.isneginf(mask.array)
    rows, columns = mask.shape[-2:]
    later = np.triu(np.ones((rows, columns), np.bool_), 1)
    open_is_zero = mask.dtype is boolean or not mask.array[~closed].any()
    length = x.shape[1 if x.ndim == 3 and layer.self_attn.batch_first else 0]
    fits = mask.ndim == 2 and rows == columns == length
    return fits and open_is_zero and bool((closed == later).all())


def blocks_to_the_right(padding: Tensor) -> bool:
    """Whether every sequence of a batch has its padding, if any, at the end."""
    return not (padding.array[:, :-1] & ~padding.array[:, 1:]).any()


# -- layers -----------------------------------------------------------------------------------------------


def named_activation(activation: Activation) -> Callable[[Tensor], Tensor]:
    """The function that "relu" or "gelu" stands for; any other function or module as it is."""
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(
            f"activation should be relu/gelu, not {activation}: for another one pass the function, "
            "such as nn.functional.silu"
        )
    return F.relu if activation == "relu" else F.gelu


class _Layer(Module):
    """What the layers of encoders and decoders have in common: self-attention and a small network for each place."""

    self_attn: MultiheadAttention
    linear1: Linear
    linear2: Linear
    dropout: Dropout
    norm_first: bool
    activation: Callable[[Tensor], Tensor]

    def _sa_block(self, x: Tensor, attn_mask: Mask, key_padding_mask: Mask, is_causal: bool = False) -> Tensor:
        """What each place learns from the others."""
        return attended(self.self_attn, x, x, attn_mask, key_padding_mask, is_causal)

    def _ff_block(self, x: Tensor) -> Tensor:
        """What the network makes of each place."""
        hidden: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return hidden

    def _residual(self, x: Tensor, norm: Module, part: Callable[..., Tensor], dropout: Module, *args: Any) -> Tensor:
        """x + part(x), normalized before the part or after the sum."""
        if self.norm_first:
            return x + dropout(part(norm(x), *args))
        result: Tensor = norm(x + dropout(part(x, *args)))
        return result


def attended(
    attention: Module, x: Tensor, memory: Tensor, attn_mask: Mask, key_padding_mask: Mask, is_causal: bool
) -> Tensor:
    """What an attention layer makes of x as queries and memory as keys and values."""
    result: Tensor = attention(
        x, memory, memory, attn_mask=attn_mask, key_padding_mask=key_padding_mask, need_weights=False,
        is_causal=is_causal,
    )[0]  # fmt: skip
    return result


class TransformerEncoderLayer(_Layer):
    """Self-attention, then a network of two linear maps for each place, both in residual blocks.

    Args:
        d_model, nhead: the width, and the number of heads, which must divide it.
        dim_feedforward: the width of the network's hidden layer.
        dropout: after attention, in the network and after it.
        activation: of the network: "relu", "gelu", or a function.
        batch_first: sequences are (N, S, E), not (S, N, E).
        norm_first: normalize before each part, not after the sum.
        bias: of all linear maps and normalizations.

    Shapes: input and result (S, N, E), (N, S, E) with `batch_first`, or (S, E). Raises as `MultiheadAttention`
    does, and RuntimeError for an unknown activation. Vaswani et al., "Attention is all you need", NIPS 2017.

    >>> import autograd, nn
    >>> nn.TransformerEncoderLayer(8, 2, 16)(autograd.zeros(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        kind = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **kind)
        self.linear1 = Linear(d_model, dim_feedforward, **kind)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **kind)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **kind)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **kind)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = named_activation(activation)

    def forward(
        self, src: Tensor, src_mask: Mask = None, src_key_padding_mask: Mask = None, is_causal: bool = False
    ) -> Tensor:
        """The sequence after this layer; masks as for `MultiheadAttention`."""
        masks = src_mask, src_key_padding_mask, is_causal
        x = self._residual(src, self.norm1, self._sa_block, self.dropout1, *masks)
        return self._residual(x, self.norm2, self._ff_block, self.dropout2)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to the encoder's result, then a network for each place, in residual blocks.

    The arguments are those of `TransformerEncoderLayer`. Shapes: target and result (T, N, E), memory (S, N, E);
    with `batch_first`, N first; or without N.

    >>> import autograd, nn
    >>> nn.TransformerDecoderLayer(8, 2, 16)(autograd.zeros(4, 3, 8), autograd.zeros(5, 3, 8)).shape
    torch.Size([4, 3, 8])
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        kind = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **kind)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **kind)
        self.linear1 = Linear(d_model, dim_feedforward, **kind)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **kind)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **kind)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **kind)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, **kind)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = named_activation(activation)

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Mask = None, memory_mask: Mask = None,
        tgt_key_padding_mask: Mask = None, memory_key_padding_mask: Mask = None, tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence after this layer; masks as for `MultiheadAttention`."""
        masks = tgt_mask, tgt_key_padding_mask, tgt_is_causal
        x = self._residual(tgt, self.norm1, self._sa_block, self.dropout1, *masks)
        masks = memory_mask, memory_key_padding_mask, memory_is_causal
        x = self._residual(x, self.norm2, self._mha_block, self.dropout2, memory, *masks)
        return self._residual(x, self.norm3, self._ff_block, self.dropout3)

    def _mha_block(
        self, x: Tensor, mem: Tensor, attn_mask: Mask, key_padding_mask: Mask, is_causal: bool = False
    ) -> Tensor:
        """What each place learns from the encoder's result."""
        return attended(self.multihead_attn, x, mem, attn_mask, key_padding_mask, is_causal)


# -- stacks -----------------------------------------------------------------------------------------------


def copies(layer: Module, count: int) -> ModuleList:
    """So many copies of a layer, all with its initial values."""
    check_countable((count,), "num_layers")
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class TransformerEncoder(Module):
    """A stack of copies of an encoder layer, with a normalization at the end, if one is given.

    `enable_nested_tensor` has PyTorch's effect without its nested tensors: in evaluation, without gradients, places
    that are padding at the end of their sequence come out of the stack as zeros. `mask_check` makes sure they are.

    >>> import autograd, nn
    >>> encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), num_layers=2)
    >>> encoder(autograd.zeros(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers = copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self, src: Tensor, mask: Mask = None, src_key_padding_mask: Mask = None, is_causal: bool | None = None
    ) -> Tensor:
        """The sequence after all layers; whether the mask is causal is found out if it is not said."""
        causal = is_causal_mask(mask, is_causal, src, self.layers[0])
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=causal, src_key_padding_mask=src_key_padding_mask)
        if src_key_padding_mask is not None and self._leaves_out_padding(src, mask, src_key_padding_mask):
            output = output.masked_fill(src_key_padding_mask.unsqueeze(-1), 0.0)
        return output if self.norm is None else self.norm(output)

    def _leaves_out_padding(self, src: Tensor, mask: Mask, padding: Tensor) -> bool:
        """Whether PyTorch would compute on sequences of their true lengths, and fill up with zeros at the end."""
        layer = self.layers[0]
        if not (self.enable_nested_tensor and isinstance(layer, TransformerEncoderLayer)) or self.training:
            return False
        usual = layer.self_attn.batch_first and not layer.norm_first and not layer.self_attn.num_heads % 2
        known = layer.activation in (F.relu, F.gelu) and layer.self_attn.in_proj_bias is not None
        constant = not is_grad_enabled() or not any(t.requires_grad for t in (src, *layer.parameters()))
        fits = mask is None and src.ndim == 3 and padding.dtype is boolean
        return usual and known and constant and fits and (not self.mask_check or blocks_to_the_right(padding))


class TransformerDecoder(Module):
    """A stack of copies of a decoder layer, with a normalization at the end, if one is given.

    >>> import autograd, nn
    >>> decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), num_layers=2)
    >>> decoder(autograd.zeros(4, 3, 8), autograd.zeros(5, 3, 8)).shape
    torch.Size([4, 3, 8])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Mask = None, memory_mask: Mask = None,
        tgt_key_padding_mask: Mask = None, memory_key_padding_mask: Mask = None, tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence after all layers; whether `tgt_mask` is causal is found out if it is not said."""
        causal = is_causal_mask(tgt_mask, tgt_is_causal, tgt, self.layers[0])
        output = tgt
        for layer in self.layers:
            output = layer(
                output, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder reads the source, a decoder writes the target: sequence to sequence.

    There are no embeddings and no positions in it: these come before, and a linear map to scores comes after.

    Args:
        num_encoder_layers, num_decoder_layers: how many layers each has.
        custom_encoder, custom_decoder: modules to use instead.
        d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias: as for
            `TransformerEncoderLayer`.

    Shapes: source (S, N, E), target and result (T, N, E); with `batch_first`, N first; or without N. Raises
    RuntimeError where they do not fit. Vaswani et al., "Attention is all you need", NIPS 2017.

    >>> import autograd, nn
    >>> net = nn.Transformer(8, 2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16)
    >>> target = autograd.zeros(4, 3, 8)
    >>> net(autograd.zeros(5, 3, 8), target, tgt_mask=net.generate_square_subsequent_mask(4)).shape
    torch.Size([4, 3, 8])
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = F.relu,
        custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5,
        batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        kind = {"bias": bias, "device": device, "dtype": dtype}
        sizes = d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*sizes, **kind)
            norm = LayerNorm(d_model, layer_norm_eps, **kind)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*sizes, **kind)
            norm = LayerNorm(d_model, layer_norm_eps, **kind)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        """Draw all matrices afresh."""
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Mask = None, tgt_mask: Mask = None, memory_mask: Mask = None,
        src_key_padding_mask: Mask = None, tgt_key_padding_mask: Mask = None, memory_key_padding_mask: Mask = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The target sequence as the decoder leaves it."""
        self._check(src, tgt)
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        result: Tensor = self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )  # fmt: skip
        return result

    def _check(self, src: Tensor, tgt: Tensor) -> None:
        """Raise where source and target do not fit together, or not into this network."""
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal, but src {tuple(src.shape)} and tgt {tuple(tgt.shape)} "
                f"differ in dimension {batch}: with batch_first={self.batch_first} that is the batch"
            )
        if not src.shape[-1] == tgt.shape[-1] == self.d_model:
            raise RuntimeError(
                "the feature number of src and tgt must be equal to d_model: their last sizes are "
                f"{src.shape[-1]} and {tgt.shape[-1]}, d_model is {self.d_model}"
            )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """The mask (sz, sz) by which no place sees later ones: 0 up to the diagonal, minus infinity above.

        >>> import nn
        >>> nn.Transformer.generate_square_subsequent_mask(3)
        tensor([[0., -inf, -inf],
                [0., 0., -inf],
                [0., 0., 0.]])
        """
        return causal_mask(sz, device, dtype)
