"""Checkpointing: the same gradients with less kept, and what goes wrong when the second run differs."""

from __future__ import annotations

import contextlib
import functools

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

X = np.array([0.5, -1.0, 2.0])
run = functools.partial(checkpoint, use_reentrant=False)


def leaf():
    return autograd.tensor(X, requires_grad=True)


def close(ours, expected):
    np.testing.assert_allclose(ours.detach().numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_runs_twice_and_gives_the_same(use_reentrant):
    x, calls = leaf(), []

    def f(t):
        calls.append(1)
        return (t * t).exp().sin()

    y = checkpoint(f, x, use_reentrant=use_reentrant)
    assert len(calls) == 1
    y.sum().backward()
    assert len(calls) == 2
    close(x.grad, np.cos(np.exp(X * X)) * np.exp(X * X) * 2 * X)


def test_nothing_is_saved_meanwhile():
    x, saved = leaf(), []
    with autograd.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        run(lambda t: (t * t).exp().sin().tanh(), x)
    assert saved == []


def test_second_derivatives_and_second_passes():
    x = leaf()
    y = run(lambda t: (t * t).exp(), x).sum()
    (g,) = autograd.grad(y, x, create_graph=True)
    close(autograd.grad(g.sum(), x)[0], (2 + 4 * X * X) * np.exp(X * X))
    y = run(lambda t: (t * t).exp(), x).sum()
    y.backward(retain_graph=True)
    y.backward()
    close(x.grad, 4 * X * np.exp(X * X))
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_checkpoints_inside_checkpoints():
    x = leaf()
    run(lambda t: run(lambda u: (u * u).exp(), t).sin(), x).sum().backward()
    close(x.grad, np.cos(np.exp(X * X)) * np.exp(X * X) * 2 * X)


def test_no_grad_inside():
    x = leaf()

    def f(t):
        with autograd.no_grad():
            scale = t.exp()
        return t * scale

    run(f, x).sum().backward()
    close(x.grad, np.exp(X))


def test_modules_keywords_and_containers():
    layer = nn.Linear(3, 2)
    x = autograd.ones(4, 3)
    run(lambda pair, add=0: (layer(pair[0]) + add).square(), [x, None], add=1).sum().backward()
    found = [p.grad.numpy().copy() for p in layer.parameters()]
    layer.zero_grad()
    (layer(x) + 1).square().sum().backward()
    for a, p in zip(found, layer.parameters(), strict=True):
        np.testing.assert_array_equal(a, p.grad.numpy())


@pytest.mark.parametrize("preserve", [True, False])
def test_random_numbers(preserve):
    x = autograd.ones(200, requires_grad=True)
    y = run(lambda t: F.dropout(t * t, 0.5), x, preserve_rng_state=preserve)
    after = autograd.get_rng_state()
    y.sum().backward()
    assert (autograd.get_rng_state() == after).all()  # as if the second run had not drawn anything
    assert np.array_equal(x.grad.numpy(), 2 * y.detach().numpy()) is preserve


def test_early_stop():
    x, reached = leaf(), []

    def f(t):
        y = t.exp()
        reached.append(1)
        return y + 1

    run(f, x).sum().backward()
    assert len(reached) == 1
    run(f, x, early_stop=False).sum().backward()
    assert len(reached) == 3


def test_contexts():
    log = []

    @contextlib.contextmanager
    def noted(name):
        yield log.append(name)

    run(lambda t: t.exp(), leaf(), context_fn=lambda: (noted("first"), noted("second"))).sum().backward()
    assert log == ["first", "second"]


def test_sequences():
    steps = [autograd.exp, autograd.sin, autograd.cos, autograd.tanh, autograd.sigmoid]
    x, y = leaf(), leaf()
    checkpoint_sequential(steps, 2, x, use_reentrant=False).sum().backward()
    functools.reduce(lambda value, step: step(value), steps, y).sum().backward()
    close(x.grad, y.grad.numpy())
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    x = autograd.ones(2, 3, requires_grad=True)
    np.testing.assert_array_equal(
        checkpoint_sequential(model, 3, x, use_reentrant=False).detach().numpy(), model(x).detach().numpy()
    )


def differing(second):
    calls = []

    def f(t):
        calls.append(1)
        return t.exp() if len(calls) == 1 else second(t)

    return f


def test_a_second_run_that_differs_is_found():
    y = run(differing(lambda t: t.exp().exp() * t), leaf(), early_stop=False)
    with pytest.raises(CheckpointError, match="A different number of tensors"):
        y.sum().backward()
    y = run(differing(lambda t: t + 1), leaf())
    with pytest.raises(CheckpointError, match=r"original forward \(1\) and the recomputation \(0\)"):
        y.sum().backward()
    y = run(differing(lambda t: t[:2].exp()), leaf())
    with pytest.raises(CheckpointError, match=r"different metadata.*position 0 had .*\(3,\)"):
        y.sum().backward()


def test_bad_options():
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(lambda t, scale: t, leaf(), use_reentrant=True, scale=2)
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        run(lambda t: t, leaf(), determinism_check="some")
    with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
        checkpoint(lambda t: t, leaf(), use_reentrant=True, debug=True)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint(lambda t: t, leaf())
