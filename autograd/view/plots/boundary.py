"""What a classifier of points in the plane has learned: the regions it tells apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.create import tensor
from autograd.tensor import Tensor
from autograd.view.plots.canvas import COLORS, DIVERGING, axes_for, evaluating, numbers

MARGIN = 0.15


def decision_boundary(model: Any, x: Any, y: Any = None, *, resolution: int = 200, ax: Any = None) -> Any:
    """Plot the regions that a model puts points of the plane in, with the points themselves.

    A model with one output is taken for one of two classes: the border is where its output is 0, or
    1/2 if all of its outputs are probabilities. One with several outputs puts a point where the largest is.

    Args:
        model: a function or module of points (n, 2).
        x: the points, (n, 2).
        y: their classes, (n,) or (n, 1), to draw them in different colors and shapes.
        resolution: how many points to a side the plane is looked at in.
        ax: where to draw; a new figure without it.

    Raises ValueError for points that are not in a plane, or classes that don't fit them.
    """
    points = numbers(x)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"decision_boundary(): points of the plane have shape (n, 2), not {points.shape}")
    labels = None if y is None else numbers(y).reshape(-1)
    if labels is not None and len(labels) != len(points):
        raise ValueError(f"decision_boundary(): {len(labels)} classes don't fit {len(points)} points")
    ax = axes_for(ax, (5.0, 4.5))
    across, up = ranges(points, resolution)
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2).astype(points.dtype)
    with evaluating(model):
        outputs = numbers(model(tensor(plane, dtype=x.dtype if isinstance(x, Tensor) else None)))
    draw_regions(ax, across, up, outputs.reshape(len(plane), -1))
    draw_points(ax, points, labels)
    ax.set_xlabel("$x_1$")
    ax.set_ylabel("$x_2$")
    return ax


def ranges(points: Array, resolution: int) -> tuple[Array, Array]:
    """The coordinates to look at: those of the points, and a little more."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * np.maximum(high - low, 1e-6)
    across, up = np.linspace(low - margin, high + margin, resolution).T
    return across, up


def draw_regions(ax: Any, across: Array, up: Array, outputs: Array) -> None:
    """The regions in pale colors, and the border between them."""
    shape = (len(up), len(across))
    if outputs.shape[1] == 1:
        is_probability = outputs.min() >= 0 and outputs.max() <= 1
        score = outputs.reshape(shape) - (0.5 if is_probability else 0.0)
        reach = float(np.abs(score).max()) or 1.0
        ax.contourf(across, up, score, levels=np.linspace(-reach, reach, 21), cmap=DIVERGING, alpha=0.6)
        if score.min() < 0 < score.max():
            ax.contour(across, up, score, levels=[0.0], colors="#222222", linewidths=1.5)
        return
    winners = outputs.argmax(axis=1).reshape(shape)
    classes = outputs.shape[1]
    fills = [COLORS[k % len(COLORS)] for k in range(classes)]
    ax.contourf(across, up, winners, levels=np.arange(classes + 1) - 0.5, colors=fills, alpha=0.3)
    if winners.min() < winners.max():
        ax.contour(across, up, winners, levels=np.arange(classes - 1) + 0.5, colors="#222222", linewidths=1.0)


def draw_points(ax: Any, points: Array, labels: Array | None) -> None:
    """The points, each class with a color and a shape of its own."""
    if labels is None:
        ax.scatter(*points.T, s=18, color="#222222")
        return
    kinds = np.unique(labels)
    pair = ("#542788", "#b35806")  # those of the two sides of the border
    for k, kind in enumerate(kinds):
        color = pair[k] if len(kinds) <= 2 else COLORS[k % len(COLORS)]
        ax.scatter(*points[labels == kind].T, s=22, color=color, marker="osD^vPX*"[k % 8], edgecolor="white",
                   linewidth=0.6, label=f"{kind:g}" if kind.dtype.kind in "fiu" else str(kind))  # fmt: skip
    ax.legend(title="class", frameon=True, fontsize="small")
