"""For the reference: docstrings as Markdown, and the signatures of operators as their callers see them."""

from __future__ import annotations

import inspect
import re
from typing import Any

import griffe

from autograd.optable import families, found_at, gradients, home_of, math, plain_function, primitive_of

DOCTEST = re.compile(r"^>>> (?:.+\n?)+", re.MULTILINE)
CODE = re.compile(r"(```.*?```|\$\$.*?\$\$|`[^`\n]+`|\$[^$\n]+\$|^ {4}[^\n]*$)", re.DOTALL | re.MULTILINE)
SECTION = re.compile(r"^(Args|Attributes):\n((?:(?: {4}.*)?\n)*(?: {4}.*))", re.MULTILINE)
ENTRY = re.compile(r"^ {4}(\w[\w ,*]*): ((?:.*\n? {5,})*.*)", re.MULTILINE)
MARKUP = re.compile(r"[*<\[\]]")


def as_markdown(docstring: str) -> str:
    """A docstring with its examples fenced, its arguments listed, and what only looks like markup escaped."""
    fenced = DOCTEST.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", docstring)
    listed = SECTION.sub(lambda found: ENTRY.sub(entry, f"{found[1]}:\n\n{found[2]}"), fenced)
    parts = CODE.split(listed)
    parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def entry(found: re.Match[str]) -> str:
    """An argument, or several that go together, as an item of a list."""
    names = ", ".join(f"`{name.strip()}`" for name in found[1].split(","))
    return f"- {names}: {' '.join(found[2].split())}"


def public_operators() -> dict[str, Any]:
    """The declarations of what users call, by the place in the source of the function that they decorate."""
    return {
        f"{function.__module__}.{function.__qualname__}": info
        for infos in families().values()
        for info in infos
        if home_of(info) is not None
        for function in [plain_function(info)]
    }


def formulas(info: Any) -> str:
    """The formula of an operator, and the rules for its gradients."""
    op = primitive_of(info)
    formula, rules = math(info.tex or (op.tex if op else "")), gradients(op).replace("<br>", ", ")
    return f"\n\nFormula: {formula}" + (f". Gradients: {rules}" if rules else "") if formula else ""


class Docstrings(griffe.Extension):
    """Makes of each docstring Markdown, and gives operators their public signatures."""

    def __init__(self) -> None:
        super().__init__()
        self.public = public_operators()

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and variable."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_function_instance(self, *, func: griffe.Function, **_: Any) -> None:
        """Called for each function."""
        info = self.public.get(func.path)
        if info is not None:
            signature = inspect.signature(found_at(home_of(info)))
            if func.docstring is not None:
                func.docstring.value += formulas(info).replace("$`", "$").replace("`$", "$")
            func.parameters = griffe.Parameters(*map(parameter, signature.parameters.values()))
            func.returns = str(signature.return_annotation)


def parameter(given: inspect.Parameter) -> griffe.Parameter:
    """A parameter of a signature, as the reference wants it."""
    annotation = None if given.annotation is inspect.Parameter.empty else str(given.annotation).replace("builtins.", "")
    default = None if given.default is inspect.Parameter.empty else written(given.default)
    return griffe.Parameter(
        given.name, annotation=annotation, kind=griffe.ParameterKind(given.kind.description), default=default
    )


def written(value: Any) -> str:
    """A default as one would write it; for objects without such a form, their name."""
    return getattr(value, "__name__", None) or repr(value)
