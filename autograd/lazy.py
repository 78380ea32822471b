"""What is imported when first used: SciPy's parts, which take longer to load than all of ours, and our own rarer parts.

`LazyModule` stands for a module of another library; `on_demand` makes the `__getattr__` of a package of ours (PEP 562).
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


class LazyModule(ModuleType):
    """Stands for a module until one of its names is asked for."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(importlib.import_module(self.__name__), name)
        self.__dict__[name] = value
        return value


special = LazyModule("scipy.special")
linalg = LazyModule("scipy.linalg")
sparse = LazyModule("scipy.sparse")
threadpoolctl = LazyModule("threadpoolctl")
safetensors = LazyModule("safetensors")
safetensors_numpy = LazyModule("safetensors.numpy")


def on_demand(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package that imports some of its names when they are first asked for.

    Args:
        package: its `__name__`.
        homes: by name, where it lives: `"nn.models"` for a module, `"nn.linter:TrainingLinter"` for what is in one.
    """
    contents = sys.modules[package].__dict__

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}: chalkgrad does not have {theirs_of(package)}.{name} "
                "(yet)",
                name=name,
            )
        contents[name] = value = pkgutil.resolve_name(homes[name])
        return value

    return get, lambda: sorted({*contents, *homes})


def theirs_of(module: str) -> str:
    """The name that PyTorch's programs know a module of ours by."""
    package, dot, rest = module.partition(".")
    return f"torch{dot}{rest}" if package == "autograd" else f"torch.{module}"
