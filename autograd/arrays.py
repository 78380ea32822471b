"""The NumPy types that op signatures are written in.

An op reads its schema off its own signature, so these names matter at run time: a parameter
annotated `Array` is a differentiable tensor, `Ints` is a tensor of indices (never promoted,
never differentiated), and anything else is plain metadata.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""An array or a NumPy scalar: results of rank 0 are kept as scalars, which are far cheaper."""

Ints: TypeAlias = NDArray[Any]
"""Indices, class labels or a boolean mask: an input that carries no gradient."""

Axes: TypeAlias = tuple[int, ...] | None
"""Canonical dimensions: non-negative, without repeats; None means all of them."""

ndarray = np.ndarray
