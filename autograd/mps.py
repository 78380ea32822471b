"""`torch.mps`, Apple's GPUs: there are none here."""

from __future__ import annotations

__all__ = ["device_count", "is_available", "manual_seed", "seed"]


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: no GPU draws numbers."""


def seed() -> None:
    """Nothing: no GPU draws numbers."""
