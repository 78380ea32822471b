"""Curves: activation functions with their derivatives, and the size of gradients by layer over a training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.create import tensor
from autograd.gradients import grad
from autograd.modes import enable_grad
from autograd.tensor import Tensor
from autograd.view.plots.canvas import COLORS, axes_for, numbers, shades_of


def activation(*functions: Callable[[Tensor], Tensor], low: float = -4.0, high: float = 4.0, ax: Any = None) -> Any:
    """Plot activation functions, solid, with their derivatives, dashed; the derivatives are the engine's own.

    Args:
        functions: functions or modules that work element by element.
        low, high: the range of inputs.
        ax: where to draw; a new figure without it.

    Raises ValueError without a function, or where one changes the shape.
    """
    if not functions:
        raise ValueError("activation(): give it at least one function, such as activation(autograd.relu)")
    ax = axes_for(ax)
    x = tensor(np.linspace(low, high, 401), requires_grad=True)
    for position, function in enumerate(functions):
        name, color = name_of(function), COLORS[position % len(COLORS)]
        with enable_grad():
            y = function(x)
            if y.shape != x.shape:
                raise ValueError(
                    f"activation(): {name} made shape {tuple(y.shape)} of {tuple(x.shape)}: it must work element by element"
                )
            (slope,) = grad(y.sum(), x)
        ax.plot(numbers(x), numbers(y), color=color, label=name, linewidth=2)
        ax.plot(numbers(x), numbers(slope), color=color, label=f"{name}, derivative", linewidth=1.5, linestyle="--")
    for line in (ax.axhline, ax.axvline):
        line(0, color="#999999", linewidth=0.8, zorder=0)
    ax.set_xlabel("x")
    ax.legend(frameon=False)
    return ax


def name_of(function: Any) -> str:
    """What a function or module is called."""
    return str(getattr(function, "__name__", None) or type(function).__name__)


class GradientLog:
    """The size of each parameter's gradient over a training: whether they vanish or explode shows at a glance.

        log = GradientLog(model)
        ...
        loss.backward()
        log.record()
        ...
        log.plot()

    Attributes:
        norms: for each parameter's name the root mean square of its gradient at each record; NaN where it has none.

    >>> import autograd, nn
    >>> model = nn.Linear(2, 1)
    >>> log = GradientLog(model)
    >>> model(autograd.ones(1, 2)).sum().backward()
    >>> log.record()
    >>> log.norms
    {'weight': [1.0], 'bias': [1.0]}
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.norms: dict[str, list[float]] = {name: [] for name, _ in model.named_parameters()}

    def record(self) -> None:
        """Note the gradients as they are now; call it between `backward` and the optimizer's step."""
        for name, parameter in self.model.named_parameters():
            found = float("nan")
            if parameter.grad is not None and parameter.grad.numel():
                found = float(np.sqrt(np.mean(np.square(np.abs(numbers(parameter.grad)), dtype=np.float64))))
            self.norms.setdefault(name, []).append(found)

    def plot(self, *, biases: bool = False, ax: Any = None) -> Any:
        """Plot the sizes on a logarithmic scale, one line for each weight; the first layers are dark, the last light.

        Args:
            biases: whether to draw parameters of one dimension too.
            ax: where to draw; a new figure without it.

        Raises ValueError where nothing was recorded.
        """
        shapes = {name: parameter.ndim for name, parameter in self.model.named_parameters()}
        lines = {n: values for n, values in self.norms.items() if values and (biases or shapes.get(n, 0) > 1)}
        if not lines:
            raise ValueError("GradientLog.plot(): nothing was recorded yet: call record() after each backward()")
        ax = axes_for(ax, (7.0, 4.0))
        shades = shades_of(len(lines))
        for (name, values), shade in zip(lines.items(), shades, strict=True):
            sizes = np.where(np.asarray(values) > 0, values, np.nan)
            ax.plot(range(1, len(values) + 1), sizes, color=shade, label=name, marker="." if len(values) < 30 else None)
        ax.set_yscale("log")
        ax.set_xlabel("training step")
        ax.set_ylabel("root mean square of the gradient")
        ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
        return ax
