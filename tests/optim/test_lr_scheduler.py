"""Learning-rate schedules against their formulas, written out for each epoch, and what surrounds them."""

import copy
import gc
import math
import pickle
import warnings
import weakref

import pytest

import autograd
import optim
from optim import lr_scheduler
from optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

EPOCHS = 24
ETA = 0.8


def sgd(lr=ETA, **options):
    return optim.SGD([autograd.ones(2, requires_grad=True)], lr=lr, **options)


def rates_of(scheduler, epochs=EPOCHS):
    """The learning rates that the optimizer has in each epoch."""
    rates = []
    for _ in range(epochs):
        group = scheduler.optimizer.param_groups[0]
        assert scheduler.get_last_lr() == [group["lr"]]
        rates.append(group["lr"])
        scheduler.optimizer.step()
        scheduler.step()
    return rates


# -- formulas -----------------------------------------------------------------------------------------------


def triangle(t, up=4, down=3):
    """From 0 to 1 and back."""
    x = t % (up + down)
    return x / up if x <= up else (up + down - x) / down


def one_cycle(t, total=24, start=0.25, most=ETA):
    turn = start * total - 1
    low, end = most / 25, most / 25 / 1e4
    done, a, b = (t / turn, low, most) if t <= turn else ((t - turn) / (total - 1 - turn), most, end)
    return b + (a - b) * (1 + math.cos(math.pi * done)) / 2


def cosine(done):
    return (1 + math.cos(math.pi * done)) / 2


FORMULAS = {
    "lambda": (lambda o: LambdaLR(o, lambda t: 0.9**t + t), lambda t: ETA * (0.9**t + t)),
    "multiplicative": (
        lambda o: MultiplicativeLR(o, lambda t: t / (t + 1)),
        lambda t: ETA / (t + 1),  # 1/2 * 2/3 * ... * t/(t+1)
    ),
    "step": (lambda o: StepLR(o, 5, 0.5), lambda t: ETA * 0.5 ** (t // 5)),
    "steps": (lambda o: MultiStepLR(o, [3, 7, 7, 15], 0.5), lambda t: ETA * 0.5 ** sum(t >= m for m in (3, 7, 7, 15))),
    "constant": (lambda o: ConstantLR(o, 0.25, 6), lambda t: ETA * (0.25 if t < 6 else 1)),
    "linear": (lambda o: LinearLR(o, 0.2, 0.9, 10), lambda t: ETA * (0.2 + 0.7 * min(t, 10) / 10)),
    "exponential": (lambda o: ExponentialLR(o, 0.9), lambda t: ETA * 0.9**t),
    "polynomial": (lambda o: PolynomialLR(o, 20, 2.0), lambda t: ETA * (1 - min(t, 20) / 20) ** 2),
    "cosine": (lambda o: CosineAnnealingLR(o, 7, 0.1), lambda t: 0.1 + (ETA - 0.1) * cosine(t / 7)),
    "restarts": (
        lambda o: CosineAnnealingWarmRestarts(o, 3, 2, 0.1),  # restarts at 3 and 9 and 21
        lambda t: 0.1 + (ETA - 0.1) * cosine((t / 3, (t - 3) / 6, (t - 9) / 12, (t - 21) / 24)[sum(t >= s for s in (3, 9, 21))]),
    ),
    "triangular": (
        lambda o: CyclicLR(o, 0.1, 0.5, 4, 3, cycle_momentum=False),
        lambda t: 0.1 + 0.4 * triangle(t),
    ),
    "triangular2": (
        lambda o: CyclicLR(o, 0.1, 0.5, 4, 3, mode="triangular2", cycle_momentum=False),
        lambda t: 0.1 + 0.4 * triangle(t) / 2 ** (t // 7),
    ),
    "exp_range": (
        lambda o: CyclicLR(o, 0.1, 0.5, 4, 3, mode="exp_range", gamma=0.9, cycle_momentum=False),
        lambda t: 0.1 + 0.4 * triangle(t) * 0.9**t,
    ),
    "scale_fn": (
        lambda o: CyclicLR(o, 0.1, 0.5, 4, 3, scale_fn=lambda t: 1 / (1 + t), scale_mode="iterations", cycle_momentum=False),
        lambda t: 0.1 + 0.4 * triangle(t) / (1 + t),
    ),
    "one cycle": (lambda o: OneCycleLR(o, ETA, 24, pct_start=0.25, cycle_momentum=False), one_cycle),
    "sequence": (
        lambda o: SequentialLR(o, [ConstantLR(o, 0.5, 100), ExponentialLR(o, 0.9)], [4]),
        lambda t: ETA / 2 if t < 4 else ETA * 0.9 ** (t - 4),
    ),
    "chain": (
        lambda o: ChainedScheduler([ConstantLR(o, 0.5, 4), ExponentialLR(o, 0.9)]),
        lambda t: ETA * 0.9**t * (0.5 if t < 4 else 1),
    ),
    "swa": (
        lambda o: optim.swa_utils.SWALR(o, 0.05, 10),
        lambda t: 0.05 + (ETA - 0.05) * cosine(min(t, 10) / 10),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_learning_rates_follow_the_formula(name):
    make, formula = FORMULAS[name]
    assert rates_of(make(sgd())) == pytest.approx([formula(t) for t in range(EPOCHS)], rel=1e-9, abs=1e-12)


CLOSED = ["step", "steps", "constant", "linear", "exponential", "polynomial", "cosine"]


@pytest.mark.parametrize("name", CLOSED)
def test_an_epoch_can_be_jumped_to(name):
    make, formula = FORMULAS[name]
    scheduler = make(sgd())
    scheduler.optimizer.step()
    for t in (17, 3, 0):
        with pytest.warns(UserWarning, match="The epoch parameter in `scheduler.step\\(\\)` was not necessary"):
            scheduler.step(t)
        assert scheduler.get_last_lr() == pytest.approx([formula(t)], rel=1e-12, abs=1e-15)
        assert scheduler.last_epoch == t


def test_restarts_can_be_stepped_in_fractions():
    scheduler = CosineAnnealingWarmRestarts(sgd(), 4, 2)
    for t in (0.5, 3.75, 4.0, 11.9, 12.0, 20.25, 1.0):
        scheduler.step(t)
        start, length = max((s, n) for s, n in ((0, 4), (4, 8), (12, 16)) if s <= t)
        assert scheduler.get_last_lr() == pytest.approx([ETA * cosine((t - start) / length)])


def test_momentum_goes_the_other_way():
    for make in (sgd, lambda momentum: optim.Adam([autograd.ones(1, requires_grad=True)], betas=(momentum, 0.999))):
        optimizer = make(momentum=0.5)
        scheduler = CyclicLR(optimizer, 0.0, 1.0, 4, base_momentum=0.8, max_momentum=0.9)
        for t in range(10):
            group = optimizer.param_groups[0]
            momentum = group["betas"][0] if "betas" in group else group["momentum"]
            assert momentum == pytest.approx(0.9 - 0.1 * triangle(t, 4, 4))
            optimizer.step()
            scheduler.step()


def test_each_group_has_its_own():
    a, b = (autograd.ones(1, requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a], "lr": 1.0}, {"params": [b]}], lr=0.1)
    scheduler = LambdaLR(optimizer, [lambda t: t + 1, lambda t: 0.5**t])
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [2.0, 0.05]
    assert scheduler.base_lrs == [1.0, 0.1]
    assert [g["initial_lr"] for g in optimizer.param_groups] == [1.0, 0.1]


# -- on plateaus --------------------------------------------------------------------------------------------


def plateau_rates(metrics, **options):
    scheduler = ReduceLROnPlateau(sgd(lr=1.0), factor=0.5, **options)
    for m in metrics:
        scheduler.step(m)
    return scheduler.get_last_lr()[0], scheduler


def test_plateaus():
    assert plateau_rates([1.0] * 4, patience=2)[0] == 0.5
    assert plateau_rates([1.0] * 3, patience=2)[0] == 1.0
    assert plateau_rates([5, 4, 3, 2, 1], patience=0)[0] == 1.0
    assert plateau_rates([1, 2, 3, 4, 5], patience=0, mode="max")[0] == 1.0
    assert plateau_rates([1, 2, 3], patience=0)[0] == 0.25
    assert plateau_rates([1.0, 0.95], patience=0, threshold=0.1)[0] == 0.5
    assert plateau_rates([1.0, 0.95], patience=0, threshold=0.01, threshold_mode="abs")[0] == 1.0
    assert plateau_rates([2.0, 2.15], patience=0, mode="max", threshold=0.1, threshold_mode="abs")[0] == 1.0
    assert plateau_rates([1.0] * 5, patience=0, cooldown=3)[0] == 0.5
    assert plateau_rates([1.0] * 20, patience=0, min_lr=0.3)[0] == 0.3
    assert plateau_rates([1.0, math.nan], patience=0)[0] == 0.5
    assert plateau_rates([autograd.tensor(1.0)] * 2, patience=0)[0] == 0.5
    _, scheduler = plateau_rates([1.0] * 5, patience=0, cooldown=3)
    assert scheduler.in_cooldown is False
    assert scheduler.last_epoch == 5


def test_groups_that_came_later():
    _, scheduler = plateau_rates([1.0], patience=0, min_lr=[0.0])
    scheduler.optimizer.add_param_group({"params": [autograd.ones(1, requires_grad=True)]})
    with pytest.raises(RuntimeError, match=r"number of param groups in the `optimizer` \(2\) differs from .* \(1\)"):
        scheduler.step(1.0)
    _, scheduler = plateau_rates([1.0], patience=0)
    scheduler.optimizer.add_param_group({"params": [autograd.ones(1, requires_grad=True)]})
    scheduler.step(1.0)
    assert scheduler.get_last_lr() == [0.5, 0.5]


# -- saving, resuming ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_training_can_be_resumed(name):
    make, formula = FORMULAS[name]
    first = make(sgd(momentum=0.9))
    rates = rates_of(first, 9)
    saved, group = copy.deepcopy(first.state_dict()), first.optimizer.state_dict()
    second = make(sgd(lr=123.0, momentum=0.9))
    second.optimizer.load_state_dict(group)
    second.load_state_dict(saved)
    assert rates + rates_of(second, 12) == pytest.approx([formula(t) for t in range(21)], rel=1e-9, abs=1e-12)


def test_states_are_not_changed_by_loading():
    optimizer = sgd()
    scheduler = SequentialLR(optimizer, [LambdaLR(optimizer, lambda t: t), StepLR(optimizer, 1)], [2])
    state = scheduler.state_dict()
    before = copy.deepcopy(state)
    scheduler.load_state_dict(state)
    assert state == before


class Ramp:
    """A function with a memory."""

    def __init__(self, slope):
        self.slope = slope

    def __call__(self, t):
        return self.slope * t


def test_callable_objects_are_saved():
    saved = LambdaLR(sgd(), Ramp(2.0)).state_dict()
    assert saved["lr_lambdas"] == [{"slope": 2.0}]
    assert LambdaLR(sgd(), lambda t: t).state_dict()["lr_lambdas"] == [None]
    other = LambdaLR(sgd(), Ramp(5.0))
    other.load_state_dict(saved)
    assert other.lr_lambdas[0].slope == 2.0
    assert saved["lr_lambdas"] == [{"slope": 2.0}]
    cyclic = CyclicLR(sgd(), 0.0, 1.0, cycle_momentum=False, scale_fn=Ramp(2.0))
    another = CyclicLR(sgd(), 0.0, 1.0, cycle_momentum=False, scale_fn=Ramp(3.0))
    another.load_state_dict(cyclic.state_dict())
    assert another.scale_fn(10) == 20.0


@pytest.mark.parametrize("name", ["step", "exponential", "cosine", "linear", "polynomial"])
def test_last_epoch_resumes(name):
    make, formula = FORMULAS[name]
    kind = {"step": lambda o: StepLR(o, 5, 0.5, last_epoch=8), "exponential": lambda o: ExponentialLR(o, 0.9, 8),
            "cosine": lambda o: CosineAnnealingLR(o, 7, 0.1, 8), "linear": lambda o: LinearLR(o, 0.2, 0.9, 10, 8),
            "polynomial": lambda o: PolynomialLR(o, 20, 2.0, 8)}[name]  # fmt: skip
    first = make(sgd())
    rates_of(first, 9)
    scheduler = kind(first.optimizer)
    assert scheduler.last_epoch == 9
    rates = rates_of(scheduler, 12)
    assert rates == pytest.approx([formula(t) for t in range(9, 21)], rel=1e-9)


def test_optimizers_can_be_pickled_while_scheduled():
    optimizer = sgd()
    StepLR(optimizer, 1)
    for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert twin.param_groups[0]["initial_lr"] == ETA
        twin.step()
        assert not hasattr(twin, "_opt_called")


def test_nothing_is_kept_alive():
    optimizer = sgd()
    scheduler = StepLR(optimizer, 1)
    optimizer.step()
    references = weakref.ref(optimizer), weakref.ref(scheduler)
    gc.disable()
    try:
        del optimizer, scheduler
        assert references[0]() is None
        assert references[1]() is None
    finally:
        gc.enable()


# -- learning rates that are tensors ------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_a_tensor_stays_the_same_tensor(name):
    make, formula = FORMULAS[name]
    lr = autograd.tensor(ETA, dtype=autograd.float64)
    optimizer = sgd(lr=lr)
    scheduler = make(optimizer)
    rates = []
    for _ in range(EPOCHS):
        rates.append(lr.item())
        last = scheduler.get_last_lr()[0]
        assert float(last) == lr.item()
        assert last is not lr
        assert optimizer.param_groups[0]["lr"] is lr
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([formula(t) for t in range(EPOCHS)], rel=1e-9, abs=1e-12)


# -- warnings and errors ------------------------------------------------------------------------------------


def test_the_first_learning_rate_must_be_used():
    scheduler = StepLR(sgd(), 1)
    with pytest.warns(
        UserWarning, match="Detected call of `lr_scheduler.step\\(\\)` before `optimizer.step\\(\\)`"
    ) as caught:
        scheduler.step()
    assert caught[0].filename == __file__
    scheduler.step()  # only once
    in_order = StepLR(sgd(), 1)
    in_order.optimizer.step()
    in_order.step()


def test_steps_that_are_overridden():
    scheduler = StepLR(sgd(), 1)
    scheduler.optimizer.step = lambda: None
    with pytest.warns(UserWarning, match="Seems like `optimizer.step\\(\\)` has been overridden"):
        scheduler.step()


def test_two_schedules_watch_one_optimizer():
    optimizer = sgd()
    StepLR(optimizer, 1)
    step = optimizer.step
    second = ExponentialLR(optimizer, 0.5)
    assert optimizer.step is step
    assert optimizer.step(lambda: 7) == 7
    second.step()


def test_learning_rates_are_asked_for_by_their_name():
    scheduler = StepLR(sgd(), 1)
    with pytest.warns(UserWarning, match="please use `get_last_lr\\(\\)`"):
        scheduler.get_lr()


def test_a_schedule_of_ones_own():
    class Odd(lr_scheduler._LRScheduler):
        def get_lr(self):
            return [lr * (self.last_epoch % 2) for lr in self.base_lrs]

    class Unfinished(LRScheduler):
        """Without get_lr."""

    assert rates_of(Odd(sgd(lr=1.0)), 4) == [0.0, 1.0, 0.0, 1.0]
    with pytest.raises(NotImplementedError, match="Unfinished must say what the learning rates are: define get_lr"):
        Unfinished(sgd())


ERRORS = [
    (lambda: StepLR([1], 1), TypeError, "list is not an Optimizer"),
    (lambda: LambdaLR([1], abs), TypeError, "list is not an Optimizer"),
    (lambda: ReduceLROnPlateau([1]), TypeError, "list is not an Optimizer"),
    (lambda: CyclicLR([1], 0, 1), TypeError, "list is not an Optimizer"),
    (lambda: OneCycleLR([1], 1, 1), TypeError, "list is not an Optimizer"),
    (lambda: StepLR(sgd(), 1, last_epoch=3), KeyError, "param 'initial_lr' is not specified in param_groups"),
    (lambda: LambdaLR(sgd(), [abs, abs]), ValueError, "Expected 1 lr_lambdas, but got 2"),
    (lambda: MultiplicativeLR(sgd(), 0.5), TypeError, "lr_lambda should be a function, but got float"),
    (lambda: ConstantLR(sgd(), 1.5), ValueError, "Constant multiplicative factor expected to be between 0 and 1"),
    (lambda: LinearLR(sgd(), 0), ValueError, "Starting multiplicative factor expected to be greater than 0"),
    (lambda: LinearLR(sgd(), 1, 2), ValueError, "Ending multiplicative factor expected to be between 0 and 1"),
    (lambda: ReduceLROnPlateau(sgd(), factor=1.0), ValueError, "Factor should be < 1.0"),
    (lambda: ReduceLROnPlateau(sgd(), mode="least"), ValueError, "mode least is unknown"),
    (lambda: ReduceLROnPlateau(sgd(), threshold_mode="x"), ValueError, "threshold mode x is unknown"),
    (lambda: ReduceLROnPlateau(sgd(), min_lr=[0, 0]), ValueError, "expected 1 min_lrs, got 2"),
    (lambda: CyclicLR(sgd(), [0, 0], 1), ValueError, "base_lr must have the same length as optimizer.param_groups"),
    (lambda: CyclicLR(sgd(), 0, 1, mode="round"), ValueError, "mode is invalid and scale_fn is None"),
    (lambda: CosineAnnealingWarmRestarts(sgd(), 0), ValueError, "Expected positive integer T_0, but got 0"),
    (lambda: CosineAnnealingWarmRestarts(sgd(), 1, 0.5), ValueError, "Expected integer T_mult >= 1, but got 0.5"),
    (lambda: CosineAnnealingWarmRestarts(sgd(), 1, 1, "0"), ValueError, "Expected float or int eta_min"),
    (lambda: CosineAnnealingWarmRestarts(sgd(), 1).step(-1), ValueError, "Expected non-negative epoch, but got -1"),
    (lambda: OneCycleLR(sgd(), 1), ValueError, "You must define either total_steps OR"),
    (lambda: OneCycleLR(sgd(), 1, 0), ValueError, "Expected positive integer total_steps, but got 0"),
    (lambda: OneCycleLR(sgd(), 1, epochs=2, steps_per_epoch=-1), ValueError, "Expected positive integer steps_per_epoch"),
    (lambda: OneCycleLR(sgd(), 1, 10, pct_start=1.5), ValueError, "Expected float between 0 and 1 pct_start"),
    (lambda: OneCycleLR(sgd(), 1, 10, anneal_strategy="x"), ValueError, "anneal_strategy must be one of 'cos' or 'linear'"),
    (lambda: rates_of(OneCycleLR(sgd(), 1, 10), 12), ValueError, "Tried to step 11 times. .* steps is 10"),
    (lambda: SequentialLR(sgd(), [], []), ValueError, "expects at least one scheduler"),
    (lambda: ChainedScheduler([]), ValueError, "expects at least one scheduler to be chained"),
    (lambda: ChainedScheduler([StepLR(sgd(), 1), StepLR(sgd(), 1)]), ValueError, "expects all schedulers to belong to the same"),
    (lambda: ChainedScheduler([ReduceLROnPlateau(sgd())]), ValueError, "does not support `ReduceLROnPlateau`"),
    (lambda: SequentialLR(sgd(), [1], []), TypeError, "at index 0 should have `optimizer` as its attribute"),
]  # fmt: skip


def test_errors():
    for call, kind, message in ERRORS:
        with pytest.raises(kind, match=message):
            call()


def test_what_is_refused_leaves_the_optimizer_alone():
    class Plain(optim.Optimizer):
        """Knows no momentum."""

    optimizer = Plain([autograd.ones(1, requires_grad=True)], {"lr": 0.1})
    before = copy.deepcopy(optimizer.param_groups[0])
    for make in (lambda: CyclicLR(optimizer, 1, 2), lambda: OneCycleLR(optimizer, 1, 10)):
        with pytest.raises(ValueError, match="optimizer must support momentum or beta1 with `cycle_momentum`"):
            make()
    assert optimizer.param_groups[0].keys() == before.keys()
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_milestones_of_sequences():
    optimizer = sgd()
    parts = [StepLR(optimizer, 1), StepLR(optimizer, 2)]
    with pytest.raises(ValueError, match="number of schedulers 2 and the number of milestones to be equal to 2"):
        SequentialLR(optimizer, parts, [1, 2])


def test_no_warnings_in_nested_schedules():
    optimizer = sgd()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inner = SequentialLR(optimizer, [LinearLR(optimizer, 0.5), StepLR(optimizer, 2)], [3])
        outer = ChainedScheduler([inner, ExponentialLR(optimizer, 0.9)])
        rates_of(outer, 10)


def test_what_is_saved_by_a_schedule_of_its_own_stands_last():
    """Where PyTorch has it, so that a state that is printed looks the same."""
    optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=0.1)
    schedules = optim.lr_scheduler
    assert list(schedules.LambdaLR(optimizer, lambda t: 1.0).state_dict())[-1] == "lr_lambdas"
    cyclic = schedules.CyclicLR(optimizer, 0.1, 0.2, cycle_momentum=False)
    assert list(cyclic.state_dict())[-1] == "_scale_fn_custom"
    parts = [schedules.ConstantLR(optimizer), schedules.ExponentialLR(optimizer, 0.9)]
    assert list(schedules.SequentialLR(optimizer, parts, [2]).state_dict())[-1] == "_schedulers"
