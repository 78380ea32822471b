"""Connectionist temporal classification: labels for a sequence of which nobody knows where each label stands.

A path names a class or a blank at every time. It spells a target if the target is left when repeats
are merged and then blanks removed. The loss is minus the log of the probability of all paths that
spell the target. They are summed over by dynamic programming along the target with a blank before,
between and after its labels: from each place one may stay, step on, or skip a blank between two
different labels.

Graves, Fernández, Gomez and Schmidhuber, "Connectionist temporal classification", ICML 2006.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import Case, by_definition, case, ints
from autograd.derived import derived
from autograd.ops.joining import cat, stack
from autograd.ops.loss_reduction import named
from autograd.ops.requirements import need_floating
from autograd.ops.selection import where
from autograd.ops.softmax import logsumexp
from autograd.tensor import Tensor, tensor_of

IMPOSSIBLE = -1e30  # in place of log(0): derivatives stay finite, and no sum of possible paths gets near it

CASES: tuple[Case, ...] = (
    by_definition(case((6, 2, 4), ints((2, 2), 1, 4), input_lengths=(6, 5), target_lengths=(2, 1))),
    by_definition(case((5, 2, 4), ints((3,), 1, 4), input_lengths=(5, 5), target_lengths=(1, 2), reduction=0)),
    by_definition(case((5, 4), ints((2,), 1, 4), input_lengths=(5,), target_lengths=(2,), reduction=2)),
)


@derived(r"-\ln \sum_{\pi \text{ spells } y} \prod_t p_t(\pi_t)", method=False, cases=CASES)
def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: Any = 0,
    zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """Minus the log-probability that a sequence of predictions spells a target, each label standing anywhere.

    Args:
        log_probs: (time, batch, classes), the log_softmax of scores; or (time, classes).
        targets: (batch, longest target), or all targets one after another.
        input_lengths, target_lengths: of each sequence and each target.
        blank: the class that means no label.
        reduction: "none", "mean" or "sum", or 0, 1 or 2; the mean divides each loss by the length of its target first.
        zero_infinity: a target too long for its sequence counts 0 instead of infinity.

    As PyTorch's, the gradient is that by the scores before the log_softmax: exp(log_probs) minus the
    probability, given the target, of each class at each time. Raises RuntimeError where lengths
    don't fit.
    """
    lengths, sizes = [lengths_from(value) for value in (input_lengths, target_lengths)]
    need_floating("ctc_loss", log_probs)
    single = log_probs.ndim == 2
    logs = (log_probs.unsqueeze(1) if single else log_probs).double()  # sums of logs over many times need the digits
    check_lengths(logs, lengths, sizes, blank)
    places = with_blanks(padded_targets(targets, sizes, logs.shape[2]), blank)
    losses = path_losses(logs, places, lengths, sizes)
    if zero_infinity:
        losses = where(losses == math.inf, 0.0, losses)
    losses = losses.to(log_probs.dtype)
    how = named(reduction)
    if how == "mean":
        return (losses / losses.like(np.maximum(sizes, 1).astype(losses.dtype.dtype))).mean()
    return losses.sum() if how == "sum" else losses.squeeze(0) if single else losses


def path_losses(logs: Tensor, places: Array, lengths: Array, sizes: Array) -> Tensor:
    """The loss of each sequence of a batch: the sum over paths, one time step after another."""
    batch, width = places.shape
    emitted = logs.gather(2, tensor_of(np.broadcast_to(places, (len(logs), batch, width)), dtypes.int64))
    may_skip = np.zeros(places.shape, np.bool_)
    may_skip[:, 2:] = places[:, 2:] != places[:, :-2]
    begins = tensor_of(np.broadcast_to(np.arange(width) < 2, places.shape), dtypes.bool)
    alpha = where(begins, emitted[0], IMPOSSIBLE)
    reached = [alpha]
    for time in range(1, len(logs)):
        moves = (alpha, shifted(alpha, 1), where(tensor_of(may_skip, dtypes.bool), shifted(alpha, 2), IMPOSSIBLE))
        alpha = logsumexp(stack(moves), 0) + emitted[time]
        reached.append(alpha)
    rows = np.arange(batch)
    last = stack(reached)[lengths - 1, rows]  # where each sequence ends
    at_label = where(tensor_of(sizes > 0, dtypes.bool), last[rows, np.maximum(2 * sizes - 1, 0)], IMPOSSIBLE)
    total = logsumexp(stack((last[rows, 2 * sizes], at_label)), 0)
    at_once = total.like(np.where(sizes == 0, 0, IMPOSSIBLE).astype(total.dtype.dtype))
    total = where(tensor_of(lengths > 0, dtypes.bool), total, at_once)  # no time at all spells the empty target
    within = tensor_of(np.arange(len(logs))[:, None, None] < lengths[:, None], dtypes.bool)
    surplus = where(within, logs.exp(), 0.0).sum((0, 2))
    losses = surplus - surplus.detach() - total  # adds nothing but the gradient of the log_softmax before
    return where(total > IMPOSSIBLE / 2, losses, math.inf)


def shifted(alpha: Tensor, count: int) -> Tensor:
    """What reaches each place from `count` places before."""
    width = alpha.shape[1]
    nothing = alpha.like(np.full((len(alpha), min(count, width)), IMPOSSIBLE, alpha.dtype.dtype))
    return cat((nothing, alpha[:, : max(width - count, 0)]), 1)


def with_blanks(targets: Array, blank: int) -> Array:
    """Targets (batch, longest) with a blank before, between and after the labels."""
    places = np.full((len(targets), 2 * targets.shape[1] + 1), blank)
    places[:, 1::2] = targets
    return places


def padded_targets(targets: Tensor, sizes: Array, classes: int) -> Array:
    """The targets as rows of one length."""
    if targets.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"ctc_loss: targets must be integers (int64 or int32), not {targets.dtype.name}")
    longest = max(sizes, default=0)
    if targets.ndim == 2:
        if len(targets) != len(sizes) or targets.shape[1] < longest:
            raise RuntimeError(
                f"ctc_loss: Expected targets to have size at least {longest} at dimension 1 and {len(sizes)} rows, but "
                f"got size {list(targets.shape)}"
            )
        rows = targets.array[:, :longest]
    else:
        if targets.ndim != 1 or targets.numel() < sizes.sum():
            raise RuntimeError(
                f"ctc_loss: Expected targets to be 2D, or 1D of the sum of target_lengths, {sizes.sum()}, but got size "
                f"{list(targets.shape)}"
            )
        rows = np.zeros((len(sizes), longest), np.int64)
        rows[np.arange(longest) < sizes[:, None]] = targets.array[: sizes.sum()]
    return np.where(np.arange(longest) < sizes[:, None], np.clip(rows, 0, classes - 1), 0)


def lengths_from(value: Any) -> Array:
    """Lengths as an array, from a tensor or a sequence of ints."""
    array = np.asarray(value.array if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "iu" and array.size:
        raise RuntimeError(f"ctc_loss: input_lengths and target_lengths must be integral, not {array.dtype}")
    return np.atleast_1d(array).astype(np.int64)


def check_lengths(logs: Tensor, lengths: Array, sizes: Array, blank: int) -> None:
    """Raise where lengths don't fit the predictions."""
    if logs.ndim != 3:
        raise RuntimeError(
            f"ctc_loss: log_probs must have shape (time, batch, classes) or (time, classes), got {tuple(logs.shape)}"
        )
    time, batch, classes = logs.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"ctc_loss: blank must be in label range, [0, {classes}), got {blank}")
    for what, given in (("input_lengths", lengths), ("target_lengths", sizes)):
        if len(given) != batch:
            raise RuntimeError(f"ctc_loss: {what} must be of size batch_size, {batch}, got {len(given)}")
        if (given < 0).any():
            raise RuntimeError(f"ctc_loss: Expected {what} to have values at least 0, got {given.tolist()}")
    if (lengths > time).any():
        raise RuntimeError(
            f"ctc_loss: Expected input_lengths to have value at most {time}, but got value {lengths.max()}"
        )
