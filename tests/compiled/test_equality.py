"""Compiled functions do what the functions do: results, gradients, parameters, statistics, optimizer state, versions."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as torch
from autograd.pytree import flatten
from tests.compiled.programs import PROGRAMS


def arrays_in(result):
    """What a call returned, as arrays and plain values, with whether each tensor wants a gradient."""
    for leaf in flatten(result)[0]:
        if isinstance(leaf, torch.Tensor):
            yield leaf.requires_grad
            yield leaf.dtype.name
            yield leaf.detach().numpy().copy()
        else:
            yield leaf


def walk_back(result):
    """Where results carry their graph, take the gradient of their sum, as a caller would."""
    live = [t for t in flatten(result)[0] if isinstance(t, torch.Tensor) and t.grad_fn is not None and t.grad_fn.saved]
    freed = [t for t in live if type(t.grad_fn.saved).__name__ == "Freed"]
    if live and not freed:
        sum((t * t).sum() for t in live).backward()


def run(make, wrap):
    """Every batch once, then the first again: all that can be seen of it."""
    torch.manual_seed(0)
    function, look, batches = make()
    function = wrap(function)
    torch.manual_seed(1)
    seen = []
    for batch in [*batches, batches[0]]:
        result = function(*batch)
        seen += arrays_in(result)
        walk_back(result)
        seen += look()
    return seen, function


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_compiled_equals_eager(make):
    expected, _ = run(make, lambda f: f)
    found, function = run(make, torch.compile)
    assert function.reason is None
    assert function.replays
    assert len(function.replays) <= 2  # the first call may have set things up that later ones find
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        if isinstance(b, np.ndarray):
            np.testing.assert_array_equal(a, b, strict=True)
        else:
            assert a == b
