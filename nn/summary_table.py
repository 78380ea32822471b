"""What `nn.summary` gives back: numbers about a network that show themselves as a table."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

HEADS = ("module", "type", "output", "parameters", "trainable")
NUMBERS = 3
"""The column of numbers, which are aligned to the right."""


class Row(NamedTuple):
    """One module in the table."""

    path: str
    kind: str
    output: str
    parameters: int
    shared: int
    trainable: list[bool]
    same_as: str | None

    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        again = "" if self.same_as is None else f" (again: {self.same_as or 'the model'})"
        return self.path, self.kind + again, self.output, self.count_text(), self.trainable_text()

    def count_text(self) -> str:
        """The number of parameters; in parentheses, those that were counted before."""
        parts = [f"{self.parameters:,}"] if self.parameters else []
        parts += [f"({self.shared:,})"] if self.shared else []
        return " + ".join(parts) or ("0" if self.trainable else "–")

    def trainable_text(self) -> str:
        """Whether the parameters want gradients."""
        if not self.trainable:
            return ""
        return "yes" if all(self.trainable) else "partly" if any(self.trainable) else "no"


class Summary:
    """The table that `nn.summary` makes of a network.

    Attributes:
        rows: one `Row` for each module.
        total_params: the number of all parameters, each counted once.
        trainable_params: of those that want gradients.
        buffer_bytes, param_bytes, gradient_bytes, input_bytes, output_bytes: memory, in bytes.

    >>> import nn
    >>> found = nn.summary(nn.Linear(2, 3), (5, 2))
    >>> found.total_params, found.rows[0].output, found.output_bytes
    (9, '(5, 3)', 60)
    """

    def __init__(
        self, name: str, inputs: Any, rows: list[Row], arrays: dict[str, list[tuple[int, int]]], output_bytes: int
    ) -> None:
        self.name = name
        self.input_shapes = [tuple(x.shape) for x in inputs or ()]
        self.was_called = inputs is not None
        self.rows = rows
        self.total_params, self.param_bytes = totals(arrays["parameters"])
        self.trainable_params, self.gradient_bytes = totals(arrays["trainable"])
        self.buffer_numbers, self.buffer_bytes = totals(arrays["buffers"])
        self.input_bytes = sum(x.nbytes for x in inputs or ())
        self.output_bytes = output_bytes

    @property
    def total_bytes(self) -> int:
        """An estimate of the memory that a forward pass takes."""
        return self.param_bytes + self.buffer_bytes + self.input_bytes + self.output_bytes

    def title(self) -> str:
        """What was called with what."""
        shapes = ", ".join(map(str, self.input_shapes))
        return f"{self.name} on {shapes}" if shapes else self.name

    def notes(self) -> list[tuple[str, str]]:
        """The lines below the table."""
        frozen = self.total_params - self.trainable_params
        trained = "all trainable" if not frozen else f"{self.trainable_params:,} trainable, {frozen:,} frozen"
        sizes = [("parameters", self.param_bytes), ("buffers", self.buffer_bytes)]
        sizes += [("input", self.input_bytes), ("outputs", self.output_bytes)]
        total = " + ".join(f"{in_bytes(size)} {what}" for what, size in sizes if size) or "0 B"
        lines = [("parameters", f"{self.total_params:,}, {trained}" if self.total_params else "none")]
        lines += [("buffers", f"{self.buffer_numbers:,}")] if self.buffer_numbers else []
        memory = f"{total} = {in_bytes(self.total_bytes)}" if " + " in total else total
        return [*lines, ("memory", f"{memory}; {in_bytes(self.gradient_bytes)} more for gradients")]

    def columns(self) -> list[int]:
        """Which columns to show: outputs only if the model was called."""
        return [place for place, head in enumerate(HEADS) if head != "output" or self.was_called]

    def table(self) -> list[list[str]]:
        """The heads and the rows, as texts."""
        return [[cells[place] for place in self.columns()] for cells in (HEADS, *(row.cells() for row in self.rows))]

    def __repr__(self) -> str:
        table = self.table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        right = [place == NUMBERS for place in self.columns()]
        aligned = [
            "  ".join(
                cell.rjust(width) if at_right else cell.ljust(width)
                for cell, width, at_right in zip(cells, widths, right, strict=True)
            ).rstrip()
            for cells in table
        ]
        return "\n".join([self.title(), *aligned, *(f"{name:<12}{text}" for name, text in self.notes())])

    def _repr_html_(self) -> str:
        right = [place == NUMBERS for place in self.columns()]

        def line(cells: list[str], tag: str) -> str:
            styled = zip(cells, right, strict=True)
            inside = "".join(
                f'<{tag} style="text-align:{"right" if at_right else "left"}">{escape(cell)}</{tag}>'
                for cell, at_right in styled
            )
            return f"<tr>{inside}</tr>"

        heads, *rows = self.table()
        notes = "".join(f"<div>{escape(name)}: {escape(text)}</div>" for name, text in self.notes())
        return (
            f"<div><b>{escape(self.title())}</b></div><table><thead>{line(heads, 'th')}</thead>"
            f"<tbody>{''.join(line(cells, 'td') for cells in rows)}</tbody></table>{notes}"
        )


def totals(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    """The sums of numbers and of bytes."""
    return sum(numbers for numbers, _ in sizes), sum(size for _, size in sizes)


def in_bytes(size: int) -> str:
    """A number of bytes in the unit that fits: 1.5 kB is 1,500 bytes.

    >>> in_bytes(61706 * 4), in_bytes(12)
    ('247 kB', '12 B')
    """
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            break
    return f"{amount:.1f} {unit}" if amount < 99.5 else f"{amount:.0f} {unit}"
