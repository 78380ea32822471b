"""Weights divided by their largest singular value: by the hook and by the parametrization."""

from __future__ import annotations

import copy
from collections import OrderedDict

import numpy as np
import pytest

import autograd
import nn
from nn.utils import parametrizations

from .compared import assert_same

LAYERS = (
    ("Linear(3, 4)", (5, 3), {}),
    ("Conv2d(2, 3, 2)", (2, 2, 3, 3), {"n_power_iterations": 3}),
    ("ConvTranspose2d(2, 3, 2)", (2, 2, 3, 3), {}),
    ("Linear(3, 4)", (5, 3), {"dim": 1, "eps": 1e-3}),
)


def old_way(lib, nn):
    """The hook: state with its version, text, random vectors, training and evaluation, removal, errors."""
    for text, shape, options in LAYERS:
        layer, x = eval(f"nn.{text}"), lib.randn(*shape)
        assert nn.utils.spectral_norm(layer, **options) is layer
        yield layer
        yield layer.state_dict()
        yield layer.state_dict()._metadata
        for _ in range(2):
            (layer(x) ** 2).sum().backward()
            yield [(name, p.grad) for name, p in layer.named_parameters()]
            yield layer.state_dict()
        (layer(x).sum() - layer(2 * x).pow(2).sum()).backward()  # two forwards before one backward
        yield [p.grad for p in layer.parameters()]
        yield layer.eval()(x)
        yield layer.state_dict()
        yield lambda layer=layer: nn.utils.spectral_norm(layer)
        nn.utils.remove_spectral_norm(layer)
        yield layer.state_dict()
        yield layer.state_dict()._metadata
        yield layer(x)
        yield lambda layer=layer: nn.utils.remove_spectral_norm(layer)
    yield lambda: nn.utils.spectral_norm(nn.Linear(2, 2), n_power_iterations=0)
    yield lambda: nn.utils.spectral_norm(nn.Linear(2, 2), "nothing")
    yield lambda: nn.utils.spectral_norm(nn.Linear(2, 2, bias=False), "bias")
    yield lambda: nn.utils.spectral_norm(nn.LazyLinear(2))


def old_files(lib, nn):
    """State of before version 1, where the vector v was not saved."""
    layer = nn.utils.spectral_norm(nn.Linear(3, 4))
    x = lib.randn(5, 3)
    for _ in range(10):
        layer(x)
    state = layer.eval()(x) is not None and layer.state_dict()
    old = OrderedDict((key, value.clone()) for key, value in state.items() if key != "weight_v")
    old["weight"] = layer.weight.detach().clone()
    old._metadata = OrderedDict({"": {"version": 1}})
    fresh = nn.utils.spectral_norm(nn.Linear(3, 4)).eval()
    yield repr(fresh.load_state_dict(old))
    yield fresh.weight_u
    yield lib.allclose(fresh(x), layer(x), atol=1e-5)
    del old["weight_u"]
    yield lambda: fresh.load_state_dict(old)
    yield repr(fresh.load_state_dict(OrderedDict(state)))


def new_way(lib, nn):
    """The parametrization: state, text, random vectors, training and evaluation, assignment, removal, errors."""
    spectral_norm, parametrize = nn.utils.parametrizations.spectral_norm, nn.utils.parametrize
    for text, shape, options in LAYERS:
        layer, x = eval(f"nn.{text}"), lib.randn(*shape)
        assert spectral_norm(layer, **options) is layer
        yield layer
        yield layer.state_dict()
        (layer(x) ** 2).sum().backward()
        yield [(name, p.grad) for name, p in layer.named_parameters()]
        yield layer.state_dict()
        with parametrize.cached():
            (layer(x).sum() - layer(2 * x).pow(2).sum()).backward()
        yield [p.grad for p in layer.parameters()]
        yield layer.eval()(x)
        yield layer.state_dict()
        layer.weight = lib.ones(layer.weight.shape)
        yield layer.weight
        yield copy.deepcopy(layer)(x)
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        yield layer.state_dict()
    norm = spectral_norm(nn.LayerNorm(4))  # a vector
    yield norm.weight
    yield norm.state_dict()
    yield lambda: spectral_norm(nn.Linear(2, 2), n_power_iterations=0)
    yield lambda: spectral_norm(nn.Linear(2, 2), dim=2)
    yield lambda: spectral_norm(nn.Linear(2, 2), "nothing")


@pytest.mark.parametrize("program", [old_way, old_files, new_way])
def test_as_in_pytorch(torch, program):
    assert_same(program, torch)


@pytest.mark.parametrize("normalize", [nn.utils.spectral_norm, parametrizations.spectral_norm])
@pytest.mark.parametrize("layer", [nn.Linear(7, 5), nn.ConvTranspose2d(3, 4, 2)], ids=["Linear", "ConvTranspose2d"])
def test_the_largest_singular_value_comes_to_one(normalize, layer):
    layer = normalize(copy.deepcopy(layer), n_power_iterations=200)
    x = autograd.zeros(1, 7) if isinstance(layer, nn.Linear) else autograd.zeros(1, 3, 2, 2)
    layer(x)
    weight = layer.weight.detach().numpy()
    matrix = weight if weight.ndim == 2 else np.moveaxis(weight, 1, 0).reshape(4, -1)
    np.testing.assert_allclose(np.linalg.svd(matrix)[1][0], 1, rtol=1e-4)


def test_two_parameters_of_one_layer():
    layer = nn.Bilinear(2, 3, 4)
    layer.other = nn.Parameter(autograd.ones(3, 3))
    nn.utils.spectral_norm(nn.utils.spectral_norm(layer), "other")
    assert layer.state_dict()._metadata[""]["spectral_norm"] == {"weight.version": 1, "other.version": 1}
    nn.utils.remove_spectral_norm(layer, "other")
    assert layer.state_dict()._metadata[""]["spectral_norm"] == {"weight.version": 1}
    assert {"weight_orig", "weight_u", "weight_v", "other"} <= set(layer.state_dict())
