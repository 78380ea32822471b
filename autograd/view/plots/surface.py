"""The loss around a point of the space of parameters, along two directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.modes import no_grad
from autograd.tensor import Tensor
from autograd.view.plots.canvas import axes_for, numbers


def loss_surface(
    loss: Callable[[], Any],
    parameters: Any,
    *,
    directions: Sequence[Sequence[Any]] | None = None,
    span: float = 1.0,
    steps: int = 25,
    seed: int = 0,
    ax: Any = None,
) -> Any:
    """Plot the loss over a plane through the present parameters as a map with contour lines.

    Without `directions` two are drawn at random, each filter of them scaled to the length of the
    parameters' own, so that networks can be compared: Li et al., "Visualizing the loss landscape of
    neural nets", NeurIPS 2018. The parameters are as before afterwards, also when the loss raises.

    Args:
        loss: a function that computes the loss from the parameters as they are.
        parameters: a module, or the parameters.
        directions: two lists of arrays shaped like the parameters.
        span: how far to go in each direction, in units of it.
        steps: how many points to a side.
        seed: where the random directions start.
        ax: where to draw; a new figure without it.

    Raises ValueError for no parameters, or directions that don't fit them.
    """
    tensors = parameters_of(parameters)
    first, second = random_directions(tensors, seed) if directions is None else checked(directions, tensors)
    along = np.linspace(-span, span, steps)
    height = heights(loss, tensors, first, second, along)
    ax = axes_for(ax, (5.5, 4.5))
    filled = ax.contourf(along, along, height, levels=30, cmap="viridis")
    ax.contour(along, along, height, levels=12, colors="white", linewidths=0.5, alpha=0.6)
    ax.plot(0, 0, marker="*", markersize=13, color="white", markeredgecolor="black")
    ax.figure.colorbar(filled, ax=ax, label="loss")
    ax.set_xlabel("along the first direction")
    ax.set_ylabel("along the second direction")
    return ax


def parameters_of(parameters: Any) -> list[Tensor]:
    """The parameters of a module, or those in a list; one tensor is a list of one."""
    if isinstance(parameters, Tensor):
        return [parameters]
    found = list(parameters.parameters() if hasattr(parameters, "parameters") else parameters)
    if not found or not all(isinstance(p, Tensor) for p in found):
        raise ValueError(
            "loss_surface(): give it a module with parameters, or a list of tensors that the loss depends on"
        )
    return found


def random_directions(tensors: list[Tensor], seed: int) -> list[list[Array]]:
    """Two random directions with the lengths of the parameters' filters; along biases and scales there is no step."""
    generator = np.random.default_rng(seed)
    return [[filterwise(generator.standard_normal(p.shape), numbers(p)) for p in tensors] for _ in range(2)]


def filterwise(direction: Array, parameter: Array) -> Array:
    """A direction with each filter, the part that makes one output, as long as the parameter's."""
    if parameter.ndim < 2:
        return np.zeros_like(direction)
    dims = tuple(range(1, parameter.ndim))
    lengths = np.sqrt((parameter**2).sum(dims, keepdims=True)) / np.sqrt((direction**2).sum(dims, keepdims=True))
    return direction * lengths


def checked(directions: Sequence[Iterable[Any]], tensors: list[Tensor]) -> list[list[Array]]:
    """Two directions as arrays; ValueError if they are not two, or not shaped like the parameters."""
    found = [[numbers(part) for part in direction] for direction in directions]
    shapes = [tuple(p.shape) for p in tensors]
    for direction in found:
        if [part.shape for part in direction] != shapes:
            raise ValueError(
                f"loss_surface(): a direction has shapes {[part.shape for part in direction]}, the parameters {shapes}"
            )
    if len(found) != 2:
        raise ValueError(f"loss_surface(): there must be two directions, not {len(found)}")
    return found


def heights(loss: Callable[[], Any], tensors: list[Tensor], first: Any, second: Any, along: Array) -> Array:
    """The loss at each point of the plane; row by row in the second direction."""
    start = [p.detach().clone() for p in tensors]
    height = np.empty((len(along), len(along)))
    try:
        for row, b in enumerate(along):
            for column, a in enumerate(along):
                with no_grad():
                    for p, origin, u, v in zip(tensors, start, first, second, strict=True):
                        p.copy_(origin + (a * u + b * v).astype(p.array.dtype))
                height[row, column] = float(loss())
    finally:
        with no_grad():
            for p, origin in zip(tensors, start, strict=True):
                p.copy_(origin)
    return height
