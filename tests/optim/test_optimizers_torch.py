"""Every optimizer against PyTorch's: twenty steps with each option, what is saved, and going on from there."""

import copy

import numpy as np
import pytest

import autograd
import optim

pytestmark = pytest.mark.torch

SHAPES = [(3, 4), (4,), (), (2, 1, 3), (0,), (120, 130), (9000,)]  # the last two are long enough to stand alone
STEPS = 20

CASES = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.3, "maximize": True},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ],
    "Adam": [
        {},
        {"lr": 0.01, "betas": (0.5, 0.75), "eps": 0.1},
        {"lr": 0.1, "weight_decay": 0.3},
        {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True},
        {"lr": 0.1, "amsgrad": True, "maximize": True},
    ],
    "AdamW": [{}, {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True, "betas": (0.5, 0.75)}, {"maximize": True}],
    "Adamax": [{}, {"lr": 0.01, "betas": (0.5, 0.75), "eps": 0.1}, {"weight_decay": 0.3, "maximize": True}],
    "NAdam": [
        {},
        {"lr": 0.01, "betas": (0.5, 0.75), "eps": 0.1, "momentum_decay": 0.2},
        {"weight_decay": 0.3, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True},
    ],
    "RAdam": [
        {},
        {"lr": 0.01, "betas": (0.5, 0.9), "eps": 0.1},
        {"weight_decay": 0.3, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True},
    ],
    "Adagrad": [
        {},
        {"lr": 0.1, "lr_decay": 0.2, "initial_accumulator_value": 0.5, "eps": 0.1},
        {"weight_decay": 0.3, "maximize": True},
    ],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.5, "eps": 0.1}, {"weight_decay": 0.3, "maximize": True}],
    "RMSprop": [
        {},
        {"lr": 0.01, "alpha": 0.5, "eps": 0.1},
        {"momentum": 0.9},
        {"centered": True, "eps": 0.1},
        {"centered": True, "momentum": 0.5, "eps": 0.1, "weight_decay": 0.3, "maximize": True},
    ],
    "Rprop": [{}, {"lr": 0.1, "etas": (0.3, 2.0), "step_sizes": (0.03, 0.3)}, {"maximize": True}],
    "ASGD": [
        {},
        {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 4},
        {"weight_decay": 0.3, "maximize": True},
    ],
    "Adafactor": [
        {},
        {"lr": 0.5, "beta2_decay": -0.4, "eps": (0.2, 0.5), "d": 2.0},
        {"weight_decay": 0.3, "maximize": True},
    ],
}  # fmt: skip
EACH = [(kind, options) for kind, cases in CASES.items() for options in cases]
KINDS = list(CASES)


class Pair:
    """The same parameters, gradients and optimizer here and in PyTorch."""

    def __init__(self, torch, kind, options, dtype, shapes=SHAPES):
        rng = np.random.default_rng(0)
        values = [random(rng, shape, dtype) for shape in shapes]
        self.torch, self.kind, self.options, self.dtype = torch, kind, options, dtype
        self.ours = [autograd.tensor(v, requires_grad=True) for v in values]
        self.theirs = [torch.tensor(v, requires_grad=True) for v in values]
        self.taken = 0
        self.renew()

    def renew(self):
        """New optimizers, each of two groups of different learning rates, over the parameters as they are."""
        self.optimizers = []
        for module, params in ((optim, self.ours), (self.torch.optim, self.theirs)):
            groups = [{"params": params[:2]}, {"params": params[2:], "lr": 0.02}]
            self.optimizers.append(getattr(module, self.kind)(groups, **self.options))

    def step(self, absent=None):
        rng = np.random.default_rng(100 + self.taken)
        for i, (mine, other) in enumerate(zip(self.ours, self.theirs, strict=True)):
            g = random(rng, mine.shape, self.dtype)
            mine.grad = None if i == absent else autograd.tensor(g)
            other.grad = None if i == absent else self.torch.tensor(g)
        for optimizer in self.optimizers:
            optimizer.step()
        self.taken += 1

    def compare(self, tolerance):
        for mine, other in zip(self.ours, self.theirs, strict=True):
            close(mine, other, tolerance)
        mine, other = (optimizer.state_dict() for optimizer in self.optimizers)
        assert mine["param_groups"] == other["param_groups"]
        assert list(mine["state"]) == list(other["state"])
        for index, state in mine["state"].items():
            assert list(state) == list(other["state"][index])
            for name, value in state.items():
                expected = other["state"][index][name]
                assert (tuple(value.shape), str(value.dtype)) == (tuple(expected.shape), str(expected.dtype)), name
                close(value, expected, tolerance)


def random(rng, shape, dtype):
    values = rng.standard_normal(shape)
    return np.asarray(values + 1j * rng.standard_normal(shape) if "complex" in dtype else values, dtype)


def close(mine, other, tolerance):
    np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=tolerance, atol=tolerance)


def converted(value, tensor_type, make):
    """A state dict with the tensors of the other library."""
    if isinstance(value, tensor_type):
        return make(value.detach().numpy().copy())
    if isinstance(value, dict):
        return {key: converted(item, tensor_type, make) for key, item in value.items()}
    if isinstance(value, list):
        return [converted(item, tensor_type, make) for item in value]
    return value


TOLERANCE = {"float32": 5e-6, "float64": 1e-13, "complex64": 5e-6, "complex128": 1e-13}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "options"), EACH)
def test_twenty_steps_are_torchs(torch, kind, options, dtype):
    pair = Pair(torch, kind, options, dtype)
    for step in range(STEPS):
        pair.step(absent=step % len(SHAPES) if 3 < step < 12 else None)
        if step == 14:
            for optimizer in pair.optimizers:
                optimizer.param_groups[0]["lr"] *= 0.5
    pair.compare(TOLERANCE[dtype])
    assert repr(pair.optimizers[0]) == repr(pair.optimizers[1])
