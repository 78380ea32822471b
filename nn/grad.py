"""The gradients of convolutions as functions: by the input, and by the kernel.

A convolution is linear in both, so each gradient takes the other one and the gradient of the result:

    z = W * x        x_bar = W^T * z_bar        W_bar = x * z_bar

Shapes, for two dimensions: input (N, C, H, W), kernel (O, C / groups, kH, kW), gradient of the result (N, O, H', W').
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.geometry import per_dim
from autograd.ops.convolution import convolution_input, convolution_weight
from autograd.tensor import Tensor

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def conv1d_input(
    input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv1d` by an input of this size.

    >>> import autograd, nn
    >>> nn.grad.conv1d_input((1, 1, 4), autograd.tensor([[[1.0, 2.0]]]), autograd.ones(1, 1, 3))
    tensor([[[1., 3., 3., 2.]]])
    """
    return by_input(1, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv1d_weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv1d` by a kernel of this size.

    >>> import autograd, nn
    >>> nn.grad.conv1d_weight(autograd.tensor([[[1.0, 2.0, 4.0]]]), (1, 1, 2), autograd.ones(1, 1, 2))
    tensor([[[3., 6.]]])
    """
    return by_weight(1, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv2d_input(
    input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv2d` by an input of this size.

    >>> import autograd, nn
    >>> nn.grad.conv2d_input((1, 1, 2, 2), autograd.ones(1, 1, 1, 2), autograd.ones(1, 1, 2, 1))
    tensor([[[[1., 1.],
              [1., 1.]]]])
    """
    return by_input(2, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv2d_weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv2d` by a kernel of this size.

    >>> import autograd, nn
    >>> nn.grad.conv2d_weight(autograd.ones(1, 1, 3, 3), (1, 1, 1, 2), autograd.ones(1, 1, 3, 2))
    tensor([[[[6., 6.]]]])
    """
    return by_weight(2, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv3d_input(
    input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv3d` by an input of this size.

    >>> import autograd, nn
    >>> nn.grad.conv3d_input((1, 1, 1, 1, 2), autograd.ones(1, 1, 1, 1, 2), autograd.ones(1, 1, 1, 1, 1)).flatten()
    tensor([1., 1.])
    """
    return by_input(3, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv3d_weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv3d` by a kernel of this size.

    >>> import autograd, nn
    >>> nn.grad.conv3d_weight(autograd.ones(1, 1, 1, 2, 2), (1, 1, 1, 1, 1), autograd.ones(1, 1, 1, 2, 2)).item()
    4.0
    """
    return by_weight(3, input, weight_size, grad_output, stride, padding, dilation, groups)


def by_input(
    dims: int, input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any, padding: Any,
    dilation: Any, groups: int,
) -> Tensor:  # fmt: skip
    """The gradient by the input, over so many dimensions."""
    places = tuple(input_size[2:])
    found: Tensor = convolution_input(
        grad_output, weight, None, places, *steps(dims, stride, padding, dilation, f"conv{dims}d_input"), groups
    )
    return found


def by_weight(
    dims: int, input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any, padding: Any,
    dilation: Any, groups: int,
) -> Tensor:  # fmt: skip
    """The gradient by the kernel, over so many dimensions."""
    kernel = tuple(weight_size[2:])
    found: Tensor = convolution_weight(
        input, grad_output, kernel, *steps(dims, stride, padding, dilation, f"conv{dims}d_weight"), groups
    )
    return found


def steps(dims: int, stride: Any, padding: Any, dilation: Any, name: str) -> tuple[Any, Any, Any]:
    """Stride, padding and dilation, each with one number for each dimension."""
    return (
        per_dim(stride, dims, "stride", name),
        per_dim(padding, dims, "padding", name),
        per_dim(dilation, dims, "dilation", name),
    )
