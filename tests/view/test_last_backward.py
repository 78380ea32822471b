"""`python -m autograd script.py --draw ... --play ... --explain ...`: the last backward pass of any program."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(2, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
x, y = torch.ones(3, 2), torch.zeros(3, 1)

def train():
    for step in range(3):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        print(model.weight[0, 0].item())
        optimizer.step()

train()
print(sys.argv[1:])
"""


def run(tmp_path, *arguments, program=PROGRAM):
    script = tmp_path / "program.py"
    script.write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "autograd", str(script), *arguments], cwd=tmp_path, capture_output=True, text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, check=False,
    )  # fmt: skip


def test_all_three_are_written_and_the_program_keeps_its_arguments(tmp_path):
    done = run(
        tmp_path, "--epochs", "3", "--draw", "g.svg", "--play=p.html", "--explain", "e.md", "--", "--draw", "mine"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['--epochs', '3', '--draw', 'mine']"
    assert [line.split()[2] for line in done.stderr.splitlines()] == ["g.svg", "p.html", "e.md"]
    ET.parse(tmp_path / "g.svg")
    weight = float(done.stdout.splitlines()[2])  # as it was at the last backward pass, not after the last step
    assert f"{weight:.4g}" in (tmp_path / "g.svg").read_text(encoding="utf-8")
    assert "model.weight" in (tmp_path / "e.md").read_text(encoding="utf-8")
    assert (tmp_path / "p.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "program", "said"),
    [
        (["--draw", "g.svg"], "print('nothing')", "never called backward"),
        (["--draw", "g.xyz"], PROGRAM, "could not write g.xyz: can't save a drawing"),
        (["--explain", "e.doc"], PROGRAM, "must end in .md, .tex, .html or .txt"),
        (["--play", "no/where/p.html"], PROGRAM, "could not write no/where/p.html"),
    ],
)
def test_what_can_not_be_written_is_said(tmp_path, arguments, program, said):
    done = run(tmp_path, *arguments, program=program)
    assert done.returncode == 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_that_fails_still_fails(tmp_path):
    done = run(tmp_path, "--draw", "g.svg", program=PROGRAM + "\nraise SystemExit(3)")
    assert done.returncode == 3
    assert (tmp_path / "g.svg").is_file()
