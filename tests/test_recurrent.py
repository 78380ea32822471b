"""Recurrent layers in each of their ways of working: the numbers are those of the same layer in simple ops."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
from autograd.ops import parts, recurrent
from autograd.ops.recurrent_elman import _elman_layer, elman_in_steps
from autograd.ops.recurrent_gru import _gru_layer, gru_in_steps
from autograd.ops.recurrent_lstm import _lstm_layer, lstm_in_steps

LAYERS = {
    "elman": (_elman_layer, elman_in_steps, 1, (False,)),
    "gru": (_gru_layer, gru_in_steps, 3, ()),
    "lstm": (_lstm_layer, lstm_in_steps, 4, (None, None)),
}
"""For each layer: the op, the layer in simple ops, the blocks of its weights, and what stands between h0 and sizes."""

WAYS = {
    "inputs with the state": (recurrent, "NARROW", 10**6),
    "inputs beforehand": (recurrent, "NARROW", 0),
    "short chunks": (recurrent, "COLUMNS", 6),
    "weights in parts": (parts, "SMALL", 2500),
    "weights in parts, going back": (parts, "SMALL", 10000),
}


@pytest.fixture
def small_is_fast(monkeypatch):
    """As on one thread of a processor with AVX-512."""
    monkeypatch.setattr(parts, "small_is_fast", lambda: True)


@pytest.fixture(autouse=True)
def _chunks_anew():
    recurrent.chunks_of.cache_clear()
    yield
    recurrent.chunks_of.cache_clear()


@pytest.mark.usefixtures("small_is_fast")
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sizes", [None, (4, 4, 3, 1)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LAYERS)
def test_every_way_computes_the_same(name, way, bias, sizes, reverse, monkeypatch):
    fused, in_steps, blocks, between = LAYERS[name]
    monkeypatch.setattr(*WAYS[way])
    random = np.random.default_rng(0)
    hidden, features = 32, 3
    shapes = [
        (4, 4, features) if sizes is None else (12, features),
        (blocks * hidden, features),
        (blocks * hidden, hidden),
    ]
    shapes += [(blocks * hidden,)] * 2 if bias else []
    arrays = [random.standard_normal(shape) for shape in shapes]
    h0 = random.standard_normal((4, hidden))

    def run(layer):
        inputs = [autograd.tensor(array, requires_grad=True) for array in arrays]
        given = inputs if bias else [*inputs, None, None]
        y = layer(*given, autograd.tensor(h0), *between, sizes, reverse)[0]
        cotangent = autograd.tensor(np.random.default_rng(1).standard_normal(y.shape))
        return [y.detach(), *autograd.grad(y, inputs, cotangent)]

    for ours, plain in zip(run(fused), run(in_steps), strict=True):
        np.testing.assert_allclose(ours.numpy(), plain.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.usefixtures("small_is_fast")
@pytest.mark.parametrize(("units", "inputs", "width", "count"), [
    (512, 129, 32, 4),
    (512, 257, 32, 8),
    (512, 2048, 2, 4),
    (150, 400, 20, 2),
    (512, 2048, 1, None),  # a matrix by a vector
    (512, 60, 32, None),  # small as it is
    (512, 512, 64, None),  # parts of less than 64 rows
    (67, 1000, 16, None),  # 67 is prime
    (64, 9, 0, None),
])  # fmt: skip
def test_weights_are_cut_where_that_pays(units, inputs, width, count):
    random = np.random.default_rng(0)
    weight, columns = random.standard_normal((units, inputs)), random.standard_normal((inputs, width))
    cut = parts.in_parts(weight, width)
    assert cut.shape == (weight.shape if count is None else (count, units // count, inputs))
    out = np.empty((units, width))
    for product in (parts.multiply(cut, columns), parts.multiply(cut, columns, out=out), out):
        np.testing.assert_allclose(product, weight @ columns, rtol=1e-10, atol=1e-10)


def test_whether_small_products_are_fast_is_asked_anew(monkeypatch):
    threads, architecture = 1, "SkylakeX"

    def info():
        return [
            {"user_api": "openmp", "num_threads": 8},
            {"user_api": "blas", "num_threads": threads, "architecture": architecture},
        ]

    monkeypatch.setattr(parts.threadpoolctl, "threadpool_info", info)
    parts.small_is_fast.cache_clear()
    try:
        assert parts.small_is_fast()
        threads = 2
        assert parts.small_is_fast(), "the answer is kept"
        autograd.set_num_threads(autograd.get_num_threads())
        assert not parts.small_is_fast()
        threads, architecture = 1, "Haswell"
        parts.small_is_fast.cache_clear()
        assert not parts.small_is_fast()
    finally:
        parts.small_is_fast.cache_clear()


@pytest.mark.parametrize("layer", [nn.GRU, nn.RNN])
def test_the_result_may_be_overwritten(layer):
    autograd.manual_seed(0)
    model, x = layer(3, 4), autograd.randn(5, 2, 3)
    weights = list(model.parameters())
    y, last = model(x)
    expected = autograd.grad((y.relu() ** 2).sum() + last.sum(), weights)
    y, last = model(x)
    for found, wanted in zip(autograd.grad((y.relu_() ** 2).sum() + last.sum(), weights), expected, strict=True):
        np.testing.assert_array_equal(found.numpy(), wanted.numpy())


def test_relu_treats_nan_and_infinity_as_relu_does():
    model = nn.RNN(1, 1, nonlinearity="relu", bias=False)
    for weight in model.parameters():
        nn.init.ones_(weight)
    assert model(autograd.tensor([[[-np.inf]]]))[0].tolist() == [[[0.0]]]
    x = autograd.tensor([[[np.nan]]], requires_grad=True)
    model(x)[0].sum().backward()
    assert x.grad.tolist() == [[[1.0]]]
    x = autograd.tensor([[[-1.0]], [[1.0]]], requires_grad=True)
    model.zero_grad()
    model(x)[0].backward(autograd.tensor([[[np.inf]], [[1.0]]]))
    assert x.grad.flatten().tolist() == [0.0, 1.0]
    assert model.weight_ih_l0.grad.tolist() == [[1.0]]
