"""The plots: what is drawn, and that models are left as they were."""

from __future__ import annotations

import sys

import matplotlib
import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import plots

matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_activations_with_the_slopes_of_their_curves():
    ax = plots.activation(autograd.tanh, nn.Sigmoid(), low=-3, high=3)
    lines = {line.get_label(): line.get_data() for line in ax.get_lines() if not line.get_label().startswith("_")}
    assert set(lines) == {"tanh", "tanh, derivative", "Sigmoid", "Sigmoid, derivative"}
    for name in ("tanh", "Sigmoid"):
        (x, y), (_, slope) = lines[name], lines[f"{name}, derivative"]
        np.testing.assert_allclose(slope[1:-1], np.gradient(y, x)[1:-1], atol=2e-4)


def test_gradient_log_holds_root_mean_squares():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    log = plots.GradientLog(model)
    for _ in range(3):
        model.zero_grad()
        model(autograd.randn(5, 3)).square().sum().backward()
        log.record()
        for name, parameter in model.named_parameters():
            expected = parameter.grad.square().mean().sqrt().item()
            assert log.norms[name][-1] == pytest.approx(expected, rel=1e-5)
    assert [line.get_label() for line in log.plot().get_lines()] == ["0.weight", "2.weight"]
    assert len(log.plot(biases=True).get_lines()) == 4
    model.zero_grad()
    log.record()
    assert np.isnan(log.norms["0.weight"][-1])


def test_the_border_lies_where_the_model_changes_its_mind():
    model = nn.Linear(2, 1)
    with autograd.no_grad():
        model.weight.copy_(autograd.tensor([[1.0, 0.0]]))
        model.bias.fill_(-0.25)
    x = autograd.tensor([[0.0, 0.0], [1.0, 1.0]])
    ax = plots.decision_boundary(model, x, autograd.tensor([0, 1]))
    (border,) = [c for c in ax.collections if list(np.ravel(c.get_linewidth())) == [1.5]]
    (path,) = [p for p in border.get_paths() if len(p.vertices)]
    np.testing.assert_allclose(path.vertices[:, 0], 0.25, atol=1e-6)


def test_models_are_evaluated_and_left_as_they_were():
    class Probe(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.drop = nn.BatchNorm1d(2), nn.Dropout(0.5)
            self.drop.eval()

        def forward(self, x):
            assert not self.training
            assert not autograd.is_grad_enabled()
            return self.drop(self.norm(x))

    model = Probe()
    plots.decision_boundary(model, autograd.randn(4, 2))
    assert model.training
    assert model.norm.training
    assert not model.drop.training
    assert model.norm.num_batches_tracked.item() == 0


def test_loss_surface_of_a_bowl():
    w = autograd.tensor([1.0, -2.0], dtype=autograd.float64, requires_grad=True)
    directions = [[np.array([1.0, 0.0])], [np.array([0.0, 1.0])]]
    before = w.detach().clone()
    seen = []

    def loss():
        seen.append(w.detach().clone().numpy())
        return ((w - before) ** 2).sum()

    plots.loss_surface(loss, w, directions=directions, span=2.0, steps=3)
    np.testing.assert_allclose(seen[0], [-1.0, -4.0])
    np.testing.assert_allclose(seen[-1], [3.0, 0.0])
    assert autograd.equal(w, before)

    def broken():
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        plots.loss_surface(broken, w, directions=directions)
    assert autograd.equal(w, before)


def test_random_directions_are_as_long_as_the_filters():
    conv = nn.Conv2d(2, 3, 3)
    weight = conv.weight.detach().clone()
    steps = []

    def loss():
        steps.append((conv.weight.detach() - weight).numpy())
        return 0.0

    plots.loss_surface(loss, conv, span=1.0, steps=2)
    difference = (steps[1] - steps[0]) / 2  # one step along the first direction
    np.testing.assert_allclose(
        np.linalg.norm(difference.reshape(3, -1), axis=1),
        np.linalg.norm(weight.numpy().reshape(3, -1), axis=1),
        rtol=1e-5,
    )


def test_filters_and_feature_maps():
    conv = nn.Conv2d(1, 5, 3)
    axes = plots.filters(conv)
    shown = [ax.get_images()[0].get_array() for ax in axes if ax.get_images()]
    np.testing.assert_array_equal(shown, conv.weight.detach().numpy()[:, 0])
    model = nn.Sequential(conv, nn.ReLU())
    x = autograd.randn(2, 1, 6, 6)
    axes = plots.feature_maps(conv, model, x, sample=1)
    shown = [ax.get_images()[0].get_array() for ax in axes if ax.get_images()]
    np.testing.assert_array_equal(shown, conv(x).detach().numpy()[1])
    assert conv._hooks == {}
    assert plots.filters(autograd.rand(4, 3, 5, 5))[0].get_images()[0].get_array().shape == (5, 5, 3)


def test_attention_maps():
    weights = autograd.randn(2, 3, 3).softmax(-1)
    axes = plots.attention(weights, list("abc"))
    assert axes[1].get_title() == "head 1"
    np.testing.assert_array_equal(axes[1].get_images()[0].get_array(), weights.numpy()[1])
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["a", "b", "c"]
    assert plots.attention(weights[0], ax=axes[0]) is axes[0]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: plots.activation(), ValueError, "at least one function"),
        (lambda: plots.activation(lambda x: x.sum()), ValueError, r"made shape \(\) of \(401,\)"),
        (lambda: plots.GradientLog(nn.Linear(1, 1)).plot(), ValueError, "call record"),
        (lambda: plots.decision_boundary(nn.Linear(3, 1), autograd.ones(4, 3)), ValueError, r"not \(4, 3\)"),
        (
            lambda: plots.decision_boundary(nn.Linear(2, 1), autograd.ones(4, 2), [1]),
            ValueError,
            "1 classes don't fit 4",
        ),
        (lambda: plots.loss_surface(lambda: 0.0, nn.ReLU()), ValueError, "module with parameters"),
        (
            lambda: plots.loss_surface(lambda: 0.0, autograd.ones(2), directions=[[[1.0]]]),
            ValueError,
            "a direction has",
        ),
        (lambda: plots.filters(nn.Linear(2, 2)), ValueError, r"not \(2, 2\)"),
        (lambda: plots.feature_maps(nn.ReLU(), nn.Identity(), autograd.ones(1)), ValueError, "it was not called"),
        (lambda: plots.feature_maps(*[nn.Linear(2, 2)] * 2, autograd.ones(1, 2)), ValueError, r"has shape \(1, 2\)"),
        (lambda: plots.attention(autograd.ones(3)), ValueError, r"not \(3,\)"),
        (lambda: plots.attention(autograd.ones(2, 2), "abc"), ValueError, "3 labels don't fit 2 queries"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plots.activation(F.relu)
