"""Formulas as MathML, which browsers draw by themselves: no script, and nothing fetched from elsewhere."""

from __future__ import annotations

import html
import logging
import re
from typing import Any

from latex2mathml.converter import convert

from autograd.view.formulas import plain

log = logging.getLogger("mkdocs.hooks.formulas")

IN_BACKTICKS = re.compile(r"\$`([^`]+)`\$")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
UNKNOWN = {r"\arg": r"\operatorname{arg}", r"\^{}": r"\text{^}"}
"""What the converter does not know, and what it does."""

UNCONVERTED = re.compile(r">[^<]*\\[^<]*<")
IN_TITLE = re.compile(r"\\\((.*?)\\\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Both ways to mark a formula on GitHub are the same here: $`x`$ and $x$."""
    return IN_BACKTICKS.sub(r"$\1$", markdown)


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """What the Markdown extension has marked as formulas, in MathML; in the table of contents, as text."""
    for item in all_items(page.toc):
        item.title = IN_TITLE.sub(lambda found: html.escape(plain(html.unescape(found[1]))), item.title)

    def mathml(found: re.Match[str]) -> str:
        tag, bracket, tex = found.groups()
        known = html.unescape(tex).strip()
        for command, instead in UNKNOWN.items():
            known = re.sub(re.escape(command) + r"(?![a-zA-Z])", lambda _: instead, known)  # noqa: B023
        try:
            formula = convert(known, display="inline" if bracket == "(" else "block")
        except Exception as error:  # the converter has no error of its own
            log.warning("%s: can't convert %r: %r", page.file.src_uri, tex, error)
            return found[0]
        if UNCONVERTED.search(formula):
            log.warning("%s: TeX is left over from %r", page.file.src_uri, tex)
        return formula if tag == "span" else f'<div class="formula">{formula}</div>'

    return FORMULA.sub(mathml, content)


def all_items(items: Any) -> Any:
    """The entries of a table of contents, from top to bottom."""
    for item in items:
        yield item
        yield from all_items(item.children)
