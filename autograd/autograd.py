"""`torch.autograd`: the namespace that PyTorch programs know, on this package's own modules.

Under `import autograd as torch`, `torch.autograd.grad` is found here.
"""

from autograd import anomaly as anomaly_mode
from autograd import forward_ad, function, functional, profiler, variable
from autograd import graph_tools as graph
from autograd.anomaly import detect_anomaly, set_detect_anomaly
from autograd.check import gradcheck, gradgradcheck
from autograd.function import Function
from autograd.gradients import backward, grad
from autograd.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from autograd.variable import Variable

__all__ = [
    "Function", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "forward_ad", "function",
    "functional", "grad", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad", "profiler",
    "set_detect_anomaly", "set_grad_enabled", "variable",
]  # fmt: skip
