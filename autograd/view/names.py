"""What users call their tensors: found in the variables of the code that asks for a picture.

A tensor doesn't know its name, but the frame that calls us knows which of its variables hold
which tensors. From each variable we go on into what it holds, nearest first: the parameters of
modules, the items of lists, tuples and dicts, the attributes of the user's own objects. A tensor
gets the first name that leads to it, so the shortest, and a parameter its path in its module.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from types import FrameType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd.tensor import Tensor
from autograd.view.graph import Graph, Value

Named = tuple[str, Any]

LIMIT = 20_000
"""How many objects are looked at before giving up: variables may lead to anything, however large."""

LONG = 1_000
"""How many items of one container are looked at: what is longer is data."""

ATOMS = (int, float, complex, str, bytes, type(None))

NOTEBOOK = {"In", "Out"}
"""Variables in which a notebook keeps what was run; a cell's number is no name for a tensor."""

OURS = ("autograd", "nn", "optim")


def name_values(graph: Graph, *sources: Iterable[Named]) -> None:
    """Give the graph's tensors the names found in the sources; what an earlier source says holds."""
    wanted = by_identity(graph)
    for source in sources:
        for name, found in reachable(source):
            value = wanted.get(identity(found)) if isinstance(found, (Tensor, np.ndarray)) else None
            if value is not None and not value.name:
                value.name = name
                if isinstance(found, Tensor):
                    value.tensor = found


def by_identity(graph: Graph) -> dict[int, Value]:
    """The graph's tensors by what tells them from others; constants that wrap a user's array also by that."""
    known = {}
    for value in graph.values:
        if value.node is not None:
            known[id(value.node)] = value
        elif value.tensor is not None:
            known[id(value.tensor)] = value
            known[id(value.tensor.array)] = value
    return known


def identity(found: Any) -> int:
    """What tells a tensor from others: its place in the graph if it has one, else the object itself."""
    return id(found.node) if isinstance(found, Tensor) and found.requires_grad else id(found)


def variables(frame: FrameType) -> Iterator[Named]:
    """The variables that code in this frame can see, its own first; not the private ones, nor those of tools."""
    for scope in (frame.f_locals, frame.f_globals):
        for name, value in tuple(scope.items()):
            if name.isidentifier() and not name.startswith("_") and name not in NOTEBOOK:
                yield name, value


def given(names: Any) -> list[Named]:
    """The names that the user passes: a dict from names to tensors or modules, a module, or a list of modules.

    Raises TypeError for anything else.
    """
    if names is None:
        return []
    if isinstance(names, dict) and all(isinstance(name, str) for name in names):
        return list(names.items())
    if is_module(names):
        return list(members(names))
    if isinstance(names, (list, tuple)) and all(is_module(item) for item in names):
        return [(type(module).__name__, module) for module in names]
    raise TypeError(
        "draw(): names must be a dict such as {'w': w}, a Module or a list of Modules, "
        f"not {type(names).__name__} {names!r:.60}"
    )


# -- going from an object to what it holds -------------------------------------------------------


def reachable(source: Iterable[Named]) -> Iterator[Named]:
    """Everything that these names lead to, nearest first, and modules before all else."""
    start = sorted(source, key=lambda named: not is_module(named[1]))
    modules = [item for name, value in start if is_module(value) for item in parts(name, value)]
    queue = deque(modules + start)
    seen: set[int] = set()
    while queue and len(seen) < LIMIT:
        name, value = queue.popleft()
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value
            queue.extend(item for item in islice(parts(name, value), LONG) if not isinstance(item[1], ATOMS))


def parts(name: str, value: Any) -> Iterator[Named]:
    """What an object holds, each with the expression that leads there."""
    if is_module(value):
        for path, member in members(value):
            yield f"{name}.{path}", member
    elif isinstance(value, dict):
        for key, item in tuple(value.items()):
            if isinstance(key, (str, int)):
                yield f"{name}[{key!r}]", item
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for attribute, item in zip(value._fields, value, strict=True):
            yield f"{name}.{attribute}", item
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield f"{name}[{position}]", item
    elif is_users_object(value):
        for attribute, item in tuple(getattr(value, "__dict__", {}).items()):
            yield f"{name}.{attribute}", item


def is_module(value: Any) -> bool:
    """Whether this is a Module, which knows the paths of its parameters itself."""
    return hasattr(type(value), "named_parameters") and hasattr(type(value), "named_buffers")


def members(module: Any) -> Iterator[Named]:
    """A module's parameters and buffers by their paths."""
    yield from module.named_parameters()
    yield from module.named_buffers()


def is_users_object(value: Any) -> bool:
    """Whether to look into an object's attributes: not into Python's machinery, nor into our own."""
    kind = type(value)
    if isinstance(value, (type, ModuleType, FunctionType, MethodType)) or kind.__dictoffset__ == 0:
        return False
    return kind.__module__.partition(".")[0] not in OURS
