"""Drawing the next token, for the networks that write texts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from autograd.modes import no_grad
from autograd.ops.softmax import softmax
from autograd.ops.sorting import topk
from autograd.random.sampling import multinomial
from autograd.tensor import Tensor
from nn.modules.module import Module

__all__ = ["evaluating", "next_token"]


def next_token(scores: Tensor, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
    """One token for each row of scores (N, vocabulary), drawn by softmax(scores / temperature); of shape (N, 1).

    A temperature below 1 makes the likely more likely; with `top_k` only so many of the likeliest can be drawn.
    Raises ValueError for a temperature that is not positive.

    >>> import autograd
    >>> next_token(autograd.tensor([[0.0, 9.0, 1.0]]), top_k=1)
    tensor([[1]])
    """
    if not temperature > 0:
        raise ValueError(f"the temperature must be positive, got {temperature}: for the likeliest token use top_k=1")
    scores = scores / temperature
    if top_k is not None:
        least = topk(scores, min(top_k, scores.shape[-1])).values[:, -1:]
        scores = scores.masked_fill(scores < least, -math.inf)
    return multinomial(softmax(scores, dim=-1), 1)


@contextmanager
def evaluating(module: Module) -> Iterator[None]:
    """A context in which a module evaluates, unrecorded; afterwards all below it are in the modes they were in."""
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with no_grad():
            yield
    finally:
        for part, training in before:
            part.training = training
