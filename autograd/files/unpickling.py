"""Two ways to read a pickle: what is listed and nothing else, or whatever it says."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import IO, Any, NamedTuple

from autograd.files.machine import Machine
from autograd.files.names import PLACES, is_torchs, known, without_counterpart


class Reading(NamedTuple):
    """How a pickle is to be read."""

    weights_only: bool
    options: dict[str, Any]  # of pickle's Unpickler: `encoding`, `errors`, `fix_imports`


def unpickle(file: IO[bytes], find_storage: Callable[[tuple[Any, ...]], Any], reading: Reading) -> Any:
    """The object that a pickle builds; the file is left behind the pickle's end."""
    if reading.weights_only:
        return Machine(file, find_storage, reading.options.get("encoding", "utf-8")).run()
    return AnyUnpickler(file, find_storage, reading.options).load()


class AnyUnpickler(pickle.Unpickler):
    """Python's own unpickler, which runs whatever a file says, and knows PyTorch's names for tensors."""

    def __init__(
        self, file: IO[bytes], find_storage: Callable[[tuple[Any, ...]], Any], options: dict[str, Any]
    ) -> None:
        super().__init__(file, **options)
        self.find_storage = find_storage

    def find_class(self, module: str, name: str) -> Any:
        """What a name stands for: of PyTorch's, our counterparts."""
        if f"{module}.{name}" in PLACES:
            return known(f"{module}.{name}")
        if is_torchs(module):
            raise without_counterpart(f"{module}.{name}")
        return super().find_class(module, name)

    def persistent_load(self, name: Any) -> Any:
        """The storage of a name."""
        if not isinstance(name, tuple) or not name or name[0] != "storage":
            raise pickle.UnpicklingError(f"Only persistent_load of storage is allowed, but got {name!r:.100}")
        return self.find_storage(name)
