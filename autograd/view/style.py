"""How things look: shapes, colors and signs.

A picture may lie on a white page or on a dark one. So its background is transparent, every text
stands on a fill of its own, and lines have a lightness in the middle that is seen on both. The hues
(blue, orange, green) are ones that color-blind readers can tell apart; and no fact is told by color
alone: each kind of box has its own outline as well.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.view.graph import Role
from autograd.view.wording import setting_text, unwrapped

FONT = "Courier"
"""Letters of one width: then a label is as wide as the layout program thinks, whatever fonts a reader has."""

WEB_FONTS = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
"""What browsers should take instead: as wide, and stronger."""

LINE = "#808080"
DIM = "#555555"
GRADIENT = "#8E1B5B"
ALARM = "#C00000"

OP_FILL, OP_INK = "#5F6B7A", "#FFFFFF"


class Look(NamedTuple):
    """A kind of box: Graphviz's shape and style, the fill, the line around it, and the ink on it."""

    shape: str
    style: str
    fill: str
    line: str
    ink: str


LOOKS = {
    Role.LEAF: Look("box", "filled", "#D6E9F8", "#1C7CC7", "#10202E"),
    Role.PARAMETER: Look("note", "filled", "#FBE3BF", "#C4700A", "#2E1D05"),
    Role.CONSTANT: Look("box", "filled,dashed", "#EEEEEE", "#6E6E6E", DIM),
    Role.RESULT: Look("box", "filled,rounded", "#DDF1E7", "#148A63", "#0B2419"),
}

BLOCK = Look("box3d", "filled", "#E4E1F2", "#5B4B9A", "#17122B")

HIDDEN = Look("box", "filled,dotted", "#EEEEEE", "#6E6E6E", DIM)

SIGNS = {
    "add": "+", "sub": "−", "neg": "−", "mul": "×", "div": "/", "floor_divide": "//", "remainder": "%", "matmul": "@",
    "pow_tensor": "**", "pow_number": "** {exponent}", "basic_index": "[{index}]", "index": "[{index}]",
    "setitem": "[{index}] =",
}  # fmt: skip
"""Ops that have a sign in Python; a setting in braces is part of it."""

ORDERED = {"sub", "div", "floor_divide", "remainder", "matmul", "pow_tensor", "cat", "stack"}
"""Ops that read differently when their inputs change places: these are drawn in order."""


def sign_of(op: Any, params: dict[str, Any]) -> tuple[str, set[str]]:
    """What to write for an op, and the settings that this says already."""
    pattern = SIGNS.get(op.name)
    if pattern is None:
        return op.name, set()
    told = {name for name in params if f"{{{name}}}" in pattern}
    return pattern.format(**{name: unwrapped(setting_text(params[name])) for name in told}), told
