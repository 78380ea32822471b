"""Layers that are a matrix product."""

from __future__ import annotations

import math
from typing import Any

from autograd.create import empty
from autograd.ops.linear import linear
from autograd.tensor import Tensor
from nn import init
from nn.functional.affine import bilinear
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["Bilinear", "Identity", "Linear"]


class Identity(Module):
    """A layer that does nothing, to put where one is expected; it takes any arguments.

    >>> import autograd, nn
    >>> nn.Identity(54, unused=0.1)(autograd.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """The input."""
        return input


class Linear(Module):
    """z = x W^T + b, over the last dimension.

    Shapes: input (*, in_features), result (*, out_features), weight (out_features, in_features),
    bias (out_features). Both are drawn from [-k, k) with k = 1 / sqrt(in_features).

    >>> import autograd, nn
    >>> nn.Linear(3, 5)(autograd.zeros(2, 3)).shape
    torch.Size([2, 5])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias afresh."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        draw_bias(self.bias, self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """The affine map of the input."""
        z: Tensor = linear(input, self.weight, self.bias)
        return z

    def extra_repr(self) -> str:
        """The sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """z_o = x^T W_o y + b_o, over the last dimensions of two inputs.

    Shapes: (*, in1_features) and (*, in2_features), result (*, out_features), weight
    (out_features, in1_features, in2_features). Drawn from [-k, k) with k = 1 / sqrt(in1_features).

    >>> import autograd, nn
    >>> nn.Bilinear(3, 4, 5)(autograd.zeros(2, 3), autograd.zeros(2, 4)).shape
    torch.Size([2, 5])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias afresh."""
        bound = 1 / math.sqrt(self.weight.shape[1])
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """The bilinear map of the inputs."""
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


def draw_bias(bias: Parameter | None, weight: Parameter) -> None:
    """Draw a bias from [-k, k) with k = 1 / sqrt(fan_in)."""
    fan_in, _ = init._calculate_fan_in_and_fan_out(weight)
    if bias is not None and fan_in > 0:
        init.uniform_(bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
