"""`nn.TrainingLinter`: for each check a program that makes the mistake, and one that does not."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import autograd
import nn
import nn.functional as F
import optim
from nn.linter import TrainingWarning
from nn.linter.linter import CHECKS
from tests.test_programs import FOLDER, ROOT

STEPS = 100


def data():
    """Inputs, classes from 0 to 2, and a yes or no for each."""
    autograd.manual_seed(3)
    x = autograd.randn(48, 8)
    return x, autograd.randint(0, 3, (48,)), (x[:, :1] > 0).float()


def mlp(*extra):
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), *extra, nn.Linear(16, 3))


def deep(activation, depth=12, scale=1.0):
    layers = [layer for _ in range(depth) for layer in (nn.Linear(8, 8), activation())]
    model = nn.Sequential(*layers, nn.Linear(8, 3))
    with autograd.no_grad():
        for p in model.parameters():
            p *= scale
    return model


def train(model, optimizer=None, *, loss=None, clear=True, steps=STEPS, before=None, lr=0.05):
    """A training loop under the linter: what it found, as texts by the name of the check."""
    x, classes, _ = data()
    optimizer = optim.SGD(model.parameters(), lr) if optimizer is None else optimizer
    with nn.TrainingLinter(model, optimizer, warn=False) as linter:
        for step in range(steps):
            if before is not None:
                before(step, model)
            if clear:
                optimizer.zero_grad()
            (F.cross_entropy(model(x), classes) if loss is None else loss(model)).backward()
            optimizer.step()
    return {finding.check: str(finding) for finding in linter.findings}


def dying(bias):
    model = mlp()
    with autograd.no_grad():
        model[0].bias[:12] += bias
    return model


def hiding(kind):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = kind()
            self.layers.append(nn.Linear(8, 3))
            self.out = nn.Linear(8, 3)

        def forward(self, x):
            return self.layers[0](x) + self.out(x)

    model = Net()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parameters = list(model.parameters())
    return train(model, optim.SGD(parameters, 0.05))


class TwoPaths(nn.Module):
    """Two layers, of which the second may be cut off from the loss."""

    def __init__(self, cut):
        super().__init__()
        self.first, self.second, self.cut = nn.Linear(8, 3), nn.Linear(8, 3), cut

    def forward(self, x):
        other = self.second(x)
        return self.first(x) + (other.detach() if self.cut else other)


def evaluating(evaluates):
    def before(step, model):
        if evaluates:
            model.eval()
        with autograd.no_grad():
            model(data()[0])
        model.train()

    return train(mlp(nn.Dropout(0.2), nn.BatchNorm1d(16)), before=before, steps=12)


def training_in(mode):
    return train(mlp(nn.Dropout(0.2)).train(mode), steps=6)


def keeping(keep):
    kept = []
    x, classes, _ = data()

    def loss(model):
        value = F.cross_entropy(model(x), classes)
        kept.append(keep(value))
        return value

    return train(mlp(), loss=loss)


def labelled(low, high):
    x, _, yes = data()
    return train(
        nn.Linear(8, 1), loss=lambda m: F.binary_cross_entropy_with_logits(m(x), yes * (high - low) + low), steps=6
    )


def activated(*layers, name="cross_entropy"):
    x, classes, yes = data()
    if name == "binary":
        model = nn.Sequential(nn.Linear(8, 1), *layers)
        return train(model, loss=lambda m: F.binary_cross_entropy_with_logits(m(x).view(-1), yes.view(-1)), steps=6)
    model = nn.Sequential(nn.Linear(8, 3), *layers)
    return train(model, loss=lambda m: getattr(F, name)(m(x), classes), steps=6)


def scaled(*factors):
    x, classes, _ = data()
    return train(mlp(), loss=lambda m: F.cross_entropy(m(x * autograd.tensor(factors)), classes), steps=6, lr=1e-3)


def left_out(part):
    model = mlp()
    return train(model, optim.SGD(part(model), 0.05), steps=6)


def cleared(how):
    model = mlp()
    optimizer = optim.SGD(model.parameters(), 0.01)
    return train(model, optimizer, clear=False, before=lambda *_: how(model, optimizer), steps=12)


def by_hand(model, _):
    for p in model.parameters():
        if p.grad is not None:
            p.grad.zero_()


MISTAKES = {
    "ForgottenZeroGrad": (lambda: cleared(lambda *_: None), ("zero_grad() is forgotten", "optimizer.zero_grad()", "test_linter.py")),
    "LeftOutOfOptimizer": (lambda: left_out(lambda m: m[0].parameters()), ("not in the optimizer: 2.weight, 2.bias", "freeze")),
    "HiddenMembers": (lambda: hiding(list), ("Net.layers is a plain list", "nn.ModuleList")),
    "UnreachedParameters": (lambda: train(TwoPaths(True)), ("second.weight, second.bias", "its module was called", "detach()")),
    "DoubleActivation": (lambda: activated(nn.Softmax(1)), ("softmax comes before cross_entropy", "Give it the scores")),
    "ForgottenTrain": (lambda: training_in(False), ("evaluation mode", "2 (Dropout)", "Call model.train()")),
    "ForgottenEval": (lambda: evaluating(False), ("training mode", "2 (Dropout), 3 (BatchNorm1d)", "Call model.eval()")),
    "GraphsKept": (lambda: keeping(lambda loss: loss), ("graphs of earlier steps alive", "loss.item()")),
    "DeadReLU": (lambda: train(dying(-50.0)), ("12 of 16 units in Sequential.1 (ReLU)", "LeakyReLU")),
    "GradientsByLayer": (lambda: train(deep(nn.Sigmoid)), ("vanishing gradients: that of 0.weight", "that of 24.weight", "ReLU")),
    "StepSizes": (lambda: train(mlp(), lr=1e4, steps=6), ("a step moves 0.weight", "Lower the learning rate (now 10000)")),
    "ImpossibleLabels": (lambda: labelled(-1, 1), ("labels from -1 to 1", "(y == 1).float()")),
    "UnscaledInputs": (lambda: scaled(100.0), ("the inputs are not scaled", "divide pictures by 255")),
}  # fmt: skip
"""For each check a program that makes its mistake, and what is said of it."""

VARIANTS = {
    "left out: all": ("LeftOutOfOptimizer", lambda: left_out(lambda m: mlp().parameters()), "no parameter of the model"),
    "sigmoid": ("DoubleActivation", lambda: activated(nn.Sigmoid(), name="binary"), "sigmoid comes before binary"),
    "softmax, nll": ("DoubleActivation", lambda: activated(nn.Softmax(1), name="nll_loss"), "Use log_softmax"),
    "exploding": ("GradientsByLayer", lambda: train(deep(nn.Identity, scale=5.0), lr=1e-12), "exploding gradients"),
    "not finite": (
        "GradientsByLayer", lambda: train(mlp(), loss=lambda m: (m(data()[0]) * 0).sqrt().sum(), steps=3), "not finite",
    ),
    "small steps": ("StepSizes", lambda: train(mlp(), lr=1e-9), "the steps change nothing"),
    "large steps with Adam": (
        "StepSizes", lambda: (m := mlp()) and train(m, optim.Adam(m.parameters(), 30.0), steps=3), "a step moves",
    ),
    "columns": ("UnscaledInputs", lambda: scaled(*[1.0] * 7, 1e-4), "the spreads of their columns"),
}  # fmt: skip
"""Other forms of the same mistakes."""

SOUND = {
    "an ordinary training": lambda: train(mlp()),
    "with Adam, dropout and batch norm": lambda: (
        (m := mlp(nn.BatchNorm1d(16), nn.Dropout(0.3))) and train(m, optim.Adam(m.parameters(), 1e-2))
    ),
    "gradients cleared by the model": lambda: cleared(lambda model, _: model.zero_grad()),
    "gradients cleared in place": lambda: cleared(lambda _, optimizer: optimizer.zero_grad(set_to_none=False)),
    "gradients cleared by hand": lambda: cleared(by_hand),
    "gradients accumulated over two batches": lambda: train(mlp(), loss=accumulated),
    "a frozen part": lambda: left_out(frozen),
    "a module list": lambda: hiding(nn.ModuleList),
    "every path open": lambda: train(TwoPaths(False)),
    "log_softmax before nll_loss": lambda: activated(nn.LogSoftmax(1), name="nll_loss"),
    "evaluated in eval mode": lambda: evaluating(True),
    "numbers kept": lambda: keeping(lambda loss: loss.item()),
    "ReLUs that live": lambda: train(dying(0.0)),
    "several ReLUs, initialized for them": lambda: train(kaiming(deep(nn.ReLU, depth=4))),
    "labels 0 and 1": lambda: labelled(0, 1),
    "smoothed labels": lambda: labelled(0.1, 0.9),
    "two scales of inputs": lambda: scaled(2.0),
    "LBFGS": lambda: with_closure(),
}


def accumulated(model):
    x, classes, _ = data()
    F.cross_entropy(model(x), classes).backward()
    return F.cross_entropy(model(x.neg()), classes)


def frozen(model):
    model[0].requires_grad_(False)
    return model[2].parameters()


def kaiming(model):
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
    return model


def with_closure():
    x, classes, _ = data()
    model = mlp()
    optimizer = optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), classes)
        loss.backward()
        return loss

    with nn.TrainingLinter(model, optimizer, warn=False) as linter:
        for _ in range(5):
            optimizer.step(closure)
    return {finding.check: str(finding) for finding in linter.findings}


def test_every_check_is_tried():
    assert {check.__name__ for check in CHECKS} == MISTAKES.keys()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(name):
    program, phrases = MISTAKES[name]
    found = program()
    assert name in found, found
    for phrase in phrases:
        assert phrase in found[name]


@pytest.mark.parametrize("name", VARIANTS)
def test_its_other_forms_are_found(name):
    check, program, phrase = VARIANTS[name]
    assert phrase in program().get(check, "not found")


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_program_is_left_alone(name):
    assert SOUND[name]() == {}


def test_it_warns_once_at_the_users_line_and_leaves_nothing_behind():
    model = nn.Linear(8, 3)
    optimizer = optim.SGD(model.parameters(), 0.01)
    x, classes, _ = data()
    linter = nn.TrainingLinter(model, optimizer)

    def loop():
        for _ in range(5):
            F.cross_entropy(model(x), classes).backward()
            optimizer.step()

    with pytest.warns(TrainingWarning) as caught, linter:
        loop()
    assert [Path(warning.filename).name for warning in caught] == ["test_linter.py"]
    assert str(linter).startswith("1. zero_grad() is forgotten")
    assert "weight" in linter.table()
    assert not model._forward_pre_hooks
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks


def test_only_modules_and_optimizers():
    model = nn.Linear(2, 1)
    with pytest.raises(TypeError, match="model must be a Module, not int"):
        nn.TrainingLinter(3, optim.SGD(model.parameters(), 0.1))
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, not Linear"):
        nn.TrainingLinter(model, model)


PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "conftest")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_false_alarm_on_programs(name):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "autograd", str(ROOT / "tests" / "nn" / "linted.py"), f"{name}.py"],
        cwd=FOLDER, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert "LINTERS" in done.stdout, done.stderr
    assert "FOUND" not in done.stdout, done.stdout
