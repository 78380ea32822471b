"""`contributions` and `memory` against backward and against what nodes hold."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn


@pytest.fixture(autouse=True)
def seeded():
    autograd.manual_seed(0)


def leaf(*shape):
    return autograd.randn(*shape, requires_grad=True)


# -- contributions ------------------------------------------------------------------------------------------


def test_contributions_add_up_to_the_gradient():
    w, b = leaf(3, 4), leaf(4)
    h = (autograd.randn(2, 3) @ w + b) * b
    loss = (h.tanh() + h * h + b).sum()
    for tensor in (w, b, h):
        found = autograd.contributions(tensor, loss)
        (expected,) = autograd.grad(loss, tensor, retain_graph=True)
        np.testing.assert_allclose(sum(c.amount for c in found), expected.array, rtol=1e-6)
        np.testing.assert_array_equal(found.total, expected.array)
    assert [c.op for c in autograd.contributions(b, loss)] == ["add", "mul", "add"]
    assert len(autograd.contributions(h, loss)) == 3  # tanh, and both sides of the product


def test_a_tensor_used_twice_by_one_operation():
    x = autograd.tensor(3.0, requires_grad=True)
    y = x * x
    found = autograd.contributions(x, y)
    assert [float(c.amount) for c in found] == [3, 3]
    assert found[0].expression.text == "y = x ⊙ x"
    assert "sum = 6.0" in str(found)


def test_contributions_find_the_loss_themselves():
    x = autograd.tensor(3.0, requires_grad=True)
    first = x * 2
    last = first * x
    assert autograd.contributions(x).root == "last"
    assert float(autograd.contributions(first).total) == 3
    del first, last
    with pytest.raises(TypeError, match=r"contributions\(t, loss\)"):
        autograd.contributions(x)


def test_contributions_of_one_result_among_several():
    x = leaf(4)
    a, b = x.split(2)
    loss = (a * b + a).sum()
    np.testing.assert_array_equal(autograd.contributions(a, loss).total, (b + 1).detach().numpy())
    np.testing.assert_array_equal(autograd.contributions(x, loss).total, autograd.grad(loss, x)[0].array)


def test_contributions_refuse_with_a_reason():
    x, other = leaf(2), leaf(2)
    loss = (x * x).sum()
    with pytest.raises(RuntimeError, match="does not depend on"):
        autograd.contributions(other, loss)
    with pytest.raises(RuntimeError, match="requires_grad=False"):
        autograd.contributions(autograd.ones(2), loss)
    with pytest.raises(TypeError, match="expected a Tensor"):
        autograd.contributions(3, loss)
    loss.backward()
    for call in (lambda: autograd.contributions(x, loss), lambda: autograd.contributions(x)):
        with pytest.raises((RuntimeError, TypeError), match=r"has freed|give the result"):
            call()


def test_what_earlier_passes_left_is_mentioned():
    x = autograd.tensor(3.0, requires_grad=True)
    (x * 5).backward()
    loss = x * x
    assert "earlier backward passes" in str(autograd.contributions(x, loss))
    assert float(x.grad) == 5


# -- memory ----------------------------------------------------------------------------------------------------


def test_memory_counts_what_only_the_graph_keeps():
    x, w = autograd.randn(8, 100), leaf(100, 50)
    loss = (x @ w).relu().exp().sum()
    found = autograd.memory(loss)
    assert found.total == 2 * 8 * 50 * 4  # what relu and exp gave; x and w exist anyway
    assert found.shared == 8 * 100 * 4  # x, which the gradient by w reads; w itself nobody needs, as x is a constant
    kept = {(row.op, row.what): row.needed_for for row in found}
    assert kept == {("matmul", "x"): ("y",), ("relu", "out"): ("x",), ("exp", "out"): ("x",)}


def test_memory_counts_shared_arrays_once():
    w = leaf(1_000)
    h = w.exp()
    found = autograd.memory((h * h).sum())
    assert found.total == 4_000
    assert any(row.owner.startswith("counted already") for row in found)


def test_memory_by_module():
    model = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 2))
    loss = model(autograd.randn(16, 20)).sum()
    found = autograd.memory(loss)
    assert found.by_module["model.1"] == 16 * 30 * 4
    assert "model.1: 1.9 KiB" in str(found)
    assert "held by model.0.weight" in str(found)


def test_memory_after_backward():
    w = leaf(3)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    assert len(autograd.memory(loss)) == 2
    assert "retain_graph=True" in str(autograd.memory(loss))
    loss.backward()
    found = autograd.memory(loss)
    assert (found.total, len(found)) == (0, 0)
    assert "test_tables.py" in found.freed
    assert "has freed this graph" in str(found)


def test_memory_needs_a_graph():
    with pytest.raises(RuntimeError, match="has no graph"):
        autograd.memory(leaf(2))
    with pytest.raises(RuntimeError, match="has no graph"):
        autograd.memory(autograd.ones(2).sum())
    with pytest.raises(TypeError, match="expected a Tensor"):
        autograd.memory("loss")
