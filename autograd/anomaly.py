"""Finding where a NaN came from: `detect_anomaly`."""

from __future__ import annotations

import sys
import traceback
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.anomaly_reasons import Operand, forward_reason, outside_branch, pull_reason
from autograd.arrays import ndarray
from autograd.callers import is_op, is_ours, module_path, stack, users_call
from autograd.graph import Part, extras_of, warn_caller
from autograd.modes import Watching, set_watchers, state
from autograd.tensor import Tensor

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]

FRAMES = 4
"""How many of the user's lines are noted for an operation, the innermost last."""


class detect_anomaly(Watching):
    """A context that finds the operation which makes the first NaN or infinity, forward and back.

    A NaN raises RuntimeError: in the forward pass where an operation of the program makes it of
    inputs that have none, in the backward pass where a derivative rule does. An infinity is only
    warned of, since some are meant. The message has the operation, its line, the module, the
    ranges of the inputs, and the likely reason. Saved values that were written over behind the
    engine's back, through a NumPy array on the same memory, raise too.

    Every operation notes where it was called, so it is slow: for finding errors only.

    >>> import autograd
    >>> x = autograd.tensor(0.0, requires_grad=True)
    >>> with autograd.autograd.detect_anomaly():
    ...     y = (x.sqrt() * 0).sum()
    ...     y.backward()
    Traceback (most recent call last):
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self.first = ""  # what made the first NaN inside a function of the library, which may have masked it
        self.beyond: dict[Any, str] = {}  # nodes that an operation such as `where` leads to, with its name

    # -- forward -----------------------------------------------------------------------------------------

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        """Note where the program is, what the inputs are like, and what the saved arrays hold; look for NaN."""
        record = Record(node, tensors)
        extras_of(node).metadata[RECORD] = record
        extras_of(node).metadata["origin"] = record.origin()
        if self.check_nan and hasattr(node.op, "forward"):
            self.look_at(node, record, arrays_in(result))

    def look_at(self, node: Any, record: Record, results: list[Any]) -> None:
        """Raise at a NaN, and warn of an infinity, that none of the inputs had."""
        nan = any(has_nan(array) for array in results)
        if nan and not any(o.nans for o in record.operands):
            found = (
                f"'{node.op.name}' made nan in the forward pass,{record.text(forward_reason(node, record.operands))}"
            )
            if record.by_user:
                raise RuntimeError(found)
            self.first = self.first or found
        elif nan and self.first and record.by_user:
            raise RuntimeError(f"'{node.op.name}' was given nan. The first came about before: {self.first}")
        elif record.by_user and any(has_inf(array) for array in results) and not is_meant(node, record):
            why = forward_reason(node, record.operands)
            warn_caller(f"'{node.op.name}' made inf in the forward pass,{record.text(why)}")

    # -- backward ----------------------------------------------------------------------------------------

    def stepped(self, node: Any, g: Any, sent: Any) -> None:
        """Raise where a rule has returned NaN, or has read what was written over."""
        if sent is None:
            return
        record = record_of(node)
        if record is not None:
            record.check_hashes(node)
        if not self.check_nan:
            return
        self.follow(node)
        for index, contribution in enumerate(sent):
            for array in arrays_in(contribution):
                if has_nan(array):
                    raise RuntimeError(self.complaint(node, record, g, array, index))
                if has_inf(array) and not any(has_inf(a) or has_nan(a) for a in arrays_in(g)):
                    why = pull_reason(node, record.operands if record else [], g, array, "")
                    warn_caller(
                        f"Function '{node.name()}' returned inf values in its {index}th output, computed{told(record, why)}"
                    )

    def follow(self, node: Any) -> None:
        """Pass on which nodes lie beyond an operation that takes only some of its elements on."""
        behind = self.beyond.pop(node, "") or outside_branch(node)
        if behind:
            self.beyond.update({edge: behind for edge in node.edges if edge is not None})

    def complaint(self, node: Any, record: Record | None, g: Any, array: Any, index: int) -> str:
        """What to say of a NaN that a rule has returned."""
        arrived = any(has_nan(a) for a in arrays_in(g))
        behind = outside_branch(node) or self.beyond.get(node.edges[index] if index < len(node.edges) else node, "")
        why = "" if arrived else pull_reason(node, record.operands if record else [], g, array, behind)
        came = "" if arrived else " None had arrived."
        first = f"\nThe first nan came about in the forward pass: {self.first}" if self.first else ""
        return (
            f"Function '{node.name()}' returned nan values in its {index}th output.{came} Computed{told(record, why)}{first}"
            f"\nThe forward operation was called here:\n{''.join(trace_of(node))}"
        )


# -- what is noted of an operation ---------------------------------------------------------------------------

RECORD = "anomaly"


class Record:
    """What `detect_anomaly` notes when an operation is carried out."""

    __slots__ = ("by_user", "hashes", "lines", "module", "operands")

    def __init__(self, node: Any, tensors: Any) -> None:
        frames = list(stack(sys._getframe(2)))
        users = [frame for frame in frames if not is_ours(frame)]
        self.lines = [(f.f_code.co_filename, f.f_lineno, f.f_code.co_name) for f in users[:FRAMES]]
        self.by_user = is_op(users_call()[1])
        self.module = module_path(frames)
        names = [p.name for p in getattr(node.op, "tensors", ())]
        self.operands = [
            Operand(names[i] if i < len(names) else f"input {i}", t.array)
            for i, t in enumerate(tensors)
            if isinstance(t, Tensor)
        ]
        self.hashes = [digest(value) for value in saved_values(node)]

    def origin(self) -> str:
        """The line and the module, as errors of the engine give them."""
        place = f"at {self.lines[0][0]}:{self.lines[0][1]}" if self.lines else "somewhere"
        return f"{place}{self.module}"

    def text(self, why: str) -> str:
        """Line, module, reason and ranges, to go on after what has happened."""
        ranges = "".join(f"\n  {operand}" for operand in self.operands)
        return f" {self.origin()}{f': {why}' if why else ''}.\nIts inputs:{ranges}"

    def check_hashes(self, node: Any) -> None:
        """Raise if a saved array holds other values than when it was saved, and no recorded write explains that."""
        for known, value in zip(self.hashes, list(saved_values(node)), strict=False):
            if known is not None and digest(value) != known and not written_since(value, node):
                shape = tuple(getattr(value, "array", value).shape)
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified behind the engine's back: "
                    f"'{node.op.name}', computed {self.origin()}, saved an array of shape {shape}, and it holds other "
                    "values now. A NumPy array on the same memory, from .numpy() or given to from_numpy(), was written "
                    "to: copy it first, with .numpy().copy(), or clone() the tensor"
                )


def told(record: Record | None, why: str) -> str:
    """What a record tells of an operation; only the reason where there is none."""
    return record.text(why) if record else f" outside of detect_anomaly(){f': {why}' if why else ''}."


def record_of(node: Any) -> Record | None:
    """What was noted of a node, if it was recorded under `detect_anomaly`."""
    noted: Record | None = None if node.extras is None else node.extras.metadata.get(RECORD)
    return noted


def trace_of(node: Any) -> list[str]:
    """The lines noted when the node was recorded, the outermost first."""
    node = node.target if isinstance(node, Part) else node
    record = record_of(node)
    lines = [] if record is None else [traceback.FrameSummary(*line) for line in reversed(record.lines)]
    return traceback.format_list(lines)


def saved_values(node: Any) -> Iterator[Any]:
    """The tensors and arrays that a node has saved."""
    if isinstance(node.saved, tuple):
        yield from (value for value in node.saved if isinstance(value, (Tensor, ndarray)))


def digest(value: Any) -> int | None:
    """A number that changes when an array's values do; None for what is no array."""
    array = getattr(value, "array", value)
    return zlib.crc32(np.ascontiguousarray(array).tobytes()) if array.__class__ is ndarray and array.size else None


def written_since(value: Any, node: Any) -> bool:
    """Whether the engine knows of a write to a saved value: an error of its own where that matters."""
    versions = [v for v in (getattr(value, "version", None), *node.saved) if hasattr(v, "stamp")]
    return any(version.time > node.number for version in versions)


# -- arrays ---------------------------------------------------------------------------------------------------


def arrays_in(contribution: Any) -> list[Any]:
    """The arrays of what an operation, or a rule, returned or received."""
    if contribution is None:
        return []
    if isinstance(contribution, (tuple, list)):
        return [array for part in contribution for array in arrays_in(part)]
    parts = contribution.arrived.values() if hasattr(contribution, "arrived") else [contribution]
    return [getattr(part, "array", part) for part in parts]


def has_nan(array: Any) -> bool:
    """Whether there is a NaN among these numbers."""
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def has_inf(array: Any) -> bool:
    """Whether there is an infinity among these numbers."""
    return array.dtype.kind in "fc" and bool(np.isinf(array).any())


def is_meant(node: Any, record: Record) -> bool:
    """Whether an infinity was put in: an input has one, or the op was told one, as by `masked_fill(mask, -inf)`."""
    told_one = any(isinstance(value, float) and np.isinf(value) for value in node.params.values())
    return told_one or any(o.infs or o.nans for o in record.operands)


# -- switches ---------------------------------------------------------------------------------------------------


def is_anomaly_enabled() -> bool:
    """Whether this thread is detecting anomalies."""
    return any(isinstance(watcher, detect_anomaly) for watcher in state.watchers)


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection, if it is on in this thread, looks for NaN."""
    return all(watcher.check_nan for watcher in state.watchers if isinstance(watcher, detect_anomaly))


class set_detect_anomaly:
    """Switch anomaly detection on or off, at once; as a context, what was before comes back at its end."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = state.watchers
        others = tuple(watcher for watcher in state.watchers if not isinstance(watcher, detect_anomaly))
        set_watchers((*others, detect_anomaly(check_nan)) if mode else others)

    def __enter__(self) -> None:
        return

    def __exit__(self, *exception: object) -> None:
        set_watchers(self.before)
