"""`detect_anomaly`: which rule made the first NaN, and which line called its operation."""

from __future__ import annotations

import pytest

import autograd
from autograd import Function
from autograd.autograd import detect_anomaly, set_detect_anomaly


def broken(x):
    return x.sqrt() * 0  # the line that is to be found


def test_names_the_rule_and_the_line():
    x = autograd.tensor(0.0, requires_grad=True)
    with detect_anomaly():
        y = broken(x)
        with pytest.raises(RuntimeError) as raised:
            y.backward()
    message = str(raised.value)
    assert "Function 'SqrtBackward0' returned nan values in its 0th output" in message
    assert "None had arrived" in message
    assert "return x.sqrt() * 0  # the line that is to be found" in message


def test_counts_the_outputs():
    x, y = autograd.tensor(1.0, requires_grad=True), autograd.tensor(float("nan"), requires_grad=True)
    with detect_anomaly(), pytest.raises(RuntimeError, match="'MulBackward0' returned nan values in its 0th output"):
        (x * y).backward()
    with detect_anomaly(), pytest.raises(RuntimeError, match="'MulBackward0' returned nan values in its 1th output"):
        (y * x).backward()


def test_custom_functions_are_watched():
    class Spoils(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    with detect_anomaly(), pytest.raises(RuntimeError, match="'SpoilsBackward' returned nan"):
        Spoils.apply(autograd.ones(2, requires_grad=True)).sum().backward()


def test_derivatives_of_derivatives_are_watched():
    x = autograd.tensor(0.0, requires_grad=True)
    with detect_anomaly():
        (g,) = autograd.grad(x**1.5, x, create_graph=True)
        with pytest.raises(RuntimeError, match="returned nan values"):
            (g.sqrt() * 0).backward()


def test_says_nothing_without_nan_and_without_the_check():
    x = autograd.tensor([0.0, 4.0], requires_grad=True)
    with detect_anomaly():
        x.exp().sum().backward()
    with detect_anomaly(check_nan=False):
        broken(x).sum().backward()
    assert x.grad.isnan().tolist() == [True, False]
    x.grad = None
    broken(x).sum().backward()


def test_switches():
    assert not autograd.is_anomaly_enabled()
    with set_detect_anomaly(True):
        assert autograd.is_anomaly_enabled()
        with set_detect_anomaly(False):
            assert not autograd.is_anomaly_enabled()
        with detect_anomaly(check_nan=False):
            assert not autograd.is_anomaly_check_nan_enabled()
        assert autograd.is_anomaly_check_nan_enabled()
    assert not autograd.is_anomaly_enabled()
    set_detect_anomaly(True)
    assert autograd.is_anomaly_enabled()
    set_detect_anomaly(False)
    assert not autograd.is_anomaly_enabled()
    assert autograd.is_anomaly_check_nan_enabled()
