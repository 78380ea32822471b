"""Tensors on memory that others own: NumPy arrays, buffers, files, and what speaks DLPack.

Nothing is copied where that can be avoided, so a change on one side shows on the other.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.create import finished, from_numpy, tensor
from autograd.device import check_device
from autograd.dtypes import as_dtype, dtype, get_default_dtype
from autograd.misuse import speaking
from autograd.tensor import Tensor

__all__ = ["asarray", "from_dlpack", "from_file", "frombuffer", "to_dlpack"]


@speaking
def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """Anything as a tensor: a tensor, a NumPy array, what speaks DLPack, a buffer, or numbers in nested lists.

    Args:
        obj: what is to be seen as a tensor.
        dtype: of the result; a buffer is read as numbers of this type.
        device: the CPU, or None.
        copy: always (True), never (False, which raises ValueError where it can't be), or where it must be (None).
        requires_grad: of the result; None keeps that of a tensor.

    >>> import autograd, array
    >>> autograd.asarray(array.array("f", [1.0, 2.0]))
    tensor([1., 2.])
    """
    check_device(device)
    wanted = None if dtype is None else as_dtype(dtype)
    shared = shared_with(obj, wanted)
    if shared is None:
        if copy is False:
            raise ValueError(
                f"asarray(): can't alias arbitrary sequence into a tensor: the numbers of a {type(obj).__name__} must "
                "be copied; leave out copy=False"
            )
        return tensor(obj, dtype=wanted, requires_grad=bool(requires_grad))
    if wanted is not None and shared.dtype is not wanted:
        if copy is False:
            raise ValueError(f"asarray(): can't alias tensor with dtype {shared.dtype.name} into dtype {wanted.name}")
        result: Tensor = shared.to(wanted)
    else:
        result = shared.clone() if copy else shared
    if requires_grad is None or requires_grad == result.requires_grad:
        return result
    return result.detach().requires_grad_(requires_grad)


def shared_with(obj: Any, wanted: dtype | None) -> Tensor | None:
    """A tensor on the memory of an object, if it lets others use that."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, (np.ndarray, np.generic)):
        return from_numpy(np.asarray(obj))
    if hasattr(obj, "__dlpack__"):
        return from_dlpack(obj)
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=get_default_dtype() if wanted is None else wanted)


@speaking
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A row of numbers on the memory of a Python buffer, such as a bytearray.

    Args:
        buffer: an object with the buffer protocol. What lies in `bytes` can't be written to.
        dtype: how to read the bytes.
        count: how many numbers; -1 for all.
        offset: how many bytes to leave out at the start.
        requires_grad: whether the tensor wants a gradient.

    Raises ValueError where the buffer does not hold so many numbers.

    >>> import autograd
    >>> autograd.frombuffer(bytearray(b"\\x01\\x00\\x02\\x00"), dtype=autograd.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    d = as_dtype(dtype)
    try:
        length = memoryview(buffer).nbytes
    except TypeError:
        raise ValueError(f"object does not implement Python buffer protocol: {type(buffer).__name__}") from None
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count > 0 and offset + count * d.itemsize > length:
        raise ValueError(
            f"requested buffer length ({count} * {d.itemsize} bytes) after offset ({offset} bytes) must not be greater "
            f"than actual buffer length ({length} bytes)"
        )
    if count < 0 and (length - offset) % d.itemsize:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({d.itemsize})"
        )
    return finished(np.frombuffer(buffer, d.dtype, count, offset), d, requires_grad=requires_grad)


@speaking
def from_file(
    filename: str | os.PathLike[str], shared: bool | None = None, size: int = 0, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A row of `size` numbers mapped from a file: only what is used is read.

    With `shared`, writes go to the file, which is made, or made longer, where it is too short. Without,
    they stay in memory, and RuntimeError is raised for a file that is too short.
    """
    d = get_default_dtype() if dtype is None else as_dtype(dtype)
    needed, found = size * d.itemsize, os.path.getsize(filename) if os.path.exists(filename) else 0
    if size <= 0:
        return finished(np.empty(0, d.dtype), d, device=device, requires_grad=requires_grad)
    if found < needed:
        if not shared:
            raise RuntimeError(f"file <{filename}> size <{found}> is smaller than the required mapping size <{needed}>")
        with open(filename, "ab") as file:
            file.truncate(needed)
    mapped = np.memmap(filename, d.dtype, "r+" if shared else "c", shape=(size,))
    return finished(np.asarray(mapped), d, device=device, requires_grad=requires_grad)


# -- DLPack -------------------------------------------------------------------------------------------------


class Capsule:
    """A bare DLPack capsule, as an object that hands it out."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # the CPU


ALL_READ_ONLY = np.lib.NumpyVersion(np.__version__) < "2.3.0"
"""Whether NumPy may call all memory read-only that comes by DLPack. Later it does so where the owner can't or won't say."""


class Writable:
    """The memory of an array that is called read-only, for NumPy to look at once more, as memory to write to."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.__array_interface__ = {**array.__array_interface__, "data": (array.ctypes.data, False)}


@speaking
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor on the memory of another library's array, which must be on the CPU (https://dmlc.github.io/dlpack).

    >>> import autograd
    >>> import numpy as np
    >>> autograd.from_dlpack(np.arange(3))
    tensor([0, 1, 2])
    """
    check_device(device)
    is_capsule = type(ext_tensor).__name__ == "PyCapsule"
    if not is_capsule and not hasattr(ext_tensor, "__dlpack__"):
        raise RuntimeError(
            f"from_dlpack received an invalid capsule: a {type(ext_tensor).__name__} does not speak DLPack (it has no "
            "__dlpack__)"
        )
    if isinstance(ext_tensor, np.ndarray):
        return from_numpy(ext_tensor.copy() if copy else ext_tensor)
    try:
        array: Array = np.from_dlpack(Capsule(ext_tensor) if is_capsule else ext_tensor)
    except ValueError as error:
        raise RuntimeError(f"from_dlpack received an invalid capsule, or one that was used before: {error}") from None
    if not array.flags.writeable and (is_capsule or ALL_READ_ONLY):
        array = np.asarray(Writable(array))
    return from_numpy(array.copy() if copy else array)


@speaking
def to_dlpack(tensor: Tensor) -> Any:
    """A DLPack capsule on a tensor's memory, which can be used once."""
    return tensor.__dlpack__()
