"""Functions with a derivative of the user's own: subclass `Function`, say what goes forward and what goes back."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any

from autograd.batched import Batched
from autograd.dtypes import FLOATING
from autograd.engine import already_freed
from autograd.function_nodes import FunctionNode, FunctionOp, SavedInput, SavedResult
from autograd.graph import Freed, Node, Part, clock
from autograd.inplace import check_writable, rebase
from autograd.modes import no_grad, state
from autograd.recording import shown
from autograd.registry import BATCH_RULES, OPS
from autograd.tensor import Tensor

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx:
    """What `forward` and `backward` share: the `ctx` of a custom Function.

    Anything may be kept on it; tensors that are inputs or results belong into `save_for_backward`,
    which watches over them and lets go of them after backward.
    """

    def __init__(self, function: type[Function]) -> None:
        self._function = function
        self._saved: tuple[Any, ...] = ()
        self._saved_forward: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._no_gradient: tuple[Any, ...] = ()
        self._materialize = True
        self._node: weakref.ref[Node] | None = None
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors (or None) for the backward, where they are `ctx.saved_tensors`."""
        self._saved = savable(tensors, "save_for_backward")

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors (or None) for `jvp`, where they are `ctx.saved_tensors`."""
        self._saved_forward = savable(tensors, "save_for_forward")

    @property
    def to_save(self) -> tuple[Any, ...]:
        """What `save_for_backward` has got."""
        return self._saved

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs `forward` has changed in place; it must return them too."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which results have no gradient."""
        self._no_gradient = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients come to `backward` as zeros (True, the default) or as None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward`, joined to the graph."""
        node = None if self._node is None else self._node()
        if node is None:
            return self._saved
        if state.pushing and self._saved_forward:
            return tuple(None if entry is None else entry.unpack(node) for entry in self._saved_forward)
        if isinstance(node.saved, Freed):
            raise already_freed(node)
        return tuple(None if entry is None else entry.unpack(node) for entry in node.saved)


def savable(tensors: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """The tensors, or None, to save; TypeError for anything else."""
    for place, tensor in enumerate(tensors):
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name} can only save variables, but argument {place} is of type {type(tensor).__name__}: keep other "
                "values as attributes, ctx.name = value"
            )
    return tensors


class Function:
    """A function with a derivative of its own.

    Define `forward(ctx, *args)` and `backward(ctx, *grads)` as static methods (or `forward(*args)`
    with `setup_context(ctx, inputs, output)`), and call it by `apply`. `backward` gets the gradient
    by each result and returns one by each argument of forward, None for those that need none.

    >>> import autograd
    >>> class Double(autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return g * 2
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> y = Double.apply(x)
    >>> y.backward()
    >>> y, x.grad
    (tensor(6., grad_fn=<DoubleBackward>), tensor(2.))
    """

    generate_vmap_rule = False
    """Whether `forward` and `backward` may be run on each tensor of a batch, under `vmap`."""

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The results, from the arguments; recorded operations are off inside."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep on ctx what backward needs; only where `forward` takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradient by each argument of forward, from the gradient by each result. May be called `vjp` too."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """The tangent of each result, from the tangent of each argument; without it, `backward` serves for that too."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        """The results for a whole batch, and where the batch lies in each: (outputs, out_dims)."""
        raise NotImplementedError(
            "You must implement the vmap function for custom autograd.Function to use it with vmap: or set "
            "generate_vmap_rule = True"
        )

    def __call__(self, *args: Any) -> Any:
        """Raises RuntimeError: so functions were called before PyTorch 0.4, with methods that kept their state on self."""
        kind = type(self).__name__
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated: make forward and backward static "
            f"methods that take ctx in place of self, and call {kind}.apply(...) instead of {kind}()(...)"
        )

    @classmethod
    def overrides(cls, name: str) -> bool:
        """Whether a subclass defines this method."""
        return getattr(cls, name) is not getattr(Function, name)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the function on these arguments, recorded with its own derivative."""
        with_setup = cls.overrides("setup_context")
        if kwargs or with_setup:
            args = positional(cls.forward, args, kwargs, with_setup)
        if state.vmaps and any(isinstance(arg, Batched) for arg in args):
            return BATCH_RULES["Function"](cls, args)
        ctx = FunctionCtx(cls)
        ctx.needs_input_grad = tuple(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        with no_grad():
            output = cls.forward(*args) if with_setup else cls.forward(ctx, *args)
            if with_setup:
                cls.setup_context(ctx, args, output)
        several = isinstance(output, (tuple, list))
        finished = connect(ctx, args, list(output) if several else [output])
        return type(output)(finished) if several else finished[0]


def positional(forward: Any, args: tuple[Any, ...], kwargs: Any, with_setup: bool) -> tuple[Any, ...]:
    """All arguments of a call by position, defaults too: as `setup_context` and `backward` count them."""
    call = inspect.signature(forward).bind(*(args if with_setup else (None, *args)), **kwargs)
    call.apply_defaults()
    given = (*call.args, *call.kwargs.values())
    return given if with_setup else given[1:]


def connect(ctx: FunctionCtx, args: tuple[Any, ...], results: list[Any]) -> list[Any]:
    """The results with their place in the graph."""
    name = ctx._function.__name__
    inputs = [arg for arg in args if isinstance(arg, Tensor)]
    for dirty in ctx._dirty:
        check_writable(dirty, name)
    if not (state.grad_enabled and any(ctx.needs_input_grad)):
        return [own_tensor(result, inputs, ctx) for result in results]
    node = new_node(ctx, args, results)
    finished = []
    for index, result in enumerate(results):
        if not isinstance(result, Tensor):
            finished.append(result)
            continue
        if any(result is t for t in ctx._dirty):
            rebase(result, part_of(node, index, result), name)
            finished.append(result)
            continue
        tensor = own_tensor(result, inputs, ctx)
        differentiable = result.dtype.category >= FLOATING and not any(result is t for t in ctx._no_gradient)
        tensor.node = part_of(node, index, result) if differentiable else None
        finished.append(tensor)
    node.saved = tuple(saved_entry(tensor, results, finished) for tensor in ctx._saved)
    ctx._saved_forward = tuple(saved_entry(tensor, results, finished) for tensor in ctx._saved_forward)
    for watcher in state.watchers:
        watcher.recorded(node, inputs, finished)
    ctx._saved = ()
    ctx._node = weakref.ref(node)  # the node holds ctx; holding the node in turn would tie a knot
    return finished


def new_node(ctx: FunctionCtx, args: tuple[Any, ...], results: list[Any]) -> Node:
    """The node of a call."""
    node = object.__new__(FunctionNode)
    shapes = {place: arg.array.shape for place, arg in enumerate(args) if isinstance(arg, Tensor)}
    kinds = {place: arg.dtype for place, arg in enumerate(args) if isinstance(arg, Tensor)}
    node.op = FunctionOp(ctx, len(args), shapes, kinds)  # type: ignore[assignment]
    node.edges = tuple(arg.node for arg in args if isinstance(arg, Tensor))
    node.extras, node.number = None, next(clock)
    node.result = tuple(result.array.shape if isinstance(result, Tensor) else None for result in results)
    return node


def part_of(node: Node, index: int, result: Tensor) -> Part:
    """The node of one result."""
    part = Part(node, index)
    part.result = shown(result.array)
    return part


def own_tensor(result: Any, inputs: list[Tensor], ctx: FunctionCtx) -> Any:
    """A result that is an input, unchanged, becomes a tensor of its own on the same memory."""
    if any(result is tensor for tensor in inputs) and not any(result is tensor for tensor in ctx._dirty):
        return OPS["alias"].function(result.detach())
    return result


def saved_entry(tensor: Any, results: list[Any], finished: list[Any]) -> Any:
    """How a tensor is kept."""
    for index, (before, after) in enumerate(zip(results, finished, strict=True)):
        if tensor is before or tensor is after:
            return None if tensor is None else SavedResult(after, index)
    return None if tensor is None else SavedInput(tensor)


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a `backward` that can't be differentiated again: doing so raises, instead of being wrong."""

    @functools.wraps(backward)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            returned = backward(ctx, *grads)
        if not state.grad_enabled or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return returned
        several = isinstance(returned, tuple)
        outputs = returned if several else (returned,)
        refused = RefuseSecond.apply(*(o.detach() if isinstance(o, Tensor) else o for o in outputs), grads[0])
        results = refused[:-1]
        return results if several else results[0]

    return wrapped


class RefuseSecond(Function):
    """Passes its arguments through; its own derivative is an error."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        return tuple(arg.clone() if isinstance(arg, Tensor) else arg for arg in args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
