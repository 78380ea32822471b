"""Every kind of index, on the right and on the left, against NumPy and PyTorch; and indices that are wrong."""

from __future__ import annotations

import contextlib

import hypothesis
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from tests.fuzz.drawing import (
    for_numpy,
    for_torch,
    full_shapes,
    indices,
    is_array,
    numbers,
    numpy_agrees,
    parts_of,
    shapes,
    smaller,
)

FEW = hypothesis.settings(max_examples=60)
MANY = hypothesis.settings(max_examples=1000, suppress_health_check=list(hypothesis.HealthCheck))


@st.composite
def indexed(draw):
    """A shape and an index into it."""
    shape = draw(shapes)
    return shape, draw(indices(shape))


@st.composite
def views(draw, shape):
    """How to make a tensor whose memory has gaps or another order: a shape to begin with, and what to do to it."""
    order = draw(st.permutations(range(len(shape))))
    base = tuple(shape[place] * 2 for place in order)
    steps = tuple(slice(draw(st.integers(0, 1)), None, 2) for _ in order)
    return base, lambda t: t[steps].permute(*np.argsort(order).tolist()) if order else t


def picked(index, shape):
    """Which elements an index picks, by their number, in the order in which they come out; None if NumPy can't say."""
    if not numpy_agrees(index):
        return None
    return np.arange(int(np.prod(shape))).reshape(shape)[for_numpy(index)]


def added_at(shape, places, values):
    """Zeros of a shape with values added at numbered places."""
    total = np.zeros(int(np.prod(shape)))
    np.add.at(total, np.asarray(places).reshape(-1), np.asarray(values).reshape(-1))
    return total.reshape(shape)


def summed_to(values, shape):
    """Values added up over the dimensions that a shape was broadcast along."""
    values = np.asarray(values)
    while values.ndim > len(shape):
        values = values.sum(0)
    return values.sum(tuple(d for d, n in enumerate(shape) if n == 1), keepdims=True).reshape(shape)


# -- on the right ---------------------------------------------------------------------------------------------


def check_taking(shape, index, places):
    """x[index], and its gradient, given the numbers of the elements that it picks."""
    x = autograd.tensor(numbers(shape), requires_grad=True)
    taken = x[index]
    np.testing.assert_array_equal(taken.detach().numpy(), x.detach().numpy().reshape(-1)[places])
    cotangent = numbers(places.shape, seed=1)
    taken.backward(autograd.tensor(cotangent))
    np.testing.assert_allclose(x.grad.numpy(), added_at(shape, places, cotangent), rtol=1e-12, atol=1e-12)
    has_arrays = any(is_array(part) for part in parts_of(index))
    assert taken._is_view() is not has_arrays or not parts_of(index)


def takes_as_numpy_does(case):
    shape, index = case
    places = picked(index, shape)
    assume(places is not None)
    check_taking(shape, index, places)


def takes_as_pytorch_does(case, torch):
    shape, index = case
    numbered = torch.arange(int(np.prod(shape))).reshape(shape)
    check_taking(shape, index, numbered[for_torch(torch, index)].numpy())


@FEW
@given(indexed())
def test_taking(case):
    takes_as_numpy_does(case)


@FEW
@given(indexed())
def test_taking_as_in_pytorch(torch, case):
    takes_as_pytorch_does(case, torch)


# -- on the left ----------------------------------------------------------------------------------------------


@st.composite
def assignments(draw):
    """A shape, an index, what is written there (a shape that broadcasts), and whether in place or by `+=`."""
    shape, index = draw(indexed())
    places = picked(index, shape)
    assume(places is not None and len(np.unique(places)) == places.size)  # written twice: which one stays is open
    return index, places, smaller(draw, places.shape), draw(views(shape)), draw(st.booleans())


def puts_and_differentiates(case):
    """x[index] = v or += v for a view x of a base: values, and the gradients of the base and of v."""
    index, places, value_shape, (base_shape, view), is_sum = case
    base = autograd.tensor(numbers(base_shape), requires_grad=True)
    v = autograd.tensor(numbers(value_shape, seed=2), requires_grad=True)
    y = base * 1
    x = view(y)
    if is_sum:
        x[index] += v
    else:
        x[index] = v
    expected, shown = numbers(base_shape), np.arange(int(np.prod(base_shape))).reshape(base_shape)
    places = np.asarray(view(autograd.tensor(shown)).numpy()).reshape(-1)[places]  # in the base
    written = np.broadcast_to(numbers(value_shape, seed=2), places.shape)
    expected.reshape(-1)[places] = expected.reshape(-1)[places] + written if is_sum else written
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-12, atol=1e-12)
    cotangent = numbers(base_shape, seed=3)
    y.backward(autograd.tensor(cotangent))
    np.testing.assert_allclose(
        v.grad.numpy(), summed_to(cotangent.reshape(-1)[places], value_shape), rtol=1e-12, atol=1e-12
    )
    if not is_sum:
        cotangent.reshape(-1)[places] = 0
    np.testing.assert_allclose(base.grad.numpy(), cotangent, rtol=1e-12, atol=1e-12)


@FEW
@given(assignments())
def test_putting(case):
    puts_and_differentiates(case)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "check"),
    [(indexed(), takes_as_numpy_does), (indexed(), takes_as_pytorch_does), (assignments(), puts_and_differentiates)],
    ids=["taking", "taking as in PyTorch", "putting"],
)
def test_many_indices(strategy, check, request):
    more = (request.getfixturevalue("torch"),) if check is takes_as_pytorch_does else ()
    if more == (None,):
        pytest.skip("PyTorch is not installed: nothing to compare with")
    MANY(given(strategy)(lambda case: check(case, *more)))()


# -- wrong ones -----------------------------------------------------------------------------------------------

MALFORMED = {
    "a str": ("a", TypeError, "str"),
    "a number": (1.5, IndexError, "float"),
    "numbers": ([0.5, 1.0], IndexError, "long"),
    "a tensor of numbers": (autograd.ones(2), IndexError, "float32"),
    "two ellipses": ((..., 0, ...), IndexError, "ellipsis"),
    "a step of 0": (slice(None, None, 0), ValueError, "step"),
    "a step back": (slice(None, None, -1), ValueError, "flip"),
    "a slice of str": (slice("a"), TypeError, "slice"),
    "an object": (object(), IndexError, "object"),
    "a dict": ({}, IndexError, "dict"),
    "arrays that don't broadcast": ((..., [0, 0], [0, 0, 0]), IndexError, "broadcast"),
}


def refused(shape, index, kind, text):
    """Check that an index is refused on both sides, and nothing has changed then."""
    x = autograd.tensor(numbers(shape))
    for attempt in (
        lambda: x[index],
        lambda: x.__setitem__(index, 1.0),
        lambda: x.__setitem__(index, autograd.ones(1)),
    ):
        with pytest.raises(kind, match=text):
            attempt()
    np.testing.assert_array_equal(x.numpy(), numbers(shape))
    assert x._version == 0


@pytest.mark.parametrize(("index", "kind", "text"), MALFORMED.values(), ids=list(MALFORMED))
def test_what_is_no_index(index, kind, text):
    refused((3, 4), index, kind, text)


TAKEN_BY_PYTORCH = {"numbers", "two ellipses"}
"""It cuts off what comes after the point, and takes no notice of the second ellipsis."""


@pytest.mark.parametrize("index", [each for name, (each, *_) in MALFORMED.items() if name not in TAKEN_BY_PYTORCH])
def test_what_is_no_index_is_none_in_pytorch(torch, index):
    with pytest.raises((TypeError, IndexError, ValueError)):
        torch.ones(3, 4)[for_torch(torch, index)]


@FEW
@given(st.data())
def test_places_that_are_not_there(data):
    shape = data.draw(full_shapes)
    dim = data.draw(st.integers(0, len(shape) - 1))
    beyond = data.draw(st.integers(0, 10) | st.sampled_from([2**40, 2**62]))
    place = shape[dim] + beyond if data.draw(st.booleans()) else -shape[dim] - 1 - beyond
    forms = [place, np.int64(place), autograd.tensor(place), [0, place], autograd.tensor([[place]]), np.array([place])]
    index = (*[slice(None)] * dim, data.draw(st.sampled_from(forms)))
    index = index[0] if dim == 0 and data.draw(st.booleans()) else index
    refused(shape, index, IndexError, f"index {place} is out of bounds for dimension {dim} with size {shape[dim]}")


@FEW
@given(st.data())
def test_masks_of_another_shape_and_too_many_parts(data):
    shape = data.draw(full_shapes)
    rank = data.draw(st.integers(1, len(shape)))
    wrong = (*shape[: rank - 1], shape[rank - 1] + data.draw(st.integers(1, 2)))
    refused(shape, autograd.ones(wrong, dtype=autograd.bool), IndexError, "mask")
    refused(shape, (0,) * (len(shape) + 1), IndexError, f"too many indices for tensor of dimension {len(shape)}")


@FEW
@given(st.data())
def test_values_that_do_not_fit(data):
    shape, index = data.draw(indexed())
    places = picked(index, shape)
    assume(places is not None)
    x = autograd.tensor(numbers(shape))
    value = autograd.ones(*[size + 2 for size in places.shape], 7)
    with pytest.raises(RuntimeError, match=r"shape mismatch|must match|broadcast") as caught:
        x[index] = value
    assert str(list(value.shape)) in str(caught.value)
    assert x._version == 0
    with contextlib.suppress(RuntimeError):
        x[index] += value
    np.testing.assert_array_equal(x.numpy(), numbers(shape))


@pytest.mark.parametrize("index", [[True, False, True], [0, 2], slice(0, 3, 2)])
def test_a_value_may_have_more_dimensions_of_size_one(index):
    x = autograd.zeros(3, requires_grad=True)
    value = autograd.tensor([[[1.0, 2.0]]], requires_grad=True)
    y = x * 1
    y[index if isinstance(index, slice) else autograd.tensor(index)] = value
    (y * autograd.tensor([3.0, 5.0, 7.0])).sum().backward()
    assert y.tolist() == [1.0, 0.0, 2.0]
    assert value.grad.tolist() == [[[3.0, 7.0]]]
    assert x.grad.tolist() == [0.0, 5.0, 0.0]
