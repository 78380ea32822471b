"""Which dtype an operation computes in, and what Python's numbers become beside tensors.

Tensors with dimensions decide; a tensor of rank 0 widens the result only where it brings in a wider kind, and a Python
number less still. So `2.5 * x` is as wide as x, and an int64 tensor times 2.5 is a float32.
"""

from __future__ import annotations

from typing import Any

from autograd import dtypes
from autograd.batched import Batched
from autograd.dtypes import dtype, of_python_type, promote_types
from autograd.modes import state
from autograd.registry import OPS
from autograd.tensor import Tensor, tensor_of

NUMBERS = frozenset((float, int))

EXACT = {d.category: d for d in (dtypes.bool, dtypes.int64, dtypes.float64, dtypes.complex128)}
"""The dtypes that hold Python's own numbers, by kind."""


def weak_number(value: Any) -> Tensor:
    """A Python number as a rank-0 tensor: exact, but counted as only as wide as need be when it meets others."""
    d = EXACT[of_python_type(type(value)).category]
    try:
        number = tensor_of(d.type(value), d)
    except OverflowError:
        raise RuntimeError(f"value cannot be converted to type {d.name} without overflow: {value}") from None
    number.is_number = True  # type: ignore[attr-defined]
    return number


def number_like(value: float, tensor: Any) -> Any:
    """A Python number as a constant that suits the tensor it meets."""
    if tensor.__class__ in NUMBERS or not isinstance(tensor, Tensor) or not tensor.dtype.is_floating_point:
        return value
    return tensor_of(tensor.dtype.type(value), tensor.dtype)


def convert(tensor: Tensor, to: dtype) -> Tensor:
    """The tensor in another dtype, recorded where a gradient flows."""
    if tensor.node is None and not isinstance(tensor, Batched) and not state.watchers:
        return tensor_of(tensor.array.astype(to.dtype), to)
    converted: Tensor = OPS["cast"].function(tensor, to)  # promotion needs an op, declared like any other
    return converted


def result_type(*operands: Any) -> dtype:
    """The dtype that an operation on these tensors and numbers gives.

    Tensors of rank 0 count only where they bring in a wider kind, and Python numbers less still.

    >>> import autograd
    >>> autograd.result_type(autograd.ones(2), autograd.tensor(1.0, dtype=autograd.float64))
    torch.float32
    """
    ranks: list[dtype | None] = [None, None, None]  # with dimensions, rank 0, numbers
    for operand in operands:
        if not isinstance(operand, Tensor):
            rank, d = 2, of_python_type(type(operand))
        elif hasattr(operand, "is_number"):
            rank, d = 2, of_python_type(operand.dtype.type)
        else:
            rank, d = 0 if operand.array.ndim else 1, operand.dtype
        before = ranks[rank]
        ranks[rank] = d if before is None else promote_types(before, d)
    return combine(combine(ranks[0], ranks[1]), ranks[2]) or dtypes.get_default_dtype()


def combine(higher: dtype | None, lower: dtype | None) -> Any:
    """The dtype of operands of higher rank, widened by those of lower rank only across kinds."""
    if higher is None or lower is None:
        return higher or lower
    if lower.category <= higher.category:
        return higher
    if higher.category == dtypes.FLOATING:
        return higher.to_complex()
    return promote_types(higher, lower)
