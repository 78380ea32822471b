"""PyTorch's `.pt` files: a zip archive with a pickle, and one record with raw bytes for each storage.

archive/data.pkl     the object; in place of a storage's bytes, the number of its record
archive/byteorder    "little" or "big"
archive/data/0       the bytes of storage 0, unpacked, so that the file can be used as memory
archive/version      3
"""

from __future__ import annotations

import io
import sys
import zipfile
from pickle import UnpicklingError
from typing import IO, Any

import numpy as np

from autograd.arrays import Array
from autograd.files.archive import Archive, spoiled
from autograd.files.locations import Place
from autograd.files.storages import BFloat16Storage, LoadedStorage, StorageType, new_storage, other_order, storage_type
from autograd.files.unpickling import Reading, unpickle
from autograd.files.writer import pickled
from autograd.storage import UntypedStorage

ROOT = "archive"
ALIGNMENT = 64
BIG = 2**30
"""Records from this size on get the headers that zip files need beyond 4 GiB."""


# -- writing ----------------------------------------------------------------------------------------------------


def write(obj: Any, file: IO[bytes]) -> None:
    """Write an object as a `.pt` file. Nothing is written before all of it has been pickled."""
    program, storages = pickled(obj)
    with zipfile.ZipFile(file, "w") as archive:
        add(archive, "data.pkl", program)
        add(archive, ".format_version", b"1")
        add(archive, ".storage_alignment", str(ALIGNMENT).encode())
        add(archive, "byteorder", sys.byteorder.encode())
        for number, storage in enumerate(storages):
            add(archive, f"data/{number}", storage.bytes.data)
        add(archive, "version", b"3\n")


def add(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    """Add a record whose bytes start at a multiple of 64, as memory should. The same content gives the same bytes."""
    record = zipfile.ZipInfo(f"{ROOT}/{name}")  # with the date that zip files begin with
    size = record.file_size = len(content)
    is_big = size >= BIG
    header = 30 + len(record.filename) + (20 if is_big else 0)
    padding = -(archive.fp.tell() + header + 4) % ALIGNMENT  # type: ignore[union-attr]
    record.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
    with archive.open(record, "w", force_zip64=is_big) as stream:
        stream.write(content)


# -- reading ----------------------------------------------------------------------------------------------------


class ZipStorages:
    """The storages of an archive, read when the pickle first names them; a name always means the same memory."""

    def __init__(self, archive: Archive, root: str, place: Place, mapped: bool) -> None:
        self.archive, self.root, self.place, self.mapped = archive, root, place, mapped
        self.known: dict[str, tuple[StorageType, int, UntypedStorage]] = {}
        order = f"{root}/byteorder"
        self.swapped = order in archive.by_name and other_order(archive.read(order).decode("latin1"))

    def __call__(self, name: tuple[Any, ...]) -> UntypedStorage:
        """The storage of `("storage", type, number, location, count)`."""
        if len(name) != 5:
            raise UnpicklingError(f"a storage is named by 5 values, not by {len(name)}")
        kind, key, location, numel = storage_type(name[1]), *name[2:]
        if type(key) is not str or type(location) is not str or type(numel) is not int or numel < 0:
            raise UnpicklingError(f"a storage can't be named {(key, location, numel)!r:.200}")
        if key not in self.known:
            self.known[key] = (kind, numel, self.place(self.read(key, kind, numel), location))
        known_kind, known_numel, storage = self.known[key]
        if (known_kind, known_numel) != (kind, numel):
            raise UnpicklingError(f"storage {key!r} is {known_numel} of {known_kind.name}, and {numel} of {kind.name}")
        return storage

    def read(self, key: str, kind: StorageType, numel: int) -> LoadedStorage:
        """The numbers of a record. Its length is compared with what the pickle says before any memory is taken."""
        name, source = f"{self.root}/data/{key}", self.archive.source
        found, expected = self.archive.record(name).file_size, numel * kind.itemsize
        if found != expected:
            raise spoiled(source.name, f"record {name!r} has {found:,} bytes, and {numel:,} numbers need {expected:,}")
        storage = self.map(name, kind) if self.mapped and not self.swapped else None
        if storage is None:
            storage = new_storage(kind, numel)
            raw = np.empty(expected, np.uint8) if kind is BFloat16Storage else storage.owner.view(np.uint8)
            self.archive.read_into(name, raw)
            storage.fill(raw, self.swapped)
        return storage

    def map(self, name: str, kind: StorageType) -> LoadedStorage | None:
        """The file as memory, where that can be."""
        raw: Array | None = None if kind is BFloat16Storage else self.archive.mapped(name)
        return None if raw is None else LoadedStorage(raw.view(kind.dtype.dtype), kind)


def program_in(archive: Archive) -> tuple[str, bytes]:
    """The folder in the archive that holds everything, and the pickle."""
    roots = [
        name.removesuffix("/data.pkl")
        for name in archive.by_name
        if name.count("/") == 1 and name.endswith("/data.pkl")
    ]
    if len(roots) != 1:
        raise spoiled(archive.source.name, f"it should hold one record data.pkl, and holds {len(roots)}")
    if f"{roots[0]}/constants.pkl" in archive.by_name:
        raise RuntimeError(
            f"load: {archive.source.name} is a TorchScript archive, a program in PyTorch's own language, which is not "
            "read here. Save the model's state_dict() in PyTorch, and load that"
        )
    return roots[0], archive.read(f"{roots[0]}/data.pkl")


def read(archive: Archive, reading: Reading, place: Place, mapped: bool) -> Any:
    """The object in a `.pt` file."""
    root, program = program_in(archive)
    return unpickle(io.BytesIO(program), ZipStorages(archive, root, place, mapped), reading)
