"""Gather and scatter at the edges; their derivatives and usual calls are tested with all operators."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import arrays

SINGLE = {
    "one hot": lambda t, x, s: x.scatter(0, t.tensor(2), 1.0) * s, "scatter": lambda t, x, s: x.scatter(0, t.tensor(2), s),
    "scatter_add": lambda t, x, s: x.scatter_add(0, t.tensor(0), s), "gather": lambda t, x, s: x.gather(0, t.tensor(1)) * s,
    **{f"{reduce}, {own}": lambda t, x, s, reduce=reduce, own=own:
        x.scatter_reduce(0, t.tensor(1), s, reduce, include_self=own)
        for reduce in ("sum", "prod", "mean", "amax", "amin") for own in (True, False)},
}  # fmt: skip


@pytest.mark.parametrize("call", SINGLE.values(), ids=SINGLE)
def test_an_index_of_rank_0_is_a_single_place(torch, call):
    """As in `zeros(10).scatter_(0, tensor(label), value=1)`, a label made one-hot."""
    found = []
    for library in (torch, autograd):
        x = library.tensor([1.5, -2.0, 3.0], dtype=library.float64, requires_grad=True)
        source = library.tensor(5.0, dtype=library.float64, requires_grad=True)
        y = call(library, x, source)
        y.pow(2).sum().backward()
        found.append([part.detach().numpy() for part in (y, x.grad, source.grad)])
    for theirs, ours in zip(*found, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_single_place_outside_is_refused():
    with pytest.raises(RuntimeError, match="out of bounds"):
        autograd.zeros(3).scatter_(0, autograd.tensor(3), 1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.complex64, np.int64])
@pytest.mark.parametrize(("places", "rows", "length"), [(40, 3000, 7), (12000, 3000, 7), (40, 20000, 1), (1, 3000, 7)])
def test_many_rows_are_added_one_by_one(dtype, places, rows, length, rng, monkeypatch):
    """An infinite row spoils the place it goes to, and no other; places may be counted from the end."""
    monkeypatch.setattr(arrays, "MANY", 1000)
    index = rng.integers(-places, places, rows)
    values = rng.integers(-9, 10, (rows, length)).astype(dtype)
    if dtype is not np.int64:
        values[5] = np.inf
    start = rng.integers(-9, 10, (places, length)).astype(dtype)
    expected = start.copy()
    for place, row in zip(index, values, strict=True):
        expected[place] += row
    found = autograd.tensor(start).index_put((autograd.tensor(index),), autograd.tensor(values), accumulate=True)
    np.testing.assert_array_equal(found.numpy(), expected)
    positive = autograd.tensor(index % places)
    np.testing.assert_array_equal(
        autograd.tensor(start).index_add(0, positive, autograd.tensor(values)).numpy(), expected
    )
    if dtype in (np.float32, np.float64):
        table = autograd.tensor(np.zeros_like(start), requires_grad=True)
        autograd.embedding(table, positive).backward(autograd.tensor(values))
        np.testing.assert_array_equal((table.grad.numpy() + start)[~np.isinf(expected)], expected[~np.isinf(expected)])
        np.testing.assert_array_equal(np.isinf(table.grad.numpy()), np.isinf(expected))
