"""`import autograd.as_torch` lets `import torch` and all below it mean this library, in this process.

PyTorch need not be installed. Programs that were written for it then run as they are:

    import autograd.as_torch
    import torch, torch.nn as nn

`python -m autograd script.py` does the same for a script. `torch.__version__` is then that of the PyTorch whose
behavior this is, as programs ask it which functions there are. What this library lacks is named when it
is asked for: a part by a ModuleNotFoundError, a name by an AttributeError.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import autograd
from autograd.lazy import theirs_of
from autograd.version import PYTORCH

INSTEAD = {
    "torch.utils.tensorboard": "collect what you log in lists, or in an `autograd.utils.History`, which plots itself",
}
"""What to do without parts that many programs ask for, and that will not come."""


CHILDREN = str(Path(__file__).parent / "children")
"""A folder with a `torch` for processes that are started from here: they begin afresh, on this process's path."""

ELSEWHERE = {
    "torch._C": "autograd.native",
    "torch._dynamo": "autograd.compiler",
    "torch.distributions.utils": "autograd.distributions.parameters",
    "torch.nn.modules.channelshuffle": "nn.modules.upsampling",
    "torch.nn.modules.pixelshuffle": "nn.modules.upsampling",
    "torch.nn.modules.utils": "nn.modules.tuples",
    "torch.utils._pytree": "autograd.pytree",
    "torch.utils.hooks": "autograd.hooks",
    "torch.utils.model_zoo": "autograd.hub",
}
"""Parts that go by other names here."""


def counterpart(name: str) -> str | None:
    """The name of our module for a name such as `torch.nn.init`; None for what is not below torch."""
    package, dot, rest = name.partition(".")
    if package != "torch":
        return None
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    return rest if rest.split(".")[0] in ("nn", "optim") else f"autograd{dot}{rest}"


class Counterparts:
    """A finder that finds our modules under PyTorch's names, and says which ones there are not."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Nothing for names outside torch; ModuleNotFoundError for those below it that we lack."""
        ours = counterpart(name)
        if ours is None:
            return None
        if importlib.util.find_spec(ours) is None:
            instead = INSTEAD.get(name, "it is not there yet")
            raise ModuleNotFoundError(
                f"No module named {name!r}: `torch` stands for chalkgrad here, which has no such part: {instead}",
                name=name,
            )
        return ModuleSpec(name, Alias(importlib.import_module(ours)))


class Alias(Loader):
    """Gives a module that is there already a second name."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, with whose `__spec__` the import system will meddle."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """The module has run already: it only gets its own spec back."""
        module.__spec__ = self.spec
        name_what_is_missing(module)


def name_what_is_missing(module: ModuleType) -> None:
    """Let a module say, of a name it lacks, that PyTorch may have it and we do not yet."""
    if not hasattr(module, "__getattr__"):
        module.__getattr__ = missing_from(module.__name__)  # type: ignore[method-assign]


def missing_from(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module, which Python calls for names that are not in it."""
    theirs = theirs_of(module)

    def missing(name: str) -> Any:
        raise AttributeError(
            f"module {module!r} has no attribute {name!r}: chalkgrad does not have {theirs}.{name} (yet)",
            name=name,
        )

    return missing


def note_for(error: BaseException) -> str | None:
    """What to add to a failed `from torch.nn import Something`, which Python words itself."""
    module = error.name if isinstance(error, ImportError) else None
    if module is None or module.split(".")[0] not in ("autograd", "nn", "optim") or str(error)[:6] != "cannot":
        return None
    return f"`{theirs_of(module)}` stands for chalkgrad's `{module}` here, which does not have this name (yet)"


def install() -> None:
    """Put the modules in place. Raises RuntimeError where PyTorch itself has been imported already."""
    loaded = sys.modules.get("torch")
    if loaded is autograd and Counterparts in sys.meta_path:
        return
    if loaded not in (None, autograd):
        raise RuntimeError(
            "PyTorch itself has been imported already, so `torch` can't come to mean chalkgrad: "
            "import autograd.as_torch before anything imports torch"
        )
    sys.meta_path.insert(0, Counterparts)
    sys.modules["torch"] = autograd
    autograd.__dict__["__version__"] = PYTORCH
    sys.path.insert(1, CHILDREN)  # before where PyTorch would lie, if it is installed
    # torch.autograd is a package of PyTorch's; here it is a namespace for modules that lie elsewhere
    sys.modules["torch.autograd"] = namespace = importlib.import_module("autograd.autograd")
    name_what_is_missing(namespace)
    members = {name: getattr(namespace, name) for name in dir(namespace)}
    parts = {name: member for name, member in members.items() if isinstance(member, ModuleType)}
    parts["gradcheck"] = importlib.import_module("autograd.check")
    sys.modules.update({f"torch.autograd.{name}": part for name, part in parts.items()})
    for name in ("torch.nn", "torch.nn.functional", "torch.optim"):
        importlib.import_module(name)


install()
