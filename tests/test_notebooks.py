"""The notebooks run from top to bottom, and are committed without outputs."""

import json
import sys
from pathlib import Path

import pytest

import autograd

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.fixture
def clean():
    """What a notebook leaves behind is put away: it has a process to itself in real life."""
    yield
    autograd.set_default_dtype(autograd.float32)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def each_notebook():
    """All of them, those after the first as slow tests."""
    for number, path in enumerate(NOTEBOOKS):
        yield pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if number else [])


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("path", list(each_notebook()))
def test_it_runs(path):
    names = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells(path)):
        exec(compile("".join(cell["source"]), f"{path.name}, code cell {number}", "exec"), names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_has_no_outputs(path):
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells(path))
