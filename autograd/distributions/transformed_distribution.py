"""The distribution of what transforms make of another distribution's values."""

from __future__ import annotations

from typing import Any

from autograd.distributions import constraints
from autograd.distributions.distribution import Distribution
from autograd.distributions.independent import Independent, sum_last
from autograd.distributions.transforms import ComposeTransform, Transform
from autograd.modes import no_grad
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    r"""What transforms, one after another, make of what a base distribution draws.

        ln p(y) = ln p(x) - Σ ln |det df/dx|,  with y = f(x)

    Raises ValueError for what is neither a transform nor a list of them.

    >>> import autograd
    >>> from autograd.distributions import AffineTransform, Normal
    >>> t = TransformedDistribution(Normal(0.0, 1.0), AffineTransform(1.0, 2.0))  # which is Normal(1, 2)
    >>> t.log_prob(autograd.tensor(1.0)), Normal(1.0, 2.0).log_prob(autograd.tensor(1.0))
    (tensor(-1.6121), tensor(-1.6121))
    """

    def __init__(self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(self.transforms, list) or not all(isinstance(t, Transform) for t in self.transforms):
            raise ValueError(f"transforms must be a Transform or a list of Transforms, but was {transforms}")
        transform = ComposeTransform(self.transforms)
        base: Any = base_distribution
        dims = len(base.event_shape)
        given = Size((*base.batch_shape, *base.event_shape))
        if len(given) < transform.domain.event_dim:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {transform.domain.event_dim}, but got {given}."
            )
        shape = transform.forward_shape(given)
        needed = transform.inverse_shape(shape)  # larger than given where the transforms' own parameters are
        if needed != given:
            base = base.expand(needed[: len(needed) - dims])
        more = transform.domain.event_dim - dims
        self.base_dist: Any = Independent(base, more) if more > 0 else base
        batch_dims = len(shape) - transform.codomain.event_dim - max(-more, 0)
        super().__init__(shape[:batch_dims], shape[batch_dims:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        whole = ComposeTransform(self.transforms).inverse_shape((*batch_shape, *self._event_shape))
        new.base_dist = self.base_dist.expand(whole[: len(whole) - len(self.base_dist.event_shape)])
        return new

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether the base distribution has it."""
        found: bool = self.base_dist.has_rsample
        return found

    @property
    def support(self) -> Any:
        last = self.transforms[-1].codomain if self.transforms else self.base_dist.support
        more = len(self._event_shape) - last.event_dim
        return constraints.independent(last, more) if more > 0 else last

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return self._through(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return self._through(self.base_dist.rsample(sample_shape))

    def _through(self, x: Tensor) -> Tensor:
        """What the transforms make of values."""
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        event = len(self._event_shape)
        stretched: Any = 0.0
        y = value
        for transform in reversed(self.transforms):
            x = transform.invert(y)
            event += transform.domain.event_dim - transform.codomain.event_dim
            stretched = stretched - sum_last(transform.log_abs_det_jacobian(x, y), event - transform.domain.event_dim)
            y = x
        return stretched + sum_last(self.base_dist.log_prob(y), event - len(self.base_dist.event_shape))

    def cdf(self, value: Tensor) -> Tensor:
        """For transforms that increase or decrease everywhere."""
        for transform in reversed(self.transforms):
            value = transform.invert(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        return self._through(self.base_dist.icdf(self._turned(value)))

    def _turned(self, probability: Tensor) -> Tensor:
        """The probability itself where the transforms increase, what it leaves of 1 where they decrease."""
        sign = ComposeTransform(self.transforms).sign
        return probability if isinstance(sign, int) and sign == 1 else sign * (probability - 0.5) + 0.5

    def __repr__(self) -> str:
        if self.arg_constraints:
            return super().__repr__()
        return f"{type(self).__name__}()"
