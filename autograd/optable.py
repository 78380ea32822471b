"""`python -m autograd.optable > docs/operators.md` writes the table of all operators, from their own declarations.

Each family of operators, which is a module, becomes a section, and each operator a row: its formula, the rule by which
a gradient flows back to each of its inputs, and what it does with dtypes and shapes. A test sees to it that the
page is up to date.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import autograd
from autograd.registry import DERIVED, OPS
from autograd.tensor import Tensor

HEADER = """\
# Operators

Written by `python -m autograd.optable` from the declarations in the source; change those, not this page.

A **primitive** runs on arrays and has a derivative rule for each input. A **derived** function is made of others, so
it needs no rules. An **inner** primitive is not called by users: others are made of it, or it is the derivative of one.

In the formulas $`x`$ and $`y`$ are the inputs and $`z`$ is the result. $`\\bar z`$ is the gradient that arrives, that
of the final result by $`z`$; a rule turns it into $`\\bar x`$, the gradient by $`x`$. $`\\odot`$ multiplies element by
element, and $`[c]`$ is 1 where the condition $`c`$ holds and 0 elsewhere. Where inputs broadcast, their gradients are
summed over the dimensions that were stretched.
"""

HOMES = ("", "linalg", "special", "fft", "signal.windows", "nn.functional")
"""Where users find functions, as paths from `autograd`; else they are methods of Tensor."""

DTYPES = {
    "float": "integers become floats",
    "sum": "integers become int64",
    "bool": "gives bool",
    "index": "gives int64",
}
KINDS = {"b": "bools", "i": "integers", "f": "floats", "c": "complex numbers"}
ABBREVIATIONS = {"ctc", "fft", "ldl", "lu"}
BAR_BAR, BAR = r"\|", "|"


def page() -> str:
    """The whole page, as Markdown."""
    sections = [section(module, infos) for module, infos in families().items()]
    return "\n".join([HEADER, *sections])


def families() -> dict[str, list[Any]]:
    """Everything declared, by the name of its module, in the order of the source. Wrappers hide what they wrap."""
    for home in HOMES:
        found_at(home)  # what is imported only when it is asked for declares operators too
    wrapped = {primitive_of(info) for info in DERIVED.values()}
    declared = [*DERIVED.values(), *(op for op in OPS.values() if op not in wrapped)]
    found: dict[str, list[Any]] = {}
    for info in sorted(declared, key=place_in_source):
        found.setdefault(plain_function(info).__module__, []).append(info)
    return found


def primitive_of(info: Any) -> Any:
    """The primitive that a public function is, or that it wraps: one of its name which users don't find elsewhere."""
    op = OPS.get(info.name.rpartition(".")[2])
    return op if op is info or op is None or op.name == info.name or home_of(op) is None else None


def plain_function(info: Any) -> Any:
    """The function that a declaration decorates."""
    return info.forward if hasattr(info, "forward") else info.function


def place_in_source(info: Any) -> tuple[str, int, str]:
    """The module and the line; functions made in a loop stand on one line, and go by their names."""
    function = plain_function(info)
    return function.__module__, function.__code__.co_firstlineno, info.name


def section(module: str, infos: list[Any]) -> str:
    """One family as a heading, what its module says of itself, and a table."""
    says = inspect.getdoc(sys.modules[module]) or ""
    lines = [
        f"## {title(module.rpartition('.')[2])}",
        "",
        f"{' '.join(says.partition(chr(10) * 2)[0].split())} (`{module.replace('.', '/')}.py`)",
        "",
        "| operator | formula | gradients | notes |",
        "|---|---|---|---|",
        *map(row, infos),
        "",
    ]
    return "\n".join(lines)


def title(name: str) -> str:
    """A module's name as a heading."""
    return name.upper() if name in ABBREVIATIONS else name.replace("_", " ").capitalize()


def row(info: Any) -> str:
    """One operator as a row of the table."""
    op = primitive_of(info)
    cells = (f"`{public_path(info)}`", math(info.tex or (op.tex if op else "")), gradients(op), ", ".join(notes(info)))
    return f"| {' | '.join(cells)} |"


def gradients(op: Any) -> str:
    """The derivative rules of a primitive."""
    if op is None:
        return ""
    rules = {gradient_by(name): rule.tex for name, rule in op.rules.items()}
    if op.joint:
        rules[r"\bar x_1, \bar x_2, \ldots"] = op.joint.tex
    return "<br>".join(math(f"{left} = {right}") for left, right in rules.items())


def notes(info: Any) -> Iterator[str]:
    """What kind of operator it is, and what it does with dtypes and shapes."""
    op = primitive_of(info)
    is_inner = home_of(info) is None
    yield "derived" if op is None else "inner primitive" if is_inner else "primitive"
    if op is not None:
        if op.kind in DTYPES:
            yield DTYPES[op.kind]
        taken = [text for kind, text in KINDS.items() if kind not in op.refuses]
        left = [text for kind, text in KINDS.items() if kind in op.refuses]
        if left:
            yield f"not for {left[0]}" if len(left) == 1 else "for " + " and ".join(taken)
        yield from (text for text, holds in (("broadcasts", op.broadcasts), ("a view", op.view)) if holds)
        if not op.differentiable and op.kind not in ("bool", "index"):
            yield "no gradient"
    if not is_inner and hasattr(Tensor, f"{info.name}_"):
        yield f"in place: `{info.name}_`"


def public_path(info: Any) -> str:
    """How users call it: `mul`, `linalg.inv`, `Tensor.view`; an inner primitive by its name."""
    return home_of(info) or info.name


@functools.cache
def home_of(info: Any) -> str | None:
    """The path at which users find an operator; None for an inner one."""
    for home in HOMES:
        path = f"{home}.{info.name}".strip(".")
        if is_called_by(found_at(path), info):
            return path
    return f"Tensor.{info.name}" if is_called_by(getattr(Tensor, info.name, None), info) else None


def found_at(path: str) -> Any:
    """What stands at a dotted path from `autograd`; None for nothing."""
    try:
        return attrgetter(path)(autograd) if path else autograd
    except AttributeError:
        return None


def is_called_by(function: Any, info: Any) -> bool:
    """Whether a function is that of this declaration, or one written around it by hand, which has its name."""
    declared = getattr(function, "op", None) or getattr(function, "derived", None)
    return callable(function) and declared in (None, info)


def gradient_by(name: str) -> str:
    """How formulas write the gradient by an input."""
    return rf"\bar {name}" if len(name) == 1 else rf"\overline{{\text{{{name}}}}}".replace("_", r"\_")


def math(tex: str) -> str:
    """A formula inside a table, whose cells must hold no bare bar."""
    without_bars = tex.replace(BAR_BAR, r"\Vert ").replace(BAR, r"\vert ")
    return f"$`{' '.join(without_bars.split())}`$" if tex else ""


if __name__ == "__main__":
    sys.stdout.write(page())
