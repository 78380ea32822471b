"""Gradients that stay finite in the branch `where` did not take: `safe_where`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd.arrays import gated
from autograd.graph import Node
from autograd.modes import Watching
from autograd.op import Op
from autograd.registry import OPS
from autograd.saved import undo_broadcast
from autograd.tensor import tensor_of

__all__ = ["safe_where"]

ELEMENTWISE = {
    "pow_number", "rsqrt", "sinc", "logit", "erf", "erfc", "erfcx", "erfinv", "lgamma", "digamma", "polygamma", "entr",
    "ndtri", "log_ndtr", "softplus", "sigmoid", "logsigmoid",
}  # fmt: skip
"""Functions of each element by itself that NumPy has no function for; of the others NumPy's type tells it."""


class safe_where(Watching):
    """A context in which an exactly zero gradient contributes exactly zero, even where a derivative is infinite.

    `where(x > 0, x.sqrt(), 0)` sends the gradient 0 to the branch it did not take. There, at x = 0,
    sqrt has an infinite derivative, and 0 · inf is NaN: the chain rule knows nothing of branches.
    Functions of single elements that are computed in this context take such a product for 0. What
    is summed up in between, as by a matrix product, is not covered. The cure without a context is
    to choose the input first: `where(x > 0, where(x > 0, x, 1).sqrt(), 0)`.

    >>> import autograd
    >>> x = autograd.tensor([0.0, 4.0], requires_grad=True)
    >>> with autograd.safe_where():
    ...     y = autograd.where(x > 0, x.sqrt(), 0.0)
    >>> y.sum().backward()
    >>> x.grad
    tensor([0.0000, 0.2500])
    """

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        """Give the nodes of functions of single elements a careful backward."""
        if isinstance(node.op, Op) and works_by_element(node.op):
            node.op = careful(node.op)


def works_by_element(op: Op) -> bool:
    """Whether each element of an op's result depends on one element of each input alone."""
    return (
        op.broadcasts
        or op.name in ELEMENTWISE
        or any(isinstance(f, np.ufunc) and f.signature is None for f in op.numpy)
    )


@functools.cache
def careful(op: Op) -> CarefulOp:
    """The op with 0 · inf = 0 in its backward."""
    return op if isinstance(op, CarefulOp) else CarefulOp(op)


class CarefulOp(Op):
    """An op of single elements, whose rules send zero to wherever the gradient that arrived is zero."""

    def __init__(self, plain: Op) -> None:
        self.__dict__.update(plain.__dict__)
        self.__dict__.pop("pull", None)
        self.plain = plain

    def pull(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        full, shapes = self.in_full(node)
        sent = self.plain.pull(full, g, edges)
        is_open = np.asarray(g != 0)
        return summed([s if s is None else gated(s, is_open) for s in sent], shapes)

    def pull_tensors(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        full, shapes = self.in_full(node)
        sent = self.plain.pull_tensors(full, g, edges)
        is_open, zero = tensor_of(np.asarray(g.array != 0)), tensor_of(np.zeros((), g.dtype.dtype), g.dtype)
        choose = OPS["where"].function
        return summed([s if s is None else choose(is_open, s, zero) for s in sent], shapes)

    def in_full(self, node: Node) -> tuple[Node, Any]:
        """The same node as if nothing had been broadcast, so that gradients are not summed yet; and the inputs' shapes."""
        *saved, shapes = node.saved if self.sums_back else (*node.saved, None)
        full = object.__new__(Node)
        for name in ("op", "edges", "number", "result", "extras"):
            setattr(full, name, getattr(node, name))
        if node.params:
            full._params = node.params
        full.saved = (*saved, None) if self.sums_back else tuple(saved)
        return full, shapes


def summed(sent: list[Any], shapes: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """The gradients with broadcasting undone."""
    if shapes is None:
        return tuple(sent)
    return tuple(s if s is None else undo_broadcast(s, shape) for s, shape in zip(sent, shapes, strict=True))
