"""`torch.onnx`: models for other programs, which are not written here. Programs may import it."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["export", "is_in_onnx_export"]


def export(model: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises RuntimeError: there is nothing to export, since everything runs as it is written."""
    raise RuntimeError(
        "torch.onnx.export(): models are not exported here. Save the weights with torch.save(model.state_dict(), path): "
        "PyTorch loads them, and can export"
    )


def is_in_onnx_export() -> bool:
    """False: nothing is exported.

    >>> import autograd
    >>> autograd.onnx.is_in_onnx_export()
    False
    """
    return False
