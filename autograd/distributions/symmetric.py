"""What distributions have in common that are the same on both sides of a point."""

from __future__ import annotations

from autograd.distributions.distribution import Distribution
from autograd.tensor import Tensor


class Symmetric(Distribution):
    """A distribution with its peak at `loc`, and the same density at equal distances on both sides of it."""

    loc: Tensor

    @property
    def mean(self) -> Tensor:
        """The point in the middle."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The point in the middle."""
        return self.loc
