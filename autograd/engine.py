"""Reverse-mode differentiation: the walk back through the graph.

Two steps. `topological_order` lists the operations that a result depends on, newest first, so
that an operation is visited only after everything that used its result. `pullback` visits them:
to each it gives the gradient of the final result by the operation's own result, lets the
operation's rules turn it into gradients by the inputs, and adds those up at the nodes they go
to. Gradients add because a value that is used twice moves the final result in two ways
(the multivariate chain rule).

Everything that looks at the backward pass, from `backward` to the pictures, is a loop over
`pullback`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from operator import attrgetter
from typing import Any

from autograd.advice import origin
from autograd.arrays import ndarray
from autograd.graph import SMALL, AlreadyFreed, Extras, Freed, caller
from autograd.modes import set_grad_enabled, state

Gradient = Any  # an array, or under create_graph a Tensor
Step = tuple[Any, Gradient, tuple[Gradient, ...] | None]

creation_number = attrgetter("number")


def topological_order(roots: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """The operations that the roots depend on, newest first, and the leaves."""
    found = list(roots)
    seen = {None, *found}
    for node in found:  # the list grows while it is walked, so no recursion is needed
        for edge in node.edges:
            if edge not in seen:
                seen.add(edge)
                found.append(edge)
    found.sort(key=creation_number, reverse=True)
    operations = len(found)
    while operations and found[operations - 1].number == 0:
        operations -= 1
    return found[:operations], found[operations:]


def leading_to(targets: set[Any], roots: Iterable[Any]) -> set[Any]:
    """The nodes through which a gradient must flow to get from the roots to one of the targets."""
    operations, leaves = topological_order(roots)
    needed = {leaf for leaf in leaves if leaf in targets}
    for node in reversed(operations):
        if node in targets or not needed.isdisjoint(node.edges):
            needed.add(node)
    return needed


def pullback(
    arrived: dict[Any, Gradient], *, wanted: set[Any] | None = None, create_graph: bool = False
) -> Generator[Step, None, None]:
    """Walk back, yielding (node, gradient that arrived, what it sent to each input).

    `arrived` starts with the gradients of the roots; the walk adds up in it what arrives at each
    node. Leaves come last, and send None. With `wanted`, gradients flow only to those nodes, and
    the last of them send None too. With `create_graph` the rules run on Tensors, so that the walk
    is itself recorded.
    """
    shared = set(arrived)  # nodes whose gradient is an array that something else may hold too
    operations, leaves = topological_order(arrived)
    around = state.walk
    state.walk = walk = operations, leaves, wanted
    try:
        for node in operations:
            try:
                g = arrived.pop(node)
            except KeyError:
                continue  # no gradient flows here
            edges = node.edges
            if wanted is not None:
                edges = tuple([edge if edge in wanted else None for edge in edges])
                if not any(edges):  # a node whose gradient is wanted, and nothing beyond it: its rules need not run
                    yield node, g if node.extras is None else run_hooks(node.extras, g, create_graph), None
                    continue
            try:
                if node.extras is not None:
                    g, sent = pull_with_hooks(node, g, edges, create_graph)
                else:
                    sent = node.op.pull_tensors(node, g, edges) if create_graph else node.op.pull(node, g, edges)
            except AlreadyFreed:
                raise already_freed(node, is_root=node is operations[0]) from None
            for edge, contribution in zip(edges, sent):  # noqa: B905 (strict costs time; the lengths agree)
                if contribution is not None:
                    if edge in arrived:
                        arrived[edge] = arrived[edge] + contribution
                    else:
                        arrived[edge] = contribution
                        if contribution is g and g.__class__ is ndarray:
                            shared.add(edge)
            yield node, g, sent
        for leaf in leaves:
            if leaf in arrived:
                g = arrived.pop(leaf)
                if leaf.extras is not None:
                    g = run_hooks(leaf.extras, g, create_graph)
                    shared.add(leaf)
                if not create_graph and (leaf in shared or g.base is not None):
                    g = g.copy()  # a leaf keeps its gradient and adds to it in place
                yield leaf, g, None
    finally:
        if state.walk is walk:  # a walk that was abandoned may end in the middle of another
            state.walk = around


def backward_pass(roots: dict[Any, Gradient], *, retain_graph: bool, create_graph: bool) -> None:
    """Add the gradient of the roots to the `.grad` of every leaf."""
    freed = None if retain_graph else Freed(caller())
    for node, g, sent in watched(pullback(roots, create_graph=create_graph)):
        if sent is None:
            node.accumulate(g, create_graph)
            continue
        if freed is not None:
            node.saved = freed
        if create_graph:
            node._grad = getattr(g, "array", None)  # a recorded gradient would lead back to the node
        elif g.__class__ is not ndarray or g.size <= SMALL:
            node._grad = g


def capture_gradients(
    roots: dict[Any, Gradient], targets: set[Any], *, retain_graph: bool, create_graph: bool
) -> dict[Any, Gradient]:
    """The gradient of the roots by each target node that they depend on; no `.grad` changes."""
    wanted = leading_to(targets, roots)
    freed = None if retain_graph else Freed(caller())
    captured = {}
    for node, g, sent in watched(pullback(roots, wanted=wanted, create_graph=create_graph)):
        if node in targets:
            captured[node] = g
        if freed is not None and sent is not None:
            node.saved = freed
    return captured


def watched(steps: Generator[Step, None, None]) -> Iterator[Step]:
    """The same steps; this thread's watchers, if there are any, see each of them first."""
    return tell_watchers(steps) if state.watchers else steps


def tell_watchers(steps: Generator[Step, None, None]) -> Iterator[Step]:
    """Each step, after the watchers have been told of it."""
    try:
        for node, g, sent in steps:
            for watcher in state.watchers:
                watcher.stepped(node, g, sent)
            yield node, g, sent
    finally:
        steps.close()  # where a watcher has raised, the exception would keep the walk alive


def run_hooks(extras: Extras, g: Gradient, create_graph: bool) -> Gradient:
    """Let each hook see the gradient that arrived; what a hook returns takes its place.

    What hooks compute is recorded only if the backward pass is.
    """
    with set_grad_enabled(create_graph):
        for hook in tuple(extras.before.values()):
            replacement = hook(g)
            if replacement is not None:
                g = replacement
        if extras.keep is not None:
            extras.keep(g)
        for hook in tuple(extras.prehooks.values()):
            replacement = hook(g)
            if replacement is not None:
                g = replacement
    return g


def pull_with_hooks(node: Any, g: Gradient, edges: tuple[Any, ...], create_graph: bool) -> tuple[Gradient, Any]:
    """Run a node's rules between its hooks: on what arrived, and on what is sent."""
    g = run_hooks(node.extras, g, create_graph)
    sent = node.op.pull_tensors(node, g, edges) if create_graph else node.op.pull(node, g, edges)
    with set_grad_enabled(create_graph):
        for hook in tuple(node.extras.after.values()):
            replacement = hook(sent, g)
            if replacement is not None:
                sent = replacement
    return g, sent


def already_freed(node: Any, *, is_root: bool = False) -> RuntimeError:
    """The error for walking a graph whose saved values are gone."""
    first, again = node.saved.where, caller()
    if first == again:
        cure = (
            "This is the same line, so one step of a loop uses what an earlier one has computed. Compute it again in each "
            "step; or, if only its value is to be carried over, as of a recurrent state, cut it off with detach()."
        )
    elif is_root:
        cure = (
            f"Call backward() on the same result only once, or pass retain_graph=True at {first}. If it is to be the "
            "gradient at new values, compute the result again."
        )
    else:
        cure = (
            "If two losses share this part, add them and call backward() once, or pass retain_graph=True at "
            f"{first}. If only its value is wanted now, cut it off with detach()."
        )
    return RuntimeError(
        f"Trying to backward through the graph a second time: {node.describe()}{origin(node)} is part of a graph that "
        f"the backward pass at {first} has freed. {cure}"
    )
