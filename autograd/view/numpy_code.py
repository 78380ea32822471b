"""`to_numpy_code`: a computation and its backward pass as the NumPy script that one would write by hand."""

from __future__ import annotations

import ast
import os
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from autograd.tensor import Tensor
from autograd.view.code_data import ELEMENT_TYPE, FEW, UNPACK, array_literal, literal
from autograd.view.code_functions import INDEX, Library
from autograd.view.code_names import Names
from autograd.view.code_program import Program, read_program
from autograd.view.code_writer import Line, Writer
from autograd.view.graph import Value
from autograd.view.names import given, name_values, variables
from autograd.view.walking import check_tensor
from autograd.view.wording import printable, shape_text

WIDTH = 100


def to_numpy_code(loss: Tensor, path: str | Path | None = None, *, names: Any = None) -> str:
    """The computation of a tensor and its backward pass as a NumPy script, which runs without this library.

    The script has the data, a function `forward_pass`, a function `backward_pass`, and at its end
    the dict `gradients`, by the tensors' names: the gradients that `backward()` finds. Hooks are
    not part of it.

    Args:
        loss: the result to start from, a scalar.
        path: where to write the script, such as "backprop.py"; large arrays then go into
            "backprop.npz" beside it. Without it, everything is inside the text.
        names: names that the caller's variables don't tell; see `draw`.

    Raises RuntimeError where there is no graph, it was freed, or a value in it is gone; TypeError
    for what is no tensor.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0])
    >>> w = autograd.tensor([3.0, 4.0], requires_grad=True)
    >>> loss = (w * x).sum()
    >>> code = autograd.to_numpy_code(loss)
    >>> scope = {}
    >>> exec(code, scope)
    loss = 11.0
    gradient by w, shape (2,):
    [1. 2.]
    """
    check_tensor(loss, "to_numpy_code")
    if not isinstance(path, str | os.PathLike | None):
        raise TypeError(f"to_numpy_code(): path must be a str or a path, not {type(path).__name__}")
    program = read_program(loss)
    graph = program.graph
    graph.values += program.constants
    sources = [given(names), list(variables(sys._getframe(1)))]
    name_values(graph, *sources)
    script = Script(program, None if path is None else Path(path), {name for source in sources for name, _ in source})
    text = script.text()
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
        if script.stored:
            np.savez(script.store, **script.stored)
    return text


class Script:
    """The parts of the script, put together."""

    def __init__(self, program: Program, path: Path | None, variables: set[str]) -> None:
        self.program = program
        self.path = path
        self.stored: dict[str, Any] = {}
        self.library = Library()
        self.library.taken |= {"forward_pass", "backward_pass", "cache", "gradients", "data", "g"}
        names = Names(self.library.taken, variables)
        self.names = names.of_values(dict.fromkeys(program.inputs + program.graph.values), program.graph.operations)
        self.library.taken |= names.taken
        self.writer = Writer(program, self.names, self.library)
        self.root = next(v for v in program.graph.values if v.is_output)

    @property
    def store(self) -> Path:
        """The file for large arrays."""
        assert self.path is not None
        return self.path.with_suffix(".npz")

    def text(self) -> str:
        """The whole script."""
        backward = self.writer.backward(self.root)
        read_back = words_in(backward)
        forward = self.writer.forward(read_back)
        self.used = words_in(forward) | read_back
        data = self.data()
        functions = [self.forward_function(forward, read_back), self.backward_function(backward)]
        pieces = [
            self.heading(data),
            *self.tools(data, functions),
            data,
            *self.library.pieces,
            *functions,
            self.ending(),
        ]
        return "\n\n".join(piece.strip("\n") + "\n" for piece in pieces if piece)

    # -- the top ----------------------------------------------------------------------------------------

    def heading(self, data: str) -> str:
        """What the script is, and its imports."""
        name = printable(self.root.name or "the result").replace("\\", "/").replace('"', "'")
        imports = list(self.library.imports)
        body = "\n".join([data, *self.library.pieces])
        if "math." in body and "import math" not in imports:
            imports.insert(0, "import math")
        if "unpack(" in data:
            imports.insert(0, "import base64\nimport zlib")
        if self.stored:
            imports.insert(0, "from pathlib import Path")
        doc = f'"""The forward and the backward pass of {name}, in plain NumPy."""'
        return "\n".join([doc, "", *imports])

    def data(self) -> str:
        """The tensors that the computation starts from."""
        lines = []
        for value in self.inputs():
            name = self.names[value.key]
            lines.append(f"{name} = {self.source_of(name, value)}{remark_on(value)}")
        lines += [f"{name} = {literal(value)}" for name, value in self.writer.hoisted.items()]
        if self.stored:
            lines.insert(0, f"data = np.load(Path(__file__).with_name({self.store.name!r}))")
        return "\n".join(lines)

    def source_of(self, name: str, value: Value) -> str:
        """An array as source, or where it is stored."""
        array = value.array
        assert array is not None
        if self.path is not None and array.size > FEW:
            self.stored[name] = array
            return f"data[{name!r}]"
        return array_literal(array, indent=len(name) + 3)

    def inputs(self) -> list[Value]:
        """The tensors to begin with, without those that are written as plain numbers."""
        used = self.used
        return [v for v in self.program.inputs if self.names[v.key] in used]

    def tools(self, data: str, functions: list[str]) -> list[str]:
        """What the data are written with, as far as it is needed."""
        text = "\n".join([data, *functions])
        needed = {"unpack(": UNPACK, "ElementType(": ELEMENT_TYPE, "Index(": INDEX}
        return [piece for mark, piece in needed.items() if mark in text]

    # -- the two passes --------------------------------------------------------------------------------------

    def forward_function(self, lines: list[Line], read_back: set[str]) -> str:
        """`forward_pass`, which returns the result and what the backward pass will read."""
        made = list(dict.fromkeys(name for line in lines for name in targets_of(line)))
        self.cache = [name for name in made if name in read_back]
        self.forward_arguments = self.arguments_read(words_in(lines))
        body = [*texts(lines), *wrapped("cache = ", self.cache), f"return {self.names[self.root.key]}, cache"]
        return function("forward_pass", self.forward_arguments, "From the data to the result.", body)

    def backward_function(self, lines: list[Line]) -> str:
        """`backward_pass`, which returns the gradients."""
        self.backward_arguments = [*self.arguments_read(words_in(lines)), "cache"]
        unpack = wrapped("", self.cache, " = cache") if self.cache else []
        returned = ["return {", *(f"    {name!r}: {grad}," for name, grad in self.gradients().items()), "}"]
        body = [*unpack, *texts(lines), *returned]
        return function("backward_pass", self.backward_arguments, "From the result back to the gradients.", body)

    def arguments_read(self, read: set[str]) -> list[str]:
        """The inputs that a pass reads."""
        return [self.names[v.key] for v in self.program.inputs if self.names[v.key] in read]

    def gradients(self) -> dict[str, str]:
        """For each leaf, the variable that holds its gradient."""
        leaves = [v for v in self.program.inputs if v.takes_grad and v.key in self.writer.grads]
        titles = Names(())
        return {titles.unique(v.name or self.names[v.key]): self.writer.grads[v.key] for v in leaves}

    def ending(self) -> str:
        """The calls of both, and what they find."""
        root = self.names[self.root.key]
        forward = "\n".join(wrapped(f"{root}, cache = forward_pass", self.forward_arguments))
        backward = "\n".join(wrapped("gradients = backward_pass", self.backward_arguments))
        return f"{forward}\n{backward}\n{ENDING.format(root=root)}"


ENDING = """
print("{root} =", {root})
for name, gradient in gradients.items():
    print(f"gradient by {{name}}, shape {{gradient.shape}}:")
    print(gradient)
"""


def wrapped(start: str, names: list[str], end: str = "") -> list[str]:
    """Names in parentheses, over several lines if they are many."""
    single = f"{start}({', '.join(names)}{',' if len(names) == 1 and not start.endswith('_pass') else ''}){end}"
    if len(single) <= WIDTH:
        return [single]
    inside = textwrap.wrap(", ".join(names) + ",", WIDTH - 4, break_long_words=False)
    return [f"{start}(", *(f"    {line}" for line in inside), f"){end}"]


def function(name: str, arguments: list[str], doc: str, body: list[str]) -> str:
    """The source of a function."""
    head = wrapped(f"def {name}", arguments, ":")
    return "\n".join([*head, f'    """{doc}"""', *(f"    {line}" for line in body)])


def texts(lines: list[Line]) -> list[str]:
    """The lines of text that statements take."""
    return [text for line in lines for text in line.text()]


def words_in(lines: list[Line]) -> set[str]:
    """The names that statements read."""
    return {name.id for line in lines for name in names_in(line) if isinstance(name.ctx, ast.Load)}


def targets_of(line: Line) -> list[str]:
    """The names that a statement gives values to."""
    return [name.id for name in names_in(line) if isinstance(name.ctx, ast.Store) and name.id != "_"]


def names_in(line: Line) -> list[ast.Name]:
    """The names in a statement."""
    return [node for node in ast.walk(ast.parse(line.code)) if isinstance(node, ast.Name)]


def remark_on(value: Value) -> str:
    """The shape, and what the user calls a tensor if that could not be its name here."""
    shape = shape_text(value.shape) if value.shape else ""
    called = printable(value.name) if value.name and not value.name.isidentifier() else ""
    remark = "  ".join(part for part in (shape, called) if part)
    return f"  # {remark}" if remark else ""
