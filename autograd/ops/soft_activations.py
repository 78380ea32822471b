"""Smooth activation functions that are made of others."""

from __future__ import annotations

from typing import Any

from autograd.cases import UNARY, apart, case, sample
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.inplace import in_place
from autograd.ops.activation import elu, sigmoid, softplus
from autograd.ops.requirements import need_floating
from autograd.ops.softmax import softmax
from autograd.ops.trigonometry import tanh
from autograd.tensor import Tensor

KINKED = apart(UNARY)
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@derived(r"s\, (x \text{ if } x > 0 \text{ else } \alpha (e^x - 1))", cases=KINKED, method=False)
def selu(input: Tensor) -> Tensor:
    """An elu with the two constants that keep mean 0 and variance 1 from layer to layer.

    Klambauer et al., "Self-normalizing neural networks", NIPS 2017.
    """
    return elu(input, SELU_ALPHA) * SELU_SCALE


@derived(
    r"x \text{ if } x > 0 \text{ else } \alpha (e^{x / \alpha} - 1)",
    cases=(*KINKED, case((3, 4), alpha=1.5)),
    method=False,
)
def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """An elu whose slope is continuous whatever alpha is. Raises RuntimeError for alpha = 0.

    Barron, "Continuously differentiable exponential linear units", 2017.
    """
    need_floating("celu", input)
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return elu(input) if alpha == 1 else elu(input / alpha) * alpha


selu_, celu_ = in_place(selu, "selu_"), in_place(celu, "celu_")


@derived(r"x \tanh(\ln(1 + e^x))", cases=UNARY, method=False)
def mish(input: Tensor) -> Tensor:
    """x times the tanh of its softplus: smooth, and slightly below zero left of it.

    Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
    """
    return input * tanh(softplus(input))


@derived(r"\frac{x}{1 + |x|}", cases=apart(UNARY), method=False)
def softsign(input: Tensor) -> Tensor:
    """An S-shaped curve from -1 to 1 that levels off more slowly than tanh."""
    return input / (input.abs() + 1)


@derived(r"x - \tanh x", cases=UNARY, method=False)
def tanhshrink(input: Tensor) -> Tensor:
    """x without its tanh: flat around zero."""
    return input - tanh(input)


@derived(r"a \odot \sigma(b)", cases=(case((3, 4)), case((2, 3), dim=0), case(sample((2, 4, 3)), dim=1)), method=False)
def glu(input: Tensor, dim: Any = -1) -> Tensor:
    """The first half of a tensor along a dimension, gated by the sigmoid of the second half.

    Dauphin et al., "Language modeling with gated convolutional networks", ICML 2017. Raises
    RuntimeError where the dimension is odd or there is none.
    """
    need_floating("glu", input)
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    dim = one_dim(dim, input.ndim, "glu")
    size = input.shape[dim]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    first, second = input.split(size // 2, dim) if size else (input, input)
    return first * sigmoid(second)


@derived(r"\frac{e^{-x_i}}{\sum_j e^{-x_j}}", cases=(case((3, 4), dim=0), case((), dim=0)), method=False)
def softmin(input: Tensor, dim: Any = None, *, dtype: Any = None) -> Tensor:
    """Softmax of the negated elements: the smallest gets the largest share."""
    return softmax(-input, dim, dtype=dtype)
