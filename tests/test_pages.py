"""What stands in the pages and in the README is true: their examples run, the files and commands they name are there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONCEPTS = sorted((ROOT / "docs" / "concepts").glob("*.md"))
WRITTEN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
MADE_BY_THE_SITE = {"docs/reference", "docs/speed.md"}


def blocks(path, language):
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", [path for path in CONCEPTS if blocks(path, "pycon")], ids=lambda path: path.stem)
def test_a_concept_s_examples(path):
    test = doctest.DocTestParser().get_doctest("\n".join(blocks(path, "pycon")), {}, path.name, str(path), 0)
    said = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


@pytest.mark.parametrize("path", CONCEPTS, ids=lambda path: path.stem)
def test_what_a_concept_shows(path, capsys):
    names = {"__name__": "__main__"}
    text = path.read_text(encoding="utf-8")
    for options, block in re.findall(r'^```python (exec="true"[^\n]*)\n(.*?)^```$', text, re.DOTALL | re.MULTILINE):
        exec(compile(block, path.name, "exec"), names)
        shown = capsys.readouterr().out
        assert "<svg" in shown if "html" in options else shown.strip()


@pytest.mark.parametrize("path", WRITTEN + CONCEPTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        file = (path.parent / target).resolve()
        is_made = MADE_BY_THE_SITE & {str(file.relative_to(ROOT)), str(file.relative_to(ROOT).parent)}
        assert is_made or file.exists(), target


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_the_targets_named_are_in_the_makefile(path):
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^    |`)make ([a-z]+)", text, re.MULTILINE)) <= targets


def test_the_first_look_in_the_readme(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first = next(block for block in blocks(ROOT / "README.md", "python") if "import" in block)
    exec(compile(first, "README.md", "exec"), {"__name__": "__main__"})
    loss, right = map(float, capsys.readouterr().out.splitlines()[0].split())
    assert loss < 0.1
    assert right > 0.97
    assert (tmp_path / "loss.svg").read_text(encoding="utf-8").startswith("<svg")
