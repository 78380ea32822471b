"""Python functions applied element by element, in place: slow, unrecorded, and now and then just what is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.attach import add_methods
from autograd.inplace import check_writable, keep_shown
from autograd.misuse import speaking
from autograd.tensor import Tensor


@speaking
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a function of it returns. Raises RuntimeError for a tensor that requires grad.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0]).apply_(lambda v: v + 0.5)
    tensor([1.5000, 4.5000])
    """
    return replaced(self, callable, (), "apply_")


@speaking
def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each element by what a function of it and the other tensor's element returns."""
    return replaced(self, callable, (tensor,), "map_")


@speaking
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """Replace each element by what a function of it and two other tensors' elements returns."""
    return replaced(self, callable, (x, y), "map2_")


def replaced(x: Tensor, function: Callable[..., Any], others: tuple[Tensor, ...], name: str) -> Tensor:
    """Write what the function makes of each element (and of those of the others in its place) into a tensor."""
    check_operands(x, others, name)
    check_writable(x, name)
    rows = [np.broadcast_to(t.array, x.array.shape).reshape(-1).tolist() for t in (x, *others)]
    convert = x.dtype.dtype.type(0).item().__class__  # bool, int, float or complex
    values = [convert(function(*elements)) for elements in zip(*rows, strict=True)]
    keep_shown(x)
    x.memory()[...] = np.array(values, x.dtype.dtype).reshape(x.array.shape)
    x.writes().stamp(name)
    return x


def check_operands(x: Tensor, others: tuple[Tensor, ...], name: str) -> None:
    """Raise where the operands require a gradient, are of other types, or do not fit together."""
    for t in (x, *others):
        if not isinstance(t, Tensor):
            raise TypeError(f"{name}(): expected a Tensor to go with the one to change, not {type(t).__name__}")
        if t.requires_grad:
            raise RuntimeError(
                f"Can't call {name}() on Variable that requires grad: what the function does is not recorded. Use "
                f"var.detach().{name}() instead."
            )
        if t.dtype is not x.dtype:
            raise TypeError(f"{name}: expected {x.type()} for 'other' (got {t.type()})")
        t.expand(x.shape)  # raises where it can't be


add_methods(apply_=apply_, map_=map_, map2_=map2_)
