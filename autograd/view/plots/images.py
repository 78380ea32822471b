"""What is inside convolutional networks and attention: filters, feature maps, who looks at whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.view.plots.canvas import DIVERGING, axes_for, evaluating, grid_of, numbers

MOST_PICTURES = 64


def filters(weight: Any, *, most: int = MOST_PICTURES) -> Any:
    """Plot the filters of a convolution: in color if they have three input channels, else one picture per channel pair.

    Args:
        weight: a Conv2d, or its weight (out, in, height, width).
        most: how many to draw at most.

    Raises ValueError for a weight of other than four dimensions.
    """
    array = numbers(getattr(weight, "weight", weight))
    if array.ndim != 4:
        raise ValueError(f"filters(): the weight of a Conv2d has shape (out, in, height, width), not {array.shape}")
    if array.shape[1] == 3:
        scaled = (array - array.min()) / max(float(np.ptp(array)), 1e-12)
        return pictures(list(scaled.transpose(0, 2, 3, 1)), [str(i) for i in range(len(array))], most)
    titles = [
        f"{o}" if array.shape[1] == 1 else f"{i}→{o}" for o in range(array.shape[0]) for i in range(array.shape[1])
    ]
    return pictures(list(array.reshape(-1, *array.shape[2:])), titles, most)


def feature_maps(layer: Any, model: Any, input: Any, *, sample: int = 0, most: int = MOST_PICTURES) -> Any:
    """Plot what a layer makes of one sample: a picture for each of its channels.

    Args:
        layer: the module inside the model whose output is to be seen.
        model: the model, or a function that calls it.
        input: a batch for the model.
        sample: which one of the batch.
        most: how many channels to draw at most.

    Raises ValueError if the layer was not called, or its output is not (batch, channels, height, width).
    """
    caught: list[Any] = []
    handle = layer.register_forward_hook(lambda module, args, output: caught.append(numbers(output).copy()))
    try:
        with evaluating(model):
            model(input)
    finally:
        handle.remove()
    if not caught or caught[-1].ndim != 4:
        found = "it was not called" if not caught else f"its output has shape {caught[-1].shape}"
        raise ValueError(f"feature_maps(): the layer must give (batch, channels, height, width), but {found}")
    channels = caught[-1][sample]
    return pictures(list(channels), [str(i) for i in range(len(channels))], most, cmap="viridis")


def pictures(images: list[Array], titles: list[str], most: int, cmap: str = DIVERGING) -> Any:
    """Small pictures in a grid, all on one scale; of signed numbers, zero is white."""
    images = images[:most]
    largest = max((float(np.abs(image).max(initial=0.0)) for image in images), default=0.0) or 1.0
    low = -largest if cmap == DIVERGING else min(float(image.min(initial=0.0)) for image in images)
    axes = grid_of(len(images))
    for ax, image, title in zip(axes, images, titles, strict=False):
        ax.imshow(image, cmap=cmap, vmin=low, vmax=largest, interpolation="nearest")
        ax.set_title(title, fontsize=8, pad=2)
    return axes


def attention(
    weights: Any, queries: Sequence[Any] | None = None, keys: Sequence[Any] | None = None, *, ax: Any = None
) -> Any:
    """Plot attention weights: each row is a query, and how dark a cell is says how much it takes from that key.

    Args:
        weights: (queries, keys), or (heads, queries, keys), which makes a picture for each head.
        queries, keys: what stands at the rows and columns, such as characters; `keys` are the queries without it.
        ax: where to draw; a new figure without it, and for several heads.

    Raises ValueError for another shape, or labels that don't fit.
    """
    array = numbers(weights)
    if array.ndim not in (2, 3):
        raise ValueError(
            f"attention(): weights have shape (queries, keys) or (heads, queries, keys), not {array.shape}"
        )
    keys = queries if keys is None else keys
    for labels, size, what in ((queries, array.shape[-2], "queries"), (keys, array.shape[-1], "keys")):
        if labels is not None and len(labels) != size:
            raise ValueError(f"attention(): {len(labels)} labels don't fit {size} {what}")
    if array.ndim == 2:
        return attention_map(axes_for(ax, (4.5, 4.2)), array, queries, keys)
    axes = grid_of(len(array), cell=3.2, most=4)
    for head, (one, map_of_head) in enumerate(zip(axes, array, strict=False)):
        attention_map(one, map_of_head, queries, keys).set_title(f"head {head}", fontsize=9)
    return axes


def attention_map(ax: Any, weights: Array, queries: Sequence[Any] | None, keys: Sequence[Any] | None) -> Any:
    """One map, with labels at its sides."""
    ax.set_axis_on()
    ax.imshow(
        weights, cmap="Greys", vmin=0.0, vmax=max(float(weights.max(initial=0.0)), 1e-12), interpolation="nearest"
    )
    if keys is not None:
        ax.set_xticks(
            range(len(keys)), [str(key) for key in keys], rotation=90 if max(map(len, map(str, keys))) > 2 else 0
        )
    if queries is not None:
        ax.set_yticks(range(len(queries)), [str(query) for query in queries])
    ax.set_xlabel("looks at")
    ax.set_ylabel("position")
    return ax
