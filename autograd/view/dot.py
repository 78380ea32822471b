"""Writing a graph down in DOT, the language of Graphviz.

Arrows go the way of the computation: from inputs to an operation, and on to its result.
"""

from __future__ import annotations

import re
from typing import Any

import graphviz  # type: ignore[import-untyped]

from autograd.view import style
from autograd.view.graph import Graph, Operation, Value
from autograd.view.labels import (
    SIGN_SIZE,
    TEXT_SIZE,
    Options,
    missing,
    operation_label,
    operation_tooltip,
    title,
    value_label,
    value_tooltip,
)
from autograd.view.wording import has_odd

HIDDEN = "hidden"

ROUNDS = 2000
"""How often the layout program may try to do better: a leaf that is used everywhere would keep it busy for minutes."""


def to_dot(graph: Graph, options: Options) -> str:
    """The graph as DOT text."""
    boxes = len(graph.values) + len(graph.operations)
    dot = graphviz.Digraph(
        "computation graph",
        graph_attr={
            "rankdir": options.direction, "bgcolor": "transparent", "nodesep": "0.25", "ranksep": "0.35",
            "nslimit": f"{ROUNDS / boxes:g}",
        },
        node_attr={"fontname": style.FONT, "margin": "0.1,0.06", "height": "0.3"},
        edge_attr={"color": style.LINE, "penwidth": "1.3", "arrowsize": "0.8"},
    )  # fmt: skip
    for value in in_order(graph):
        add_value(dot, value, options)
    for operation in graph.operations:
        add_operation(dot, operation)
    add_hidden(dot, graph)
    return str(dot.source)


def tooltip(text: str) -> str:
    """Text that comes out as it is: layout programs decode entities, and replace \\N and the like even if escaped."""
    return str(graphviz.escape(re.sub(r"\\(?=[NGETHL\\])", "\\\\\N{WORD JOINER}", text.replace("&", "&amp;"))))


def in_order(graph: Graph) -> list[Value]:
    """The tensors as they turn up from first to last; layout programs place things in the order they are given."""
    met = [v for o in graph.operations for v in (*(place.value for place in o.inputs), *o.outputs) if v is not None]
    return list(dict.fromkeys(met + graph.values))


def add_value(dot: Any, value: Value, options: Options) -> None:
    """A tensor's box."""
    look = style.LOOKS[value.role]
    odd = (options.values and has_odd(value.array)) or (options.gradients and has_odd(value.grad))
    dot.node(
        value.key,
        label=value_label(value, options),
        tooltip=tooltip(value_tooltip(value)),
        shape=look.shape,
        style=look.style,
        fillcolor=look.fill,
        color=style.ALARM if odd else look.line,
        fontcolor=look.ink,
        penwidth="3" if value.is_output else "1.3",
        peripheries="2" if odd else None,
    )


def add_operation(dot: Any, operation: Operation) -> None:
    """An op's round sign, and the arrows to and from it."""
    sign = style.SIGNS.get(operation.name, "")
    if 0 < len(sign) <= 2:
        outline = {"label": sign, "shape": "circle", "fixedsize": "true", "width": "0.4", "fontsize": str(SIGN_SIZE)}
    else:
        outline = {"label": operation_label(operation), "shape": "ellipse", "margin": "0.04,0.03"}
    dot.node(
        operation.key,
        **outline,
        tooltip=tooltip(operation_tooltip(operation)),
        style="filled",
        fillcolor=style.OP_FILL,
        color=style.OP_FILL,
        fontcolor=style.OP_INK,
        ordering="in" if operation.name in style.ORDERED else None,
    )
    for place in operation.inputs:
        if place.value is not None:
            tip = f"{title(place.value)} is '{place.name}' of {operation.name}"
            dot.edge(place.value.key, operation.key, tooltip=tooltip(tip))
    if any(place.value is None for place in operation.inputs):
        dot.edge(HIDDEN, operation.key, style="dotted", tooltip="inputs that are not shown")
    for value in operation.outputs:
        dot.edge(operation.key, value.key, tooltip=tooltip(f"{operation.name} gives {title(value)}"))


def add_hidden(dot: Any, graph: Graph) -> None:
    """The box that stands for all that was left out, if anything was."""
    if not graph.is_cut:
        return
    look = style.HIDDEN
    dot.node(
        HIDDEN,
        label=f"… {missing(graph)} not shown",
        tooltip="draw(..., max_nodes=N) shows more",
        shape=look.shape,
        style=look.style,
        fillcolor=look.fill,
        color=look.line,
        fontcolor=look.ink,
        fontsize=str(TEXT_SIZE),
    )
    for value in graph.orphans:
        dot.edge(HIDDEN, value.key, style="dotted", tooltip="from operations that are not shown")
