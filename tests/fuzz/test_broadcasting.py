"""Operations on two or three tensors of random shapes that broadcast, or don't: NumPy's values, and gradients by hand."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from tests.fuzz.drawing import broadcasting, numbers, shapes
from tests.fuzz.test_indexing import summed_to

FEW = hypothesis.settings(max_examples=60)
MANY = hypothesis.settings(max_examples=1000, suppress_health_check=list(hypothesis.HealthCheck))

OPERATIONS = {
    "add": (lambda x, y: x + y, lambda x, y: (1 + 0 * x, 1 + 0 * y)),
    "sub": (lambda x, y: x - y, lambda x, y: (1 + 0 * x, -1 + 0 * y)),
    "mul": (lambda x, y: x * y, lambda x, y: (y, x)),
    "div": (lambda x, y: x / (y * y + 1), lambda x, y: (1 / (y * y + 1), -2 * x * y / (y * y + 1) ** 2)),
    "maximum": (np.maximum, lambda x, y: ((x > y) + (x == y) / 2, (x < y) + (x == y) / 2)),
    "minimum": (np.minimum, lambda x, y: ((x < y) + (x == y) / 2, (x > y) + (x == y) / 2)),
    "hypot": (np.hypot, lambda x, y: (x / np.hypot(x, y), y / np.hypot(x, y))),
    "arctan2": (np.arctan2, lambda x, y: (y / (x * x + y * y), -x / (x * x + y * y))),
    "logaddexp": (np.logaddexp, lambda x, y: (1 / (1 + np.exp(y - x)), 1 / (1 + np.exp(x - y)))),
    "where": (lambda x, y: np.where(y > 0, x, y), lambda x, y: ((y > 0) + 0 * x, (y <= 0) + 0 * x)),
}
"""What is computed, on arrays and on tensors alike, and its derivatives by x and by y."""

COMPARISONS = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


def broadcasts_and_sums_back(name, given_shapes):
    """One operation on tensors of two of these shapes: its value, and its gradients along a random cotangent."""
    compute, derivatives = OPERATIONS[name]
    x, y = (numbers(shape, seed) + 0.125 * seed for seed, shape in enumerate(given_shapes[:2], 1))
    a, b = autograd.tensor(x, requires_grad=True), autograd.tensor(y, requires_grad=True)
    result = compute(a, b)
    np.testing.assert_allclose(result.detach().numpy(), compute(x, y), rtol=1e-12, atol=1e-12)
    cotangent = numbers(result.shape, seed=3)
    result.backward(autograd.tensor(cotangent))
    for tensor, derivative in zip((a, b), derivatives(x, y), strict=True):
        by_hand = summed_to(cotangent * np.broadcast_to(derivative, result.shape), tensor.shape)
        np.testing.assert_allclose(tensor.grad.numpy(), by_hand, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_on_two(name):
    FEW(given(broadcasting())(lambda given_shapes: broadcasts_and_sums_back(name, given_shapes)))()


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_many_operations_on_two(name):
    MANY(given(broadcasting())(lambda given_shapes: broadcasts_and_sums_back(name, given_shapes)))()


@FEW
@given(broadcasting(), st.sampled_from(sorted(COMPARISONS)))
def test_comparisons(given_shapes, name):
    x, y = numbers(given_shapes[0], 1), numbers(given_shapes[1], 2)
    result = getattr(autograd, name)(autograd.tensor(x), autograd.tensor(y))
    np.testing.assert_array_equal(result.numpy(), COMPARISONS[name](x, y))


@FEW
@given(broadcasting())
def test_shapes_and_tensors_are_broadcast(given_shapes):
    expected = np.broadcast_shapes(*given_shapes)
    assert tuple(autograd.broadcast_shapes(*given_shapes)) == expected
    leaves = [autograd.tensor(numbers(shape, seed), requires_grad=True) for seed, shape in enumerate(given_shapes)]
    for leaf, wide in zip(leaves, autograd.broadcast_tensors(*leaves), strict=True):
        np.testing.assert_array_equal(wide.detach().numpy(), np.broadcast_to(leaf.detach().numpy(), expected))
        cotangent = numbers(expected, seed=7)
        wide.backward(autograd.tensor(cotangent))
        np.testing.assert_allclose(leaf.grad.numpy(), summed_to(cotangent, leaf.shape), rtol=1e-12, atol=1e-12)


@FEW
@given(broadcasting())
def test_in_place_only_where_the_result_fits(given_shapes):
    x, y = numbers(given_shapes[0], 1), numbers(given_shapes[1], 2)
    target = autograd.tensor(x)
    if (x + y).shape == x.shape:
        target += autograd.tensor(y)
        np.testing.assert_array_equal(target.numpy(), x + y)
    else:
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            target += autograd.tensor(y)
        np.testing.assert_array_equal(target.numpy(), x)
        assert target._version == 0


@FEW
@given(shapes, shapes)
def test_shapes_that_do_not_broadcast(first, second):
    try:
        np.broadcast_shapes(first, second)
        assume(False)
    except ValueError:
        x, y = autograd.ones(first), autograd.ones(second)
    for attempt in (lambda: x + y, lambda: autograd.maximum(x, y), lambda: x == y, lambda: x.add_(y)):
        with pytest.raises(RuntimeError, match=r"The size of tensor a \(\d\) must match the size of tensor b \(\d\)"):
            attempt()
    np.testing.assert_array_equal(x.numpy(), np.ones(first))
