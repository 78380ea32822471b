"""The nodes of custom Functions: what they keep, and how their backward is called."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.dtypes import dtype
from autograd.gradients import gradients_by
from autograd.graph import Node, Part
from autograd.modes import enable_grad, no_grad, state
from autograd.saved import overwritten, undo_broadcast
from autograd.tensor import Tensor, tensor_of


class FunctionNode(Node):
    """The node of a custom Function: what the ctx knows can be asked of it, as in PyTorch."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name == "op" or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.op.ctx, name)  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"


class FunctionOp:
    """The `op` of a custom Function's nodes: calls its backward."""

    params: dict[str, Any] = {}  # noqa: RUF012 (never written to)

    def __init__(self, ctx: Any, arguments: int, shapes: dict[int, tuple[int, ...]], kinds: dict[int, dtype]) -> None:
        self.ctx = ctx
        self.name = ctx._function.__name__
        self.tex = ""
        self.arguments = arguments
        self.places = list(shapes)
        self.shapes = shapes
        self.kinds = kinds

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
            if state.pushing and self.ctx._function.overrides("jvp"):
                return self.transposed_jvp(g, edges)
            return self.call(node, g.arrived, edges)

    def call(self, node: Node, arrived: dict[int, Tensor], edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run the user's backward and check what it returns."""
        function = self.ctx._function
        backward = function.backward if function.overrides("backward") else function.vjp
        returned = backward(self.ctx, *self.all_gradients(node, arrived))
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

    def all_gradients(self, node: Node, arrived: dict[int, Tensor]) -> list[Tensor | None]:
        """The gradient by each result: zeros, or None, where none arrived; None for what is no tensor."""
        kind = next(iter(arrived.values())).dtype

        def missing(shape: Any) -> Tensor | None:
            wanted = shape is not None and self.ctx._materialize
            return tensor_of(np.zeros(shape, kind.dtype), kind) if wanted else None

        return [arrived[i] if i in arrived else missing(shape) for i, shape in enumerate(node.shape)]

    def transposed_jvp(self, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by the inputs from the user's `jvp`: it is linear in the tangents, and this is its transpose."""
        tangents: list[Tensor | None] = [None] * self.arguments
        for place, edge in zip(self.places, edges, strict=True):
            if edge is not None:
                tangents[place] = tensor_of(np.zeros(self.shapes[place], self.kinds[place].dtype)).requires_grad_()
        moved = self.ctx._function.jvp(self.ctx, *tangents)
        moved = moved if isinstance(moved, (tuple, list)) else (moved,)
        pairs = [(moved[i], part) for i, part in g.arrived.items() if isinstance(moved[i], Tensor)]
        pairs = [(t, part) for t, part in pairs if t.requires_grad]
        wanted = [t for t in tangents if t is not None]
        if not pairs:
            return (None,) * len(edges)
        found = iter(
            gradients_by(
                [t for t, _ in pairs], wanted, [part for _, part in pairs], create_graph=True, allow_unused=True
            )
        )
        return tuple(None if edge is None else next(found) for edge in edges)

    def checked(self, g: Any, place: int) -> Any:
        """A returned gradient, summed to its input's shape if that was broadcast; refused if it does not fit."""
        if g is None:
            return None
        if not isinstance(g, Tensor):
            raise RuntimeError(
                f"function {self.name}Backward: expected Variable or None (got {type(g).__name__}) as gradient {place}: "
                "return Tensors"
            )
        wanted = self.shapes[place]
        if tuple(g.shape) == wanted:
            return g
        try:
            expandable = np.broadcast_shapes(tuple(g.shape), wanted) == tuple(g.shape)
        except ValueError:
            expandable = False
        if not expandable:
            raise RuntimeError(
                f"Function {self.name}Backward returned an invalid gradient at index {place} - got {list(g.shape)} but "
                f"expected shape compatible with {list(wanted)}: a gradient has the shape of its input"
            )
        return undo_broadcast(g, wanted)


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
