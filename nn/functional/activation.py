"""Activation functions, with PyTorch's `inplace=` where it has one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from autograd.inplace import overwrite
from autograd.misuse import speaking
from autograd.ops import activation as curves
from autograd.ops import hard_activations as pieces
from autograd.ops import noisy_activations as noisy
from autograd.ops import soft_activations as soft
from autograd.ops import softmax as shares
from autograd.ops.activation import logsigmoid, relu_, sigmoid, softplus
from autograd.ops.hard_activations import hardshrink, prelu, softshrink, threshold_
from autograd.ops.noisy_activations import LOWER, UPPER, gumbel_softmax, rrelu_
from autograd.ops.soft_activations import celu_, glu, selu_, softsign, tanhshrink
from autograd.ops.trigonometry import tanh
from autograd.tensor import Tensor

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
    "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "log_softmax", "logsigmoid", "mish", "prelu", "relu",
    "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu", "softmax", "softmin", "softplus",
    "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
]  # fmt: skip


def applied(function: Callable[..., Any], inplace: bool, input: Tensor, *args: Any) -> Tensor:
    """The function of the input; with `inplace`, written into it."""
    if inplace:
        return overwrite(input, function, args, {}, f"{function.__name__}_")
    result: Tensor = function(input, *args)
    return result


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(0, x). See `autograd.relu`."""
    return applied(curves.relu, inplace, input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where positive, else negative_slope * x."""
    return applied(curves.leaky_relu, inplace, input, negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where positive, else alpha * (exp(x) - 1)."""
    return applied(curves.elu, inplace, input, alpha)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(0, x), 6)."""
    return applied(curves.relu6, inplace, input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x)."""
    return applied(curves.silu, inplace, input)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the probability that a standard normal variable is less; "tanh" takes the approximate formula.

    Raises RuntimeError for another `approximate`.
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, got {approximate!r}")
    result: Tensor = curves.gelu(input, approximate)
    return result


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """A scaled elu that keeps mean 0 and variance 1."""
    return applied(soft.selu, inplace, input)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where positive, else alpha * (exp(x / alpha) - 1)."""
    return applied(soft.celu, inplace, input, alpha)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x))."""
    return applied(soft.mish, inplace, input)


@speaking
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x, cut off below and above. Raises ValueError where min_val > max_val."""
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val, got {min_val} and {max_val}")
    return applied(pieces.hardtanh, inplace, input, min_val, max_val)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(0, x + 3), 6) / 6."""
    return applied(pieces.hardsigmoid, inplace, input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * hardsigmoid(x)."""
    return applied(pieces.hardswish, inplace, input)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it exceeds the threshold, else the value."""
    return applied(pieces.threshold, inplace, input, threshold, value)


def rrelu(
    input: Tensor, lower: float = LOWER, upper: float = UPPER, training: bool = False, inplace: bool = False
) -> Tensor:
    """x where positive, else s * x with a random slope s from [lower, upper); unless `training`, with their mean."""
    return applied(noisy.rrelu, inplace, input, lower, upper, training)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """In-place version of `leaky_relu`."""
    return leaky_relu(input, negative_slope, inplace=True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place version of `elu`."""
    return elu(input, alpha, inplace=True)


@speaking
def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """In-place version of `hardtanh`."""
    return hardtanh(input, min_val, max_val, inplace=True)


# -- along a dimension ------------------------------------------------------------------------------


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(x) / sum(exp(x)) along a dimension. Without one, it is guessed, with a warning."""
    return shares.softmax(input, chosen_dim(dim, input, "softmax", _stacklevel), dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of softmax along a dimension. Without one, it is guessed, with a warning."""
    return shares.log_softmax(input, chosen_dim(dim, input, "log_softmax", _stacklevel), dtype=dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Softmax of -x along a dimension. Without one, it is guessed, with a warning."""
    return soft.softmin(input, chosen_dim(dim, input, "softmin", _stacklevel), dtype=dtype)


def chosen_dim(dim: int | None, input: Tensor, name: str, stacklevel: int) -> int:
    """The dimension given, or the one that old PyTorch programs rely on."""
    if dim is not None or not isinstance(input, Tensor):  # the function itself complains of the latter
        return dim
    guess = 0 if input.ndim in (0, 1, 3) else 1
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument "
        f"(for this input of shape {tuple(input.shape)}, dim={guess} was taken)",
        stacklevel=stacklevel,
    )
    return guess
