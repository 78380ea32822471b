"""Folding a batch normalization into the layer before it: for evaluation, the two are one affine map."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from autograd.create import ones_like, zeros_like
from autograd.misuse import speaking
from autograd.modes import no_grad
from autograd.ops.powers import rsqrt
from autograd.tensor import Tensor
from nn.modules.batchnorm import _BatchNorm
from nn.modules.conv import _ConvNd
from nn.modules.linear import Linear
from nn.parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

C = TypeVar("C", bound=_ConvNd)
L = TypeVar("L", bound=Linear)


@speaking
def fuse_conv_bn_eval(conv: C, bn: _BatchNorm, transpose: bool = False) -> C:
    """A convolution that does what the given one and the batch normalization after it do together.

    Both must be in evaluation mode and are left as they are. `transpose` is for transposed convolutions.
    Raises AssertionError in training mode, and without running statistics.

    >>> import autograd, nn
    >>> conv, bn = nn.Conv2d(1, 2, 3).eval(), nn.BatchNorm2d(2).eval()
    >>> x = autograd.rand(1, 1, 5, 5)
    >>> autograd.allclose(nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6)
    True
    """
    mean, var = running_statistics(conv, bn)
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, mean, var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


@speaking
def fuse_linear_bn_eval(linear: L, bn: _BatchNorm) -> L:
    """A linear layer that does what the given one and the batch normalization after it do together.

    Both must be in evaluation mode and are left as they are. Raises AssertionError in training mode,
    without running statistics, and for numbers of features that do not fit.

    >>> import autograd, nn
    >>> linear, bn = nn.Linear(3, 2).eval(), nn.BatchNorm1d(2).eval()
    >>> x = autograd.rand(4, 3)
    >>> autograd.allclose(nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)), atol=1e-6)
    True
    """
    mean, var = running_statistics(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(linear.weight, linear.bias, mean, var, bn.eps, bn.weight, bn.bias)
    return fused


def running_statistics(layer: Any, bn: _BatchNorm) -> tuple[Tensor, Tensor]:
    """The running mean and variance. Raises AssertionError unless both modules are ready for fusion."""
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval! Call eval() on both modules first")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None: fusion needs running statistics")
    return bn.running_mean, bn.running_var


@speaking
def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """The weight and the bias of the fused convolution: w s and (b - mean) s + beta, with s = gamma / sqrt(var + eps).

    Args:
        conv_w: the weight w, (O, C, ...); of a transposed convolution (C, O, ...).
        conv_b: the bias b (O); None for zeros.
        bn_rm: the running mean (O).
        bn_rv: the running variance (O).
        bn_eps: eps.
        bn_w: gamma (O); None for ones.
        bn_b: beta (O); None for zeros.
        transpose: the outputs are dimension 1 of the weight.
    """
    others = (1,) * (conv_w.ndim - 2)
    return fused_weights(
        conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, (1, -1, *others) if transpose else (-1, 1, *others)
    )


@speaking
def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """The weight and the bias of the fused linear layer; see `fuse_conv_bn_weights`."""
    return fused_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, (-1, 1))


def fused_weights(
    weight: Tensor, bias: Tensor | None, mean: Tensor, var: Tensor, eps: float, gamma: Tensor | None,
    beta: Tensor | None, per_output: tuple[int, ...],
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """The same for both kinds of layers; `per_output` is the shape that makes the factors fit the weight."""
    own = zeros_like(mean) if bias is None else bias
    with no_grad():
        scale = rsqrt(var + eps) * (ones_like(mean) if gamma is None else gamma)
        w = weight * scale.reshape(per_output)
        b = (own - mean) * scale + (zeros_like(mean) if beta is None else beta)
    return (
        Parameter(w.to(weight.dtype), weight.requires_grad),
        Parameter(b.to(weight.dtype if bias is None else bias.dtype), own.requires_grad),
    )
