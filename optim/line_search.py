"""How far to go in a given direction: a search for a step that satisfies the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

ENOUGH_DESCENT, FLAT_ENOUGH = 1e-4, 0.9
"""c1 and c2 of the conditions."""


class Point(NamedTuple):
    """A step along the direction, and what was found there."""

    t: Any
    f: float
    gradient: Any
    slope: Any  # the derivative along the direction


def strong_wolfe(
    evaluate: Callable[[Any], Point], t: Any, start: Point, shortest: Any, tries: int
) -> tuple[Point, int]:
    r"""A step that descends enough and ends where the slope is flat, and how often the function was evaluated.

    $$f(t) \le f(0) + c_1 t f'(0) \qquad |f'(t)| \le c_2 |f'(0)|$$

    First the step is enlarged until such a point lies between the last two; then that interval is narrowed.

    Args:
        evaluate: gives the point at a step.
        t: the step to try first.
        start: the point at step 0.
        shortest: the interval need not become shorter than this.
        tries: how many evaluations to make after the first.

    Nocedal and Wright, "Numerical optimization", 2nd edition, algorithms 3.5 and 3.6.
    """
    previous, new, tried = start, evaluate(t), 0
    while tried < tries:
        rises = too_high(new, start) or (tried > 1 and new.f >= previous.f)
        if not rises and is_flat(new, start):
            return new, tried + 1
        if rises or new.slope >= 0:
            return narrowed(evaluate, (previous, new), start, shortest, tried, tries)
        t = cubic_minimum(previous, new, new.t + 0.01 * (new.t - previous.t), new.t * 10)
        previous, new, tried = new, evaluate(t), tried + 1
    return lower_first(start, new)[0], tried + 1


def narrowed(
    evaluate: Callable[[Any], Point], ends: tuple[Point, Point], start: Point, shortest: Any, tried: int, tries: int
) -> tuple[Point, int]:
    """The search between two ends, of which the lower one is kept, until the interval is shorter than `shortest`."""
    low, high = lower_first(*ends)
    near_end = False
    while tried < tries and abs(high.t - low.t) >= shortest:
        t, near_end = kept_off_ends(cubic_minimum(low, high), low.t, high.t, near_end)
        new, tried = evaluate(t), tried + 1
        if too_high(new, start) or new.f >= low.f:
            low, high = lower_first(low, new)
            continue
        if is_flat(new, start):
            return new, tried + 1
        if new.slope * (high.t - low.t) >= 0:
            high = low
        low = new
    return low, tried + 1


def kept_off_ends(t: Any, first: Any, second: Any, was_near: bool) -> tuple[Any, bool]:
    """A trial step, moved inwards if it lies at an end of the interval, or near one for the second time running."""
    left, right = min(first, second), max(first, second)
    margin = 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if not (was_near or t >= right or t <= left):
        return t, True
    return (right - margin if abs(t - right) < abs(t - left) else left + margin), False


def cubic_minimum(a: Point, b: Point, lowest: Any = None, highest: Any = None) -> Any:
    """Where the cubic through two points with their slopes is least, within bounds; else the middle of the bounds."""
    a, b = (a, b) if a.t <= b.t else (b, a)
    lowest, highest = (a.t, b.t) if lowest is None else (lowest, highest)
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (lowest + highest) / 2
    d2 = np.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, lowest), highest)


def lower_first(a: Point, b: Point) -> tuple[Point, Point]:
    """Two points, that with the lower value first."""
    return (a, b) if a.f <= b.f else (b, a)


def too_high(point: Point, start: Point) -> Any:
    """Whether a point has not come down enough."""
    return point.f > start.f + ENOUGH_DESCENT * point.t * start.slope


def is_flat(point: Point, start: Point) -> Any:
    """Whether most of the slope is gone at a point."""
    return abs(point.slope) <= -FLAT_ENOUGH * start.slope
