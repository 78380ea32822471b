"""Short forwards and rules, written into a program as the statements that they are.

A branch that depends on facts alone, such as the number of dimensions, is decided when the program is
written: the guards see to it that the facts stay.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd.compiled.syntax import Plain, argument_names, body_of, definition_of
from autograd.tensor import Tensor

LONGEST = 90
NOT_PLAIN = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.Starred,
             ast.NamedExpr, ast.JoinedStr, ast.Await, ast.Yield)  # fmt: skip
DECIDABLE = {"len", "isinstance", "Tensor", "ndarray", "np"}
"""What a condition on facts may be written with."""

FACTS = {"ndim", "shape", "dtype", "size", "kind"}


class CantInline(Exception):  # noqa: N818 (never seen outside this module)
    """A function is more than a few plain statements."""


class Argument(NamedTuple):
    """An argument as source; its value, or an array that has its shape and dtype."""

    source: str
    example: Any
    is_array: bool


class Inliner(ast.NodeTransformer):
    """Turns a call into statements.

    Attributes:
        given: the arguments, by the names of the parameters.
        bound: gives the name, in the program, of what the function reads from its module.
        target: what the result is to be called.
    """

    def __init__(
        self, function: Any, given: dict[str, Argument], bound: Callable[[Any, str], str], target: Callable[[], str]
    ) -> None:
        self.function, self.given, self.bound, self.target = function, given, bound, target
        self.local: dict[str, str] = {}

    def statements(self) -> list[str] | None:
        """The statements, the last of which gives the target its value; None where there are no such."""
        if not isinstance(self.function, FunctionType) or self.function.__closure__:
            return None
        try:
            definition = definition_of(self.function)
            if set(argument_names(definition)) != self.given.keys() or definition.args.vararg:
                return None
            return self.lines(self.taken(body_of(definition)))
        except (CantInline, ValueError, OSError, TypeError):
            return None

    def taken(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements that run, with all branches decided; the last one returns."""
        found: list[ast.stmt] = []
        for place, statement in enumerate(body):
            if isinstance(statement, ast.If):
                branch = statement.body if self.known(statement.test) else statement.orelse
                return [*found, *self.taken([*branch, *body[place + 1 :]])]
            found.append(statement)
            if isinstance(statement, ast.Return):
                return found
            if not isinstance(statement, (ast.Assign, ast.AugAssign)):
                break
        raise CantInline

    def known(self, expression: ast.expr) -> Any:
        """The value of an expression that asks for facts alone, such as a condition."""
        arrays = {name: a.example for name, a in self.given.items()}
        for node in ast.walk(expression):
            if not isinstance(node, ast.Name) or node.id in DECIDABLE:
                continue
            argument = self.given.get(node.id)
            if argument is None or (argument.is_array and (argument.example is None or not is_fact(node, expression))):
                raise CantInline
        scope = {**arrays, "Tensor": Tensor, "np": np, "ndarray": np.ndarray}
        return eval(compile(ast.Expression(expression), "<fact>", "eval"), scope)

    # -- writing ----------------------------------------------------------------------------------------

    def lines(self, body: list[ast.stmt]) -> list[str]:
        """Statements as source, with the program's names."""
        returned = body[-1].value  # type: ignore[attr-defined]
        if returned is None:
            raise CantInline
        body = [Plain().visit(copy.deepcopy(statement)) for statement in body]
        for statement in body:
            if any(isinstance(node, NOT_PLAIN) for node in ast.walk(statement)):
                raise CantInline
            for node in getattr(statement, "targets", [getattr(statement, "target", None)]):
                if node is not None and (not isinstance(node, ast.Name) or node.id in self.given):
                    raise CantInline
        target = self.target()
        texts = []
        for statement in body[:-1]:
            for node in getattr(statement, "targets", ()):
                self.local[node.id] = target
            if len(self.local) > 1:
                raise CantInline
            texts.append(ast.unparse(ast.fix_missing_locations(self.visit(statement))))
        last = ast.unparse(self.visit(body[-1].value))  # type: ignore[attr-defined]
        if last != target:
            texts.append(f"{target} = {last}")
        if any(len(text) > LONGEST for text in texts):
            raise CantInline
        return texts

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        return self.visit(node.body if self.known(node.test) else node.orelse)

    def visit_Call(self, node: ast.Call) -> Any:
        """What a table of the module holds for a fact, such as the zero of a dtype, is looked up here and now."""
        match node.func:
            case ast.Attribute(ast.Name(name), "get") if isinstance(table := self.function.__globals__.get(name), dict):
                found = table.get(*map(self.known, node.args))
                return ast.Name(self.bound(found, name.lower()), ast.Load())
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in self.local:
            return ast.Name(self.local[node.id], node.ctx)
        if node.id in self.given:
            return ast.parse(self.given[node.id].source, mode="eval").body
        scope = self.function.__globals__
        if node.id not in scope:
            return node  # a builtin
        value = scope[node.id]
        value = getattr(getattr(value, "op", None), "forward", value)
        if isinstance(value, ModuleType) and value.__name__ == "numpy":
            return ast.Name("np", ast.Load())
        return ast.Name(self.bound(value, node.id), ast.Load())


def is_fact(name: ast.Name, test: ast.expr) -> bool:
    """Whether a condition asks an array for no more than a fact."""
    for node in ast.walk(test):
        if isinstance(node, ast.Attribute) and node.value is name:
            return node.attr in FACTS
        if isinstance(node, ast.Compare) and node.left is name:
            return isinstance(node.ops[0], (ast.Is, ast.IsNot))
        if isinstance(node, ast.Call) and name in node.args:
            return isinstance(node.func, ast.Name) and node.func.id in ("len", "isinstance")
    return False


def arguments_of(function: Any, args: list[Argument], params: dict[str, Argument]) -> dict[str, Argument]:
    """Arguments by the names of the function's parameters, with defaults that can be written down."""
    code = getattr(function, "__code__", None)
    if code is None:
        return {}
    names = code.co_varnames[: code.co_argcount]
    given = dict(zip(names, args, strict=False)) | params
    values = function.__defaults__ or ()
    defaults = dict(zip(names[len(names) - len(values) :], values, strict=False)) | (function.__kwdefaults__ or {})
    for name, value in defaults.items():
        if name not in given and (value is None or isinstance(value, (bool, int, float, str))):
            given[name] = Argument(repr(value), value, False)
    return given
