"""Pooling: the largest element, the mean or a norm of windows, and back; the functions are `autograd.ops`' own."""

from __future__ import annotations

from typing import Any

from autograd.misuse import speaking
from autograd.ops.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    range_maxima,
)
from autograd.ops.fractional_pooling import fractional_max_pool2d, fractional_max_pool3d
from autograd.ops.unpooling import max_unpool1d, max_unpool2d, max_unpool3d
from autograd.ops.window_pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool2d_with_indices,
    max_pool3d,
    max_pool3d_with_indices,
)
from autograd.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices",
    "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip


@speaking
def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima over `output_size` ranges of the last dimension; with `return_indices`, and their places."""
    return range_maxima(1, input, output_size, return_indices)


@speaking
def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` and the places of the maxima."""
    return range_maxima(1, input, output_size, True)


@speaking
def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool2d` and the places of the maxima."""
    return range_maxima(2, input, output_size, True)


@speaking
def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool3d` and the places of the maxima."""
    return range_maxima(3, input, output_size, True)


@speaking
def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:  # fmt: skip
    """`fractional_max_pool2d` and the places of the maxima."""
    return fractional_max_pool2d(input, kernel_size, output_size, output_ratio, True, _random_samples)


@speaking
def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:  # fmt: skip
    """`fractional_max_pool3d` and the places of the maxima."""
    return fractional_max_pool3d(input, kernel_size, output_size, output_ratio, True, _random_samples)
