"""A program: instructions on arrays, in the order in which they are to be carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd.compiled.running import add


@dataclass(eq=False)
class Value:
    """One array of a program: given from outside, constant, or the result of an instruction.

    Attributes:
        example: what it was when the program was recorded.
        origin: how a given one is found: the source of an expression; None for a result.
        tensor: the Tensor that holds a given one.
        constant: whether it is the same in each run.
        name: what a given one is to be called.
        leaf: for the gradient that a leaf has at the start, the leaf.
    """

    example: Any
    origin: str | None = None
    tensor: Any = None
    constant: bool = False

    name: str = ""
    leaf: Value | None = None

    @property
    def is_argument(self) -> bool:
        """Whether it is an argument's, and so another one in each run."""
        return self.origin is not None and self.origin.startswith(("args", "kwargs"))

    @property
    def is_given(self) -> bool:
        """Whether it is there before the program begins."""
        return self.origin is not None or self.constant


@dataclass(eq=False)
class Instruction:
    """A call: `results = function(*args, **params)`, with Values anywhere in the arguments.

    Attributes:
        name: what the function is called in the source.
        results: None for one that nobody wants; an empty list for a call that is made for what it changes.
        unpacks: whether the function returns a tuple of its results.
        is_pure: whether leaving it out changes nothing but its results.
        op: the op, if the function is the forward or a rule of one.
    """

    function: Callable[..., Any]
    name: str
    args: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)
    results: list[Any] = field(default_factory=list)
    unpacks: bool = False
    is_pure: bool = True
    part: str = "forward"
    op: Any = None

    @property
    def may_be_written_out(self) -> bool:
        """Whether what the function does may stand in place of the call: it is no more than formulas on arrays."""
        return (self.op is not None or self.function is add) and not self.unpacks

    def reads(self) -> Iterator[Value]:
        """The values among the arguments."""
        return values_in((self.args, self.params))

    def made(self) -> Iterator[Value]:
        """The values among the results."""
        return flat(self.results)


def flat(results: Any) -> Iterator[Value]:
    """The values that an instruction gives."""
    for result in results:
        if isinstance(result, list):
            yield from flat(result)
        elif result is not None:
            yield result


def only(results: list[Any], needed: set[Value]) -> list[Any]:
    """The results, None in place of those that are not needed."""
    return [only(r, needed) if isinstance(r, list) else r if r in needed else None for r in results]


def values_in(tree: Any) -> Iterator[Value]:
    """The values in nested tuples, lists and dicts, and in what slots of other containers hold."""
    if isinstance(tree, Value):
        yield tree
    elif isinstance(tree, (tuple, list)):
        for item in tree:
            yield from values_in(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from values_in(item)
    elif isinstance(tree, Built):
        yield from values_in(tree.args)


@dataclass(eq=False)
class Built:
    """An argument that is made of values: `make(*args)`, such as a Tensor on an array."""

    make: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(eq=False)
class Program:
    """The instructions, what is returned, and (of a backward pass) which values are parameters."""

    instructions: list[Instruction]
    returned: Any
    parameters: Any = None

    def values_returned(self) -> Iterator[Value]:
        """The values that the result is made of."""
        return values_in(self.returned)

    def values_read(self) -> set[Value]:
        """The values that the program has any use for."""
        return {value for i in self.instructions for value in i.reads()}.union(self.values_returned())

    def without_dead_code(self) -> Program:
        """The program without instructions whose results nobody reads."""
        needed = set(values_in(self.returned))
        kept = []
        for instruction in reversed(self.instructions):
            wanted = any(result in needed for result in flat(instruction.results))
            if instruction.is_pure and not wanted:
                continue
            instruction.results = only(instruction.results, needed)
            needed.update(instruction.reads())
            kept.append(instruction)
        return Program(kept[::-1], self.returned, self.parameters)
