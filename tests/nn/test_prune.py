"""Pruning: which elements go, what the module looks like, pruning again, removal."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from nn.utils import prune

from .compared import assert_same


def one_after_the_other(lib, nn):
    """Every method on a fresh layer, and then every method on top of it."""
    p = importlib_prune(nn)
    methods = {
        "identity": lambda layer: p.identity(layer, "weight"),
        "random": lambda layer: p.random_unstructured(layer, "weight", 0.3),
        "random count": lambda layer: p.random_unstructured(layer, "weight", 3),
        "l1": lambda layer: p.l1_unstructured(layer, "weight", amount=0.4),
        "l1 scores": lambda layer: p.l1_unstructured(layer, "weight", 2, lib.arange(24.0).reshape(layer.weight.shape)),
        "random rows": lambda layer: p.random_structured(layer, "weight", 1, dim=0),
        "random columns": lambda layer: p.random_structured(layer, "weight", 0.5, dim=-1),
        "l2 rows": lambda layer: p.ln_structured(layer, "weight", 0.25, n=2, dim=0),
        "linf columns": lambda layer: p.ln_structured(layer, "weight", 1, n=float("inf"), dim=1),
        "none": lambda layer: p.ln_structured(layer, "weight", 0.0, n=1, dim=1),
        "mask": lambda layer: p.custom_from_mask(
            layer, "weight", (lib.arange(24) % 3 != 0).reshape(layer.weight.shape)
        ),
    }
    for make, x in ((lambda: nn.Linear(6, 4), lib.randn(2, 6)), (lambda: nn.Conv2d(3, 2, 2), lib.randn(2, 3, 3, 3))):
        for first in methods.values():
            layer = first(make())
            yield layer
            yield [name for name, _ in layer.named_parameters()]
            yield layer.state_dict()
            (layer(x) ** 2).sum().backward()
            yield [param.grad for param in layer.parameters()]
            for second in methods.values():
                twin = make()
                twin.load_state_dict(make().state_dict())
                second(first(twin))
                yield twin.state_dict()
                yield (
                    [type(method) for hook in twin._forward_pre_hooks.values() for method in hook]
                    if first is not second
                    else 0
                )
                yield p.is_pruned(nn.Sequential(twin))
                yield lambda twin=twin: p.remove(twin, "weight").state_dict()
                yield [isinstance(twin.weight, nn.Parameter), p.is_pruned(twin), len(twin._forward_pre_hooks)]
                yield lambda twin=twin: p.remove(twin, "weight")


def importlib_prune(nn):
    """`nn.utils.prune`, which PyTorch does not import by itself."""
    return __import__(f"{nn.__name__}.utils.prune", fromlist=["prune"])


def together(lib, nn):
    """Global pruning, twice; with scores."""
    p = importlib_prune(nn)
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    targets = [(net[0], "weight"), (net[2], "weight"), (net[2], "bias")]
    p.global_unstructured(targets, pruning_method=p.L1Unstructured, amount=0.3)
    yield net.state_dict()
    p.global_unstructured(tuple(targets), p.RandomUnstructured, amount=4)
    yield net.state_dict()
    scores = {(net[0], "weight"): lib.arange(12.0).reshape(3, 4) / 100, (net[2], "bias"): lib.ones(2)}
    p.global_unstructured(targets, p.L1Unstructured, importance_scores=scores, amount=3)
    yield net.state_dict()
    yield net(lib.ones(1, 4))
    yield lambda: p.global_unstructured(targets, p.LnStructured, amount=1, n=2)
    yield lambda: p.global_unstructured(3, p.L1Unstructured, amount=1)
    yield lambda: p.global_unstructured(targets, p.L1Unstructured, importance_scores=[], amount=1)


def refusals(lib, nn):
    p = importlib_prune(nn)
    for amount in (-1, 1.5, -0.1, "text", None, 100):
        yield lambda amount=amount: p.random_unstructured(nn.Linear(2, 2), "weight", amount)
        yield lambda amount=amount: p.l1_unstructured(nn.Linear(2, 2), "weight", amount)
        yield lambda amount=amount: p.random_structured(nn.Linear(2, 2), "weight", amount, 0)
        yield lambda amount=amount: p.ln_structured(nn.Linear(2, 2), "weight", amount, 2, 0)
    for dim in (2, -3):
        yield lambda dim=dim: p.random_structured(nn.Linear(2, 2), "weight", 1, dim)
        yield lambda dim=dim: p.ln_structured(nn.Linear(2, 2), "weight", 1, 2, dim)
    yield lambda: p.random_structured(nn.Linear(2, 2), "bias", 1, 0)
    yield lambda: p.l1_unstructured(nn.Linear(2, 2), "nothing", 1)
    yield lambda: p.l1_unstructured(nn.Linear(2, 2), "weight", 1, lib.ones(3))
    yield lambda: p.custom_from_mask(nn.Linear(2, 2), "weight", lib.ones(3))
    yield lambda: p.remove(nn.Linear(2, 2), "weight")
    yield lambda: p.BasePruningMethod()
    yield lambda: p.PruningContainer(3)
    yield lambda: p.PruningContainer().add_pruning_method("text")

    class Odd(p.BasePruningMethod):
        PRUNING_TYPE = "odd"

        def compute_mask(self, t, default_mask):
            return default_mask

    twice = p.identity(nn.Linear(2, 2), "weight")
    yield lambda: Odd.apply(twice, "weight")
    Odd.PRUNING_TYPE = "structured"
    yield lambda: Odd.apply(p.identity(nn.Linear(2, 2), "weight"), "weight")
    yield p.L1Unstructured(2).prune(lib.tensor([[3.0, -1.0], [0.5, 2.0]]))
    yield p.L1Unstructured(1).prune(lib.tensor([3.0, 1.0]), importance_scores=lib.tensor([0.0, 9.0]))
    yield lambda: p.L1Unstructured(1).prune(lib.ones(2), importance_scores=lib.ones(3))
    yield lambda: copy.deepcopy(p.identity(nn.Linear(2, 2), "weight"))


@pytest.mark.parametrize("program", [one_after_the_other, together, refusals])
def test_as_in_pytorch(torch, program):
    assert_same(program, torch)


def test_the_smallest_go_first(rng):
    layer = nn.Linear(5, 4)
    values = np.abs(layer.weight.detach().numpy())
    prune.l1_unstructured(layer, "weight", amount=0.5)
    mask = layer.weight_mask.numpy().astype(bool)
    assert mask.sum() == 10
    assert values[~mask].max() < values[mask].min()
    prune.ln_structured(layer, "weight", amount=2, n=2, dim=0)
    norms = np.sqrt((values**2 * mask).sum(1))
    gone = layer.weight_mask.numpy().sum(1) == 0
    assert gone.sum() == 2
    assert norms[gone].max() < norms[~gone].min()


def test_pruned_weights_stay_zero_in_training_and_get_no_gradient(rng):
    layer = prune.random_unstructured(nn.Linear(3, 2), "weight", amount=0.5)
    layer(autograd.tensor(rng.standard_normal((4, 3)).astype(np.float32))).pow(2).sum().backward()
    assert (layer.weight_orig.grad[layer.weight_mask == 0] == 0).all()
    with autograd.no_grad():
        layer.weight_orig += 1
    layer(autograd.zeros(1, 3))
    assert (layer.weight[layer.weight_mask == 0] == 0).all()
    original = layer.weight_orig
    assert prune.remove(layer, "weight").weight is original
    assert (original == 0).sum() == 3


def test_a_call_that_fails_changes_nothing():
    layer = prune.l1_unstructured(nn.Linear(2, 2), "weight", 1)
    before = {name: tensor.tolist() for name, tensor in layer.state_dict().items()}
    for amount in (10, -1):
        with pytest.raises(ValueError, match=f"amount={amount} should"):
            prune.l1_unstructured(layer, "weight", amount)
    with pytest.raises(AssertionError, match="importance_scores should have the same shape as parameter weight"):
        prune.l1_unstructured(layer, "weight", 1, autograd.ones(3))
    assert {name: tensor.tolist() for name, tensor in layer.state_dict().items()} == before
    [hook] = layer._forward_pre_hooks.values()
    assert isinstance(hook, prune.L1Unstructured)
    bare = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="multidimensional"):
        prune.random_structured(bare, "bias", 1, 0)
    assert list(bare.state_dict()) == ["weight", "bias"]


def test_a_pruned_module_can_be_pickled_when_its_weight_has_no_graph():
    layer = nn.Linear(3, 2)
    with autograd.no_grad():
        prune.l1_unstructured(layer, "weight", 2)
    twin = pickle.loads(pickle.dumps(layer))
    assert autograd.equal(twin(autograd.ones(1, 3)), layer(autograd.ones(1, 3)))
    assert prune.is_pruned(twin)
