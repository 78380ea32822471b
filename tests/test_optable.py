"""The table of operators in the docs: complete, well-formed and up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def page():
    """The page, written by a fresh process: other tests declare operators of their own in this one."""
    command = [sys.executable, "-m", "autograd.optable"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def rows(page):
    """The cells of each row."""
    return [line[2:-2].split(" | ") for line in page.splitlines() if line.startswith("| `")]


def test_page_is_up_to_date(page):
    written = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    assert page == written, "write it anew: python -m autograd.optable > docs/operators.md"


def test_each_operator_has_one_row(page):
    names = [cells[0] for cells in rows(page)]
    assert len(names) == len(set(names))
    for name in ("add", "linalg.inv", "fft.fft", "nn.functional.relu6", "Tensor.view", "special.entr", "matmul"):
        assert f"`{name}`" in names


def test_rows_have_all_cells_and_formulas_are_closed(page):
    for cells in rows(page):
        assert len(cells) == 4, cells
        for formula in re.findall(r"\$`(.*?)`\$", " ".join(cells)):
            assert "|" not in formula
            plain = formula.replace(r"\{", "").replace(r"\}", "")
            assert plain.count("{") == plain.count("}"), formula
            assert formula.count(r"\left") - formula.count(r"\leftarrow") == formula.count(r"\right") - formula.count(
                r"\rightarrow"
            ), formula


def test_rows_tell_rules_dtypes_and_shapes(page):
    by_name = {cells[0].strip("`"): cells for cells in rows(page)}
    _, formula, gradients, notes = by_name["mul"]
    assert formula == r"$`x \odot y`$"
    assert gradients == r"$`\bar x = \bar z \odot y`$<br>$`\bar y = \bar z \odot x`$"
    assert notes == "primitive, broadcasts, in place: `mul_`"
    assert "integers become floats" in by_name["exp"][3]
    assert "gives bool" in by_name["lt"][3]
    assert by_name["addcmul"][2] == ""
    assert by_name["addcmul"][3].startswith("derived")
    assert "inner primitive" in by_name["gather_adjoint"][3]
    assert "a view" in by_name["transpose"][3]
