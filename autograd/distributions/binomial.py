"""The binomial distribution: how many of some attempts succeed."""

from __future__ import annotations

from typing import Any

from autograd.counting import arange
from autograd.distributions import constraints
from autograd.distributions.bernoulli import Successes
from autograd.distributions.parameters import broadcast_all
from autograd.modes import no_grad
from autograd.ops.special_gamma import lgamma
from autograd.random.sampling import binomial
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["Binomial"]


class Binomial(Successes):
    r"""How many of n attempts succeed: $\binom{n}{x} p^x (1 - p)^{n - x}$.

    `total_count` is n; give `probs` or `logits`.

    >>> import autograd
    >>> Binomial(2, probs=autograd.tensor(0.5)).log_prob(autograd.tensor([0.0, 1.0, 2.0])).exp()
    tensor([0.2500, 0.5000, 0.2500])
    """

    arg_constraints = {  # noqa: RUF012
        "total_count": constraints.nonnegative_integer, "probs": constraints.unit_interval, "logits": constraints.real,
    }  # fmt: skip
    has_enumerate_support = True

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.set_chance(probs, logits)
        name = "logits" if probs is None else "probs"
        count, vars(self)[name] = broadcast_all(total_count, self.chance)
        self.total_count = count.type_as(self.chance)
        super().__init__(self.chance.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True)
    def support(self) -> Any:
        """Counts up to n."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return Size(self.chance.shape)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """ln C(n, x) + x logit - n ln(1 + exp(logit)), where the last is written so that exp can't overflow."""
        if self._validate_args:
            self._validate_sample(value)
        n, logits = self.total_count, self.logits
        ways = lgamma(n + 1) - lgamma(value + 1) - lgamma(n - value + 1)
        softplus = (logits + logits.abs()) / 2 + (-logits.abs()).exp().log1p()
        return value * logits - n * softplus + ways

    def entropy(self) -> Tensor:
        if (self.total_count != self.total_count.max()).any():
            raise NotImplementedError("Inhomogeneous total count not supported by `entropy`.")
        log_chance = self.log_prob(self.enumerate_support(False))
        return -(log_chance.exp() * log_chance).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        most = int(self.total_count.max().item())
        if (self.total_count != most).any():
            raise NotImplementedError("Inhomogeneous total count not supported by `enumerate_support`.")
        values = arange(most + 1, dtype=self.chance.dtype).view(-1, *(1,) * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
