"""A table of measurements: a row for each sub-label, a column for each description."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from autograd.utils.benchmark.measurement import ENGLISH, Measurement, select_unit

BEST, GOOD, BAD, VERY_BAD, BOLD, PLAIN = "\033[92m", "\033[34m", "\033[2m\033[91m", "\033[31m", "\033[1m", "\033[0m"

Group = list[list[Measurement | None]]
"""The rows of one number of threads, a place for each column."""


class Compare:
    """Sets measurements side by side: a table for each label, its rows grouped by the number of threads.

    >>> from autograd.utils.benchmark import Measurement, TaskSpec
    >>> old, new = (TaskSpec("f(x)", label="sum", description=name) for name in ("old", "new"))
    >>> Compare([Measurement(1, [3e-3], old), Measurement(1, [1e-3], new)]).print()
    [--------- sum ----------]
                |  old  |  new
    1 threads: ---------------
          f(x)  |  3.0  |  1.0
    <BLANKLINE>
    Times are in milliseconds (ms).
    <BLANKLINE>
    """

    def __init__(self, results: Iterable[Measurement]) -> None:
        self.results: list[Measurement] = []
        self.trims = self.warns = False
        self.colors = ""
        self.extend_results(results)

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Add measurements. Raises ValueError for what is none."""
        results = list(results)
        for result in results:
            if not isinstance(result, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(result)} instead.")
        self.results.extend(results)

    def trim_significant_figures(self) -> None:
        """Show no more digits than mean something."""
        self.trims = True

    def colorize(self, rowwise: bool = False) -> None:
        """Color the best and the worst times of each column, or of each row."""
        self.colors = "rows" if rowwise else "columns"

    def highlight_warnings(self) -> None:
        """Mark times that spread too much."""
        self.warns = True

    def print(self) -> None:
        """Print the tables."""
        print(self)

    def __str__(self) -> str:
        by_label: dict[str | None, list[Measurement]] = {}
        for measurement in Measurement.merge(self.results):
            by_label.setdefault(measurement.label, []).append(measurement)
        return "\n".join(Table(results, self).text() for results in by_label.values())


class Table:
    """The measurements of one label, in place."""

    def __init__(self, results: list[Measurement], look: Compare) -> None:
        self.results, self.look = results, look
        self.unit, self.scale = select_unit(min(result.median for result in results))
        self.columns = list(dict.fromkeys(result.description or "" for result in results))
        self.groups = self.grouped()
        self.decimals = [self.decimals_of(column) for column in range(len(self.columns))]
        self.marked = [
            look.warns and any(row[column] is not None and row[column].has_warnings for row in self.rows())  # type: ignore[union-attr]
            for column in range(len(self.columns))
        ]

    def grouped(self) -> dict[int, Group]:
        """By number of threads, the rows in the order of where and what they measure."""
        rows: dict[tuple[int, str, str], list[Measurement | None]] = {}
        for result in self.results:
            key = (result.num_threads, result.env or "", result.as_row_name)
            row = rows.setdefault(key, [None] * len(self.columns))
            row[self.columns.index(result.description or "")] = result
        groups: dict[int, Group] = {}
        for key in sorted(rows, key=lambda key: key[:2]):
            groups.setdefault(key[0], []).append(rows[key])
        return groups

    def rows(self) -> list[list[Measurement | None]]:
        """All rows."""
        return [row for group in self.groups.values() for row in group]

    def digits(self, result: Measurement) -> int:
        """How many digits stand before the point."""
        return math.ceil(math.log10(result.median / self.scale))

    def decimals_of(self, column: int) -> tuple[int, int]:
        """How wide the numbers of a column are, and how many digits they have after the point."""
        results = [row[column] for row in self.rows() if row[column] is not None]
        decimals = 1
        if self.look.trims:
            decimals = min(max(r.significant_figures - self.digits(r), 0) for r in results if r is not None)
        width = max(self.digits(result) for result in results if result is not None)
        return width + decimals + (1 if decimals else 0), decimals

    def cell(self, result: Measurement | None, column: int) -> str:
        """A time as text; as much blank space where there is none."""
        width, decimals = self.decimals[column]
        if result is None:
            return " " * (max(width, len(f"{1:.{decimals}f}")) + 7 * self.marked[column])
        value = result.median / self.scale
        if self.look.trims:
            value = trimmed(value, result.significant_figures)
        spread = f" (! {result.iqr / result.median * 100:.0f}%)" if result.has_warnings else ""
        return f"{value:>{width}.{decimals}f}" + (f"{spread:>7}" if self.marked[column] else "")

    def names(self, group: Group) -> list[str]:
        """The text that begins each row: where it was measured, if that differs, and what."""
        places = {result.env for result in self.results}
        room = max(len(str(place)) for place in places) if len(places) > 1 else 0
        names, before = [], None
        for row in group:
            first = next(result for result in row if result is not None)
            place = f"({first.env})" if room and first.env != before else ""
            names.append("  " + place.ljust(room + 4) + first.as_row_name)
            before = first.env
        return names

    def colored(self, text: str, result: Measurement | None, rivals: Sequence[Measurement | None]) -> str:
        """A cell in the color of its rank among its rivals."""
        if not self.look.colors or result is None:
            return text
        time, best = result.median, min(rival.median for rival in rivals if rival is not None)
        if time <= best * 1.01 or time <= best + 100e-9:
            return BEST + BOLD + text + PLAIN * 2
        if time <= best * 1.1:
            return GOOD + BOLD + text + PLAIN * 2
        if time >= best * 5:
            return VERY_BAD + BOLD + text + PLAIN * 2
        return BAD + text + PLAIN * 2 if time >= best * 2 else text

    def text(self) -> str:
        """The table, with the unit under it."""
        cells = [
            [[name, *(self.cell(r, c) for c, r in enumerate(row))] for name, row in zip(self.names(g), g, strict=True)]
            for g in self.groups.values()
        ]
        every = [["", *self.columns], *(row for group in cells for row in group)]
        widths = [max(map(len, column)) for column in zip(*every, strict=True)]
        lines = ["  |  ".join(text.center(width) for text, width in zip(every[0], widths, strict=True))]
        whole = len(lines[0])
        for (count, group), texts in zip(self.groups.items(), cells, strict=True):
            lines.append(f"{count} threads: ".ljust(whole, "-"))
            for row, (name, *times) in zip(group, texts, strict=True):
                shown = [name.ljust(widths[0])]
                for column, (result, text) in enumerate(zip(row, times, strict=True)):
                    rivals = row if self.look.colors == "rows" else [other[column] for other in group]
                    shown.append(self.colored(text.center(widths[column + 1]), result, rivals))
                lines.append("  |  ".join(shown))
        title = f" {self.results[0].label or ''} ".center(whole - 2, "-")
        lines = [f"[{title}]", *lines, "", f"Times are in {ENGLISH[self.unit]} ({self.unit}).", ""]
        if any(self.marked):
            lines[-1:] = ["(! XX%) Measurement has high variance, where XX is the IQR / median * 100.", ""]
        return "\n".join(lines)


def trimmed(value: float, figures: int) -> float:
    """A number rounded to so many significant figures.

    >>> trimmed(3.14159, 2)
    3.1
    """
    return float(f"{value:.{figures - 1}e}")
