"""The device of a tensor: always the CPU. The name exists so that programs can ask and be told."""

from __future__ import annotations

import re
import threading
from typing import Any

__all__ = ["device", "get_default_device", "set_default_device"]

KNOWN = ("cpu", "cuda", "mps", "xpu", "meta", "ipu", "hpu", "xla", "mtia", "vulkan")


class device:
    """A place to keep tensors, by type and index. Only `cpu` can hold any.

    As a context it is where new tensors are put that are not told otherwise.

    >>> import autograd
    >>> autograd.device("cpu")
    device(type='cpu')
    >>> autograd.device("cuda:1").index
    1
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __new__(cls, type: Any = None, index: int | None = None, *, device: Any = None) -> device:
        """The device of a name such as "cpu" or "cuda:1", of a number (of a CUDA device), or of another device."""
        given = type if device is None else device
        if isinstance(given, cls):
            return given
        if isinstance(given, int) and not isinstance(given, bool):
            return cls("cuda", given)
        if not isinstance(given, str):
            raise TypeError(f"device(): argument 'type' must be str, int or device, got {given!r}")
        match = re.fullmatch(r"([a-z]+)(?::(\d+))?", given)
        if match is None or match[1] not in KNOWN:
            raise RuntimeError(
                f"Expected one of {', '.join(KNOWN)} device type at start of device string, with a colon and an index "
                f"after it at most: {given!r}"
            )
        if match[2] is not None and index is not None:
            raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {given}")
        made = super().__new__(cls)
        made.type = match[1]
        made.index = int(match[2]) if match[2] is not None else index
        return made

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        placement.outer.append(placement.device)
        placement.device = self
        return self

    def __exit__(self, *exception: object) -> None:
        placement.device = placement.outer.pop()


CPU = device("cpu")


class Placement(threading.local):
    """Where each thread puts new tensors."""

    def __init__(self) -> None:
        self.device = CPU
        self.outer: list[device] = []


placement = Placement()


def get_default_device() -> device:
    """Where new tensors are put that are not told otherwise."""
    return placement.device


def set_default_device(device: Any) -> None:
    """Choose where new tensors are put; None stands for the CPU.

    On any other device than the CPU, it is making a tensor that raises, as in PyTorch.
    """
    placement.device = CPU if device is None else device_of(device)


def device_of(where: Any) -> device:
    """A device, from any of its spellings."""
    return where if isinstance(where, device) else device(where)


def check_device(where: Any) -> None:
    """Raise unless tensors can live there: AssertionError for CUDA, as PyTorch's CPU build does."""
    place = placement.device if where is None else device_of(where)
    if place is CPU or place.type == "cpu":
        return
    if place.type == "cuda":
        raise AssertionError(
            "Torch not compiled with CUDA enabled: there is no CUDA here, chalkgrad computes on the CPU. "
            "Use device='cpu', or leave it out"
        )
    raise RuntimeError(f"device {str(place)!r} can't hold tensors here: chalkgrad computes on the CPU")
