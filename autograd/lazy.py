"""Modules that are imported when first used: SciPy's parts take longer to load than this whole library."""

from __future__ import annotations

import importlib
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
threadpoolctl = LazyModule("threadpoolctl")
safetensors = LazyModule("safetensors")
safetensors_numpy = LazyModule("safetensors.numpy")
