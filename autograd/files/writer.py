"""Writing the pickle of a .pt file.

Python's pickler does the work. It is told how to take tensors apart, and to name storages instead of writing their
bytes, which become records of their own. Then what it calls by our names is given PyTorch's: in a pickle of
protocol 2, a name is two lines of text.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from autograd.arrays import Array
from autograd.device import device
from autograd.dtypes import dtype
from autograd.files import rebuilding, storages
from autograd.files.names import TORCH_NAMES
from autograd.formats import layout
from autograd.size import Size
from autograd.storage import UntypedStorage
from autograd.tensor import Tensor

PROTOCOL = 2
"""The only one that PyTorch reads with `weights_only=True`."""


class TypedPart:
    """The storage of a tensor, as its pickle names it: bytes, and of what kind (a StorageType, or UntypedStorage)."""

    def __init__(self, bytes: Array, kind: Any) -> None:
        self.bytes, self.kind = bytes, kind

    def __len__(self) -> int:
        """How many numbers it holds."""
        return len(self.bytes) // (1 if self.kind is UntypedStorage else self.kind.itemsize)


class Writer(pickle.Pickler):
    """A pickler that sets storages aside: `records` holds them in the order they were met."""

    def __init__(self, file: io.BytesIO, is_legacy: bool = False) -> None:
        super().__init__(file, protocol=PROTOCOL)
        self.is_legacy = is_legacy
        self.records: list[TypedPart] = []
        self.known: dict[tuple[int, int], tuple[str, Any]] = {}  # by place: a number, and what kind it was written as

    def persistent_id(self, obj: Any) -> Any:
        """The name of a storage; None for everything else."""
        if isinstance(obj, UntypedStorage):
            obj = TypedPart(obj.bytes, UntypedStorage)
        if type(obj) is not TypedPart:
            return None
        name = ("storage", obj.kind, self.key(obj), "cpu", len(obj))
        return (*name, None) if self.is_legacy else name

    def key(self, part: TypedPart) -> str:
        """The number of a record, as text: the same for the same memory."""
        place = (part.bytes.ctypes.data if len(part.bytes) else id(part.bytes), len(part.bytes))
        number, kind = self.known.setdefault(place, (str(len(self.records)), part.kind))
        if kind is not part.kind:
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different types, as after "
                "view_as_real() or view(dtype): clone() one of them before saving"
            )
        if int(number) == len(self.records):
            self.records.append(part)
        return number

    def reducer_override(self, obj: Any) -> Any:
        """How what PyTorch knows by other names is taken apart; the rest is pickle's affair."""
        if isinstance(obj, Tensor):
            return taken_apart(obj)
        if isinstance(obj, dtype):
            return obj.name  # of the variable in autograd.dtypes
        if isinstance(obj, Size):
            return Size, (tuple(obj),)
        if isinstance(obj, device):
            return device, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if isinstance(obj, layout):
            return rebuilding.rebuild_layout, (repr(obj),)
        return NotImplemented


def taken_apart(tensor: Tensor) -> tuple[Any, ...]:
    """What to call to have the tensor again, and with what: PyTorch's functions and arguments."""
    cls = type(tensor)
    if hasattr(cls, "becomes"):  # has no shape yet
        return cls, (tensor.requires_grad, None, tensor.dtype)
    if getattr(cls, "is_parameter", False):
        data = tensor.detach()
        args: tuple[Any, ...] = (data, tensor.requires_grad, OrderedDict())
        if tensor.__dict__:
            return rebuilding.rebuild_parameter_with_state, (*args, dict(tensor.__dict__))
        return rebuilding.rebuild_parameter, args
    part, offset = memory_of(tensor)
    stride = contiguous_stride(tensor) if offset is None else tensor.stride()
    args = (part, offset or 0, tuple(tensor.shape), stride, tensor.requires_grad, OrderedDict())
    function: Any = rebuilding.rebuild_tensor
    if part.kind is UntypedStorage:
        function, args = rebuilding.rebuild_tensor_of_dtype, (*args, tensor.dtype)
    if cls is not Tensor or tensor.__dict__:
        return rebuilding.rebuild_with_type, (function, cls, args, dict(tensor.__dict__))
    return function, args


def memory_of(tensor: Tensor) -> tuple[TypedPart, int | None]:
    """The whole memory that a tensor lies in, and how many elements into it the tensor starts.

    Where PyTorch could not describe how it lies there (steps backwards, or not by whole elements), a copy that
    belongs to it alone, and None.
    """
    kind: Any = storages.BY_DTYPE.get(tensor.dtype, UntypedStorage)
    array, whole, itemsize = tensor.memory(), tensor.untyped_storage().bytes, tensor.dtype.itemsize
    (low, high), (first, last) = byte_bounds(whole), byte_bounds(array)
    start = array.ctypes.data - low
    describable = all(step >= 0 and step % itemsize == 0 for step in array.strides)
    if describable and low <= first and last <= high and start % itemsize == 0 and len(whole) % itemsize == 0:
        return TypedPart(whole, kind), start // itemsize
    return TypedPart(np.ascontiguousarray(array).reshape(-1).view(np.uint8), kind), None


def contiguous_stride(tensor: Tensor) -> tuple[int, ...]:
    """The steps of a tensor whose elements lie row by row."""
    sizes = tensor.shape
    return tuple(int(np.prod(sizes[dim + 1 :], dtype=np.int64)) for dim in range(len(sizes)))


def pickled(obj: Any, is_legacy: bool = False) -> tuple[bytes, list[TypedPart]]:
    """The pickle of an object, with PyTorch's names, and the storages that it names "0", "1", ..."""
    file = io.BytesIO()
    writer = Writer(file, is_legacy)
    writer.dump(obj)
    return with_torch_names(file.getvalue()), writer.records


def with_torch_names(program: bytes) -> bytes:
    """The same pickle, in which everything that PyTorch has is called by PyTorch's name."""
    pieces, done = [], 0
    for opcode, argument, position in pickletools.genops(program):
        if opcode.name == "GLOBAL" and position is not None:
            place = str(argument)
            module, _, attribute = place.partition(" ")
            name = TORCH_NAMES.get((module, attribute))
            if name is not None:
                module, _, attribute = name.rpartition(".")
                pieces += [program[done : position + 1], f"{module}\n{attribute}\n".encode()]
                done = position + 1 + len(place) + 1
    return b"".join([*pieces, program[done:]])
