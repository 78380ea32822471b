"""What was measured, and how sure it is."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
ENGLISH = {"ns": "nanoseconds", "us": "microseconds", "ms": "milliseconds", "s": "seconds"}

STEADY, ROUGH = 0.1, 0.25
"""From these quotients of interquartile range and median on, a measurement is doubtful, and worthless."""

CLOCK = 25e-9
"""What no clock tells apart."""


@dataclasses.dataclass(frozen=True)
class TaskSpec:
    """The statement that was timed, and what its user calls it."""

    stmt: str
    setup: str = "pass"
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or else the statement; the sub-label after it."""
        if self.label is None and "\n" in self.stmt:
            remark = f" ({self.sub_label})" if self.sub_label else ""
            return f"stmt:{remark}\n{textwrap.indent(self.stmt, '  ')}"
        return (self.stmt if self.label is None else self.label) + (f": {self.sub_label}" if self.sub_label else "")

    def summarize(self) -> str:
        """Title, description and setup, as far as there are any."""
        setup = "" if self.setup in ("", "pass") else f"setup: {self.setup}"
        if "\n" in self.setup:
            setup = f"setup:\n{textwrap.indent(self.setup, '  ')}"
        parts = (self.title, self.description or "", setup)
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts if part)


@dataclasses.dataclass(repr=False)
class Measurement:
    """Times of one statement, each of `number_per_run` runs; all that is derived from them is in seconds for one run.

    The attributes of its `task_spec` are its own too, as in `measurement.label`.

    >>> fast = Measurement(10, [2e-6, 3e-6, 4e-6], TaskSpec("x + y"))
    >>> round(fast.median * 1e6, 3), fast.stmt
    (0.3, 'x + y')
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in {field.name for field in dataclasses.fields(TaskSpec)}:
            return getattr(self.task_spec, name)
        raise AttributeError(f"'Measurement' object has no attribute {name!r}", name=name, obj=self)

    @property
    def times(self) -> list[float]:
        """The time of one run, for each measurement."""
        return [time / self.number_per_run for time in self.raw_times]

    @property
    def median(self) -> float:
        """Half of the measurements took longer."""
        return float(np.median(self.times))

    @property
    def mean(self) -> float:
        """The mean over all measurements."""
        return float(np.mean(self.times))

    @property
    def quartiles(self) -> tuple[float, float]:
        """A quarter of the measurements took less than the first, a quarter more than the second."""
        first, last = np.quantile(self.times, (0.25, 0.75))
        return float(first), float(last)

    @property
    def iqr(self) -> float:
        """The interquartile range: the width of the middle half."""
        first, last = self.quartiles
        return last - first

    def meets_confidence(self, threshold: float = STEADY) -> bool:
        """Whether the interquartile range is less than this share of the median."""
        return self.iqr / self.median < threshold

    @property
    def has_warnings(self) -> bool:
        """Whether the times spread so much that they can't be relied on."""
        return not self.meets_confidence(STEADY)

    @property
    def significant_figures(self) -> int:
        """How many digits of the median mean something, from the spread of the middle half: one to four."""
        count = len(self.raw_times)
        middle = np.sort(self.times)[count // 4 : math.ceil(3 * count / 4)]
        uncertain = max(1.645 * float(np.std(middle)) / math.sqrt(len(middle)), CLOCK)
        return min(max(math.floor(math.log10(self.median / uncertain)), 1), 4)

    @property
    def title(self) -> str:
        """What the statement is called."""
        return self.task_spec.title

    @property
    def as_row_name(self) -> str:
        """What names it in a table."""
        return self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]"

    def __repr__(self) -> str:
        unit, scale = select_unit(self.median)
        count, threads = len(self.raw_times), self.task_spec.num_threads
        several = count > 1
        lines = [object.__repr__(self), self.task_spec.summarize()]
        lines.append(f"  {'Median: ' if several else ''}{self.median / scale:.2f} {unit}")
        if count >= 4:
            first, last = (quartile / scale for quartile in self.quartiles)
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit} ({first:.2f} to {last:.2f})")
        runs = f"{self.number_per_run} runs {'per measurement,' if several else ','}"
        lines.append(f"  {count} measurement{'s' * several}, {runs} {threads} thread{'s' * (threads > 1)}")
        if self.has_warnings:
            reason = "This could indicate system fluctuation."
            if not self.meets_confidence(ROUGH):
                reason = "This suggests significant environmental influence."
            share = f"{self.iqr / self.median * 100:.1f}%"
            lines.append(f"  WARNING: Interquartile range is {share} of the median measurement.\n           {reason}")
        return "\n".join(lines)

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """Those of the same task made one, in the order in which the tasks come."""
        times: dict[TaskSpec, list[float]] = {}
        for measurement in measurements:
            times.setdefault(measurement.task_spec, []).extend(measurement.times)
        return [Measurement(1, together, task) for task, together in times.items()]


def select_unit(seconds: float) -> tuple[str, float]:
    """The unit in which a time is written with one to three digits before the point, and its length in seconds.

    >>> select_unit(0.002)
    ('ms', 0.001)
    """
    unit = {-3: "ns", -2: "us", -1: "ms"}.get(int(math.log10(seconds) // 3), "s")
    return unit, UNITS[unit]
