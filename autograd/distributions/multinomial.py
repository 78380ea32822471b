"""The multinomial distribution: how often each class comes up."""

from __future__ import annotations

from typing import Any

from autograd.create import ones_like
from autograd.distributions import constraints
from autograd.distributions.binomial import Binomial
from autograd.distributions.categorical import Categorical
from autograd.distributions.distribution import Distribution
from autograd.modes import no_grad
from autograd.ops.powers import xlogy
from autograd.ops.special_gamma import lgamma
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    r"""How often each class comes up in n draws: $\frac{n!}{\prod_i x_i!} \prod_i p_i^{x_i}$.

    `total_count` is n, an int; give `probs` or `logits`, of shape (..., classes). Raises ValueError for another n.

    >>> import autograd
    >>> Multinomial(2, autograd.tensor([0.5, 0.5])).log_prob(autograd.tensor([1.0, 1.0])).exp()
    tensor(0.5000)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}  # noqa: RUF012

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported: give an int, the same for the batch")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Counts that add up to n."""
        return constraints.multinomial(self.total_count)

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        found: Tensor = self._categorical.logits
        return found

    @property
    def probs(self) -> Tensor:
        """The probability of each class."""
        found: Tensor = self._categorical.probs
        return found

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._categorical.param_shape

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            drawn = self._categorical.sample((self.total_count, *Size(sample_shape))).movedim(0, -1)
            counts = drawn.new_zeros(self._extended_shape(sample_shape))
            return counts.scatter_add_(-1, drawn, ones_like(drawn)).type_as(self.probs)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        ways = lgamma(value.sum(-1) + 1) - lgamma(value + 1).sum(-1)
        return ways + xlogy(value, self.logits.exp()).sum(-1)

    def entropy(self) -> Tensor:
        """Summed over the values that each count can have: the counts' own binomial laws suffice."""
        n = self.probs.new_full((), self.total_count)
        counts = Binomial(self.total_count, self.probs)
        values = counts.enumerate_support(expand=False)[1:]
        expected = (counts.log_prob(values).exp() * lgamma(values + 1)).sum((0, -1))
        return self.total_count * self._categorical.entropy() - lgamma(n + 1) + expected
