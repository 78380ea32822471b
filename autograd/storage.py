"""The memory under tensors: who shares it, and how to point a tensor at other memory."""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.arrays import Array, ndarray
from autograd.attach import add_methods
from autograd.device import CPU, device
from autograd.inplace import check_writable
from autograd.misuse import speaking
from autograd.random.laws import memory_order
from autograd.size import size_from
from autograd.tensor import Tensor

__all__ = ["UntypedStorage", "is_storage"]


class UntypedStorage:
    """The bytes that a tensor lies in, with all else that shares them."""

    def __init__(self, owner: Array) -> None:
        self.owner = owner

    @property
    def bytes(self) -> Array:
        """The bytes, as an array on this memory."""
        as_it_lies: Array = self.owner.transpose(memory_order(self.owner.strides))
        return as_it_lies.reshape(-1).view(np.uint8)

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def data_ptr(self) -> int:
        """The address of the first byte: equal for all tensors that share the memory."""
        return int(self.owner.ctypes.data)

    def nbytes(self) -> int:
        """How many bytes there are."""
        return self.owner.nbytes

    size = __len__ = nbytes

    def element_size(self) -> int:
        """1: a storage counts bytes."""
        return 1

    def tolist(self) -> list[int]:
        """The bytes as ints."""
        values: list[int] = self.bytes.tolist()
        return values

    def is_shared(self) -> bool:
        """Whether child processes see what is written here."""
        return isinstance(getattr(self.owner.base, "obj", self.owner.base), mmap.mmap)

    def __getitem__(self, index: Any) -> Any:
        return self.bytes[index].tolist()

    def __repr__(self) -> str:
        return f"[torch.storage.UntypedStorage(device=cpu) of size {self.nbytes()}]"


def is_storage(obj: Any) -> bool:
    """Whether an object is a storage."""
    return isinstance(obj, UntypedStorage)


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The bytes that this tensor lies in, with all else that shares them.

    >>> import autograd
    >>> x = autograd.zeros(2, 3)
    >>> x[1].untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    True
    """
    return UntypedStorage(owner_of(self.memory()))


def owner_of(array: Array) -> Array:
    """The array whose memory this one shows. (What NumPy's as_strided returns stands on another object first.)"""
    while True:
        below = (
            array.base if array.base is None or isinstance(array.base, ndarray) else getattr(array.base, "base", None)
        )
        if not isinstance(below, ndarray):
            return array
        array = below


# -- pointing a tensor at other memory ----------------------------------------------------------------------


@speaking
def set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Make the tensor show the memory of another tensor, or part of a storage; without a source, nothing.

    Raises RuntimeError for a source of another dtype, and for a leaf that requires grad.
    """
    check_writable(self, "set_")
    if source is None:
        point_at(self, np.empty(0, self.dtype.dtype))
    elif isinstance(source, Tensor):
        if source.dtype is not self.dtype:
            raise RuntimeError(
                f"Could not set tensor of type {source.dtype.name} to a tensor of type {self.dtype.name}: convert it"
            )
        point_at(self, source.memory())
        self.version = source.writes()
    elif isinstance(source, UntypedStorage):
        point_at(self, part_of(source, self.dtype.dtype, storage_offset, size, stride))
    else:
        raise TypeError(f"set_(): argument 'source' must be Tensor or UntypedStorage, not {type(source).__name__}")
    self.writes().stamp("set_")
    return self


def point_at(x: Tensor, memory: Array) -> None:
    """Let a tensor show this memory, with no history."""
    x.array = memory
    x.node = x.view_of = x.version = None


def part_of(storage: UntypedStorage, kind: Any, offset: int, size: Any, stride: Any) -> Array:
    """An array on part of a storage: offset and strides count elements; without a size, all of it."""
    elements: Array = storage.bytes[: storage.nbytes() // kind.itemsize * kind.itemsize].view(kind)
    shape = (len(elements) - offset,) if size is None else size_from((tuple(size),), "set_")
    if stride is None:
        stride = [int(np.prod(shape[place + 1 :], dtype=int)) for place in range(len(shape))]
    last = offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
    if any(step < 0 for step in stride):
        raise RuntimeError(f"set_: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if 0 not in shape and not 0 <= offset <= last < len(elements):
        raise RuntimeError(
            f"set_: sizes {list(shape)}, strides {list(stride)}, storage offset {offset} are out of bounds for storage "
            f"of {storage.nbytes()} bytes"
        )
    return as_strided(elements[offset:], shape, [step * kind.itemsize for step in stride])


@speaking
def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Give the tensor another size, in place: it shows its memory from its first element on, row by row.

    Where that memory is too short, the tensor moves to new memory, with zeros after the old numbers.
    Raises RuntimeError for a tensor that requires grad.

    >>> import autograd
    >>> autograd.arange(4).resize_(2, 3)
    tensor([[0, 1, 2],
            [3, 0, 0]])
    """
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad: use reshape(), or resize_ under detach()")
    shape = size_from(sizes, "resize_")
    storage = untyped_storage(self)
    shown = storage.bytes[self.data_ptr() - storage.data_ptr() :]
    row = shown[: len(shown) // self.itemsize * self.itemsize].view(self.array.dtype)
    needed = math.prod(shape)
    if len(row) < needed:
        row = np.concatenate([row, np.zeros(needed - len(row), row.dtype)])
        self.view_of = None
    self.array = row[:needed].reshape(shape)
    self.writes().stamp("resize_")
    return self


@speaking
def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_` to the size of another tensor."""
    return resize_(self, *the_template.shape)


@speaking
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both tensors show the same memory in the same way."""
    mine, other = self.memory(), tensor.memory()
    return (mine.ctypes.data, mine.shape, mine.strides) == (other.ctypes.data, other.shape, other.strides)


@speaking
def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions as they lie in memory, from the one with the largest steps to the one with the smallest.

    >>> import autograd
    >>> autograd.zeros(2, 3, 4).permute(2, 0, 1).dim_order()
    (1, 2, 0)
    """
    return memory_order(self.stride())


# -- memory for other processes and devices -----------------------------------------------------------------


def share_memory_(self: Tensor) -> Tensor:
    """Move the values to memory that child processes share: what one writes, all see (where processes are forked).

    Views that were made before stay on the old memory. Raises RuntimeError for a view: share its base.
    """
    if self.view_of is not None:
        raise RuntimeError("share_memory_(): this tensor is a view; share the memory of its base, before making views")
    if not is_shared(self):
        values = self.memory()
        shared = np.frombuffer(mmap.mmap(-1, max(values.nbytes, 1)), values.dtype, values.size).reshape(values.shape)
        shared[...] = values
        self.array = shared
    return self


def is_shared(self: Tensor) -> bool:
    """Whether the tensor lies in memory that child processes share."""
    return untyped_storage(self).is_shared()


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """Raises RuntimeError: memory is pinned so that a GPU can fetch it, and there is none."""
    raise RuntimeError(
        "Cannot access accelerator device when none is available: memory is pinned so that a GPU can fetch it, and "
        "chalkgrad computes on the CPU. Leave pin_memory out"
    )


def is_pinned(self: Tensor, device: Any = None) -> bool:
    """False: there is no GPU to pin memory for."""
    return False


add_methods(
    dim_order=dim_order, is_pinned=is_pinned, is_set_to=is_set_to, is_shared=is_shared, pin_memory=pin_memory,
    resize_=resize_, resize_as_=resize_as_, set_=set_, share_memory_=share_memory_, untyped_storage=untyped_storage,
)  # fmt: skip
