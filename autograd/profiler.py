"""`torch.profiler`, in small: how long the blocks that are named with `record_function` take.

For time spent line by line there are better tools that work here, since all is Python: `python -m cProfile`, py-spy.
"""

from __future__ import annotations

import enum
import functools
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["ProfilerAction", "ProfilerActivity", "profile", "record_function", "schedule", "tensorboard_trace_handler"]


class ProfilerActivity(enum.Enum):
    """Where time can be spent."""

    CPU = 0
    CUDA = 1
    XPU = 2


class ProfilerAction(enum.Enum):
    """What the profiler does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


class Running(threading.local):
    """The profilers that are recording in each thread, the innermost last."""

    def __init__(self) -> None:
        self.profilers: list[profile] = []


running = Running()


class record_function:
    """A context, or a decorator, that names what happens in it for the profiler."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.start = 0.0

    def __enter__(self) -> record_function:
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        now = time.perf_counter()
        for profiler in running.profilers:
            profiler.add(self.name, self.start, now - self.start)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name):
                return function(*args, **kwargs)

        return wrapped


class profile:
    """Times what is named with `record_function` inside it. `activities` and the like are taken and change nothing.

    >>> with profile() as prof:
    ...     with record_function("forward"):
    ...         total = sum(range(10))
    >>> [(event.key, event.count) for event in prof.key_averages()]
    [('forward', 1)]
    """

    def __init__(
        self, *, activities: Any = None, schedule: Any = None, on_trace_ready: Any = None, **options: Any
    ) -> None:
        self.schedule, self.on_trace_ready = schedule, on_trace_ready
        self.step_num = 0
        self.found: list[tuple[str, float, float]] = []

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        running.profilers.append(self)

    def stop(self) -> None:
        """End, and hand over what was found."""
        running.profilers.remove(self)
        if self.on_trace_ready is not None and self.schedule is None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """A step of the program is over: the schedule says what follows."""
        done = ProfilerAction.NONE if self.schedule is None else self.schedule(self.step_num)
        self.step_num += 1
        if done is ProfilerAction.RECORD_AND_SAVE and self.on_trace_ready is not None:
            self.on_trace_ready(self)
        if self.schedule is not None and self.schedule(self.step_num) is ProfilerAction.WARMUP:
            self.found = []

    def add(self, name: str, start: float, seconds: float) -> None:
        """A block has ended."""
        if self.schedule is None or self.schedule(self.step_num) is not ProfilerAction.NONE:
            self.found.append((name, start, seconds))

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> Averages:
        """The times, added up by name."""
        return Averages(self.found)

    def export_chrome_trace(self, path: str) -> None:
        """Write the blocks as a file that chrome://tracing and Perfetto show."""
        events = [
            {"name": name, "ph": "X", "ts": start * 1e6, "dur": seconds * 1e6, "pid": os.getpid(), "tid": 0}
            for name, start, seconds in self.found
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": events}, file)


class Average:
    """All blocks of one name. Times are in microseconds, as in PyTorch."""

    def __init__(self, key: str, times: list[float]) -> None:
        self.key = key
        self.count = len(times)
        self.cpu_time_total = self.self_cpu_time_total = sum(times) * 1e6
        self.cpu_time = self.cpu_time_total / self.count


class Averages(list[Average]):
    """The blocks by name; `table()` writes them down."""

    def __init__(self, found: list[tuple[str, float, float]]) -> None:
        names = list(dict.fromkeys(name for name, _, _ in found))
        super().__init__(Average(name, [t for other, _, t in found if other == name]) for name in names)

    def table(self, sort_by: str | None = None, row_limit: int = 100, **options: Any) -> str:
        """A table, the longest first."""
        rows = sorted(self, key=lambda average: -average.cpu_time_total)[: row_limit if row_limit > 0 else None]
        lines = [f"{'Name':<32}{'CPU total':>14}{'CPU time avg':>14}{'# of Calls':>12}"]
        lines += [
            f"{a.key[:31]:<32}{a.cpu_time_total / 1e3:>12.3f}ms{a.cpu_time / 1e3:>12.3f}ms{a.count:>12}" for a in rows
        ]
        return "\n".join(lines)


def schedule(*, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0) -> Callable[[int], Any]:
    """Which steps are recorded: skip, then again and again (or `repeat` times) wait, warm up, record."""

    def action(step: int) -> ProfilerAction:
        cycle, place = divmod(step - skip_first, wait + warmup + active)
        if step < skip_first or (repeat and cycle >= repeat) or place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD_AND_SAVE if place == wait + warmup + active - 1 else ProfilerAction.RECORD

    return action


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None, use_gzip: bool = False) -> Any:
    """A function that writes what a profiler found to a file in a folder, in Chrome's format."""

    def write(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        prof.export_chrome_trace(os.path.join(dir_name, f"{worker_name or os.getpid()}.{prof.step_num}.pt.trace.json"))

    return write
