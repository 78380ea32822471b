"""The notebooks as pages: their text, code and outputs, as `make docs` left them in build/notebooks after running them."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
EXECUTED = ROOT / "build" / "notebooks"

log = logging.getLogger("mkdocs.hooks.course")

ANSI = re.compile(r"\x1b\[[0-9;]*m")
BEST = ("image/svg+xml", "text/html", "image/png", "text/markdown", "text/latex", "text/plain")
"""What is shown of an output that comes in several forms."""

outputs: dict[str, str] = {}
"""HTML by the mark that stands for it while the page is Markdown, whose rules it must not meet."""


def on_config(config: Any) -> Any:
    """Put the notebooks into the navigation."""
    course = next(entry["Course"] for entry in config.nav if "Course" in entry)
    course += [f"course/{path.stem}.md" for path in notebooks()]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add a page for each notebook, and one that lists them."""
    lines = ["# The course", "", INTRODUCTION, ""]
    for path in notebooks():
        if not (EXECUTED / path.name).exists():
            log.warning("build/notebooks/%s is missing: `make docs` runs the notebooks first", path.name)
            continue
        notebook = nbformat.read(EXECUTED / path.name, as_version=4)
        files.append(File.generated(config, f"course/{path.stem}.md", content=page(path.stem, notebook.cells)))
        lines.append(f"- [{title(notebook.cells)}]({path.stem}.md)")
    files.append(File.generated(config, "course/index.md", content="\n".join(lines) + "\n"))
    return files


INTRODUCTION = """\
Backpropagation step by step, in notebooks of 10 to 30 minutes. Every formula is derived, and then checked in code.
These pages show the notebooks with their outputs; to change and run them, get the repository and type

    make course

which opens them in JupyterLab. Each ends with exercises. Try them before you unfold the solutions."""


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Put the outputs where their marks are."""
    if page.file.src_uri.startswith("course/"):
        content = re.sub(r"<p>(OUTPUT-[\w-]+-END)</p>", lambda mark: outputs[mark[1]], content)
    return content


def notebooks() -> list[Path]:
    """The notebooks, in the order of the course."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def title(cells: list[Any]) -> str:
    """The first heading."""
    return next(line[2:] for cell in cells for line in cell.source.splitlines() if line.startswith("# "))


def page(name: str, cells: list[Any]) -> str:
    """A notebook as Markdown, with a mark for each output."""
    parts = []
    for number, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            parts.append(as_markdown(cell.source))
        elif cell.cell_type == "code":
            marks = "\n\n".join(marked(f"OUTPUT-{name}-{number}", cell.outputs))
            code = f"```python\n{cell.source}\n```\n\n{marks}"
            hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
            parts.append(folded(code) if hidden else code)
    return "\n\n".join(parts)


def as_markdown(source: str) -> str:
    """A notebook's text for this site: links lead to pages, and a list needs an empty line before it."""
    linked = re.sub(r"\]\((?:\./)?([\w-]+)\.ipynb", r"](\1.md", source)
    return re.sub(r"^((?!\s*(?:[-*]|\d+\.) ).*\S.*\n)(?=(?:[-*]|\d+\.) )", r"\1\n", linked, flags=re.MULTILINE)


def folded(text: str) -> str:
    """Markdown that the reader unfolds."""
    return '??? tip "Solution"\n\n' + "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def marked(name: str, found: list[Any]) -> Iterator[str]:
    """A mark for each output of a cell, and the HTML noted under it."""
    for number, output in enumerate(joined(found)):
        mark = f"{name}-{number}-END"
        outputs[mark] = f'<div class="output">{shown(output)}</div>'
        yield mark


def joined(found: list[Any]) -> list[Any]:
    """Outputs with what was printed piece by piece as one."""
    done: list[Any] = []
    for output in found:
        if done and output.output_type == "stream" == done[-1].output_type:
            done[-1].text += output.text
        else:
            done.append(output)
    return done


def shown(output: Any) -> str:
    """An output as HTML."""
    if output.output_type == "stream":
        return text(output.text)
    if output.output_type == "error":
        return text("\n".join(output.traceback))
    kind = next(kind for kind in BEST if kind in output.data)
    data = output.data[kind]
    if kind == "image/png":
        return (
            f'<img alt="{html.escape(output.data.get("text/plain", ""))}" src="data:image/png;base64,{data.strip()}">'
        )
    return data if kind in ("image/svg+xml", "text/html") else text(data)


def text(data: str) -> str:
    """What was printed, without the colors of a terminal."""
    return f"<pre>{html.escape(ANSI.sub('', data))}</pre>"
