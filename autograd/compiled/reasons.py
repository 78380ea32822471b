"""Why a function can't be replayed."""

from __future__ import annotations


class CannotReplay(Exception):  # noqa: N818 (never seen outside: it becomes a reason to fall back)
    """Its text is the reason."""
