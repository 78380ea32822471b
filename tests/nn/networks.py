"""A network with one of everything, and what the tests of modules ask of it."""

from __future__ import annotations

import autograd
import nn


class Net(nn.Module):
    """One of everything that a module can have."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 3)
        self.act = nn.ReLU()
        self.bn = nn.BatchNorm1d(3)
        self.fc2 = nn.Linear(3, 1)
        self.shared = self.fc1
        self.scale = nn.Parameter(autograd.ones(2))
        self.register_buffer("seen", autograd.zeros(3))
        self.register_buffer("scratch", autograd.zeros(1), persistent=False)
        self.register_parameter("left_out", None)

    def forward(self, x):
        return self.fc2(self.act(self.bn(self.fc1(x * self.scale))))


def names(pairs):
    """The names of named members."""
    return [name for name, _ in pairs]
