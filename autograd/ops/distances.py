"""Distances between all pairs of points."""

from __future__ import annotations

import math

from autograd.cases import case
from autograd.derived import derived
from autograd.ops.norms import norm_of_vectors
from autograd.ops.reduction import root_of_variance
from autograd.ops.reduction import sum as sum_over
from autograd.tensor import Tensor

FEW = 25
MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


PAIRS = (
    case((3, 4), (2, 4)),
    case((2, 1, 3, 2), (3, 2, 2), p=1),
    case((3, 4), (2, 4), p=3.5),
    case((3, 2), (2, 2), p=math.inf),
    case((3, 2), (4, 2), p=0),
    case((0, 2), (3, 2)),
    case((3, 4), (30, 4)),
    case((3, 4), (2, 4), compute_mode=MODES[1]),
)


@derived(r"\|x_i - y_j\|_p", method=False, cases=PAIRS)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = MODES[0]) -> Tensor:
    """The p-distance between each row of x1 and each row of x2.

    Shapes: x1 (..., r, m), x2 (..., s, m), result (..., r, s); batches broadcast. Many rows
    (more than 25), or `compute_mode="use_mm_for_euclid_dist"`, make 2-distances come from a matrix
    product, |x|^2 + |y|^2 - 2 x y: fast, but of small distances few digits are right. The gradient
    of a distance of 0 is 0.

    >>> import autograd
    >>> autograd.cdist(autograd.tensor([[0.0, 0.0]]), autograd.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    check_points(x1, x2, p, compute_mode)
    many = x1.shape[-2] > FEW or x2.shape[-2] > FEW
    if p == 2 and (compute_mode == MODES[1] or (compute_mode == MODES[0] and many)):
        return euclidean(x1, x2)
    return norm_of_vectors(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1, False, None, "cdist")


def euclidean(x: Tensor, y: Tensor) -> Tensor:
    """All 2-distances, by one matrix product."""
    squares = sum_over(x * x, -1).unsqueeze(-1) + sum_over(y * y, -1).unsqueeze(-2)
    return root_of_variance((squares - 2 * (x @ y.mT)).clamp_min(0))


def check_points(x1: Tensor, x2: Tensor, p: float, compute_mode: str) -> None:
    """Raise for what is not two lists of points in one space."""
    for label, x in (("X1", x1), ("X2", x2)):
        if not isinstance(x, Tensor):
            raise TypeError(f"cdist(): argument '{label.lower()}' must be Tensor, not {type(x).__name__}")
        if not x.dtype.is_floating_point:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {label} got: {x.dtype.name}")
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {label} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"cdist: X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if compute_mode not in MODES:
        raise ValueError(f"cdist: {compute_mode} is not a valid value for compute_mode: use one of {', '.join(MODES)}")
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(
            f"cdist: expected scalar type {x1.dtype.name} but found {x2.dtype.name}: convert one with .to()"
        )
