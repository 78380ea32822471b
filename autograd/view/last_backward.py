"""Remembering the last backward pass of a program, to show it when the program has ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from autograd.engine import topological_order
from autograd.graph import AccumulateGrad
from autograd.tensor import Tensor
from autograd.view.draw import draw
from autograd.view.explain import explain
from autograd.view.names import Named, variables
from autograd.view.player import player


class LastBackward:
    """Watches `Tensor.backward`, and keeps the graph of its last call with the parameters as they were then.

    Attributes:
        loss: the tensor that `backward` was last called on; None if it never was.
        leaves: the leaves of its graph with their numbers at that time: an optimizer will have changed them.
        names: the variables of the code that called it.
    """

    def __init__(self) -> None:
        self.loss: Tensor | None = None
        self.leaves: list[tuple[Tensor, Any]] = []
        self.names: list[Named] = []

    def watch(self) -> None:
        """From now on remember calls, each in place of the one before."""
        backward = Tensor.backward

        def remembering(
            loss: Tensor, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
        ) -> None:
            self.remember(loss, list(variables(sys._getframe(1))))
            backward(loss, gradient, True, create_graph, inputs)  # what the rules read must still be there at the end

        Tensor.backward = remembering  # type: ignore[method-assign, assignment]

    def remember(self, loss: Tensor, names: list[Named]) -> None:
        """Note a call that is about to happen."""
        self.loss, self.names = loss, names
        _, leaves = topological_order([loss.node] if loss.node is not None else [])
        tensors = [leaf.variable for leaf in leaves if isinstance(leaf, AccumulateGrad)]
        self.leaves = [(tensor, tensor.array.copy()) for tensor in tensors if tensor is not None]

    def show(self, files: dict[str, str]) -> list[str]:
        """Write what is wanted, and say in a line each what was written, or why not.

        Args:
            files: file names by what to write: "draw", "play" and "explain".
        """
        if self.loss is None:
            return ["chalkgrad: the program never called backward(), so there is nothing to draw, play or explain"]
        for leaf, array in self.leaves:
            leaf.array, leaf.version = array, None
        said = []
        for what, path in files.items():
            try:
                WRITERS[what](self.loss, dict(self.names), Path(path))
                said.append(f"chalkgrad: wrote {path} ({what}: the last backward pass)")
            except (RuntimeError, ValueError, OSError) as error:
                said.append(f"chalkgrad: could not write {path}: {error}")
        return said


def save_drawing(loss: Tensor, names: dict[str, Any], path: Path) -> None:
    """The graph as .svg, .png, .pdf, .dot or .html."""
    draw(loss, names=names).save(path)


def save_player(loss: Tensor, names: dict[str, Any], path: Path) -> None:
    """The player as .html."""
    player(loss, names=names).save(path)


def save_explanation(loss: Tensor, names: dict[str, Any], path: Path) -> None:
    """The chain rule as .md, .tex, .html or .txt.

    Raises ValueError for another ending.
    """
    explanation = explain(loss, names=names)
    texts = {
        ".md": explanation.markdown,
        ".tex": explanation.latex,
        ".html": explanation.html,
        ".txt": explanation.__str__,
    }
    if path.suffix not in texts:
        raise ValueError(
            f"an explanation can't be saved as {path.name!r}: the name must end in .md, .tex, .html or .txt"
        )
    path.write_text(texts[path.suffix]() + "\n", encoding="utf-8")


WRITERS = {"draw": save_drawing, "play": save_player, "explain": save_explanation}
