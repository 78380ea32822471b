"""Runs a program that is written for PyTorch with a training linter around each of its optimizers.

    python -m autograd tests/nn/linted.py program.py

What the linters find is printed last, a line each, after "FOUND".
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
import weakref

import nn
from nn.modules.module import Module
from optim.optimizer import Optimizer

modules: weakref.WeakSet = weakref.WeakSet()
optimizers: weakref.WeakSet = weakref.WeakSet()
linters: list[nn.TrainingLinter] = []


def held_by(optimizer):
    """The identities of the parameters that an optimizer has."""
    return {id(p) for group in optimizer.param_groups for p in group["params"]}


def trained_by(optimizer):
    """The module that an optimizer trains: of the outermost ones with any of its parameters, the smallest."""
    held = held_by(optimizer)
    fitting = [m for m in modules if held & {id(p) for p in m.parameters()}]
    inner = {child for m in fitting for child in m.modules() if child is not m}
    return min((m for m in fitting if m not in inner), key=lambda m: len(list(m.parameters())), default=None)


def lint(optimizer):
    """From now on, watch the training of a model by this optimizer and all others that have parameters of it."""
    model = trained_by(optimizer)
    if model is not None and not any(optimizer in linter.training.optimizers for linter in linters):
        own = {id(p) for p in model.parameters()}
        together = [optimizer, *(o for o in optimizers if o is not optimizer and held_by(o) & own)]
        linters.append(nn.TrainingLinter(model, together, warn=False).__enter__())


def noticed(module, *args, _init=Module.__init__, **kwargs):
    """`Module.__init__`, which also notes the module."""
    _init(module, *args, **kwargs)
    modules.add(module)


def main(path: str) -> None:
    """Run the program, with a linter for each optimizer from its first step on."""
    Module.__init__ = noticed
    init = Optimizer.__init__

    def begun(optimizer, *args, **kwargs):
        init(optimizer, *args, **kwargs)
        optimizers.add(optimizer)

        def enter(which, *_):
            handle.remove()
            lint(which)

        handle = optimizer.register_step_pre_hook(enter)

    Optimizer.__init__ = begun
    sys.argv = [path]
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(path, run_name="__main__")
    for linter in reversed(linters):
        linter.__exit__(None, None, None)
    print("LINTERS", len(linters))
    for linter in linters:
        for finding in linter.findings:
            print(f"FOUND {finding.check}: {finding}")


if __name__ == "__main__":
    main(sys.argv[1])
