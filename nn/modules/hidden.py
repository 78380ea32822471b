"""Modules and parameters in plain lists, tuples and dicts, where their owner can't see them.

Only attributes that are modules or parameters themselves are registered. Layers kept in a plain
list take part in the forward pass, and yet `parameters()` leaves them out: they are not trained,
not saved and not moved. That is easily overlooked, so it is a warning. It is given where
`parameters()` is asked for: until then, a program may yet register what it keeps in a list.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

from nn.parameter import Parameter

PLAIN_CONTAINERS = (list, tuple, dict, set)
OWN_CONTAINERS = {"_kinds", "_hooks", "_state_hooks", "_non_persistent_buffers_set"}  # what every module has
LOOKED_AT = 100  # of a long list, which more likely holds data, only the first items are looked at


def hidden_in(container: Any, depth: int = 3) -> Iterator[Any]:
    """The modules and parameters in a plain container, nested ones included."""
    items = container.values() if isinstance(container, dict) else container
    for item in islice(items, LOOKED_AT):
        if isinstance(item, Parameter) or is_module(item):
            yield item
        elif depth and isinstance(item, PLAIN_CONTAINERS):
            yield from hidden_in(item, depth - 1)


def is_module(item: Any) -> bool:
    """Whether this is a module; told by what modules keep, since `Module` is built on this file."""
    return "_kinds" in getattr(item, "__dict__", ())


def warn_of_hiding_below(root: Any, stacklevel: int) -> None:
    """Warn where a plain container hides members that are registered nowhere in the tree."""
    for found in complaints_below(root):
        warnings.warn(found, stacklevel=stacklevel + 1)


def complaints_below(root: Any) -> Iterator[str]:
    """What is wrong with the plain containers in which modules of this tree hide members."""
    known: set[int] | None = None
    for owner in root.modules():
        for name, value in owner.__dict__.items():
            if value.__class__ in PLAIN_CONTAINERS and name not in OWN_CONTAINERS:
                for member in hidden_in(value):
                    known = members_below(root) if known is None else known
                    if id(member) not in known:
                        yield complaint(owner, name, value, [member])
                        break


def members_below(root: Any) -> set[int]:
    """The identities of all modules and parameters that a module knows of."""
    return {id(member) for module in root.modules() for member in (module, *module._parameters.values())}


def complaint(owner: Any, name: str, container: Any, unknown: list[Any]) -> str:
    """What is wrong with a plain container, and which of our containers to use instead."""
    what = "Parameter" if isinstance(unknown[0], Parameter) else "Module"
    plain = next(kind for kind in PLAIN_CONTAINERS if isinstance(container, kind)).__name__
    cure = f"nn.{what}Dict" if plain == "dict" else f"nn.{what}List"
    return (
        f"{type(owner).__name__}.{name} is a plain {plain} with {what}s in it, such as a "
        f"{type(unknown[0]).__name__}. {type(owner).__name__} does not see them there, so parameters() leaves them "
        f"out and they are not trained, saved or moved. Write self.{name} = {cure}(...) instead"
    )
