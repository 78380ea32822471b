"""A compiled function gives memory back as soon as the one that it was made from does."""

from __future__ import annotations

import gc
import tracemalloc

import autograd
import nn
import optim
from nn import functional as F


def training_step():
    """A step of a network whose activations are much larger than its weights."""
    autograd.manual_seed(0)
    model = nn.Sequential(*(layer for _ in range(3) for layer in (nn.Linear(32, 32), nn.ReLU(), nn.Tanh())))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x, y = autograd.randn(1024, 32), autograd.randn(1024, 32)

    def step():
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def peak(step):
    """The most memory that a step needs beyond what it finds."""
    for _ in range(3):
        step()
    gc.collect()
    tracemalloc.start()
    try:
        step()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_a_compiled_step_needs_no_more_memory():
    eager = peak(training_step())
    assert eager > 3 * 1024 * 32 * 4  # it holds on to activations, or nothing is measured here
    assert peak(autograd.compile(training_step(), fullgraph=True)) < 1.05 * eager


def test_what_is_spent_is_given_back_and_small_things_are_left():
    step = autograd.compile(training_step(), fullgraph=True)
    for _ in range(2):
        step()
    assert "del relu_2" in step.source.replace(",", "")
    assert "linear_grad_weight" in step.source
    assert not any("weight" in line for line in step.source.splitlines() if line.strip().startswith("del "))
