"""A language model with a memory: it reads token by token, and keeps in a state what it needs to know."""

from __future__ import annotations

from autograd.ops.joining import cat
from autograd.tensor import Tensor
from nn import init
from nn.models.sampling import evaluating, next_token
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.modules.rnn import LSTM
from nn.modules.sparse import Embedding

__all__ = ["LSTMLanguageModel"]

State = tuple[Tensor, Tensor]
"""What an LSTM remembers: h and c, each of shape (layers, N, hidden)."""


class LSTMLanguageModel(Module):
    """Tokens in, for each place the scores of the token that comes next out; and the state, to read on from.

    Shapes: tokens (N, T) to scores (N, T, vocabulary).

    Args:
        vocabulary: how many tokens there are.
        width: features of each token.
        hidden: features of each layer's state.
        layers: how many LSTM layers.
        dropout: the fraction of features that are set to zero in training, between the layers.
        tied: use the same weight to read tokens and to score them; then `width` and `hidden` must be the same.

    Raises ValueError where they are not.

    Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 1997; Zaremba, Sutskever and
    Vinyals, "Recurrent neural network regularization", 2014, for the dropout; Press and Wolf, "Using the
    output embedding to improve language models", EACL 2017, for the tied weights.

    >>> import autograd, nn
    >>> import nn.functional as F
    >>> net = nn.models.LSTMLanguageModel(65, width=16, hidden=32)
    >>> text = autograd.randint(65, (4, 9))
    >>> scores, state = net(text[:, :-1])
    >>> loss = F.cross_entropy(scores.flatten(0, 1), text[:, 1:].flatten())
    >>> net.generate(text[:, :1], 20).shape
    torch.Size([4, 21])
    """

    def __init__(
        self, vocabulary: int, width: int = 200, hidden: int = 200, layers: int = 2, dropout: float = 0.0,
        tied: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.encoder = Embedding(vocabulary, width)
        self.drop = Dropout(dropout)
        self.rnn = LSTM(width, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.decoder = Linear(hidden, vocabulary)
        if tied:
            if width != hidden:
                raise ValueError(f"LSTMLanguageModel(): tied weights need width == hidden, got {width} and {hidden}")
            self.decoder.weight = self.encoder.weight
        init.uniform_(self.encoder.weight, -0.1, 0.1)
        init.uniform_(self.decoder.weight, -0.1, 0.1)
        init.zeros_(self.decoder.get_parameter("bias"))

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """The score of each token to come next, at each place, and the state after the last one."""
        x, state = self.rnn(self.drop(self.encoder(tokens)), state)
        return self.decoder(self.drop(x)), state

    def generate(self, tokens: Tensor, count: int, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
        """Continue texts (N, T) by `count` tokens, each drawn by its probability; without dropout, unrecorded.

        Args:
            tokens: the beginning, one token at least.
            count: how many to add.
            temperature: divides the scores: below 1 the likely becomes more likely.
            top_k: draw among so many of the likeliest only.
        """
        unread, state = tokens, None
        with evaluating(self):
            for _ in range(count):
                scores, state = self(unread, state)
                unread = next_token(scores[:, -1], temperature, top_k)
                tokens = cat([tokens, unread], dim=1)
        return tokens
