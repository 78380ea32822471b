"""Timing a statement, again and again, until the clock's own cost does not matter."""

from __future__ import annotations

import statistics
import sys
import textwrap
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from autograd.settings import get_num_threads, set_num_threads
from autograd.utils.benchmark.measurement import Measurement, TaskSpec

timer = perf_counter


@contextmanager
def threads(count: int) -> Iterator[None]:
    """A context in which linear algebra uses so many threads."""
    before = get_num_threads()
    set_num_threads(count)
    try:
        yield
    finally:
        set_num_threads(before)


class Timer:
    """Times a statement, as `timeit.Timer` does, after a warm-up and with one thread unless told otherwise.

    Args:
        stmt, setup: Python, of one line or several; setup runs once before each measurement.
        timer: the clock.
        globals: the names that both see; `torch` is among them.
        label, sub_label, description, env: what `Compare` calls a table, a row, a column, and where it was measured.
        num_threads: how many threads linear algebra may use.

    Raises ValueError for a statement that is not a string, and for other languages than Python.

    >>> measured = Timer("x + 1", globals={"x": 1}, label="add").timeit(100)
    >>> measured.label, measured.number_per_run, measured.median > 0
    ('add', 100, True)
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: str = "python",
    ) -> None:
        if not isinstance(stmt, str):
            raise ValueError(f"Currently only a `str` stmt is supported, not {type(stmt).__name__}")
        if language not in ("py", "python") or global_setup:
            raise ValueError(f"Timer() times Python here, not {language}; global_setup is for C++ only: use setup")
        stmt, setup = (textwrap.dedent(code).removeprefix("\n").rstrip() for code in (stmt, setup))
        self.task_spec = TaskSpec(stmt, setup, label, sub_label, description, env, num_threads)
        names = {"torch": sys.modules["autograd"], **(globals or {})}
        self.clock = timeit.Timer(stmt, setup, timer, names)

    def seconds(self, number: int) -> float:
        """How long so many runs take; at least a nanosecond, so that one can divide by it."""
        with threads(self.task_spec.num_threads):
            return max(self.clock.timeit(number), 1e-9)

    def timeit(self, number: int = 1000000) -> Measurement:
        """One measurement of so many runs."""
        self.seconds(max(number // 100, 2))  # to warm up
        return Measurement(number, [self.seconds(number)], self.task_spec)

    def blocked_autorange(
        self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Measurements that take `min_run_time` seconds together, each of as many runs as the clock needs."""
        return self.measured(min_run_time, lambda found: True, callback, self.block_size(min_run_time))

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:  # fmt: skip
        """Measurements until their interquartile range is below this share of their median, or the time is up."""

        def is_steady(found: Measurement) -> bool:
            return len(found.raw_times) > 3 and found.meets_confidence(threshold)

        return self.measured(min_run_time, is_steady, callback, self.block_size(0.05), max_run_time)

    def block_size(self, min_run_time: float) -> int:
        """How many runs make the clock's own cost negligible: a power of ten."""
        overhead = statistics.median(self.seconds(0) for _ in range(5))
        number = 1
        while (taken := self.seconds(number)) <= min_run_time and number < 10**9:
            if overhead / taken <= 1e-4 and taken >= min_run_time / 1000:
                break
            number *= 10
        return number

    def measured(
        self,
        min_run_time: float,
        is_enough: Callable[[Measurement], bool],
        callback: Callable[[int, float], Any] | None,
        number: int,
        max_run_time: float = float("inf"),
    ) -> Measurement:
        """Measurements of so many runs, until they have taken long enough and are enough, or take too long."""
        found = Measurement(number, [], self.task_spec)
        while sum(found.raw_times) < min_run_time or not is_enough(found):
            found.raw_times.append(self.seconds(number))
            if callback is not None:
                callback(number, found.raw_times[-1])
            if sum(found.raw_times) > max_run_time:
                break
        return found
