"""Pooling over windows: the largest element, the mean, or a norm, over one, two or three dimensions: what users call.

Everything is checked here; the arithmetic is in `autograd.ops.pooling`.
"""

from __future__ import annotations

import math
from typing import Any

from autograd import dtypes
from autograd.cases import case, sample
from autograd.derived import derived
from autograd.geometry import layout, per_dim, times
from autograd.ops.activation import relu
from autograd.ops.pooling import avg_pool, max_pool, places_of_maxima
from autograd.ops.requirements import need_floating
from autograd.ops.rounding import sign
from autograd.tensor import Tensor, tensor_of
from autograd.windows import Sizes, output_size

LINES = (
    case(sample((2, 3, 7), apart=True), kernel_size=3, stride=2, padding=1),
    case(sample((3, 6), apart=True), kernel_size=2),
)
PLANES = (case(sample((2, 3, 5, 6), apart=True), kernel_size=(3, 2), stride=(2, 1), padding=(1, 0)),
          case(sample((2, 5, 4), apart=True), kernel_size=2, ceil_mode=True))  # fmt: skip
SPACES = (case(sample((1, 2, 3, 4, 4), apart=True), kernel_size=2, stride=(1, 2, 2), padding=(1, 0, 1)),)


@derived(r"\max_k x_{s i + k}", method=False, cases=LINES)
def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window along the last dimension. See `max_pool2d`."""
    return largest(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@derived(r"\max_k x_{s i + k}", method=False, cases=PLANES)
def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window over the last two dimensions. The gradient goes to the first of equals.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size, stride: the size of the window and its steps; by default it steps by its size.
        padding: rims that never win, of at most half the window.
        dilation: the distance between the elements of a window.
        ceil_mode: let the last window reach over the edge.
        return_indices: also return where in the H x W plane each maximum stands.

    Raises RuntimeError where no window fits, or a size makes no sense.

    >>> import autograd
    >>> autograd.max_pool2d(autograd.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    return largest(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@derived(r"\max_k x_{s i + k}", method=False, cases=SPACES)
def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window over the last three dimensions. See `max_pool2d`."""
    return largest(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@derived(r"\max_k x_{s i + k}", method=False, cases=LINES)
def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """`max_pool1d` and the places of the maxima."""
    return largest(1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@derived(r"\max_k x_{s i + k}", method=False, cases=PLANES)
def max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """`max_pool2d` and the places of the maxima."""
    return largest(2, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@derived(r"\max_k x_{s i + k}", method=False, cases=SPACES)
def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """`max_pool3d` and the places of the maxima."""
    return largest(3, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def largest(
    dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool,
) -> Any:  # fmt: skip
    """Max pooling over so many dimensions."""
    name = f"max_pool{dims}d"
    if dims == 1 and not return_indices:
        need_floating(name, input)  # as PyTorch has it; over planes and volumes, integers have a maximum too
    kernel, steps, rims = window(dims, input, kernel_size, stride, padding, name)
    spread = per_dim(dilation, dims, "dilation", name)
    check_window(input, kernel, steps, rims, spread, ceil_mode, name)
    values = max_pool(input, kernel, steps, rims, spread, ceil_mode)
    if not return_indices:
        return values
    _, places = places_of_maxima(input.array, kernel, steps, rims, spread, ceil_mode)
    return values, tensor_of(places, dtypes.int64)


@derived(r"\frac1k \sum_k x_{s i + k}", method=False, cases=LINES)
def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of each window along the last dimension. See `avg_pool2d`."""
    return averages(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@derived(r"\frac1k \sum_k x_{s i + k}", method=False, cases=PLANES)
def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window over the last two dimensions.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size, stride, padding, ceil_mode: as for `max_pool2d`; the rims are zeros.
        count_include_pad: whether the rims count among the numbers that the sum is divided by.
        divisor_override: divide by this instead.

    Raises RuntimeError where no window fits, or a size makes no sense.
    """
    return averages(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@derived(r"\frac1k \sum_k x_{s i + k}", method=False, cases=SPACES)
def avg_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window over the last three dimensions. See `avg_pool2d`."""
    return averages(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def averages(
    dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:  # fmt: skip
    """Average pooling over so many dimensions."""
    name = f"avg_pool{dims}d"
    kernel, steps, rims = window(dims, input, kernel_size, stride, padding, name)
    check_window(input, kernel, steps, rims, (1,) * dims, ceil_mode, name)
    if divisor_override == 0:
        raise RuntimeError(f"{name}: divisor must be not zero")
    means: Tensor = avg_pool(input, kernel, steps, rims, ceil_mode, count_include_pad, divisor_override)
    return means


# -- norms ------------------------------------------------------------------------------------------------

POSITIVE = {"low": 0.1, "high": 2.0}


@derived(
    r"(\sum_k x_{s i + k}^p)^{1/p}",
    method=False,
    cases=(case(sample((2, 3, 7), **POSITIVE), norm_type=3.0, kernel_size=3, stride=2),),
)
def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window along the last dimension. See `lp_pool2d`."""
    return norms(1, input, norm_type, kernel_size, stride, ceil_mode)


@derived(
    r"(\sum_k x_{s i + k}^p)^{1/p}",
    method=False,
    cases=(case(sample((2, 3, 5, 6), **POSITIVE), norm_type=2.0, kernel_size=(3, 2)),),
)
def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window over the last two dimensions: (sum of x^p)^(1/p), 0 where that sum is negative.

    With p = 1 it is the sum, and as p grows the maximum. Raises RuntimeError where no window fits.
    """
    return norms(2, input, norm_type, kernel_size, stride, ceil_mode)


@derived(
    r"(\sum_k x_{s i + k}^p)^{1/p}",
    method=False,
    cases=(case(sample((1, 2, 3, 4, 4), **POSITIVE), norm_type=2.0, kernel_size=2),),
)
def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window over the last three dimensions. See `lp_pool2d`."""
    return norms(3, input, norm_type, kernel_size, stride, ceil_mode)


def norms(dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    """Pooling by a norm over so many dimensions: from the means of the powers."""
    means = averages(dims, input**norm_type, kernel_size, stride, 0, ceil_mode, True, None)
    count = math.prod(per_dim(kernel_size, dims, "kernel_size", f"lp_pool{dims}d"))
    return (sign(means) * relu(means.abs()) * count) ** (1.0 / norm_type)


# -- checks -----------------------------------------------------------------------------------------------


def window(
    dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, name: str
) -> tuple[Sizes, Sizes, Sizes]:
    """The size of the window, its steps and the rims, for each dimension."""
    kernel = per_dim(kernel_size, dims, "kernel_size", name)
    steps = kernel if stride is None or stride in ((), []) else per_dim(stride, dims, "stride", name)
    return kernel, steps, per_dim(padding, dims, "padding", name)


def check_window(
    input: Tensor, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool, name: str
) -> None:
    """Raise RuntimeError unless windows of this kind fit into the input."""
    dims = len(kernel)
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}: Expected {dims + 1}D or {dims + 2}D input, but got a tensor of size {list(input.shape)}: "
            f"{layout(dims)}"
        )
    if any(n == 0 for n in input.shape[-dims - 1 :]):
        raise RuntimeError(
            f"{name}: Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size "
            f"for input, but got: {list(input.shape)}"
        )
    for what, sizes in (("kernel size", kernel), ("stride", stride), ("dilation", dilation)):
        if any(n <= 0 for n in sizes):
            raise RuntimeError(f"{name}: {what} should be greater than zero, but got {sizes}")
    if any(p < 0 or p > k // 2 for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(
            f"{name}: pad should be at most half of effective kernel size, and not negative, but got padding={padding} "
            f"and kernel_size={kernel}"
        )
    output = output_size(input.shape[input.ndim - dims :], kernel, stride, padding, dilation, ceil_mode)
    if any(n < 1 for n in output):
        raise RuntimeError(
            f"{name}: Given input size: ({times(input.shape[1 - input.ndim :])}). Calculated output size: "
            f"({times(output)}). Output size is too small: use a smaller window or a larger input"
        )
