"""The negative binomial distribution: counts that vary more than Poisson's."""

from __future__ import annotations

from typing import Any

from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.gamma import Gamma
from autograd.distributions.parameters import (
    broadcast_all,
    exactly_one,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from autograd.modes import no_grad
from autograd.ops.activation import logsigmoid, sigmoid
from autograd.ops.special_gamma import lgamma
from autograd.random.sampling import poisson
from autograd.tensor import Tensor

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Distribution):
    r"""How many successes come before the r-th failure: $p(k) \propto \binom{k + r - 1}{k} p^k (1 - p)^r$.

    `total_count` is r, and need not be whole; of `probs` p and `logits`, one is given. It is Poisson's law with a rate
    that is itself drawn from a gamma law.

    >>> import autograd
    >>> NegativeBinomial(3.0, probs=autograd.tensor(0.5)).mean
    tensor(3.)
    """

    arg_constraints = {  # noqa: RUF012
        "total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }  # fmt: skip
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        exactly_one(probs, logits)
        name, chance = ("probs", probs) if logits is None else ("logits", logits)
        count, chance = broadcast_all(total_count, chance)
        self.total_count = count.type_as(chance)
        vars(self)[name] = chance
        super().__init__(chance.shape, validate_args=validate_args)

    @lazy_property
    def logits(self) -> Tensor:
        """ln(p / (1 - p))."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """The probability of a success."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / sigmoid(-self.logits)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False).sample(sample_shape)
            return poisson(rates)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        r = self.total_count
        chances = r * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = lgamma(r + value) - lgamma(1.0 + value) - lgamma(r)
        return chances + ways.masked_fill(r + value == 0.0, 0.0)
