"""Reading the source of the code that asks: which line gave a variable its value, and did that cut the graph?"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import FrameType
from typing import NamedTuple

CUTS = {
    "detach": (".detach()", "leave out detach()"),
    "data": (".data", "use the tensor itself, without .data"),
    "numpy": (".numpy()", "stay with tensors: their methods are NumPy's, and are recorded"),
    "item": (".item()", "leave out item(): a tensor with one element can be computed with like a number"),
    "tolist": (".tolist()", "stay with tensors"),
    "long": (".long()", "stay with floats: nothing flows through integers"),
    "int": (".int()", "stay with floats: nothing flows through integers"),
    "bool": (".bool()", "stay with floats: nothing flows through truth values"),
    "argmax": ("argmax", "use softmax, or the maximum itself"),
    "argmin": ("argmin", "use softmin, or the minimum itself"),
    "tensor": ("tensor(...), which copies numbers and forgets where they came from,",
               "use stack() or cat() to put tensors together, and clone() to copy one"),
    "no_grad": ("no_grad()", "compute it outside of no_grad()"),
    "inference_mode": ("inference_mode()", "compute it outside of inference_mode()"),
    "requires_grad_": ("requires_grad_(False)", "leave it out"),
}  # fmt: skip
"""What ends a graph, by the name in the source: how to call it, and the cure."""


class Assignment(NamedTuple):
    """A statement that gave a variable its value."""

    name: str
    text: str
    where: str
    cause: str
    cure: str
    reads: tuple[str, ...]


def last_assignment(name: str, frame: FrameType, *, in_place: bool = True, later: bool = False) -> Assignment | None:
    """The last statement before the line that a frame is at which assigns to a variable; None if it can't be told.

    With `in_place` False, those that change what the variable holds, such as `x += 1`, do not count. With `later`,
    those below the line do too, as the body of a loop runs again.
    """
    if not name.isidentifier():
        return None
    found = None
    for statement, blocks in statements(tree_of(frame)):
        fits = (in_place or not isinstance(statement, ast.AugAssign)) and (later or statement.lineno <= frame.f_lineno)
        if fits and name in assigned_to(statement):
            found = described(name, statement, blocks, frame)
    return found


def tree_of(frame: FrameType) -> ast.AST:
    """The syntax tree of the function that a frame runs, or of its module; empty if the source is not at hand."""
    code = frame.f_code
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    try:
        module = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return ast.Module([], [])
    if code.co_name == "<module>":
        return module
    functions = (node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    own = [
        n
        for n in functions
        if n.name == code.co_name and n.lineno - len(n.decorator_list) <= code.co_firstlineno <= n.lineno
    ]
    return own[0] if own else ast.Module([], [])


def statements(tree: ast.AST, blocks: tuple[ast.With, ...] = ()) -> Iterator[tuple[ast.stmt, tuple[ast.With, ...]]]:
    """The statements of a body in order, each with the `with` blocks around it; not those of functions inside."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(child, ast.stmt):
            yield child, blocks
        yield from statements(child, (*blocks, child) if isinstance(child, ast.With) else blocks)


def assigned_to(statement: ast.stmt) -> set[str]:
    """The variables that a statement gives values to."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign, ast.For)):
        targets = [statement.target]
    return {
        n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def described(name: str, statement: ast.stmt, blocks: tuple[ast.With, ...], frame: FrameType) -> Assignment:
    """What an assignment says."""
    value = getattr(statement, "value", None) or getattr(statement, "iter", None)
    reads = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)] if value is not None else []
    cause, cure = cut_in(value) if value is not None else ("", "")
    for block in blocks:
        for item in block.items:
            for called in names_in(item.context_expr):
                if called in ("no_grad", "inference_mode"):
                    cause, cure = CUTS[called]
    text = ast.unparse(statement).split("\n")[0]
    where = f"{frame.f_code.co_filename}:{statement.lineno}"
    return Assignment(
        name, text if len(text) <= 90 else f"{text[:89]}…", where, cause, cure, tuple(dict.fromkeys(reads))
    )


def cut_in(value: ast.AST) -> tuple[str, str]:
    """What in an expression ends the graph: how to call it, and the cure; empty if nothing does."""
    for node in ast.walk(value):
        if isinstance(node, ast.Compare):
            return "a comparison", "use a smooth function, such as sigmoid: nothing flows through truth values"
        if isinstance(node, ast.Attribute) and node.attr in CUTS and node.attr != "tensor":
            return CUTS[node.attr]
        if isinstance(node, ast.Call) and has_variables(node) and next(names_in(node.func), "") == "tensor":
            return CUTS["tensor"]
    return "", ""


def has_variables(call: ast.Call) -> bool:
    """Whether the arguments of a call speak of variables, and not of numbers alone."""
    return any(isinstance(n, ast.Name) for argument in call.args for n in ast.walk(argument))


def names_in(node: ast.AST) -> Iterator[str]:
    """The last name of what is called or read: `no_grad` of `torch.no_grad()`."""
    if isinstance(node, ast.Call):
        yield from names_in(node.func)
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Name):
        yield node.id
