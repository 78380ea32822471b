"""Sets of values: what a distribution's parameters may be, and what can be drawn from it.

A constraint's `check(value)` says for each value whether it lies in the set. Where a value is a
vector or a matrix, `event_dim` says how many last dimensions of a tensor belong to one value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.dtypes import finfo
from autograd.linalg import cholesky_ex, eigvalsh
from autograd.ops.comparison import isfinite
from autograd.ops.joining import cat as cat_of
from autograd.ops.joining import stack as stack_of
from autograd.tensor import Tensor

__all__ = [
    "Constraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property", "greater_than",
    "greater_than_eq", "half_open_interval", "independent", "integer_interval", "interval", "is_dependent",
    "less_than", "lower_cholesky", "lower_triangular", "multinomial", "nonnegative", "nonnegative_integer", "one_hot",
    "positive", "positive_definite", "positive_integer", "positive_semidefinite", "real", "real_vector", "simplex",
    "square", "stack", "symmetric", "unit_interval",
]  # fmt: skip


class Constraint:
    """A set of values.

    Attributes:
        is_discrete: whether its values are counted, not measured.
        event_dim: how many last dimensions of a tensor make up one value.
    """

    is_discrete = False
    event_dim = 0

    def check(self, value: Tensor) -> Any:
        """Whether each value lies in the set: a boolean tensor, without the dimensions of one value."""
        raise TypeError(f"{self!r} does not say what belongs to it: define check()")

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={bound}" for name, bound in vars(self).items())
        return f"{type(self).__name__}({bounds})"


class Dependent(Constraint):
    """A set that depends on the parameters; a distribution's instances know it, its class does not."""

    def __init__(self, *, is_discrete: bool = False, event_dim: int = 0) -> None:
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def check(self, value: Tensor) -> Any:
        raise ValueError("Cannot determine validity of dependent constraint: ask an instance of the distribution")


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint is known to instances alone."""
    return isinstance(constraint, Dependent)


class dependent_property(property, Dependent):
    """A property whose value is a constraint that depends on the parameters."""

    def __init__(self, fget: Any = None, *, is_discrete: bool = False, event_dim: int = 0) -> None:
        property.__init__(self, fget)
        Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    def __call__(self, fget: Callable[[Any], Any]) -> dependent_property:
        return dependent_property(fget, is_discrete=self.is_discrete, event_dim=self.event_dim)


class Independent(Constraint):
    """The set of tensors all of whose values lie in a base set."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Any:
        inside = self.base_constraint.check(value)
        if inside.ndim < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return inside.reshape(*inside.shape[: inside.ndim - self.reinterpreted_batch_ndims], -1).all(-1)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


# -- numbers ------------------------------------------------------------------------------------------------


class Boolean(Constraint):
    """0 and 1."""

    is_discrete = True

    def check(self, value: Tensor) -> Any:
        return (value == 0) | (value == 1)


class Real(Constraint):
    """Every number; not NaN."""

    def check(self, value: Tensor) -> Any:
        return value == value


class GreaterThan(Constraint):
    """Numbers above a bound."""

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Tensor) -> Any:
        return self.lower_bound < value


class GreaterThanEq(GreaterThan):
    """Numbers from a bound on."""

    def check(self, value: Tensor) -> Any:
        return self.lower_bound <= value


class LessThan(Constraint):
    """Numbers below a bound."""

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Any:
        return value < self.upper_bound


class Interval(Constraint):
    """Numbers between two bounds, and these."""

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Any:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class HalfOpenInterval(Interval):
    """Numbers from a bound up to another, without that."""

    def check(self, value: Tensor) -> Any:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class IntegerInterval(Interval):
    """Whole numbers between two bounds, and these."""

    is_discrete = True

    def check(self, value: Tensor) -> Any:
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class IntegerGreaterThan(Constraint):
    """Whole numbers from a bound on."""

    is_discrete = True

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Tensor) -> Any:
        return (value % 1 == 0) & (value >= self.lower_bound)


# -- vectors ------------------------------------------------------------------------------------------------


class Simplex(Constraint):
    """Vectors of probabilities: none negative, and together 1 (up to 1e-6)."""

    event_dim = 1

    def check(self, value: Tensor) -> Any:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class OneHot(Constraint):
    """Vectors with one 1 and zeros."""

    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class Multinomial(Constraint):
    """Vectors of counts that add up to a number, or less."""

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Any:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


# -- matrices -----------------------------------------------------------------------------------------------


class Square(Constraint):
    """Square matrices."""

    event_dim = 2

    def check(self, value: Tensor) -> Any:
        return value.new_full(value.shape[:-2], value.shape[-2] == value.shape[-1]).bool()


class Symmetric(Square):
    """Symmetric matrices."""

    def check(self, value: Tensor) -> Any:
        square_too = super().check(value)
        return value.isclose(value.mT, atol=1e-6).all(-2).all(-1) if square_too.all() else square_too


class PositiveDefinite(Symmetric):
    """Symmetric matrices with positive eigenvalues."""

    def check(self, value: Tensor) -> Any:
        symmetric_too = super().check(value)
        return cholesky_ex(value).info == 0 if symmetric_too.all() else symmetric_too


class PositiveSemidefinite(Symmetric):
    """Symmetric matrices without negative eigenvalues."""

    def check(self, value: Tensor) -> Any:
        symmetric_too = super().check(value)
        return (eigvalsh(value) >= 0).all(-1) if symmetric_too.all() else symmetric_too


class LowerTriangular(Constraint):
    """Matrices without anything above the diagonal."""

    event_dim = 2

    def check(self, value: Tensor) -> Any:
        return (value.tril() == value).flatten(-2).all(-1)


class LowerCholesky(LowerTriangular):
    """Lower triangular matrices with a positive diagonal, as a Cholesky factorization gives them."""

    def check(self, value: Tensor) -> Any:
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1) & isfinite(value).all(-1).all(-1)


class CorrCholesky(LowerCholesky):
    """Cholesky factors of correlation matrices: their rows have length 1."""

    def check(self, value: Tensor) -> Any:
        lengths = value.detach().norm(dim=-1)
        rounding = finfo(value.dtype).eps * value.shape[-1] * 10
        return super().check(value) & ((lengths - 1).abs() <= rounding).all(-1)


# -- sets side by side --------------------------------------------------------------------------------------


class SideBySide(Constraint):
    """A set for each part of a tensor along one dimension."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        self.cseq = list(cseq)
        self.dim = dim

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        return any(part.is_discrete for part in self.cseq)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        return max(part.event_dim for part in self.cseq)


class Stack(SideBySide):
    """A set for each slice along a dimension."""

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        widest = max(part.event_dim for part in self.cseq)
        return widest + (self.dim + widest < 0)

    def check(self, value: Tensor) -> Any:
        slices = value.unbind(self.dim)
        return stack_of([part.check(piece) for part, piece in zip(self.cseq, slices, strict=True)], self.dim)


class Cat(SideBySide):
    """A set for each piece along a dimension, of given lengths, or 1."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Any = None) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)

    def check(self, value: Tensor) -> Any:
        pieces = value.split(self.lengths, self.dim)
        return cat_of([part.check(piece) for part, piece in zip(self.cseq, pieces, strict=True)], self.dim)


# -- by PyTorch's names -------------------------------------------------------------------------------------

dependent = Dependent()
boolean = Boolean()
one_hot = OneHot()
nonnegative_integer = IntegerGreaterThan(0)
positive_integer = IntegerGreaterThan(1)
real = Real()
real_vector = Independent(real, 1)
positive = GreaterThan(0.0)
nonnegative = GreaterThanEq(0.0)
unit_interval = Interval(0.0, 1.0)
simplex = Simplex()
lower_triangular = LowerTriangular()
lower_cholesky = LowerCholesky()
square = Square()
symmetric = Symmetric()
positive_definite = PositiveDefinite()
positive_semidefinite = PositiveSemidefinite()
corr_cholesky = CorrCholesky()

integer_interval = IntegerInterval
greater_than = GreaterThan
greater_than_eq = GreaterThanEq
less_than = LessThan
interval = Interval
half_open_interval = HalfOpenInterval
multinomial = Multinomial
independent = Independent
stack = Stack
cat = Cat
