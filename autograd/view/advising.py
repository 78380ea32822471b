"""What errors of the engine say beyond the bare fact, read off the caller's variables and source.

`autograd.advice` asks for these texts, by topic.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import islice
from types import FrameType
from typing import Any

from autograd.engine import topological_order
from autograd.expressions import object_of
from autograd.graph import INTERNAL, calling_frame
from autograd.tensor import Tensor
from autograd.view.assignments import last_assignment
from autograd.view.modules import modules_of
from autograd.view.names import is_module, reachable, variables
from autograd.view.why import reason_without_gradient

ORIGIN = "origin"
"""Under this key `detect_anomaly` notes in a node's metadata where the operation was carried out."""

FRAMES = 4
"""How many of the caller's functions are searched, from the innermost."""


# -- where an operation was carried out --------------------------------------------------------------------


def origin_of(node: Any, result: Any = None) -> str:
    """Where an operation was carried out, to go on after its name; empty if that can't be found out.

    With `result`, also a variable on that memory tells, though it stands elsewhere in the graph by now.
    """
    noted = {} if node.extras is None else node.extras.metadata
    if ORIGIN in noted:
        return f" (computed {noted[ORIGIN]})"
    frames = list(islice(users_frames(), FRAMES))
    line = next(filter(None, (line_of(node, result, frame) for frame in frames)), "")
    module = next(filter(None, (module_of(node, frame) for frame in frames)), "")
    return f" (computed{line}{',' if line and module else ''}{module})" if line or module else ""


def users_frames() -> Iterator[FrameType]:
    """The frames of the user's code, from the innermost."""
    frame: FrameType | None = calling_frame()
    while frame is not None:
        if not frame.f_code.co_filename.startswith(INTERNAL):
            yield frame
        frame = frame.f_back


def line_of(node: Any, result: Any, frame: FrameType) -> str:
    """The line that gave its value to a variable which still holds the operation's result."""
    for name, found in reachable(variables(frame)):
        if isinstance(found, Tensor) and (
            node in (found.node, getattr(found.node, "target", None)) or (result is not None and found.array is result)
        ):
            made = last_assignment(name, frame, in_place=False)
            return f" at {made.where}, `{made.text}`" if made else f" as `{name}`"
    return ""


def module_of(node: Any, frame: FrameType) -> str:
    """The innermost of the modules that a frame knows in a call of which the operation was carried out."""
    calls = [
        (end - start, path, module)
        for path, module in modules_of(variables(frame))
        for start, end in vars(module).get("_calls", ())
        if start < node.number < end
    ]
    if not calls:
        return ""
    _, path, module = min(calls, key=lambda call: call[0])
    return f" in {path} ({type(module).__name__})"


# -- a loss that requires no gradient ----------------------------------------------------------------------

FRESH = {"detach", "clone", "data", "item", "tensor", "as_tensor", "from_numpy"}
"""What makes a new leaf on purpose."""


def computed_from(tensor: Tensor) -> str:
    """What to say where `requires_grad` is set on a number computed from constants; empty if it was made a leaf."""
    frame = calling_frame()
    name = object_of(frame, "requires_grad")
    if not name:
        return ""
    made = last_assignment(name, frame)
    text = made.text if made else name
    sources = constants_in(text, frame, name)
    if not sources:
        return ""
    where = f" ({made.where})" if made else ""
    return (
        f"requires_grad is set on {name}, which `{text}`{where} has computed from {' and '.join(sources)}, and no gradient "
        f"flows there. {name} becomes a leaf, and backward() will end at it: nothing is trained. Set requires_grad=True "
        f"on the parameters instead, before computing {name}; autograd.why_no_grad({name}) says more"
    )


def constants_in(text: str, frame: FrameType, name: str) -> list[str]:
    """The tensors and modules that a statement computes with; none if it only copies, on purpose."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    attributes = [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    computes = any(isinstance(n, (ast.Call, ast.BinOp)) for n in ast.walk(tree))
    if not computes or FRESH & set(attributes):
        return []
    known = dict(variables(frame))
    others = [n for n in dict.fromkeys(names) if n != name]
    return [n for n in others if isinstance(known.get(n), Tensor) or is_module(known.get(n))]


# -- who keeps a graph --------------------------------------------------------------------------------------


def holder_of(nodes: list[Any]) -> str:
    """The name of the caller's variable through which some of these operations are held, the last one apart."""
    wanted = set(nodes[:-1] or nodes)
    for name, found in reachable(variables(calling_frame())):
        if isinstance(found, Tensor) and found.grad_fn is not None:
            operations, _ = topological_order([found.node])
            if wanted & set(operations):
                return name.split("[")[0]
    return ""


def assigned_at(name: str) -> str:
    """The line of the caller's code that last changes a variable."""
    made = last_assignment(name, calling_frame(), later=True)
    return made.where if made else ""


TOPICS: dict[str, Callable[..., str]] = {
    "origin": origin_of,
    "why no gradient": reason_without_gradient,
    "computed from": computed_from,
    "holder": holder_of,
    "assigned at": assigned_at,
}
