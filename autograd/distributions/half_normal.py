"""The distribution of the absolute value of what is normal."""

from __future__ import annotations

import math

from autograd.distributions.half import Half
from autograd.distributions.normal import Normal
from autograd.tensor import Tensor

__all__ = ["HalfNormal"]


class HalfNormal(Half):
    r"""The absolute value of a normal number with mean 0 and standard deviation `scale`: $|\sigma z|$.

    >>> import autograd
    >>> HalfNormal(1.0).mean
    tensor(0.7979)
    """

    whole = Normal

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2) * (1 - 2 / math.pi)
