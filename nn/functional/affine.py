"""The affine map, and the bilinear one."""

from autograd.ops.bilinear import bilinear
from autograd.ops.linear import linear

__all__ = ["bilinear", "linear"]
