"""`contributions`: who sent how much to a tensor's gradient."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.engine import topological_order
from autograd.tensor import Tensor
from autograd.view.document import Block, Formula, as_html, as_text
from autograd.view.explain_formulas import Notation
from autograd.view.explain_steps import Notes, Walk, labels_of
from autograd.view.graph import Graph, GraphReader
from autograd.view.names import given, name_values, variables
from autograd.view.saved import freed_at
from autograd.view.walking import check_tensor, steps_back
from autograd.view.wording import counted, shape_text

MOST = 1_000_000


@dataclass(frozen=True)
class Contribution:
    """What one use of a tensor sent to its gradient.

    Attributes:
        op: the name of the operation that used it.
        expression: that operation, as a formula.
        rule: how the gradient of its result became the amount.
        amount: the gradient that it sent.
    """

    op: str
    expression: Formula
    rule: Formula
    amount: Array


class Contributions:
    """A table of contributions: a sequence of them, with their sum. `print` shows it, and a notebook too.

    Attributes:
        total: the sum of the amounts: the gradient of the result by the tensor.
    """

    def __init__(self, name: str, root: str, rows: list[Contribution], total: Array, kept: Array | None) -> None:
        self.name, self.root, self.rows, self.total, self.kept = name, root, rows, total, kept

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Contribution:
        return self.rows[index]

    def __iter__(self) -> Iterator[Contribution]:
        return iter(self.rows)

    def blocks(self) -> Iterator[Block]:
        """The parts of the table."""
        symbol = Formula(r"\text{sum}", "sum")
        yield Block("title", f"The gradient of {self.root} by {self.name}: {counted(len(self.rows), 'contribution')}")
        for row in self.rows:
            yield Block("heading", "used in", row.expression)
            yield Block("formula", "", row.rule, level=1)
            yield Block("numbers", "", Formula(r"\text{amount}", "amount"), row.amount, level=1)
        yield Block("heading", "In all")
        yield Block("numbers", "", symbol, self.total, level=1)
        if self.kept is not None and not np.allclose(self.kept, self.total, equal_nan=True):
            words = f"{self.name}.grad holds more than this: what earlier backward passes have added is still there."
            yield Block("words", words, level=1)

    def __str__(self) -> str:
        return as_text(self.blocks())

    def _repr_html_(self) -> str:
        return as_html(self.blocks())

    def __repr__(self) -> str:
        return f"<{counted(len(self.rows), 'contribution')} to the gradient of {self.root} by {self.name}>"


def contributions(t: Tensor, loss: Tensor | None = None, *, names: Any = None) -> Contributions:
    """Who sends how much to a tensor's gradient: one amount for each use of it; they add up to the gradient.

    Args:
        t: the tensor, a leaf or a result.
        loss: the scalar that is differentiated. Left out, it is the newest one among the caller's
            variables that depends on t.
        names: names that the caller's variables don't tell; see `draw`.

    Raises TypeError for what is no tensor; RuntimeError where no gradient flows to t, the loss does
    not depend on it, or its graph has been freed.

    >>> import autograd
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> y = x * x + 2 * x
    >>> found = autograd.contributions(x, y)
    >>> [(c.op, float(c.amount)) for c in found], float(found.total)
    ([('mul', 2.0), ('mul', 3.0), ('mul', 3.0)], 8.0)
    """
    check_tensor(t, "contributions")
    if not t.requires_grad:
        raise RuntimeError(
            f"contributions(): no gradient flows to this tensor of shape {shape_text(t.shape)}: it has "
            "requires_grad=False. autograd.why_no_grad(t) says more"
        )
    frame = sys._getframe(1)
    root = find_loss(t, frame) if loss is None else loss
    check_tensor(root, "contributions")
    uses, total = collected(t, root)
    return table(t, root, uses, total, given(names), variables(frame))


def collected(t: Tensor, root: Tensor) -> tuple[list[Any], Any]:
    """The steps of the backward pass that send to a tensor, and the gradient that arrives there."""
    target = t.node
    uses, total = [], None
    for node, g, sent in steps_back(root, "contributions"):
        if sent is not None and any(edge is target for edge in node.edges):
            uses.append((node, g, sent))
        if node is target:
            total = next(iter(g.arrived.values())) if hasattr(g, "arrived") else g
    if total is None:
        raise RuntimeError(
            f"contributions(): the result of shape {shape_text(root.shape)} does not depend on this tensor of shape "
            f"{shape_text(t.shape)}: no use of it leads there. autograd.why_no_grad(t) may say why"
        )
    return uses, total


def table(t: Tensor, root: Tensor, uses: list[Any], total: Any, *sources: Any) -> Contributions:
    """The steps as a table."""
    reader = GraphReader(MOST)
    end = reader.value_at(root.node, root)
    assert end is not None
    end.tensor, end.is_output = root, True
    operations = [reader.operation(node, [node]) for node, _, _ in uses]
    graph = Graph(list(reader.known.values()), operations, 0)
    if id(t.node) not in reader.known:
        reader.value_at(t.node, t)
        graph.values = list(reader.known.values())
    note = Notes(graph, MOST, None)
    named = [list(source) for source in sources]
    name_values(graph, *named)
    for node, g, sent in uses:
        note.visit(node, g, sent)
    value = note.by_node[id(t.node)]
    labels = labels_of(graph, named)
    walk = Walk(graph, labels, end, note.steps, {}, [], 0, False)
    pretty, plain = Notation(walk, True), Notation(walk, False)
    rows = [
        Contribution(
            step.operation.name,
            Formula(pretty.forward(step), plain.forward(step)),
            Formula(pretty.rule(step, sent), plain.rule(step, sent)),
            sent.amount,
        )
        for step in note.steps
        for sent in step.sent
        if sent.value is value
    ]
    kept = getattr(t, "_grad", None)
    return Contributions(
        labels[value.key], labels[end.key], rows, np.asarray(total), None if kept is None else kept.array
    )


def find_loss(t: Tensor, frame: FrameType) -> Tensor:
    """The newest scalar among the variables of a frame that depends on a tensor."""
    found = {
        id(v.node): v for _, v in variables(frame) if isinstance(v, Tensor) and v.grad_fn is not None and v.numel() == 1
    }
    newest = sorted(found.values(), key=lambda v: v.node.number, reverse=True)
    leading = [v for v in newest if any(n is t.node for part in topological_order([v.node]) for n in part)]
    alive = [v for v in leading if not freed_at(topological_order([v.node])[0])]
    if alive:
        return alive[0]
    if leading:
        return leading[0]  # walking back through it says that it was freed
    raise TypeError(
        "contributions(): a tensor does not know who uses it, and none of your variables is a scalar that depends on "
        "it: give the result too, contributions(t, loss)"
    )
