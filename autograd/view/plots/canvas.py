"""Where plots are drawn: matplotlib, imported when the first one is, and the axes for them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.modes import no_grad
from autograd.tensor import Tensor

COLORS = ("#1c7cc7", "#c4700a", "#148a63", "#8e1b5b", "#5f6b7a", "#b8a000", "#5b4b9a", "#c00000")
"""A palette that color-blind readers can tell apart; lines differ in their style as well."""

DIVERGING = "PuOr_r"
"""Purple below zero, white at zero, orange above."""


def axes_for(ax: Any, size: tuple[float, float] = (6.0, 4.0)) -> Any:
    """The given axes, or those of a new figure.

    Raises ImportError with what to install where matplotlib is missing.
    """
    return new_axes(1, 1, size)[0] if ax is None else ax


def new_axes(rows: int, columns: int, size: tuple[float, float]) -> Any:
    """The axes of a new figure, row by row, without empty margins."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install matplotlib") from error
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    figure.patch.set_facecolor("white")
    return axes.ravel()


def grid_of(count: int, cell: float = 1.2, most: int = 8) -> Any:
    """Axes for so many small pictures, in a grid, without ticks."""
    columns = min(most, max(1, math.ceil(math.sqrt(count))))
    rows = max(1, math.ceil(count / columns))
    axes = new_axes(rows, columns, (max(3.0, columns * cell), max(1.5, rows * cell)))
    for ax in axes:
        ax.set_axis_off()
    return axes


def shades_of(count: int) -> Any:
    """So many colors from dark to light, which also differ without color."""
    import matplotlib as mpl

    return mpl.colormaps["viridis"](np.linspace(0.0, 0.85, count))


def numbers(value: Any) -> Array:
    """The numbers of a tensor, an array or a list."""
    return np.asarray(value.detach().array if isinstance(value, Tensor) else value)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """A context without gradients in which a module is in evaluation mode, and every part of it as before afterwards."""
    modes = [(module, module.training) for module in model.modules()] if hasattr(model, "modules") else []
    for module, _ in modes:
        module.training = False
    try:
        with no_grad():
            yield
    finally:
        for module, was_training in modes:
            module.training = was_training
