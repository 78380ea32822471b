"""Mixtures: one of several distributions of the same kind, chosen at random."""

from __future__ import annotations

from typing import Any

from autograd.distributions.categorical import Categorical
from autograd.distributions.distribution import Distribution
from autograd.modes import no_grad
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    r"""A mixture: $\sum_k \pi_k\, p_k(x)$, with the components $p_k$ along the last dimension of a batch.

    `mixture_distribution` is a Categorical with the weights π. Raises ValueError where the two don't fit together.

    >>> import autograd
    >>> from autograd.distributions import Normal
    >>> m = MixtureSameFamily(Categorical(autograd.ones(2)), Normal(autograd.tensor([-1.0, 3.0]), 1.0))
    >>> m.mean
    tensor(1.)
    """

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution, validate_args: bool | None = None
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                "The Mixture distribution needs to be an instance of torch.distributions.Categorical, and is "
                f"{type(mixture_distribution).__name__}"
            )
        weights, components = mixture_distribution, component_distribution
        if not isinstance(components, Distribution):
            raise ValueError(
                "The Component distribution needs to be an instance of torch.distributions.Distribution, and is "
                f"{type(components).__name__}"
            )
        if components.batch_shape[-1:] != weights.probs.shape[-1:]:
            raise ValueError(
                f"`mixture_distribution` component ({weights.probs.shape[-1]}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({list(components.batch_shape[-1:])})"
            )
        self.mixture_distribution, self.component_distribution = weights, components
        super().__init__(components.batch_shape[:-1], components.event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        components = self.component_distribution.expand(
            (*Size(batch_shape), self.component_distribution.batch_shape[-1])
        )
        return type(self)(self.mixture_distribution.expand(batch_shape), components, validate_args=False)

    @property
    def support(self) -> Any:
        return self.component_distribution.support

    def _over_events(self, weights: Tensor) -> Tensor:
        """Weights with dimensions of size 1 for those of an event."""
        return weights.reshape(*weights.shape, *(1,) * len(self._event_shape))

    @property
    def _components(self) -> int:
        """The dimension of the components."""
        return -1 - len(self._event_shape)

    @property
    def mean(self) -> Tensor:
        weights = self._over_events(self.mixture_distribution.probs)
        return (weights * self.component_distribution.mean).sum(self._components)

    @property
    def variance(self) -> Tensor:
        weights = self._over_events(self.mixture_distribution.probs)
        within = (weights * self.component_distribution.variance).sum(self._components)
        distance = self.component_distribution.mean - self.mean.unsqueeze(self._components)
        return within + (weights * distance.pow(2)).sum(self._components)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            chosen = self.mixture_distribution.sample(sample_shape)
            drawn = self.component_distribution.sample(sample_shape)
            places = self._over_events(chosen.unsqueeze(-1)).expand((*chosen.shape, 1, *self._event_shape))
            return drawn.gather(self._components, places).squeeze(self._components)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        each = self.component_distribution.log_prob(value.unsqueeze(self._components))
        return (each + self.mixture_distribution.logits).logsumexp(-1)

    def cdf(self, value: Tensor) -> Tensor:
        below = self.component_distribution.cdf(value.unsqueeze(self._components))
        return (below * self.mixture_distribution.probs).sum(-1)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
