"""Windows of an image as columns of a matrix, and back.

`unfold` copies every window that a kernel would see into a column; `fold` adds columns back to
where the windows were. Each is the other's derivative. With `unfold`, a convolution is a matrix
product: `(weight.flatten(1) @ unfold(x, kernel)).reshape(...)`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.geometry import batched, per_dim, times
from autograd.op import op
from autograd.ops.convolution import columns
from autograd.tensor import Tensor
from autograd.windows import Sizes, output_size, taps, unpadded

PLAIN = {"kernel": (2, 3), "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
STRIDED = {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
FLOATING = dict.fromkeys("iu", "convert with .float()")


@op(r"z_{(c k) i} = x_{c, s i + d k - p}", name="im2col", method=False, refuses=FLOATING, node="Im2ColBackward0",
    cases=(case((2, 3, 4, 5), **PLAIN), case((1, 2, 5, 6), **STRIDED)))  # fmt: skip
def im2col(x: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> Array:
    """Every window as a column: (N, C, *size) to (N, C * K, windows)."""
    return columns(x, kernel, stride, padding, dilation, 1)[:, 0]


@op(
    r"z_{c, s i + d k - p} \mathrel{+}= x_{(c k) i}",
    name="col2im",
    node="Col2ImBackward0",
    method=False,
    refuses=FLOATING,
    cases=(
        case((2, 18, 9), size=(4, 5), **PLAIN),
        case((1, 12, 24), size=(5, 6), **STRIDED),
        case((1, 6, 2), size=(2, 4), **PLAIN),
    ),
)
def col2im(x: Array, size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> Array:
    """Columns added back to where the windows were: (N, C * K, windows) to (N, C, *size)."""
    output = output_size(size, kernel, stride, padding, dilation)
    pieces = x.reshape(len(x), x.shape[1] // math.prod(kernel), *kernel, *output)
    whole = np.zeros((*pieces.shape[:2], *(n + 2 * p for n, p in zip(size, padding, strict=True))), x.dtype)
    for place, reached in taps(kernel, stride, dilation, output):
        whole[(Ellipsis, *reached)] += pieces[(slice(None), slice(None), *place)]
    return unpadded(whole, padding, size).copy()


@im2col.vjp("x", r"\bar z \text{ added where each window was}")
def _(g: Any, x_shape: Any, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> Any:
    return col2im.either(g, x_shape[2:], kernel, stride, padding, dilation)


@col2im.vjp("x", r"\text{windows of } \bar z")
def _(g: Any, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> Any:
    return im2col.either(g, kernel, stride, padding, dilation)


# -- what users call ----------------------------------------------------------------------------------------


@derived(
    r"z_{(c k) i} = x_{c, s i + d k - p}",
    name="nn.functional.unfold",
    method=False,
    cases=(
        case((2, 3, 4, 5), kernel_size=(2, 3)),
        case((2, 5, 6), kernel_size=2, padding=1, stride=(2, 1), dilation=2),
    ),
)
def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Every window of an image as a column: shape (N, C, H, W) to (N, C * kH * kW, windows).

    Raises RuntimeError where no window fits, or a size makes no sense.
    """
    x, is_single = batched(input, 2, "unfold")
    kernel, steps, rims, spread = geometry(kernel_size, stride, padding, dilation, "unfold")
    output = output_size(tuple(x.shape[2:]), kernel, steps, rims, spread)
    if min(output) < 1 or 0 in x.shape[1:]:
        raise RuntimeError(
            f"unfold: Given input with spatial size ({times(x.shape[2:])}), kernel_size={kernel}, dilation={spread}, "
            f"padding={rims}, calculated shape of the array of sliding blocks as ({times(output)}), which is too small "
            "(non-positive)"
        )
    columns: Tensor = im2col(x, kernel, steps, rims, spread)
    return columns.squeeze(0) if is_single else columns


@derived(
    r"z_{c, s i + d k - p} \mathrel{+}= x_{(c k) i}",
    method=False,
    cases=(
        case((2, 18, 9), output_size=(4, 5), kernel_size=(2, 3)),
        case((8, 16), output_size=(6, 5), kernel_size=2, padding=(1, 0), stride=(2, 1)),
    ),
)
def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns added up to an image, where `unfold` would have taken them: (N, C * kH * kW, windows) to (N, C, H, W).

    `fold(unfold(x))` counts each pixel as often as there are windows over it. Raises RuntimeError
    where the numbers of channels or windows don't fit.
    """
    size = per_dim(output_size, 2, "output_size", "fold")
    kernel, steps, rims, spread = geometry(kernel_size, stride, padding, dilation, "fold")
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "fold: Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
            f"dimensions, but got: {list(input.shape)}"
        )
    check_columns(input, size, kernel, steps, rims, spread)
    image: Tensor = col2im(input if input.ndim == 3 else input.unsqueeze(0), size, kernel, steps, rims, spread)
    return image if input.ndim == 3 else image.squeeze(0)


def geometry(kernel_size: Any, stride: Any, padding: Any, dilation: Any, name: str) -> tuple[Sizes, ...]:
    """The sizes for each dimension, checked."""
    kernel, steps = per_dim(kernel_size, 2, "kernel_size", name), per_dim(stride, 2, "stride", name)
    rims, spread = per_dim(padding, 2, "padding", name), per_dim(dilation, 2, "dilation", name)
    for what, sizes in (("kernel size", kernel), ("stride", steps), ("dilation", spread)):
        if min(sizes) < 1:
            raise RuntimeError(f"{name}: {what} should be greater than zero, but got {sizes}")
    if min(rims) < 0:
        raise RuntimeError(f"{name}: padding should be non-negative, but got {rims}")
    return kernel, steps, rims, spread


def check_columns(input: Tensor, size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> None:
    """Raise unless the matrix has as many rows and columns as the windows of such an image."""
    rows, found = input.shape[-2:]
    if rows % math.prod(kernel):
        raise RuntimeError(
            f"fold: Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={kernel}"
        )
    output = output_size(size, kernel, stride, padding, dilation)
    if min(output) < 1 or found != math.prod(output):
        raise RuntimeError(
            f"fold: Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, "
            f"stride={stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{times(output)} = {math.prod(output)}, but got input.size(2)={found}"
        )
