"""`map_location`: where what was on some device is put. Here everything goes to the CPU, which there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd.device import device
from autograd.files.storages import LoadedStorage
from autograd.storage import UntypedStorage

Place = Callable[[LoadedStorage, str], UntypedStorage]


def place_for(map_location: Any) -> Place:
    """What puts storages in their place. Raises RuntimeError for any place but the CPU.

    A storage that was on a GPU is put on the CPU without being told so: there is no other place.
    """
    if map_location is None:
        return lambda storage, location: storage
    if isinstance(map_location, (str, device)):
        check_place(map_location)
        return lambda storage, location: storage
    if isinstance(map_location, Mapping):
        return lambda storage, location: moved(storage, map_location.get(location, "cpu"))
    if callable(map_location):
        return lambda storage, location: chosen(map_location(storage, location), storage)
    raise TypeError(
        f"load: map_location must be a device, its name, a dict or a function, not a {type(map_location).__name__}"
    )


def check_place(place: Any) -> None:
    """Raise RuntimeError unless this is the CPU."""
    if device(place).type != "cpu":
        raise RuntimeError(
            f"Attempting to deserialize object on a {str(place).upper()} device, and chalkgrad computes on the CPU: use "
            "map_location='cpu', or leave it out"
        )


def moved(storage: LoadedStorage, place: Any) -> LoadedStorage:
    """The storage in its new place, which must be the CPU."""
    check_place(place)
    return storage


def chosen(answer: Any, storage: LoadedStorage) -> UntypedStorage:
    """What a function of the user's returned: a storage of the same kind, or None for "as you like"."""
    if answer is None:
        return storage
    if not isinstance(answer, LoadedStorage) or (answer.kind, answer.nbytes()) != (storage.kind, storage.nbytes()):
        raise TypeError("load: map_location(storage, location) must return the storage, or None")
    return answer
