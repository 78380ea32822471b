"""From DOT to a picture: finding a program that lays graphs out, and running it.

That is Graphviz's `dot` where it is installed, else `graphviz-pure`, which comes as a wheel with
this library's dependencies.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

NO_PROGRAM = (
    "drawing needs a program that lays out graphs: `pip install graphviz-pure`, or Graphviz's own `dot` on the PATH "
    "(https://graphviz.org/download). The DOT text is in .source all the same, and .save('graph.dot') writes it"
)
NO_PDF = (
    "saving as PDF needs Graphviz's own `dot` on the PATH (https://graphviz.org/download), and it is not there: "
    "save as .svg, which scales as well, or as .png"
)

RESOLUTION = 144
MOST_PIXELS, LONGEST_SIDE = 8e6, 32_000


def render(source: str, format: str, *options: str) -> bytes:
    """The picture of a DOT source as "svg", "png" or "pdf".

    Raises RuntimeError where there is no program to draw with, or it fails.
    """
    program = program_for(format)
    done = subprocess.run([program, f"-T{format}", *options], input=source.encode(), capture_output=True, check=False)
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(
            f"{Path(program).name} could not draw the graph (exit status {done.returncode}): "
            f"{done.stderr.decode(errors='replace').strip()}"
        )
    return done.stdout


def program_for(format: str) -> str:
    """The program that draws in this format; RuntimeError with what to install where there is none."""
    program = real_dot() or (pure_dot() if format != "pdf" else None)
    if program is None:
        raise RuntimeError(NO_PDF if format == "pdf" else NO_PROGRAM)
    return program


def render_png(source: str, svg: str) -> bytes:
    """The picture in pixels: fewer to the inch where it would become too large; its SVG says how large it is."""
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    inches = [float(points) / 72 for points in found.groups()] if found else [1.0]
    resolution = min(RESOLUTION, math.sqrt(MOST_PIXELS / math.prod(inches)), LONGEST_SIDE / max(inches))
    return render(source, "png", f"-Gdpi={resolution:.4g}")


def real_dot() -> str | None:
    """Graphviz's `dot`, if it is on the PATH."""
    return shutil.which("dot")


def pure_dot() -> str | None:
    """The `graphviz-pure` that pip installed: beside this Python, among the user's scripts, or on the PATH."""
    beside = (
        sysconfig.get_path("scripts"),
        os.path.dirname(sys.executable),
        sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")),
    )
    return shutil.which("graphviz-pure", path=os.pathsep.join(beside)) or shutil.which("graphviz-pure")
