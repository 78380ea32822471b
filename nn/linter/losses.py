"""Does the loss get what it is made for?"""

from __future__ import annotations

from typing import Any

from autograd.graph import Part
from nn.linter.check import Check

VIEWS = {
    "view",
    "reshape",
    "squeeze",
    "unsqueeze",
    "transpose",
    "permute",
    "expand",
    "clone",
    "alias",
    "cast",
    "basic_index",
}
"""Ops that only look at the same numbers otherwise."""


def producer(edge: Any) -> Any:
    """The operation behind an edge that computed the numbers, past those that only rearrange them."""
    node = edge
    for _ in range(8):
        node = node.target if isinstance(node, Part) else node
        op = getattr(node, "op", None)
        if op is None or op.name not in VIEWS or not node.edges:
            return op
        node = node.edges[0]
    return None


DOUBLE = {
    "cross_entropy": ("softmax",),
    "log_softmax": ("softmax",),
    "nll_loss": ("softmax",),
    "binary_cross_entropy_with_logits": ("sigmoid", "softmax"),
}
"""What must not come right before an op."""

ADVICE = {
    "cross_entropy": "It takes softmax itself. Give it the scores (logits) as they are",
    "log_softmax": "It takes softmax itself, and so does cross_entropy. Give it the scores (logits) as they are",
    "nll_loss": "It takes logarithms of probabilities. Use log_softmax, or cross_entropy on the scores",
    "binary_cross_entropy_with_logits": "This loss takes sigmoid itself. Give it the scores (logits) as they are, or use "
    "binary_cross_entropy on probabilities",
}


class DoubleActivation(Check):
    """Softmax before cross_entropy, or sigmoid before a loss on logits: it learns, but slowly and never surely.

    The gradient of softmax(softmax(x)) is small everywhere, and the loss can't get near 0.
    """

    ops = tuple(DOUBLE)

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        before = producer(node.edges[0])
        if before is not None and before.name in DOUBLE[node.op.name]:
            self.found(f"{before.name} comes before {node.op.name}", ADVICE[node.op.name])


class ImpossibleLabels(Check):
    """Labels of a binary loss that are no probabilities, such as -1 and 1, or 1 and 2: the loss has no minimum there."""

    ops = ("binary_cross_entropy", "binary_cross_entropy_with_logits")

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        target = tensors[1].array
        if self.training.sampled and target.size and not (target.min() >= 0 and target.max() <= 1):
            self.found(
                f"labels out of range: {node.op.name} has labels from {target.min():g} to {target.max():g}, and they are "
                "probabilities, from 0 to 1: the loss can go to minus infinity",
                "Map the labels to 0 and 1, as in (y == 1).float(); more than two classes need cross_entropy",
            )
