"""Programs in PyTorch's idiom, in tests/programs: they run here as they are, and print what they print with PyTorch.

Each has assertions of its own, such as that its loss fell.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.forked import printed_with_torch

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "programs"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "conftest")

QUICK = {
    "autograd_tour", "char_lstm", "checkpoints", "custom_functions", "dataloader_custom", "gpt_nano", "hessian_func",
    "hooks_tour", "linear_regression", "lm_transformer", "names_bigram", "reinforce_corridor", "schedules",
    "tensor_tour", "transfer_freeze", "zoo_resnet",
}  # fmt: skip
"""What a test run that has little time runs; all of them run where the slow tests do."""

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?inf|nan")

each_program = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in PROGRAMS]
)


@functools.cache
def printed_by(*command: str) -> str:
    """What a program prints; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def words(text: str) -> list[str]:
    """What is printed between the numbers."""
    return NUMBER.sub("#", text).split()


def last_digit(number: str) -> float:
    """What the last digit of a printed number stands for."""
    mantissa, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) if "." in mantissa else 0.0


def differs(ours: str, theirs: str) -> bool:
    """Whether two numbers differ by more than 1e-4 of their size, and by more than rounding their last digit."""
    return not np.isclose(float(ours), float(theirs), rtol=1e-4, atol=1e-6 + 1.01 * last_digit(theirs), equal_nan=True)


@each_program
def test_it_runs(name):
    assert printed_by("-m", "autograd", f"{name}.py")


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_prints_what_it_prints_with_pytorch(name, tmp_path):
    """The same words, and the same numbers to four digits, as far as float32 goes."""
    ours, theirs = printed_by("-m", "autograd", f"{name}.py"), printed_with_torch(FOLDER / f"{name}.py", tmp_path)
    assert words(ours) == words(theirs)
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True)
    assert not [pair for pair in pairs if differs(*pair)]


def test_there_are_many():
    assert len(PROGRAMS) >= 25
