"""Nested containers of tensors: taken apart into a list of leaves, and put together again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

Spec = Any


def flatten(tree: Any) -> tuple[list[Any], Spec]:
    """The leaves of nested dicts, lists and tuples, in order, and the structure around them."""
    if isinstance(tree, (dict, OrderedDict)):
        pairs = [(key, flatten(value)) for key, value in tree.items()]
        return [leaf for _, (leaves, _) in pairs for leaf in leaves], (
            type(tree),
            [(k, spec) for k, (_, spec) in pairs],
        )
    if isinstance(tree, (list, tuple)):
        parts = [flatten(item) for item in tree]
        return [leaf for leaves, _ in parts for leaf in leaves], (type(tree), [spec for _, spec in parts])
    return [tree], None


def unflatten(leaves: list[Any], spec: Spec) -> Any:
    """The nested containers again, around other leaves."""
    return build(iter(leaves), spec)


def build(leaves: Any, spec: Spec) -> Any:
    """One container, taking its leaves from an iterator."""
    if spec is None:
        return next(leaves)
    kind, parts = spec
    if issubclass(kind, dict):
        return kind((key, build(leaves, part)) for key, part in parts)
    items = [build(leaves, part) for part in parts]
    return kind(*items) if hasattr(kind, "_fields") or kind.__module__.endswith("return_types") else kind(items)


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The same containers with each leaf replaced by `function(leaf, ...)`."""
    leaves, spec = flatten(tree)
    columns = [flatten(other)[0] for other in others]
    return unflatten([function(*row) for row in zip(leaves, *columns, strict=True)], spec)


def spread_prefix(prefix: Any, tree: Any, what: str) -> list[Any]:
    """A value, or containers of values that match the outer structure of a tree, as one value per leaf."""
    if not isinstance(prefix, (dict, list, tuple)):
        return [prefix] * len(flatten(tree)[0])
    if type(prefix) is not type(tree) and not (isinstance(prefix, (list, tuple)) and isinstance(tree, (list, tuple))):
        raise ValueError(
            f"{what} has a {type(prefix).__name__} where the arguments have a {type(tree).__name__}: their structures must match"
        )
    if len(prefix) != len(tree):
        raise ValueError(
            f"{what} has {len(prefix)} entries where the arguments have {len(tree)}: their structures must match"
        )
    items = prefix.values() if isinstance(prefix, dict) else prefix
    parts = [tree[key] for key in prefix] if isinstance(prefix, dict) else tree
    return [leaf for p, t in zip(items, parts, strict=True) for leaf in spread_prefix(p, t, what)]
