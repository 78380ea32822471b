"""What functions made of ops ask of their tensors before they begin."""

from __future__ import annotations

from autograd.tensor import Tensor


def need_floating(name: str, *tensors: Tensor) -> None:
    """Raise RuntimeError unless all of them are of a real or complex floating type."""
    for tensor in tensors:
        if not (tensor.is_floating_point() or tensor.is_complex()):
            raise RuntimeError(f"{name}: not implemented for {tensor.dtype.name} tensors: convert with .float()")


def need_real(name: str, *tensors: Tensor) -> None:
    """Raise RuntimeError unless all of them are of a real floating type."""
    need_floating(name, *tensors)
    for tensor in tensors:
        if tensor.is_complex():
            raise RuntimeError(f"{name}: not implemented for {tensor.dtype.name} tensors: take .real, .imag or .abs()")
