"""A good call, or several, of every public function: from the cases of the ops, the layers, and lines that are written out.

What is in no table is called with arguments guessed from the names of its parameters; `judging` counts those too.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
import nn.functional as F
import optim
from autograd import Tensor, distributions, func
from autograd.autograd import functional
from autograd.registry import DERIVED, OPS
from autograd.utils import data
from nn import init
from optim import lr_scheduler
from tests import sampling
from tests.fuzz.good_lines import LINES
from tests.nn.layers import LAYERS, drawn
from tests.test_distributions import EACH

SPACES: dict[str, Any] = {
    "ag": autograd,
    "Tensor": Tensor,
    "F": F,
    "nn": nn,
    "init": init,
    "utils": nn.utils,
    "optim": optim,
    "lr_scheduler": lr_scheduler,
    "linalg": autograd.linalg,
    "fft": autograd.fft,
    "special": autograd.special,
    "windows": autograd.signal.windows,
    "masked": autograd.masked,
    "random": autograd.random,
    "func": func,
    "functional": functional,
    "engine": autograd.autograd,
    "distributions": distributions,
    "data": data,
}
"""Where public functions are, and how the lines name these places."""


class GoodCall(NamedTuple):
    """A call that works; `make` gives the function and its arguments afresh, so that no call sees another's changes."""

    name: str
    make: Callable[[], tuple[Any, list[Any], dict[str, Any]]]


def sum_of_squares(t: Tensor) -> Tensor:
    """A function to differentiate, to map, to hook in."""
    return (t * t).sum()


class Things(dict[str, Any]):
    """What the lines may use, made when it is asked for."""

    MADE: dict[str, Callable[[], Any]] = {  # noqa: RUF012 (never written to)
        "x": lambda: autograd.arange(12.0).reshape(3, 4) / 5 - 1,
        "v": lambda: autograd.tensor([0.5, -1.0, 2.0, 1.5]),
        "m": lambda: autograd.tensor([[2.0, 0.5], [0.5, 1.0]]),
        "p": lambda: autograd.tensor([0.2, 0.5, 0.3]),
        "w": lambda: nn.Parameter(autograd.linspace(-1, 1, 12).reshape(3, 4)),
        "i": lambda: autograd.tensor([0, 2, 1]),
        "mask": lambda: autograd.tensor([True, False, True]),
        "z": lambda: autograd.ones(2, dtype=autograd.complex64),
        "loss": lambda: (autograd.tensor([1.0, 2.0], requires_grad=True) ** 2).sum(),
        "f": lambda: sum_of_squares,
        "net": lambda: nn.Linear(4, 3),
        "opt": lambda: optim.SGD(nn.Linear(4, 3).parameters(), lr=0.1),
        "rows": lambda: data.TensorDataset(autograd.arange(6.0)),
        "np": lambda: np,
    }

    def __missing__(self, name: str) -> Any:
        if name in SPACES:
            return SPACES[name]
        if name not in self.MADE:
            raise KeyError(name)
        self[name] = self.MADE[name]()
        return self[name]


@functools.cache
def parts(line: str) -> tuple[Any, list[Any], dict[str, Any]]:
    """The function and the arguments of the outermost call of a line, compiled."""
    outer = ast.parse(line, mode="eval").body
    assert isinstance(outer, ast.Call), line

    def compiled(node: ast.expr) -> Any:
        return compile(ast.Expression(node), line, "eval")

    keywords = {str(keyword.arg): compiled(keyword.value) for keyword in outer.keywords}
    return compiled(outer.func), [compiled(node) for node in outer.args], keywords


def from_line(line: str) -> tuple[Any, list[Any], dict[str, Any]]:
    """The call that a line of Python describes."""
    things = Things()
    function, args, kwargs = parts(line)
    called = eval(function, {}, things)
    return called, [eval(arg, {}, things) for arg in args], {name: eval(kw, {}, things) for name, kw in kwargs.items()}


def from_case(function: Any, subject: sampling.Subject) -> tuple[Any, list[Any], dict[str, Any]]:
    """A call of an op or a derived function as one of its cases describes it."""
    args, kwargs = sampling.bound(subject, sampling.tensors(subject, "float32"))
    return function, args, kwargs


def from_layer(text: str) -> tuple[Any, list[Any], dict[str, Any]]:
    """A call of a layer."""
    arrays = drawn(text, np.random.default_rng(0))
    made = [autograd.tensor(a if a.dtype.kind == "i" else a.astype(np.float32)) for a in arrays]
    return eval(f"nn.{text}", {"nn": nn}), made, {}


def of_registry(cases: int) -> Iterator[GoodCall]:
    """The first cases of every public function that is declared with cases; of its in-place method too."""
    public = {id(found) for space in SPACES.values() for _, found in public_names(space)}
    for info in (*OPS.values(), *DERIVED.values()):
        if hasattr(info, "rules") and not sampling.is_public(info):
            continue
        function = info.function if hasattr(info, "rules") else info.call
        forms = {info.name: function, f"Tensor.{info.name}_": getattr(Tensor, f"{info.name}_", None)}
        for name, form in forms.items():
            for place, case in enumerate(info.cases[:cases] if id(form) in public else ()):
                subject = sampling.Subject(info, case, place)
                yield GoodCall(f"{name} case {place}", functools.partial(from_case, form, subject))


def of_lines(cases: int) -> Iterator[GoodCall]:
    """What is written out, and what the tests of layers and distributions have written out already."""
    for line in LINES:
        yield GoodCall(line, functools.partial(from_line, line))
    for text in first_of_each(LAYERS, cases):
        yield GoodCall(f"nn.{text}", functools.partial(from_line, f"nn.{text}"))
        yield GoodCall(f"nn.{text}(...)", functools.partial(from_layer, text))
    names = {"t": autograd.tensor, **vars(distributions)}
    for text in first_of_each(EACH, cases):
        made, value = functools.partial(eval, text, names), functools.partial(eval, EACH[text], names)
        call = ast.unparse(Qualified().visit(ast.parse(text)))
        yield GoodCall(call, functools.partial(from_line, call))
        yield GoodCall(f"{text}.log_prob", lambda made=made, value=value: (made().log_prob, [value()], {}))
        yield GoodCall(f"{text}.sample", lambda made=made: (made().sample, [(2, 3)], {}))
        yield GoodCall(f"{text}.expand", lambda made=made: (made().expand, [(2, *made().batch_shape)], {}))


class Qualified(ast.NodeTransformer):
    """Says where the names of a text about distributions come from."""

    def visit_Name(self, node: ast.Name) -> Any:
        return ast.parse("ag.tensor" if node.id == "t" else f"distributions.{node.id}", mode="eval").body


def first_of_each(texts: Any, count: int) -> Iterator[str]:
    """The first texts of each class."""
    seen: dict[str, int] = {}
    for text in texts:
        name = text.partition("(")[0]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] <= count:
            yield text


# -- the rest -------------------------------------------------------------------------------------------------

BY_NAME: dict[str, str] = {
    **dict.fromkeys(("dim", "dim0", "diagonal", "offset", "start_dim", "source", "axis"), "0"),
    **dict.fromkeys(("dim1", "destination", "n", "k", "steps", "step"), "1"),
    **dict.fromkeys(("size", "shape", "sizes", "repeats", "dims"), "(3, 4)"),
    **dict.fromkeys(("index", "indices"), "i"),
    **dict.fromkeys(("dtype", "type"), "ag.float32"),
    **dict.fromkeys(("func", "function", "fn", "model", "hook", "callable"), "f"),
    **dict.fromkeys(("tensors", "outputs", "inputs", "params", "parameters"), "[w]"),
    **dict.fromkeys(("value", "fill_value", "alpha", "p", "low", "std", "eps", "seed"), "1"),
    "module": "net",
    "optimizer": "opt",
    "mode": "True",
    "loss": "loss",
}
"""Arguments for parameters of these names; others get the tensor x."""


PARTS_OF_THE_LIBRARY = {"Any", "LazyModule", "adviser", "on_demand", "shown_in_notebook", "keep_freed_memory", "dtype",
                        "accumulate_grad", "like", "memory", "writes"}  # fmt: skip
"""Names in the public places that are not for users."""


def public_names(space: Any) -> Iterator[tuple[str, Any]]:
    """The public callables of a place."""
    for name in getattr(space, "__all__", None) or dir(space):
        found = None if name.startswith("_") or name in PARTS_OF_THE_LIBRARY else getattr(space, name, None)
        is_error = isinstance(found, type) and issubclass(found, Exception)
        if callable(found) and not inspect.ismodule(found) and not is_error:
            yield name, found


def guessed(name: str, found: Any) -> str | None:
    """A line that calls a function with what its parameters are named after; None where its parameters are unknown."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return None
    given = [
        "x" if p.name == "self" else BY_NAME.get(p.name, "x")
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return f"{name}({', '.join(given)})"


def of_the_rest(covered: set[int]) -> Iterator[GoodCall]:
    """A guess for each public function that is not among those already called."""
    for prefix, space in SPACES.items():
        for name, found in public_names(space):
            line = None if id(found) in covered else guessed(f"{prefix}.{name}", found)
            if line is not None:
                covered.add(id(found))
                yield GoodCall(line, functools.partial(from_line, line))


@functools.cache
def good_calls(cases: int = 1) -> tuple[GoodCall, ...]:
    """Every good call, with at most so many cases of each function."""
    found = [*of_registry(cases), *of_lines(cases)]
    covered = {id(call.make()[0]) for call in found}
    return (*found, *of_the_rest(covered))
