"""Neural networks: layers, containers for them, losses, and the functions behind them.

    import nn
    import nn.functional as F

A layer is a `Module`: it keeps its parameters, and calling it computes. `nn.modules` has them by
families and lists their names, `nn.functional` has the functions, `nn.init` the initial values,
`nn.utils` what is done to all parameters at once, `nn.models` whole networks; `nn.summary` tells
what a network is made of, `nn.TrainingLinter` what goes wrong when it is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.lazy import on_demand
from nn import common_types, functional, init, modules, utils
from nn.modules import *  # noqa: F403 (every name that nn.modules lists)
from nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "DataParallel",
    "OptimizedModule",
    "Parameter",
    "TrainingLinter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "attention",
    "common_types",
    "functional",
    "grad",
    "init",
    "models",
    "modules",
    "parallel",
    "summary",
    "utils",
]
__all__ += modules.__all__

__getattr__, __dir__ = on_demand(__name__, {
    **{name: f"nn.{name}" for name in ("attention", "grad", "linter", "models", "parallel")},
    "DataParallel": "nn.parallel:DataParallel",
    "OptimizedModule": "nn.modules.compiled:OptimizedModule",
    "TrainingLinter": "nn.linter:TrainingLinter",
    "summary": "nn.summarizing:summary",
})  # fmt: skip

if TYPE_CHECKING:
    from nn import attention, grad, models, parallel
    from nn.linter import TrainingLinter
    from nn.modules.compiled import OptimizedModule
    from nn.parallel import DataParallel
    from nn.summarizing import summary
