"""`import autograd.as_torch` lets `import torch` and all below it mean this library, in this process.

PyTorch need not be installed. Programs that were written for it then run as they are:

    import autograd.as_torch
    import torch, torch.nn as nn

`python -m autograd script.py` does the same for a script.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import autograd

PACKAGES = {"autograd": "torch", "nn": "torch.nn", "optim": "torch.optim"}
OURS = (autograd, autograd.nn, autograd.optim)  # which imports the latter two


class MissingParts:
    """A finder that says of a submodule of torch which has no counterpart here that it has none."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Nothing for names outside torch; ModuleNotFoundError for those below it."""
        if name.startswith("torch."):
            raise ModuleNotFoundError(
                f"No module named {name!r}: `torch` stands for chalkgrad here, which has no such part", name=name
            )
        return None


def counterparts() -> dict[str, ModuleType]:
    """The modules of this library by the names that PyTorch's programs import them under."""
    found = {}
    for name, module in list(sys.modules.items()):
        package, dot, rest = name.partition(".")
        if (package in PACKAGES and module in OURS) or (dot and package in PACKAGES):
            found[f"{PACKAGES[package]}{dot}{rest}"] = module
    # torch.autograd holds what our package holds beside its operators
    found["torch.autograd"] = namespace = importlib.import_module("autograd.autograd")
    found.update({f"torch.autograd.{n}": part for n, part in vars(namespace).items() if isinstance(part, ModuleType)})
    return found


def install() -> None:
    """Put the modules in place. Raises RuntimeError where PyTorch itself has been imported already."""
    loaded = sys.modules.get("torch")
    if loaded is autograd:
        return
    if loaded is not None:
        raise RuntimeError(
            "PyTorch itself has been imported already, so `torch` can't come to mean chalkgrad: "
            "import autograd.as_torch before anything imports torch"
        )
    sys.modules.update(counterparts())
    sys.meta_path.insert(0, MissingParts)


install()
