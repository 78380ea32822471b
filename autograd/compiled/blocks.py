"""Runs of element-by-element instructions on large arrays: done a stretch at a time.

Each NumPy call passes over whole arrays. If these are larger than the cache, every result goes out to
memory and comes in again for the next call. Instead, a stretch that fits the cache can go through all
calls of a run before the next stretch begins; what only the run itself reads is never stored whole.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import CACHED, gated, ndarray, quick_where
from autograd.compiled.inlining import Argument, Inliner, arguments_of
from autograd.compiled.program import Instruction, Program, Value

SHORTEST = 3
"""How many instructions are worth a loop."""

BY_ELEMENT = {gated, quick_where, np.where}
"""Functions that are no ufuncs, but work on each element alone too."""

SPREADING = {"sum", "mean", "expand"}
"""Ops whose rules, or who themselves, show one number at many places."""

PLAIN = (ast.Name, ast.Load, ast.Store, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Assign, ast.AugAssign,
         ast.operator, ast.unaryop, ast.cmpop)  # fmt: skip


class Run(NamedTuple):
    """Instructions that follow one another, on arrays of one shape.

    Attributes:
        inputs: the arrays that are read, of that shape, and made elsewhere.
        numbers: those among what is read that show one number at all places.
        kept: the results that are read elsewhere, or returned.
    """

    instructions: list[Instruction]
    inputs: list[Value]
    numbers: list[Value]
    kept: list[Value]


def runs_of(program: Program) -> Iterator[Run]:
    """The runs of a program."""
    run: list[Instruction] = []
    numbers = {value for i in program.instructions if i.op is not None and i.op.name in SPREADING
               for value in i.made() if shows_one_number(value.example)}  # fmt: skip
    readers = Counter(value for i in program.instructions for value in dict.fromkeys(i.reads()))
    readers.update(program.values_returned())
    for instruction in program.instructions:
        goes_on = works_by_element(instruction, numbers)
        if run and not (goes_on and fits(instruction, run[-1])):
            yield from worthwhile(run, numbers, readers)
            run = []
        if goes_on:
            run.append(instruction)
    yield from worthwhile(run, numbers, readers)


def fits(instruction: Instruction, before: Instruction) -> bool:
    """Whether two instructions work on arrays of the same shape, in the same part of the program."""
    here, there = (i.results[0].example.shape for i in (instruction, before))
    return bool(here == there and instruction.part == before.part)


def worthwhile(instructions: list[Instruction], numbers: set[Value], readers: Counter[Value]) -> Iterator[Run]:
    """The run, if it is long enough; `readers` counts who in the whole program reads a value, or returns it."""
    if len(instructions) < SHORTEST:
        return
    made = [i.results[0] for i in instructions]
    read = Counter(value for i in instructions for value in dict.fromkeys(i.reads()))
    inputs = [v for v in read if v not in made and v not in numbers and v.example.shape == made[0].example.shape]
    kept = [v for v in made if readers[v] > read[v]]
    if kept:
        yield Run(instructions, inputs, [v for v in read if v in numbers], kept)


# -- what works on each element alone -----------------------------------------------------------------------


def works_by_element(instruction: Instruction, numbers: set[Value]) -> bool:
    """Whether an instruction is a large array made of others, each element of the elements at the same place."""
    if not instruction.may_be_written_out or len(instruction.results) != 1:
        return False
    result = instruction.results[0]
    if not isinstance(result, Value) or not is_large(result.example):
        return False
    direct = [arg for arg in (*instruction.args, *instruction.params.values()) if isinstance(arg, Value)]
    if len(direct) != len(list(instruction.reads())):
        return False
    if not all(value in numbers or matches(value.example, result.example) for value in direct):
        return False
    return is_by_element(instruction)


def is_large(array: Any) -> bool:
    """Whether an array does not fit the cache; one that is not laid out row by row has no stretches."""
    return array.__class__ is ndarray and array.size > CACHED and bool(array.flags.c_contiguous)


def matches(array: Any, result: Any) -> bool:
    """Whether an operand has an element for each of the result's, or a single one for all."""
    if array is None:
        return False
    return np.ndim(array) == 0 or (array.shape == result.shape and bool(array.flags.c_contiguous))


def shows_one_number(array: Any) -> bool:
    """Whether an array shows the same element at all places."""
    return array.__class__ is ndarray and array.size > 1 and not any(array.strides)


def is_by_element(instruction: Instruction) -> bool:
    """Whether the statements of an instruction name nothing but arithmetic, ufuncs and their kin."""
    used: dict[str, Any] = {}

    def bound(thing: Any, name: str) -> str:
        used[name] = thing
        return name

    def argument(item: Any, name: str) -> Argument:
        return Argument(name, item.example, True) if isinstance(item, Value) else Argument("None", item, False)

    given = [argument(item, f"operand_{place}") for place, item in enumerate(instruction.args)]
    params = {name: argument(item, name) for name, item in instruction.params.items()}
    named = arguments_of(instruction.function, given, params)
    lines = Inliner(instruction.function, named, bound, lambda: "result").statements()
    if lines is None or any(np.ndim(thing) for thing in used.values()):
        return False
    return all(is_plain(ast.parse(line).body[0], used) for line in lines)


def is_plain(statement: ast.stmt, used: dict[str, Any]) -> bool:
    """Whether a statement works on each element alone."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls}
    return all(not call.keywords and is_known(call.func, used) for call in calls) and not any(
        isinstance(node, ast.MatMult) or not isinstance(node, (*PLAIN, ast.Call))
        for node in ast.walk(statement)
        if id(node) not in called
    )


def is_known(function: ast.expr, used: dict[str, Any]) -> bool:
    """Whether a function that is called works on each element alone."""
    match function:
        case ast.Attribute(ast.Name("np"), name):
            found = getattr(np, name)
            return (isinstance(found, np.ufunc) and found.nout == 1 and found.signature is None) or found in BY_ELEMENT
        case ast.Name(name):
            return used.get(name) in BY_ELEMENT
    return False
