"""Which transform leads from any numbers to the values that a constraint allows.

`biject_to(constraint)` gives one that has an inverse and knows how much it stretches, as Hamiltonian Monte Carlo and
variational inference need it; `transform_to(constraint)` one that may be simpler, good enough for gradient descent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.distributions import constraints, transforms
from autograd.distributions.transforms import Transform

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]

Factory = Callable[[Any], Transform]


class ConstraintRegistry:
    """From kinds of constraints to what makes a transform of one.

    >>> import autograd
    >>> transform_to(constraints.positive)(autograd.tensor([-1.0, 0.0]))
    tensor([0.3679, 1.0000])
    """

    def __init__(self) -> None:
        self._registry: dict[type, Factory] = {}

    def register(self, constraint: Any, factory: Factory | None = None) -> Any:
        """Enter a factory for a kind of constraint, or for that of an instance; also a decorator.

        Raises TypeError for what is no constraint.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Transform:
        """The transform to the values that a constraint allows; NotImplementedError where none is known."""
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def between(constraint: Any) -> Transform:
    """A sigmoid between two bounds."""
    width = constraint.upper_bound - constraint.lower_bound
    if not hasattr(width, "shape") and (constraint.lower_bound, width) == (0, 1):
        return transforms.SigmoidTransform()
    return after(transforms.SigmoidTransform(), transforms.AffineTransform(constraint.lower_bound, width))


def after(first: Transform, then: Transform) -> Transform:
    """One transform after another."""
    return transforms.ComposeTransform([first, then])


def above(constraint: Any) -> Transform:
    """An exponential above a bound."""
    return after(transforms.ExpTransform(), transforms.AffineTransform(constraint.lower_bound, 1))


def below(constraint: Any) -> Transform:
    """An exponential below a bound, downwards."""
    return after(transforms.ExpTransform(), transforms.AffineTransform(constraint.upper_bound, -1))


def always(transform: type[Transform]) -> Factory:
    """A factory that makes the same kind of transform of every constraint."""
    return lambda constraint: transform()


def several(registry: ConstraintRegistry) -> None:
    """Enter the constraints that are made of others."""
    registry.register(
        constraints.independent,
        lambda c: transforms.IndependentTransform(registry(c.base_constraint), c.reinterpreted_batch_ndims),
    )
    registry.register(
        constraints.cat, lambda c: transforms.CatTransform([registry(part) for part in c.cseq], c.dim, c.lengths)
    )
    registry.register(
        constraints.stack, lambda c: transforms.StackTransform([registry(part) for part in c.cseq], c.dim)
    )


for registry in (biject_to, transform_to):
    registry.register(constraints.real, lambda _: transforms.identity_transform)
    registry.register(constraints.positive, above)
    registry.register(constraints.nonnegative, above)
    registry.register(constraints.less_than, below)
    registry.register(constraints.interval, between)
    registry.register(constraints.half_open_interval, between)
    registry.register(constraints.corr_cholesky, always(transforms.CorrCholeskyTransform))
    several(registry)

biject_to.register(constraints.simplex, always(transforms.StickBreakingTransform))
transform_to.register(constraints.simplex, always(transforms.SoftmaxTransform))
for matrix, transform in (
    (constraints.lower_cholesky, transforms.LowerCholeskyTransform),
    (constraints.positive_definite, transforms.PositiveDefiniteTransform),
    (constraints.positive_semidefinite, transforms.PositiveDefiniteTransform),
):
    transform_to.register(matrix, always(transform))
