"""Zip archives that may be damaged, or made to do harm: `.pt` and `.npz` files are such archives."""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

import numpy as np

from autograd.arrays import Array

DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError,
          ValueError, KeyError, IndexError, OverflowError, MemoryError)  # fmt: skip
"""What the zipfile module raises when it reads bytes that make no sense."""

FREE = 2**28
"""Bytes that an archive may always unpack to, however small it is."""

RATIO = 100
"""How many times its own size it may unpack to beyond that. What PyTorch writes is not packed at all."""

HEADER = struct.Struct("<4s22xHH")
"""The part of a record's header that says that it is one, how long its name is, and the padding behind it."""


class Source(NamedTuple):
    """A file that is being read."""

    file: IO[bytes]
    name: str  # for messages
    size: int
    path: str | None  # None for a file that lives in memory


def spoiled(name: str, what: str) -> RuntimeError:
    """The error for a file that can't be what it was when it was written."""
    return RuntimeError(f"load: {name} is damaged: {what}. Fetch or save it again; a backup may be whole")


class Archive:
    """A zip archive with nothing suspicious in it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        with self.reading("its table of contents"):
            self.zip = zipfile.ZipFile(source.file)
            self.records = self.zip.infolist()
            self.by_name = {record.filename: record for record in self.records}
        self.check()

    def check(self) -> None:
        """Raise RuntimeError for an archive that no honest program writes."""
        name = self.source.name
        if len(self.by_name) < len(self.records):
            raise spoiled(name, "two of its records have the same name")
        for record in self.records:
            parts = record.filename.replace("\\", "/").split("/")
            if parts[0] == "" or ".." in parts or ":" in parts[0]:
                raise RuntimeError(
                    f"load: {name} has a record named {record.filename!r}, which leads out of the archive: the file was "
                    "made to do harm. Nothing was written; don't trust it"
                )
            if record.flag_bits & 1:
                raise RuntimeError(f"load: {name} is encrypted, which files with tensors never are")
        unpacked = sum(record.file_size for record in self.records)
        if unpacked > max(FREE, RATIO * self.source.size):
            raise RuntimeError(
                f"load: {name} has {self.source.size:,} bytes and would unpack to {unpacked:,}, more than {RATIO} times "
                "as many: this is how zip bombs are made. If you know that it is honest, unpack and save it again, "
                "without compression"
            )

    @contextlib.contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """A block that reads; whatever is wrong with the bytes becomes one kind of error."""
        try:
            yield
        except DAMAGE as error:
            raise spoiled(self.source.name, f"{what} can't be read ({error or type(error).__name__})") from None
        except RuntimeError as error:  # of zipfile, for encrypted records
            raise spoiled(self.source.name, f"{what} can't be read ({error})") from None

    def record(self, name: str) -> zipfile.ZipInfo:
        """What the table of contents says of a record."""
        if name not in self.by_name:
            raise spoiled(self.source.name, f"the record {name!r} is missing")
        return self.by_name[name]

    def read(self, name: str) -> bytes:
        """The bytes of a record, whose checksum is right."""
        record = self.record(name)
        with self.reading(f"the record {name!r}"):
            return self.zip.read(record)

    def read_into(self, name: str, bytes_: Array) -> None:
        """The bytes of a record, written to an array of exactly as many. What is not packed goes there directly."""
        record = self.record(name)
        with self.reading(f"the record {name!r}"):
            if record.compress_type != zipfile.ZIP_STORED:
                bytes_[...] = np.frombuffer(self.zip.read(record), np.uint8)
                return
            self.source.file.seek(self.start_of(record))
            if self.source.file.readinto(bytes_.data) != len(bytes_):  # type: ignore[attr-defined]
                raise EOFError("it ends early")
            if zlib.crc32(bytes_.data) != record.CRC:
                raise zipfile.BadZipFile("Bad CRC-32: its checksum is wrong")

    def start_of(self, record: zipfile.ZipInfo) -> int:
        """Where in the file the bytes of a record begin."""
        self.source.file.seek(record.header_offset)
        signature, name_length, padding = HEADER.unpack(self.source.file.read(HEADER.size))
        if signature != b"PK\x03\x04":
            raise zipfile.BadZipFile("it has no header")
        return record.header_offset + HEADER.size + int(name_length + padding)

    def mapped(self, name: str) -> Array | None:
        """The bytes of a record without reading them: the file itself as memory. None for one that is packed."""
        record = self.record(name)
        if record.compress_type != zipfile.ZIP_STORED or self.source.path is None or not record.file_size:
            return None
        with self.reading(f"the record {name!r}"):
            start = self.start_of(record)
            return np.asarray(np.memmap(self.source.path, np.uint8, "c", start, (record.file_size,)))
