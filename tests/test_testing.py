"""`torch.testing`: what is close, and the words for what is not. The words are PyTorch's."""

import numpy as np
import pytest

import autograd
from autograd.testing import assert_allclose, assert_close

t = autograd.tensor
NOT_CLOSE = "Tensor-likes are not close!\n\nMismatched elements: 1 / 2 (50.0%)\n"


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (t([1.0, 2.0]), t([1.0, 2.5]),
         NOT_CLOSE + "Greatest absolute difference: 0.5 at index (1,) (up to 1e-05 allowed)\n"
         "Greatest relative difference: 0.20000000298023224 at index (1,) (up to 1.3e-06 allowed)"),
        (t([[1, 2]]), t([[1, 4]]),
         "Tensor-likes are not equal!\n\nMismatched elements: 1 / 2 (50.0%)\n"
         "Greatest absolute difference: 2 at index (0, 1)\nGreatest relative difference: 0.5 at index (0, 1)"),
        (t([True]), t([False]),
         "Tensor-likes are not equal!\n\nMismatched elements: 1 / 1 (100.0%)\n"
         "Greatest absolute difference: 1 at index (0,)\nGreatest relative difference: inf at index (0,)"),
        (1.0, 1.1,
         "Scalars are not close!\n\nExpected 1.1 but got 1.0.\n"
         "Absolute difference: 0.10000000000000009 (up to 1e-07 allowed)\n"
         "Relative difference: 0.09090909090909098 (up to 1e-07 allowed)"),
        ([1, t(2.0)], [1, t(3.0)],
         "Scalars are not close!\n\nExpected 3.0 but got 2.0.\nAbsolute difference: 1.0 (up to 1e-05 allowed)\n"
         "Relative difference: 0.3333333333333333 (up to 1.3e-06 allowed)\n\nThe failure occurred for item [1]"),
        ({"a": t(1.0)}, {"b": t(1.0)},
         "The keys of the mappings do not match:\nMissing keys in the actual mapping: ['b']\n"
         "Additional keys in the actual mapping: ['a']"),
        (t([1.0]), t([1.0, 2.0]),
         "The values for attribute 'shape' do not match: torch.Size([1]) != torch.Size([2])."),
        (t([1.0]), t([1]), "The values for attribute 'dtype' do not match: torch.float32 != torch.int64."),
        (1, 1.0, "The (d)types do not match: <class 'int'> != <class 'float'>."),
        (None, 1, "None mismatch: None is not 1"),
        (True, False, "Booleans mismatch: True is not False"),
        (1.0, 1.000001, None),  # numbers are compared as float64
        (np.ones(2), np.array([1.0, 1.000001]), None),
    ],
)  # fmt: skip
def test_the_words_for_what_is_not_close(actual, expected, text):
    with pytest.raises(AssertionError) as error:
        assert_close(actual, expected)
    assert text is None or str(error.value) == text


@pytest.mark.parametrize(
    ("actual", "expected"), [(t([1.0]), 1.0), (1, t(1)), (t(1), [1]), ("a", "a"), (t([1.0]), np.ones(1))]
)
def test_things_of_different_kinds_are_not_compared(actual, expected):
    with pytest.raises(TypeError, match="No comparison pair was able to handle inputs of type"):
        assert_close(actual, expected)


def test_what_is_close():
    assert_close(None, None)
    assert_close({"a": [None, 1, True]}, {"a": [None, 1, True]})
    assert_close(t([1.0]), t([1.000001]))
    assert_close(1.0, 1.0 + 1e-8)
    assert_close(t([1.0]), t([1]), check_dtype=False)
    assert_close(t([float("nan")]), t([float("nan")]), equal_nan=True)


def test_the_older_form_is_laxer():
    assert_allclose(t([1.0]), [1.00005])
    with pytest.raises(AssertionError):
        assert_allclose(t([1.0]), [1.001])
