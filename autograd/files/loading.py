"""`load`: an object from a file."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from autograd.files import legacy, npz, safe_tensors, torch_zip
from autograd.files.archive import Archive, Source
from autograd.files.locations import place_for
from autograd.files.machine import globals_in
from autograd.files.names import is_allowed
from autograd.files.replacing import is_path
from autograd.files.unpickling import Reading

ZIP, PICKLE, SAFETENSORS = "zip", "pickle", "safetensors"


def load(
    f: str | os.PathLike[str] | IO[bytes],
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` wrote, here or in PyTorch, in any of its formats: a file's first bytes tell which it is.

    By default (`weights_only` True or None), only tensors, parameters, numbers, strings, bytes, dtypes, sizes,
    devices and plain containers are built, and **nothing in the file is run**; a file that asks for more is refused,
    with the name of what it asks for. With `weights_only=False`, a `.pt` file is read by Python's own pickle, which
    runs whatever the file says: only for files from those you would let use your computer. It is needed for whole
    modules, as from `save(model, path)`.

    bfloat16 numbers become float32, with a warning. What was on a GPU is put on the CPU.

    Args:
        f: the name of a file, or a file open for reading bytes, which is read from where it stands.
        map_location: "cpu", a dict of places, or a function of storage and place that returns the storage.
        pickle_module: must be None or `pickle`; the latter means `weights_only=False`, unless that is given.
        weights_only: see above.
        mmap: use the file as memory, so that only what is needed is read, and checksums are not compared. Writes stay
            in memory. For `.pt` files in PyTorch's format of today, given by name.
        pickle_load_args: of pickle's Unpickler; `encoding` for files written by Python 2.

    Raises RuntimeError for a file that is damaged or of no known format, pickle.UnpicklingError for a pickle that is
    damaged or asks for what it may not have, EOFError for a file without content, FileNotFoundError.

    >>> import autograd, io
    >>> file = io.BytesIO()
    >>> autograd.save(autograd.arange(3), file)
    >>> _ = file.seek(0)
    >>> autograd.load(file)
    tensor([0, 1, 2])
    """
    if pickle_module not in (None, pickle):
        raise ValueError(f"load: pickle_module must be None or pickle, not {pickle_module!r}: leave it out")
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified: leave it out")
    if mmap and not is_path(f):
        raise ValueError("f must be a file path in order to use the mmap argument")
    only_weights = pickle_module is None if weights_only is None else bool(weights_only)
    reading, place = Reading(only_weights, pickle_load_args), place_for(map_location)
    with opened(f) as source, naming(source):
        kind = kind_of(source)
        if kind is ZIP:
            archive = Archive(source)
            if all(name.endswith(".npy") for name in archive.by_name):
                return npz.read(archive)
            return torch_zip.read(archive, reading, place, bool(mmap))
        if mmap:
            raise RuntimeError(
                f"mmap can only be used with files saved with `torch.save(_use_new_zipfile_serialization=True)`: "
                f"{source.name} is of another format; leave mmap out"
            )
        return safe_tensors.read(source) if kind is SAFETENSORS else legacy.read(source, reading, place)


@contextmanager
def opened(f: Any) -> Iterator[Source]:
    """The file of a name, or what an open file still holds."""
    if is_path(f):
        with open(f, "rb") as file:
            yield Source(file, repr(os.fspath(f)), os.path.getsize(f), os.fspath(f))
        return
    if not hasattr(f, "read"):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'read' attribute, not {type(f).__name__}"
        )
    content = f.read()
    if not isinstance(content, bytes):
        raise TypeError("load: the file must be opened for reading bytes: open(name, 'rb')")
    yield Source(io.BytesIO(content), f"the given {type(f).__name__}", len(content), None)


@contextmanager
def naming(source: Source) -> Iterator[None]:
    """Whatever is wrong with a pickle is said of the file it is in."""
    try:
        yield
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"load: {source.name}: {error}") from error.__cause__


def kind_of(source: Source) -> str:
    """The format of a file, by its first bytes."""
    start = source.file.read(10)
    source.file.seek(0)
    if not start:
        raise EOFError(
            f"Ran out of input: load: {source.name} has nothing to read. If it has just been written to, close it, or go "
            "back to its beginning with seek(0), first"
        )
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return ZIP
    if start[:1] == b"\x80":
        return PICKLE
    if start[8:9] == b"{":
        return SAFETENSORS
    raise RuntimeError(
        f"load: {source.name} begins with {start!r}, which is none of the formats that are known: PyTorch's .pt, .npz, "
        ".safetensors. Perhaps it was not fetched whole, or it is a page that says why not"
    )


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The names that a `.pt` file asks for and that `load` would refuse, without running anything.

    >>> import autograd, datetime, io
    >>> file = io.BytesIO()
    >>> autograd.save(datetime.date(2024, 2, 29), file)
    >>> _ = file.seek(0)
    >>> autograd.serialization.get_unsafe_globals_in_checkpoint(file)
    ['datetime.date']
    """
    with opened(f) as source, naming(source):
        if kind_of(source) is not ZIP:
            raise ValueError(
                f"Expected input to be a checkpoint returned by torch.save: {source.name} is no .pt archive"
            )
        _, program = torch_zip.program_in(Archive(source))
        try:
            return sorted(name for name in globals_in(program) if not is_allowed(name))
        except ValueError as error:
            raise pickle.UnpicklingError(f"the pickle is damaged ({error})") from None
