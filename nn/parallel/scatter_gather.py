"""Batches taken apart for several devices, and put together again: here there is one, which gets all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["gather", "scatter"]


def scatter(inputs: Any, target_gpus: Sequence[Any], dim: int = 0) -> list[Any]:
    """The part of the inputs for each device, as a list. Raises RuntimeError for several devices.

    >>> import autograd
    >>> scatter(autograd.ones(2), ["cpu"])
    [tensor([1., 1.])]
    """
    if len(target_gpus) != 1:
        raise RuntimeError(f"scatter(): there is one device here, so give one target, not {list(target_gpus)}")
    return [inputs]


def gather(outputs: Sequence[Any], target_device: Any, dim: int = 0) -> Any:
    """The outputs of all devices, put together. Raises RuntimeError for those of several.

    >>> import autograd
    >>> gather([autograd.ones(2)], "cpu")
    tensor([1., 1.])
    """
    if len(outputs) != 1:
        raise RuntimeError(f"gather(): there is one device here, so give a list of one output, not of {len(outputs)}")
    return outputs[0]
