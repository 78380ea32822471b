"""A tensor that stands for a batch of tensors: what a function under `vmap` sees.

It looks like one of them, and has no array to take. An op that asks for it ends up in the general
path, which hands it to a batching rule (see `autograd.batching`); a function that needs the numbers
is called once for each tensor of the batch instead.
"""

from __future__ import annotations

from typing import Any

from autograd.size import Size
from autograd.tensor import Tensor


class NeedsLoop(AttributeError):
    """The numbers of a batched tensor were asked for: the batch must be gone through one by one."""


class Batched(Tensor):
    """One tensor of a batch. `physical` holds them all, along its first dimension."""

    __slots__ = ("level", "physical")

    physical: Tensor
    level: int

    @property
    def array(self) -> Any:  # type: ignore[override]
        """There is none; ops that look for it take the general path."""
        raise NeedsLoop("array")

    @property
    def dtype(self) -> Any:  # type: ignore[override]
        """The element type."""
        return self.physical.dtype

    @property
    def node(self) -> Any:  # type: ignore[override]
        """The place of the whole batch in the graph."""
        return self.physical.node

    @property
    def requires_grad(self) -> bool:  # type: ignore[override]
        """Whether a gradient flows to or through the batch."""
        return self.physical.requires_grad

    @property
    def grad_fn(self) -> Any:
        """The node of the operation that made the batch."""
        return self.physical.grad_fn

    @property
    def shape(self) -> Size:
        """The sizes of one tensor of the batch."""
        return Size(self.physical.shape[1:])

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    @property
    def ndim(self) -> int:
        """The number of dimensions of one tensor of the batch."""
        return len(self.shape)

    def dim(self) -> int:
        """The number of dimensions of one tensor of the batch."""
        return len(self.shape)

    def numel(self) -> int:
        """The number of elements of one tensor of the batch."""
        return self.shape.numel()

    nelement = numel

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        return self.physical.is_contiguous()

    def detach(self) -> Tensor:
        """The batch, cut off from the graph."""
        return batched(self.physical.detach(), self.level)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __bool__(self) -> bool:
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow: the tensors of "
            "the batch may go different ways. Use where() instead of if"
        )

    def item(self) -> Any:
        """Refused: each tensor of the batch has a value of its own."""
        raise RuntimeError(
            "vmap: It looks like you're calling .item() on a Tensor: each tensor of the batch has a value of its own"
        )

    __int__ = __float__ = __index__ = item  # type: ignore[assignment]

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"Batched(level={self.level}, physical={self.physical!r})"


def batched(physical: Tensor, level: int) -> Batched:
    """A batch along the first dimension of a tensor, as one tensor."""
    tensor = object.__new__(Batched)
    tensor.physical, tensor.level = physical, level
    return tensor


def innermost_level(values: Any) -> int | None:
    """The level of the innermost batch among some values; None where there is none."""
    levels = [value.level for value in values if isinstance(value, Batched)]
    return max(levels) if levels else None
