"""`torch.utils.dlpack`, from `autograd.exchange`."""

from autograd.exchange import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
