"""Curves of a training: one panel for each quantity, drawn with matplotlib, which is imported when first used."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from autograd.lazy import LazyModule

pyplot = LazyModule("matplotlib.pyplot")
figures = LazyModule("matplotlib.figure")

Points: TypeAlias = tuple[Sequence[float], Sequence[float]]
"""The steps and the values of a name."""

INK, DIM, FAINT = "#333333", "#777777", "#e4e4e4"
COLORS = ("#2a6fbb", "#e07b39", "#3a9d6e", "#a04fa0", "#c44e52", "#7f7f7f")
PART = re.compile(r"(?:^|[_/ ])(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|eval)(?=[_/ ]|$)")
HIGHER_IS_BETTER = re.compile(r"acc|score|f1|auc|precision|recall|reward|iou|bleu|r2")
LOWER_IS_BETTER = re.compile(r"loss|err|mse|mae|perplexity|ppl|nll|entropy|bits")
LABEL_GAP = 0.085
"""Between the middles of two labels, as a part of a panel's height."""


def draw_curves(curves: Mapping[str, Points], smooth: float, log: bool, *, managed: bool = True) -> Any:
    """The figure with all curves; `managed` says whether pyplot knows it, so that `pyplot.show()` shows it.

    Raises ImportError where matplotlib is missing.
    """
    panels = by_quantity(curves)
    columns = min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    figure = new_figure((4.6 * columns, 3.0 * rows), managed)
    for index, (title, names) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(rows, columns, index)
        axes.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold")
        if log:
            axes.set_yscale("log")
        for i, name in enumerate(names):
            draw_curve(axes, curves[name], name, COLORS[i % len(COLORS)], smooth)
        tidy(axes)
        mark_best(axes, title, {name: curves[name] for name in names})
        label_ends(axes, {name: smoothed(curves[name][1], smooth) for name in names})
    return figure


def by_quantity(names: Sequence[str] | Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of each quantity: without "train", "test" and the like they are the same.

    >>> by_quantity(["train_loss", "val_loss", "accuracy"])
    {'loss': ['train_loss', 'val_loss'], 'accuracy': ['accuracy']}
    """
    panels: dict[str, list[str]] = {}
    for name in names:
        panels.setdefault(PART.sub("", name).strip("_/ ") or name, []).append(name)
    return panels


def new_figure(size: tuple[float, float], managed: bool) -> Any:
    """An empty figure. In a notebook it is shown where it is the last value of a cell, and not a second time."""
    try:
        if not managed:
            return figures.Figure(figsize=size, dpi=144, layout="constrained")
        figure = pyplot.figure(figsize=size, dpi=100, layout="constrained")
    except ModuleNotFoundError as missing:
        raise ImportError(
            "History.plot() needs matplotlib, which is not installed: `pip install matplotlib`"
        ) from missing
    if "inline" in pyplot.get_backend():
        pyplot.close(figure)
    return figure


def draw_curve(axes: Any, points: Points, name: str, color: str, smooth: float) -> None:
    """One curve; where it is smoothed, the numbers themselves stay behind it, pale."""
    steps, values = points
    alone = {"marker": "o", "markersize": 4} if len(values) == 1 else {}
    if smooth:
        axes.plot(steps, values, color=color, linewidth=0.9, alpha=0.3, zorder=2)
    axes.plot(
        steps,
        smoothed(values, smooth),
        color=color,
        linewidth=1.9,
        solid_capstyle="round",
        zorder=3,
        label=name,
        **alone,
    )


def smoothed(values: Sequence[float], keep: float) -> list[float]:
    r"""A moving average, without bias at the beginning: $\sum_i \beta^{t-i} x_i / \sum_i \beta^{t-i}$.

    >>> smoothed([1.0, 2.0, 4.0], 0.5)[:2]
    [1.0, 1.6666666666666667]
    """
    total, weight, result = 0.0, 0.0, []
    for value in values:
        if math.isfinite(value):
            total, weight = keep * total + value, keep * weight + 1
            result.append(total / weight)
        else:
            result.append(value)
    return result


def tidy(axes: Any) -> None:
    """Only the lines that help to read values."""
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(DIM)
    axes.tick_params(which="both", colors=DIM, labelsize=8.5, length=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("step", fontsize=8.5, color=DIM, loc="right")
    axes.margins(x=0.02, y=0.08)


def label_ends(axes: Any, values: Mapping[str, Sequence[float]]) -> None:
    """Each curve's name and last value at its end, in its color; moved apart where they would overlap."""
    axes.get_xlim(), axes.get_ylim()  # which settles the scales
    heights = {}
    for line in axes.get_lines():
        name = line.get_label()
        if name in values and math.isfinite(values[name][-1]):
            x, y = line.get_xdata()[-1], values[name][-1]
            heights[name] = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))[1]
    colors = {line.get_label(): line.get_color() for line in axes.get_lines()}
    for name, height in moved_apart(heights).items():
        text = f"{values[name][-1]:.4g}" if len(values) == 1 else f"{name}  {values[name][-1]:.4g}"
        axes.annotate(
            text, (1, height), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points", va="center",
            fontsize=9, color=colors[name], annotation_clip=False,
        )  # fmt: skip


def moved_apart(heights: Mapping[str, float]) -> dict[str, float]:
    """Heights that differ by at least `LABEL_GAP`, in the same order, as near as that allows.

    >>> moved_apart({"a": 0.5, "b": 0.9})
    {'a': 0.5, 'b': 0.9}
    """
    order = sorted(heights, key=lambda name: heights[name])
    placed: dict[str, float] = {}
    lowest = -math.inf
    for name in order:
        placed[name] = lowest = max(heights[name], lowest + LABEL_GAP)
    shift = sum(placed[name] - heights[name] for name in order) / max(1, len(order))
    return {name: placed[name] - (shift if len(order) > 1 else 0) for name in order}


def mark_best(axes: Any, title: str, curves: Mapping[str, Points]) -> None:
    """A ring around the best value of the last curve (that of the test, if there is one), where best is known."""
    higher, lower = HIGHER_IS_BETTER.search(title.lower()), LOWER_IS_BETTER.search(title.lower())
    steps, values = list(curves.values())[-1]
    finite = [i for i, value in enumerate(values) if math.isfinite(value)]
    if len(finite) < 2 or bool(higher) == bool(lower):
        return
    best = (max if higher else min)(finite, key=lambda i: values[i])
    axes.plot(
        [steps[best]], [values[best]], "o", markersize=7, markerfacecolor="white", markeredgecolor=INK, markeredgewidth=1.2,
        zorder=4, label="_best",
    )  # fmt: skip
    across = "right" if best > 0.8 * len(values) else "center"
    axes.annotate(
        f"best {values[best]:.4g}\nat {steps[best]:g}", (steps[best], values[best]), xytext=(0, -9 if higher else 9),
        textcoords="offset points", ha=across, va="top" if higher else "bottom", fontsize=8, color=DIM,
    )  # fmt: skip
