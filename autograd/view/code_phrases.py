"""How one writes frequent ops by hand.

The ops themselves are written for speed and for every rank; in a script that is to be read, the
textbook's form says the same for the ranks at hand. Each phrase is tested against the op's own
forward and rules. `g` is the gradient that arrived, `out` the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Phrase(NamedTuple):
    """An op's forward and its rules as expressions, and for which operands and settings they hold."""

    forward: str | None
    rules: dict[str, str]
    holds: Callable[[dict[str, Any]], bool]


def matrices(*names: str) -> Callable[[dict[str, Any]], bool]:
    """Holds where these operands are matrices."""
    return lambda a: all(a[name].ndim == 2 for name in names)


def batches_of_matrices(a: dict[str, Any]) -> bool:
    """Holds where neither operand is a vector."""
    return bool(a["x"].ndim >= 2 and a["y"].ndim >= 2)


def with_bias(a: dict[str, Any]) -> bool:
    """Holds for a layer on a batch, with a bias for each of its outputs."""
    return without_bias(a) and a.get("bias") is not None and a["bias"].shape == a["weight"].shape[:1]


def without_bias(a: dict[str, Any]) -> bool:
    """Holds for a layer on a batch."""
    return bool(a["x"].ndim == 2 and a["weight"].ndim == 2)


def of_everything(a: dict[str, Any]) -> bool:
    """Holds for a reduction of all elements, of floats that need no wider ones to add them up in."""
    is_plain = a["x"].dtype.kind in "fc" and a["x"].dtype != np.float16 and a["x"].size > 0
    return is_plain and a["dim"] is None and not a["keepdim"]


def is_mean(a: dict[str, Any]) -> bool:
    """Holds for a loss that is a mean of more than nothing, not in half precision."""
    return bool(a["reduction"] == "mean" and a["x"].size > 0 and a["x"].dtype != np.float16)


def of_sure_probabilities(a: dict[str, Any]) -> bool:
    """Holds for a mean over probabilities that are not so close to 0 or 1 that their logarithms are bounded."""
    x = a["x"]
    return is_mean(a) and x.strides != (0,) * x.ndim and bool(x.min() > 1e-6 and x.max() < 1 - 1e-6)


def is_whole_and_finite(a: dict[str, Any]) -> bool:
    """Holds where every target counts."""
    return (
        a["reduction"] == "mean"
        and a["x"].size > 0
        and a["x"].dtype != np.float16
        and known(a["target"])(lambda target: (target != a["ignore_index"]).all())
    )


def known(array: Any) -> Callable[[Callable[[Any], Any]], bool]:
    """Asks a question of an array if its elements are known."""
    return lambda question: array.strides != (0,) * array.ndim and bool(question(array))


def always(a: dict[str, Any]) -> bool:
    """Holds for every operand."""
    return True


LAYER = {"x": "g @ weight", "weight": "g.T @ x"}
N = "x.size"

PHRASES: dict[str, tuple[Phrase, ...]] = {
    "linear": (
        Phrase("x @ weight.T + bias", LAYER | {"bias": "g.sum(axis=0)"}, with_bias),
        Phrase("x @ weight.T", LAYER, lambda a: without_bias(a) and a.get("bias") is None),
    ),
    "matmul": (
        Phrase("x @ y", {"x": "g @ y.T", "y": "x.T @ g"}, matrices("x", "y")),
        Phrase("x @ y", {"x": "g @ y.swapaxes(-1, -2)", "y": "x.swapaxes(-1, -2) @ g"}, batches_of_matrices),
    ),
    "transpose": (Phrase("x.T", {"x": "g.T"}, matrices("x")),),
    "relu": (Phrase("np.maximum(x, 0)", {"x": "g * (out > 0)"}, always),),
    "sum": (Phrase("x.sum()", {"x": "np.broadcast_to(g, x_shape)"}, of_everything),),
    "mean": (Phrase("x.mean()", {"x": f"np.broadcast_to(g / {N}, x_shape)"}, of_everything),),
    "mse_loss": (
        Phrase("((x - y) ** 2).mean()", {"x": f"g * 2 * (x - y) / {N}", "y": f"g * 2 * (y - x) / {N}"}, is_mean),
    ),
    "binary_cross_entropy": (
        Phrase(
            "-(y * np.log(x) + (1 - y) * np.log(1 - x)).mean()",
            {
                "x": f"g / {N} * (x - y) / (x * (1 - x))",
                "y": f"g / {N} * (np.log(1 - x) - np.log(x))",
            },
            of_sure_probabilities,
        ),
    ),
    "binary_cross_entropy_with_logits": (
        Phrase(
            "(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))).mean()",
            {"x": f"g / {N} * (1 / (1 + np.exp(-x)) - y)", "y": f"-g / {N} * x"},
            is_mean,
        ),
    ),
    "cross_entropy": (
        Phrase(
            None,
            {"x": "g / len(target) * (probabilities - np.eye(x_classes, dtype=probabilities.dtype)[target])"},
            is_whole_and_finite,
        ),
    ),
}  # fmt: skip


def phrase_for(name: str, arguments: dict[str, Any]) -> Phrase | None:
    """The phrase for an op that holds for these operands and settings, by parameter; None if there is none."""
    return next((phrase for phrase in PHRASES.get(name, ()) if phrase.holds(arguments)), None)
