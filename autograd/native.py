"""`torch._C`: the part of PyTorch that is written in C++. Here is what packages call of it that matters to nobody else."""

from __future__ import annotations

__all__ = ["_log_api_usage_once"]


def _log_api_usage_once(event: str) -> None:
    """Nothing: PyTorch's makers count so how often a feature is used in their own programs."""
