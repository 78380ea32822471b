"""The multilayer perceptron: layers in which everything is connected with everything."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from nn.modules.activation import ReLU
from nn.modules.container import Sequential
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.module import Module

__all__ = ["MLP"]


class MLP(Sequential):
    """Linear layers with a nonlinearity between them: MLP(2, 16, 16, 1) has two inputs and one output.

    Shapes: (*, sizes[0]) to (*, sizes[-1]).

    Args:
        sizes: how many features go in, are in each hidden layer, and come out.
        activation: the class of the nonlinearity.
        dropout: after each nonlinearity, set this fraction of the features to zero in training.

    Raises ValueError for fewer than two sizes.

    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 1986.

    >>> import autograd, nn
    >>> net = nn.models.MLP(2, 16, 16, 1, activation=nn.Tanh)
    >>> net(autograd.zeros(5, 2)).shape
    torch.Size([5, 1])
    >>> sum(p.numel() for p in net.parameters())
    337
    """

    def __init__(self, *sizes: int, activation: Any = ReLU, dropout: float = 0.0) -> None:
        if len(sizes) < 2:
            raise ValueError(
                f"MLP(): needs the number of inputs and of outputs at least, such as MLP(2, 1), got {sizes}"
            )
        *hidden, last = pairwise(sizes)
        layers: list[Module] = []
        for inputs, outputs in hidden:
            layers += [Linear(inputs, outputs), activation()]
            layers += [Dropout(dropout)] if dropout else []
        super().__init__(*layers, Linear(*last))
