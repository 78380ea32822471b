"""Max unpooling: maxima put back to where `max_pool*d(..., return_indices=True)` found them, among zeros."""

from __future__ import annotations

import math
from typing import Any

from autograd import dtypes
from autograd.cases import Sample, case
from autograd.create import zeros
from autograd.derived import derived
from autograd.geometry import layout, per_dim
from autograd.ops.requirements import need_real
from autograd.tensor import Tensor


def unpooled(
    dims: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    """Max unpooling over so many dimensions."""
    name = f"max_unpool{dims}d"
    need_real(name, input)
    kernel = per_dim(kernel_size, dims, "kernel_size", name)
    steps = kernel if stride is None else per_dim(stride, dims, "stride", name)
    rims = per_dim(padding, dims, "padding", name)
    check_inputs(input, indices, steps, name)
    usual = tuple((n - 1) * s - 2 * p + k for n, s, p, k in zip(input.shape[-dims:], steps, rims, kernel, strict=True))
    size = usual if output_size is None else chosen_size(tuple(output_size), usual, steps, name)
    plane = math.prod(size)
    if indices.numel() and not (indices.array.min() >= 0 and indices.array.max() < plane):
        raise RuntimeError(
            f"{name}: found an invalid max index: {int(indices.array.max())} (output volumes are of size "
            f"{list(size)}): give the indices that the pooling returned, and output_size= the size that was pooled"
        )
    lead = tuple(input.shape[:-dims])
    nothing = zeros(*lead, plane, dtype=input.dtype)
    whole: Tensor = nothing.scatter(-1, indices.flatten(-dims), input.flatten(-dims))
    return whole.reshape(*lead, *size)


def chosen_size(output_size: tuple[int, ...], usual: tuple[int, ...], steps: tuple[int, ...], name: str) -> Any:
    """The output size asked for, if pooling it could have given this input."""
    dims = len(usual)
    size = output_size[-dims:] if len(output_size) == dims + 2 else output_size
    if len(size) != dims:
        raise ValueError(
            f"{name}: output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a "
            f"length of '{len(output_size)}'"
        )
    for wanted, n, s in zip(size, usual, steps, strict=True):
        if not n - s < wanted < n + s:
            raise ValueError(
                f'{name}: invalid output_size "{list(size)}" (each must be less than a step away from {list(usual)})'
            )
    return size


def check_inputs(input: Tensor, indices: Tensor, steps: tuple[int, ...], name: str) -> None:
    """Raise unless there is an index for each maximum, in a layout that pooling returns."""
    dims = len(steps)
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}: elements in indices should be type int64 but got: {indices.dtype.name}")
    if min(steps) < 1:
        raise RuntimeError(f"{name}: strides should be greater than zero, but got stride: {steps}")
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}: Input to {name} should be a {dims + 1}d or {dims + 2}d Tensor, but got {input.ndim} dimensions: "
            f"{layout(dims)}"
        )
    if tuple(input.shape) != tuple(indices.shape):
        raise RuntimeError(
            f"{name}: Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got "
            f"indices tensor with shape: {list(indices.shape)}"
        )
    if 0 in input.shape[-dims - 1 :]:
        raise RuntimeError(
            f"{name}: Expected input to have non-zero size for non-batch dimensions, but got {list(input.shape)}"
        )


def places(*shape: int) -> Sample:
    """Indices to draw, no two alike."""
    return Sample(shape, 0, math.prod(shape), "int", apart=True)


@derived(r"z_{i_j} = x_j", method=False, cases=(case((1, 1, 4), places(1, 1, 4), kernel_size=2),))
def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Maxima put back to where `max_pool1d` found them. See `max_unpool2d`."""
    return unpooled(1, input, indices, kernel_size, stride, padding, output_size)


@derived(
    r"z_{i_j} = x_j",
    method=False,
    cases=(
        case((1, 1, 2, 3), places(1, 1, 2, 3), kernel_size=2),
        case((1, 3, 2), places(1, 3, 2), kernel_size=(2, 3), padding=(0, 1)),
    ),
)
def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Maxima put back to where `max_pool2d(..., return_indices=True)` found them, among zeros.

    Args:
        input: (N, C, H, W) or (C, H, W).
        indices: of the same shape, places in the plane of the result.
        kernel_size, stride, padding: those of the pooling.
        output_size: the size that was pooled, where several give the same number of windows.

    Raises RuntimeError for indices outside that plane, ValueError for a size that pooling can't have had.
    """
    return unpooled(2, input, indices, kernel_size, stride, padding, output_size)


@derived(r"z_{i_j} = x_j", method=False, cases=(case((1, 1, 2, 1, 2), places(1, 1, 2, 1, 2), kernel_size=2),))
def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Maxima put back to where `max_pool3d` found them. See `max_unpool2d`."""
    return unpooled(3, input, indices, kernel_size, stride, padding, output_size)
