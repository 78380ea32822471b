"""Nested containers of tensors: taken apart into a list of leaves, and put together again.

Containers are dicts, lists and tuples, named ones too. Everything else is a leaf, None included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from autograd.size import Size

Spec = Any
"""The structure around the leaves: None for a leaf, else how to make the container, with its parts' structures."""


def flatten(tree: Any) -> tuple[list[Any], Spec]:
    """The leaves of nested containers, in order, and the structure around them.

    >>> flatten({"a": (1, 2), "b": [3]})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, collect(tree, leaves)


def collect(tree: Any, leaves: list[Any]) -> Spec:
    """Add the leaves of a container to a list; its structure."""
    if isinstance(tree, dict):
        return Dict(tree, [(key, collect(value, leaves)) for key, value in tree.items()])
    if isinstance(tree, (list, tuple)) and not isinstance(tree, Size):
        return Sequence(type(tree), [collect(item, leaves) for item in tree])
    leaves.append(tree)
    return None


class Dict:
    """The structure of a dict."""

    def __init__(self, example: dict[Any, Any], parts: list[tuple[Any, Spec]]) -> None:
        self.kind = type(example)
        self.default = example.default_factory if isinstance(example, defaultdict) else None
        self.parts = parts

    def build(self, leaves: Iterator[Any]) -> Any:
        """The dict again, taking its leaves from an iterator."""
        pairs = [(key, build(part, leaves)) for key, part in self.parts]
        return self.kind(self.default, pairs) if self.kind is defaultdict else self.kind(pairs)  # type: ignore[call-overload]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dict) and dict(self.parts) == dict(other.parts)

    __hash__ = None  # type: ignore[assignment]


class Sequence:
    """The structure of a list or a tuple."""

    def __init__(self, kind: type, parts: list[Spec]) -> None:
        self.kind = kind
        self.parts = parts

    def build(self, leaves: Iterator[Any]) -> Any:
        """The list or tuple again, taking its leaves from an iterator."""
        items = [build(part, leaves) for part in self.parts]
        return self.kind(*items) if hasattr(self.kind, "_fields") else self.kind(items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and (self.kind, self.parts) == (other.kind, other.parts)

    __hash__ = None  # type: ignore[assignment]


def unflatten(leaves: list[Any], spec: Spec) -> Any:
    """The nested containers again, around other leaves."""
    return build(spec, iter(leaves))


def build(spec: Spec, leaves: Iterator[Any]) -> Any:
    """One leaf or container, taken from an iterator of leaves."""
    return next(leaves) if spec is None else spec.build(leaves)


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The same containers with each leaf replaced by `function(leaf, ...)`."""
    leaves, spec = flatten(tree)
    columns = [flatten(other)[0] for other in others]
    return unflatten([function(*row) for row in zip(leaves, *columns, strict=True)], spec)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of nested containers, in order."""
    return flatten(tree)[0]


tree_flatten, tree_unflatten = flatten, unflatten  # their names in torch.utils._pytree


def broadcast_prefix(prefix: Any, tree: Any) -> list[Any] | None:
    """For each leaf of a tree, the leaf of the prefix at its place or above it; None where the prefix does not fit.

    >>> broadcast_prefix((0, None), ({"a": 1, "b": 2}, 3))
    [0, 0, None]
    """
    if isinstance(prefix, dict):
        if not isinstance(tree, dict) or prefix.keys() != tree.keys():
            return None
        pairs = [(prefix[key], tree[key]) for key in tree]
    elif isinstance(prefix, (list, tuple)):
        if not isinstance(tree, (list, tuple)) or len(prefix) != len(tree):
            return None
        pairs = list(zip(prefix, tree, strict=True))
    else:
        return [prefix] * len(flatten(tree)[0])
    parts = [broadcast_prefix(p, t) for p, t in pairs]
    return (
        None if any(part is None for part in parts) else [leaf for part in parts if part is not None for leaf in part]
    )
