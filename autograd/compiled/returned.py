"""What a function returns, as the program will make it."""

from __future__ import annotations

from typing import Any

from autograd.compiled.graphs import ReplayedBackward
from autograd.compiled.program import Built, Value
from autograd.compiled.reasons import CannotReplay
from autograd.compiled.recording import PLAIN, Recorder
from autograd.compiled.running import inference_result, own_leaf, same_tensor, spent, view_result
from autograd.graph import AccumulateGrad, Freed, Node
from autograd.tensor import Tensor, tensor_of


class Returned:
    """Turns what the recorded run returned into what a program is to return."""

    def __init__(self, recorder: Recorder, known: dict[int, Any]) -> None:
        self.recorder = recorder
        self.known = known
        self.seen: set[int] = set()
        self.with_graph: list[Tensor] = []
        self.op = ReplayedBackward()
        self.make_result = self.op.result
        self.node = Value(None)

    def tree(self, item: Any) -> Any:
        """Nested containers of tensors, with values for their arrays."""
        if isinstance(item, Tensor):
            return self.tensor(item)
        if isinstance(item, tuple):
            parts = [self.tree(part) for part in item]
            return tuple(parts) if type(item) is tuple else self.named_tuple(item, parts)
        if type(item) is list:
            return [self.tree(part) for part in item]
        if type(item) is dict:
            return {key: self.tree(part) for key, part in item.items()}
        if isinstance(item, PLAIN) or id(item) in self.known:
            return item
        raise CannotReplay(f"it returns a {type(item).__name__}")

    def named_tuple(self, item: Any, parts: list[Any]) -> Any:
        """A tuple of a class of its own."""
        if not hasattr(item, "_fields"):
            raise CannotReplay(f"it returns a {type(item).__name__}")
        return Built(type(item), tuple(parts))

    def tensor(self, tensor: Tensor) -> Any:
        """A tensor: one that was there before, or one to be made on an array."""
        recorder = self.recorder
        if id(tensor) in recorder.outside and recorder.outside[id(tensor)].tensor is tensor:
            return Built(same_tensor, (recorder.outside[id(tensor)],))
        if id(tensor) in self.seen:
            raise CannotReplay("it returns the same tensor twice")
        self.seen.add(id(tensor))
        value = recorder.operand(tensor, "the result")
        node = tensor.node
        if tensor.view_of is not None and id(tensor.view_of.base) in recorder.outside:
            if node is not None:
                raise CannotReplay("it returns a view of a tensor that was there before and requires grad")
            return Built(
                view_result, (value, tensor.dtype, Built(same_tensor, (recorder.outside[id(tensor.view_of.base)],)))
            )
        if node is None:
            make = inference_result if tensor.is_inference() else tensor_of
            return Built(make, (value, tensor.dtype))
        if node.__class__ is AccumulateGrad:
            grad = getattr(tensor, "_grad", None)
            return Built(own_leaf, (value, tensor.dtype, None if grad is None else recorder.operand(grad)))
        if isinstance(node, Node) and isinstance(node.saved, Freed):
            return Built(spent, (value, tensor.dtype, node.op, node.saved))
        self.with_graph.append(tensor)
        return Built(self.make_result, (self.node, len(self.with_graph) - 1, value, tensor.dtype))
