"""`torch.cuda`, as on a computer without a GPU: it says that there is none.

What programs call whether or not there is a GPU (`is_available`, `manual_seed_all`, `empty_cache`, ...)
does nothing; what needs one raises AssertionError, as in PyTorch's CPU build.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.cuda import amp
from autograd.device import check_device

__all__ = [
    "Event", "Stream", "amp", "current_device", "current_stream", "device", "device_count", "empty_cache",
    "get_arch_list", "get_device_capability", "get_device_name", "get_device_properties", "get_rng_state", "init",
    "initial_seed", "ipc_collect", "is_available", "is_bf16_supported", "is_initialized", "manual_seed",
    "manual_seed_all", "max_memory_allocated", "max_memory_reserved", "mem_get_info", "memory_allocated",
    "memory_reserved", "seed", "seed_all", "set_device", "set_rng_state", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """False: there is no GPU here."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def get_arch_list() -> list[str]:
    """An empty list."""
    return []


class device:
    """A context in which a GPU would be the current one; without GPUs it changes nothing."""

    def __init__(self, device: Any) -> None:
        self.idx = device

    def __enter__(self) -> None:
        """Nothing is to be done."""

    def __exit__(self, *exception: object) -> None:
        """Nor undone."""


# -- what does nothing --------------------------------------------------------------------------------------


def manual_seed(seed: int) -> None:
    """Nothing: no GPU draws numbers."""


def manual_seed_all(seed: int) -> None:
    """Nothing: no GPU draws numbers."""


def seed() -> None:
    """Nothing: no GPU draws numbers."""


def seed_all() -> None:
    """Nothing: no GPU draws numbers."""


def empty_cache() -> None:
    """Nothing: no GPU holds memory."""


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


# -- what needs a GPU ---------------------------------------------------------------------------------------


def refused(name: str) -> Callable[..., Any]:
    """A function that says that there is no GPU."""

    def function(*args: Any, **kwargs: Any) -> None:
        check_device("cuda")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Raises AssertionError: there is no CUDA here."
    return function


current_device, current_stream, get_device_capability, get_device_name, get_device_properties = map(
    refused, ("current_device", "current_stream", "get_device_capability", "get_device_name", "get_device_properties")
)
get_rng_state, set_rng_state, init, initial_seed, ipc_collect, mem_get_info, set_device, synchronize = map(
    refused,
    (
        "get_rng_state",
        "set_rng_state",
        "init",
        "initial_seed",
        "ipc_collect",
        "mem_get_info",
        "set_device",
        "synchronize",
    ),
)
Event, Stream = refused("Event"), refused("Stream")
