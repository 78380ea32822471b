"""Pictures of every number by itself, and of the backward pass."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.view import draw
from autograd.view.draw import MOST_READ
from autograd.view.graph import read_graph
from autograd.view.names import name_values
from autograd.view.scalars import ScalarGraph
from tests.view.test_drawing import Picture


def leaf(*shape):
    return autograd.randn(*shape, dtype=autograd.float64, requires_grad=True)


def opened(result, **names):
    graph = read_graph([result], MOST_READ)
    name_values(graph, names.items())
    return ScalarGraph(graph)


def test_a_matrix_product_is_its_products_and_sums():
    a, b = leaf(2, 2), leaf(2, 2)
    scalars = opened(a @ b, a=a, b=b)
    assert [o.name for o in read_graph(scalars.roots, MOST_READ).operations].count("mul") == 8
    assert [o.name for o in read_graph(scalars.roots, MOST_READ).operations].count("add") == 4
    np.testing.assert_allclose(
        [root.item() for root in scalars.roots], (a.detach().numpy() @ b.detach().numpy()).ravel()
    )
    assert scalars.names["a[1, 0]"].item() == a[1, 0].item()


NETWORKS = {
    "mlp": lambda x, w: F.mse_loss(F.linear(x, w).relu(), x[:, :2]),
    "softmax": lambda x, w: -(F.linear(x, w).softmax(-1).log()).mean(),
    "cross entropy": lambda x, w: F.cross_entropy(F.linear(x, w), autograd.tensor([0, 1])),
    "shapes": lambda x, w: (x.T[1:].reshape(-1)[[0, 2]] * w.sum(1)).cumsum(0).var(),
    "loss": lambda x, w: F.binary_cross_entropy_with_logits((x @ w.T).mean(1), autograd.tensor([0.0, 1.0]).double()),
    "several results": lambda x, w: (x @ w.T).sort(-1).values[:, 0].sum() + autograd.stack(w.unbind()).prod(),
    "pool": lambda x, w: F.max_pool1d((x @ w.T)[None], 2).sum() + F.layer_norm(x, (3,)).pow(3).sum(),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_and_gradients_are_those_of_the_tensors(name):
    autograd.manual_seed(0)
    x, w = leaf(2, 3), leaf(2, 3)
    loss = NETWORKS[name](x, w)
    loss.backward(retain_graph=True)
    scalars = opened(loss, x=x, w=w)
    np.testing.assert_allclose(scalars.roots[0].item(), loss.item(), rtol=1e-12)
    for stem, tensor in (("x", x), ("w", w)):
        for place in np.ndindex(2, 3):
            element = scalars.names.get(f"{stem}[{place[0]}, {place[1]}]")
            found = 0.0 if element is None or element.grad is None else element.grad.item()
            np.testing.assert_allclose(found, tensor.grad[place].item(), rtol=1e-10, atol=1e-14)


def test_before_backward_there_are_no_gradients_and_nothing_changes():
    w = leaf(2)
    result = (w * w).sum()
    assert "grad" in draw(result, scalars=True).source
    assert w.grad is None
    assert all(root.grad_fn.grad is None for root in opened(result).roots)
    result.backward()
    before = w.grad.clone()
    draw(result, scalars=True)
    assert autograd.equal(w.grad, before)


def test_the_picture_names_elements():
    w = autograd.tensor([1.0, 2.0], requires_grad=True)
    result = (w * 3).sum()
    picture = Picture(draw(result, scalars=True))
    for name in ("w[0]", "w[1]", "result"):
        assert picture.box(name)


def test_too_many_numbers_and_forgotten_indices():
    with pytest.raises(ValueError, match=r"numbers: too many to read \(at most 3,000\)"):
        draw(autograd.ones(100, 100, requires_grad=True) * 1.0, scalars=True)
    logits = leaf(2, 3)
    loss = F.cross_entropy(logits, autograd.tensor([0, 1]))
    loss.backward()
    with pytest.raises(ValueError, match="backward pass at .*test_scalars.py:.*retain_graph=True"):
        draw(loss, scalars=True)


def test_the_backward_pass_is_a_graph_too():
    w = autograd.tensor(3.0, requires_grad=True)
    y = w * w * w
    picture = Picture(draw(y, backward=True))
    assert "27" in picture.box("grad of w")
    assert w.grad is None
    model = nn.Linear(2, 1)
    loss = model(autograd.ones(1, 2)).sum()
    assert "grad of model.weight, grad of model.bias" in repr(draw(loss, backward=True))
    loss.backward()
    with pytest.raises(RuntimeError, match="second time|freed"):
        draw(loss, backward=True)


def test_a_page_of_its_own(tmp_path):
    result = autograd.ones(2, requires_grad=True).sum()
    draw(result).save(tmp_path / "graph.html")
    text = (tmp_path / "graph.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "<svg" in text
    assert "http" not in text.replace("http://www.w3.org", "")
