"""A network that several processes train: it can be named, and says what to do instead."""

from __future__ import annotations

from typing import Any

from nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """A module that several processes train together: it can be named, but raises RuntimeError when it is made."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "DistributedDataParallel: training here is for one process (torch.distributed.is_available() is False): use "
            "the module as it is"
        )
