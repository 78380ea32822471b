"""`torch.accelerator`: GPUs and their like, of which there are none."""

from __future__ import annotations

from typing import Any

from autograd.device import device

__all__ = ["current_accelerator", "current_device_index", "device_count", "is_available", "synchronize"]


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> device | None:
    """None."""
    return None


def current_device_index() -> int:
    """Raises RuntimeError: there is no accelerator."""
    raise unavailable()


def synchronize(device: Any = None) -> None:
    """Raises RuntimeError: there is no accelerator to wait for."""
    raise unavailable()


def unavailable() -> RuntimeError:
    """The error for asking an accelerator for something."""
    return RuntimeError(
        "Cannot access accelerator device when none is available: chalkgrad computes on the CPU; ask "
        "accelerator.is_available() first"
    )
