"""Names for how a tensor's memory is laid out. There is one layout here: strided, row by row."""

from __future__ import annotations


class memory_format:
    """An order of the dimensions in memory. Accepted wherever PyTorch takes one; tensors here are always row-major."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class layout:
    """A kind of storage; only `strided` (dense) is to be had."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
strided = layout("strided")
