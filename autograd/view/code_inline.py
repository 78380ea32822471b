"""Short forwards and rules as single expressions, with the names of a script's variables in them."""

from __future__ import annotations

import ast
import copy
import types
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import array_of, gated, quick_where
from autograd.compiled.syntax import argument_names, body_of, definition_of
from autograd.view.code_data import literal
from autograd.view.code_functions import Library, Readable, Renamed

LONGEST = 100
NOT_PLAIN = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.Starred, ast.Tuple)
FACTS = {"ndim", "shape", "dtype", "size", "kind"}
"""What may be asked of an array whose elements are not known."""


class Argument(NamedTuple):
    """What a parameter stands for: its source in the script, and its value, or an array of its shape and dtype."""

    source: str
    value: Any
    is_array: bool = False


def stand_in(shape: tuple[int, ...], kind: Any) -> Any:
    """An array of this shape that takes no memory."""
    return np.broadcast_to(np.zeros((), kind), shape)


def inlined(function: Any, arguments: dict[str, Argument], library: Library) -> str | None:
    """A call of a function as an expression; None where it is too long for one, or can't be one."""
    try:
        expression = Inliner(function, arguments, library).expression()
    except (CantInline, ValueError):
        return None
    text = ast.unparse(ast.fix_missing_locations(ast.Expression(expression)))
    return text if len(text) <= LONGEST else None


class CantInline(Exception):  # noqa: N818 (never seen outside this module)
    """A function is not a single expression."""


class Inliner(ast.NodeTransformer):
    """Turns a function and its arguments into one expression."""

    def __init__(self, function: Any, arguments: dict[str, Argument], library: Library) -> None:
        self.function, self.arguments, self.library = function, arguments, library
        self.definition = definition_of(function)
        self.bound: dict[str, ast.expr] = {}
        if set(argument_names(self.definition)) - arguments.keys() or self.definition.args.vararg:
            raise CantInline

    def expression(self) -> ast.expr:
        """What the function returns."""
        statements = [copy.deepcopy(statement) for statement in body_of(self.definition)]
        returned = Readable().visit(self.returned(statements))
        for node in ast.walk(returned):
            if isinstance(node, NOT_PLAIN) and not self.is_known(node):
                raise CantInline
        self.check_uses(returned)
        found: ast.expr = self.visit(returned)
        return found

    def returned(self, statements: list[ast.stmt]) -> ast.expr:
        """The expression that is returned, with the branches that these arguments take."""
        for place, statement in enumerate(statements):
            if isinstance(statement, ast.Return) and statement.value is not None:
                return statement.value
            if isinstance(statement, ast.If):
                if all(isinstance(inner, ast.Raise) for inner in statement.body) and not statement.orelse:
                    continue  # a check that this call has passed
                if not self.is_known(statement.test):
                    raise CantInline
                branch = statement.body if self.evaluated(statement.test) else statement.orelse
                return self.returned([*branch, *statements[place + 1 :]])
            is_check = isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("check_")
            if not is_check:
                raise CantInline
        raise CantInline

    def check_uses(self, expression: ast.expr) -> None:
        """Refuse to write a long argument twice."""
        uses = [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]
        for name, argument in self.arguments.items():
            if uses.count(name) > 1 and not argument.source.replace("_", "a").isalnum() and argument.is_array:
                raise CantInline

    # -- what is known already ------------------------------------------------------------------------

    def is_known(self, node: ast.AST) -> bool:
        """Whether an expression can be evaluated without the elements of an array."""
        if isinstance(node, ast.Name):
            argument = self.arguments.get(node.id)
            return node.id in self.function.__globals__ if argument is None else not argument.is_array
        if isinstance(node, ast.Attribute) and node.attr in FACTS and self.is_array(node.value):
            return True
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Is, ast.IsNot)) and self.is_array(node.left):
            return True
        if isinstance(node, ast.Call) and self.is_len_of_array(node):
            return True
        return all(
            self.is_known(child)
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop))
        )

    def is_array(self, node: ast.AST) -> bool:
        """Whether this is an array among the arguments."""
        return isinstance(node, ast.Name) and node.id in self.arguments and self.arguments[node.id].is_array

    def is_len_of_array(self, node: ast.Call) -> bool:
        """Whether this is `len(x)`."""
        return isinstance(node.func, ast.Name) and node.func.id == "len" and all(map(self.is_array, node.args))

    def evaluated(self, node: ast.expr) -> Any:
        """The value of an expression that is known."""
        values = {name: argument.value for name, argument in self.arguments.items()}
        tree = ast.fix_missing_locations(ast.Expression(copy.deepcopy(node)))
        return eval(compile(tree, "<known>", "eval"), self.function.__globals__, values)

    # -- the expression with the script's names ---------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        """A part of the expression: its value if that is known and short, else rewritten."""
        if (
            isinstance(node, ast.expr)
            and not isinstance(node, ast.Starred)
            and self.speaks_of_arguments(node)
            and self.is_known(node)
        ):
            source = constant_source(self.evaluated(node))
            if source is not None:
                return ast.parse(source, mode="eval").body
        return super().visit(node)

    def speaks_of_arguments(self, node: ast.AST) -> bool:
        """Whether any argument occurs in an expression."""
        return any(isinstance(n, ast.Name) and n.id in self.arguments for n in ast.walk(node))

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        if self.is_known(node.test):
            return self.visit(node.body if self.evaluated(node.test) else node.orelse)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> Any:
        argument = self.arguments.get(node.id)
        if argument is not None:
            return ast.parse(argument.source, mode="eval").body
        if node.id in self.function.__globals__:
            new = self.library.named(self.function.__globals__[node.id], node.id)
            return ast.parse(new, mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        called = self.function.__globals__.get(node.func.id) if isinstance(node.func, ast.Name) else None
        called = getattr(getattr(called, "op", None), "forward", called)
        if (
            isinstance(called, types.FunctionType)
            and called not in (array_of, gated, quick_where)
            and not node.keywords
        ):
            names = argument_names(definition_of(called))
            given = {name: self.argument(item) for name, item in zip(names, node.args, strict=False)}
            try:
                return Inliner(called, given, self.library).expression()
            except (CantInline, ValueError):
                return self.generic_visit(node)
        return self.generic_visit(node)

    def argument(self, node: ast.expr) -> Argument:
        """What an inner call gets for a parameter."""
        if isinstance(node, ast.Name) and node.id in self.arguments:
            return self.arguments[node.id]
        if self.is_known(node):
            value = self.evaluated(node)
            source = constant_source(value)
            if source is not None:
                return Argument(source, value)
        return Argument(ast.unparse(self.visit(copy.deepcopy(node))), UNKNOWN, True)


class Unknown:
    """Stands for an array of which nothing is known: to ask for its shape can't be answered."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else CantInline


UNKNOWN = Unknown()


def constant_source(value: Any) -> str | None:
    """A known value as source, if it is a short one."""
    if isinstance(value, (bool, int, float, complex, str, tuple, slice, np.dtype, np.generic, type(None), type(...))):
        try:
            source = literal(value)
        except ValueError:
            return None
        return source if len(source) <= LONGEST else None
    return None


def phrased(template: str, arguments: dict[str, Argument]) -> str:
    """A phrase with the arguments' sources for its names."""
    tree = ast.parse(template, mode="eval")
    names = {name: argument.source for name, argument in arguments.items()}
    return ast.unparse(ast.fix_missing_locations(Renamed(names, ()).visit(tree)))
