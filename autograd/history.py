"""What happened during training: numbers noted as they come, shown as a table or as curves."""

from __future__ import annotations

import csv
import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd.arrays import array_of
from autograd.curves import draw_curves

__all__ = ["History"]

ROWS = 10
"""How many rows a table shows: the first and the last ones."""


class History:
    """Numbers by name and step: `log` them while training, then look at them.

    Names that differ by "train", "val", "valid" or "test" only, as "train_loss" and "test_loss", are
    drawn together. What is kept are Python floats, so that no graph and no array lives on in here.

    >>> import autograd
    >>> history = autograd.History()
    >>> for epoch in range(3):
    ...     history.log(loss=autograd.tensor(1 / (epoch + 1)), accuracy=0.5 + 0.2 * epoch)
    >>> history
    step    loss  accuracy
       0  1.0000    0.5000
       1  0.5000    0.7000
       2  0.3333    0.9000
    >>> history["accuracy"]
    [0.5, 0.7, 0.9]
    """

    def __init__(self) -> None:
        self._steps: dict[str, list[float]] = {}
        self._values: dict[str, list[float]] = {}

    def log(self, *, step: float | None = None, **values: Any) -> None:
        """Note some numbers: `log(loss=loss, accuracy=0.9)`.

        Args:
            step: where on the axis of time; by default, each name counts for itself.
            values: numbers, or tensors and arrays with one element.

        Raises TypeError for what is not one number; then nothing is noted.
        """
        numbers = {name: as_number(name, value) for name, value in values.items()}
        for name, number in numbers.items():
            steps = self._steps.setdefault(name, [])
            following = steps[-1] + 1 if steps else 0
            steps.append(following if step is None else as_number("step", step))
            self._values.setdefault(name, []).append(number)

    # -- what is in it ------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> list[float]:
        """All numbers of a name, as a new list. KeyError where there are none."""
        return list(self._values[self.known(name)])

    def steps(self, name: str) -> list[float]:
        """The steps at which the numbers of a name were noted."""
        return list(self._steps[self.known(name)])

    def known(self, name: str) -> str:
        """A name that is there; KeyError for others."""
        if name not in self._values:
            raise KeyError(
                f"nothing has been logged as {name!r}, only as {', '.join(map(repr, self._values)) or '(nothing)'}"
            )
        return name

    def __iter__(self) -> Iterator[str]:
        """The names, in the order in which they came up."""
        return iter(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._values)

    def rows(self) -> list[dict[str, float | None]]:
        """One dict for each step: the step, and each name's number there; None where there is none."""
        noted = {name: dict(zip(self._steps[name], self._values[name], strict=True)) for name in self}
        every = sorted({step for steps in self._steps.values() for step in steps})
        return [{"step": step, **{name: noted[name].get(step) for name in self}} for step in every]

    def to_dict(self) -> dict[str, list[float | None]]:
        """A list for each column, the steps first: what `pandas.DataFrame` takes."""
        rows = self.rows()
        return {column: [row[column] for row in rows] for column in ("step", *self)}

    def save(self, path: Any) -> None:
        """Write a file: a table as .csv, or the curves as .png, .svg or .pdf."""
        path = Path(path)
        if path.suffix.lower() != ".csv":
            draw_curves(self.points(), 0.0, False, managed=False).savefig(path)
            return
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ("step", *self))
            writer.writeheader()
            writer.writerows(self.rows())

    # -- how it is shown ----------------------------------------------------------------------------------

    def plot(self, *names: str, smooth: float = 0.0, log: bool = False) -> Any:
        """Draw the curves, and return matplotlib's figure; `.savefig("curves.png")` writes it.

        Args:
            names: what to draw; by default everything.
            smooth: from 0 to below 1: how much of the curve so far stays in a moving average, which
                is drawn over the numbers themselves.
            log: whether the vertical axis is logarithmic.

        Raises ImportError without matplotlib, KeyError for unknown names, ValueError where there is nothing to draw.
        """
        if not 0 <= smooth < 1:
            raise ValueError(f"smooth is from 0 (not at all) to below 1, but got {smooth}")
        return draw_curves(self.points(*names), smooth, log)

    def points(self, *names: str) -> dict[str, tuple[list[float], list[float]]]:
        """The steps and the numbers of some names, by default of all."""
        chosen = [self.known(name) for name in names or self]
        if not chosen:
            raise ValueError("there is nothing to draw yet: log some numbers first, as in history.log(loss=loss)")
        return {name: (self.steps(name), self[name]) for name in chosen}

    def table(self) -> list[list[str]]:
        """The table as texts: the header, and the first and last rows."""
        columns = [texts_of(column) for column in self.to_dict().values()]
        rows = [list(row) for row in zip(*columns, strict=True)]
        if len(rows) > ROWS:
            rows = [*rows[: ROWS // 2], ["⋮"] * (len(self) + 1), *rows[-(ROWS // 2) :]]
        return [["step", *self], *rows]

    def __repr__(self) -> str:
        if not self:
            return "History (nothing logged yet)"
        table = self.table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join("  ".join(text.rjust(w) for text, w in zip(row, widths, strict=True)) for row in table)

    def _repr_html_(self) -> str:
        """What a notebook shows: the table."""
        if not self:
            return f"<em>{self!r}</em>"
        header, *rows = [[html.escape(text) for text in row] for row in self.table()]
        head = "".join(f"<th>{text}</th>" for text in header)
        body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def as_number(name: str, value: Any) -> float:
    """One number as a float, cut off from any graph."""
    found = array_of(value)
    if getattr(found, "size", 1) != 1 or isinstance(found, (str, bytes)):
        raise TypeError(f"log({name}=...) takes one number, but got {described(value)}")
    try:
        return float(found.item() if hasattr(found, "item") else found)
    except (TypeError, ValueError):
        raise TypeError(f"log({name}=...) takes one number, but got {described(value)}") from None


def described(value: Any) -> str:
    """A value's type, and what shape it has if any."""
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"a {type(value).__name__} of shape {tuple(shape)}: take its mean"


def texts_of(column: list[float | None]) -> list[str]:
    """The numbers of a column as they stand in a table: with four digits behind the point, unless all are whole."""
    if all(value is None or (float(value).is_integer() and abs(value) < 1e9) for value in column):
        return ["" if value is None else str(int(value)) for value in column]
    return ["" if value is None else f"{value:.4f}" if readable(value) else f"{value:.3e}" for value in column]


def readable(value: float) -> bool:
    """Whether a number shows with four digits behind the point."""
    return value == 0 or 1e-3 <= abs(value) < 1e5
