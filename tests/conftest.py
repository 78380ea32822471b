"""What all tests share: whose packages are tested, fixed seeds, and no test that leaves a mess behind."""

from __future__ import annotations

import gc
import importlib
import random
import signal
from pathlib import Path

import hypothesis
import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import modes, printing, settings

ROOT = Path(__file__).parent.parent

for package in (autograd, nn, optim):  # other packages go by these names too
    assert Path(package.__file__).parent.parent == ROOT, f"{package.__name__} comes from {package.__file__}"

try:
    TORCH = importlib.import_module("torch")
except ImportError:
    TORCH = None

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, database=None, max_examples=60)
hypothesis.settings.register_profile("thorough", deadline=None, database=None, max_examples=2000)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items):
    """Tests that ask for the `torch` fixture are marked so, and skipped where PyTorch is not installed."""
    for item in items:
        if "torch" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.torch)
        if TORCH is None and item.get_closest_marker("torch"):
            item.add_marker(pytest.mark.skip(reason="PyTorch is not installed: nothing to compare with"))


@pytest.fixture(scope="session")
def torch():
    """PyTorch, to compare with."""
    return TORCH


@pytest.fixture(scope="session", autouse=True)
def quiet_collector():
    """What is loaded by now stays; the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def seeds():
    """The same random numbers for a test, whichever ran before it."""
    random.seed(0)
    np.random.seed(0)
    if hasattr(autograd, "manual_seed"):
        autograd.manual_seed(0)
    if TORCH is not None:
        TORCH.default_generator.manual_seed(0)  # of which torch.manual_seed makes much ado


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    return np.random.default_rng(0)


def chosen():
    """What has been set for the whole program."""
    return {name: value for name, value in vars(settings.Settings).items() if not name.startswith("_")}


@pytest.fixture(autouse=True)
def no_leaks():
    """A test must leave the modes and settings of the library as it found them."""
    before = chosen()
    yield
    leaks = [name for name, value in chosen().items() if value != before[name]]
    if not modes.state.grad_enabled or modes.state.inference or modes.shortcut.special:
        leaks.append("grad mode")
    if autograd.get_default_dtype() is not autograd.float32:
        leaks.append("the default dtype")
    if printing.options != printing.Options():
        leaks.append("print options")
    modes.state.grad_enabled, modes.state.inference, modes.shortcut.special = True, False, 0
    autograd.set_default_dtype(autograd.float32)
    printing.options = printing.Options()
    for name, value in before.items():
        setattr(settings.Settings, name, value)
    assert not leaks, f"the test did not put back: {', '.join(leaks)}"
