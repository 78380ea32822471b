"""The device of a tensor: always the CPU. The name exists so that programs can ask and be told."""

from __future__ import annotations

import re
from typing import Any

KNOWN = ("cpu", "cuda", "mps", "xpu", "meta", "ipu", "hpu", "xla")


class device:
    """A place to keep tensors, by type and index. Only `cpu` can hold any.

    >>> import autograd
    >>> autograd.device("cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    def __init__(self, device: Any = "cpu", index: int | None = None) -> None:
        if device.__class__.__name__ == "device":
            device, index = device.type, device.index
        if isinstance(device, int):
            device, index = "cuda", device
        match = re.fullmatch(r"([a-z]+)(?::(\d+))?", device) if isinstance(device, str) else None
        if match is None or match[1] not in KNOWN:
            raise RuntimeError(f"device: expected 'cpu' (or one of {', '.join(KNOWN[1:])}), got {device!r}")
        self.type = match[1]
        self.index = int(match[2]) if match[2] is not None else index

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


CPU = device("cpu")


def check_device(where: Any) -> None:
    """Raise unless tensors can live there: AssertionError for CUDA, as PyTorch's CPU build does."""
    if where is None or where is CPU:
        return
    place = device(where)
    if place.type == "cuda":
        raise AssertionError("there is no CUDA here: chalkgrad computes on the CPU. Use device='cpu', or leave it out")
    if place.type != "cpu":
        raise RuntimeError(f"device {str(place)!r} can't hold tensors here: chalkgrad computes on the CPU")
