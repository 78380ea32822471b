"""Losses of embeddings: what belongs together shall be near, what does not at least a margin apart.

`reduction` is "none", "mean" or "sum", or PyTorch's number for it: 0, 1 or 2. As in PyTorch, the functions of
`nn.functional` take the mean where nothing is said, and these take each loss by itself.
"""

from __future__ import annotations

from typing import Any

from autograd.cases import case, sample
from autograd.derived import derived
from autograd.ops.loss_reduction import reduced
from autograd.ops.selection import minimum, where
from autograd.ops.similarity import pairwise_distance
from autograd.tensor import Tensor

SIGNS = sample((3, 4), -1, 1)
EPSILON = 1e-12


@derived(r"\overline{\max(0, -y (x_1 - x_2) + m)}", method=False,
         cases=(case((3, 4), (3, 4), SIGNS, margin=0.5), case((4,), (4,), (4,), margin=0.1, reduction=2)))  # fmt: skip
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: Any = 0
) -> Tensor:
    """How far a pair is from being ranked as it should be: first the first (y = 1) or the second (y = -1)."""
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{tuple(input1.shape)}, input2: {tuple(input2.shape)}, target: {tuple(target.shape)}"
        )
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)


@derived(r"x \text{ if } y = 1,\ \max(0, m - x) \text{ if } y = -1", method=False,
         cases=(case((3, 4), sample((3, 4), -1, 1, "int"), margin=0.7), case((3, 4), SIGNS, reduction=0)))  # fmt: skip
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: Any = 0) -> Tensor:
    """A distance itself where y = 1; where y = -1, how much it falls short of the margin."""
    bound = input.like(input.dtype.type(margin))  # of integers, an integer
    apart = where(target != 1, (bound - input).clamp(min=0), 0)
    together = where(target != -1, input, 0)
    return reduced(together + apart, reduction)


@derived(
    r"1 - \cos(x_1, x_2) \text{ if } y = 1,\ \max(0, \cos(x_1, x_2) - m) \text{ if } y = -1",
    method=False,
    cases=(
        case((3, 4), (3, 4), sample((3,), -1, 1, "int")),
        case((4,), (4,), sample((), 1, 2, "int"), margin=0.2, reduction=0),
    ),
)
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: Any = 0
) -> Tensor:
    """1 - cos for pairs that belong together (y = 1), and how much cos exceeds the margin for others (y = -1).

    Shapes: (N, D), (N, D) and (N,), or without N. Raises RuntimeError for others.
    """
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    products = (input1 * input2).sum(-1)
    squares = ((input1 * input1).sum(-1) + EPSILON) * ((input2 * input2).sum(-1) + EPSILON)
    cosine = products / squares.sqrt()
    together = where(target == 1, 1 - cosine, 0.0)
    apart = where(target == -1, (cosine - margin).clamp(min=0), 0.0)
    return reduced(together + apart, reduction)


@derived(
    r"\overline{\max(0, d(a, p) - d(a, n) + m)}",
    method=False,
    cases=(case((3, 4), (3, 4), (3, 4)), case((3, 4), (3, 4), (3, 4), margin=2.0, p=1.0, swap=True, reduction=2)),
)
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, reduction: Any = 0,
) -> Tensor:  # fmt: skip
    """How far a negative is from being, by the margin, farther from the anchor than the positive is.

    With `swap`, farther from whichever of the two is nearer to it. Balntas, Riba, Ponsa and
    Mikolajczyk, "Learning local feature descriptors with triplets", BMVC 2016. Raises RuntimeError
    where the numbers of dimensions differ.
    """
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    return reduced(
        triplet_losses(lambda x, y: pairwise_distance(x, y, p, eps), anchor, positive, negative, margin, swap),
        reduction,
    )


def triplet_losses(
    distance: Any, anchor: Tensor, positive: Tensor, negative: Tensor, margin: float, swap: bool
) -> Tensor:
    """The loss of each triplet, by any distance."""
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    losses: Tensor = (margin + near - far).clamp(min=0)
    return losses
