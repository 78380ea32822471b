"""The examples run as their readers run them, and come to what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py") if path.stem != "demo")
SECONDS = 60

pytestmark = pytest.mark.slow


@pytest.fixture(params=EXAMPLES)
def example(request):
    return request.param


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """What each example printed, and the folder in which it ran."""
    return {name: run(name, tmp_path_factory.mktemp(name)) for name in EXAMPLES}


def run(name, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::UserWarning"}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * SECONDS,
    )
    return done, time.perf_counter() - started, folder


def printed(ran, name):
    return ran[name][0].stdout


def number(text, pattern):
    return float(re.search(pattern, text)[1])


def test_it_ends_well_and_soon(ran, example):
    done, seconds, _ = ran[example]
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert seconds < SECONDS


def test_it_begins_with_what_it_does_in_one_line(example):
    first = (ROOT / "examples" / f"{example}.py").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith('"""')
    assert first.endswith('."""')


def test_the_pictures_it_names_are_there(ran, example):
    text = printed(ran, example)
    pictures = re.findall(r"out/\w+\.\w+", text)
    assert all((ran[example][2] / picture).stat().st_size > 2000 for picture in pictures)
    assert pictures or example in ("linear_regression", "names_model")  # these two end in a table


def test_linear_regression_finds_the_exact_solution(ran):
    text = printed(ran, "linear_regression")
    rows = re.findall(r"^(.{16})  +(-?\d+\.\d+)  +(-?\d+\.\d+)$", text, re.MULTILINE)
    assert len(rows) == 11
    assert max(abs(float(learned) - float(exact)) for _, learned, exact in rows) < 0.05
    assert number(text, r"off by ([\d.]+) on") < 0.8 * number(text, r"of all is off by ([\d.]+)")


def test_moons_are_told_apart(ran):
    assert number(printed(ran, "moons"), r"([\d.]+)% of the held-out") >= 93


def test_digits_are_recognized(ran):
    assert number(printed(ran, "digits_cnn"), r"epoch 10: ([\d.]+)%") >= 96


def test_names_beat_letter_pairs(ran):
    """Counting which letter follows which gives 2.3 nats a letter: the model must have learned more than that."""
    text = printed(ran, "names_model")
    assert number(text, r"epoch 8: ([\d.]+) nats") < 2.05
    made_up = [line.split()[-1] for line in text.split("made up\n")[1].splitlines()]
    assert len(made_up) == len(set(made_up)) == 12


def test_the_autoencoder_learns(ran):
    """An image costs 64 log 2 = 44.4 nats where nothing is known, 27.1 where only the mean image is."""
    assert number(printed(ran, "vae_digits"), r"epoch 60: ([\d.]+) nats") < 25.5


def test_the_custom_function_is_right_where_the_naive_form_is_not(ran):
    text = printed(ran, "custom_function")
    assert "finite differences: True" in text
    rows = {
        tuple(line.split()[3:5]): line.split()[5:]
        for line in text.splitlines()
        if " naive " in line or " LogSumExp " in line
    }
    assert rows["LogSumExp", "3.4076"] == rows["naive", "3.4076"] == ["0.0900,", "0.2447,", "0.6652"]
    assert rows["LogSumExp", "900.0000"] == ["0.0000,", "0.0000,", "1.0000"]
    assert ("naive", "inf") in rows
