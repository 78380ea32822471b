"""What a compiled program calls beside the ops' own functions: what it does to tensors that others hold."""

from __future__ import annotations

from typing import Any

from autograd.arrays import Array
from autograd.dtypes import dtype
from autograd.graph import Freed, Node, clock
from autograd.recording import share_memory, without_graph
from autograd.tensor import Tensor, accumulating, add_in_place, mark_inference, tensor_of


def accumulate(leaf: Tensor, g: Array) -> None:
    """Add a gradient to a leaf's `.grad`."""
    with accumulating:
        grad = leaf._grad
        if grad is None:
            leaf._grad = tensor_of(g, leaf.dtype)
        elif grad.node is None:
            add_in_place(grad, g)
        else:
            leaf._grad = tensor_of(grad.array + g, leaf.dtype)


def add(x: Array, y: Array) -> Array:
    """Gradients add where a value was used twice."""
    return x + y


def add_into(known: Array, g: Array) -> None:
    """Add a gradient to one that is there, in its memory."""
    known += g


def overwrite(target: Any, name: str, source: Array) -> None:
    """Write values into a tensor, and note the write; an array that nobody else knows has no notes."""
    if isinstance(target, Tensor):
        target.memory()[...] = source
        target.writes().stamp(name)
    else:
        target[...] = source


def replace(target: Any, name: str, forward: Any, *operands: Array, **params: Any) -> None:
    """Write into a tensor what an op makes of it and the operands."""
    now = target.memory() if isinstance(target, Tensor) else target
    overwrite(target, name, forward(now, *operands, **params))


def array_in(tensor: Tensor) -> Array:
    """The array of a tensor."""
    return tensor.array


def same_tensor(tensor: Any) -> Any:
    """Stands, in a recording, for a tensor that is passed as itself."""
    return tensor


def spent(array: Array, d: dtype, op: Any, freed: Freed) -> Tensor:
    """A result whose graph a backward pass has freed already: it requires grad, and can't be walked again."""
    node = object.__new__(Node)
    node.op = op
    node.edges = ()
    node.extras = None
    node.number = next(clock)
    node.result = array
    node.saved = freed
    return tensor_of(array, d, node)


def inference_result(array: Array, d: dtype) -> Tensor:
    """A result that was computed in inference mode."""
    return mark_inference(tensor_of(array, d))


def own_leaf(array: Array, d: dtype, grad: Array | None) -> Tensor:
    """A leaf that the function has made, with its gradient."""
    leaf = tensor_of(array, d).requires_grad_()
    leaf._grad = None if grad is None else tensor_of(grad, d)
    return leaf


def view_result(array: Array, d: dtype, base: Tensor) -> Tensor:
    """A result that lies in the memory of a tensor that was there before."""
    view = tensor_of(array, d)
    share_memory(view, base)
    return without_graph(view)
