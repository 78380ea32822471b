"""Test cases, declared beside each op: which shapes, ranges and metadata its tests run on.

Cases are descriptions, not data: the tests draw the numbers, in the dtype they want.

    cases=(case((3, 4), (4,)), case(sample((2, 3), low=0.1), dim=1))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """A tensor to draw: uniform in [low, high); `apart` spaces the values so that none are close to a tie.

    `form` asks for matrices that are easy to invert, with eigenvalues and singular values apart: "regular", or
    "hermitian", which are positive definite too, or "lower" and "upper": triangular ones, with a real
    diagonal. Functions of Hermitian or triangular matrices are tested on such alone.
    With "ascending", the last dimension is sorted.
    """

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    kind: str = "float"  # or "complex", "int", "int32", "bool"
    apart: bool = False
    form: str = ""  # or "regular", "hermitian", "lower", "upper", "ascending"


class Case(NamedTuple):
    """One call: the tensors (a list for an op on several at once) and the metadata.

    `by_definition` says that the gradient is what PyTorch defines it to be, and not the derivative.
    `seen` maps the results to what of them is to be tested, where they are not unique: of eigenvectors, say,
    the absolute values, as each may be multiplied by a number.
    """

    inputs: tuple[Any, ...]
    params: dict[str, Any]
    by_definition: bool = False
    seen: Callable[[Any], Any] | None = None


def sample(
    shape: tuple[int, ...], low: float = -2.0, high: float = 2.0, kind: str = "float", *, apart: bool = False
) -> Sample:
    """A tensor to draw."""
    return Sample(shape, low, high, kind, apart)


def ints(shape: tuple[int, ...], low: int, high: int) -> Sample:
    """Indices to draw, in [low, high)."""
    return Sample(shape, low, high, "int")


def bools(shape: tuple[int, ...]) -> Sample:
    """A mask to draw."""
    return Sample(shape, 0, 2, "bool")


def regular(*shape: int) -> Sample:
    """Matrices to draw that are easy to invert."""
    return Sample(shape, form="regular")


def hermitian(*shape: int) -> Sample:
    """Hermitian matrices to draw, positive definite."""
    return Sample(shape, form="hermitian")


def lower_factor(*shape: int) -> Sample:
    """Cholesky factors to draw: lower triangular matrices with a real diagonal."""
    return Sample(shape, form="lower")


def upper_factor(*shape: int) -> Sample:
    """Cholesky factors to draw: upper triangular matrices with a real diagonal."""
    return Sample(shape, form="upper")


def ascending(*shape: int) -> Sample:
    """Sorted numbers to draw."""
    return Sample(shape, form="ascending")


def case(*inputs: Any, **params: Any) -> Case:
    """A call: shapes, samples or None for the tensors, metadata by name."""
    return Case(tuple(described(i) for i in inputs), params)


def by_definition(case: Case) -> Case:
    """The same case, marked as one whose gradient is not the derivative."""
    return case._replace(by_definition=True)


def seen_as(function: Callable[[Any], Any], cases: Iterable[Case]) -> tuple[Case, ...]:
    """The same cases, with a function to say what of the results is to be tested."""
    return tuple(c._replace(seen=function) for c in cases)


def described(item: Any) -> Any:
    """A bare shape stands for a sample of that shape; a list for several tensors in one argument."""
    if isinstance(item, list):
        return [described(i) for i in item]
    return Sample(item) if isinstance(item, tuple) and not isinstance(item, Sample) else item


def within(cases: Iterable[Case], low: float, high: float) -> tuple[Case, ...]:
    """The same cases with the numbers drawn from another range, as a domain such as x > 0 demands."""
    return tuple(
        Case(tuple(i._replace(low=low, high=high) if isinstance(i, Sample) else i for i in c.inputs), c.params)
        for c in cases
    )


def apart(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The same cases with the numbers spaced out, for ops with kinks or ties."""
    return tuple(
        Case(tuple(i._replace(apart=True) if isinstance(i, Sample) else i for i in c.inputs), c.params) for c in cases
    )


UNARY = (case((3, 4)), case(()), case((0, 3)), case((2, 1, 3)))
"""For elementwise functions: a matrix, a scalar, nothing, and three dimensions."""

PAIRS = (
    case((3, 4), (3, 4)),
    case((3, 1), (1, 4)),
    case((2, 3), ()),
    case((), (2, 3)),
    case((), ()),
    case((2, 3, 4), (3, 1)),
    case((0, 3), (1, 3)),
    case((1, 1), (1, 1, 1, 2)),
)
"""For elementwise functions of two: equal shapes, and every way to broadcast."""

TRIPLES = (
    case((3, 4), (3, 4), (3, 4)),
    case((3, 1), (1, 4), (4,)),
    case((2, 3), (), (3,)),
    case((), (), ()),
    case((0, 3), (1, 3), (3,)),
)
"""For elementwise functions of three."""

DIMS = (
    case((3, 4)),
    case((3, 4), dim=0),
    case((3, 4), dim=-1, keepdim=True),
    case((2, 3, 4), dim=(0, 2)),
    case((2, 3, 4), dim=(-1, 0), keepdim=True),
    case(()),
    case((2, 1, 3), dim=1),
)
"""For reductions over any dimensions."""

ONE_DIM = (case((3, 4), dim=0), case((3, 4), dim=-1), case((2, 3, 4), dim=1), case((), dim=0), case((2, 1), dim=1))
"""For functions along one dimension."""
