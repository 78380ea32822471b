"""How near two vectors are, as modules."""

from __future__ import annotations

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """x . y / (|x| |y|) along a dimension: the cosine of the angle between two vectors.

    Shapes: (*, D, *) and (*, D, *), broadcast; result (*, *). Norms below `eps` count as `eps`.

    >>> import autograd, nn
    >>> nn.CosineSimilarity()(autograd.tensor([[1.0, 0.0]]), autograd.tensor([[1.0, 1.0]]))
    tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The cosines."""
        cosines: Tensor = F.cosine_similarity(x1, x2, self.dim, self.eps)
        return cosines


class PairwiseDistance(Module):
    """The p-norm of x - y + eps over the last dimension.

    Shapes: (N, D) and (N, D), or (D); result (N), or (N, 1) with `keepdim`.

    >>> import autograd, nn
    >>> nn.PairwiseDistance()(autograd.tensor([[3.0, 4.0]]), autograd.zeros(1, 2))
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The distances."""
        distances: Tensor = F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
        return distances
