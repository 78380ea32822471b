"""`torch.utils`: a namespace of PyTorch's; what it holds lives in modules with names that say what they do."""

from autograd.lazy import on_demand

PARTS = ("benchmark", "checkpoint", "data", "dlpack")

__all__ = [*PARTS, "swap_tensors"]

ELSEWHERE = {
    "hooks": "autograd.hooks", "model_zoo": "autograd.hub", "swap_tensors": "autograd.swapping:swap_tensors",
}  # fmt: skip
"""Parts that programs import from here, and that live under other names."""

__getattr__, __dir__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in PARTS} | ELSEWHERE)
