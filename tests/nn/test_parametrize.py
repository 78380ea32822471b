"""Parameters that are computed from others: registering, chains, several originals, assigning, copies, removal."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
import nn
from nn.utils import parametrize
from nn.utils.parametrizations import orthogonal

from .compared import assert_same


def kinds(lib, nn):
    """Parametrizations of every kind, in either library."""

    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        def right_inverse(self, a):
            return a.triu()

    class Twice(nn.Module):
        def forward(self, x):
            return 2 * x

    class RankOne(nn.Module):
        def forward(self, x, y):
            return x.unsqueeze(-1) @ y.unsqueeze(-2)

        def right_inverse(self, z):
            return z[:, 0] * 1, z[0] * 1

    class Widened(nn.Module):
        def forward(self, x):
            return lib.cat([x, x], -1)

    class Doubled(nn.Module):
        def forward(self, x):
            return x.double()

    class Text(nn.Module):
        def forward(self, x):
            return "text"

    class BadInverse(nn.Module):
        def __init__(self, inverse):
            super().__init__()
            self.right_inverse = inverse

        def forward(self, *x):
            return x[0]

    return SimpleNamespace(**{name: made for name, made in locals().items() if name[0].isupper()})


def one_tensor(lib, nn):
    k = kinds(lib, nn)
    p = nn.utils.parametrize
    layer = nn.Linear(3, 3)
    weight = layer.weight
    assert p.register_parametrization(layer, "weight", k.Symmetric()) is layer
    yield layer
    yield layer.weight
    yield layer.state_dict()
    yield [name for name, _ in layer.named_parameters()]
    yield [name for name, _ in layer.named_modules()]
    yield layer.parametrizations.weight.original is weight
    yield [type(layer), type(layer).__mro__[1], p.type_before_parametrizations(layer)]
    yield [p.is_parametrized(layer), p.is_parametrized(layer, "weight"), p.is_parametrized(layer, "bias")]
    layer(lib.ones(2, 3)).sum().backward()
    yield [p.grad for p in layer.parameters()]
    layer.weight = lib.arange(9.0).reshape(3, 3)
    yield layer.weight
    yield layer.state_dict()
    p.register_parametrization(layer, "bias", k.Twice())
    yield layer
    yield layer.bias
    yield lambda: setattr(layer, "bias", lib.ones(3))  # Twice has no inverse
    yield lambda: setattr(layer, "bias", nn.Parameter(lib.ones(3)))
    p.register_parametrization(layer, "weight", k.Twice())
    yield layer.weight
    yield layer
    p.remove_parametrizations(layer, "weight")
    yield layer
    yield [type(layer), layer.weight is weight, layer.weight]
    p.remove_parametrizations(layer, "bias", leave_parametrized=False)
    yield layer
    yield [type(layer), hasattr(layer, "parametrizations"), layer.bias]
    yield layer.state_dict()
    yield lambda: p.remove_parametrizations(layer, "bias")
    yield lambda: p.register_parametrization(layer, "nothing", k.Twice())
    yield [p.is_parametrized(layer), p.type_before_parametrizations(layer)]


def several_tensors(lib, nn):
    k = kinds(lib, nn)
    p = nn.utils.parametrize
    layer = nn.Linear(2, 3)
    p.register_parametrization(layer, "weight", k.RankOne())
    yield layer
    yield layer.state_dict()
    yield layer.weight
    layer(lib.ones(1, 2)).sum().backward()
    yield [p.grad for p in layer.parameters()]
    layer.weight = lib.ones(3, 2)
    yield layer.weight
    yield lambda: p.remove_parametrizations(layer, "weight", leave_parametrized=False)
    p.register_parametrization(layer, "weight", k.Twice())
    yield layer.weight
    p.remove_parametrizations(layer, "weight")
    yield layer
    yield [isinstance(layer.weight, nn.Parameter), layer.weight]
    with_buffer = nn.BatchNorm1d(2)
    p.register_parametrization(with_buffer, "running_mean", k.Twice())
    with_buffer.running_var.fill_(3)
    yield with_buffer.state_dict()
    yield with_buffer.running_mean
    p.remove_parametrizations(with_buffer, "running_mean")
    yield with_buffer.state_dict()


def unsafe_ones(lib, nn):
    k = kinds(lib, nn)
    p = nn.utils.parametrize
    for kind in (k.Widened, k.Doubled, k.Text):
        yield lambda kind=kind: p.register_parametrization(nn.Linear(2, 2), "weight", kind())
        layer = nn.Linear(2, 2)
        p.register_parametrization(layer, "weight", kind(), unsafe=True)
        yield layer.weight
        layer = nn.Linear(2, 2)
        p.register_parametrization(layer, "weight", nn.Identity())
        yield lambda layer=layer, kind=kind: p.register_parametrization(layer, "weight", kind())
        yield layer
        p.register_parametrization(layer, "weight", kind(), unsafe=True)
        yield layer.weight
        yield layer.parametrizations.weight.unsafe


def inverses(lib, nn):
    k = kinds(lib, nn)
    p = nn.utils.parametrize

    def not_there(x):
        raise NotImplementedError

    for inverse in (
        lambda x: "text", lambda x: 3, lambda x: x.double(), lambda x: [x, "text"], lambda x: x.reshape(-1), not_there,
        lambda x: [x.double(), x], lambda x: (x,),
    ):  # fmt: skip
        layer = nn.Linear(2, 2)
        yield lambda layer=layer, inverse=inverse: p.register_parametrization(layer, "weight", k.BadInverse(inverse))
        layer = nn.Linear(2, 2)
        p.register_parametrization(layer, "weight", nn.Identity())
        yield lambda layer=layer, inverse=inverse: p.register_parametrization(layer, "weight", k.BadInverse(inverse))
        layer = nn.Linear(2, 2)
        p.register_parametrization(layer, "weight", k.BadInverse(lambda x: x))
        layer.parametrizations.weight[0].right_inverse = inverse
        yield lambda layer=layer: setattr(layer, "weight", lib.ones(2, 2))
    pair = nn.Linear(2, 2)
    p.register_parametrization(pair, "weight", k.BadInverse(lambda x: (x, x)))
    for inverse in (lambda x: x, lambda x: (x,), lambda x: (x.double(), x), lambda x: (x, 3), lambda x: 3):
        pair.parametrizations.weight[0].right_inverse = inverse
        yield lambda: setattr(pair, "weight", lib.ones(2, 2))
    yield lambda: p.ParametrizationList([], lib.ones(2))


def moving(lib, nn):
    """Copies, transfers, caching, training mode, calls with other parameters."""
    k = kinds(lib, nn)
    p = nn.utils.parametrize
    layer = nn.Linear(3, 3)
    p.register_parametrization(layer, "weight", k.Symmetric())
    p.register_parametrization(layer, "weight", k.Twice())
    twin = copy.deepcopy(layer)
    yield twin
    yield [twin.weight, type(twin) is type(layer)]
    twin.parametrizations.weight.original.data.fill_(1)
    yield [twin.weight, layer.weight]
    yield lambda: pickle.dumps(layer)
    with p.cached():
        first = layer.weight
        yield first is layer.weight
        with p.cached():
            yield first is layer.weight
        yield first is layer.weight
    yield first is layer.weight
    for other in (nn.Linear(3, 3), nn.Sequential()):
        p.transfer_parametrizations_and_params(layer, other)
        yield other
        yield [other.weight, other.parametrizations.weight.original is layer.parametrizations.weight.original]
    pair = nn.Linear(2, 3)
    p.register_parametrization(pair, "weight", k.RankOne())
    p.register_parametrization(pair, "bias", k.Twice())
    other = p.transfer_parametrizations_and_params(pair, nn.Linear(2, 3), "weight")
    yield other
    yield [other.parametrizations.weight.original1 is pair.parametrizations.weight.original1, other.weight]
    yield p.transfer_parametrizations_and_params(nn.Linear(2, 2), nn.Linear(3, 3))
    layer.eval()
    late = k.Twice()
    p.register_parametrization(layer, "bias", late)
    yield late.training
    new = {"parametrizations.weight.original": lib.ones(3, 3), "parametrizations.bias.original": lib.zeros(3)}
    yield lib.func.functional_call(layer, new, lib.ones(1, 3))
    yield layer.double().weight
    yield repr(layer.load_state_dict(layer.state_dict()))
    yield layer(lib.ones(1, 3).double())


def orthogonal_weights(lib, nn):
    orthogonal, p = nn.utils.parametrizations.orthogonal, nn.utils.parametrize
    for shape in ((3, 3), (5, 3), (3, 5)):
        for kind in (None, "matrix_exp", "cayley", "householder"):
            for trivialized in (True, False):
                layer = nn.Linear(*shape).double()
                orthogonal(layer, "weight", kind, use_trivialization=trivialized)
                yield layer
                yield layer.state_dict()
                yield layer.weight
                (layer(lib.ones(2, shape[0]).double()) ** 3).sum().backward()
                yield [p.grad for p in layer.parameters()]
                target = nn.init.orthogonal_(lib.empty(shape[1], shape[0]).double())
                yield lambda layer=layer, target=target: setattr(layer, "weight", target)
                yield layer.weight
                yield lambda layer=layer: setattr(layer, "weight", lib.ones(2, 2).double())
                yield copy.deepcopy(layer).weight
                yield p.remove_parametrizations(layer, "weight")
    yield lambda: orthogonal(nn.Linear(2, 2), "bias")
    yield lambda: orthogonal(nn.Linear(2, 2), "nothing")
    yield lambda: orthogonal(nn.Linear(2, 2), orthogonal_map="nothing")
    complex_one = nn.Module()
    complex_one.weight = nn.Parameter(lib.complex(lib.randn(2, 3, 3), lib.randn(2, 3, 3)))
    yield lambda: orthogonal(complex_one, orthogonal_map="householder")
    yield orthogonal(complex_one).weight


PROGRAMS = [one_tensor, several_tensors, unsafe_ones, inverses, moving]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_as_in_pytorch(torch, program):
    assert_same(program, torch)


def test_orthogonal_weights_as_in_pytorch(torch):
    assert_same(orthogonal_weights, torch, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6)], ids=str)
def test_weights_stay_orthogonal_while_they_are_trained(kind, shape, rng):
    layer = orthogonal(nn.Linear(*shape).double(), orthogonal_map=kind)
    x, y = (autograd.tensor(rng.standard_normal((10, size))) for size in shape)
    for _ in range(5):
        layer.zero_grad()
        (layer(x) - y).pow(2).mean().backward()
        with autograd.no_grad():
            for param in layer.parameters():
                param -= 0.1 * param.grad
        weight = layer.weight.detach().numpy()
        tall = weight if weight.shape[0] >= weight.shape[1] else weight.T
        np.testing.assert_allclose(tall.T @ tall, np.eye(min(shape)), atol=1e-12)


def test_a_cayley_map_of_a_plane_rotation():
    """Of [[0, -a], [a, 0]] it is the rotation by 2 atan(a / 2)."""
    layer = orthogonal(nn.Linear(2, 2).double(), orthogonal_map="cayley", use_trivialization=False)
    with autograd.no_grad():
        layer.parametrizations.weight.original.copy_(autograd.tensor(np.array([[0.0, 0.0], [0.6, 0.0]])))
    angle = 2 * np.arctan(0.3)
    expected = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    np.testing.assert_allclose(layer.weight.detach().numpy(), expected, rtol=1e-12)


def test_a_call_that_fails_leaves_the_module_as_it_was():
    layer = nn.Linear(2, 2)
    before = layer.weight.tolist()
    flat = nn.Flatten(0)
    flat.right_inverse = lambda x: x + 1
    with pytest.raises(ValueError, match="may not change the shape of the tensor"):
        parametrize.register_parametrization(layer, "weight", flat)
    assert type(layer) is nn.Linear
    assert layer.weight.tolist() == before
    with pytest.raises(RuntimeError, match=r"only supported through state_dict\(\)"):
        pickle.dumps(orthogonal(nn.Linear(2, 2)))


def test_a_module_that_copies_itself_keeps_its_way():
    class Copied(nn.Linear):
        def __deepcopy__(self, memo):
            return "a copy"

    assert copy.deepcopy(orthogonal(Copied(2, 2))) == "a copy"
    net = nn.Sequential(orthogonal(nn.Linear(2, 2)))
    net.append(net[0])
    twin = copy.deepcopy(net)
    assert twin[0] is twin[1]
    assert twin[0] is not net[0]
