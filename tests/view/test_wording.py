"""Numbers, arrays and settings in few characters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd.ops import convolution
from autograd.registry import OPS
from autograd.view.style import sign_of
from autograd.view.wording import array_rows, has_odd, number_text, printable, setting_text, settings, shorten, summary


@given(st.floats(-1e300, 1e300))
def test_four_digits_say_what_the_number_is(value):
    assert math.isclose(float(number_text(value)), value, rel_tol=5.01e-4, abs_tol=1e-320)
    assert len(number_text(value)) <= len("-1.234e-308")


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (-0.33333334, "-0.3333"), (10**9, "1000000000"), (True, "True"), (1 - 2j, "1-2j"), (math.nan, "nan"),
     (-math.inf, "-inf")],
)  # fmt: skip
def test_numbers(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("array", "rows"),
    [
        (np.float32(0.5), [["0.5"]]),
        (np.array(7), [["7"]]),
        (np.zeros((0, 3)), [["empty"]]),
        (np.array([1.0, np.nan]), [["[1, nan]"]]),
        (np.array([[1, 2], [3, 4]]), [["1", "2"], ["3", "4"]]),
        (np.zeros((2, 3, 4)), [["all 0"]]),
        (np.arange(100), [["0 … 99"]]),
        (np.arange(10) < 3, [["3 of 10 True"]]),
    ],
)
def test_arrays(array, rows):
    assert array_rows(np.asarray(array)) == rows


def test_many_numbers_by_mean_and_spread(rng):
    array = rng.standard_normal((30, 40)).astype(np.float32)
    ((line,),) = array_rows(array)
    mean, spread = map(float, line.split(" ± "))
    assert math.isclose(mean, array.mean(), rel_tol=6e-3)
    assert math.isclose(spread, array.std(), rel_tol=6e-3)


def test_nan_and_infinity_are_counted_and_kept_out_of_the_mean():
    array = np.full(50, 2.0)
    array[:3], array[3:5] = np.nan, -np.inf
    assert summary(array) == ["3 nan, 2 inf of 50", "rest 2"]
    assert has_odd(array)
    assert summary(np.full(10, np.nan)) == ["10 nan of 10"]


def test_huge_numbers_make_no_warning(recwarn):
    assert summary(np.array([1e308, -1e308, 1e308] * 10)) != []
    assert len(recwarn) == 0


@pytest.mark.parametrize("array", [np.arange(3), np.array([True]), np.zeros(0), None, np.float64(1)])
def test_nothing_odd(array):
    assert not has_odd(array)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: x.sum(), {}),
        (lambda x: x.sum(dim=0, keepdim=True), {"dim": "(0,)", "keepdim": "True"}),
        (lambda x: x.softmax(1), {"dim": "1"}),
        (lambda x: autograd.constant_pad_nd(x, (1, 0), 2.5), {"before": "(0, 1)", "value": "2.5"}),
        (lambda x: x[0, ::2], {"index": "(0, ::2)"}),
        (lambda x: x[[0, 1]], {"index": "([0, 1],)"}),
        (lambda x: x[x > 0], {"index": "(bool (2, 3),)"}),
        (lambda x: x.double(), {"dtype": "float64"}),
        (lambda x: x**0.5, {"exponent": "0.5"}),
        (lambda x: x.permute(1, 0), {"dims": "(1, 0)"}),
    ],
)
def test_settings_that_are_not_the_usual(call, expected):
    node = call(autograd.ones(2, 3, requires_grad=True)).grad_fn
    assert settings(node.op, node.params) == expected


def test_settings_of_a_convolution():
    usual = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
    assert settings(convolution.convolution.op, usual) == {}
    assert settings(convolution.convolution.op, usual | {"stride": (2, 1)}) == {"stride": "(2, 1)"}


@pytest.mark.parametrize(
    ("call", "sign"),
    [(lambda x: x + x, "+"), (lambda x: x @ x, "@"), (lambda x: x**3, "** 3"), (lambda x: x[0, 1:], "[0, 1:]"),
     (lambda x: x[x > 0], "[bool (2, 2)]"), (lambda x: x.exp(), "exp")],
)  # fmt: skip
def test_signs(call, sign):
    node = call(autograd.ones(2, 2, requires_grad=True)).grad_fn
    assert sign_of(node.op, node.params)[0] == sign


def test_a_write_s_sign():
    x = autograd.ones(3, requires_grad=True) * 1
    x[1] = 5.0
    assert sign_of(x.grad_fn.op, x.grad_fn.params)[0] == "[1] ="


def test_functions_are_no_settings_to_show():
    assert settings(OPS["sum"], {"dim": (1,), "keepdim": False, "observe": print}) == {"dim": "(1,)"}


def test_long_settings_are_shortened():
    assert setting_text(()) == "()"
    (text,) = settings(OPS["permute"], {"dims": tuple(range(30))}).values()
    assert len(text) == 28


@given(st.text())
def test_printable_is_one_line_of_valid_unicode(text):
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()


@given(st.text(), st.integers(1, 40))
def test_shorten_keeps_both_ends(text, longest):
    short = shorten(text, longest)
    assert len(short) <= longest or short == text
    if len(text) > longest > 3:
        start, end = short.split("…", 1) if "…" not in text else (short[:1], short[-1:])
        assert text.startswith(start)
        assert text.endswith(end)
