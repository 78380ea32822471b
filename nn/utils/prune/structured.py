"""Pruning whole channels: all elements with the same index along one dimension."""

from __future__ import annotations

from typing import Any

from autograd.create import zeros_like
from autograd.ops.sorting import kthvalue, topk
from autograd.random.creation import rand
from autograd.tensor import Tensor
from nn.utils.prune.amount import Amount, check_amount, how_many
from nn.utils.prune.methods import BasePruningMethod


class RandomStructured(BasePruningMethod):
    """Prunes channels at random; see `random_structured`."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, dim: int = -1) -> None:
        check_amount(amount)
        self.amount = amount
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        channels = channels_of(t, self.dim)
        count = how_many(self.amount, channels)
        if count == 0:
            return default_mask
        draws = rand(channels)
        return keeping(t, self.dim, draws > kthvalue(draws, count).values, default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: Amount, dim: int = -1) -> BasePruningMethod:  # type: ignore[override]
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """Prunes the channels of the smallest norm; see `ln_structured`."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, n: Any, dim: int = -1) -> None:
        check_amount(amount)
        self.amount = amount
        self.n = n
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        channels = channels_of(t, self.dim)
        count = how_many(self.amount, channels)
        if count == 0:
            return default_mask
        dim = self.dim % t.ndim
        norms = t.detach().norm(self.n, [d for d in range(t.ndim) if d != dim])
        return keeping(t, self.dim, topk(norms, channels - count).indices, default_mask)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: Amount, n: Any, dim: int, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


def channels_of(t: Tensor, dim: int) -> int:
    """How many channels there are. Raises ValueError for a vector or a scalar, IndexError for a `dim` out of range."""
    if t.ndim <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{t.shape} with {t.ndim} dims"
        )
    if not -t.ndim <= dim < t.ndim:
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")
    return t.shape[dim]


def keeping(t: Tensor, dim: int, channels: Tensor, default_mask: Tensor) -> Tensor:
    """The mask that keeps these channels of t, as far as they have not been pruned before."""
    mask: Tensor = zeros_like(t)
    mask[tuple(channels if d == dim % t.ndim else slice(None) for d in range(t.ndim))] = 1
    return mask * default_mask.to(mask.dtype)
