"""What may be wrong with a function: its source, changed in one place.

A mutant is code that takes the place of the function's own. So whoever calls the function, by whatever name, calls the
mutant, as long as it is `installed`.
"""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from tests.mutation.changes import changes_of


class Mutant(NamedTuple):
    """A function with one thing changed."""

    function: FunctionType
    kind: str
    line: int
    before: str
    after: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.before}  ->  {self.after}"


def mutants_of(function: FunctionType, limit: int) -> list[Mutant]:
    """The mutants of a function, at most so many: of every kind of change as many as of the others, where there are."""
    tree = tree_of(function)
    around: dict[Any, Any] = {}
    for place, node in enumerate(ast.walk(tree)):
        node.place = place  # type: ignore[attr-defined]
        around.update(dict.fromkeys(ast.iter_child_nodes(node), node))
    kinds: dict[str, list[Mutant]] = {}
    for kind, old, new in changes_of(tree):
        shown = around[old] if kind == "number changed" else old  # a number alone would not tell which
        before, after = (ast.unparse(n) for n in (shown, Replaced(old, new).visit(copy.deepcopy(shown))))
        changed = ast.fix_missing_locations(Replaced(old, new).visit(copy.deepcopy(tree)))
        code = compiled(changed, function)
        if before != after and code is not None and code.co_freevars == function.__code__.co_freevars:
            line = getattr(old, "lineno", tree.lineno)
            kinds.setdefault(kind, []).append(Mutant(function, kind, line, before, after, code))
    spread = [one for several in itertools.zip_longest(*map(mixed, kinds.values())) for one in several if one]
    return spread[:limit]


def mixed(mutants: list[Mutant]) -> list[Mutant]:
    """The mutants of a kind in an order of which any beginning is spread over the whole function."""
    size = len(mutants)
    return [mutants[i] for i in sorted(range(size), key=lambda i: (i * 0.6180339887) % 1)]


class Replaced(ast.NodeTransformer):
    """Puts a node in the place of another."""

    def __init__(self, old: Any, new: ast.AST) -> None:
        self.place, self.new = old.place, new

    def visit(self, node: ast.AST) -> Any:
        if getattr(node, "place", None) != self.place:
            return self.generic_visit(node)
        return ast.copy_location(copy.deepcopy(self.new), node)


# -- from a function to its syntax tree, and back -----------------------------------------------------------


@cache
def functions_in(path: str) -> list[Any]:
    """The syntax trees of all functions of a file."""
    tree = ast.parse(Path(path).read_text())
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]


def first_line(tree: Any) -> int:
    """The line in which Python says that a function begins: that of its first decorator."""
    return min([tree.lineno, *(d.lineno for d in getattr(tree, "decorator_list", []))])


def tree_of(function: FunctionType) -> Any:
    """The syntax tree of a function: of those that begin in its line, the one that its last instruction stands in."""
    code = function.__code__
    line, column = max((end, column) for _, end, _, column in code.co_positions() if end and column)
    for tree in functions_in(code.co_filename):
        inside = (tree.lineno, tree.col_offset) < (line, column) <= (tree.end_lineno, tree.end_col_offset)
        if first_line(tree) == code.co_firstlineno and getattr(tree, "name", "<lambda>") == code.co_name and inside:
            return copy.deepcopy(tree)
    raise LookupError(f"the source of {function.__qualname__} is not in {code.co_filename}")


def compiled(tree: Any, function: FunctionType) -> CodeType | None:
    """The code of a function's tree, with the names around it that it may refer to; None if it can't be compiled."""
    around = ast.parse(f"def around({', '.join(function.__code__.co_freevars)}):\n    pass")
    outer: Any = around.body[0]
    body = copy.deepcopy(tree)
    if isinstance(tree, ast.Lambda):
        outer.body = [ast.copy_location(ast.Expr(body), tree)]
    else:
        body.decorator_list = []
        outer.body = [body]
    try:
        module = compile(ast.fix_missing_locations(around), function.__code__.co_filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, TypeError):
        return None
    return next((c for c in inner_codes(inner_code(module, "around")) if c.co_name == function.__code__.co_name), None)


def inner_codes(code: CodeType) -> Iterator[CodeType]:
    """The functions that a piece of code defines."""
    return (constant for constant in code.co_consts if inspect.iscode(constant))


def inner_code(code: CodeType, name: str) -> CodeType:
    """The function of this name among them."""
    return next(inner for inner in inner_codes(code) if inner.co_name == name)


@contextmanager
def installed(mutant: Mutant) -> Iterator[None]:
    """Let the mutant run in its function's place for a while."""
    right = mutant.function.__code__
    mutant.function.__code__ = mutant.code
    try:
        yield
    finally:
        mutant.function.__code__ = right
