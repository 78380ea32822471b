"""Freed memory is kept for the next arrays, instead of going back to the operating system.

A training step makes the same arrays again and again. By default the C library returns large pieces of memory when
they are freed, and the system clears every page of them anew when they are asked for again: for a small network
that takes a third of the time. Here the library is told to keep what was freed, up to a limit.
"""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # as in glibc's malloc.h
MEGABYTE = 2**20


def keep_freed_memory(limit: int = 512 * MEGABYTE) -> bool:
    """Let the C library keep up to so many bytes; False where it is none that can be told so.

    Arrays of up to 32 MB, the most that glibc allows, are taken from what was kept.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # not glibc: macOS, Windows, musl
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, 32 * MEGABYTE) and mallopt(M_TRIM_THRESHOLD, limit))
