"""The categorical distribution: one of several classes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.counting import arange
from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import exactly_one, lazy_property, logits_to_probs, probs_to_logits
from autograd.modes import no_grad
from autograd.ops.shaping import broadcast_tensors
from autograd.random.sampling import multinomial
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["Categorical", "Classes"]


class Classes(Distribution):
    """What distributions over classes share: a probability for each, in the last dimension, or their logits.

    Probabilities are divided by their sum, and logits made logarithms of probabilities.
    Raises ValueError unless one of the two is given, with a dimension at least.
    """

    def set_chances(self, probs: Any, logits: Any) -> None:
        """Keep what was given, normalized."""
        exactly_one(probs, logits)
        given, name = (logits, "logits") if probs is None else (probs, "probs")
        if not isinstance(given, Tensor):
            raise TypeError(f"`{name}` parameter must be Tensor, not {type(given).__name__}")
        if given.ndim < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        normalized = given - given.logsumexp(-1, keepdim=True) if probs is None else given / given.sum(-1, keepdim=True)
        vars(self)[name] = normalized

    @property
    def chances(self) -> Tensor:
        """The parameter that was given, normalized."""
        given: Tensor = vars(self)["probs"] if "probs" in vars(self) else vars(self)["logits"]
        return given

    @lazy_property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """The probability of each class."""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return Size(self.chances.shape)


class Categorical(Classes):
    r"""A class i with probability $p_i$. Give `probs`, which need not add up to 1, or `logits`: of shape (..., classes).

    >>> import autograd
    >>> c = Categorical(autograd.tensor([1.0, 3.0]))
    >>> c.log_prob(autograd.tensor([0, 1])).exp()
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}  # noqa: RUF012
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self.set_chances(probs, logits)
        self._num_events = self.chances.shape[-1]
        super().__init__(self.chances.shape[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True)
    def support(self) -> Any:
        """The numbers of the classes."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return self.chances.new_full(self._extended_shape(), math.nan)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return self.chances.new_full(self._extended_shape(), math.nan)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            rows = self.probs.reshape(-1, self._num_events)
            drawn = multinomial(rows, Size(sample_shape).numel(), True).T
            return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        places, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, places[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        smallest = float(np.finfo(self.logits.dtype.dtype).min)
        return -(self.logits.clamp(min=smallest) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(self._num_events).view(-1, *(1,) * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
