"""`memory`: what a graph keeps alive, and for which derivative rules."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.engine import topological_order
from autograd.graph import Part
from autograd.tensor import Tensor
from autograd.view.graph import Role, read_graph
from autograd.view.modules import calls_of, every_call
from autograd.view.names import given, name_values, variables
from autograd.view.saved import freed_at, is_operation, saved_by_name
from autograd.view.walking import check_tensor
from autograd.view.wording import counted, printable, shape_text, shorten

NAMED = 5_000
SHOWN = 25


class Held(NamedTuple):
    """An array that an operation keeps.

    Attributes:
        op: the operation.
        result: the name of its result, or its shape.
        module: the path of the module that did it; empty for what no module did.
        what: the name of what is kept, in the op's formulas.
        shape, dtype: those of the array.
        nbytes: how many bytes it takes.
        needed_for: the inputs whose gradients need it; empty if only derivatives of higher order do.
        owner: why these bytes do not count: what else holds them, such as a parameter; empty if the graph alone does.
    """

    op: str
    result: str
    module: str
    what: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    needed_for: tuple[str, ...]
    owner: str


class Memory:
    """A table of what a graph keeps: iterate over it, print it, or let a notebook show it.

    Attributes:
        rows: one `Held` for each array that an operation keeps, oldest operation first.
        total: the bytes that only the graph keeps alive: what `del loss`, or backward(), frees.
        shared: the bytes of arrays that leaves and constants own anyway.
        freed: the file:line of the backward pass that has freed the graph; empty if none has.
    """

    def __init__(self, name: str, rows: list[Held], operations: int, shown: int, freed: str) -> None:
        self.name, self.rows, self.operations, self.for_show, self.freed = name, rows, operations, shown, freed
        self.total = sum(row.nbytes for row in rows if not row.owner)
        self.shared = sum(row.nbytes for row in rows if row.owner.startswith("held by"))

    @property
    def by_module(self) -> dict[str, int]:
        """The bytes that only the graph keeps, by the module that the operation belongs to."""
        found: dict[str, int] = {}
        for row in self.rows:
            found[row.module] = found.get(row.module, 0) + (0 if row.owner else row.nbytes)
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def __iter__(self) -> Iterator[Held]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def table(self) -> list[list[str]]:
        """The rows to show, the largest first, as texts."""
        largest = sorted(self.rows, key=lambda row: (bool(row.owner), -row.nbytes))[:SHOWN]
        return [["operation", "keeps", "bytes", "because"], *(list(row_text(row)) for row in largest)]

    def notes(self) -> list[str]:
        """The sums, in sentences."""
        if self.freed:
            return [
                f"The backward pass at {printable(self.freed)} has freed this graph: its rules keep nothing any more."
            ]
        lines = [f"The graph alone keeps {size_text(self.total)} alive: backward(), or letting go of the result, frees them; "
                 "backward(retain_graph=True) does not."]  # fmt: skip
        if self.shared:
            lines.append(f"Its rules also read {size_text(self.shared)} of leaves and constants, which exist anyway.")
        if self.for_show:
            lines.append(f"For pictures, small results take {size_text(self.for_show)}.")
        modules = [f"{m or 'in no module'}: {size_text(n)}" for m, n in self.by_module.items()]
        if any(self.by_module):
            lines.append(f"By module: {'; '.join(modules[:12])}{' …' if len(modules) > 12 else ''}.")
        if len(self.rows) > SHOWN:
            lines.append(f"The {SHOWN} largest of {counted(len(self.rows), 'array')} are shown; .rows has them all.")
        return lines

    def __str__(self) -> str:
        rows = self.table()
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        body = ["  ".join(c.rjust(w) if i == 2 else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))).rstrip()
                for row in rows]  # fmt: skip
        head = f"What the graph of {self.name} keeps ({counted(self.operations, 'operation')})"
        return "\n".join([head, *(body if self.rows else []), *self.notes()]) + "\n"

    def _repr_html_(self) -> str:
        head, *rows = self.table()
        cells = "".join(f"<th>{html.escape(c)}</th>" for c in head)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes())
        return f"<div><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>{notes}</div>"

    def __repr__(self) -> str:
        return f"<Memory of {self.name}: {size_text(self.total)} in {counted(self.operations, 'operation')}>"


def memory(loss: Tensor, *, names: Any = None) -> Memory:
    """What a graph keeps in memory, array by array, and why: which derivative rule will read it.

    A row says which operation keeps what, how many bytes that is, and for which gradient. Memory
    that is shared counts once; what parameters and data own is told apart from what the graph
    alone keeps alive. `names` are as in `draw`.

    Raises TypeError for what is no tensor, RuntimeError for one without a graph.

    >>> import autograd
    >>> w = autograd.ones(10, requires_grad=True)
    >>> y = (w * 2).exp().sum()
    >>> report = autograd.memory(y)
    >>> report.total, [(row.op, row.what, row.needed_for) for row in report if not row.owner]
    (40, [('exp', 'out', ('x',))])
    """
    check_tensor(loss, "memory")
    if loss.grad_fn is None:
        raise RuntimeError(
            "memory(): this tensor has no graph: it is a leaf, or no input of what computed it requires a gradient. "
            "autograd.why_no_grad(t) says more"
        )
    nodes = [n for n in topological_order([loss.node])[0] if not isinstance(n, Part)][::-1]
    graph = read_graph([loss], NAMED)
    sources = [given(names), list(variables(sys._getframe(1)))]
    name_values(graph, *sources)
    modules = {id(o.node): call.path for call in every_call(calls_of(graph, *sources)) for o in call.operations}
    labels = {id(v.node): printable(v.name) for v in graph.values if v.node is not None and v.name}
    owners = Owners()
    for v in graph.values:
        if v.tensor is not None and v.role is not Role.RESULT:
            owners.note(v.tensor.array, f"held by {printable(v.name) or 'a ' + v.role.value}")
    rows: list[Held] = []
    for node in nodes:
        rows += held_by_node(node, labels, modules.get(id(node), ""), owners)
    shown = sum(n.result.nbytes for n in nodes if isinstance(n.result, np.ndarray))
    return Memory(labels.get(id(loss.node), "the result"), rows, len(nodes), shown, freed_at(nodes))


class Owners:
    """Who has been found to own each piece of memory."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Any, str]] = {}  # with the memory itself, so that no id is given out twice

    def note(self, array: Any, owner: str) -> str:
        """Who owns an array: whoever was noted first. Empty if nobody was before."""
        base = base_of(array)
        found = self.known.setdefault(id(base), (base, owner))
        return "" if found[1] is owner else found[1]


def held_by_node(node: Any, labels: dict[int, str], module: str, owners: Owners) -> Iterator[Held]:
    """What one operation keeps; `owners` learns what has been counted."""
    if not is_operation(node):
        return
    result = labels.get(id(node), f"shape {shape_text(node.shape)}")
    for name, value in saved_by_name(node).items():
        for array in arrays_of(value):
            owner = owners.note(array, f"counted already, with {node.op.name} → {result}")
            yield Held(
                node.op.name, result, module, name, array.shape, array.dtype.name, array.nbytes,
                readers_of(node.op, name), owner,
            )  # fmt: skip


def readers_of(op: Any, name: str) -> tuple[str, ...]:
    """The inputs whose rules read a saved value; none for what only derivatives of higher order will read."""
    if op.joint:
        return tuple(p.name for p in op.inputs) if name in op.joint.reads else ()
    return tuple(sorted(i for i, rule in op.rules.items() if name in rule.reads))


def arrays_of(value: Any) -> Iterator[Any]:
    """The arrays in a saved value."""
    if isinstance(value, tuple):
        for item in value:
            yield from arrays_of(item)
    elif isinstance(value, Tensor):
        yield value.array
    elif isinstance(value, (np.ndarray, np.generic)):
        yield value


def base_of(array: Any) -> Any:
    """The array that owns the memory."""
    while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


def row_text(row: Held) -> Iterator[str]:
    """A row as four texts."""
    yield shorten(f"{row.op} → {row.result}", 44)
    yield f"{row.what} {shape_text(row.shape)} {row.dtype}"
    yield f"{row.nbytes:,}"
    reason = f"the gradient by {', '.join(row.needed_for)} needs it" if row.needed_for else "create_graph=True needs it"
    yield reason + (f" ({row.owner})" if row.owner else "")


def size_text(nbytes: int) -> str:
    """A number of bytes in a fitting unit."""
    for unit in ("bytes", "KiB", "MiB"):
        if nbytes < 1024:
            return f"{nbytes:,} {unit}" if unit == "bytes" else f"{nbytes:.1f} {unit}"
        nbytes /= 1024  # type: ignore[assignment]
    return f"{nbytes:.1f} GiB"
