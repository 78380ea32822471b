"""`player`: a page on which one watches a computation run, forward and backward, one operation at a time."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd.modes import enable_grad
from autograd.tensor import Tensor
from autograd.view.draw import DIRECTIONS, MOST_READ, Drawing, describe
from autograd.view.fold import Folded, fold_at
from autograd.view.graph import Graph, Role, read_graph
from autograd.view.labels import Options
from autograd.view.names import Named, given, name_values, variables
from autograd.view.recording import Record, Recording, array_record, json_number
from autograd.view.walking import check_tensor
from autograd.view.wording import counted

PAGE = Path(__file__).with_name("page")

INLINE_HEIGHT = 640
"""How high the player is in a notebook, in pixels."""


class Player:
    """A page that plays a computation. A notebook shows it by itself.

    Attributes:
        drawing: the picture of the graph with its final values and gradients, for where no page can be shown.
        steps: what is played: each operation forward, then each gradient that flows back.
        training: the loss and the parameters at each training step, if any were recorded.
    """

    def __init__(self, drawing: Drawing, recording: Recording, training: list[Record]) -> None:
        self.drawing = drawing
        self.tensors = recording.tensors
        self.operations = recording.operations
        self.steps = recording.steps
        self.training = training

    @property
    def html(self) -> str:
        """The page: one file that needs nothing else, and asks nothing of any network."""
        data = {"tensors": self.tensors, "operations": self.operations, "steps": self.steps, "training": self.training}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        parts = {
            "{{title}}": html.escape(f"Backpropagation: {self.drawing.description}"),
            "{{css}}": read("player.css"),
            "{{script}}": read("player.js"),
            "{{svg}}": self.drawing.svg,
            "{{data}}": text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
        }
        page = read("player.html")
        for place, part in parts.items():  # the data come last, so that nothing in them is taken for a place
            page = page.replace(place, part, 1)
        return page

    def save(self, path: str | Path) -> None:
        """Write the page to a file whose name ends in .html.

        Raises ValueError for another ending, RuntimeError where there is no program to draw with.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"can't save a player as {path.name!r}: it is a page, so the name must end in .html")
        path.write_text(self.html, encoding="utf-8")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What notebooks ask for: the page in a frame, and a picture where pages are not shown."""
        try:
            frame = (
                f'<iframe srcdoc="{html.escape(self.html)}" width="100%" height="{INLINE_HEIGHT}" '
                'title="Backpropagation, step by step" style="border:1px solid #999;border-radius:8px"></iframe>'
            )
            return {"text/html": frame, "image/png": self.drawing.png, "text/plain": repr(self)}
        except RuntimeError as error:
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self) -> str:
        trained = f", {counted(len(self.training) - 1, 'training step')}" if self.training else ""
        return f"<Player of {self.drawing.description}: {counted(len(self.steps), 'step')}{trained}>"


def player(
    loss: Tensor | Callable[[], Tensor],
    *,
    optimizer: Any = None,
    steps: int = 20,
    names: Any = None,
    direction: str = "LR",
    max_nodes: int = 250,
) -> Player:
    """A page that plays how a loss is computed and how its gradients are found, one operation at a time.

    First every operation computes its result; then the gradient flows back, and at each step the page
    shows the gradient that arrived, the local derivative, and what they give, added to what the input has
    got already. Call it before `backward`, or keep the graph. `.grad` and the graph stay as they are.

    With an optimizer the page also plays a training: `loss` is then a function that computes the loss,
    `steps` training steps are really taken, and the parameters are seen to move.

    Args:
        loss: the tensor to go back from, or a function that computes it.
        optimizer: what updates the parameters; its gradients are set to zero before each step.
        steps: how many training steps to take.
        names: names that the variables don't tell, as for `draw`.
        direction: "LR" from left to right, "TB" from top to bottom.
        max_nodes: how many boxes a graph may have: more could not be followed.

    Raises TypeError for what is not a tensor, ValueError for too large a graph or a loss of more than one
    element, RuntimeError where there is no graph, or it was freed.

    >>> import autograd
    >>> w = autograd.tensor(3.0, requires_grad=True)
    >>> autograd.player(w * w)
    <Player of a result: 1 operation, 2 tensors: 4 steps>
    """
    check_arguments(loss, optimizer, steps, direction)
    sources = [list(given(names)), list(variables(sys._getframe(1)))]
    root = loss if isinstance(loss, Tensor) else computed(loss)
    if root.requires_grad and root.array.size != 1:
        raise ValueError(
            f"player(): the loss must be one number, and this is a tensor of shape {tuple(root.shape)}: "
            "play its .sum() or .mean()"
        )
    graph = read_graph([root], MOST_READ)
    check_size(graph, max_nodes)
    name_values(graph, *sources)
    recording = Recording(graph, root, "player")
    picture = fold_at(graph, [], None)
    drawing = Drawing(picture, Options(direction), describe(picture))
    drawing.svg  # noqa: B018 (drawn now: training changes the values that it shows)
    training = train(loss, optimizer, steps, named_leaves(graph)) if optimizer is not None and callable(loss) else []
    return Player(drawing, recording, training)


def check_arguments(loss: Any, optimizer: Any, steps: Any, direction: str) -> None:
    """Raise TypeError or ValueError for arguments that don't go together."""
    if optimizer is None and not callable(loss):
        check_tensor(loss, "player")
    if optimizer is not None and (isinstance(loss, Tensor) or not callable(loss)):
        raise TypeError(
            "player(): with an optimizer, give it a function that computes the loss anew for each training step: "
            "player(lambda: loss_of(model(x), y), optimizer=optimizer)"
        )
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"player(): steps must be a whole number of at least 1, not {steps!r}")
    if direction not in DIRECTIONS:
        raise ValueError(f"player(): direction must be 'LR' or 'TB', not {direction!r}")


def computed(function: Callable[[], Any]) -> Tensor:
    """The loss that a function computes."""
    with enable_grad():
        loss = function()
    check_tensor(loss, "player")
    return loss


def check_size(graph: Graph, most: int) -> None:
    """Raise ValueError for a graph that nobody could follow."""
    boxes = len(graph.values) + len(graph.operations) + graph.hidden
    if boxes > most:
        raise ValueError(
            f"player(): this graph has {boxes:,} boxes, too many to follow one by one (at most {most}): play a smaller "
            "part of it or a smaller network, or allow more with max_nodes=; draw(..., fold=1) gives an overview"
        )


def named_leaves(graph: Folded | Graph) -> list[Named]:
    """The leaves of the graph with what they are called."""
    leaves = [value for value in graph.values if value.role in (Role.PARAMETER, Role.LEAF)]
    return [(value.name or value.role.value, value.node.variable) for value in leaves]


def train(function: Callable[[], Any], optimizer: Any, steps: int, leaves: list[Named]) -> list[Record]:
    """Take training steps; the loss, the parameters and their gradients before each of them and after the last."""
    frames = []
    for step in range(steps + 1):
        optimizer.zero_grad()
        loss = computed(function)
        loss.backward()
        frames.append({
            "loss": json_number(loss.detach().numpy()),
            "parameters": [
                {"name": name, "value": array_record(leaf.array), "grad": grad_record(leaf)} for name, leaf in leaves
            ],
        })  # fmt: skip
        if step < steps:
            optimizer.step()
    return frames


def grad_record(leaf: Tensor) -> Record | None:
    """A leaf's gradient, if it has one."""
    return None if leaf.grad is None else array_record(leaf.grad.array)


def read(name: str) -> str:
    """One of the files that the page is made of."""
    return PAGE.joinpath(name).read_text(encoding="utf-8").rstrip()
