"""Making an op available: as a method of Tensor, as Python operators, and as an in-place method."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from autograd import lift
from autograd.inplace import in_place, in_place_operator
from autograd.promotion import NUMBERS, number_like, weak_number
from autograd.signatures import signature_of
from autograd.tensor import Tensor, tensor_of

if TYPE_CHECKING:
    from autograd.op import Op

F = TypeVar("F", bound=Callable[..., Any])

COMMUTATIVE = {"add", "mul", "and", "or", "xor"}
REFLECTED = {"sub", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift"}


def add_methods(**members: Any) -> None:
    """Make functions or properties members of Tensor, under the given names."""
    for name, member in members.items():
        setattr(Tensor, name, member)


def also_called(name: str, function: F) -> F:
    """The same function, which gets a second name: as a method too, and in place, where it is one under its first."""
    first = function.__name__
    if getattr(Tensor, first, None) is function:
        setattr(Tensor, name, function)
    if hasattr(Tensor, f"{first}_"):
        setattr(Tensor, f"{name}_", getattr(Tensor, f"{first}_"))
    return function


def attach(op: Op, function: Any, *, operator: str, method: bool | str, inplace: bool | None) -> None:
    """Enter a new op's function where users will look for it."""
    if method:
        setattr(Tensor, method if isinstance(method, str) else op.name, function)
    changes_in_place = op.broadcasts if inplace is None else inplace
    if changes_in_place and (method or inplace):
        setattr(Tensor, f"{op.name}_", in_place(function, f"{op.name}_"))
    if operator:
        attach_operator(op, operator, changes_in_place)


def attach_operator(op: Op, operator: str, changes_in_place: bool) -> None:
    """`x * y`, `2 * x` and `x *= y` for an op called "mul"."""
    straight = lift.lifted(op, operator=True)
    straight.__signature__ = signature_of(op, operator=True)
    setattr(Tensor, f"__{operator}__", straight)
    if operator in COMMUTATIVE:
        setattr(Tensor, f"__r{operator}__", straight)
    elif operator in REFLECTED:
        setattr(Tensor, f"__r{operator}__", reflected(straight))
    if changes_in_place and operator in COMMUTATIVE | REFLECTED:
        setattr(Tensor, f"__i{operator}__", in_place_operator(op.function, f"{op.name}_"))


def reflected(operator: Any) -> Any:
    """`2 - x` from `x - y`: the operands arrive in the other order."""

    def method(self: Tensor, other: Any) -> Any:
        if not isinstance(self, Tensor):
            raise TypeError(f"a reflected operator is a method of Tensor, not of {type(self).__name__}")
        if other.__class__ in NUMBERS:
            other = number_like(other, self)  # type: ignore[arg-type]
        if isinstance(other, (bool, int, float, complex, np.generic)):
            other = weak_number(other)
        elif isinstance(other, np.ndarray):
            other = tensor_of(other)
        return operator(other, self) if isinstance(other, Tensor) else NotImplemented

    return method
