"""safetensors files, through their own library (https://huggingface.co/docs/safetensors)."""

from __future__ import annotations

from operator import itemgetter
from typing import IO, Any

import numpy as np

from autograd.arrays import Array
from autograd.files.archive import Source, spoiled
from autograd.files.storages import BFloat16Storage, new_storage
from autograd.files.tables import arrays_by_name, tensor_from
from autograd.lazy import safetensors, safetensors_numpy
from autograd.tensor import Tensor

TYPES = {"BOOL": "bool", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
         "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<c8"}  # fmt: skip
"""What the format calls the types of numbers."""

NAMES = {np.dtype(kind): name for name, kind in TYPES.items()}


def write(obj: Any, file: IO[bytes]) -> None:
    """Write a dict of tensors as a safetensors file. What shares memory is written as often as it has names."""
    arrays = arrays_by_name(obj, ".safetensors")
    for name, array in arrays.items():
        if array.dtype not in NAMES:
            raise TypeError(
                f"save: safetensors files can't hold {array.dtype.name}, of which the entry {name!r} is: convert it, for "
                "example with .to(torch.complex64), or choose a name that ends in .pt"
            )
    file.write(safetensors_numpy.save(arrays, metadata={"format": "pt"}))  # so that PyTorch's users can read it


def read(source: Source) -> dict[str, Tensor]:
    """The tensors in a safetensors file, by name, in the order of the names: the file keeps no other."""
    try:
        entries = safetensors.deserialize(source.file.read())
    except safetensors.SafetensorError as error:
        raise spoiled(source.name, f"it is no valid safetensors file ({error})") from None
    return {name: tensor_from(array_in(entry, name, source)) for name, entry in sorted(entries, key=itemgetter(0))}


def array_in(entry: dict[str, Any], name: str, source: Source) -> Array:
    """The array of one entry; bfloat16 becomes float32."""
    raw = np.frombuffer(bytearray(entry["data"]), np.uint8)
    if entry["dtype"] == "BF16":
        storage = new_storage(BFloat16Storage, len(raw) // 2)
        storage.fill(raw)
        return storage.owner.reshape(entry["shape"])
    if entry["dtype"] not in TYPES:
        raise RuntimeError(
            f"load: the tensor {name!r} in {source.name} has numbers of type {entry['dtype']}, which NumPy does not have: "
            "convert it to float32 where the file was made"
        )
    return raw.view(TYPES[entry["dtype"]]).reshape(entry["shape"])
