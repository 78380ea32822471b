"""Writing a run down: every operation on arrays becomes an instruction.

The recorder is told of each op, of each write in place and of each step of a backward pass. It knows
arrays by their identity: what an instruction reads must have come from an argument, from a tensor that
was there before, or from an earlier instruction. Where an array has come from nowhere, something has
worked on arrays behind the recorder's back, and the function can't be replayed.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

import numpy as np

from autograd.arrays import ndarray
from autograd.compiled.backward import Walk
from autograd.compiled.leaves import Leaves
from autograd.compiled.program import Built, Instruction, Value
from autograd.compiled.reasons import CannotReplay
from autograd.compiled.running import array_in, overwrite, replace, same_tensor
from autograd.dtypes import dtype
from autograd.graph import AccumulateGrad
from autograd.index import readable
from autograd.modes import Watching
from autograd.tensor import Tensor, tensor_of

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), dtype, np.dtype, np.generic, type, slice)
"""Types of arguments that are written down as they are."""

WRITERS = {"overwrite", "assign", "rebase", "add_in_place", "accumulate_grad", "look_again"}
"""Functions that stamp a version for a write that the recorder is told of."""


class Recorder(Watching):
    """Takes a program down while a function runs.

    Attributes:
        instructions: what has been done so far.
        values: the values by the identity of their arrays, and by that of the tensors that hold them.
        problem: the first reason found why the run can't be replayed.
        nodes: the nodes recorded.
        outside: the tensors that were there before, by identity.
        call: the function that is being entered as one call, while it runs.
        leaves: what is known of the gradients of leaves.
    """

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.values: dict[int, Value] = {}
        self.kept_alive: list[Any] = []
        self.tensors: dict[int, Tensor] = {}
        self.problem: str | None = None
        self.nodes: dict[Any, None] = {}
        self.walk: Walk | None = None
        self.outside: dict[int, Value] = {}
        self.call: Instruction | None = None
        self.leaves = Leaves(self)

    def forget(self) -> None:
        """Let go of all arrays at once: the recorder and its parts refer to each other."""
        vars(self).clear()

    def is_deaf(self) -> bool:
        """Whether what happens need not be noted: inside a call, and where the run can't be replayed anyway."""
        return self.problem is not None or self.call is not None

    def fail(self, reason: str) -> None:
        """Note why the run can't be replayed; the first reason counts."""
        if self.problem is None:
            self.problem = reason

    # -- values -----------------------------------------------------------------------------------------

    def given(self, tensor: Tensor, origin: str) -> Value:
        """Enter a tensor that was there before the run."""
        value = self.values.get(id(tensor.array))
        if value is None:
            value = self.enter(tensor.array, Value(tensor.array, origin, tensor))
        self.outside.setdefault(id(tensor), value)
        self.hold(tensor, value)
        self.leaves.note(tensor)
        return value

    def enter(self, array: Any, value: Value) -> Value:
        """Remember which value an array is."""
        self.values[id(array)] = value
        self.kept_alive.append(array)
        return value

    def hold(self, tensor: Tensor, value: Value) -> None:
        """Remember which value a tensor holds, for when it moves its number to memory of its own."""
        self.values[id(tensor)] = value
        self.kept_alive.append(tensor)

    def value_of(self, array: Any, reader: str = "") -> Value:
        """The value that an array is."""
        found = self.values.get(id(array))
        if found is None:
            raise CannotReplay(f"{reader or 'it'} works on an array that was made behind the recording's back")
        return found

    def operand(self, tensor: Any, reader: str = "") -> Any:
        """The value that a tensor holds; None as it is."""
        if tensor is None:
            return None
        found = self.values.get(id(tensor.array))
        if found is None and id(tensor) in self.values and tensor.array.ndim == 0:
            moved = self.emit(np.asarray, "np.asarray", (self.values[id(tensor)],))
            return self.enter(tensor.array, moved)
        return self.value_of(tensor.array, reader) if found is None else found

    def constant(self, array: Any) -> Value:
        """A value that is the same in every run."""
        known = self.values.get(id(array))
        return known or self.enter(array, Value(array, constant=True))

    def argument(self, item: Any, reader: str) -> Any:
        """An argument as the program will pass it: values in place of arrays, tensors made anew around them."""
        if isinstance(item, Tensor):
            return self.tensor_argument(item, reader)
        if isinstance(item, (ndarray, np.generic)):
            known = self.values.get(id(item))
            return item if known is None and isinstance(item, np.generic) else known or self.value_of(item, reader)
        if isinstance(item, PLAIN):
            return item
        if type(item) in (tuple, list):
            return type(item)(self.argument(part, reader) for part in item)
        if type(item) is dict:
            return {key: self.argument(part, reader) for key, part in item.items()}
        if hasattr(item, "basic") and hasattr(item, "advanced"):
            return Built(type(item), tuple(self.argument(part, reader) for part in (item.basic, item.advanced)))
        return item

    def tensor_argument(self, tensor: Tensor, reader: str) -> Any:
        """A Tensor as an argument: itself if it was there before, else one on the same array."""
        known = self.outside.get(id(tensor))
        if known is not None and known.tensor is tensor:
            return Built(same_tensor, (known,))
        return Built(tensor_of, (self.operand(tensor, reader), tensor.dtype))

    # -- instructions -----------------------------------------------------------------------------------

    def add(self, instruction: Instruction) -> Instruction:
        """Append an instruction."""
        self.instructions.append(instruction)
        return instruction

    def emit(self, function: Any, name: str, args: tuple[Any, ...], **options: Any) -> Value:
        """Append an instruction with one result; the result's value."""
        result = Value(None)
        self.add(Instruction(function, name, args, results=[result], **options))
        return result

    def result(self, array: Any) -> Value:
        """The value of a result: a new one, unless an instruction has handed on an array that was known."""
        known = self.values.get(id(array))
        return known if known is not None else self.enter(array, Value(array))

    # -- what watchers are told --------------------------------------------------------------------------

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        self.nodes[node] = None

    def carried_out(self, op: Any, tensors: Any, params: Any, result: Any, kept: Any) -> None:
        """An op has run."""
        if self.is_deaf():
            return
        try:
            args = tuple(self.operand(tensor, op.name) for tensor in tensors)
            settings = {name: self.setting(op, value) for name, value in params.items()}
        except CannotReplay as reason:
            self.fail(str(reason))
            return
        results = result if isinstance(result, tuple) else (result,)
        values = [Value(tensor.array) for tensor in results]
        for tensor, value in zip(results, values, strict=True):
            self.enter(tensor.array, value)
            self.hold(tensor, value)
        saved = [Value(array) for array in kept]
        for array, value in zip(kept, saved, strict=True):
            self.enter(array, value)
        effects = any(callable(value) and not isinstance(value, PLAIN) for value in params.values())
        self.add(
            Instruction(
                op.forward, op.name, args, settings, self.nested(op, values, saved), bool(saved) or op.outputs != 1,
                not effects, "forward", op,
            )
        )  # fmt: skip

    def nested(self, op: Any, values: list[Value], saved: list[Any]) -> list[Any]:
        """The results in the form that the forward returns them in."""
        if op.outputs == 1:
            return [*values, *saved]
        return [values, *saved] if saved else values

    def setting(self, op: Any, value: Any) -> Any:
        """A piece of metadata."""
        if isinstance(value, tuple) and any(isinstance(v, ndarray) and v.dtype == np.bool_ for v in value):
            raise CannotReplay(f"the shape of what {op.name} gives depends on a mask")
        return self.argument(value, op.name)

    def written(self, x: Any, op: Any, operands: Any, params: Any, name: str) -> None:
        """A tensor has been overwritten."""
        if self.is_deaf():
            return
        try:
            target = self.target(x, name)
            sources = tuple(self.operand(tensor, name) for tensor in operands)
            settings = {key: self.setting(op, value) for key, value in params.items()}
        except CannotReplay as reason:
            self.fail(str(reason))
            return
        function = overwrite if op is None else replace
        args = (target, name, *sources) if op is None else (target, name, op.forward, *sources)
        self.add(Instruction(function, function.__name__, args, settings, is_pure=False))

    def target(self, x: Tensor, name: str) -> Any:
        """A tensor to be written to: itself if it was there before, else its array."""
        if x.array.__class__ is not ndarray:
            raise CannotReplay(f"{name} writes into a number")
        return self.tensor_argument(x, name) if id(x) in self.outside else self.operand(x, name)

    def stepped(self, node: Any, g: Any, sent: Any) -> None:
        """A backward pass has visited a node."""
        if self.is_deaf():
            return
        try:
            self.walk = Walk.of_now(self, self.walk)
            self.walk.step(node, g, sent)
        except CannotReplay as reason:
            self.fail(str(reason))

    # -- what the observer tells ---------------------------------------------------------------------------

    def entered(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A function that is entered as one call begins."""
        name = function.__name__
        self.call = Instruction(function, name, (), is_pure=False, part="call")
        try:
            self.call.args = tuple(self.argument(arg, name) for arg in args)
            self.call.params = {key: self.argument(value, name) for key, value in kwargs.items()}
        except CannotReplay as reason:
            self.fail(str(reason))

    def left(self, result: Any) -> None:
        """And it returns: tensors, arrays, or nothing."""
        instruction, self.call = self.call, None
        if self.problem is not None or instruction is None:
            return
        parts = result if isinstance(result, (tuple, list)) else [] if result is None else [result]
        self.add(instruction)
        instruction.unpacks = isinstance(result, (tuple, list))
        for part in parts:
            if isinstance(part, Tensor) and (part.node is None or part.node.__class__ is AccumulateGrad):
                self.hold(part, self.returned(instruction, part, part.array))
            elif isinstance(part, ndarray):
                self.returned(instruction, part, part)
            else:
                self.fail(f"{instruction.name}() returns a {type(part).__name__}")
        self.leaves.changed(instruction)

    def returned(self, instruction: Instruction, part: Any, array: Any) -> Value:
        """The value of a result of a call; a known one if the call has returned an array that it was given."""
        known = self.values.get(id(array))
        if known is not None:
            instruction.results.append(None)
            return known
        whole = Value(part)
        instruction.results.append(whole)
        if part is array:
            return self.enter(array, whole)
        return self.enter(array, self.emit(array_in, "array_in", (whole,)))

    def handle(self, what: str, frame: FrameType, result: Any) -> None:
        """A function returns that the recorder must know of."""
        if self.is_deaf():
            return
        if what == "constant" and isinstance(result, ndarray):
            self.constant(result)
        elif what == "constant" and isinstance(result, Tensor) and id(result.array) not in self.values:
            self.hold(result, self.constant(result.array))
        elif what == "indexed" and isinstance(frame.f_locals["item"], Tensor):
            self.indexed(frame.f_locals["item"], result)
        elif what == "copied":
            given = frame.f_locals["operand"]
            if result is not given and result is not None:
                self.enter(result.array, self.emit(np.copy, "np.copy", (self.operand(given),)))
        elif what == "moved":
            tensor = frame.f_locals["self"]
            if id(tensor) in self.values and id(tensor.array) not in self.values:
                self.operand(tensor)
        elif what == "stamped" and frame.f_back is not None and frame.f_back.f_code.co_name not in WRITERS:
            self.fail(f"it changes a tensor in place, by {frame.f_locals['writer']}")

    def indexed(self, tensor: Tensor, places: Any) -> None:
        """A tensor is used as an index: the numbers in it, as an array."""
        if not isinstance(places, ndarray):
            self.fail("a tensor's number chooses what is taken by an index")
        elif id(places) not in self.values:
            self.enter(
                places, self.emit(readable, "readable", (Built(tensor_of, (self.operand(tensor), tensor.dtype)),))
            )

    def read(self, frame: FrameType, name: str) -> None:
        """A tensor's numbers are asked for."""
        tensor = frame.f_locals.get("self")
        value = self.values.get(id(getattr(tensor, "array", None)))
        if value is None or not value.constant:
            self.fail(f"it looks at a tensor's numbers, by {name}(), and goes on by what it finds")
