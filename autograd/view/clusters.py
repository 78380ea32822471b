"""Where things stand in a picture with modules: in whose frame, and under whose name.

A module that did several things gets a frame around them. One that did a single operation gets no
frame: its name stands under the operation.
"""

from __future__ import annotations

from typing import Any

from autograd.view.fold import Block, Folded, is_part, read_by
from autograd.view.graph import Operation, Role, Value
from autograd.view.modules import Call


class Clusters:
    """The frames of a picture.

    Attributes:
        frames: the calls that get a frame, outer before inner.
        captions: for operations that are all that a module did, the module's name.
    """

    def __init__(self, graph: Folded) -> None:
        self.frames = [call for call in graph.calls if len(call.every_operation()) > 1]
        framed = set(self.frames)
        self.homes: dict[Operation | Block | Value, Call | None] = {}
        self.captions: dict[Operation, str] = {}
        for call in graph.calls:
            for operation in call.operations:
                self.homes[operation] = nearest(call, framed)
                if call not in framed:
                    self.captions[operation] = short_path(call, nearest(call, framed))
        for step in graph.operations:
            if isinstance(step, Block):
                self.homes[step] = nearest(step.call.parent, framed)
            for value in step.outputs:
                self.homes[value] = self.homes.get(step)
        for value, readers in readers_of(graph).items():
            if value.role is not Role.RESULT and is_part(value):
                self.homes[value] = common([self.homes.get(step) for step in readers])

    def around(self, frame: Call) -> Call | None:
        """The frame around a frame."""
        return nearest(frame.parent, set(self.frames))

    def inside(self, things: list[Any], frame: Call | None) -> list[Any]:
        """Those of the things that stand in this frame, and in none within it."""
        return [thing for thing in things if self.homes.get(thing) is frame]


def readers_of(graph: Folded) -> dict[Value, list[Any]]:
    """For each tensor the steps that it goes into."""
    readers: dict[Value, list[Any]] = {}
    for step in graph.operations:
        for value in read_by(step):
            if value is not None:
                readers.setdefault(value, []).append(step)
    return readers


def nearest(call: Call | None, framed: set[Call]) -> Call | None:
    """The innermost frame around a call, or itself."""
    while call is not None and call not in framed:
        call = call.parent
    return call


def common(frames: list[Call | None]) -> Call | None:
    """The innermost frame that holds all of these."""
    around = [chain(frame) for frame in frames]
    return next((call for call in around[0] if all(call in others for others in around)), None)


def chain(call: Call | None) -> list[Call]:
    """A call and those around it, inner before outer."""
    return [] if call is None else [call, *chain(call.parent)]


def short_path(call: Call, frame: Call | None) -> str:
    """The path of a module as seen from a frame."""
    return call.path if frame is None else call.path.removeprefix(frame.path).removeprefix(".")
