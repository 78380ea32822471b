"""Optimizers for several processes: they can be named, and say what to do instead."""

from __future__ import annotations

from typing import Any

__all__ = ["ZeroRedundancyOptimizer"]


class ZeroRedundancyOptimizer:
    """An optimizer that shares its state among processes; raises RuntimeError when it is made, as there is one here."""

    def __init__(self, params: Any, optimizer_class: Any, *args: Any, **defaults: Any) -> None:
        name = getattr(optimizer_class, "__name__", optimizer_class)
        raise RuntimeError(
            "ZeroRedundancyOptimizer: training here is for one process (torch.distributed.is_available() is False): use "
            f"{name}(params, ...) as it is"
        )
