"""Convolutional layers and their transposes."""

from __future__ import annotations

import math
from typing import Any

from autograd.create import empty
from autograd.geometry import per_dim
from autograd.tensor import Tensor
from nn import init
from nn.functional.convolution import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from nn.functional.padding import pad
from nn.modules.linear import draw_bias
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What convolutions over any number of dimensions have in common.

    Weight and bias are drawn from [-k, k) with k = 1 / sqrt(inputs per output).
    """

    dims: int
    transposed = False
    padding: Any  # sizes, or "same" or "valid"
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        name = type(self).__name__
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = per_dim(kernel_size, self.dims, "kernel_size", name)
        self.stride = per_dim(stride, self.dims, "stride", name)
        named = isinstance(padding, str) and not self.transposed
        self.padding = padding if named else per_dim(padding, self.dims, "padding", name)
        self.dilation = per_dim(dilation, self.dims, "dilation", name)
        self.output_padding = per_dim(output_padding, self.dims, "output_padding", name)
        self.groups = groups
        self.padding_mode = padding_mode
        self.check_options()
        self._reversed_padding_repeated_twice = self.rims()
        self.weight = Parameter(empty(*self.weight_shape(), device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def check_options(self) -> None:
        """Raise ValueError for options that exclude each other."""
        if self.groups <= 0:
            raise ValueError(f"groups must be a positive integer, got {self.groups}")
        for what in ("in_channels", "out_channels"):
            if getattr(self, what) % self.groups:
                raise ValueError(f"{what} must be divisible by groups, got {getattr(self, what)} and {self.groups}")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of {{'valid', 'same'}}")
            if self.padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {PADDING_MODES}, but got padding_mode={self.padding_mode!r}")
        if self.transposed and self.padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')

    def weight_shape(self) -> tuple[int, ...]:
        """The channels of each kernel's output and input, or the other way round, and the kernel's size."""
        ends = self.out_channels, self.in_channels // self.groups
        if self.transposed:
            ends = self.in_channels, self.out_channels // self.groups
        return (*ends, *self.kernel_size)

    def rims(self) -> list[int]:
        """The padding as `pad` wants it: the start and the end of the last dimension, then of the one before, ..."""
        if self.padding == "valid":
            return [0] * 2 * self.dims
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [n for total in reversed(totals) for n in (total // 2, total - total // 2)]
        return [p for p in reversed(self.padding) for _ in range(2)]

    def reset_parameters(self) -> None:
        """Draw weight and bias afresh."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        draw_bias(self.bias, self.weight)

    def convolve(self, function: Any, input: Tensor) -> Tensor:
        """Pad as the mode says, and convolve."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        z: Tensor = function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)
        return z

    def extra_repr(self) -> str:
        """The sizes, and the options that are not the default."""
        parts = [
            str(self.in_channels),
            str(self.out_channels),
            f"kernel_size={self.kernel_size}",
            f"stride={self.stride}",
        ]
        zeros, ones = (0,) * self.dims, (1,) * self.dims
        defaults = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1}
        parts += [f"{name}={getattr(self, name)}" for name, usual in defaults.items() if getattr(self, name) != usual]
        parts += ["bias=False"] * (self.bias is None)
        parts += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(parts)


class _Conv(_ConvNd):
    """The constructor of `Conv1d`, `Conv2d` and `Conv3d`."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias,
                         padding_mode, device, dtype)  # fmt: skip


class Conv1d(_Conv):
    """Kernels that slide along a sequence. Shapes: (N, C, L) to (N, O, L'); see `Conv2d`.

    >>> import autograd, nn
    >>> nn.Conv1d(3, 8, 5, stride=2)(autograd.zeros(2, 3, 15)).shape
    torch.Size([2, 8, 6])
    """

    dims = 1

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of the input."""
        return self.convolve(conv1d, input)


class Conv2d(_Conv):
    """Kernels that slide over an image.

    Shapes: input (N, C, H, W) or (C, H, W); result (N, O, H', W') with
    H' = (H + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1; weight
    (O, C / groups, *kernel_size). Each size may be an int or one for each dimension.

    Args:
        padding: rims around the input; "same" keeps its size, "valid" means none.
        padding_mode: "zeros", or what fills the rims: "reflect", "replicate", "circular".
        groups: the channels are divided into so many parts, each with kernels of its own.

    >>> import autograd, nn
    >>> nn.Conv2d(1, 8, 3, padding=1)(autograd.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 8, 28, 28])
    """

    dims = 2

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of the input."""
        return self.convolve(conv2d, input)


class Conv3d(_Conv):
    """Kernels that slide through a volume. Shapes: (N, C, D, H, W) to (N, O, D', H', W'); see `Conv2d`.

    >>> import autograd, nn
    >>> nn.Conv3d(1, 4, 3)(autograd.zeros(2, 1, 8, 9, 10)).shape
    torch.Size([2, 4, 6, 7, 8])
    """

    dims = 3

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of the input."""
        return self.convolve(conv3d, input)


class _ConvTransposeNd(_ConvNd):
    """What transposed convolutions over any number of dimensions have in common."""

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups,
                         bias, padding_mode, device, dtype)  # fmt: skip

    def spread(self, function: Any, input: Tensor, output_size: Any) -> Tensor:
        """The transposed convolution of the input, to the size that is asked for."""
        extra = self.output_padding if output_size is None else self.padding_for(input, list(output_size))
        z: Tensor = function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )
        return z

    def padding_for(self, input: Tensor, output_size: list[int]) -> tuple[int, ...]:
        """The output padding that leads to a size. Raises ValueError where none does."""
        outer = input.ndim - self.dims
        if len(output_size) == outer + self.dims:
            output_size = output_size[outer:]
        if len(output_size) != self.dims:
            raise ValueError(
                f"{type(self).__name__}: for {input.ndim}D input, output_size must have {self.dims} or {input.ndim} "
                f"elements (got {len(output_size)})"
            )
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[outer:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True
            )
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any(not low <= size <= high for low, size, high in zip(least, output_size, most, strict=True)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} (for an "
                f"input of {list(input.shape[outer:])})"
            )
        return tuple(size - low for size, low in zip(output_size, least, strict=True))


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of `Conv1d`. Shapes: (N, C, L) to (N, O, L'); see `ConvTranspose2d`.

    >>> import autograd, nn
    >>> nn.ConvTranspose1d(3, 8, 4, stride=2)(autograd.zeros(2, 3, 5)).shape
    torch.Size([2, 8, 12])
    """

    dims = 1

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """The transposed convolution of the input."""
        return self.spread(conv_transpose1d, input, output_size)


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of `Conv2d`: each element of the input spreads its kernel over the result, which so grows.

    Shapes: input (N, C, H, W) or (C, H, W); result (N, O, H', W') with
    H' = (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1; weight
    (C, O / groups, *kernel_size). Several sizes H' go back to one H; `output_padding`, or
    `output_size` in the call, chooses among them.

    >>> import autograd, nn
    >>> up = nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)
    >>> up(autograd.zeros(1, 8, 5, 5)).shape, up(autograd.zeros(1, 8, 5, 5), output_size=(10, 10)).shape
    (torch.Size([1, 3, 9, 9]), torch.Size([1, 3, 10, 10]))
    """

    dims = 2

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """The transposed convolution of the input."""
        return self.spread(conv_transpose2d, input, output_size)


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of `Conv3d`. Shapes: (N, C, D, H, W) to (N, O, D', H', W'); see `ConvTranspose2d`.

    >>> import autograd, nn
    >>> nn.ConvTranspose3d(4, 1, 3)(autograd.zeros(2, 4, 6, 7, 8)).shape
    torch.Size([2, 1, 8, 9, 10])
    """

    dims = 3

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """The transposed convolution of the input."""
        return self.spread(conv_transpose3d, input, output_size)
