"""What `autograd.compile(model)` returns: a module that replays the calls of another."""

from __future__ import annotations

from typing import Any

from autograd import compiler
from autograd.compiled.function import CompiledFunction
from nn.modules.module import Module

__all__ = ["OptimizedModule"]

OWN = {"_orig_mod", "_kinds", "_calls", "training", "compiled"}


class OptimizedModule(Module):
    """A module whose calls are recorded and replayed; see `autograd.compile`.

    The original is its one submodule, `_orig_mod`, so that parameters are shared and the keys of
    `state_dict()` begin with that name, as in PyTorch. Other attributes are those of the original.

    >>> import autograd, nn
    >>> model = nn.Linear(2, 1)
    >>> compiled = autograd.compile(model)
    >>> list(compiled.state_dict())
    ['_orig_mod.weight', '_orig_mod.bias']
    >>> compiled.in_features, compiled(autograd.ones(3, 2)).shape
    (2, torch.Size([3, 1]))
    """

    _orig_mod: Module

    def __init__(self, module: Module, fullgraph: bool = False) -> None:
        super().__init__()
        self._orig_mod = module
        self.__dict__["training"] = module.training
        self.__dict__["compiled"] = CompiledFunction(module, fullgraph)
        compiler.functions.add(self.compiled)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the original returns."""
        return self.compiled(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        module = self.__dict__.get("_orig_mod")
        if module is None:
            raise AttributeError(name)
        return getattr(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OWN or "_orig_mod" not in self.__dict__:
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)
