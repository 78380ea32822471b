"""Relaxations: smooth stand-ins for choices, through which gradients flow."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.bernoulli import Successes
from autograd.distributions.categorical import Classes
from autograd.distributions.parameters import broadcast_all, clamp_probs
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import ExpTransform, SigmoidTransform
from autograd.random.creation import rand
from autograd.tensor import Tensor

__all__ = ["RelaxedBernoulli", "RelaxedOneHotCategorical"]


def log_of(temperature: Any) -> Any:
    """Its logarithm, whether it is a number or a tensor."""
    return temperature.log() if isinstance(temperature, Tensor) else math.log(temperature)


class LogitRelaxedBernoulli(Successes):
    """The logit of a relaxed choice: (logit p + logit u) / temperature, with uniform u."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.real
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(self.set_chance(probs, logits), validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        p = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(rand(shape, dtype=p.dtype))
        return (u.log() - (-u).log1p() + p.log() - (-p).log1p()) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        difference = logits - value * self.temperature
        return log_of(self.temperature) + difference - 2 * difference.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """A number in (0, 1) that is near 0 or 1 for a low temperature: a smooth Bernoulli. Give `probs` or `logits`.

    Maddison, Mnih and Teh, "The concrete distribution", 2017; Jang, Gu and Poole, "Categorical
    reparameterization with Gumbel-softmax", 2017.

    >>> import autograd
    >>> RelaxedBernoulli(autograd.tensor(0.5), probs=autograd.tensor(0.3)).support
    Interval(lower_bound=0.0, upper_bound=1.0)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.unit_interval

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How soft the choice is."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """The logit of the probability of 1."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return self.base_dist.probs


class ExpRelaxedCategorical(Classes):
    """The logarithm of a relaxed choice among classes: log_softmax((logits + Gumbel noise) / temperature)."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}  # noqa: RUF012
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.set_chances(probs, logits)
        self.temperature = temperature
        super().__init__(self.chances.shape[:-1], self.chances.shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        u = clamp_probs(rand(shape, dtype=self.logits.dtype))
        scores = (self.logits.expand(shape) - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        classes = self._event_shape[0]
        logits, value = broadcast_all(self.logits, value)
        scale = math.lgamma(classes) + (classes - 1) * log_of(self.temperature)
        score = logits - value * self.temperature
        return (score - score.logsumexp(dim=-1, keepdim=True)).sum(-1) + scale


class RelaxedOneHotCategorical(TransformedDistribution):
    """A vector of positive numbers that add up to 1, near a one-hot vector for a low temperature: Gumbel-softmax.

    Give `probs` or `logits`, of shape (..., classes). Papers: see `RelaxedBernoulli`.

    >>> import autograd
    >>> RelaxedOneHotCategorical(autograd.tensor(0.5), probs=autograd.ones(3)).event_shape
    torch.Size([3])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}  # noqa: RUF012
    support = constraints.simplex
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How soft the choice is."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """The probability of each class."""
        return self.base_dist.probs
