"""Writing a graph down in DOT, the language of Graphviz.

Arrows go the way of the computation: from inputs to an operation, and on to its result.
"""

from __future__ import annotations

import re
from typing import Any

import graphviz  # type: ignore[import-untyped]

from autograd.view import style
from autograd.view.clusters import Clusters
from autograd.view.fold import Block, Folded
from autograd.view.graph import Graph, Operation, Value
from autograd.view.labels import (
    SIGN_SIZE,
    TEXT_SIZE,
    Options,
    block_label,
    block_tooltip,
    frame_label,
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


def to_dot(graph: Folded, options: Options) -> str:
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
    clusters = Clusters(graph)
    add_boxes(dot, graph, clusters, None, options)
    for step in graph.operations:
        add_arrows(dot, step)
    add_hidden(dot, graph)
    return str(dot.source)


def add_boxes(dot: Any, graph: Folded, clusters: Clusters, frame: Any, options: Options) -> None:
    """The boxes that stand in a frame, and the frames in it."""
    for value in clusters.inside(in_order(graph), frame):
        add_value(dot, value, options)
    for step in clusters.inside(graph.operations, frame):
        if isinstance(step, Block):
            add_block(dot, step)
        else:
            add_operation(dot, step, clusters.captions.get(step, ""))
    for inner in clusters.frames:
        if clusters.around(inner) is frame:
            look = {"label": frame_label(inner), "labeljust": "l", "style": "rounded", "margin": "10", "penwidth": "1.5",
                    "color": style.LINE, "fontcolor": style.LINE, "fontname": style.FONT}  # fmt: skip
            with dot.subgraph(name=f"cluster_{inner.key}", graph_attr=look) as part:
                add_boxes(part, graph, clusters, inner, options)


def tooltip(text: str) -> str:
    """Text that comes out as it is: layout programs decode entities, and replace \\N and the like even if escaped."""
    return str(graphviz.escape(re.sub(r"\\(?=[NGETHL\\])", "\\\\\N{WORD JOINER}", text.replace("&", "&amp;"))))


def in_order(graph: Folded) -> list[Value]:
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


def add_block(dot: Any, block: Block) -> None:
    """The box of a folded module."""
    look = style.BLOCK
    dot.node(
        block.key,
        label=block_label(block),
        tooltip=tooltip(block_tooltip(block)),
        shape=look.shape,
        style=look.style,
        fillcolor=look.fill,
        color=look.line,
        fontcolor=look.ink,
        margin="0.16,0.08",
    )


def add_operation(dot: Any, operation: Operation, caption: str) -> None:
    """An op's round sign, with the name of the module that did nothing else."""
    sign = style.SIGNS.get(operation.name, "")
    if 0 < len(sign) <= 2 and not caption:
        outline = {"label": sign, "shape": "circle", "fixedsize": "true", "width": "0.4", "fontsize": str(SIGN_SIZE)}
    else:
        outline = {"label": operation_label(operation, caption), "shape": "ellipse", "margin": "0.04,0.03"}
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


def add_arrows(dot: Any, step: Operation | Block) -> None:
    """The arrows to a step from what goes in, and from it to what comes out."""
    for place in step.inputs:
        if place.value is not None:
            tip = f"{title(place.value)} is {place.name!r} of {step.name}" if place.name else f"goes into {step.name}"
            dot.edge(place.value.key, step.key, tooltip=tooltip(tip))
    if any(place.value is None for place in step.inputs):
        dot.edge(HIDDEN, step.key, style="dotted", tooltip="inputs that are not shown")
    for value in step.outputs:
        dot.edge(step.key, value.key, tooltip=tooltip(f"{step.name} gives {title(value)}"))


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
