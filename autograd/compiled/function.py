"""The compiled function: it replays the program that fits a call, or records a new one."""

from __future__ import annotations

import functools
import inspect
import linecache
import re
from collections.abc import Callable
from typing import Any

from autograd import dtypes
from autograd.compiled.arguments import Arguments
from autograd.compiled.graphs import Graph
from autograd.compiled.handled import EMPTY
from autograd.compiled.observing import Observer
from autograd.compiled.outside import Outside, Transparent
from autograd.compiled.program import Program
from autograd.compiled.reasons import CannotReplay
from autograd.compiled.recording import Recorder
from autograd.compiled.returned import Returned
from autograd.compiled.writing import Writer, compiled
from autograd.modes import state

MOST_PROGRAMS = 8
"""How many programs a function may have, for different shapes and modes; after that, other calls run as written."""

ATTEMPTS = 3
"""How often a recording may fail before no more is tried."""


class Replay:
    """A program that can be run, and the test whether it fits a call."""

    def __init__(self, fits: Callable[..., bool], run: Callable[..., Any], outside: Outside, source: str) -> None:
        self.fits = fits
        self.run = run
        self.outside = outside
        self.source = source


class CompiledFunction(Transparent):
    """A function that is run once as it is written, and replayed from then on.

    Attributes:
        original: the function itself.
        replays: the programs recorded so far.
        reason: why calls run as they are written, if they do.
    """

    def __init__(self, function: Callable[..., Any], fullgraph: bool = False) -> None:
        self.original = function
        self.name = getattr(function, "__name__", type(function).__name__)
        self.fullgraph = fullgraph
        self.reset()
        functools.update_wrapper(self, function, updated=())

    def reset(self) -> None:
        """Forget all programs."""
        self.replays: list[Replay] = []
        self.reason: str | None = None
        self.failures = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for replay in self.replays:
            if replay.fits(args, kwargs):
                return replay.run(args, kwargs)
        return self.record(args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    @property
    def source(self) -> str:
        """The programs recorded so far, as Python source."""
        return "\n\n".join(replay.source for replay in self.replays)

    def __reduce__(self) -> Any:
        return CompiledFunction, (self.original, self.fullgraph)

    def __repr__(self) -> str:
        return f"<compiled {self.original!r}>"

    # -- recording --------------------------------------------------------------------------------------

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the function as it is written, and take down what it does, if there is any hope."""
        if state.watchers or state.vmaps or self.failures >= ATTEMPTS:
            return self.original(*args, **kwargs)
        if len(self.replays) >= MOST_PROGRAMS:
            self.reason = f"more than {MOST_PROGRAMS} kinds of calls: {self.misfit(args, kwargs)} keeps changing"
            return self.original(*args, **kwargs)
        try:
            outside = Outside()
            add_modes(outside)
            outside.look(self.original, outside.name_for(self.original), self.name)
            arguments = Arguments(outside, args, kwargs)
            outside.finish()
        except CannotReplay as reason:
            self.give_up(str(reason))
            return self.original(*args, **kwargs)
        recorder = Recorder()
        for tensor, said in outside.tensors:
            recorder.given(tensor, "outside").name = short(said)
        for tensor, expression in arguments.tensors:
            recorder.given(tensor, expression).name = self.argument_name(expression)
        with Observer(recorder), recorder:
            result = self.original(*args, **kwargs)
        try:
            self.replays.append(self.replay_of(recorder, outside, result, args, kwargs))
        except CannotReplay as reason:
            self.give_up(str(reason))
        finally:
            recorder.forget()
        return result

    def replay_of(self, recorder: Recorder, outside: Outside, result: Any, args: Any, kwargs: Any) -> Replay:
        """What was recorded, ready to be run again."""
        if recorder.problem is not None:
            raise CannotReplay(recorder.problem)
        builder = Returned(recorder, outside.seen)
        returned = builder.tree(result)
        backward = ""
        if builder.with_graph:
            pulled, begin = Graph(recorder, builder.with_graph).finish(builder.op, builder.node)
            recorder.add(begin)
            builder.op.run, backward = self.written(pulled, f"{self.free_name()}_backward")
        if not self.test_of(outside)(args, kwargs):
            raise CannotReplay(f"it changes {first_unmet(outside, args, kwargs)}")
        program = Program(recorder.instructions, returned).without_dead_code()
        for leaf, has_grad in recorder.leaves.conditions(program.values_read()):
            outside.require_grad(leaf, recorder.outside[id(leaf)], has_grad)
        fits = self.test_of(outside)
        run, source = self.written(program, self.free_name())
        return Replay(fits, run, outside, "\n\n".join(filter(None, (source, backward))))

    def written(self, program: Program, name: str) -> tuple[Callable[..., Any], str]:
        """A program as a function, and its source."""
        writer = Writer(program.without_dead_code())
        source = writer.source(name)
        filename = f"<compiled {name} {id(program):x}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        return compiled(source, writer.names, filename), source

    def test_of(self, outside: Outside) -> Callable[..., bool]:
        """The conditions as a function of a call's arguments."""
        tests = "\n        and ".join(condition for condition, _ in outside.conditions)
        source = (
            "def fits(args, kwargs):\n    try:\n        return (" + tests + ")\n"
            "    except (AttributeError, IndexError, KeyError, TypeError, ValueError):\n        return False\n"
        )
        return compiled(source, outside.names, "<guards>")

    def give_up(self, reason: str) -> None:
        """Note that a call could not be recorded."""
        self.reason = reason
        self.failures += 1
        if self.fullgraph:
            raise RuntimeError(f"compile(fullgraph=True): {self.name} can't be replayed: {reason}")

    def misfit(self, args: Any, kwargs: Any) -> str:
        """What the last program finds changed."""
        return first_unmet(self.replays[-1].outside, args, kwargs)

    def free_name(self) -> str:
        """The function's name, as a name in the source."""
        return re.sub(r"\W", "_", self.name)

    def argument_name(self, expression: str) -> str:
        """What an argument is called in the source: as its parameter is."""
        found = re.fullmatch(r"args\[(\d+)\](.*)", expression)
        try:
            parameters = list(inspect.signature(self.original).parameters)
        except (TypeError, ValueError):
            parameters = []
        if found and int(found[1]) < len(parameters):
            return parameters[int(found[1])] + found[2]
        return expression.removeprefix("kwargs")


def add_modes(outside: Outside) -> None:
    """The conditions on the modes of this thread."""
    outside.names |= {"state": state, "dtypes": dtypes}
    outside.require(f"state.grad_enabled is {state.grad_enabled}", "the grad mode")
    outside.require(f"state.inference is {state.inference}", "the inference mode")
    outside.require("not state.watchers and not state.vmaps", "who watches")
    for container in EMPTY:
        if container:
            raise CannotReplay("hooks run for all modules")
        outside.require(f"not {outside.name_for(container)}", "the hooks of all modules")
    outside.require(f"dtypes._default is {outside.name_for(dtypes.get_default_dtype())}", "the default dtype")


def first_unmet(outside: Outside, args: Any, kwargs: Any) -> str:
    """What the first condition that fails says."""
    scope = {**outside.names, "args": args, "kwargs": kwargs}
    for condition, said in outside.conditions:
        try:
            if not eval(condition, scope):
                return said
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return said
    return "nothing"


def short(said: str) -> str:
    """A name for a tensor: the last parts of the way to it, from one that is no number."""
    parts = re.findall(r"\w+", said)
    first = max(i for i, part in enumerate(parts[: max(1, len(parts) - 1)]) if not part.isdigit())
    return "_".join(parts[first:])
