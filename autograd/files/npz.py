"""NumPy's `.npz` files: a zip archive with one array per name, which `numpy.load` reads too."""

from __future__ import annotations

import io
import math
import zipfile
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from autograd.arrays import Array
from autograd.files.archive import Archive, spoiled
from autograd.files.tables import arrays_by_name, tensor_from
from autograd.tensor import Tensor


def write(obj: Any, file: IO[bytes]) -> None:
    """Write a dict of tensors as an `.npz` file."""
    arrays = arrays_by_name(obj, ".npz")
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            record = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(record, "w", force_zip64=True) as stream:
                npy.write_array(stream, array, allow_pickle=False)


def read(archive: Archive) -> dict[str, Tensor]:
    """The tensors in an `.npz` file, by name."""
    return {name.removesuffix(".npy"): read_array(archive, name) for name in archive.by_name}


def read_array(archive: Archive, name: str) -> Tensor:
    """One array. Its header must fit the length of its record before it is believed."""
    source = archive.source
    content = io.BytesIO(archive.read(name))
    try:
        shape, is_fortran, kind = header(content)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise spoiled(source.name, f"the array {name!r} has no valid header ({error})") from None
    if kind.hasobject:
        raise RuntimeError(
            f"load: the array {name!r} of {source.name} holds Python objects, which are pickled and could run code: "
            "save numbers instead. If you trust the file, read it with numpy.load(..., allow_pickle=True)"
        )
    raw = bytearray(content.read())
    if any(n < 0 for n in shape) or math.prod(shape) * kind.itemsize != len(raw):
        raise spoiled(source.name, f"the array {name!r} of shape {shape} and type {kind} can't have {len(raw):,} bytes")
    array: Array = np.frombuffer(raw, kind).reshape(shape, order="F" if is_fortran else "C")
    return tensor_from(array)


def header(content: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape, whether columns come first, and the type."""
    version = npy.read_magic(content)
    if version == (1, 0):
        return npy.read_array_header_1_0(content)
    return npy.read_array_header_2_0(content)
