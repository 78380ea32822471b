"""`torch.utils`: a namespace of PyTorch's; what it holds lives in modules with names that say what they do."""

from autograd.utils import checkpoint, data, dlpack

__all__ = ["checkpoint", "data", "dlpack"]
