"""The distribution of the absolute value of what Cauchy's law draws."""

from __future__ import annotations

import math

from autograd.distributions.cauchy import Cauchy
from autograd.distributions.half import Half
from autograd.tensor import Tensor

__all__ = ["HalfCauchy"]


class HalfCauchy(Half):
    r"""The absolute value of a Cauchy number around 0: density $2 / (\pi\gamma (1 + (x / \gamma)^2))$ for x >= 0.

    `scale` is γ, the value that as many numbers exceed as not. A usual prior for scales, as its tail is
    heavy: Gelman, "Prior distributions for variance parameters in hierarchical models", 2006.

    >>> import autograd
    >>> HalfCauchy(1.0).cdf(autograd.tensor(1.0))
    tensor(0.5000)
    """

    whole = Cauchy

    @property
    def mean(self) -> Tensor:
        """The integral does not end."""
        return self.scale.new_full(self._extended_shape(), math.inf)

    @property
    def variance(self) -> Tensor:
        """Nor does this."""
        return self.scale.new_full(self._extended_shape(), math.inf)
