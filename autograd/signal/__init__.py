"""torch.signal: window functions, in `windows`."""

from autograd.signal import windows

__all__ = ["windows"]
