"""What may go wrong when one writes a formula down: a factor, a sign, a term, an axis, two operands swapped."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

Change = tuple[str, Any, Any]
"""The kind of change, the node that is changed, and what takes its place."""

SWAPPED = {"dot", "either", "matmul", "where", "subtract", "divide", "outer", "tensordot"}
"""Functions whose first two operands (of `where`, the last two) are not to be confused."""

DROPPED = {"swapaxes", "transpose", "conj"}
"""Methods without which an array is another."""

CONVERSIONS = {"asarray", "ascontiguousarray", "uint32"}
"""Functions of NumPy that change nothing but the type or the layout."""

OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
COMPARED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}


def changes_of(function: Any) -> Iterator[Change]:
    """All the ways in which a function may be changed in one place."""
    for result in results_of(function):
        if is_zero(result):  # and so is any multiple of it
            yield "shifted", result, ast.BinOp(result, ast.Add(), ast.Constant(0.01))
        elif isinstance(result, ast.Compare) or ast.unparse(result).startswith("bool("):  # yes or no
            yield "negated", result, ast.UnaryOp(ast.Not(), result)
        else:
            yield "scaled", result, ast.BinOp(ast.Constant(1.01), ast.Mult(), result)
            yield "negated", result, ast.UnaryOp(ast.USub(), result)
    for node in calculating(function):
        yield from CHANGES.get(type(node), nothing)(node)


def nothing(node: Any) -> Iterator[Change]:
    """No change."""
    yield from ()


# -- what of a function is calculation ----------------------------------------------------------------------


def results_of(function: Any) -> Iterator[Any]:
    """The expressions whose values the function returns."""
    if isinstance(function, ast.Lambda):
        yield from ends_of(function.body)
    else:
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from ends_of(node.value)


def ends_of(expression: Any) -> Iterator[Any]:
    """The parts of a tuple and the branches of a choice."""
    if isinstance(expression, ast.Tuple):
        for element in expression.elts:
            yield from ends_of(element)
    elif isinstance(expression, ast.IfExp):
        yield from ends_of(expression.body)
        yield from ends_of(expression.orelse)
    elif not isinstance(expression, (ast.Constant, ast.Starred)):
        yield expression


def is_zero(expression: Any) -> bool:
    """Whether an expression makes zeros."""
    return isinstance(expression, ast.Call) and ast.unparse(expression.func).startswith(("np.zeros", "zero"))


def calculating(node: Any) -> Iterator[Any]:
    """The parts of a function that calculate: not its signature, nor what decides which way to go, nor messages."""
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        parts: Any = node.body if isinstance(node.body, list) else [node.body]
    elif isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
        parts = [part for part in ast.iter_child_nodes(node) if part is not node.test]
    elif isinstance(node, ast.AnnAssign):
        parts = [node.value] if node.value else []
    elif isinstance(node, ast.Raise):
        parts = []
    else:
        parts = ast.iter_child_nodes(node)
    for part in parts:
        yield part
        if not (isinstance(part, ast.UnaryOp) and isinstance(part.operand, ast.Constant)):  # a negative number
            yield from calculating(part)


# -- changes, by type of node -------------------------------------------------------------------------------


def of_operation(node: ast.BinOp) -> Iterator[Change]:
    """x + y: as x - y, and x alone; x - y and x / y also the other way round."""
    operator = type(node.op)
    kind = "term dropped" if operator in (ast.Add, ast.Sub) else "factor dropped"
    if operator in (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow):
        yield kind, node, node.left
    if operator in (ast.Add, ast.Mult):
        yield kind, node, node.right
    if operator in OPPOSITE:
        yield "other operator", node, ast.BinOp(node.left, OPPOSITE[operator](), node.right)
    if operator in (ast.Sub, ast.Div, ast.MatMult):
        yield "operands swapped", node, ast.BinOp(node.right, node.op, node.left)


def of_sign(node: ast.UnaryOp) -> Iterator[Change]:
    """-x: as x; and -2 as -1, as numbers are changed."""
    if isinstance(node.op, ast.USub):
        if isinstance(node.operand, ast.Constant):
            yield "number changed", node, ast.Constant(1 - node.operand.value)
        else:
            yield "sign dropped", node, node.operand


def of_number(node: ast.Constant) -> Iterator[Change]:
    """A number, such as an axis: as the next."""
    if type(node.value) in (int, float):
        yield "number changed", node, ast.Constant(node.value + 1)


def of_update(node: ast.AugAssign) -> Iterator[Change]:
    """x += y: as x -= y, and not at all."""
    yield "term dropped" if isinstance(node.op, (ast.Add, ast.Sub)) else "factor dropped", node, ast.Pass()
    if type(node.op) in OPPOSITE:
        yield "other operator", node, ast.AugAssign(node.target, OPPOSITE[type(node.op)](), node.value)


def of_statement(node: ast.Expr) -> Iterator[Change]:
    """What is called for its effect: not called. A check that raises has no effect on numbers."""
    if isinstance(node.value, ast.Call) and not ast.unparse(node.value.func).startswith("check"):
        yield "term dropped", node, ast.Pass()


def of_comparison(node: ast.Compare) -> Iterator[Change]:
    """x < y: as x > y."""
    if len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        yield "other operator", node, ast.Compare(node.left, [COMPARED[type(node.ops[0])]()], node.comparators)


def of_call(node: ast.Call) -> Iterator[Change]:
    """f(x, y): as f(y, x); np.exp(x) as x; and x.conj() as x."""
    if isinstance(node.func, ast.Name) and node.func.id == "chosen":  # as np.where
        yield "operands swapped", node, ast.Call(node.func, [node.args[0], *node.args[:0:-1]], node.keywords)
    if not isinstance(node.func, ast.Attribute) or any(isinstance(a, ast.Starred) for a in node.args):
        return
    name, owner = node.func.attr, node.func.value
    from_numpy = isinstance(owner, ast.Name) and owner.id == "np"
    if name in SWAPPED and len(node.args) >= 2:
        first = len(node.args) - 2 if name == "where" else 0
        swapped = copy.copy(node)
        swapped.args = list(node.args)
        swapped.args[first : first + 2] = swapped.args[first : first + 2][::-1]
        yield "operands swapped", node, swapped
    elif name == "dot" and not from_numpy:
        swapped = ast.Call(ast.Attribute(node.args[0], "dot", ast.Load()), [owner], node.keywords)
        yield "operands swapped", node, swapped
    elif from_numpy and len(node.args) == 1 and not node.keywords and name not in CONVERSIONS:
        yield "function dropped", node, node.args[0]
    elif name in DROPPED and not from_numpy:
        yield "axes left", node, owner


def of_attribute(node: ast.Attribute) -> Iterator[Change]:
    """x.T: as x."""
    if node.attr == "T":
        yield "axes left", node, node.value


CHANGES: dict[type, Any] = {
    ast.BinOp: of_operation,
    ast.UnaryOp: of_sign,
    ast.Constant: of_number,
    ast.AugAssign: of_update,
    ast.Expr: of_statement,
    ast.Compare: of_comparison,
    ast.Call: of_call,
    ast.Attribute: of_attribute,
}
