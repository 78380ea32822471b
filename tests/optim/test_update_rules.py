"""The update rules, against the formulas of their papers worked out in plain Python, and against PyTorch."""

import math

import numpy as np
import pytest

import autograd
import optim

GRADIENTS = [0.5, -0.25, 2.0, 0.125, -1.0]


def follow(make, gradients=GRADIENTS, start=1.5):
    """The values a single parameter takes on under given gradients."""
    w = autograd.tensor(start, dtype=autograd.float64, requires_grad=True)
    optimizer = make([w])
    path = []
    for g in gradients:
        w.grad = autograd.tensor(g, dtype=autograd.float64)
        optimizer.step()
        path.append(w.item())
    return path


def sgd_by_hand(lr, momentum=0.0, dampening=0.0, decay=0.0, nesterov=False, w=1.5):
    path, b = [], None
    for g in GRADIENTS:
        g = g + decay * w
        if momentum:
            b = g if b is None else momentum * b + (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        w = w - lr * g
        path.append(w)
    return path


def adam_by_hand(lr, betas=(0.9, 0.999), eps=1e-8, decay=0.0, decoupled=False, amsgrad=False, w=1.5):
    path, m, v, largest = [], 0.0, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, 1):
        if decoupled:
            w = w - lr * decay * w
        else:
            g = g + decay * w
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        largest = max(largest, v)
        second = (largest if amsgrad else v) / (1 - betas[1] ** t)
        w = w - lr * m / (1 - betas[0] ** t) / (math.sqrt(second) + eps)
        path.append(w)
    return path


SGD_OPTIONS = [
    {"lr": 0.1},
    {"lr": 0.1, "weight_decay": 0.3},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
]
ADAM_OPTIONS = [
    {"lr": 0.1},
    {"lr": 0.01, "betas": (0.5, 0.75), "eps": 0.1},
    {"lr": 0.1, "weight_decay": 0.3},
    {"lr": 0.1, "amsgrad": True},
]


@pytest.mark.parametrize("options", SGD_OPTIONS)
def test_sgd_follows_its_formula(options):
    by_hand = {("decay" if name == "weight_decay" else name): value for name, value in options.items()}
    assert follow(lambda p: optim.SGD(p, **options)) == pytest.approx(sgd_by_hand(**by_hand), rel=1e-14)


@pytest.mark.parametrize("options", ADAM_OPTIONS)
@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
def test_adam_follows_its_formula(kind, options):
    by_hand = {("decay" if name == "weight_decay" else name): value for name, value in options.items()}
    if kind == "AdamW":
        by_hand = {"decay": 0.01, **by_hand, "decoupled": True}
    found = follow(lambda p: getattr(optim, kind)(p, **options))
    assert found == pytest.approx(adam_by_hand(**by_hand), rel=1e-12)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_maximize_climbs(kind):
    make = getattr(optim, kind)
    down = follow(lambda p: make(p, lr=0.1, weight_decay=0.0))
    up = follow(lambda p: make(p, lr=0.1, weight_decay=0.0, maximize=True), [-g for g in GRADIENTS])
    assert down == up


# -- many parameters at once --------------------------------------------------------------------

SHAPES = [(3, 4), (4,), (), (0,), (2, 1, 3), (120, 130), (9000,)]  # the last two are long enough to stand alone


def parameters(library, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    made = [library.tensor(rng.standard_normal(s).astype(dtype)) for s in SHAPES]
    return [p.requires_grad_() for p in made]


def gradients_of(step, dtype="float32"):
    rng = np.random.default_rng(100 + step)
    return [rng.standard_normal(s).astype(dtype) for s in SHAPES]


CHOICES = [
    *(("SGD", options) for options in SGD_OPTIONS),
    *((kind, options) for kind in ("Adam", "AdamW") for options in ADAM_OPTIONS),
]


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "options"), CHOICES)
def test_steps_are_torchs(torch, kind, options, dtype):
    ours, theirs = parameters(autograd, dtype), parameters(torch, dtype)
    optimizers = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)(theirs, **options)
    for step in range(6):
        absent = step % len(SHAPES) if step > 2 else None  # some have no gradient at some steps
        for i, g in enumerate(gradients_of(step, dtype)):
            ours[i].grad = None if i == absent else autograd.tensor(g)
            theirs[i].grad = None if i == absent else torch.tensor(g)
        for optimizer in optimizers:
            optimizer.step()
    tolerance = 2e-6 if dtype == "float32" else 1e-13
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=tolerance, atol=tolerance)
    compare_states(optimizers[0].state_dict(), optimizers[1].state_dict(), tolerance)
    assert repr(optimizers[0]) == repr(optimizers[1])


def compare_states(mine, other, tolerance):
    def without_none(group):
        return {name: value for name, value in group.items() if value is not None}

    assert list(map(without_none, mine["param_groups"])) == list(map(without_none, other["param_groups"]))
    assert mine["state"].keys() == {k for k, v in other["state"].items() if any(e is not None for e in v.values())}
    for index, state in mine["state"].items():
        assert state.keys() == other["state"][index].keys()
        for name, value in state.items():
            np.testing.assert_allclose(
                value.numpy(), other["state"][index][name].numpy(), rtol=tolerance, atol=tolerance, err_msg=name
            )


def test_together_is_as_alone():
    together, alone = parameters(autograd), parameters(autograd)
    one = optim.Adam(together, lr=0.01, weight_decay=0.1)
    each = [optim.Adam([p], lr=0.01, weight_decay=0.1) for p in alone]
    for step in range(4):
        for p, q, g in zip(together, alone, gradients_of(step), strict=True):
            p.grad, q.grad = autograd.tensor(g), autograd.tensor(g)
        for optimizer in [one, *each]:
            optimizer.step()
    for p, q in zip(together, alone, strict=True):
        assert p.tolist() == q.tolist()


def test_complex_parameters_are_pairs_of_numbers():
    z = autograd.tensor([1 + 2j, -0.5j], requires_grad=True)
    pairs = autograd.tensor([1.0, 2.0, 0.0, -0.5], requires_grad=True)
    for p, g in ((z, autograd.tensor([0.5 - 1j, 2j])), (pairs, autograd.tensor([0.5, -1.0, 0.0, 2.0]))):
        p.grad = g
        optim.Adam([p], lr=0.1).step()
    assert autograd.view_as_real(z.detach()).flatten().tolist() == pairs.tolist()


def test_transposed_parameters_and_gradients():
    base = autograd.arange(12.0).reshape(3, 4)
    w = base.t().detach().requires_grad_()
    plain = base.t().contiguous().detach().requires_grad_()
    g = autograd.arange(12.0).reshape(3, 4).t()
    for p in (w, plain):
        p.grad = g
        optim.Adam([p], lr=0.1).step()
    assert w.tolist() == plain.tolist()
    assert base.t().tolist() == w.tolist()  # the update went into the memory that is shared
