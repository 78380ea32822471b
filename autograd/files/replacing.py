"""Files that change all at once: whoever looks finds the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from typing import IO, Any


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A new file to write to, which takes the place of `path` when the block ends well, and vanishes when it does not.

    The content is on the disk before the names change, so a crash at any moment leaves the old file whole; a
    process that is killed may leave a file `.saving-….tmp` beside it. What is not an ordinary file (a device, a
    pipe) has no place to take, and is written to directly. Raises RuntimeError where the folder does not exist.
    """
    target = os.path.realpath(os.fsdecode(path))
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist: make it, with os.makedirs({folder!r})")
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as direct:
            yield direct
        return
    fresh = os.path.join(folder, f".saving-{secrets.token_hex(6)}.tmp")
    try:
        with open(fresh, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            shutil.copymode(target, fresh)
        os.replace(fresh, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(fresh)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Bring the names in a folder to the disk, on systems where folders can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_path(f: Any) -> bool:
    """Whether this names a file, rather than being one."""
    return isinstance(f, (str, os.PathLike))
