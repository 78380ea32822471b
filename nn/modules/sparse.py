"""Lookup tables."""

from __future__ import annotations

from typing import Any

from autograd.create import empty
from autograd.tensor import Tensor
from nn import functional as F
from nn import init
from nn.functional.lookup import embedding, padding_row
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(Module):
    """A table with a learned vector for each of `num_embeddings` things, looked up by number.

    Shapes: indices (*), result (*, embedding_dim). The vectors are drawn from a standard normal
    distribution.

    Args:
        padding_idx: a row of zeros that gets no gradient.
        max_norm: at each lookup, shrink the vectors in use to at most this norm.
        norm_type: which norm.
        scale_grad_by_freq: divide each vector's gradient by how often it occurs in the batch.
        sparse: has no effect; gradients are dense here.

    >>> import autograd, nn
    >>> nn.Embedding(10, 3)(autograd.tensor([[1, 2], [4, 9]])).shape
    torch.Size([2, 2, 3])
    """

    weight: Parameter

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False, _weight: Tensor | None = None,
        _freeze: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_row(padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if _weight is None:
            table = empty(num_embeddings, embedding_dim, device=device, dtype=dtype)
            self.weight = Parameter(table, requires_grad=not _freeze)
            self.reset_parameters()
        else:
            table = checked_table(_weight, num_embeddings, embedding_dim)
            self.weight = Parameter(table, requires_grad=not _freeze)

    def reset_parameters(self) -> None:
        """Draw the vectors afresh."""
        draw_table(self.weight, self.padding_idx)

    def forward(self, input: Tensor) -> Tensor:
        """The vectors that the indices name."""
        return embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
    ) -> Embedding:  # fmt: skip
        """A table of given vectors, on their memory; with `freeze`, not to be trained."""
        rows, columns = table_shape(embeddings)
        return cls(rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze)

    def extra_repr(self) -> str:
        """The sizes, and the options that are not the default."""
        defaults = {
            "padding_idx": None, "max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False, "sparse": False,
        }  # fmt: skip
        return ", ".join([str(self.num_embeddings), str(self.embedding_dim), *unusual(self, defaults)])


class EmbeddingBag(Module):
    """The sum, mean or maximum of an `Embedding`'s vectors for each bag of indices, without the vectors in between.

    Shapes: indices (B, N), a bag in each row; or indices (N) and `offsets` (B), where each bag
    starts. Result (B, embedding_dim).

    Args:
        mode: "sum", "mean" or "max".
        include_last_offset: offsets end with the number of indices.
        padding_idx: indices of this row do not count.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for `Embedding`.

    Called with `per_sample_weights`, each vector is multiplied by its weight ("sum" only).

    >>> import autograd, nn
    >>> bag = nn.EmbeddingBag.from_pretrained(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]), mode="sum")
    >>> bag(autograd.tensor([0, 1, 1]), autograd.tensor([0, 1]))
    tensor([[1., 2.],
            [6., 8.]])
    """

    weight: Parameter

    def __init__(
        self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, _weight: Tensor | None = None,
        include_last_offset: bool = False, padding_idx: int | None = None, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.padding_idx = None if padding_idx is None else padding_row(padding_idx, num_embeddings)
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        if _weight is None:
            self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
            self.reset_parameters()
        else:
            self.weight = Parameter(checked_table(_weight, num_embeddings, embedding_dim))

    def reset_parameters(self) -> None:
        """Draw the vectors afresh."""
        draw_table(self.weight, self.padding_idx)

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        """What the vectors of each bag come to."""
        bags: Tensor = F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip
        return bags

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:  # fmt: skip
        """Bags of given vectors, on their memory; with `freeze`, not to be trained."""
        rows, columns = table_shape(embeddings)
        bag = cls(rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
                  include_last_offset, padding_idx)  # fmt: skip
        bag.weight.requires_grad = not freeze
        return bag

    def extra_repr(self) -> str:
        """The sizes, the options that are not the default, and the mode."""
        defaults = {
            "max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False, "mode": "", "padding_idx": None,
        }  # fmt: skip
        return ", ".join([str(self.num_embeddings), str(self.embedding_dim), *unusual(self, defaults)])


# -- what both have in common -------------------------------------------------------------------------------


def draw_table(weight: Parameter, padding_idx: int | None) -> None:
    """Draw vectors from a standard normal distribution; the padding row is zero."""
    init.normal_(weight)
    if padding_idx is not None:
        init.zeros_(weight.detach()[padding_idx])


def checked_table(weight: Tensor, rows: int, columns: int) -> Tensor:
    """The table that is given instead of one that is drawn. Raises AssertionError for another shape."""
    if tuple(weight.shape) != (rows, columns):
        raise AssertionError(
            f"Shape of weight does not match num_embeddings and embedding_dim: got {tuple(weight.shape)} for "
            f"{rows} embeddings of {columns}"
        )
    return weight


def table_shape(embeddings: Tensor) -> tuple[int, int]:
    """Rows and columns of a table. Raises AssertionError for other ranks."""
    if embeddings.ndim != 2:
        raise AssertionError(
            f"Embeddings parameter is expected to be 2-dimensional, but has shape {tuple(embeddings.shape)}"
        )
    rows, columns = embeddings.shape
    return rows, columns


def unusual(module: Module, defaults: dict[str, Any]) -> list[str]:
    """Those options of a module that are not the default, as they print."""
    found = {name: getattr(module, name) for name in defaults}
    return [f"{name}={value!r}" for name, value in found.items() if value != defaults[name]]
