"""Gather and scatter at the edges; their derivatives and usual calls are tested with all operators."""

from __future__ import annotations

import numpy as np
import pytest

import autograd

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
