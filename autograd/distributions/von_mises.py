"""Von Mises' distribution: directions around a direction."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.parameters import batch_shape_of, broadcast_all
from autograd.distributions.symmetric import Symmetric
from autograd.dtypes import float64
from autograd.modes import no_grad
from autograd.ops.selection import where
from autograd.ops.special_bessel import i0e, i1e
from autograd.random.creation import rand
from autograd.tensor import Tensor

__all__ = ["VonMises"]


class VonMises(Symmetric):
    r"""The bell curve of angles: density $e^{\kappa \cos(x - \mu)} / (2\pi I_0(\kappa))$.

    `loc` is μ, `concentration` is κ. `variance` is the circular variance, 1 - I_1(κ) / I_0(κ).

    >>> import autograd
    >>> VonMises(0.0, 0.0001).log_prob(autograd.tensor(0.0)).exp() * 2 * autograd.pi
    tensor(1.0001)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}  # noqa: RUF012
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(batch_shape_of(self.loc, loc, concentration), validate_args=validate_args)

    @property
    def variance(self) -> Tensor:
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        kappa = self.concentration
        log_bessel = i0e(kappa).log() + kappa
        return kappa * (value - self.loc).cos() - math.log(2 * math.pi) - log_bessel

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw angles in double precision, by proposing some and rejecting what is too unlikely.

        Best and Fisher, "Efficient simulation of the von Mises distribution", 1979.
        """
        with no_grad():
            shape = self._extended_shape(sample_shape)
            loc, kappa = self.loc.double().expand(shape), self.concentration.double().expand(shape)
            r = proposal(kappa)
            angle, done = loc.new_zeros(shape), (loc != loc)
            while not done.all():
                u1, u2, u3 = rand((3, *shape), dtype=float64).unbind()
                z = (math.pi * u1).cos()
                f = (1 + r * z) / (r + z)
                c = kappa * (r - f)
                accept = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
                angle = where(accept, (u3 - 0.5).sign() * f.acos(), angle)
                done = done | accept
            angles: Tensor = (angle + math.pi + loc) % (2 * math.pi) - math.pi
            return angles.to(self.loc.dtype)


def proposal(kappa: Tensor) -> Tensor:
    """The parameter of the law that angles are proposed by; for small κ, by its series."""
    tau = 1 + (1 + 4 * kappa**2).sqrt()
    rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
    return where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))
