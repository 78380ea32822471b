"""Every optimizer against PyTorch's: twenty steps with each option, what is saved, and going on from there."""

import copy
import inspect
import re
from pathlib import Path

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
        if kind == "Adafactor":  # which divides by zero in PyTorch if there are no elements
            values = [v for v in values if v.size]
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


def test_every_optimizer_is_here_or_left_out_for_a_reason(torch):
    page = (Path(__file__).parents[2] / "docs" / "left-out.md").read_text()
    missing = {name for name in torch.optim.__all__ if not hasattr(optim, name)}
    assert missing == set(re.findall(r"`optim\.(\w+)`", page))
    for name in set(torch.optim.__all__) & {*KINDS, "LBFGS", "Muon", "Optimizer"}:
        theirs = inspect.signature(getattr(torch.optim, name)).parameters
        ours = inspect.signature(getattr(optim, name)).parameters
        assert [(p.name, p.default, p.kind) for p in ours.values()] == [
            (p.name, p.default, p.kind) for p in theirs.values()
        ]


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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "options"), EACH)
def test_states_go_on_in_the_other_library(torch, kind, options, dtype):
    """Five steps in both, then each takes over what the other has saved, and both go on."""
    pair = Pair(torch, kind, options, dtype, SHAPES[:5])
    for step in range(5):
        pair.step(absent=3 if step < 2 else None)
    saved = [copy.deepcopy(optimizer.state_dict()) for optimizer in pair.optimizers]
    pair.renew()
    pair.optimizers[1].load_state_dict(converted(saved[0], autograd.Tensor, torch.tensor))
    pair.optimizers[0].load_state_dict(converted(saved[1], torch.Tensor, autograd.tensor))
    pair.compare(TOLERANCE[dtype])
    for _ in range(5):
        pair.step()
    pair.compare(TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Adafactor"])
def test_complex_parameters(torch, kind, dtype):
    pair = Pair(torch, kind, CASES[kind][-1], dtype, SHAPES[:5])
    for _ in range(10):
        pair.step()
    pair.compare(TOLERANCE[dtype])


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_as_a_tensor_and_a_group_that_comes_later(torch, kind):
    pair = Pair(torch, kind, {"lr": 0.25}, "float32", SHAPES[:4])
    ours, theirs = pair.optimizers
    ours.param_groups[0]["lr"] = autograd.tensor(0.25)
    theirs.param_groups[0]["lr"] = torch.tensor(0.25)
    pair.step()
    value = np.arange(3, dtype=np.float32)
    pair.ours.append(autograd.tensor(value, requires_grad=True))
    pair.theirs.append(torch.tensor(value, requires_grad=True))
    ours.add_param_group({"params": pair.ours[-1], "lr": 0.5})
    theirs.add_param_group({"params": pair.theirs[-1], "lr": 0.5})
    for _ in range(4):
        pair.step()
    for mine, other in zip(pair.ours, pair.theirs, strict=True):
        close(mine, other, 5e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_given_twice_moves_twice(torch, kind):
    ends = []
    for library, module in ((autograd, optim), (torch, torch.optim)):
        p, q = library.tensor([1.0, -2.0], requires_grad=True), library.tensor([3.0], requires_grad=True)
        with pytest.warns(UserWarning, match="duplicate parameters"):
            optimizer = getattr(module, kind)([p, q, p], lr=0.1)
        for step in range(3):
            p.grad, q.grad = library.tensor([0.5, 1.0 + step]), library.tensor([1.0])
            optimizer.step()
        ends.append([*p.tolist(), q.item()])
    np.testing.assert_allclose(ends[0], ends[1], rtol=5e-6)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop"])
def test_options_that_change_on_the_way(torch, kind):
    """Momentum and amsgrad switched on later, the state edited, the dtype changed."""
    pair = Pair(torch, kind, {"lr": 0.1}, "float32", SHAPES[:3])
    pair.step()
    for optimizer, library in zip(pair.optimizers, (autograd, torch), strict=True):
        for group in optimizer.param_groups:
            if kind == "SGD":
                group["momentum"] = 0.5
            group["weight_decay"] = 0.25
        for state in optimizer.state.values():
            for name in ("exp_avg", "square_avg"):
                if name in state:
                    state[name] = library.ones_like(state[name])
            if "step" in state:
                state["step"] += 3
    pair.step()
    pair.step()
    pair.compare(5e-6)


# -- L-BFGS -----------------------------------------------------------------------------------------------


def rosenbrock(library, module, dtype, calls=3, **options):
    """Where L-BFGS evaluates Rosenbrock's valley, the loss there, and the optimizer."""
    w = [library.tensor(x, dtype=getattr(library, dtype), requires_grad=True) for x in ([-1.5], [[2.0]])]
    optimizer = module.LBFGS(w, **options)
    path = []

    def closure():
        optimizer.zero_grad()
        loss = ((1 - w[0]) ** 2 + 100 * (w[1][0] - w[0] ** 2) ** 2).sum()
        loss.backward()
        path.append([w[0].item(), w[1].item(), loss.item()])
        return loss

    for _ in range(calls):
        optimizer.step(closure)
    return path, optimizer, closure


LBFGS_OPTIONS = [
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 7},
    {"line_search_fn": "strong_wolfe", "max_eval": 3, "lr": 0.5},
    {"line_search_fn": "strong_wolfe", "max_eval": 7},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 0.05},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 0.5},
    {"lr": 0.001},
    {"lr": 0.001, "max_iter": 4, "max_eval": 3},
    {"lr": 0.01, "tolerance_grad": 30.0},
]


@pytest.mark.parametrize("options", LBFGS_OPTIONS)
def test_lbfgs_evaluates_where_torchs_does(torch, options):
    mine, ours, our_closure = rosenbrock(autograd, optim, "float64", **options)
    other, theirs, their_closure = rosenbrock(torch, torch.optim, "float64", **options)
    np.testing.assert_allclose(mine, other, rtol=1e-7, atol=1e-9)
    state, expected = ours.state_dict(), theirs.state_dict()
    assert state["param_groups"] == expected["param_groups"]
    assert list(state["state"][0]) == list(expected["state"][0])
    for count in ("func_evals", "n_iter"):
        assert state["state"][0][count] == expected["state"][0][count]
    # each goes on from what the other has saved
    ours.load_state_dict(converted(expected, torch.Tensor, autograd.tensor))
    theirs.load_state_dict(converted(state, autograd.Tensor, torch.tensor))
    ours.step(our_closure)
    theirs.step(their_closure)
    np.testing.assert_allclose(mine, other, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_lbfgs_in_other_dtypes(torch, dtype):
    """Some quadratic steps: what rounding makes of the first digits has not spread yet."""
    ends = []
    for library, module in ((autograd, optim), (torch, torch.optim)):
        w = library.tensor([1.0, -2.0, 3.0], dtype=getattr(library, dtype), requires_grad=True)
        idle = library.tensor([1.0], dtype=getattr(library, dtype), requires_grad=True)
        optimizer = module.LBFGS([w, idle], line_search_fn="strong_wolfe", max_iter=3)
        scale = library.tensor([1.0, 2.0, 5.0])

        def closure(w=w, optimizer=optimizer, scale=scale):
            optimizer.zero_grad()
            loss = (scale * (w - (1 if w.dtype.is_floating_point else 1j)).abs() ** 2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        ends.append([*w.tolist(), *idle.tolist()])
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-4, atol=1e-5)


# -- Muon -------------------------------------------------------------------------------------------------

MUON_OPTIONS = [
    {"lr": 0.02},
    {"lr": 0.02, "nesterov": False, "momentum": 0.5},
    {"lr": 0.02, "weight_decay": 0.5, "adjust_lr_fn": "match_rms_adamw"},
    {"lr": 0.02, "ns_steps": 2, "ns_coefficients": (2.0, -1.5, 0.5), "eps": 1e-3, "adjust_lr_fn": "original"},
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", MUON_OPTIONS)
def test_muon_rounds_as_torch_does(torch, options, dtype):
    """Twenty steps: the last of 8 bits of an element may be rounded otherwise now and then, by 1/256 of it."""
    pair = Pair(torch, "Muon", options, dtype, [(4, 8), (8, 3), (5, 5)])
    for _ in range(STEPS):
        pair.step()
    for mine, other, lr in zip(pair.ours, pair.theirs, (options["lr"], options["lr"], 0.02), strict=True):
        assert abs(mine.detach().numpy() - other.detach().numpy()).max() < lr * STEPS / 256
    mine, other = (optimizer.state_dict() for optimizer in pair.optimizers)
    assert mine["param_groups"] == other["param_groups"]
    for index, state in mine["state"].items():
        close(state["momentum_buffer"], other["state"][index]["momentum_buffer"], TOLERANCE[dtype])
