"""For the reference: docstrings as Markdown, and the signatures of operators as their callers see them."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

import griffe

import autograd
from autograd.optable import families, found_at, home_of, plain_function

DOCTEST = re.compile(r"^>>> (?:.+\n?)+", re.MULTILINE)
CODE = re.compile(r"(```.*?```|`[^`\n]+`|\$[^$\n]+\$|^ {4}.*$)", re.DOTALL | re.MULTILINE)
MARKUP = re.compile(r"[*<\[\]]")


def as_markdown(docstring: str) -> str:
    """A docstring with its examples fenced, and with signs that Markdown would take for markup escaped."""
    fenced = DOCTEST.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", docstring)
    parts = CODE.split(fenced)
    parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def public_functions() -> dict[str, Any]:
    """What users call, by the place in the source of the function that declares it."""
    return {
        f"{function.__module__}.{function.__qualname__}": found_at(home)
        for infos in families().values()
        for info in infos
        if (home := home_of(info)) is not None
        for function in [plain_function(info)]
    }


class Docstrings(griffe.Extension):
    """Makes of each docstring Markdown, and gives operators their public signatures."""

    def __init__(self) -> None:
        super().__init__()
        self.public = public_functions()

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and variable."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_function_instance(self, *, func: griffe.Function, **_: Any) -> None:
        """Called for each function."""
        function = self.public.get(func.path)
        if function is not None:
            signature = inspect.signature(function)
            func.parameters = griffe.Parameters(*map(parameter, signature.parameters.values()))
            func.returns = str(signature.return_annotation)


def parameter(given: inspect.Parameter) -> griffe.Parameter:
    """A parameter of a signature, as the reference wants it."""
    annotation = None if given.annotation is inspect.Parameter.empty else str(given.annotation).replace("builtins.", "")
    default = None if given.default is inspect.Parameter.empty else written(given.default)
    return griffe.Parameter(given.name, annotation=annotation, kind=griffe.ParameterKind(given.kind.description), default=default)


def written(value: Any) -> str:
    """A default as one would write it; for objects without such a form, their name."""
    return getattr(value, "__name__", None) or repr(value)


assert autograd.__name__ in sys.modules
