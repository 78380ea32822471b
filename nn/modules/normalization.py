"""Normalization of each sample by itself: over its last dimensions, groups of channels, or neighboring ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.create import empty
from autograd.tensor import Tensor
from nn import functional as F
from nn import init
from nn.functional.normalization import group_norm, layer_norm, rms_norm
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["CrossMapLRN2d", "GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class LayerNorm(Module):
    """The last dimensions brought to mean 0 and variance 1, each row by itself, then scaled and shifted.

    z = weight (x - mean) / sqrt(var + eps) + bias; weight and bias have the shape `normalized_shape`.
    Ba, Kiros and Hinton, "Layer normalization", 2016.

    >>> import autograd, nn
    >>> nn.LayerNorm(3)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[-1.2247,  0.0000,  1.2247]], grad_fn=<NativeLayerNormBackward0>)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = shape_from(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        kind = {"device": device, "dtype": dtype}
        shape = self.normalized_shape
        self.register_parameter("weight", Parameter(empty(shape, **kind)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(empty(shape, **kind)) if elementwise_affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the factors to 1 and the shifts to 0."""
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The shape and the options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """The last dimensions divided by their root mean square, each row by itself, then scaled.

    z = weight x / sqrt(mean(x^2) + eps); weight has the shape `normalized_shape`. Without `eps` it is
    the machine epsilon of the dtype. Zhang and Sennrich, "Root mean square layer normalization",
    NeurIPS 2019.

    >>> import autograd, nn
    >>> nn.RMSNorm(2)(autograd.tensor([[3.0, 4.0]])).detach()
    tensor([[0.8485, 1.1314]])
    """

    weight: Parameter | None

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = shape_from(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the factors to 1."""
        reset(self.weight, None)

    def forward(self, x: Tensor) -> Tensor:
        """The input, normalized."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The shape and the options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Groups of channels brought to mean 0 and variance 1 over all places, each sample by itself.

    z = weight (x - mean) / sqrt(var + eps) + bias. Shapes: (N, C, *); weight and bias have one
    element for each channel. Wu and He, "Group normalization", ECCV 2018. Raises ValueError where
    the groups do not divide the channels.

    >>> import autograd, nn
    >>> nn.GroupNorm(2, 4)(autograd.arange(4.0).reshape(1, 4)).detach()
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        kind = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(empty(num_channels, **kind)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_channels, **kind)) if affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the factors to 1 and the shifts to 0."""
        reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The sizes and the options."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Each element divided by what the neighboring channels have at its place: x / (k + alpha mean(x^2))^beta.

    The mean is over `size` channels around its own, zeros beyond the ends. Shapes: (N, C, *).
    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012. Raises ValueError for fewer than three dimensions.

    >>> import autograd, nn
    >>> nn.LocalResponseNorm(2, alpha=2.0, beta=0.5)(autograd.ones(1, 2, 1)).flatten()
    tensor([0.7071, 0.5774])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        normalized: Tensor = F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)
        return normalized

    def extra_repr(self) -> str:
        """The size and the options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """`LocalResponseNorm` of images (N, C, H, W), under the name that it had in Torch 7.

    Raises ValueError for other ranks.

    >>> import autograd, nn
    >>> nn.CrossMapLRN2d(3, alpha=3.0, beta=1.0)(autograd.ones(1, 3, 1, 1)).flatten()
    tensor([0.3333, 0.2500, 0.3333])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        if input.ndim != 4:
            raise ValueError(
                f"CrossMapLRN2d: Expected input to be 4D, got {input.ndim}D instead: it takes images (N, C, H, W)"
            )
        return super().forward(input)


def shape_from(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """The last dimensions to normalize over: one int stands for the last alone."""
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


def reset(weight: Parameter | None, bias: Parameter | None) -> None:
    """Set the factors to 1 and the shifts to 0."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)
