"""The source of the expression that a frame is at, such as `model(x).grad`: how errors call a tensor."""

from __future__ import annotations

import linecache
from itertools import islice
from types import FrameType

LONGEST = 60


def expression_at(frame: FrameType) -> str:
    """The source of the expression that a frame is evaluating, if it stands on one line; else, or unknown, empty.

    Python keeps for each of its instructions where in the source it comes from.
    """
    positions = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if positions is None or None in positions or positions[0] != positions[1]:
        return ""
    line, _, start, end = positions
    source = linecache.getline(frame.f_code.co_filename, line or 0, frame.f_globals)
    return source.encode()[start:end].decode(errors="replace")  # columns count bytes


def object_of(frame: FrameType, attribute: str) -> str:
    """Whose attribute a frame reads, sets or calls: `h` where it is at `h.grad`; empty if that can't be told."""
    owner, dot, _ = expression_at(frame).rpartition(f".{attribute}")
    return owner if dot and len(owner) <= LONGEST else ""
