"""What can be set for the whole program: threads, and choices between exact and fast arithmetic.

NumPy leaves no choice in most of it: results are always deterministic and in full precision. Those
settings are kept and reported, so that programs that make them run; they change nothing.
"""

from __future__ import annotations

import os
from typing import Any

from autograd.graph import warn_caller
from autograd.lazy import threadpoolctl
from autograd.misuse import speaking
from autograd.ops.parts import multiplying_libraries, small_is_fast

__all__ = [
    "are_deterministic_algorithms_enabled", "get_deterministic_debug_mode", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads", "is_deterministic_algorithms_warn_only_enabled",
    "is_warn_always_enabled", "set_deterministic_debug_mode", "set_float32_matmul_precision", "set_flush_denormal",
    "set_num_interop_threads", "set_num_threads", "set_warn_always", "use_deterministic_algorithms",
]  # fmt: skip

DEBUG_MODES = ("default", "warn", "error")
PRECISIONS = ("highest", "high", "medium")


class Settings:
    """What has been set so far."""

    deterministic = 0  # a place in DEBUG_MODES
    matmul_precision = "highest"
    interop_threads = 1
    warn_always = False


# -- threads ------------------------------------------------------------------------------------------------


def get_num_threads() -> int:
    """How many threads a matrix product may use: NumPy's linear algebra is all that runs in several."""
    return max((library["num_threads"] for library in multiplying_libraries()), default=os.cpu_count() or 1)


@speaking
def set_num_threads(int: Any) -> None:
    """Set how many threads a matrix product may use. Raises RuntimeError for anything but a positive int."""
    threadpoolctl.threadpool_limits(positive(int, "set_num_threads"), user_api="blas")
    small_is_fast.cache_clear()


def get_num_interop_threads() -> int:
    """How many operations may run at the same time: what `set_num_interop_threads` was told; they run in turn."""
    return Settings.interop_threads


@speaking
def set_num_interop_threads(int: Any) -> None:
    """Set how many operations may run at the same time. It is kept, and changes nothing."""
    Settings.interop_threads = positive(int, "set_num_interop_threads")


def positive(count: Any, name: str) -> int:
    """A number of threads, checked."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise RuntimeError(f"{name} expects an int, but got {type(count).__name__}")
    if count >= 2**31:
        raise RuntimeError(f"{name}: Overflow: there can't be {count} threads")
    if count <= 0:
        raise RuntimeError(f"{name} expects a positive integer, got {count}")
    return count


# -- determinism --------------------------------------------------------------------------------------------


@speaking
def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for algorithms that give the same results in every run. All of them do here."""
    Settings.deterministic = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was asked for."""
    return Settings.deterministic > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether only a warning was asked for where there is no deterministic algorithm."""
    return Settings.deterministic == 1


@speaking
def set_deterministic_debug_mode(debug_mode: Any) -> None:
    """The same by number or name: 0 "default", 1 "warn", 2 "error"."""
    modes = dict(enumerate(DEBUG_MODES)) | {name: name for name in DEBUG_MODES}
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if debug_mode not in modes:
        raise RuntimeError(
            f"invalid value of debug_mode, expected one of {', '.join(DEBUG_MODES)} (0, 1, 2), but got {debug_mode}"
        )
    Settings.deterministic = DEBUG_MODES.index(modes[debug_mode])


def get_deterministic_debug_mode() -> int:
    """What `set_deterministic_debug_mode` was told, as a number."""
    return Settings.deterministic


# -- precision ----------------------------------------------------------------------------------------------


def set_float32_matmul_precision(precision: str) -> None:
    """Allow less precise matrix products. It is kept, and changes nothing: they always have full precision here."""
    if precision not in PRECISIONS:
        warn_caller(
            f"{precision} is not one of {', '.join(PRECISIONS)}: set_float32_matmul_precision has no effect",
        )
        return
    Settings.matmul_precision = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told."""
    return Settings.matmul_precision


@speaking
def set_flush_denormal(mode: bool) -> bool:
    """Ask that numbers too small for full precision become 0. False says that this can't be done here."""
    return False


# -- warnings -----------------------------------------------------------------------------------------------


@speaking
def set_warn_always(b: bool) -> None:
    """Ask for every warning, not only the first of its kind. Kept; Python's `warnings` decides here."""
    Settings.warn_always = bool(b)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told."""
    return Settings.warn_always
