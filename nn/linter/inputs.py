"""Are the inputs of a size that a freshly initialized network is made for?"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensor import Tensor
from nn.linter.check import Check

LARGE = 10.0
"""Inputs of a root mean square above this are not scaled: pictures from 0 to 255, say."""

APART = 1e3
"""Columns of a table whose spreads differ by more than this factor are not scaled."""

SAMPLE = 65_536
"""How many numbers are looked at."""


class UnscaledInputs(Check):
    """Inputs far from mean 0 and spread 1, for which initial weights and learning rates are made."""

    def called(self, inputs: tuple[Any, ...]) -> None:
        x = inputs[0].array if inputs and isinstance(inputs[0], Tensor) else None
        if x is None or x.dtype.kind != "f" or not self.training.sampled or self.training.step > 2:
            return
        if x.ndim < 2 or not self.training.model.training or self.scales_itself():
            return
        rows = x[: max(1, SAMPLE * len(x) // max(x.size, 1))]
        size = float(np.sqrt(np.mean(np.square(rows, dtype=np.float64)))) if rows.size else 0.0
        if size > LARGE:
            self.found(
                f"the inputs are not scaled: they go from {rows.min():.4g} to {rows.max():.4g}, with a mean of "
                f"{rows.mean():.3g} and a spread of {rows.std():.3g}",
                "Subtract the mean and divide by the spread of the training data; divide pictures by 255",
            )
        elif x.ndim == 2 and len(x) > 2:
            spread = rows.std(0)
            spread = spread[spread > 0]
            if spread.size > 1 and spread.max() > APART * spread.min():
                self.found(
                    f"the inputs are not scaled: the spreads of their columns go from {spread.min():.3g} to "
                    f"{spread.max():.3g}, so that some count for nothing",
                    "Subtract from each column its mean, and divide by its spread, over the training data",
                )

    def scales_itself(self) -> bool:
        """Whether the first layer with work to do normalizes."""
        leaves = (m for m in self.training.model.modules() if not list(m.children()))
        first = next(leaves, None)
        return "Norm" in type(first).__name__
