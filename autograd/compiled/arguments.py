"""The arguments of a call: which tensors are in them and where, and the test that another call's are alike."""

from __future__ import annotations

from typing import Any

from autograd.arrays import ndarray
from autograd.compiled.outside import Outside
from autograd.compiled.reasons import CannotReplay
from autograd.graph import AccumulateGrad
from autograd.tensor import Tensor


class Arguments:
    """The tensors among the arguments, with the expressions that find them.

    Attributes:
        tensors: pairs of a tensor and its expression, such as `args[0]` or `kwargs['x']`.
        outside: where the conditions go.
    """

    def __init__(self, outside: Outside, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.outside = outside
        self.tensors: list[tuple[Tensor, str]] = []
        self.seen: dict[int, str] = {}
        self.look(args, "args", "the arguments")
        self.look(kwargs, "kwargs", "the keyword arguments")

    def look(self, value: Any, expression: str, said: str) -> None:
        """Add the conditions that an argument meets."""
        if isinstance(value, Tensor):
            self.look_at_tensor(value, expression, said)
        elif type(value) in (tuple, list) or (isinstance(value, tuple) and hasattr(value, "_fields")):
            kind = self.outside.name_for(type(value))
            self.outside.require(f"type({expression}) is {kind} and len({expression}) == {len(value)}", said)
            for i, item in enumerate(value):
                self.look(item, f"{expression}[{i}]", f"{said}[{i}]")
        elif type(value) is dict:
            names = self.outside.name_for(list(value))
            self.outside.require(f"type({expression}) is dict and list({expression}) == {names}", said)
            for key, item in value.items():
                if not isinstance(key, (str, int)):
                    raise CannotReplay(f"{said} is a dict with keys of type {type(key).__name__}")
                self.look(item, f"{expression}[{key!r}]", f"{said}[{key!r}]")
        else:
            self.outside.look(value, expression, said)

    def look_at_tensor(self, tensor: Tensor, expression: str, said: str) -> None:
        """A tensor must have the same class, dtype, shape and memory layout, and want a gradient or not, as before."""
        require, name = self.outside.require, self.outside.name_for
        if id(tensor) in self.seen:
            require(f"{expression} is {self.seen[id(tensor)]}", f"{said} is the same tensor")
            return
        self.seen[id(tensor)] = expression
        twin = next((origin for other, origin in self.outside.tensors if other is tensor), None)
        if twin is not None:
            raise CannotReplay(f"{said} is also seen as {twin}")
        if tensor.view_of is not None and tensor.view_of.base.node is not None:
            raise CannotReplay(f"{said} is a view of a tensor that requires grad")
        view = f"{expression}.view_of"
        require(f"({view} is None or {view}.base.node is None)", f"{said} as a view")
        require(f"{expression}.__class__ is {name(type(tensor))}", f"the class of {said}")
        require(f"{expression}.dtype is {name(tensor.dtype)}", f"the dtype of {said}")
        array = tensor.array
        require(f"{expression}.array.shape == {array.shape}", f"the shape of {said}")
        if array.__class__ is ndarray:
            require(f"{expression}.array.strides == {array.strides}", f"the memory layout of {said}")
        else:
            require(f"{expression}.array.__class__ is {name(array.__class__)}", f"the memory layout of {said}")
        if tensor.node is None:
            require(f"{expression}.node is None", f"{said}.requires_grad")
        elif tensor.node.__class__ is AccumulateGrad:
            wanted = f"{expression}.node.__class__ is {name(AccumulateGrad)} and {expression}.node.extras is None"
            require(wanted, f"{said}.requires_grad")
        else:
            wanted = f"{expression}.node is not None and {expression}.node.__class__ is not {name(AccumulateGrad)}"
            require(wanted, f"{said}.grad_fn")
        self.tensors.append((tensor, expression))
