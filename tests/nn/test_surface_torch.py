"""All of torch.nn is here, or left out for a reason, and takes the same arguments."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import nn

from .layers import LAYERS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "left-out.md").read_text()
LEFT_OUT = set(re.findall(r"`(nn\.[\w.]+)`", PAGE.split("## In `torch.nn`")[1].split("\n## ")[0]))

ELSEWHERE = {
    "Buffer", "CTCLoss", "Container", "CrossMapLRN2d", "GRU", "GRUCell", "LSTM", "LSTMCell", "LinearCrossEntropyOptions",
    "Module", "ModuleDict", "ModuleList", "Parameter", "ParameterDict", "ParameterList", "RNN", "RNNBase", "RNNCell",
    "RNNCellBase", "Sequential", "UninitializedBuffer", "UninitializedParameter",
}  # fmt: skip
"""Classes that `layers.py` can't list: other tests compare them with PyTorch's."""


def classes(torch):
    """The public classes of torch.nn, by name."""
    return {n: c for n, c in inspect.getmembers(torch.nn, inspect.isclass) if n[0] != "_"}


def names(torch):
    """The public names of torch.nn and its parts that are more than imports."""
    parts = [importlib.import_module(f"torch.nn.{part}") for part in ("parallel", "attention", "functional", "init")]
    found = {f"nn.{name}" for name in dir(torch.nn) if name[0] != "_"}
    for part in parts:
        listed = getattr(part, "__all__", None) or [n for n, _ in inspect.getmembers(part, inspect.isroutine)]
        found |= {f"{part.__name__.removeprefix('torch.')}.{name}" for name in listed if name[0] != "_"}
    found |= {f"nn.grad.{name}" for name, _ in inspect.getmembers(torch.nn.grad, inspect.isfunction) if name[0] != "_"}
    return found


def is_here(name):
    """Whether a dotted name leads to something."""
    found = nn
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found is not None


def test_every_name_is_here_or_left_out_for_a_reason(torch):
    missing = {name for name in names(torch) if not is_here(name)}
    assert missing == LEFT_OUT, "docs/left-out.md lists these names under `torch.nn`, and no others"


def test_every_class_is_here_and_compared(torch):
    compared = {re.match(r"\w+", text)[0] for text in LAYERS} | set(ELSEWHERE)
    lazy = {name for name in classes(torch) if name.startswith("Lazy")}
    assert set(classes(torch)) - compared - lazy == set()
    here = Path(__file__)
    tests = "".join(path.read_text() for path in here.parent.glob("*.py") if path != here)
    untested = {name for name in ELSEWHERE | lazy if not re.search(rf"\b{name}\b", tests)}
    assert untested <= {"RNNBase", "RNNCellBase"}, "only what others derive from has no tests by its own name"


def test_every_class_takes_the_arguments_of_pytorchs(torch):
    wrong = {}
    for name, theirs in classes(torch).items():
        ours, wanted = arguments(getattr(nn, name)), arguments(theirs)
        if ours != wanted and wanted not in (ANYTHING, ANYTHING[1:]):
            wrong[name] = (ours, wanted)
    assert not wrong


ANYTHING = [("args", "VAR_POSITIONAL", "_empty"), ("kwargs", "VAR_KEYWORD", "_empty")]
"""What a class says that leaves its arguments to another, or takes none."""


def arguments(cls):
    """Names, kinds and defaults of what a class is made of."""
    found = []
    for p in inspect.signature(cls).parameters.values():
        default = getattr(p.default, "__name__", p.default)  # functions by their names
        found.append((p.name, p.kind.name, default))
    return found


@pytest.mark.parametrize("name", ["xavier_uniform", "kaiming_normal", "constant", "eye"])
def test_old_names_of_initializers_warn(torch, name):
    arguments = (torch.empty(3, 3), 0.5) if name == "constant" else (torch.empty(3, 3),)
    with pytest.warns(FutureWarning) as theirs:
        getattr(torch.nn.init, name)(*arguments)
    with pytest.warns(FutureWarning, match=re.escape(str(theirs[0].message))):
        getattr(nn.init, name)(nn.Linear(3, 3).weight, *arguments[1:])
