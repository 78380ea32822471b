"""A softmax over very many classes, of which few are frequent."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd.ops.joining import cat
from autograd.ops.softmax import log_softmax
from autograd.tensor import Tensor
from nn.modules.container import ModuleList, Sequential
from nn.modules.linear import Linear
from nn.modules.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class Losses(NamedTuple):
    """The log-probability of each sample's target, and the mean of them, negated."""

    output: Tensor
    loss: Tensor

    def __repr__(self) -> str:
        return f"_ASMoutput(output={self.output!r}, loss={self.loss!r})"


class AdaptiveLogSoftmaxWithLoss(Module):
    """The negative log-likelihood of classes that are sorted by frequency, with little work for the frequent ones.

    The head scores the most frequent classes, and clusters of the others; a class within a cluster is scored by a
    small network of its own, and only for samples that belong there:
    log p(class) = log p(cluster) + log p(class given cluster).

    Args:
        in_features, n_classes: the sizes.
        cutoffs: the class with which each cluster begins, in increasing order.
        div_value: by which factor each cluster's hidden layer is narrower than that of the one before.
        head_bias: give the head a bias.

    Shapes: input (N, in_features), target (N); or (in_features) and (). Result: `output`, like the target, and
    `loss`, (). Grave, Joulin, Cissé, Grangier and Jégou, "Efficient softmax approximation for GPUs", ICML 2017.
    Raises ValueError for cutoffs out of order or range, RuntimeError for inputs that do not fit.

    >>> import autograd, nn
    >>> criterion = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
    >>> criterion(autograd.zeros(2, 16), autograd.tensor([3, 70])).output.shape
    torch.Size([2])
    """

    head: Linear
    tail: ModuleList

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0,
        head_bias: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        starts = list(cutoffs)
        check_cutoffs(starts, n_classes)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*starts, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = starts[0]
        self.n_clusters = len(starts)
        self.head_size = self.shortlist_size + self.n_clusters
        kind = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **kind)
        self.tail = ModuleList()
        for i, (start, stop) in enumerate(pairwise(self.cutoffs), 1):
            width = int(in_features // div_value**i)
            narrow = Linear(in_features, width, bias=False, **kind)
            self.tail.append(Sequential(narrow, Linear(width, stop - start, bias=False, **kind)))

    def reset_parameters(self) -> None:
        """Draw all weights afresh."""
        self.head.reset_parameters()
        for narrow, wide in self.tail:
            narrow.reset_parameters()
            wide.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> Losses:
        """The log-probabilities of the targets, and the loss."""
        check_targets(input_, target_, self.n_classes)
        input, target = (input_, target_) if target_.ndim else (input_.unsqueeze(0), target_.unsqueeze(0))
        places = target.clone()  # in the head: of a class in a cluster, that of the cluster
        within = input.new_zeros(len(target))
        for i, (start, stop) in enumerate(pairwise(self.cutoffs)):
            (rows,) = ((target >= start) & (target < stop)).nonzero(as_tuple=True)
            if rows.numel():
                places[rows] = self.shortlist_size + i
                scores = log_softmax(self.tail[i](input[rows]), 1)
                chosen = scores.gather(1, (target[rows] - start).unsqueeze(1)).squeeze(1)
                within = within.index_copy(0, rows, chosen)
        of_head = log_softmax(self.head(input), 1).gather(1, places.unsqueeze(1)).squeeze(1)
        output = within + of_head
        loss = -output.mean()
        return Losses(output if target_.ndim else output.squeeze(0), loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, n_classes) for an input (N, in_features).

        >>> import autograd, nn
        >>> criterion = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
        >>> autograd.allclose(criterion.log_prob(autograd.zeros(2, 16)).exp().sum(1), autograd.ones(2))
        True
        """
        of_head = log_softmax(self.head(input), 1)
        shortlist = of_head[:, : self.shortlist_size]
        clusters = [
            log_softmax(network(input), 1) + of_head[:, self.shortlist_size + i].unsqueeze(1)
            for i, network in enumerate(self.tail)
        ]
        return cat((shortlist, *clusters), 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each sample, (N,): clusters are looked into only where the head prefers one.

        >>> import autograd, nn
        >>> criterion = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
        >>> criterion.predict(autograd.zeros(2, 16)).shape
        torch.Size([2])
        """
        found = self.head(input).argmax(1)
        (rows,) = (found >= self.shortlist_size).nonzero(as_tuple=True)
        if rows.numel():
            found[rows] = self.log_prob(input[rows]).argmax(1)
        return found


def check_cutoffs(cutoffs: list[int], n_classes: int) -> None:
    """Raise unless these are classes, in increasing order."""
    if not cutoffs:
        raise ValueError("cutoffs should be a sequence of length larger than 0: it says where the clusters begin")
    whole = all(int(c) == c for c in cutoffs)
    if not (whole and cutoffs == sorted(set(cutoffs)) and cutoffs[0] > 0 and cutoffs[-1] < n_classes):
        raise ValueError(
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
            f"value is between 1 and n_classes-1: got {cutoffs} for {n_classes} classes"
        )


def check_targets(input: Tensor, target: Tensor, n_classes: int) -> None:
    """Raise unless there is one existing class for each sample."""
    if target.ndim > 1:
        raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported: got {tuple(target.shape)}")
    if input.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with size "
            f"{tuple(input.shape)}"
        )
    if target.ndim and len(input) != len(target):
        raise RuntimeError(
            "Input and target should have the same size in the batch dimension, but they have shapes "
            f"{tuple(input.shape)} and {tuple(target.shape)}"
        )
    if target.numel() and not (target.array.min() >= 0 and target.array.max() < n_classes):
        raise RuntimeError(
            f"Target values should be in [0, {n_classes - 1}], but values in range [{target.array.min()}, "
            f"{target.array.max()}] were found"
        )
