"""Every schedule beside PyTorch's: 24 epochs of training, states, and resuming either from the other's state."""

import copy
import warnings

import numpy as np
import pytest

import autograd
import optim

pytestmark = pytest.mark.torch

EPOCHS = 24
METRICS = [3.0, 2.5, 2.5, 2.6, 2.5, 2.4999, 2.0, 2.1, 2.1, 2.1, 2.1, 2.1, 1.0, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2]  # fmt: skip


class Ramp:
    """A function with a memory, for its state to be saved."""

    def __init__(self, slope):
        self.slope = slope

    def __call__(self, t):
        return 1 / (1 + self.slope * t)


def sequence(s, o):
    return s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 6), s.StepLR(o, 3, 0.5)], [5, 14]
    )


def nested(s, o):
    inner = s.SequentialLR(o, [s.ConstantLR(o, 0.5, 2), s.ExponentialLR(o, 0.95)], [6])
    return s.SequentialLR(o, [inner, s.PolynomialLR(o, 10)], [12])


SCHEDULES = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, [lambda t: 0.95**t, Ramp(0.3)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, [lambda t: 0.95, Ramp(0.01)]),
    "StepLR": lambda s, o: s.StepLR(o, 3, 0.7),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 17], 0.3),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.1, 0.7, 9),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.93),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 15, 1.5),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 7, 0.01),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
    "CyclicLR": lambda s, o: s.CyclicLR(o, [0.01, 0.02], 0.3, 4, 3),
    "CyclicLR triangular2": lambda s, o: s.CyclicLR(o, 0.01, [0.3, 0.4], 4, mode="triangular2", base_momentum=[0.5, 0.6]),
    "CyclicLR exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 5, mode="exp_range", gamma=0.9, cycle_momentum=False),
    "CyclicLR scale_fn": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 2, scale_fn=Ramp(0.2), scale_mode="iterations"),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, [0.3, 0.1], 25),
    "OneCycleLR linear": lambda s, o: s.OneCycleLR(o, 0.3, epochs=5, steps_per_epoch=6, anneal_strategy="linear"),
    "OneCycleLR three_phase": lambda s, o: s.OneCycleLR(o, 0.3, 25, pct_start=0.4, three_phase=True, div_factor=5, final_div_factor=10),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, patience=2, cooldown=1, factor=0.5, min_lr=[0.01, 0.0]),
    "ReduceLROnPlateau max": lambda s, o: s.ReduceLROnPlateau(o, "max", patience=3, threshold=0.2, threshold_mode="abs"),
    "SequentialLR": sequence,
    "nested": nested,
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.LinearLR(o), s.ExponentialLR(o, 0.9), s.StepLR(o, 5)]),
    "SWALR": lambda s, o: s.SWALR(o, [0.05, 0.01], 8),
    "SWALR linear": lambda s, o: s.SWALR(o, 0.05, anneal_epochs=0, anneal_strategy="linear"),
}  # fmt: skip

each_schedule = pytest.mark.parametrize("name", SCHEDULES)


class Side:
    """One library's parameters, optimizer and schedule."""

    def __init__(self, library, optimizers, name, kind):
        self.library = library
        schedulers = type("Schedulers", (), {**vars(optimizers.lr_scheduler), "SWALR": optimizers.swa_utils.SWALR})
        rng = np.random.default_rng(1)
        self.params = [library.tensor(rng.standard_normal(3), requires_grad=True) for _ in range(2)]
        groups = [{"params": [self.params[0]]}, {"params": [self.params[1]], "lr": 0.2}]
        if kind == "Adam":
            self.optimizer = optimizers.Adam(groups, lr=0.1)
        else:
            self.optimizer = optimizers.SGD(groups, lr=0.1, momentum=0.9)
        with warnings.catch_warnings():
            if name == "nested":  # its innermost schedule begins twice, and both libraries take that for a wrong order
                warnings.simplefilter("ignore", UserWarning)
            self.scheduler = SCHEDULES[name](schedulers, self.optimizer)

    def epoch(self, t):
        """The learning rates and momenta of an epoch, and where it leads."""
        rng = np.random.default_rng(100 + t)
        options = [(g["lr"], g.get("momentum"), g.get("betas")) for g in self.optimizer.param_groups]
        for p in self.params:
            p.grad = self.library.tensor(rng.standard_normal(3))
        self.optimizer.step()
        if type(self.scheduler).__name__ == "ReduceLROnPlateau":
            self.scheduler.step(METRICS[t])
        else:
            self.scheduler.step()
        return options, [p.tolist() for p in self.params], self.scheduler.get_last_lr()

    def states(self):
        return copy.deepcopy(self.optimizer.state_dict()["param_groups"]), copy.deepcopy(self.scheduler.state_dict())

    def load(self, states):
        for group, saved in zip(self.optimizer.param_groups, states[0], strict=True):
            group.update({k: v for k, v in saved.items() if k != "params"})
        self.scheduler.load_state_dict(states[1])


def both(torch, name, kind="SGD"):
    return Side(autograd, optim, name, kind), Side(torch, torch.optim, name, kind)


def assert_close(mine, other):
    """Equal numbers, up to the last digits, in equal containers."""
    if isinstance(other, dict):
        assert mine.keys() == other.keys()
        for key in other:
            assert_close(mine[key], other[key])
    elif isinstance(other, (list, tuple)):
        assert len(mine) == len(other)
        for a, b in zip(mine, other, strict=True):
            assert_close(a, b)
    elif isinstance(other, float):
        assert mine == pytest.approx(other, rel=1e-12, abs=1e-15, nan_ok=True)
    else:
        assert mine == other


@each_schedule
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_epochs_are_torchs(torch, name, kind):
    ours, theirs = both(torch, name, kind)
    for t in range(EPOCHS):
        assert_close(ours.epoch(t), theirs.epoch(t))


@each_schedule
def test_states_are_torchs(torch, name):
    ours, theirs = both(torch, name)
    for t in range(3):
        assert_close(ours.states()[1], theirs.states()[1])
        ours.epoch(t)
        theirs.epoch(t)


@each_schedule
def test_either_goes_on_from_the_others_state(torch, name):
    ours, theirs = both(torch, name)
    for t in range(9):
        ours.epoch(t)
        theirs.epoch(t)
    my_states, their_states = ours.states(), theirs.states()
    fresh_ours, fresh_theirs = both(torch, name)
    fresh_ours.load(their_states)
    fresh_theirs.load(my_states)
    for t in range(9, EPOCHS):
        expected = theirs.epoch(t)[0]
        assert_close(fresh_ours.epoch(t)[0], expected)
        assert_close(fresh_theirs.epoch(t)[0], expected)


JUMPING = ["LambdaLR", "StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR",
           "CosineAnnealingLR", "CosineAnnealingWarmRestarts"]  # fmt: skip


@pytest.mark.parametrize("name", JUMPING)
def test_jumps_are_torchs(torch, name):
    ours, theirs = both(torch, name)
    for side in (ours, theirs):
        side.optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for t in (0, 5, 2, 11, 23, 40):
            for side in (ours, theirs):
                side.scheduler.step(t)
            assert_close(ours.scheduler.get_last_lr(), theirs.scheduler.get_last_lr())


def test_names_are_torchs(torch):
    assert set(torch.optim.lr_scheduler.__all__) <= set(optim.lr_scheduler.__all__)
    assert set(torch.optim.swa_utils.__all__) == set(optim.swa_utils.__all__)


@pytest.mark.parametrize("name", ["ReduceLROnPlateau", "StepLR", "OneCycleLR", "CosineAnnealingLR"])
def test_states_list_what_torchs_do_in_its_order(torch, name):
    ours, theirs = both(torch, name)
    assert list(ours.scheduler.state_dict()) == list(theirs.scheduler.state_dict())
