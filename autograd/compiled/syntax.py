"""The source of forwards and rules, as syntax trees that can be rewritten."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Iterator
from functools import cache
from typing import Any

Definition = ast.FunctionDef | ast.Lambda


@cache
def definitions_in(path: str) -> dict[int, list[Definition]]:
    """The functions and lambdas of a file by the line that Python says they begin on."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found: dict[int, list[Definition]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
            found.setdefault(min([node.lineno, *(d.lineno for d in decorators)]), []).append(node)
    return found


def definition_of(function: Any) -> Definition:
    """The syntax tree of a function. Raises ValueError if its source is not at hand."""
    code = function.__code__
    path = inspect.getsourcefile(function)
    wanted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    candidates = [] if path is None else definitions_in(path).get(code.co_firstlineno, [])
    fitting = [node for node in candidates if argument_names(node) == wanted and name_of(node) == code.co_name]
    for node in fitting:
        if len(fitting) == 1 or body_code(node) == code.co_code:
            return node
    raise ValueError(f"the source of {function.__qualname__} is not at hand")


def class_definition(cls: Any) -> ast.ClassDef:
    """The syntax tree of a class, without its docstrings. Raises ValueError if its source is not at hand."""
    path = inspect.getsourcefile(cls)
    with open(path or "", encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            node.body = body_without_docstring(node)
            return node
    raise ValueError(f"the source of {cls.__name__} is not at hand")


def free_names(tree: ast.AST) -> list[str]:
    """The names that are read in a tree and not given values there."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {n.id for n in names if not isinstance(n.ctx, ast.Load)} | {
        n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)
    }
    return list(dict.fromkeys(n.id for n in names if n.id not in own))


def name_of(node: Definition) -> str:
    """What Python calls a function or a lambda."""
    return node.name if isinstance(node, ast.FunctionDef) else "<lambda>"


def argument_names(node: Definition) -> tuple[str, ...]:
    """The names of the arguments, without `*args`."""
    return tuple(a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))


def body_code(node: Definition) -> bytes:
    """The bytecode of a lambda, to tell several on one line from each other."""
    compiled = compile(ast.Expression(node), "", "eval") if isinstance(node, ast.Lambda) else None
    return b"" if compiled is None else next(c for c in compiled.co_consts if isinstance(c, types.CodeType)).co_code


def body_of(node: Definition) -> list[ast.stmt]:
    """The statements of a function, without its docstring."""
    if isinstance(node, ast.Lambda):
        return [ast.Return(node.body)]
    return body_without_docstring(node)


def body_without_docstring(node: ast.FunctionDef | ast.ClassDef) -> list[ast.stmt]:
    """The statements of a function or a class that are more than words."""
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def local_names(code: Any) -> set[str]:
    """The names that are variables of a function, or of one inside it."""
    inner = [local_names(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return {*code.co_varnames, *code.co_cellvars, *code.co_freevars}.union(*inner)


def global_names(function: Any) -> Iterator[str]:
    """The names that a function reads from its module, in the order of reading."""
    own = local_names(function.__code__)
    seen: set[str] = set()
    for statement in body_of(definition_of(function)):
        for name in (node.id for node in ast.walk(statement) if isinstance(node, ast.Name)):
            if name not in own and name not in seen and name in function.__globals__:
                seen.add(name)
                yield name


class Plain(ast.NodeTransformer):
    """Brings a body down to what runs on arrays alone: without annotations, and without asking for Tensors."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        return node.orelse if is_tensor_question(node.test) else node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "array_of":
            return node.args[0]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("either", "forward"):
            if isinstance(node.func.value, ast.Name):
                node.func = node.func.value
            elif isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "op":
                node.func = node.func.value.value
        return node


def is_tensor_question(test: ast.expr) -> bool:
    """Whether a condition asks for a Tensor, which no array is."""
    return ast.unparse(test).endswith(", Tensor)") and ast.unparse(test).startswith("isinstance(")
