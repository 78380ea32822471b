"""Explanations as documents: headings, formulas and numbers, to be shown as text, Markdown, LaTeX or HTML.

What is shown where is decided once, where a document is put together; the four ways to show it
are here, and nothing that comes from the user's program can be taken for markup in any of them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from latex2mathml.converter import convert

from autograd.arrays import Array
from autograd.view.wording import has_odd, odd_text, printable, shape_text, summary

LARGEST = 6
"""How many rows and columns a matrix may have to be shown as one in a formula."""

FEW = 48


class Formula(NamedTuple):
    """A formula in TeX, and as text."""

    tex: str
    text: str


class Block(NamedTuple):
    """A piece of a document.

    Attributes:
        kind: "title", "heading", "words", "formula", or "numbers".
        text: the words; for a formula or numbers, what they are.
        formula: the formula, or the symbol that the numbers belong to.
        array: the numbers.
        level: how far it is indented.
    """

    kind: str
    text: str = ""
    formula: Formula | None = None
    array: Array | None = None
    level: int = 0


# -- as text ---------------------------------------------------------------------------------------------


def as_text(blocks: Iterable[Block]) -> str:
    """For a terminal."""
    lines: list[str] = []
    for block in blocks:
        indent = "  " * block.level
        if block.kind == "title":
            lines += [printable(block.text), "═" * len(block.text)]
        elif block.kind == "heading":
            said = printable(block.text) + (f"   {printable(block.formula.text)}" if block.formula else "")
            lines += ["", said, "─" * len(said)]
        elif block.array is not None:
            lines += labeled(f"{indent}{pair(block)} = ", numbers(block.array))
        else:
            lines.append(indent + pair(block))
    return "\n".join(lines).strip("\n") + "\n"


def pair(block: Block) -> str:
    """A block's words and formula in one line."""
    parts = [printable(block.text), printable(block.formula.text) if block.formula else ""]
    return "  ".join(part for part in parts if part)


def labeled(label: str, text: str) -> list[str]:
    """A text of several lines, all of them beginning where the first does, or on lines of its own if that is far in."""
    rows = text.split("\n")
    if len(rows) > 1 and len(label) > 40:
        inner = " " * (len(label) - len(label.lstrip()) + 4)
        return [label.rstrip(), *(inner + row for row in rows)]
    return [label + rows[0], *(" " * len(label) + row for row in rows[1:])]


def numbers(array: Array) -> str:
    """An array in short: all of a small one, the rims of a larger one with what it is like in sum."""
    array = np.asarray(array)
    if array.size == 0:
        return f"empty, shape {shape_text(array.shape)}"
    with np.printoptions(precision=4, suppress=readable(array), threshold=FEW, edgeitems=2, linewidth=100):
        text = str(array)
    notes = [f"NaN or infinity: {odd_text(array)}"] if has_odd(array) else []
    if array.size > FEW:
        notes.insert(0, f"shape {shape_text(array.shape)}, {', '.join(summary(array))}")
    return "\n".join([text, *(f"({note})" for note in notes)])


def readable(array: Array) -> bool:
    """Whether the numbers are of sizes that four decimals can show."""
    if array.dtype.kind not in "fc":
        return True
    sizes = np.abs(array[np.isfinite(array) & (array != 0)])
    return sizes.size == 0 or bool(sizes.min() > 1e-3 and sizes.max() < 1e5)


# -- as Markdown and LaTeX -----------------------------------------------------------------------------------


def as_markdown(blocks: Iterable[Block]) -> str:
    """For notebooks and pages that draw formulas between dollar signs."""
    lines: list[str] = []
    for block in blocks:
        words = escaped_markdown(block.text)
        if block.kind in ("title", "heading"):
            sign = "#" if block.kind == "title" else "###"
            lines.append(f"{sign} {words}" + (f" ${block.formula.tex}$" if block.formula else ""))
        elif block.array is not None and block.formula is not None:
            lines += markdown_numbers(block)
        elif block.formula is not None:
            lines.append((words + "\n\n" if words else "") + f"$${block.formula.tex}$$")
        else:
            lines.append(words)
    return "\n\n".join(lines) + "\n"


def markdown_numbers(block: Block) -> list[str]:
    """Numbers as a matrix in a formula, or as a block of text if they are many."""
    assert block.array is not None
    assert block.formula is not None
    words = escaped_markdown(block.text)
    if is_matrix(block.array):
        return [(f"{words}\n\n" if words else "") + f"$${block.formula.tex} = {matrix(block.array)}$$"]
    return [f"{words} ${block.formula.tex}$ =".strip(), f"```\n{numbers(block.array)}\n```"]


def escaped_markdown(text: str) -> str:
    """Words in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]()#+!|$~])", r"\\\1", html.escape(printable(text), quote=False))


def as_latex(blocks: Iterable[Block]) -> str:
    """For a document with amsmath: no preamble, so that it can be put into one."""
    lines: list[str] = []
    for block in blocks:
        words = "".join(LATEX.get(letter, letter) for letter in printable(block.text))
        if block.kind in ("title", "heading"):
            command = "section" if block.kind == "title" else "subsection"
            lines.append(rf"\{command}*{{{words}}}" + (f"\n\\[{block.formula.tex}\\]" if block.formula else ""))
        elif block.array is not None and block.formula is not None:
            if is_matrix(block.array):
                lines.append(f"{words}\n\\[{block.formula.tex} = {matrix(block.array)}\\]".lstrip("\n"))
            else:
                lines.append(
                    f"{words} ${block.formula.tex}$ =\n\\begin{{verbatim}}\n{numbers(block.array)}\n\\end{{verbatim}}"
                )
        elif block.formula is not None:
            lines.append(f"{words}\n\\[{block.formula.tex}\\]".lstrip("\n"))
        else:
            lines.append(words)
    return "\n\n".join(lines) + "\n"


LATEX = {letter: rf"\{letter}" for letter in "{}$&#%_"} | {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def is_matrix(array: Array) -> bool:
    """Whether an array is small enough, and of a rank, to stand in a formula."""
    return array.ndim <= 2 and array.size > 0 and all(n <= LARGEST for n in array.shape)


def matrix(array: Array) -> str:
    """An array in TeX: a number, a row, or a matrix."""
    if array.ndim == 0:
        return tex_number(array.item())
    rows = np.atleast_2d(array).tolist()
    return r"\begin{bmatrix}" + r" \\ ".join(" & ".join(map(tex_number, row)) for row in rows) + r"\end{bmatrix}"


def tex_number(number: complex | float | int | bool) -> str:
    """A number in TeX."""
    if isinstance(number, complex):
        return f"{tex_number(number.real)} {'+' if number.imag >= 0 else '-'} {tex_number(abs(number.imag))} i"
    text = f"{number:.4g}".replace("nan", r"\text{nan}").replace("inf", r"\infty")
    base, e, power = text.partition("e")
    return rf"{base} \cdot 10^{{{int(power)}}}" if e else base


# -- as HTML ----------------------------------------------------------------------------------------------


CSS = """\
.chalk{font:14px/1.5 system-ui,sans-serif;max-width:60em;overflow-x:auto}
.chalk h2{font-size:1.35em;margin:.2em 0 .4em}
.chalk details{border-left:3px solid #1C7CC7;margin:.5em 0;padding:.1em 0 .1em .8em}
.chalk summary{cursor:pointer;font-weight:600;padding:.2em 0}
.chalk p{margin:.3em 0}
.chalk .in{margin-left:1.6em}
.chalk pre{display:inline-block;margin:.2em 0;background:none;color:inherit;
  font:12.5px/1.35 ui-monospace,Menlo,Consolas,monospace}
.chalk math{font-size:1.08em}
.chalk .odd{color:#C00000;font-weight:600}
"""


def as_html(blocks: Iterable[Block]) -> str:
    """For a notebook or a page: formulas in MathML, which browsers draw by themselves; one part to unfold per step."""
    parts = [f'<div class="chalk"><style>{CSS}</style>']
    is_open = False
    for block in blocks:
        words = html.escape(printable(block.text))
        if block.kind == "title":
            parts.append(f"<h2>{words}</h2>")
        elif block.kind == "heading":
            parts.append(
                ("</details>" if is_open else "") + f'<details open=""><summary>{words}{mathml(block, False)}</summary>'
            )
            is_open = True
        else:
            indent = ' class="in"' if block.level > 1 else ""
            parts.append(f"<p{indent}>{words} {content(block)}</p>")
    return "".join(parts) + ("</details>" if is_open else "") + "</div>"


def content(block: Block) -> str:
    """A formula, or numbers, as HTML."""
    if block.array is None:
        return mathml(block, True)
    formula = block.formula or Formula("", "")
    if is_matrix(block.array):
        return mathml(Block("", formula=Formula(f"{formula.tex} = {matrix(block.array)}", formula.text)), False)
    kind = ' class="odd"' if has_odd(block.array) else ""
    return f"{mathml(block, False)} = <pre{kind}>{html.escape(numbers(block.array))}</pre>"


def mathml(block: Block, on_its_own: bool) -> str:
    """A block's formula as MathML; as text where it can't be converted."""
    if block.formula is None:
        return ""
    tex = re.sub(r"\\ln (?=\S)", r"\\,\\ln\\,", re.sub(r"\\([_$#%])", r"\1", printable(block.formula.tex)))
    try:
        found = str(convert(tex, display="inline"))
        ElementTree.fromstring(found)
    except Exception:  # whatever the converter meets in a name: it has no error of its own
        return f" <code>{html.escape(printable(block.formula.text))}</code>"
    return " " + (found.replace("<math ", '<math displaystyle="true" ', 1) if on_its_own else found)
