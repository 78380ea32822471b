"""Weights of learned length: by the hook and by the parametrization."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import autograd
import nn
from nn.utils.parametrizations import weight_norm
from nn.utils.parametrize import remove_parametrizations

from .compared import assert_same

OLD = pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated:FutureWarning")


def old_way(lib, nn):
    """The hook: state, text, training, removal, errors."""
    for layer, dim in ((nn.Linear(3, 4), 0), (nn.Conv2d(2, 3, 2), 1), (nn.Linear(3, 4), None), (nn.Linear(3, 2), 1)):
        x = lib.randn(2, 2, 3, 3) if isinstance(layer, nn.Conv2d) else lib.randn(5, 3)
        before = layer(x)
        assert nn.utils.weight_norm(layer, dim=dim) is layer
        yield layer
        yield layer.state_dict()
        yield layer(x) - before
        (layer(x) ** 2).sum().backward()
        yield [(name, p.grad) for name, p in layer.named_parameters()]
        yield lambda layer=layer: nn.utils.weight_norm(layer)
        with lib.no_grad():
            layer.weight_g.mul_(2)
        yield layer(x)
        yield [isinstance(layer.weight, nn.Parameter), layer.weight.requires_grad]
        nn.utils.remove_weight_norm(layer)
        yield layer.state_dict()
        yield layer(x)
        yield len(layer._forward_pre_hooks)
        yield lambda layer=layer: nn.utils.remove_weight_norm(layer)
    yield lambda: nn.utils.weight_norm(nn.Linear(2, 2), "nothing")
    yield lambda: nn.utils.weight_norm(nn.LazyLinear(2))
    yield lambda: copy.deepcopy(nn.utils.weight_norm(nn.Linear(2, 2)))
    both = nn.utils.weight_norm(nn.utils.weight_norm(nn.Bilinear(2, 2, 2)), "bias", dim=None)
    yield both.state_dict()
    yield nn.utils.remove_weight_norm(both, "bias").state_dict()


def new_way(lib, nn):
    """The parametrization: state, text, training, what the old way has saved, removal."""
    weight_norm = nn.utils.parametrizations.weight_norm
    parametrize = nn.utils.parametrize
    for layer, dim in ((nn.Linear(3, 4), 0), (nn.ConvTranspose1d(3, 2, 2), 1), (nn.Linear(3, 4), None)):
        x = lib.randn(2, 3, 5) if isinstance(layer, nn.ConvTranspose1d) else lib.randn(5, 3)
        before = layer(x)
        old = nn.utils.weight_norm(copy.deepcopy(layer), dim=dim)
        weight_norm(layer, dim=dim)
        yield layer
        yield layer.state_dict()
        yield layer(x) - before
        (layer(x) ** 2).sum().backward()
        yield [(name, p.grad) for name, p in layer.named_parameters()]
        with lib.no_grad():
            old.weight_g.mul_(2)
        yield repr(layer.load_state_dict(old.state_dict()))
        yield layer(x)
        layer.weight = lib.ones(layer.weight.shape)
        yield layer.weight
        yield layer.state_dict()
        twin = copy.deepcopy(layer)
        yield twin(x) - layer(x)
        yield lambda layer=layer: parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        parametrize.remove_parametrizations(layer, "weight")
        yield layer
        yield layer.state_dict()
        yield twin
    yield lambda: weight_norm(nn.Linear(2, 2), "nothing")


@pytest.mark.parametrize("program", [old_way, new_way])
def test_as_in_pytorch(torch, program):
    assert_same(program, torch)


@OLD
@pytest.mark.parametrize("normalize", [nn.utils.weight_norm, weight_norm])
def test_the_length_alone_sets_the_norm_of_each_row(normalize):
    layer = normalize(nn.Linear(3, 4))
    lengths = autograd.tensor([[1.0], [2.0], [3.0], [4.0]])
    with autograd.no_grad():
        (layer.weight_g if hasattr(layer, "weight_g") else layer.parametrizations.weight.original0).copy_(lengths)
    layer(autograd.zeros(1, 3))
    np.testing.assert_allclose(layer.weight.detach().norm(dim=1, keepdim=True).numpy(), lengths.numpy(), rtol=1e-6)


def test_the_gradient_by_the_direction_is_orthogonal_to_it(rng):
    """Salimans and Kingma, eq. 3: it is projected onto what turns v without stretching it."""
    layer = weight_norm(nn.Linear(5, 4).double())
    layer(autograd.tensor(rng.standard_normal((7, 5)))).pow(2).sum().backward()
    v = layer.parametrizations.weight.original1
    np.testing.assert_allclose((v * v.grad).sum(1).detach().numpy(), 0, atol=1e-12)


def test_the_old_way_warns_and_changes_nothing_where_it_fails():
    layer = nn.Linear(2, 2)
    with pytest.warns(FutureWarning, match=r"in favor of `nn\.utils\.parametrizations\.weight_norm`"):
        nn.utils.weight_norm(layer)
    bare = nn.Linear(2, 2, bias=False)
    with pytest.warns(FutureWarning), pytest.raises((TypeError, AttributeError)):
        nn.utils.weight_norm(bare, "bias")
    assert list(bare._parameters) == ["weight", "bias"]
    assert not bare._forward_pre_hooks


def test_copies_are_independent():
    """Removing the parametrization from a module leaves its copy as it is."""
    layer = weight_norm(nn.Linear(2, 2))
    twin = copy.deepcopy(layer)
    assert type(twin) is type(layer)
    remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear
    assert autograd.allclose(twin.weight, layer.weight)
    assert len(list(twin.parameters())) == 3
