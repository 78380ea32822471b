"""`backward` and `grad`: where a backward pass starts, and where its gradients go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.advice import advice
from autograd.arrays import is_tensor, ndarray
from autograd.engine import backward_pass, capture_gradients, topological_order
from autograd.graph import Part, warn_caller
from autograd.modes import state
from autograd.registry import OPS

if TYPE_CHECKING:
    from autograd.tensor import Tensor

__all__ = ["backward", "grad"]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradient of the sum of these tensors to the `.grad` of every leaf, or of `inputs` alone.

    Like `Tensor.backward`, for several results at once.

    >>> import autograd
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> autograd.backward([x * 3, x * 4])
    >>> x.grad
    tensor(7.)
    """
    results = listed(tensors)
    gradients = [None] * len(results) if grad_tensors is None else listed(grad_tensors)
    if len(gradients) != len(results):
        raise RuntimeError(f"backward(): got {len(results)} tensors and {len(gradients)} gradients")
    roots = root_gradients(results, gradients, create_graph)
    accumulate_into(roots, inputs, create_graph if retain_graph is None else retain_graph, create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the sum of `outputs` by each of `inputs`; no `.grad` changes.

    Args:
        outputs, inputs: a tensor or a sequence of them.
        grad_outputs: the gradient by each output; may be left out for scalars.
        retain_graph, create_graph: as for `backward`.
        only_inputs: of old programs; True, whatever is given.
        allow_unused: give None for an input that no output depends on, instead of an error.
        is_grads_batched: `grad_outputs` have an extra first dimension: one gradient after another.
        materialize_grads: give zeros instead of None.

    >>> import autograd
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> (first,) = autograd.grad(x ** 3, x, create_graph=True)
    >>> autograd.grad(first, x)
    (tensor(18.),)

    Under `create_graph` a gradient that is constant can be differentiated too, and gives zero; PyTorch raises there.
    """
    if not only_inputs:
        warn_caller(
            "grad(): only_inputs argument is deprecated and is ignored now (defaults to True): to accumulate gradients in "
            "other leaves, call backward()",
            FutureWarning,
        )
    options = (retain_graph, create_graph, allow_unused, is_grads_batched, materialize_grads)
    results, wanted = listed(outputs), listed(inputs)
    found = gradients_by(results, wanted, grad_outputs, *options)
    if not create_graph:
        return found
    if not state.vmaps:
        found = tuple(laid_out(g, t) for g, t in zip(found, wanted, strict=True))
    if all(g is None or g.node is not None for g in found) or has_custom_functions(results):
        return found
    return tuple(g if g is None else connected(g, t) for g, t in zip(found, wanted, strict=True))


def gradients_by(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """What `grad` finds, but where a gradient is constant, it has no graph, as in PyTorch."""
    if materialize_grads and allow_unused is False:
        raise ValueError("grad(): materialize_grads=True gives zeros for unused inputs: leave allow_unused out")
    results, wanted = listed(outputs), listed(inputs)
    gradients = [None] * len(results) if grad_outputs is None else listed(grad_outputs)
    if is_grads_batched:
        return batched(results, wanted, gradients, retain_graph, create_graph, allow_unused, materialize_grads)
    if len(gradients) != len(results):
        raise RuntimeError(f"grad(): got {len(results)} outputs and {len(gradients)} grad_outputs")
    roots = root_gradients(results, gradients, create_graph)
    nodes = nodes_of(wanted, "grad")
    captured = capture_gradients(
        roots, set(nodes), retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
    )  # fmt: skip
    found = []
    for position, (tensor, node) in enumerate(zip(wanted, nodes, strict=True)):
        g = captured.get(node)
        if g is not None:
            found.append(g if create_graph else tensor.like(g))
        elif materialize_grads:
            found.append(tensor.like(np.zeros_like(tensor.array)))
        elif allow_unused:
            found.append(None)
        else:
            raise RuntimeError(
                f"One of the differentiated Tensors appears to not have been used in the graph: number {position}, "
                f"of shape {tuple(tensor.shape)}. Set allow_unused=True to get None for it, or "
                "materialize_grads=True for zeros"
            )
    return tuple(found)


def has_custom_functions(outputs: Any) -> bool:
    """Whether a user's Function was part of it: its gradient may lack a graph without being constant."""
    operations, _ = topological_order({output.node: None for output in listed(outputs) if output.node is not None})
    return not all(hasattr(getattr(node, "op", None), "rules") for node in operations if not isinstance(node, Part))


def laid_out(g: Tensor | None, tensor: Tensor) -> Tensor | None:
    """A gradient in the order of its leaf: one that came about transposed is copied, so that `view(-1)` takes it."""
    if g is None or g.node is None or not tensor.is_leaf or not tensor.is_contiguous() or g.is_contiguous():
        return g
    copied: Tensor = g.contiguous()
    return copied


def connected(g: Tensor, tensor: Tensor) -> Tensor:
    """A gradient that is to be differentiated again: where it is constant, its derivative is zero, and not an error.

    The derivative of 3x is 3 whatever x is. Nothing was computed from x, so the graph of the gradient does not lead
    there; it is joined to x as the result of "fill x with 3", whose derivative is 0.
    """
    if g.node is None and state.grad_enabled and not state.vmaps:
        g = g.like(g.array.copy())
        g.node = OPS["fill"].record([tensor], {"value": None}, g)
    return g


def batched(
    results: list[Any], wanted: list[Any], gradients: list[Any], retain: bool | None, create_graph: bool,
    allow_unused: bool | None, materialize: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """`gradients_by` for each of a batch of gradients, stacked."""
    length = next((len(g) for g in gradients if g is not None), 0)
    keep = create_graph if retain is None else retain
    rows = [
        gradients_by(
            results, wanted, [None if g is None else g[i] for g in gradients], keep or i < length - 1, create_graph,
            allow_unused=allow_unused, materialize_grads=materialize,
        )
        for i in range(length)
    ]  # fmt: skip
    stack = (lambda column: np.stack(column)) if create_graph else (lambda c: c[0].like(np.stack([t.array for t in c])))
    return tuple(None if column[0] is None else stack(column) for column in zip(*rows, strict=True))


def listed(tensors: Any) -> list[Any]:
    """One tensor or a sequence of them, as a list; an edge of the graph is represented by a tensor at its place."""
    one = is_tensor(tensors) or tensors is None or hasattr(tensors, "stand_in")
    if not (one or hasattr(tensors, "__iter__")):
        raise TypeError(f"expected a Tensor or a sequence of Tensors, not {type(tensors).__name__}")
    return [t.stand_in() if hasattr(t, "stand_in") else t for t in ([tensors] if one else tensors)]


def root_gradients(tensors: Any, gradients: Any, create_graph: bool) -> dict[Any, Any]:
    """The nodes that a backward pass starts from and the gradient at each, checked."""
    roots: dict[Any, Any] = {}
    for position, (tensor, gradient) in enumerate(zip(tensors, gradients, strict=True)):
        if not is_tensor(tensor):
            raise TypeError(f"element {position} of tensors must be Tensor, not {type(tensor).__name__}")
        if not tensor.requires_grad:
            why = advice("why no gradient", tensor) or (
                "nothing it was computed from requires grad, or it was cut off by detach(), no_grad() or .item(). Set "
                "requires_grad=True on the leaves before computing it"
            )
            raise RuntimeError(
                f"element {position} of tensors does not require grad and does not have a grad_fn: {why}"
            )
        g = root_gradient(tensor, gradient, position, create_graph)
        roots[tensor.node] = roots[tensor.node] + g if tensor.node in roots else g
    return roots


def root_gradient(tensor: Any, gradient: Any, position: int, create_graph: bool) -> Any:
    """The gradient to start with at one result: the given one, or 1 for a scalar; a Tensor under `create_graph`."""
    if gradient is None:
        if tensor.array.__class__ is not ndarray and not create_graph and not tensor.dtype.is_complex:
            return tensor.dtype.type(1)
        if tensor.array.size != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs, and this one has shape "
                f"{tuple(tensor.array.shape)}: reduce it, with .sum() or .mean(), or pass gradient= a tensor of "
                "that shape"
            )
        if tensor.dtype.is_complex:
            raise RuntimeError(
                f"grad can be implicitly created only for real scalar outputs but got {tensor.dtype!r}: "
                "pass gradient=, or take .abs() or .real first"
            )
        one = tensor.dtype.type(1)
        start = one if tensor.array.ndim == 0 else np.full_like(tensor.array, one)
        return tensor.like(start) if create_graph else start
    if not is_tensor(gradient):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if gradient.shape != tensor.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{position}] has a shape of {tuple(gradient.shape)} and "
            f"output[{position}] has a shape of {tuple(tensor.shape)}: the gradient of a tensor has its shape"
        )
    if gradient.dtype.is_complex and not tensor.dtype.is_complex:
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype: got "
            f"{gradient.dtype!r} for a result of {tensor.dtype!r}"
        )
    fitting = gradient if gradient.dtype is tensor.dtype else gradient.to(tensor.dtype)
    return fitting if create_graph else fitting.array


def accumulate_into(roots: dict[Any, Any], inputs: Any, retain_graph: bool, create_graph: bool) -> None:
    """Run backward from the roots, into all leaves or into the given inputs alone."""
    if inputs is None:
        backward_pass(roots, retain_graph=retain_graph, create_graph=create_graph)
        return
    targets = listed(inputs)
    if not targets:
        raise RuntimeError("backward(): `inputs` is empty; leave it out to reach every leaf")
    nodes = nodes_of(targets, "backward")
    captured = capture_gradients(roots, set(nodes), retain_graph=retain_graph, create_graph=create_graph)
    for target, node in zip(targets, nodes, strict=True):
        g = captured.get(node)
        if g is not None and not target.retains_grad:  # which has kept it already
            target.accumulate_grad(g if create_graph else g.copy(), create_graph)


def nodes_of(inputs: list[Any], name: str) -> list[Any]:
    """The node that each input's gradient arrives at."""
    for position, tensor in enumerate(inputs):
        if not is_tensor(tensor):
            raise TypeError(f"{name}(): inputs must be Tensors, got {type(tensor).__name__} at position {position}")
        if not tensor.requires_grad:
            raise RuntimeError(
                f"{name}(): one of the differentiated Tensors does not require grad (number {position}): set "
                "requires_grad=True on it before it is used"
            )
    return [tensor.node for tensor in inputs]
