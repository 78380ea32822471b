"""What distributions do with their parameters: bring them to one shape, and go from probabilities to logits."""

from __future__ import annotations

import functools
from numbers import Number
from typing import Any

from autograd.create import tensor
from autograd.dtypes import finfo, get_default_dtype
from autograd.modes import enable_grad
from autograd.ops.activation import sigmoid
from autograd.ops.shaping import broadcast_tensors
from autograd.ops.softmax import softmax
from autograd.random.creation import randn
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits"]


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape; a number takes the dtype of the first tensor.

    Raises ValueError for what is neither.

    >>> import autograd
    >>> [t.tolist() for t in broadcast_all(0.0, autograd.ones(2))]
    [[0.0, 0.0], [1.0, 1.0]]
    """
    for value in values:
        if not isinstance(value, (Tensor, Number)):
            raise ValueError(
                f"Input arguments must all be instances of Number or torch.Tensor, and one is {type(value).__name__}"
            )
    dtype = next((value.dtype for value in values if isinstance(value, Tensor)), get_default_dtype())
    tensors = [value if isinstance(value, Tensor) else tensor(value, dtype=dtype) for value in values]
    return tuple(broadcast_tensors(*tensors))


def all_numbers(*values: Any) -> bool:
    """Whether parameters are plain numbers, so that one value is drawn and not a batch."""
    return all(isinstance(value, Number) for value in values)


def batch_shape_of(parameter: Tensor, *given: Any) -> Size:
    """The shape of the batch of distributions that these parameters, given by the user, make up."""
    return Size() if all_numbers(*given) else Size(parameter.shape)


def _standard_normal(shape: Any, dtype: Any, device: Any) -> Tensor:
    """Normal numbers of mean 0 and deviation 1: PyTorch's private name, which libraries of distributions rely on."""
    return randn(shape, dtype=dtype, device=device)


class lazy_property(functools.cached_property[Any]):
    """A property that is computed when first asked for, with gradients on, and then kept."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            return super().__get__(instance, owner)


def exactly_one(probs: Any, logits: Any) -> None:
    """Raise unless one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def smallest_step(dtype: Any) -> float:
    """The distance from 1 to the next number."""
    return finfo(dtype).eps


def smallest_positive(dtype: Any) -> float:
    """The smallest positive number with full precision."""
    return finfo(dtype).tiny


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities, moved away from 0 and 1 by the smallest step, so that their logarithms are finite."""
    step = smallest_step(probs.dtype)
    return probs.clamp(min=step, max=1 - step)


def inside_unit_interval(x: Tensor) -> Tensor:
    """Numbers between 0 and 1, moved away from both as little as their dtype allows."""
    return x.clamp(min=smallest_positive(x.dtype), max=1 - smallest_step(x.dtype))


def clipped_sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), kept away from 0 and 1."""
    return inside_unit_interval(sigmoid(x))


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The logarithms of probabilities; of one probability of two, of its odds: ln(p / (1 - p))."""
    safe = clamp_probs(probs)
    return safe.log() - (-safe).log1p() if is_binary else safe.log()


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """The probabilities of logits: their softmax; of logarithms of odds, their sigmoid."""
    probs: Tensor = sigmoid(logits) if is_binary else softmax(logits, dim=-1)
    return probs
