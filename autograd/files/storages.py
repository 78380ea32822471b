"""The memory of tensors in files: what kinds of numbers a record may hold, and records that have been read."""

from __future__ import annotations

import sys
from pickle import UnpicklingError
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.dtypes import dtype
from autograd.graph import Version, warn_caller
from autograd.storage import UntypedStorage


class StorageType:
    """What PyTorch calls memory that holds one kind of numbers. In files only; here, memory is bytes."""

    def __init__(self, name: str, dtype: dtype, itemsize: int | None = None) -> None:
        self.name = name
        self.dtype = dtype
        self.itemsize = dtype.itemsize if itemsize is None else itemsize

    def __reduce__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<storage type {self.name}>"


DoubleStorage = StorageType("DoubleStorage", dtypes.float64)
FloatStorage = StorageType("FloatStorage", dtypes.float32)
HalfStorage = StorageType("HalfStorage", dtypes.float16)
LongStorage = StorageType("LongStorage", dtypes.int64)
IntStorage = StorageType("IntStorage", dtypes.int32)
ShortStorage = StorageType("ShortStorage", dtypes.int16)
CharStorage = StorageType("CharStorage", dtypes.int8)
ByteStorage = StorageType("ByteStorage", dtypes.uint8)
BoolStorage = StorageType("BoolStorage", dtypes.bool)
ComplexDoubleStorage = StorageType("ComplexDoubleStorage", dtypes.complex128)
ComplexFloatStorage = StorageType("ComplexFloatStorage", dtypes.complex64)
BFloat16Storage = StorageType("BFloat16Storage", dtypes.float32, itemsize=2)  # becomes float32 when it is read

EACH = (DoubleStorage, FloatStorage, HalfStorage, LongStorage, IntStorage, ShortStorage, CharStorage, ByteStorage,
        BoolStorage, ComplexDoubleStorage, ComplexFloatStorage, BFloat16Storage)  # fmt: skip
BY_DTYPE = {kind.dtype: kind for kind in EACH if kind is not BFloat16Storage}
"""The storage of each dtype. The unsigned types that PyTorch got late have none: their memory is untyped."""

UNTYPED = StorageType("UntypedStorage", dtypes.uint8)
"""Plain bytes; whoever reads them says what they mean."""


class LoadedStorage(UntypedStorage):
    """Memory that a file describes: numbers of one kind, and the record of writes that all its tensors share."""

    def __init__(self, owner: Array, kind: StorageType) -> None:
        super().__init__(owner)
        self.kind = kind
        self.version = Version()

    def fill(self, raw: Array, swapped: bool = False) -> None:
        """Take over the bytes of a record; `swapped` says that they are in the other byte order.

        bfloat16 is the upper half of float32: with 16 zero bits below it, it is a float32 of the same value.
        """
        if self.kind is BFloat16Storage:
            halves = raw.view(np.uint16)
            np.left_shift(halves.byteswap() if swapped else halves, 16, out=self.owner.view(np.uint32), dtype=np.uint32)
            warn_caller(
                "this file holds bfloat16 numbers, which NumPy does not have: they are read as float32, with the same "
                "values. Save the tensors as float32, with .float(), to be rid of this warning"
            )
            return
        if raw.ctypes.data != self.owner.ctypes.data:
            self.owner.view(np.uint8)[...] = raw
        if swapped:
            self.owner.byteswap(inplace=True)


def new_storage(kind: StorageType, numel: int) -> LoadedStorage:
    """Memory for so many numbers, with arbitrary values."""
    return LoadedStorage(np.empty(numel, kind.dtype.dtype), kind)


def other_order(byteorder: Any) -> bool:
    """Whether numbers in this byte order ("little" or "big") must be turned around on this computer."""
    return bool(byteorder != sys.byteorder)


def storage_type(found: Any) -> StorageType:
    """The kind of numbers that a pickle names; UnpicklingError for what is none."""
    if found is UntypedStorage:
        return UNTYPED
    if not isinstance(found, StorageType):
        raise UnpicklingError(f"{found!r:.100} is no type of storage")
    return found
