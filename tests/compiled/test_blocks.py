"""Runs of element-by-element instructions go over large arrays a stretch at a time, and give the same, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import arrays
from autograd.compiled import blocks
from tests.compiled.programs import PROGRAMS
from tests.compiled.test_equality import test_compiled_equals_eager as equals_eager


@pytest.fixture
def tiny_cache(monkeypatch):
    """Arrays of more than four elements are large ones."""
    monkeypatch.setattr(arrays, "CACHED", 4)
    monkeypatch.setattr(blocks, "CACHED", 4)


@pytest.mark.usefixtures("tiny_cache")
@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_programs_in_stretches(make):
    equals_eager(make)


def curve(x, w):
    """A run whose results are partly read later; and its gradient, which begins with one number at all places."""
    y = x * w
    z = 0.5 * y * (1 + (0.8 * (y + 0.04 * y**3)).tanh())
    loss = z.sum()
    loss.backward()
    return loss, w.grad


def both(function, *shapes, order="C"):
    """The function's results as written, and those of its replay, on other numbers than those it was recorded with."""
    compiled = autograd.compile(function, fullgraph=True)
    rng = np.random.default_rng(0)
    for _ in range(3):
        numbers = [np.asarray(rng.normal(size=shape), np.float32, order=order) for shape in shapes]
        found = []
        for call in (function, compiled):
            x, w = (autograd.from_numpy(array.copy(order="K")) for array in numbers)
            found.append([t.detach().numpy() for t in call(x, w.requires_grad_())])
    return compiled, found


@pytest.mark.parametrize("shape", [(300, 500), (2**18,)])
def test_a_run_becomes_a_loop(shape):
    compiled, (expected, found) = both(curve, shape, shape)
    assert compiled.source.count("in pieces(") == 2
    assert "_everywhere" in compiled.source
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_small_arrays_and_those_in_another_order_have_no_loop():
    for shape, order in (((30, 50), "C"), ((300, 500), "F")):
        compiled, (expected, found) = both(curve, shape, shape, order=order)
        assert "pieces" not in compiled.source
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)


def test_recorded_in_one_order_and_replayed_in_another():
    compiled = autograd.compile(curve, fullgraph=True)
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=(300, 500)) for _ in range(2))
    for turn in (np.ascontiguousarray, np.ascontiguousarray, np.asfortranarray):
        parts = [[autograd.from_numpy(turn(a)) for a in (x, w)] for _ in range(2)]
        (_, expected), (_, found) = (
            f(a, b.requires_grad_()) for f, (a, b) in zip((curve, compiled), parts, strict=True)
        )
        np.testing.assert_array_equal(found.numpy(), expected.numpy())


def test_what_a_bias_broadcasts_over_is_no_run():
    def shifted(x, w):
        y = ((x + w).exp() * w + 1).tanh()
        return y, y * 2

    compiled, (expected, found) = both(shifted, (300, 500), (500,))
    assert "\n    mul = exp * w\n" in compiled.source  # not in a loop
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
