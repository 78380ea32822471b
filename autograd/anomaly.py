"""Finding where a NaN came from: `detect_anomaly`."""

from __future__ import annotations

import traceback
from typing import Any

import numpy as np

from autograd.graph import INTERNAL, extras_of
from autograd.modes import Watching, set_state, state

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]

TRACE = "traceback_"


class detect_anomaly(Watching):
    """A context in which backward raises at the first rule that returns NaN, and says which line computed forward.

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

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        """Note the line that the user's program is at."""
        lines = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(INTERNAL)]
        extras_of(node).metadata[TRACE] = traceback.format_list(lines[-4:])

    def stepped(self, node: Any, g: Any, sent: Any) -> None:
        """Raise where a rule has returned NaN."""
        if not self.check_nan:
            return
        for index, contribution in enumerate(sent or ()):
            for array in arrays_in(contribution):
                if array.dtype.kind in "fc" and np.isnan(array).any():
                    came = "" if any(np.isnan(a).any() for a in arrays_in(g)) else " None had arrived."
                    raise RuntimeError(
                        f"Function '{node.name()}' returned nan values in its {index}th output.{came} "
                        f"The forward operation was called here:\n{''.join(trace_of(node))}"
                    )


def arrays_in(contribution: Any) -> list[Any]:
    """The arrays of what a rule returned or received."""
    if contribution is None:
        return []
    parts = contribution.arrived.values() if hasattr(contribution, "arrived") else [contribution]
    return [getattr(part, "array", part) for part in parts]


def trace_of(node: Any) -> list[str]:
    """The lines noted when the node was recorded."""
    return [] if node.extras is None else node.extras.metadata.get(TRACE, [])


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
        set_state(watchers=(*others, detect_anomaly(check_nan)) if mode else others)

    def __enter__(self) -> None:
        return

    def __exit__(self, *exception: object) -> None:
        set_state(watchers=self.before)
