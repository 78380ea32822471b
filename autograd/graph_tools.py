"""`torch.autograd.graph`: the graph as users may see and touch it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.graph import AccumulateGrad, Part, Parts, extras_of
from autograd.graph import Node as OperationNode
from autograd.hooks import RemovableHandle
from autograd.modes import state
from autograd.saved_hooks import (
    allow_mutation_on_saved_tensors,
    disable_saved_tensors_hooks,
    save_on_cpu,
    saved_tensors_hooks,
)
from autograd.tensor import Tensor, tensor_of

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "get_gradient_edge",
    "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip


class AnyNode(type):
    """Lets `isinstance(x, Node)` hold for the nodes of operations and for those of leaves."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, (OperationNode, AccumulateGrad))


class Node(metaclass=AnyNode):
    """Any node of the graph: `isinstance(t.grad_fn, Node)`."""


class GradientEdge(NamedTuple):
    """A place where a gradient arrives: a node, and which of its results.

    `grad` and `backward` take it in place of the tensor, whose values may be gone by then.
    """

    node: Any
    output_nr: int
    ownership_token: Any = None

    def stand_in(self) -> Tensor:
        """A tensor at this place, for the engine."""
        if isinstance(self.ownership_token, Tensor):
            return self.ownership_token
        if isinstance(self.node, AccumulateGrad):
            leaf = self.node.variable
            if leaf is None:
                raise RuntimeError("the tensor of this gradient edge no longer exists: nobody can have its gradient")
            return leaf
        found = self.node.result
        array = found if isinstance(found, (np.ndarray, np.generic)) else np.broadcast_to(np.float32(0), found)
        return tensor_of(array, node=self.node)  # type: ignore[arg-type]


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor arrives. Raises RuntimeError for one that has none.

    >>> import autograd
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> edge = autograd.autograd.graph.get_gradient_edge(y)
    >>> autograd.grad(y * 5, edge)
    (tensor(5.),)
    """
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients: set "
            "requires_grad=True on what it is computed from"
        )
    node = tensor.node
    if isinstance(node, AccumulateGrad):
        return GradientEdge(node, 0, tensor)
    no_memory = np.broadcast_to(tensor.dtype.type(0), tuple(tensor.shape))
    place = tensor_of(no_memory if tensor.ndim else no_memory[()], tensor.dtype, node)
    return GradientEdge(*((node.target, node.index) if isinstance(node, Part) else (node, 0)), place)  # type: ignore[call-arg]


def increment_version(tensor: Any) -> None:
    """Note that tensors have been written to by other means, so that stale saved values are found."""
    for each in [tensor] if isinstance(tensor, Tensor) else tensor:
        each.writes().stamp("increment_version")


class MultiGradHook:
    """Waits for the gradients of several tensors of one backward pass: of all that the pass reaches."""

    def __init__(self, tensors: list[Tensor], function: Callable[..., None], mode: str) -> None:
        self.function, self.mode = function, mode
        self.lock = threading.Lock()
        self.nodes = [weakref.ref(tensor.node) for tensor in tensors]  # weakly, as the nodes have this for a hook
        self.walk: Any = None  # the pass that the following speaks of
        self.expected: set[int] = set()
        self.arrived: dict[int, Tensor] = {}

    def receiver(self, place: int) -> Callable[[Tensor], None]:
        """The hook of one tensor."""

        def receive(g: Tensor) -> None:
            with self.lock:
                if state.walk is not self.walk:
                    self.begin()
                first = not self.arrived
                self.arrived[place] = g
                complete = self.expected == self.arrived.keys()
                grads = [self.arrived.get(i) for i in range(len(self.nodes))]
            if complete:
                self.walk = None  # it holds the graph
            if self.mode == "any" and first:
                self.function(g)
            elif self.mode == "all" and complete:
                self.function(grads)

        return receive

    def begin(self) -> None:
        """A new backward pass: find out which tensors it reaches."""
        self.walk = state.walk
        operations, leaves, wanted = self.walk
        reached = {*operations, *leaves} if wanted is None else wanted
        self.expected = {i for i, node in enumerate(self.nodes) if node() in reached}
        self.arrived = {}


def register_multi_grad_hook(tensors: Any, fn: Callable[..., None], *, mode: str = "all") -> RemovableHandle:
    """Call `fn` when the gradients of all tensors are known (with their list), or of any (with that gradient).

    In a backward pass that does not reach some of them, the list has None for these. Raises ValueError for
    another mode.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    watched = list(tensors)
    hook = MultiGradHook(watched, fn, mode)
    return Handles([tensor.register_hook(hook.receiver(i)) for i, tensor in enumerate(watched)])


class Handles(RemovableHandle):
    """Several handles as one."""

    def __init__(self, handles: list[RemovableHandle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        """Take all the hooks away."""
        for handle in self.handles:
            handle.remove()


# -- hooks on nodes -------------------------------------------------------------------------------------


def as_grads(g: Any) -> tuple[Any, ...]:
    """What arrived at a node, or what it sends, as Tensors: one for each result, or input."""
    if isinstance(g, Parts):
        return tuple(as_tensor(g.arrived.get(i)) for i in range(1 + max(g.arrived)))
    return tuple(as_tensor(item) for item in g) if isinstance(g, tuple) else (as_tensor(g),)


def as_tensor(g: Any) -> Any:
    """A gradient as a Tensor; None as it is."""
    return g if g is None or isinstance(g, Tensor) else tensor_of(g)


def like(original: Any, tensor: Any) -> Any:
    """A gradient that a hook returned, in the form that the engine had it in."""
    return tensor if tensor is None or isinstance(original, Tensor) else tensor.array


class BeforeHook:
    """Shows `fn(grad_outputs)` what has arrived at a node."""

    def __init__(self, fn: Callable[[Any], Any]) -> None:
        self.fn = fn

    def __call__(self, g: Any) -> Any:
        returned = self.fn(as_grads(g))
        if returned is None:
            return None
        grads = returned if isinstance(returned, tuple) else (returned,)
        if isinstance(g, Parts):
            known = next(iter(g.arrived.values()))
            return Parts({i: like(known, grad) for i, grad in enumerate(grads) if grad is not None})
        return like(g, grads[0])


class AfterHook:
    """Shows `fn(grad_inputs, grad_outputs)` what a node sends and what had arrived."""

    def __init__(self, fn: Callable[[Any, Any], Any]) -> None:
        self.fn = fn

    def __call__(self, sent: Any, g: Any) -> Any:
        returned = self.fn(as_grads(sent), as_grads(g))
        if returned is None:
            return None
        grads = returned if isinstance(returned, tuple) else (returned,)
        if len(grads) != len(sent):
            raise RuntimeError(
                f"hook has returned an incorrect number of values: got {len(grads)}, but expected {len(sent)}"
            )
        return tuple(like(before, after) for before, after in zip(sent, grads, strict=True))


def register_hook(self: Any, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
    """Call `fn(grad_inputs, grad_outputs)` after this node has run; what it returns replaces grad_inputs."""
    return RemovableHandle(extras_of(self).after, AfterHook(fn))


def register_prehook(self: Any, fn: Callable[[Any], Any]) -> RemovableHandle:
    """Call `fn(grad_outputs)` before this node runs; what it returns replaces grad_outputs."""
    return RemovableHandle(extras_of(self).prehooks, BeforeHook(fn))


for node_class in (OperationNode, AccumulateGrad):
    node_class.register_hook = register_hook  # type: ignore[union-attr]
    node_class.register_prehook = register_prehook  # type: ignore[union-attr]
