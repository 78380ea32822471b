"""Bad calls of every public function: each is answered, or refused as `judging` says, and changes nothing then.

They are made by programs of their own (`calling`), which are ended where a call never comes back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import judging
from tests.fuzz.good_calls import SPACES, good_calls, public_names

ROOT = Path(__file__).parents[2]

NOT_GOOD_BY_THEMSELVES = 90
"""How many of the guessed calls are refused although nothing in them was made bad: the guess was not good."""

PARTS = 4
"""In how many parts all bad calls are made, side by side where there are processors for it."""


def complaints(folder, *arguments):
    """Make bad calls in an empty folder; what was wrong with the answers, and how many calls there were."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.fuzz.calling", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    *found, summary = map(json.loads, done.stdout.splitlines())
    return found, summary


def test_bad_calls_are_refused_well(tmp_path):
    found, summary = complaints(tmp_path, 0, 4)
    assert not found, json.dumps(found[:20], indent=1)
    assert summary["made"] > 5000
    assert summary["raised"] > 0.7 * summary["made"]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_bad_value_in_every_place(tmp_path, part):
    found, summary = complaints(tmp_path, 1, "all", "", part, PARTS)
    assert not found, json.dumps(found[:20], indent=1)
    assert summary["made"] > 100_000 / PARTS


@pytest.mark.filterwarnings("ignore")
def test_every_public_function_is_called():
    called = {id(call.make()[0]) for call in good_calls()}
    called |= {id(type(call.make()[0])) for call in good_calls() if isinstance(call.make()[0], SPACES["nn"].Module)}
    left = {
        f"{prefix}.{name}"
        for prefix, space in SPACES.items()
        for name, found in public_names(space)
        if id(found) not in called
    }
    named = {call.name.partition("(")[0].rpartition(".")[2].partition(" ")[0] for call in good_calls()}
    assert {name for name in left if name.rpartition(".")[2] not in named} == set()


@pytest.mark.filterwarnings("ignore")
def test_most_good_calls_are_good(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused, settings = [], judging.settings()
    for call in good_calls():
        if "set_" in call.name or "save" in call.name:
            continue
        function, args, kwargs = call.make()
        try:
            function(*args, **kwargs)
        except Exception as error:
            refused.append(f"{call.name}: {error!r}"[:200])
    judging.put_back(settings)
    assert len(refused) < NOT_GOOD_BY_THEMSELVES, "\n".join(refused)
