"""Vectors brought to length 1, and channels damped by their neighbors."""

from __future__ import annotations

from typing import Any

from autograd.cases import case
from autograd.derived import derived
from autograd.ops.joining import constant_pad_nd
from autograd.ops.norms import vector_norm
from autograd.ops.pooling import avg_pool
from autograd.tensor import Tensor


@derived(
    r"\frac{x}{\max(|x|_p, \epsilon)}",
    method=False,
    cases=(case((3, 4)), case((2, 3, 4), p=3.0, dim=-1), case((4,), dim=0)),
)
def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """Vectors along a dimension divided by their p-norms, none of which counts for less than eps.

    >>> import autograd, nn.functional as F
    >>> F.normalize(autograd.tensor([3.0, 4.0]), dim=0)
    tensor([0.6000, 0.8000])
    """
    unit: Tensor = input / vector_norm(input, p, dim, True).clamp(min=eps)
    return unit


@derived(r"x \left(k + \tfrac{\alpha}{n} \sum_{\text{near}} x^2\right)^{-\beta}", method=False,
         cases=(case((2, 5, 3), size=3), case((1, 4, 2, 2), size=2, alpha=0.5, beta=0.5, k=2.0)))  # fmt: skip
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Each channel damped by the mean of the squares of `size` channels around it.

    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012. Raises ValueError for less than three dimensions.
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    if not input.numel():
        return input
    squares = constant_pad_nd((input * input).flatten(2), (0, 0, size // 2, (size - 1) // 2))
    near = avg_pool(squares, (size, 1), (1, 1), (0, 0)).reshape(input.shape)
    return input / (near * alpha + k) ** beta
