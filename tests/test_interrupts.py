"""Ctrl-C at every point of a training step: what is left is whole, and one can go on.

Python looks for signals at the start of a function, after a call, and where a loop turns. The signal is sent at each
of these points in turn, of all that run in the library.
"""

from __future__ import annotations

import copy
import dis
import functools
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import modes

pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")
"""Python drops an interrupt that comes inside a destructor, and says so; a file just opened is closed by its own."""


ROOT = str(Path(autograd.__file__).parent.parent)
LIBRARY = tuple(os.path.join(ROOT, package) + os.sep for package in ("autograd", "nn", "optim"))
CHECKS = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "JUMP_BACKWARD"}


@functools.cache
def is_check(code, place):
    """Whether Python looks for signals when it has carried out this instruction."""
    return place >= 0 and dis.opname[code.co_code[place]] in CHECKS


class Interrupting:
    """A context in which SIGINT comes at the n-th point where Python would notice it; `points` counts them."""

    def __init__(self, at=None):
        self.at, self.points, self.last = at, 0, {}

    def __enter__(self):
        self.before = sys.gettrace()
        sys._getframe().f_trace_opcodes = True  # from Python 3.12 on, only what is asked for before is told
        sys.settrace(self.called)
        return self

    def __exit__(self, *exception):
        sys.settrace(self.before)
        self.last.clear()

    def called(self, frame, event, argument):
        """A function begins. An interrupt as a context ends is beyond anyone's reach: `__exit__` may not even begin."""
        self.last[frame.f_back] = -1  # after calls of Python's own functions it does not look
        if not frame.f_code.co_filename.startswith(LIBRARY) or leaves_a_context(frame):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self.check()
        return self.step

    def check(self):
        """Python looks for signals now."""
        self.points += 1
        if self.points == self.at:
            signal.raise_signal(signal.SIGINT)

    def step(self, frame, event, argument):
        """An instruction begins; what counts is the one before it."""
        if event == "opcode":
            before, self.last[frame] = self.last.get(frame, -1), frame.f_lasti
            if is_check(frame.f_code, before):
                self.check()
        elif event == "return":
            self.last.pop(frame, None)
        return self.step


def leaves_a_context(frame):
    """Whether this function runs for an `__exit__` of the library."""
    while frame.f_code.co_filename.startswith(LIBRARY):
        if frame.f_code.co_name == "__exit__":
            return True
        frame = frame.f_back
    return False


def count(make, run):
    """At how many points a signal would be noticed."""
    made = make()
    with Interrupting() as watch:
        run(*made)
    assert watch.points
    return watch.points


def each_interrupt(make, run, most=60):
    """The same program, interrupted at one point after the other: what was made, and the point.

    Where there are more points than `most`, some are left out, evenly.
    """
    points = count(make, run)
    for at in (
        sorted({1 + round(i * (points - 1) / (most - 1)) for i in range(most)})
        if points > most
        else range(1, points + 1)
    ):
        made = make()
        try:
            with Interrupting(at):
                run(*made)
        except KeyboardInterrupt:
            yield made, at
    assert is_normal()


def is_normal():
    """Whether this thread is in no special mode, and the signal's handler is Python's own."""
    state = modes.state
    return (
        (state.grad_enabled, state.inference, state.watchers, state.walk, state.vmaps) == (True, False, (), None, ())
        and modes.shortcut.special == 0
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


# -- optimizers -----------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    "Adam": (optim.Adam, {"lr": 0.1, "amsgrad": True}),
    "AdamW": (optim.AdamW, {"lr": 0.1}),
    "NAdam": (optim.NAdam, {"lr": 0.1}),
    "RMSprop": (optim.RMSprop, {"lr": 0.1, "momentum": 0.9, "centered": True}),
    "ASGD": (optim.ASGD, {"lr": 0.1}),
    "Rprop": (optim.Rprop, {"lr": 0.1}),
    "Adagrad": (optim.Adagrad, {"lr": 0.1}),
    "Adafactor": (optim.Adafactor, {"lr": 0.1}),
    "Muon": (optim.Muon, {"lr": 0.1}),
}


def trained(optimizer_class, options):
    """Parameters, small ones and one that is worked through in pieces, and their optimizer after a step."""
    rng = np.random.default_rng(0)
    large = (9, 7) if optimizer_class is optim.Muon else (250, 150)  # Muon multiplies whole matrices many times
    params = [autograd.tensor(rng.standard_normal(shape), requires_grad=True) for shape in ((2, 3), (3, 1), large)]
    for p in params:
        p.grad = autograd.tensor(rng.standard_normal(p.shape))
    optimizer = optimizer_class([{"params": params[:1]}, {"params": params[1:]}], **options)
    optimizer.step()
    return params, optimizer


def contents(params, optimizer):
    """All numbers that a step changes."""
    found = [p.detach().numpy().copy() for p in params]
    for state in optimizer.state_dict()["state"].values():
        for _, value in sorted(state.items()):
            found += [np.array(v) for v in (value if isinstance(value, list) else [value]) if v is not None]
    return found


def equal(found, expected):
    """Whether these are the same numbers."""
    return len(found) == len(expected) and all(map(np.array_equal, found, expected))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_has_happened_or_has_not(name):
    make = functools.partial(trained, *OPTIMIZERS[name])
    before = contents(*make())
    params, optimizer = make()
    optimizer.step()
    after = contents(params, optimizer)
    assert not equal(before, after)
    outcomes = set()
    for (params, optimizer), at in each_interrupt(make, lambda _, o: o.step(), most=25):
        found = contents(params, optimizer)
        happened = equal(found, after)
        assert happened or equal(found, before), f"half a step after an interrupt at point {at}"
        if not happened:
            optimizer.step()
            assert equal(contents(params, optimizer), after)
        outcomes.add(happened)
        assert is_normal()
    assert outcomes == {True, False}


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_takes_back_what_was_interrupted(search):
    """Its step calls the closure many times, so an interrupt must get through; the step has not happened then."""

    def make():
        w = autograd.tensor([-1.5, 2.0], dtype=autograd.float64, requires_grad=True)
        optimizer = optim.LBFGS([w], lr=0.01, max_iter=3, line_search_fn=search)

        def closure():
            optimizer.zero_grad()
            loss = (1 - w[0]) ** 2 + (w[1] - w[0] ** 2) ** 2
            loss.backward()
            return loss

        optimizer.step(closure)
        return [w], optimizer, closure

    params, optimizer, closure = make()
    before = contents(params, optimizer)
    optimizer.step(closure)
    after = contents(params, optimizer)
    for (params, optimizer, closure), at in each_interrupt(make, lambda _, o, c: o.step(c), most=60):
        if not equal(contents(params, optimizer), after):
            assert equal(contents(params, optimizer), before), f"half a step after an interrupt at point {at}"
            optimizer.step(closure)
            assert equal(contents(params, optimizer), after)


def test_an_error_in_a_closure_takes_the_step_of_lbfgs_back():
    w = autograd.tensor([-1.5, 2.0], requires_grad=True)
    optimizer = optim.LBFGS([w], max_iter=4)
    calls = []

    def closure():
        calls.append(None)
        if len(calls) == 3:
            raise ZeroDivisionError
        optimizer.zero_grad()
        loss = (w**4).sum()
        loss.backward()
        return loss

    with pytest.raises(ZeroDivisionError):
        optimizer.step(closure)
    assert w.tolist() == [-1.5, 2.0]
    first = optimizer.step(closure)
    assert first.item() == 1.5**4 + 2**4


# -- backward, and the other parts of a training loop ---------------------------------------------------------


def network():
    """A small network, and a batch."""
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))
    return model, autograd.randn(2, 1, 6, 6), autograd.tensor([0, 2])


def loss_of(model, x, target):
    return nn.functional.cross_entropy(model(x), target)


def test_backward_leaves_each_gradient_old_or_new():
    model, *batch = network()
    loss_of(model, *batch).backward()
    expected = [p.grad.numpy().copy() for p in model.parameters()]

    def make():
        model, *batch = network()
        loss_of(model, *batch).backward()
        return model, batch, loss_of(model, *batch)

    for (model, batch, _), _ in each_interrupt(make, lambda model, batch, loss: loss.backward()):
        for p, g in zip(model.parameters(), expected, strict=True):
            assert np.array_equal(p.grad, g) or np.array_equal(p.grad, g + g)
        assert is_normal()
        model.zero_grad()
        loss_of(model, *batch).backward()
        assert all(np.array_equal(p.grad, g) for p, g in zip(model.parameters(), expected, strict=True))


def test_second_derivatives_can_be_interrupted():
    def make():
        x = autograd.tensor([1.0, 2.0], requires_grad=True)
        return (x,)

    def run(x):
        with autograd.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            (g,) = autograd.grad((x.exp() * x).sum(), x, create_graph=True)
        return autograd.grad(g.sum(), x)

    for (x,), _ in each_interrupt(make, run):
        assert is_normal()
        np.testing.assert_allclose(run(x)[0], (x.detach() + 2) * x.detach().exp(), rtol=1e-6)


def test_modes_are_entered_or_not():
    """All but `set_grad_enabled`, which switches when it is made, before there is a block to leave."""

    def run(x):
        with autograd.no_grad(), autograd.inference_mode(), autograd.enable_grad():
            x.sin()
        with autograd.strict_broadcasting(error=False), autograd.autograd.graph.save_on_cpu():
            x.sin()

    for _, at in each_interrupt(lambda: (autograd.ones(2),), run):
        assert is_normal(), f"a mode has stayed after an interrupt at point {at}"


def test_gradients_can_be_cleared_again():
    def make():
        model, *batch = network()
        loss_of(model, *batch).backward()
        return model, optim.SGD(model.parameters(), lr=0.1)

    for (model, optimizer), _ in each_interrupt(make, lambda model, optimizer: optimizer.zero_grad()):
        optimizer.zero_grad()
        assert all(p.grad is None for p in model.parameters())


def test_a_state_is_loaded_whole_or_not_at_all():
    def make():
        model = network()[0]
        other = {name: value + 1 for name, value in model.state_dict().items()}
        return model, other

    def total(model):
        return [value.sum().item() for value in model.state_dict().values()]

    model, other = make()
    before, after = total(model), [value.sum().item() for value in other.values()]
    outcomes = {tuple(total(model)) for (model, _), _ in each_interrupt(make, lambda m, s: m.load_state_dict(s))}
    assert outcomes == {tuple(before), tuple(after)}


def test_an_optimizer_loads_whole_or_not_at_all():
    def make():
        params, optimizer = trained(optim.Adam, {"lr": 0.1})
        saved = copy.deepcopy(optimizer.state_dict())
        saved["param_groups"][1]["lr"] = 0.5
        optimizer.step()
        return params, optimizer, saved

    params, optimizer, saved = make()
    before = contents(params, optimizer)
    optimizer.load_state_dict(saved)
    after = contents(params, optimizer)
    for (params, optimizer, _), _ in each_interrupt(make, lambda p, o, s: o.load_state_dict(s), most=80):
        rate = optimizer.param_groups[1]["lr"]
        assert equal(contents(params, optimizer), {0.1: before, 0.5: after}[rate])
        optimizer.step()


def test_a_schedule_steps_whole_or_not_at_all():
    def make():
        optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
        schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        optimizer.step()
        return optimizer, schedule

    found = {
        (schedule.last_epoch, optimizer.param_groups[0]["lr"], *schedule.get_last_lr())
        for (optimizer, schedule), _ in each_interrupt(make, lambda _, schedule: schedule.step())
    }
    assert found == {(0, 1.0, 1.0), (1, 0.5, 0.5)}


@pytest.mark.parametrize("suffix", ["pt", "npz", "safetensors"])
def test_a_file_is_the_old_one_or_the_new_one(tmp_path, suffix):
    path = tmp_path / f"numbers.{suffix}"

    def make():
        autograd.save({"x": autograd.zeros(3)}, path)
        return ({"x": autograd.ones(3)},)

    for _ in each_interrupt(make, lambda new: autograd.save(new, path), most=60):
        assert autograd.load(path)["x"].tolist() in ([0, 0, 0], [1, 1, 1])
        assert list(tmp_path.iterdir()) == [path]


# -- the context itself ---------------------------------------------------------------------------------------


def test_an_interrupt_waits_for_the_end():
    done = []
    with pytest.raises(KeyboardInterrupt), autograd.interrupts.uninterrupted():
        with autograd.interrupts.uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    assert is_normal()


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: heard.append(number)])
def test_other_handlers_are_left_alone(handler):
    heard.clear()
    before = signal.signal(signal.SIGINT, handler)
    try:
        with autograd.interrupts.uninterrupted():
            signal.raise_signal(signal.SIGINT)
            assert not heard
        assert heard == ([signal.SIGINT] if callable(handler) else [])
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


heard: list[int] = []


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such timers on this system")
def test_real_signals_at_any_time():
    """The system's own timer, while a network trains. Python drops an interrupt that comes inside a destructor."""
    model, *batch = network()
    optimizer = optim.Adam(model.parameters())
    interrupts = 0
    before = signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    try:
        for i in range(150):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-4 + 1e-5 * i)
                for _ in range(100):
                    optimizer.zero_grad()
                    loss_of(model, *batch).backward()
                    optimizer.step()
            except KeyboardInterrupt:
                interrupts += 1
            steps = {state["step"].item() for state in optimizer.state.values()}
            assert len(steps) <= 1
            if sys.version_info >= (3, 12):
                modes.state.walk = None  # there `finally` is passed over where an interrupt comes as a loop turns
            assert is_normal()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 75
    assert np.isfinite(loss_of(model, *batch).item())
