"""How alike vectors are: by their angle, or by the norm of their difference."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.cases import case
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.ops.norms import vector_norm
from autograd.ops.shaping import broadcast_tensors
from autograd.tensor import Tensor


@derived(r"\frac{x \cdot y}{|x|\, |y|}", method=False,
         cases=(case((3, 4), (3, 4)), case((2, 3, 4), (3, 1), dim=1), case((4,), (4,), dim=0)))  # fmt: skip
def cosine_similarity(x1: Tensor, x2: Tensor, dim: Any = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors, which lie along `dim`; no norm counts for less than eps.

    Raises RuntimeError for integers, or shapes that don't broadcast.
    """
    for x in (x1, x2):
        if not (x.is_floating_point() or x.is_complex()):
            raise RuntimeError(
                f"expected common dtype to be floating point, yet common dtype is {x.dtype.name}: convert with .float()"
            )
    first, second = broadcast_tensors(x1, x2)
    dim = one_dim(dim, first.ndim, "cosine_similarity")
    lengths = [vector_norm(x, 2, dim, True).clamp(min=eps) for x in (first, second)]
    cosine: Tensor = ((first / lengths[0]) * (second / lengths[1])).sum(dim)
    return cosine


@derived(
    r"|x - y + \epsilon|_p",
    method=False,
    cases=(case((3, 4), (3, 4)), case((2, 3, 4), (3, 4), p=1.0), case((4,), (4,), p=3.0, keepdim=True)),
)
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps over the last dimension: pairs of vectors, one by one."""
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


@derived(r"|x_i - x_j|_p,\ i < j", method=False,
         cases=(case((4, 3)), case((3, 2), p=1.0), case((1, 3)), case((4, 3), p=math.inf)))  # fmt: skip
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norms of the differences of all pairs of rows: one vector, of the upper triangle row by row.

    Shape (N, M) to (N (N - 1) / 2,). Raises RuntimeError for other ranks, integers, or a negative p.
    """
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not input.is_floating_point():
        raise RuntimeError(f"pdist only supports floating-point dtypes, got {input.dtype.name}: convert with .float()")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, got {p}")
    first, second = np.triu_indices(len(input), 1)
    return vector_norm(input[first] - input[second], p, -1)
