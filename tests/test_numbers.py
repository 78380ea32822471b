"""Results are as near to PyTorch's as docs/concepts/numbers.md says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.torch


def script():
    spec = importlib.util.spec_from_file_location("precision", ROOT / "benchmarks" / "precision.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PRECISION = script()


@pytest.mark.parametrize("case", PRECISION.CASES, ids=lambda case: case.name.replace("`", ""))
def test_as_near_as_the_page_says(case, torch):
    measured = PRECISION.measured(case, seed=1)
    assert measured.apart <= case.limit
    assert measured.ours <= max(2 * measured.theirs, case.limit)


def test_the_page_has_every_case():
    text = PRECISION.PAGE.read_text(encoding="utf-8")
    assert all(f"| {case.name} |" in text for case in PRECISION.CASES)
