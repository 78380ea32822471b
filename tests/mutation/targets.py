"""Which functions the rules are made of.

A rule is mutated, and so is what it calls: functions and classes of its package, the rules that it hands out, and the
forwards of ops that are there for rules alone. What a forward calls too is left out: a mistake there changes the function
and its derivative alike, so it is not for gradient checks to find.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import autograd
import optim
from autograd.op import Op
from autograd.registry import DERIVED, OPS
from autograd.saved import undo_broadcast
from optim import elementwise, recorded, slab
from optim.optimizer import Optimizer
from tests.mutation.mutants import inner_codes


class Target(NamedTuple):
    """A function to mutate, and whose it is: ops, or optimizers."""

    name: str
    function: FunctionType
    owners: tuple[Any, ...]


# -- what a function calls ----------------------------------------------------------------------------------


def names_in(code: CodeType) -> Iterator[tuple[str, bool]]:
    """All names that a function looks up, those in the functions inside it too, and whether each stands alone."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_ATTR", "LOAD_METHOD"):
            yield instruction.argval, instruction.opname == "LOAD_GLOBAL"
    for inner in inner_codes(code):
        yield from names_in(inner)


def mentioned_by(function: FunctionType) -> Iterator[Any]:
    """What a function's names stand for: around it, in its module, and in modules that it mentions."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # the variable has not been set
            continue
    names = list(names_in(function.__code__))
    found = [function.__globals__.get(name) for name, alone in names if alone]
    yield from found
    for module in found:
        if isinstance(module, ModuleType) and module.__name__.startswith("autograd"):
            yield from (getattr(module, name, None) for name, _ in names)


def functions_of(thing: Any, packages: tuple[str, ...]) -> Iterator[FunctionType]:
    """The functions that come with a thing: itself, the methods of a class, a hidden op's forward."""
    if isinstance(thing, type) and thing.__module__.startswith(packages):
        for member in vars(thing).values():
            yield from functions_of(member, packages)
    elif is_hidden(getattr(thing, "op", None)):
        yield thing.op.forward
    elif not hasattr(thing, "op") and not hasattr(thing, "derived"):
        plain = inspect.unwrap(thing) if callable(thing) else thing
        if isinstance(plain, FunctionType) and plain.__module__.startswith(packages):
            if not plain.__code__.co_filename.startswith("<") and not plain.__name__.startswith("check"):
                yield plain


def is_hidden(op: Any) -> bool:
    """Whether an op is there for others: users don't see it under its name."""
    return isinstance(op, Op) and getattr(autograd, op.name, None) is not op.function and op.name not in DERIVED


def reached(starts: Iterable[FunctionType], packages: tuple[str, ...], known: Iterable[Any] = ()) -> list[FunctionType]:
    """These functions and all that they call, directly or not, but for what is known already."""
    found: dict[FunctionType, None] = {}
    waiting = list(starts)
    while waiting:
        function = waiting.pop()
        if function in found or function in known:
            continue
        found[function] = None
        for thing in mentioned_by(function):
            waiting += functions_of(thing, packages)
    return list(found)


# -- backward rules -----------------------------------------------------------------------------------------

OPERATORS = ("autograd.ops.", "autograd.planes", "autograd.windows", "autograd.random.", "autograd.fft")


def rules_of(op: Any) -> dict[str, Any]:
    """The rules of an op by input; one for all inputs by the name of "all"."""
    return op.rules | ({"all": op.joint} if op.joint else {})


def forwards() -> set[FunctionType]:
    """All that runs when users compute something."""
    rules = [rule.function for op in OPS.values() for rule in rules_of(op).values()]
    for_rules = {f for rule in rules for thing in mentioned_by(rule) for f in functions_of(thing, OPERATORS)}
    starts = [op.forward for op in OPS.values() if op.forward not in for_rules]
    return set(reached(starts + [inspect.unwrap(info.function) for info in DERIVED.values()], OPERATORS))


def backward_rules() -> list[Target]:
    """The functions that the rules of all ops are made of, with the ops that they are rules of."""
    known = forwards()
    names: dict[FunctionType, str] = {}
    owners: dict[FunctionType, list[Any]] = {undo_broadcast: [OPS["mul"], OPS["where"], OPS["add"]]}
    for op in OPS.values():
        for place, rule in rules_of(op).items():
            names.setdefault(rule.function, f"{op.name} by {place}")
            for function in reached([rule.function], OPERATORS, known):
                owners.setdefault(function, []).append(op)
    return [
        Target(names.get(f) or f"{f.__module__.rpartition('.')[2]}.{f.__qualname__}", f, tuple(dict.fromkeys(ops)))
        for f, ops in owners.items()
    ]


# -- update rules -------------------------------------------------------------------------------------------

OPTIMIZERS = ("optim.",)
CALCULATING = ("update", "schedule", "step", "minimize", "iterate", "advance", "gradient", "move", "put_back")
"""The methods in which optimizers calculate."""

PLANS = (elementwise.rounds, slab.Slab.step, slab.in_pieces, slab.flat, recorded.recorded_step, recorded.parts)
"""What carries the elementwise rules to the parameters, for all optimizers alike."""

BOOKKEEPING = {"loss_of", "stamp", "with_gradient", "caller", "number", "counter_dtype", "held", "scalar", "finfo"}
"""Functions that they call which calculate nothing."""


def optimizers() -> list[Any]:
    """All optimizers."""
    found = (getattr(optim, name) for name in dir(optim))
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, Optimizer) and kind is not Optimizer]


def update_rules() -> list[Target]:
    """The functions that the update rules of all optimizers are made of, with the optimizers."""
    owners: dict[FunctionType, list[Any]] = {}
    for kind in optimizers():
        starts = [inspect.unwrap(vars(kind)[name]) for name in CALCULATING if name in vars(kind)]
        for function in reached(starts, OPTIMIZERS):
            if function.__name__ not in BOOKKEEPING and not function.__name__.startswith("check"):
                owners.setdefault(function, []).append(kind)
    for function in PLANS:
        owners[function] = optimizers()
    return [
        Target(f"{f.__module__.rpartition('.')[2]}.{f.__qualname__}", f, tuple(kinds)) for f, kinds in owners.items()
    ]
