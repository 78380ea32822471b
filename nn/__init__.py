"""Neural networks: layers, containers for them, losses, and the functions behind them.

    import nn
    import nn.functional as F

A layer is a `Module`: it keeps its parameters, and calling it computes. `nn.modules` has them by
families and lists their names, `nn.functional` has the functions, `nn.init` the initial values,
`nn.utils` what is done to all parameters at once, `nn.models` whole networks; `nn.summary` tells
what a network is made of, `nn.TrainingLinter` what goes wrong when it is trained.
"""

from __future__ import annotations

from nn import attention, common_types, functional, grad, init, models, modules, parallel, utils
from nn.linter import TrainingLinter
from nn.modules import *  # noqa: F403 (every name that nn.modules lists)
from nn.modules.compiled import OptimizedModule
from nn.parallel import DataParallel
from nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from nn.summarizing import summary

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
