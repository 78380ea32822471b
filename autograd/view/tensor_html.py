"""A tensor as a notebook shows it: what it is, what its numbers are like, and a heat map of them."""

from __future__ import annotations

import html
from collections.abc import Iterator

import numpy as np

from autograd.arrays import Array
from autograd.tensor import Tensor
from autograd.view.wording import number_text, odd_text, shape_text

MOST_ROWS, MOST_COLUMNS, MOST_PLANES = 32, 32, 6
MOST_NUMBERED = 12
"""Heat maps with rows of up to this many elements have the numbers written in them."""

NEGATIVE, POSITIVE, ODD = (96, 156, 226), (243, 164, 71), "#f5a3a3"
"""Blue below zero and orange above, which color-blind readers can tell apart; NaN and infinity are red."""

STYLE = (
    "<style>.chalk-tensor table{border-collapse:collapse;margin:.3em 0;font:.8em ui-monospace,Menlo,Consolas,monospace}"
    ".chalk-tensor td{padding:.1em .35em;text-align:right;color:#10151b;border:1px solid rgba(128,128,128,.25)}"
    ".chalk-tensor .tiny td{padding:0;width:.75em;height:.75em}.chalk-tensor p{margin:.2em 0}</style>"
)


def tensor_html(tensor: Tensor) -> str:
    """The tensor's shape, dtype and place in the graph, statistics, and for 1 to 3 dimensions a heat map.

    >>> import autograd
    >>> tensor_html(autograd.ones(2, 3)).count("<td")
    6
    """
    array = np.asarray(tensor.array)
    lines = [f"<b>tensor</b> {html.escape(shape_text(array.shape))} {tensor.dtype} {html.escape(grad_state(tensor))}"]
    if array.size > 1:
        lines.append(html.escape(statistics(array)))
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        lines.append(f'<b style="color:#c00000">⚠ {html.escape(odd_text(array))}</b> of {array.size:,}')
    if array.ndim == 0:
        lines.append(html.escape(number_text(array.item(), 6)))
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f'<div class="chalk-tensor">{STYLE}{body}{"".join(heat_maps(array))}</div>'


def grad_state(tensor: Tensor) -> str:
    """Where a tensor stands in the graph, and whether it has a gradient."""
    if not tensor.requires_grad:
        return "no gradient wanted"
    if not tensor.is_leaf:
        return f"result of {tensor.grad_fn.name()}"
    return "leaf, gradient not computed yet" if tensor.grad is None else f"leaf, gradient {norm_text(tensor.grad)}"


def norm_text(grad: Tensor) -> str:
    """A gradient's length."""
    with np.errstate(over="ignore", invalid="ignore"):
        return f"of norm {number_text(float(np.linalg.norm(np.asarray(grad.array).ravel())))}"


def statistics(array: Array) -> str:
    """The range, mean and spread of the finite numbers; how many of truth values hold."""
    if array.dtype.kind == "b":
        return f"{np.count_nonzero(array):,} of {array.size:,} True"
    finite = array[np.isfinite(array)]
    if not finite.size or array.dtype.kind == "c":
        return ""
    wide = finite.astype(np.float64)
    parts = {"min": wide.min(), "max": wide.max(), "mean": wide.mean(), "std": wide.std()}
    return ", ".join(f"{name} {number_text(float(value))}" for name, value in parts.items())


def heat_maps(array: Array) -> Iterator[str]:
    """One table for each of the first planes of an array of 1 to 3 dimensions, its middle left out if it is large."""
    if not 1 <= array.ndim <= 3 or array.size == 0 or array.dtype.kind == "c":
        return
    planes = array.reshape((1,) * (3 - array.ndim) + array.shape)
    finite = np.abs(array[np.isfinite(array)].astype(np.float64))
    largest = float(finite.max()) if finite.size else 0.0
    for plane in planes[:MOST_PLANES]:
        yield heat_map(plane, largest)
    if len(planes) > MOST_PLANES:
        yield f"<p>… {len(planes) - MOST_PLANES:,} more of shape {html.escape(shape_text(planes.shape[1:]))}</p>"


def heat_map(plane: Array, largest: float) -> str:
    """A table of colored cells."""
    rows, columns = shown(plane.shape[0], MOST_ROWS), shown(plane.shape[1], MOST_COLUMNS)
    numbered = len(columns) <= MOST_NUMBERED
    body = "".join(
        "<tr>" + "".join(cell(plane, i, j, largest, numbered) for j in columns) + "</tr>" for i in rows
    )  # fmt: skip
    return f"<table{'' if numbered else ' class=tiny'}>{body}</table>"


def shown(size: int, most: int) -> list[int | None]:
    """The indices to show of so many: all, or the first and the last with a gap, which is None."""
    if size <= most:
        return list(range(size))
    half = most // 2
    return [*range(half), None, *range(size - half, size)]


def cell(plane: Array, i: int | None, j: int | None, largest: float, numbered: bool) -> str:
    """One cell; a gap is empty."""
    if i is None or j is None:
        return "<td>⋯</td>" if numbered else '<td title="left out"></td>'
    value = plane[i, j].item()
    text = html.escape(number_text(value))
    content = text if numbered else ""
    hint = "" if numbered else f' title="[{i}, {j}] {text}"'
    return f'<td style="background:{color(value, largest)}"{hint}>{content}</td>'


def color(value: float, largest: float) -> str:
    """Blue for negative numbers, orange for positive ones, paler the smaller they are."""
    if not np.isfinite(value):
        return ODD
    strength = min(1.0, abs(float(value)) / largest) if largest else 0.0
    hue = NEGATIVE if value < 0 else POSITIVE
    red, green, blue = (round(246 + (part - 246) * strength) for part in hue)
    return f"rgb({red},{green},{blue})"
