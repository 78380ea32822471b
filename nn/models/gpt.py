"""A GPT: a transformer that predicts the next token from those before.

The parts have the names that they have in nanoGPT.
"""

from __future__ import annotations

import math

from autograd.counting import arange
from autograd.ops.joining import cat
from autograd.tensor import Tensor
from nn import init
from nn.functional import scaled_dot_product_attention
from nn.models.sampling import evaluating, next_token
from nn.modules.activation import GELU
from nn.modules.container import ModuleDict, ModuleList
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.modules.normalization import LayerNorm
from nn.modules.sparse import Embedding

__all__ = ["GPT"]


class CausalSelfAttention(Module):
    """Each token gathers from those before it what they offer: softmax(q k^T / sqrt(d)) v, in several heads.

    Vaswani et al., "Attention is all you need", NeurIPS 2017.
    """

    def __init__(self, width: int, heads: int, dropout: float, bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.c_attn = Linear(width, 3 * width, bias)  # what each token asks, has to offer, and says: q, k and v
        self.c_proj = Linear(width, width, bias)
        self.resid_dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """What each token has gathered. Shapes: (N, T, width) to the same."""
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.c_attn(x).chunk(3, dim=-1)
        )
        dropout = self.dropout if self.training else 0.0
        z = scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
        z = z.transpose(1, 2).reshape(batch, length, width)
        return self.resid_dropout(self.c_proj(z))


class FeedForward(Module):
    """What each token makes of what it knows: two linear layers with a GELU between them."""

    def __init__(self, width: int, dropout: float, bias: bool) -> None:
        super().__init__()
        self.c_fc = Linear(width, 4 * width, bias)
        self.gelu = GELU(approximate="tanh")
        self.c_proj = Linear(4 * width, width, bias)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """The same for each token. Shapes: (N, T, width) to the same."""
        return self.dropout(self.c_proj(self.gelu(self.c_fc(x))))


class Block(Module):
    """Tokens first exchange what they know, then think about it; each step adds to what is there."""

    def __init__(self, width: int, heads: int, dropout: float, bias: bool) -> None:
        super().__init__()
        self.ln_1 = LayerNorm(width, bias=bias)
        self.attn = CausalSelfAttention(width, heads, dropout, bias)
        self.ln_2 = LayerNorm(width, bias=bias)
        self.mlp = FeedForward(width, dropout, bias)

    def forward(self, x: Tensor) -> Tensor:
        """The tokens, having learned from each other. Shapes: (N, T, width) to the same."""
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(Module):
    """Tokens in, for each place the scores of the token that comes next out.

    With the defaults it is the smallest GPT-2; `GPT(65, context=64, layers=3, heads=4, width=64)` learns
    to write by characters. Shapes: tokens (N, T), T up to `context`, to scores (N, T, vocabulary).

    Args:
        vocabulary: how many tokens there are.
        context: how many tokens it can look back on.
        layers: how many blocks.
        heads: of the attention.
        width: features of each token; a multiple of `heads`.
        dropout: the fraction of features that are set to zero in training.
        bias: have biases in linear layers and normalizations.
        tied: use the same weight to read tokens and to score them.

    Raises ValueError where `heads` does not divide `width`.

    Radford et al., "Language models are unsupervised multitask learners", 2019; Press and Wolf, "Using the
    output embedding to improve language models", EACL 2017, for the tied weights.

    >>> import autograd, nn
    >>> import nn.functional as F
    >>> net = nn.models.GPT(65, context=8, layers=2, heads=2, width=16)
    >>> text = autograd.randint(65, (4, 9))
    >>> scores = net(text[:, :-1])
    >>> loss = F.cross_entropy(scores.flatten(0, 1), text[:, 1:].flatten())
    >>> net.generate(text[:, :1], 20).shape
    torch.Size([4, 21])
    """

    def __init__(
        self, vocabulary: int = 50257, context: int = 1024, layers: int = 12, heads: int = 12, width: int = 768,
        dropout: float = 0.0, bias: bool = True, tied: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if width % heads:
            raise ValueError(f"GPT(): the width must be a multiple of the number of heads, got {width} and {heads}")
        self.context = context
        self.transformer = ModuleDict(
            {
                "wte": Embedding(vocabulary, width),
                "wpe": Embedding(context, width),
                "drop": Dropout(dropout),
                "h": ModuleList(Block(width, heads, dropout, bias) for _ in range(layers)),
                "ln_f": LayerNorm(width, bias=bias),
            }
        )
        self.lm_head = Linear(width, vocabulary, bias=False)
        if tied:
            self.lm_head.weight = self.transformer["wte"].weight
        self.apply(initialize)
        for block in self.transformer["h"]:  # smaller in a deeper network: so many terms are added up on the way
            for addition in (block.attn, block.mlp):
                init.normal_(addition.c_proj.weight, std=0.02 / math.sqrt(2 * layers))

    def forward(self, tokens: Tensor) -> Tensor:
        """The score of each token to come next, at each place."""
        length = tokens.shape[-1]
        if length > self.context:
            raise ValueError(f"GPT: can't look at {length} tokens, the context is {self.context}: shorten the input")
        parts = self.transformer
        x = parts["drop"](parts["wte"](tokens) + parts["wpe"](arange(length)))
        for block in parts["h"]:
            x = block(x)
        scores: Tensor = self.lm_head(parts["ln_f"](x))
        return scores

    def generate(self, tokens: Tensor, count: int, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
        """Continue texts (N, T) by `count` tokens, each drawn by its probability; without dropout, unrecorded.

        Args:
            tokens: the beginning, one token at least.
            count: how many to add.
            temperature: divides the scores: below 1 the likely becomes more likely.
            top_k: draw among so many of the likeliest only.
        """
        with evaluating(self):
            for _ in range(count):
                scores = self(tokens[:, -self.context :])[:, -1]
                tokens = cat([tokens, next_token(scores, temperature, top_k)], dim=1)
        return tokens


def initialize(module: Module) -> None:
    """Draw a layer's weights from a narrow normal distribution; biases start at zero."""
    if isinstance(module, (Linear, Embedding)):
        init.normal_(module.weight, std=0.02)
    if isinstance(module, Linear) and module.bias is not None:
        init.zeros_(module.bias)
