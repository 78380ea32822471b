"""The Bernoulli distribution: one attempt that succeeds or fails."""

from __future__ import annotations

import math
from typing import Any

from autograd.counting import arange
from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.parameters import (
    batch_shape_of,
    broadcast_all,
    exactly_one,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from autograd.modes import no_grad
from autograd.ops.likelihood_losses import binary_cross_entropy_with_logits
from autograd.ops.selection import where
from autograd.random.sampling import bernoulli
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["Bernoulli", "Successes"]


class Successes(Distribution):
    """What distributions of attempts share: a probability of success p, given as such or by its logit ln(p / (1 - p)).

    Raises ValueError unless one of the two is given.
    """

    def set_chance(self, probs: Any, logits: Any) -> Size:
        """Keep what was given; the shape of the batch."""
        exactly_one(probs, logits)
        given = logits if probs is None else probs
        (parameter,) = broadcast_all(given)
        vars(self)["logits" if probs is None else "probs"] = parameter
        return batch_shape_of(parameter, given)

    @property
    def chance(self) -> Tensor:
        """The parameter that was given."""
        given: Tensor = vars(self)["probs"] if "probs" in vars(self) else vars(self)["logits"]
        return given

    @lazy_property
    def logits(self) -> Tensor:
        """ln(p / (1 - p))."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """The probability p of success."""
        return logits_to_probs(self.logits, is_binary=True)


class Bernoulli(Successes):
    r"""1 with probability p, else 0: $p^x (1 - p)^{1 - x}$. Give `probs` or `logits`.

    >>> import autograd
    >>> Bernoulli(0.25).log_prob(autograd.tensor(1.0)).exp()
    tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self.set_chance(probs, logits), validate_args=validate_args)

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return Size(self.chance.shape)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        more_likely = (self.probs >= 0.5).to(self.probs)
        return where(self.probs == 0.5, math.nan, more_likely)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction=0)

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction=0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(2, dtype=self.chance.dtype).view(-1, *(1,) * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
