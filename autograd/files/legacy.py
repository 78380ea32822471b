"""The files that PyTorch wrote before version 1.6, and still does with `_use_new_zipfile_serialization=False`.

Five pickles one after the other (a magic number, the version, facts about the computer, the object, the numbers of
its storages), then for each storage its length and its bytes. There are no checksums.
"""

from __future__ import annotations

import io
import pickle
import sys
from pickle import UnpicklingError
from typing import IO, Any

import numpy as np

from autograd.files.archive import Source, spoiled
from autograd.files.locations import Place
from autograd.files.storages import LoadedStorage, new_storage, other_order, storage_type
from autograd.files.unpickling import Reading, unpickle
from autograd.files.writer import PROTOCOL, pickled
from autograd.storage import UntypedStorage

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
FACTS = {
    "protocol_version": VERSION,
    "little_endian": sys.byteorder == "little",
    "type_sizes": {"short": 2, "int": 4, "long": 4},
}


def write(obj: Any, file: IO[bytes]) -> None:
    """Write an object as PyTorch did before there were archives."""
    program, storages = pickled(obj, is_legacy=True)
    for part in (MAGIC, VERSION, FACTS):
        pickle.dump(part, file, PROTOCOL)
    file.write(program)
    pickle.dump([str(number) for number in range(len(storages))], file, PROTOCOL)
    for storage in storages:
        file.write(len(storage).to_bytes(8, sys.byteorder))
        file.write(storage.bytes.data)


class LegacyStorages:
    """The storages that a pickle names; their bytes come after it, so until then they hold arbitrary numbers."""

    def __init__(self, source: Source, place: Place) -> None:
        self.place = place
        self.left = source.size  # all storages together can't be larger than the file
        self.known: dict[Any, tuple[LoadedStorage, UntypedStorage]] = {}
        self.views: dict[Any, UntypedStorage] = {}

    def __call__(self, name: tuple[Any, ...]) -> UntypedStorage:
        """The storage of `("storage", type, key, location, count, part)`."""
        if len(name) != 6:
            raise UnpicklingError(f"a storage is named by 6 values, not by {len(name)}")
        kind, key, location, numel, part = storage_type(name[1]), *name[2:]
        if type(key) is not str or type(location) is not str or type(numel) is not int or numel < 0:
            raise UnpicklingError(f"a storage can't be named {(key, location, numel)!r:.200}")
        if key not in self.known:
            self.left -= numel * kind.itemsize
            if self.left < 0:
                raise UnpicklingError(
                    f"storage {key!r} is said to hold {numel:,} numbers, more than the file has room for"
                )
            storage = new_storage(kind, numel)
            self.known[key] = (storage, self.place(storage, location))
        storage, placed = self.known[key]
        if storage.kind is not kind or len(storage.owner) != numel:
            raise UnpicklingError(f"storage {key!r} is named twice, with different types or lengths")
        return placed if part is None else self.part(storage, part)

    def part(self, storage: LoadedStorage, part: Any) -> UntypedStorage:
        """Part of a storage, which the oldest files name as a storage of its own: `(key, offset, count)`."""
        if type(part) is not tuple or len(part) != 3 or any(type(n) is not int or n < 0 for n in part[1:]):
            raise UnpicklingError(f"a part of a storage can't be named {part!r:.200}")
        key, offset, count = part
        if type(key) is not str or offset + count > len(storage.owner):
            raise UnpicklingError(f"part {key!r} of a storage, {count} numbers from {offset} on, reaches out of it")
        if key not in self.views:
            self.views[key] = LoadedStorage(storage.owner[offset : offset + count], storage.kind)
        return self.views[key]


def read(source: Source, reading: Reading, place: Place) -> Any:
    """The object in a file from before PyTorch 1.6."""
    file = io.BytesIO(source.file.read())
    listed = Reading(True, reading.options)
    storages = LegacyStorages(source, place)
    if unpickle(file, storages, listed) != MAGIC:
        raise RuntimeError(
            f"Invalid magic number; corrupt file? load: {source.name} is a pickle, but none that save() wrote. If it was "
            "made by pickle.dump() and you trust it, read it with pickle.load()"
        )
    version, facts = unpickle(file, storages, listed), unpickle(file, storages, listed)
    if version != VERSION or not isinstance(facts, dict):
        raise RuntimeError(
            f"Invalid protocol version: load: {source.name} says {version!r:.50}, and {VERSION} is known"
        )
    obj = unpickle(file, storages, reading)
    keys = unpickle(file, storages, listed)
    if not isinstance(keys, list) or len(keys) != len(storages.known) or any(key not in storages.known for key in keys):
        raise spoiled(source.name, "its list of storages does not fit its tensors")
    order = "little" if facts.get("little_endian", True) else "big"
    for key in keys:
        fill(storages.known[key][0], file, order, source)
    return obj


def fill(storage: LoadedStorage, file: io.BytesIO, order: Any, source: Source) -> None:
    """Read the numbers of one storage: how many there are, and their bytes."""
    numel = int.from_bytes(file.read(8), order)
    expected = len(storage.owner) * storage.kind.itemsize
    raw = np.frombuffer(file.read(expected), np.uint8)
    if numel != len(storage.owner) or len(raw) != expected:
        raise spoiled(source.name, f"a storage should hold {len(storage.owner):,} numbers, and does not")
    storage.fill(raw, other_order(order))
