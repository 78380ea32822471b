"""Functions with a derivative of the user's own: subclass `Function`, say what goes forward and what goes back."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.dtypes import FLOATING
from autograd.engine import already_freed
from autograd.graph import Freed, Node, Part, clock
from autograd.inplace import check_writable, rebase
from autograd.modes import enable_grad, no_grad, state
from autograd.recording import shown
from autograd.registry import OPS
from autograd.saved import overwritten
from autograd.tensor import Tensor, tensor_of

__all__ = ["Function", "once_differentiable"]


class Context:
    """What `forward` and `backward` share: the `ctx` of a custom Function.

    Anything may be kept on it; tensors that are inputs or results belong into `save_for_backward`,
    which watches over them and lets go of them after backward.
    """

    def __init__(self, function: type[Function]) -> None:
        self._function = function
        self._saved: list[Any] = []
        self._dirty: tuple[Any, ...] = ()
        self._no_gradient: tuple[Any, ...] = ()
        self._materialize = True
        self._node: weakref.ref[Node] | None = None
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors (or None) for the backward, where they are `ctx.saved_tensors`."""
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument is of type {type(tensor).__name__}: "
                    "keep other values as attributes, ctx.name = value"
                )
        self._saved = list(tensors)

    save_for_forward = save_for_backward

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
            return tuple(self._saved)
        if isinstance(node.saved, Freed):
            raise already_freed(node)
        return tuple(None if entry is None else entry.unpack(node) for entry in node.saved)


class SavedInput:
    """A saved tensor that is not one of the function's results."""

    __slots__ = ("edge", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.edge = tensor.node

    def unpack(self, node: Node) -> Tensor:
        """The tensor as it was, with the node it had then."""
        tensor = self.tensor
        if tensor.version is not None and tensor.version.time > node.number:
            raise overwritten(node, "a tensor", tensor.array, tensor.version)
        return tensor if tensor.node is self.edge else tensor_of(tensor.array, tensor.dtype, self.edge)

    def as_tensor(self) -> Tensor:
        """The values alone, for `saved_tensors_hooks` to pack."""
        return self.tensor.detach()

    def replaced(self, tensor: Tensor) -> SavedInput:
        """The same with the values that came out of unpacking."""
        entry = SavedInput(tensor_of(tensor.array, tensor.dtype, self.edge))
        entry.edge = self.edge
        return entry


class SavedResult:
    """A saved result: its array, which is joined to the node afresh, so that no cycle ties the two together."""

    __slots__ = ("array", "dtype", "index", "version")

    def __init__(self, tensor: Tensor, index: int) -> None:
        self.array, self.dtype, self.index = tensor.memory(), tensor.dtype, index
        self.version = tensor.writes()

    def unpack(self, node: Node) -> Tensor:
        """The result, as a tensor of the node."""
        if self.version.time > node.number:
            raise overwritten(node, "its result", self.array, self.version)
        return tensor_of(self.array, self.dtype, Part(node, self.index))

    def as_tensor(self) -> Tensor:
        """The values alone, for `saved_tensors_hooks` to pack."""
        return tensor_of(self.array, self.dtype)

    def replaced(self, tensor: Tensor) -> SavedResult:
        """The same with the values that came out of unpacking."""
        return SavedResult(tensor, self.index)


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

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The results, from the arguments; recorded operations are off inside."""
        raise TypeError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep on ctx what backward needs; only where `forward` takes no ctx."""
        raise TypeError("setup_context is not defined for this Function")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradient by each argument of forward, from the gradient by each result."""
        raise TypeError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the function on these arguments, recorded with its own derivative."""
        if kwargs:
            raise TypeError(f"{cls.__name__}.apply() takes no keyword arguments")
        ctx = Context(cls)
        inputs = [arg for arg in args if isinstance(arg, Tensor)]
        ctx.needs_input_grad = tuple(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                output = cls.forward(ctx, *args)
            else:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
        results = list(output) if isinstance(output, (tuple, list)) else [output]
        recording = state.grad_enabled and any(ctx.needs_input_grad)
        finished = connect(ctx, args, inputs, results, recording)
        return type(output)(finished) if isinstance(output, (tuple, list)) else finished[0]


def connect(ctx: Context, args: Any, inputs: list[Tensor], results: list[Any], recording: bool) -> list[Any]:
    """The results with their place in the graph."""
    name = ctx._function.__name__
    for dirty in ctx._dirty:
        check_writable(dirty, name)
    if not recording:
        return [own_tensor(result, inputs, ctx) for result in results]
    node = object.__new__(Node)
    shapes = {place: arg.array.shape for place, arg in enumerate(args) if isinstance(arg, Tensor)}
    node.op = FunctionOp(ctx, len(args), shapes)  # type: ignore[assignment]
    node.edges = tuple(tensor.node for tensor in inputs)
    node.extras, node.number = None, next(clock)
    node.result = tuple(result.array.shape for result in results if isinstance(result, Tensor))
    finished = []
    for index, result in enumerate(results):
        if not isinstance(result, Tensor):
            finished.append(result)
            continue
        differentiable = result.dtype.category >= FLOATING and not any(result is t for t in ctx._no_gradient)
        if any(result is t for t in ctx._dirty):
            rebase(result, part_of(node, index, result), name)
            finished.append(result)
            continue
        tensor = own_tensor(result, inputs, ctx)
        tensor.node = part_of(node, index, result) if differentiable else None
        finished.append(tensor)
    node.saved = tuple(saved_entry(tensor, results, finished) for tensor in ctx._saved)
    for watcher in state.watchers:
        watcher.recorded(node, inputs, finished)
    ctx._saved = []
    ctx._node = weakref.ref(node)  # the node holds ctx; holding the node in turn would tie a knot
    return finished


def part_of(node: Node, index: int, result: Tensor) -> Part:
    """The node of one result."""
    part = Part(node, index)
    part.result = shown(result.array)
    return part


def own_tensor(result: Any, inputs: list[Tensor], ctx: Context) -> Any:
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


class FunctionOp:
    """The `op` of a custom Function's nodes: calls its backward."""

    params: dict[str, Any] = {}  # noqa: RUF012 (never written to)

    def __init__(self, ctx: Context, arguments: int, shapes: dict[int, tuple[int, ...]]) -> None:
        self.ctx = ctx
        self.name = ctx._function.__name__
        self.tex = ""
        self.arguments = arguments
        self.places = list(shapes)
        self.shapes = shapes

    def node_name(self, node: Node) -> str:
        """PyTorch's name for the node: `MyFunctionBackward`."""
        return f"{self.name}Backward"

    def pull(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by the inputs, as arrays."""
        iter(node.saved)  # finds out whether they were freed
        arrived = {index: tensor_of(array) for index, array in g.arrived.items()}
        with no_grad():
            sent = self.call(node, arrived, edges)
        return tuple(None if s is None else s.array for s in sent)

    def pull_tensors(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by the inputs, recorded."""
        iter(node.saved)
        with enable_grad():
            return self.call(node, g.arrived, edges)

    def call(self, node: Node, arrived: dict[int, Tensor], edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run the user's backward and check what it returns."""
        kind = next(iter(arrived.values())).dtype
        grads = [
            arrived[i]
            if i in arrived
            else tensor_of(np.zeros(shape, kind.dtype), kind)
            if self.ctx._materialize
            else None
            for i, shape in enumerate(node.shape)
        ]
        returned = self.ctx._function.backward(self.ctx, *grads)
        sent = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        while len(sent) > self.arguments and sent[-1] is None:
            sent.pop()
        if len(sent) != self.arguments:
            raise RuntimeError(
                f"function {self.name}Backward returned an incorrect number of gradients (expected {self.arguments}, got "
                f"{len(sent)}): one for each argument of forward, None where none is needed"
            )
        return tuple(
            None if edge is None else self.checked(sent[place], place)
            for place, edge in zip(self.places, edges, strict=True)
        )

    def checked(self, g: Any, place: int) -> Any:
        """A returned gradient, refused if it is not of its input's shape."""
        if g is None:
            return None
        if not isinstance(g, Tensor):
            raise TypeError(
                f"function {self.name}Backward returned a {type(g).__name__} as gradient {place}: return Tensors or None"
            )
        wanted = self.shapes[place]
        if tuple(g.shape) != wanted:
            raise RuntimeError(
                f"Function {self.name}Backward returned an invalid gradient at index {place} - got {list(g.shape)} but "
                f"expected shape compatible with {list(wanted)}: a gradient has the shape of its input"
            )
        return g


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
