"""The order of dimensions in memory, which PyTorch lets one choose for convolutions. Here there is one order only."""

from __future__ import annotations

from typing import Any, TypeVar

from autograd.misuse import speaking
from nn.modules.module import Module

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]

M = TypeVar("M", bound=Module)


@speaking
def convert_conv2d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module as it is: the arrays of weights lie in memory in one order, whatever is asked for.

    >>> import autograd, nn
    >>> conv = nn.Conv2d(1, 2, 3)
    >>> nn.utils.convert_conv2d_weight_memory_format(conv, autograd.channels_last) is conv
    True
    """
    return module


@speaking
def convert_conv3d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module as it is; see `convert_conv2d_weight_memory_format`."""
    return module
