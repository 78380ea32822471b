"""`torch.autograd`: the namespace that PyTorch programs know, on this package's own modules.

Under `import autograd as torch`, `torch.autograd.grad` is found here.
"""

from typing import TYPE_CHECKING

from autograd import anomaly as anomaly_mode
from autograd import forward_ad, function, variable
from autograd import graph_tools as graph
from autograd.anomaly import detect_anomaly, set_detect_anomaly
from autograd.function import Function
from autograd.gradients import backward, grad
from autograd.lazy import on_demand
from autograd.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from autograd.variable import Variable

__all__ = [
    "Function", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "forward_ad", "function",
    "functional", "grad", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad", "profiler",
    "set_detect_anomaly", "set_grad_enabled", "variable",
]  # fmt: skip

__getattr__, __dir__ = on_demand(__name__, {
    "functional": "autograd.functional", "gradcheck": "autograd.check:gradcheck",
    "gradgradcheck": "autograd.check:gradgradcheck", "profiler": "autograd.profiler",
})  # fmt: skip

if TYPE_CHECKING:
    from autograd import functional, profiler
    from autograd.check import gradcheck, gradgradcheck
