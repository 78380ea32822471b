"""Writing a program down as a Python function."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd.arrays import pieces
from autograd.compiled.blocks import Run, runs_of
from autograd.compiled.inlining import Argument, Inliner, arguments_of
from autograd.compiled.program import Built, Instruction, Program, Value, flat, values_in
from autograd.compiled.running import same_tensor
from autograd.dtypes import dtype

LARGE = 2**14
"""How many bytes an array must have for its memory to be given back as soon as nothing reads it any more."""


class Writer:
    """Gives names to values, and turns instructions into statements.

    Attributes:
        names: what the source is run with: functions and constants by name.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names: dict[str, Any] = {"np": np, "__name__": "autograd.compiled.replay"}
        self.named: dict[Any, str] = {}
        self.taken: set[str] = {"np", "args", "kwargs"}

    # -- names ------------------------------------------------------------------------------------------

    def free_name(self, wanted: str) -> str:
        """A name like the wanted one that nothing else has."""
        stem = re.sub(r"\W+", "_", wanted).strip("_") or "value"
        stem = f"v{stem}" if stem[0].isdigit() else f"{stem}_" if keyword.iskeyword(stem) else stem
        name, number = stem, 1
        while name in self.taken:
            name, number = f"{stem}_{number}", number + 1
        self.taken.add(name)
        return name

    def bound(self, thing: Any, wanted: str) -> str:
        """The name of a function or another object that the source speaks of."""
        key = id(thing)
        if key not in self.named:
            self.named[key] = self.free_name(wanted)
            self.names[self.named[key]] = thing
        return self.named[key]

    def name_of(self, value: Value, wanted: str = "value") -> str:
        """The name of a value."""
        if value not in self.named:
            if value.constant:
                return self.bound(value.example, "constant")
            self.named[value] = self.free_name(wanted)
        return self.named[value]

    # -- statements -------------------------------------------------------------------------------------

    def source(self, name: str) -> str:
        """The whole function."""
        self.taken.add(name)
        parameters = "args, kwargs" if self.program.parameters is None else "gradients, saved"
        lines = [*self.inputs(), *self.statements(), f"return {self.expression(self.program.returned)}"]
        return f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in lines)

    def inputs(self) -> Iterator[str]:
        """The arrays of the arguments. Those of tensors outside are bound to their names once and for all."""
        used = dict.fromkeys(value for i in self.program.instructions for value in i.reads())
        used |= dict.fromkeys(self.program.values_returned())
        if self.program.parameters is not None:
            for values, tuple_name, stem in zip(
                self.program.parameters, ("gradients", "saved"), ("g", "value"), strict=True
            ):
                if values:
                    left = ", ".join(self.name_of(value, value.name or stem) for value in values)
                    yield f"{left}{',' if len(values) == 1 else ''} = {tuple_name}"
        for value in used:
            if value.origin is None or value in self.named:
                continue
            if value.leaf is not None:
                name = self.name_of(value, f"{value.leaf.name}_grad")
                yield f"{name} = {self.tensor(value.leaf)}._grad.array"
            elif value.is_argument:
                name = self.name_of(value, value.name)
                yield f"{name} = {value.origin}.array"
            else:
                self.named[value] = self.bound(value.tensor.array, value.name)

    def statements(self) -> Iterator[str]:
        """The instructions, each with what it was part of where that changes."""
        part, spent = "", self.spent()
        runs = {instruction: run for run in runs_of(self.program) for instruction in run.instructions}
        for instruction in self.program.instructions:
            if instruction.part != part and instruction.part != "call":
                part = instruction.part
                yield f"# {part}"
            run = runs.get(instruction)
            if run is None:
                yield from self.statement(instruction)
                yield from deleted(map(self.name_of, spent.get(instruction, ())))
            elif instruction is run.instructions[0]:
                yield from self.in_stretches(run, spent)

    def in_stretches(self, run: Run, spent: dict[Instruction, list[Value]]) -> Iterator[str]:
        """The instructions of a run, as a loop over stretches of the arrays."""
        stems = {instruction.results[0]: instruction.name for instruction in run.instructions}
        whole = {value: self.name_of(value, stems.get(value, "value")) for value in (*run.inputs, *run.kept)}
        parts = {value: self.free_name(f"{name}_part") for value, name in whole.items()}
        numbers = {value: self.name_of(value) for value in run.numbers}
        for value, name in numbers.items():
            self.named[value] = self.free_name(f"{name}_everywhere")
            yield f"{self.named[value]} = {name}.flat[0]"
        for value in run.kept:
            yield f"{whole[value]} = np.empty({value.example.shape}, np.{value.example.dtype.name})"
        comma = "," if len(parts) == 1 else ""
        yield f"for {', '.join(parts.values())}{comma} in {self.bound(pieces, 'pieces')}({', '.join(whole.values())}):"
        self.named.update(parts)
        for instruction in run.instructions:
            yield from (f"    {line}" for line in self.stretch(instruction, parts))
        self.named.update(whole | numbers)
        gone = [self.named[v] for i in run.instructions for v in spent.get(i, ()) if v in whole or v in numbers]
        yield from deleted([*parts.values(), *gone])

    def stretch(self, instruction: Instruction, parts: dict[Value, str]) -> Iterator[str]:
        """One instruction on a stretch; a result that is kept goes into the array that holds it whole."""
        (result,) = instruction.results
        if result not in parts:
            yield from self.statement(instruction)
            return
        self.named[result] = name = self.free_name(instruction.name)
        *before, last = self.statement(instruction)
        self.named[result] = parts[result]
        if before or not last.startswith(f"{name} = "):
            yield from (*before, last)
            last = f"{name} = {name}"
        yield f"{parts[result]}[...] = {last.removeprefix(f'{name} = ')}"

    def spent(self) -> dict[Instruction, list[Value]]:
        """The large results that nothing reads after an instruction: what comes next finds their memory in the cache."""
        last = {value: instruction for instruction in self.program.instructions for value in instruction.reads()}
        returned = set(self.program.values_returned())
        found: dict[Instruction, list[Value]] = {}
        for value in (value for instruction in self.program.instructions for value in instruction.made()):
            if value in last and value not in returned and getattr(value.example, "nbytes", 0) >= LARGE:
                found.setdefault(last[value], []).append(value)
        return found

    def statement(self, instruction: Instruction) -> Iterator[str]:
        """One instruction: a call, or what the function does if that is short."""
        given = [self.argument(arg) for arg in instruction.args]
        params = {key: self.argument(value) for key, value in instruction.params.items()}
        results = list(flat(instruction.results))
        if instruction.may_be_written_out and len(results) == 1:
            named = arguments_of(instruction.function, given, params)
            stem = instruction.name
            lines = Inliner(
                instruction.function, named, self.bound, lambda: self.name_of(results[0], stem)
            ).statements()
            if lines is not None:
                yield from lines
                return
        name = instruction.name
        called = name if name.startswith("np.") else self.bound(instruction.function, name)
        sources = [argument.source for argument in given]
        sources += [f"{key}={argument.source}" for key, argument in params.items()]
        call = f"{called}({', '.join(sources)})"
        if not results:
            yield call
        else:
            comma = "," if instruction.unpacks and len(instruction.results) == 1 else ""
            yield f"{self.targets(instruction.results, name)}{comma} = {call}"

    def argument(self, item: Any) -> Argument:
        """An argument as source, with what is known of it."""
        if isinstance(item, Value):
            return Argument(self.name_of(item), item.example, True)
        return Argument(self.expression(item), item, any(True for _ in values_in(item)))

    def targets(self, results: list[Any], stem: str) -> str:
        """What stands left of the equals sign."""
        stem = stem.removeprefix("np.")
        return ", ".join(
            f"({self.targets(result, stem)}{',' if len(result) == 1 else ''})"
            if isinstance(result, list)
            else "_" if result is None else self.name_of(result, stem)
            for result in results
        )  # fmt: skip

    # -- expressions ------------------------------------------------------------------------------------

    def expression(self, item: Any) -> str:
        """An argument as source."""
        if isinstance(item, Value):
            return self.name_of(item)
        if isinstance(item, Built):
            if item.make is same_tensor:
                return self.tensor(item.args[0])
            return f"{self.bound(item.make, item.make.__name__)}({', '.join(map(self.expression, item.args))})"
        if isinstance(item, dict):
            return "{" + ", ".join(f"{k!r}: {self.expression(v)}" for k, v in item.items()) + "}"
        if isinstance(item, tuple) and hasattr(item, "_fields"):
            return f"{self.bound(type(item), type(item).__name__)}({', '.join(map(self.expression, item))})"
        if isinstance(item, (tuple, list)):
            inside = ", ".join(map(self.expression, item)) + ("," if len(item) == 1 and isinstance(item, tuple) else "")
            return f"({inside})" if isinstance(item, tuple) else f"[{inside}]"
        if item is None or item is Ellipsis or type(item) in (bool, int, str, slice):
            return repr(item)
        if type(item) is float and np.isfinite(item):
            return repr(item)
        if isinstance(item, dtype):
            return self.bound(item, item.name)
        return self.bound(item, getattr(item, "__name__", type(item).__name__).lower())

    def tensor(self, value: Value) -> str:
        """The Tensor that holds a given value."""
        assert value.origin is not None
        if value.is_argument:
            return value.origin
        return self.bound(value.tensor, f"{value.name}_tensor")


def deleted(names: Iterable[str]) -> Iterator[str]:
    """A statement that forgets these, if there are any."""
    together = ", ".join(names)
    if together:
        yield f"del {together}"


def compiled(source: str, names: dict[str, Any], filename: str) -> Callable[..., Any]:
    """The function that a source defines."""
    scope = dict(names)
    exec(compile(source, filename, "exec"), scope)
    return scope.pop(source[4 : source.index("(")])  # a function that stands among its own globals is a cycle
