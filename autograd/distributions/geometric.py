"""The geometric distribution: failures before the first success."""

from __future__ import annotations

from typing import Any

from autograd.distributions import constraints
from autograd.distributions.bernoulli import Successes
from autograd.distributions.parameters import broadcast_all, smallest_positive
from autograd.modes import no_grad
from autograd.ops.likelihood_losses import binary_cross_entropy_with_logits
from autograd.ops.powers import log1p
from autograd.ops.shaping import clone
from autograd.tensor import Tensor

__all__ = ["Geometric"]


class Geometric(Successes):
    r"""How many attempts fail before the first succeeds: $(1 - p)^k p$. Give `probs` or `logits`.

    >>> import autograd
    >>> Geometric(0.5).log_prob(autograd.tensor([0.0, 1.0])).exp()
    tensor([0.5000, 0.2500])
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self.set_chance(probs, logits), validate_args=validate_args)
        if self._validate_args and probs is not None and not (self.probs > 0).all():
            raise ValueError(
                f"Expected parameter probs (Tensor of shape {tuple(self.probs.shape)}) of distribution {self!r} to be "
                f"positive but found invalid values:\n{self.probs}"
            )

    @property
    def mean(self) -> Tensor:
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        return self.probs.new_zeros(self.probs.shape)

    @property
    def variance(self) -> Tensor:
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            noise = self.probs.new_empty(self._extended_shape(sample_shape))
            noise.uniform_(smallest_positive(self.probs.dtype), 1)
            return (noise.log() / log1p(-self.probs)).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        failed = clone(probs)
        failed[(probs == 1) & (value == 0)] = 0  # a sure success fails never: 0 times ln 0 counts as 0
        return value * log1p(-failed) + self.probs.log()

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction=0) / self.probs
