"""Products of many matrices, in the order that takes the fewest multiplications."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd.cases import case
from autograd.derived import derived
from autograd.ops.matmul import matmul
from autograd.tensor import Tensor


@derived(
    r"A_1 A_2 \cdots A_n",
    name="linalg.multi_dot",
    method=False,
    numpy=np.linalg.multi_dot,
    cases=(
        case([(3, 4), (4, 2)]),
        case([(3, 4), (4, 2), (2, 5), (5, 1)]),
        case([(4,), (4, 2), (2,)]),
        case([(2, 3), (3, 4), (4,)]),
    ),
)
def multi_dot(tensors: Any) -> Tensor:
    """The product of two or more matrices, multiplied in the order that costs least.

    The first may be a vector, which counts as a row, and so may the last, which counts as a column.
    Cormen et al., "Introduction to Algorithms", section 15.2, for how the order is found.

    >>> import autograd
    >>> a, b, c = autograd.ones(2, 100), autograd.ones(100, 3), autograd.ones(3, 1)
    >>> autograd.linalg.multi_dot([a, b, c])
    tensor([[300.],
            [300.]])
    """
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(
            "linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not "
            f"{type(tensors).__name__}"
        )
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    check_chain(tensors, "multi_dot")
    first, *_, last = tensors
    matrices = list(tensors)
    if first.ndim == 1:
        matrices[0] = first.unsqueeze(0)
    if last.ndim == 1:
        matrices[-1] = last.unsqueeze(-1)
    product = multiplied(matrices)
    if last.ndim == 1:
        product = product.squeeze(-1)
    return product.squeeze(0) if first.ndim == 1 else product


@derived(r"A_1 A_2 \cdots A_n", method=False, cases=(case((3, 4), (4, 2), (2, 5)), case((2, 3))), casts_out=True)
def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, multiplied in the order that costs least; `linalg.multi_dot` takes vectors too."""
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    check_chain(matrices, "chain_matmul")
    for matrix in matrices:
        if matrix.ndim != 2:
            raise RuntimeError(f"chain_matmul(): Tensor dimension is {matrix.ndim}, expected 2 instead.")
    return multiplied(list(matrices))


def check_chain(tensors: Any, name: str) -> None:
    """Raise for what can't be multiplied, one after the other."""
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}(): expected Tensor as element {i}, but got {type(tensor).__name__}")
        at_end = i in (0, len(tensors) - 1)
        if tensor.ndim != 2 and not (at_end and tensor.ndim == 1):
            which = "the first tensor" if i == 0 else "the last tensor" if at_end else f"tensor {i}"
            raise RuntimeError(f"{name}(): {which} must be {'1D or ' if at_end else ''}2D but got {tensor.ndim}D")
        if tensor.dtype is not tensors[0].dtype:
            raise RuntimeError(
                f"{name}(): all tensors must be the same dtype but tensor 0 is {tensors[0].dtype.name} and tensor {i} "
                f"{tensor.dtype.name}"
            )
    for i, (left, right) in enumerate(itertools.pairwise(tensors)):
        if left.shape[-1] != right.shape[0]:
            raise RuntimeError(
                f"{name}(): tensors {i} and {i + 1} with shapes {list(left.shape)} and {list(right.shape)} cannot be "
                "multiplied"
            )


def multiplied(matrices: list[Tensor]) -> Tensor:
    """Their product, in the cheapest order."""
    splits = cheapest_splits([matrix.shape[0] for matrix in matrices] + [matrices[-1].shape[1]])

    def product(first: int, last: int) -> Tensor:
        if first == last:
            return matrices[first]
        split = splits[first, last]
        return matmul(product(first, split), product(split + 1, last))

    return product(0, len(matrices) - 1)


def cheapest_splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where best to split each stretch of a chain whose matrix i is sizes[i] by sizes[i + 1]: after which matrix."""
    count = len(sizes) - 1
    costs = {(i, i): 0 for i in range(count)}
    splits = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            costs[first, last], splits[first, last] = min(
                (costs[first, k] + costs[k + 1, last] + sizes[first] * sizes[k + 1] * sizes[last + 1], k)
                for k in range(first, last)
            )
    return splits
