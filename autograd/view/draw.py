"""`draw`: the picture of a computation."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd.create import ones_like
from autograd.gradients import grad
from autograd.tensor import Tensor
from autograd.view.dot import to_dot
from autograd.view.fold import Block, Folded, depth_that_fits, fold_at
from autograd.view.graph import Role, read_graph
from autograd.view.labels import Options, missing, title
from autograd.view.modules import calls_of
from autograd.view.names import Named, given, name_values, variables
from autograd.view.render import render, render_png
from autograd.view.scalars import ScalarGraph
from autograd.view.style import FONT, WEB_FONTS
from autograd.view.wording import counted

DIRECTIONS = ("LR", "TB")

MOST_READ = 60_000
"""How many boxes of a graph are looked at, to fold them, at most."""


PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 1rem; font-family: system-ui, sans-serif; }}
</style>
</head>
<body>
{svg}
</body>
</html>
"""


SIZE = re.compile(r'<svg width="([0-9.]+)pt" height="[0-9.]+pt"')

LEAST_SCALE = 0.6
"""How small a picture gets to fit into a page; beyond, the page has to be scrolled."""


def shrinking(opening: re.Match[str]) -> str:
    """The beginning of an SVG that gets smaller where the page is narrow, but not so small that it can't be read."""
    least = LEAST_SCALE * float(opening[1])
    return f'{opening[0]} style="max-width: max(100%, {least:.0f}pt); height: auto"'


class Drawing:
    """A picture of a graph, as it was when it was drawn. A notebook shows it by itself.

    Attributes:
        source: the picture as DOT text.
    """

    def __init__(self, graph: Folded, options: Options, description: str) -> None:
        self.source = to_dot(graph, options)
        self.description = description

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text, to be written into a page or a file.

        Raises RuntimeError where there is no program to draw with.
        """
        text = render(self.source, "svg").decode()
        text = text[text.index("<svg") :]  # the lines before would be wrong inside a page
        text = SIZE.sub(shrinking, text, count=1)
        return text.replace(f'"{FONT},monospace"', f'"{WEB_FONTS}"')

    @property
    def html(self) -> str:
        """The picture as a page of its own, which follows the reader's choice of a light or a dark screen.

        Raises RuntimeError where there is no program to draw with.
        """
        return PAGE.format(title=html.escape(f"Graph of {self.description}"), svg=self.svg)

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG, on a transparent background.

        Raises RuntimeError where there is no program to draw with.
        """
        return render_png(self.source, self.svg)

    def save(self, path: str | Path) -> None:
        """Write the picture to a file, in the format that its ending names: .svg, .png, .pdf, .dot or .html.

        Raises ValueError for another ending, RuntimeError where there is no program to draw with.
        """
        path = Path(path)
        ending = path.suffix.lower()
        writers: dict[str, Callable[[], bytes]] = {
            ".svg": lambda: self.svg.encode(),
            ".png": lambda: self.png,
            ".pdf": lambda: render(self.source, "pdf"),
            ".dot": lambda: self.source.encode(),
            ".html": lambda: self.html.encode(),
        }
        if ending not in writers:
            raise ValueError(
                f"can't save a drawing as {path.name!r}: the name must end in .svg, .png, .pdf, .dot or .html"
            )
        path.write_bytes(writers[ending]())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What notebooks ask for."""
        try:
            return {"image/svg+xml": self.svg, "image/png": self.png, "text/plain": repr(self)}
        except RuntimeError as error:
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self) -> str:
        return f"<Drawing of {self.description}>"


def draw(
    *tensors: Tensor,
    names: Any = None,
    direction: str = "LR",
    values: bool = True,
    shapes: bool = True,
    gradients: bool = True,
    fold: int | None = None,
    scalars: bool = False,
    backward: bool = False,
    max_nodes: int = 500,
) -> Drawing:
    """Draw how these tensors were computed: every operation, with what went in and what came out.

    Leaves, parameters, constants and results have boxes of their own kind, operations are round.
    Each box shows the name that the tensor has in the caller's variables or in its module, its
    shape, value and gradient: "–" until a backward pass has brought one. What a module did stands in a
    frame with the module's name, or is folded into one box.

    Args:
        tensors: one or more results; a list of them will do.
        names: names that the variables don't tell: a dict from names to tensors or modules, or a
            module, or a list of modules.
        direction: "LR" from left to right, "TB" from top to bottom.
        values, shapes, gradients: which of these to show.
        fold: at which depth to fold modules into boxes: 0 folds the outermost ones, 1 those in them, and
            so on; equal ones in a row become one box with "×N". Without it, modules are folded only
            if the picture would have more than `max_nodes` boxes.
        scalars: open tensor operations into the scalar ones they consist of: a matrix product into its
            products and sums.
        backward: draw how the gradients by the leaves are computed instead: the graph of the backward pass.
        max_nodes: how many boxes to draw at most; of a larger graph the newest part is drawn.

    Raises TypeError for what is not a tensor, ValueError for a direction or a depth there is not.

    >>> import autograd
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> y = x * x + 1
    >>> draw(y)
    <Drawing of y: 2 operations, 4 tensors>
    """
    roots = checked(tensors)
    if direction not in DIRECTIONS:
        raise ValueError(f"draw(): direction must be 'LR' or 'TB', not {direction!r}")
    if max_nodes < 1:
        raise ValueError(f"draw(): max_nodes must be at least 1, not {max_nodes}")
    if fold is not None and (not isinstance(fold, int) or fold < 0):
        raise ValueError(f"draw(): fold must be a depth, 0 or more, or None, not {fold!r}")
    sources = [list(given(names)), list(variables(sys._getframe(1)))]
    if backward:
        roots, found = gradients_of(roots, sources)
        sources.insert(0, found)
    if scalars:
        whole = read_graph(roots, MOST_READ)
        name_values(whole, *sources)
        opened = ScalarGraph(whole)
        roots, sources, max_nodes = opened.roots, [list(opened.names.items())], MOST_READ
    graph = folded(roots, sources, fold, max_nodes)
    return Drawing(graph, Options(direction, values, shapes, gradients), describe(graph))


def gradients_of(roots: list[Tensor], sources: list[list[Named]]) -> tuple[list[Tensor], list[Named]]:
    """The gradients of the results by their leaves, recorded as a graph, and what to call them.

    Raises RuntimeError where there is no graph to go back through, or it was freed.
    """
    graph = read_graph(roots, MOST_READ)
    name_values(graph, *sources)
    leaves = [value for value in graph.values if value.role in (Role.LEAF, Role.PARAMETER)]
    wanted = [value.node.variable for value in leaves]
    found = grad(roots, wanted, [ones_like(root) for root in roots], create_graph=True)
    return [g for g in found if g is not None], [
        (f"grad of {title(value)}", g) for value, g in zip(leaves, found, strict=True)
    ]


def folded(roots: list[Tensor], sources: list[list[Named]], depth: int | None, most: int) -> Folded:
    """The graph to draw, folded at the depth wanted, or as it must be to have at most so many boxes."""
    graph = read_graph(roots, MOST_READ)
    name_values(graph, *sources)
    calls = calls_of(graph, *sources)
    picture = fold_at(graph, calls, depth_that_fits(graph, calls, most) if depth is None else depth)
    if len(picture.values) + len(picture.operations) > most:
        graph = read_graph(roots, most)
        name_values(graph, *sources)
        picture = fold_at(graph, calls_of(graph, *sources), depth)
    return picture


def checked(tensors: Sequence[Any]) -> list[Tensor]:
    """The tensors to draw; TypeError for anything else."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    if not tensors:
        raise TypeError("draw(): give it the tensor whose computation is to be drawn")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            cure = ": call it on an input and draw the result" if callable(tensor) else ""
            raise TypeError(f"draw(): expected a Tensor but got {type(tensor).__name__}{cure}")
    return list(tensors)


def describe(graph: Folded) -> str:
    """The graph in a line: of what, how large, and what is missing."""
    what = ", ".join(map(title, graph.outputs))
    blocks = [step for step in graph.operations if isinstance(step, Block)]
    steps = counted(len(graph.operations) - len(blocks), "operation")
    modules = f", {counted(len(blocks), 'folded module')}" if blocks else ""
    size = f"{steps}{modules}, {counted(len(graph.values), 'tensor')}"
    if not graph.is_cut:
        return f"{what}: {size}"
    drawn = len(graph.operations) + len(graph.values)
    return f"{what}: {size}; {missing(graph)} not shown, draw(..., max_nodes={4 * drawn}) shows more"
