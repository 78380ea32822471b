"""`torch.utils.benchmark`: the same times are written down as PyTorch writes them; timing itself is only looked at."""

from __future__ import annotations

import importlib
import itertools
import pickle
import re

import numpy as np
import pytest

import autograd
from autograd.utils.benchmark import Compare, Measurement, TaskSpec, Timer, select_unit

TASKS = [
    {"stmt": "f(x)", "setup": "pass"},
    {"stmt": "f(x)", "setup": "import f", "label": "sum", "sub_label": "big", "num_threads": 4},
    {"stmt": "a = 1\nb = 2", "setup": "c = 3\nd = 4", "sub_label": "two lines", "description": "by hand"},
]
TIMES = [[2.5e-6], [1e-3, 2e-3], [1e-5, 1.01e-5, 1.02e-5, 1.03e-5], [1.0, 1.2, 1.4, 1.5, 9.0], [5e-9, 5e-9, 6e-9, 6e-9]]


@pytest.fixture
def theirs(torch):
    return importlib.import_module("torch.utils.benchmark.utils.common"), torch.utils.benchmark


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("task", TASKS)
def test_measurements_say_what_torchs_say(theirs, task, times):
    common, _ = theirs
    expected = common.Measurement(10, times, common.TaskSpec(**task))
    found = Measurement(10, times, TaskSpec(**task))
    text = [re.sub(r"<.*object at \w+>", "", repr(measurement)) for measurement in (expected, found)]
    assert text[1] == text[0]
    for name in ("times", "median", "mean", "iqr"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, atol=1e-24)
    for name in ("significant_figures", "has_warnings", "title", "as_row_name", "label", "num_threads"):
        assert getattr(found, name) == getattr(expected, name), name
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(AttributeError):
        found.nothing  # noqa: B018


LOOKS = {
    "plain": (), "trimmed": ("trim_significant_figures",), "colored": ("colorize",),
    "marked": ("highlight_warnings", "trim_significant_figures"),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("holes", [False, True])
def test_tables_are_torchs(theirs, rng, look, holes):
    common, benchmark = theirs
    tables = []
    cells = [
        (label, row, column, threads, rng.uniform(1e-6, 4e-3) * rng.uniform(0.9, 1.2, 5))
        for label, threads, row, column in itertools.product("AB", (1, 4), ("[1, 64]", "[8]"), ("loop", "one call"))
        if not (holes and (row, column) == ("[8]", "loop"))
    ]
    for spec, measurement, compare in (
        (common.TaskSpec, common.Measurement, benchmark.Compare), (TaskSpec, Measurement, Compare),
    ):  # fmt: skip
        results = [
            measurement(3, list(map(float, times)), spec(
                "f(x)", "pass", label=label, sub_label=row, description=column, num_threads=threads))
            for label, row, column, threads, times in cells
        ]  # fmt: skip
        table = compare(results[:5])
        table.extend_results(results[5:])
        for change in look:
            getattr(table, change)()
        tables.append(str(table))
    assert tables[1] == tables[0]


def test_replicates_are_merged():
    one, other = (Measurement(n, [n * 2e-3], TaskSpec("f(x)")) for n in (1, 4))
    (merged,) = Measurement.merge([one, other])
    assert merged.times == pytest.approx([2e-3, 2e-3])
    with pytest.raises(ValueError, match="Expected an instance of `Measurement`"):
        Compare([1.0])


@pytest.mark.parametrize("seconds", [3e-10, 5e-9, 2e-6, 9.99e-4, 0.5, 1.0, 80.0])
def test_units_are_torchs(theirs, seconds):
    assert select_unit(seconds) == theirs[0].select_unit(seconds)


def test_timers_run_the_statement():
    calls = []
    timer = Timer(
        """
        calls.append(torch.get_num_threads())
        """, setup="calls.clear()", globals={"calls": calls}, timer=lambda: len(calls) * 1e-3,
    )  # fmt: skip
    before = autograd.get_num_threads()
    measured = timer.timeit(7)
    assert (measured.number_per_run, len(calls), set(calls)) == (7, 7, {1})
    assert measured.median == pytest.approx(1e-3)
    assert autograd.get_num_threads() == before
    seen = []
    blocks = timer.blocked_autorange(lambda number, time: seen.append((number, time)), min_run_time=0.005)
    assert seen == [(blocks.number_per_run, time) for time in blocks.raw_times]
    assert sum(blocks.raw_times) >= 0.005
    steady = timer.adaptive_autorange(min_run_time=0.001)
    assert len(steady.raw_times) == 4
    assert steady.meets_confidence()
    slower = Timer("calls.append(0)", globals={"calls": calls}, timer=lambda: len(calls) ** 2 * 1e-3)
    restless = slower.adaptive_autorange(0.0, max_run_time=5.0)
    assert sum(restless.raw_times) > 5.0


@pytest.mark.parametrize("options", [{"stmt": print}, {"language": "c++"}, {"global_setup": "int a;"}])
def test_only_python_is_timed(options):
    with pytest.raises(ValueError, match=r"only a `str` stmt|Python here"):
        Timer(**options)
