"""Walking a graph back for show: the gradients are found as `backward` finds them, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd.engine import pullback, topological_order
from autograd.gradients import root_gradients
from autograd.tensor import Tensor
from autograd.view.saved import freed_at
from autograd.view.why import reason_without_gradient


def steps_back(loss: Tensor, name: str, gradient: Tensor | None = None) -> Iterator[Any]:
    """The steps of the backward pass from a tensor: (node, gradient that arrived, what it sent).

    No `.grad` changes, nothing is freed, and hooks are not called. Raises TypeError for what is no tensor, and
    RuntimeError where there is nothing to walk back through, or it has been freed.
    """
    check_tensor(loss, name)
    if not loss.requires_grad:
        raise RuntimeError(f"{name}(): there is no gradient to follow back. {reason_without_gradient(loss)}")
    operations, leaves = topological_order([loss.node])
    where = freed_at(operations)
    if where:
        raise RuntimeError(
            f"{name}(): the backward pass at {where} has freed what the derivative rules need. Call {name}() before "
            "backward(), or keep the graph with backward(retain_graph=True); else compute the loss once more"
        )
    return walked(loss, gradient, [*operations, *leaves])


def walked(loss: Tensor, gradient: Tensor | None, nodes: list[Any]) -> Iterator[Any]:
    """The steps, with the nodes' hooks out of the way."""
    roots = root_gradients((loss,), (gradient,), False)
    with undisturbed(nodes):
        yield from pullback(roots)


@contextmanager
def undisturbed(nodes: list[Any]) -> Iterator[None]:
    """A context in which nodes have no hooks and keep no gradients."""
    extras = [(node, node.extras) for node in nodes if node.extras is not None]
    for node, _ in extras:
        node.extras = None
    try:
        yield
    finally:
        for node, found in extras:
            node.extras = found


def hooked(nodes: list[Any]) -> bool:
    """Whether users have put hooks on any of these nodes that might change the gradient."""
    return any(n.extras is not None and (n.extras.before or n.extras.prehooks or n.extras.after) for n in nodes)


def check_tensor(tensor: Any, name: str) -> None:
    """Raise TypeError for what is not a tensor."""
    if not isinstance(tensor, Tensor):
        cure = ": call it on an input and give the result" if callable(tensor) else ""
        raise TypeError(f"{name}(): expected a Tensor but got {type(tensor).__name__}{cure}")
