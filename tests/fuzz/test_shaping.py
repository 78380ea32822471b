"""Functions that only rearrange elements, on random shapes: NumPy's values, and each element's gradient at its place."""

from __future__ import annotations

import math

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from tests.fuzz.drawing import full_shapes, numbers, shapes, splits_of
from tests.fuzz.test_indexing import added_at

FEW = hypothesis.settings(max_examples=60)
MANY = hypothesis.settings(max_examples=1000, suppress_health_check=list(hypothesis.HealthCheck))


@st.composite
def regrouped(draw, shape):
    """Other sizes with as many elements: some dimensions are joined, and some of size 1 put in; one may be -1."""
    sizes = list(shape)
    while len(sizes) > 1 and draw(st.booleans()):
        place = draw(st.integers(0, len(sizes) - 2))
        sizes[place : place + 2] = [sizes[place] * sizes[place + 1]]
    for place in draw(st.lists(st.integers(0, len(sizes)), max_size=2)):
        sizes.insert(min(place, len(sizes)), 1)
    if sizes and 0 not in sizes and draw(st.booleans()):
        sizes[draw(st.integers(0, len(sizes) - 1))] = -1
    return tuple(sizes)


def either_sign(draw, dim, ndim):
    """A dimension, counted from the front or from the back."""
    return dim - ndim if draw(st.booleans()) else dim


def some_dim(draw, ndim):
    return either_sign(draw, draw(st.integers(0, ndim - 1)), ndim)


def flattened(draw, shape):
    start = draw(st.integers(0, len(shape) - 1))
    stop = draw(st.integers(start, len(shape) - 1))
    sizes = (*shape[:start], math.prod(shape[start : stop + 1]), *shape[stop + 1 :])
    ends = either_sign(draw, start, len(shape)), either_sign(draw, stop, len(shape))
    return lambda t: t.flatten(*ends), lambda a: a.reshape(sizes)


def permuted(draw, shape):
    order = draw(st.permutations(range(len(shape))))
    signed = [either_sign(draw, dim, len(shape)) for dim in order]
    return lambda t: t.permute(*signed), lambda a: a.transpose(order)


def moved(draw, shape):
    count = draw(st.integers(1, len(shape)))
    chosen = [draw(st.permutations(range(len(shape))))[:count] for _ in range(2)]
    source, target = ([either_sign(draw, dim, len(shape)) for dim in dims] for dims in chosen)
    return lambda t: t.movedim(source, target), lambda a: np.moveaxis(a, source, target)


def transposed(draw, shape):
    a, b = some_dim(draw, len(shape)), some_dim(draw, len(shape))
    return lambda t: t.transpose(a, b), lambda x: np.swapaxes(x, a, b)


def reshaped(draw, shape):
    sizes = draw(regrouped(shape))
    return lambda t: t.reshape(sizes), lambda a: a.reshape(sizes)


def squeezed(draw, shape):
    dim = some_dim(draw, len(shape))
    return lambda t: t.squeeze(dim), lambda a: np.squeeze(a, dim) if shape[dim] == 1 else a


def unsqueezed(draw, shape):
    dim = some_dim(draw, len(shape) + 1)
    return lambda t: t.unsqueeze(dim), lambda a: np.expand_dims(a, dim)


def expanded(draw, shape):
    lead = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    sizes = tuple(draw(st.integers(0, 3)) if n == 1 else n for n in shape)
    asked = tuple(-1 if n == m and draw(st.booleans()) else n for n, m in zip(sizes, shape, strict=True))
    return lambda t: t.expand(*lead, *asked), lambda a: np.broadcast_to(a, (*lead, *sizes))


def rolled(draw, shape):
    dim, by = some_dim(draw, len(shape)), draw(st.integers(-9, 9))
    return lambda t: t.roll(by, dim), lambda a: np.roll(a, by, dim)


def flipped(draw, shape):
    dim = some_dim(draw, len(shape))
    return lambda t: t.flip(dim), lambda a: np.flip(a, dim)


def repeated(draw, shape):
    times = tuple(draw(st.lists(st.integers(0, 2), min_size=len(shape), max_size=len(shape) + 1)))
    return lambda t: t.repeat(*times), lambda a: np.tile(a, times)


def cut(draw, shape):
    dim = some_dim(draw, len(shape))
    sizes = draw(splits_of(shape[dim]))
    which = draw(st.integers(0, max(len(sizes) - 1, 0)))
    if not sizes:
        return lambda t: t, lambda a: a
    return lambda t: t.split(sizes, dim)[which], lambda a: np.split(a, np.cumsum(sizes)[:-1], dim)[which]


def chunked(draw, shape):
    dim, count = some_dim(draw, len(shape)), draw(st.integers(1, 5))
    size = -(-shape[dim] // count) or 1
    starts = range(size, shape[dim], size)
    return lambda t: t.chunk(count, dim)[-1], lambda a: np.split(a, starts, dim)[-1]


def unbound(draw, shape):
    dim = some_dim(draw, len(shape))
    if not shape[dim]:
        return lambda t: t, lambda a: a
    which = draw(st.integers(0, shape[dim] - 1))
    return lambda t: t.unbind(dim)[which], lambda a: np.take(a, which, dim)


def joined(draw, shape):
    dim = some_dim(draw, len(shape))
    return lambda t: autograd.cat([t, t, t], dim), lambda a: np.concatenate([a, a, a], dim)


def stacked(draw, shape):
    dim = some_dim(draw, len(shape) + 1)
    return lambda t: autograd.stack([t, t], dim), lambda a: np.stack([a, a], dim)


REARRANGEMENTS = (reshaped, flattened, permuted, moved, transposed, squeezed, unsqueezed, expanded, rolled, flipped,
                  repeated, cut, chunked, unbound, joined, stacked)  # fmt: skip
"""Each draws its arguments for a shape, and says what is done to a tensor and to an array."""


@st.composite
def rearranged(draw):
    """A shape with a dimension at least, and up to three rearrangements in a row."""
    shape = draw(shapes.filter(len))
    steps, place = [], np.zeros(shape)
    for _ in range(draw(st.integers(1, 3))):
        if not place.ndim:
            break
        step = draw(st.sampled_from(REARRANGEMENTS))(draw, place.shape)
        steps.append(step)
        place = step[1](place)
    return shape, steps


def rearranges(case):
    """Rearrangements one after another: which element comes where, and whose gradient goes where."""
    shape, steps = case
    leaf = autograd.tensor(numbers(shape), requires_grad=True)
    found, places = leaf, np.arange(math.prod(shape)).reshape(shape)
    for ours, theirs in steps:
        found, places = ours(found), theirs(places)
    np.testing.assert_array_equal(found.detach().numpy(), numbers(shape).reshape(-1)[places])
    cotangent = numbers(places.shape, seed=1)
    found.backward(autograd.tensor(cotangent))
    np.testing.assert_allclose(leaf.grad.numpy(), added_at(shape, places, cotangent), rtol=1e-12, atol=1e-12)


@hypothesis.settings(max_examples=150)
@given(rearranged())
def test_rearranging(case):
    rearranges(case)


@pytest.mark.slow
def test_rearranging_many():
    MANY(given(rearranged())(rearranges))()


# -- views ------------------------------------------------------------------------------------------------------


@FEW
@given(st.data())
def test_view_is_a_view_or_refused(torch, data):
    shape = data.draw(full_shapes)
    order = data.draw(st.permutations(range(len(shape))))
    sizes = data.draw(regrouped(tuple(shape[dim] for dim in order)))
    ours = autograd.tensor(numbers(shape)).permute(*order)
    theirs = torch.from_numpy(numbers(shape)).permute(*order)
    try:
        expected = theirs.view(sizes)
    except RuntimeError:
        with pytest.raises(RuntimeError, match=r"view size is not compatible.*reshape"):
            ours.view(sizes)
        return
    found = ours.view(sizes)
    np.testing.assert_array_equal(found.numpy(), expected.numpy())
    assert np.shares_memory(found.numpy(), ours.numpy())


# -- what can't be done -----------------------------------------------------------------------------------------

NEEDS_A_DIM = {
    "transpose": lambda t, d: t.transpose(d, 0),
    "squeeze": lambda t, d: t.squeeze(d),
    "flatten": lambda t, d: t.flatten(d),
    "movedim": lambda t, d: t.movedim(d, 0),
    "split": lambda t, d: t.split(1, d),
    "chunk": lambda t, d: t.chunk(2, d),
    "unbind": lambda t, d: t.unbind(d),
    "flip": lambda t, d: t.flip(d),
    "roll": lambda t, d: t.roll(1, d),
    "cat": lambda t, d: autograd.cat([t, t], d),
    "sum": lambda t, d: t.sum(d),
    "softmax": lambda t, d: t.softmax(d),
    "select": lambda t, d: t.select(d, 0),
    "narrow": lambda t, d: t.narrow(d, 0, 1),
    "size": lambda t, d: t.size(d),
    "cumsum": lambda t, d: t.cumsum(d),
    "max": lambda t, d: t.max(d),
    "sort": lambda t, d: t.sort(d),
    "topk": lambda t, d: t.topk(1, d),
    "gather": lambda t, d: t.gather(d, autograd.zeros(1, dtype=autograd.int64)),
}


@pytest.mark.parametrize("name", NEEDS_A_DIM)
@hypothesis.settings(max_examples=10)
@given(st.data())
def test_dims_that_are_not_there(name, data):
    shape = data.draw(full_shapes)
    beyond = data.draw(st.integers(0, 5) | st.just(2**40))
    dim = len(shape) + beyond if data.draw(st.booleans()) else -len(shape) - 1 - beyond
    text = rf"expected to be in range of \[{-len(shape)}, {len(shape) - 1}\], but got {dim}"
    with pytest.raises(IndexError, match=text):
        NEEDS_A_DIM[name](autograd.ones(shape), dim)


@FEW
@given(st.data())
def test_sizes_that_do_not_fit(data):
    shape = data.draw(full_shapes)
    x = autograd.ones(shape)
    count = math.prod(shape)
    for sizes in ((count + 1,), (-1, count + 1), (0,)):
        with pytest.raises(RuntimeError, match=f"shape .* is invalid for input of size {count}"):
            x.reshape(sizes)
    with pytest.raises(RuntimeError, match="only one dimension can be inferred"):
        x.reshape(-1, -1)
    with pytest.raises(RuntimeError, match="must match the existing size"):
        x.expand(*[size + 2 if size > 1 else size for size in shape[:-1]], max(shape) + 1) if shape[-1] > 1 else (
            autograd.ones(2).expand(3)
        )
    with pytest.raises(RuntimeError, match="Sizes of tensors must match|same number of dimensions"):
        autograd.cat([x, autograd.ones(*[size + 1 for size in shape], 2)], 0)
    with pytest.raises(RuntimeError, match="equal size"):
        autograd.stack([x, autograd.ones(*shape, 2)])
    with pytest.raises(RuntimeError, match="split_with_sizes expects split_sizes to sum exactly"):
        x.split([shape[0] + 1], 0)
