"""Pages that are files elsewhere in the repository: the README and its likes, with their links put right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]

PAGES = {
    "index.md": ["README.md"],
    "speed.md": ["benchmarks/README.md", "benchmarks/RESULTS.md"],
    "contributing.md": ["CONTRIBUTING.md"],
    "license.md": ["LICENSE"],
}

LINKS = {
    "(docs/": "(",
    "(benchmarks/README.md)": "(speed.md)",
    "(RESULTS.md)": "(#results)",
    "(CONTRIBUTING.md)": "(contributing.md)",
    "(LICENSE)": "(license.md)",
    "[examples](examples/)": "`examples`",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages."""
    for path, sources in PAGES.items():
        text = "\n\n".join((ROOT / source).read_text(encoding="utf-8") for source in sources)
        for there, here in LINKS.items():
            text = text.replace(there, here)
        files.append(File.generated(config, path, content=text))
    return files
