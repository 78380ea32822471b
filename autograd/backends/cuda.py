"""`torch.backends.cuda`: not there. Its switches can be set, and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from autograd.graph import warn_caller

__all__ = [
    "cudnn_sdp_enabled", "enable_cudnn_sdp", "enable_flash_sdp", "enable_math_sdp", "enable_mem_efficient_sdp",
    "flash_sdp_enabled", "is_built", "math_sdp_enabled", "matmul", "mem_efficient_sdp_enabled", "sdp_kernel",
]  # fmt: skip

matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
                         allow_bf16_reduced_precision_reduction=True)  # fmt: skip

attention = SimpleNamespace(flash=True, mem_efficient=True, math=True, cudnn=True)
"""PyTorch's kernels for attention, of which a program may allow some. There is one here, and it is always used."""


def is_built() -> bool:
    """False."""
    return False


def flash_sdp_enabled() -> bool:
    """Whether the program allows this kernel for attention."""
    return bool(attention.flash)


def mem_efficient_sdp_enabled() -> bool:
    """Whether the program allows this kernel for attention."""
    return bool(attention.mem_efficient)


def math_sdp_enabled() -> bool:
    """Whether the program allows this kernel for attention."""
    return bool(attention.math)


def cudnn_sdp_enabled() -> bool:
    """Whether the program allows this kernel for attention."""
    return bool(attention.cudnn)


def enable_flash_sdp(enabled: bool) -> None:
    """Allow this kernel for attention, or not."""
    attention.flash = enabled


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Allow this kernel for attention, or not."""
    attention.mem_efficient = enabled


def enable_math_sdp(enabled: bool) -> None:
    """Allow this kernel for attention, or not."""
    attention.math = enabled


def enable_cudnn_sdp(enabled: bool) -> None:
    """Allow this kernel for attention, or not."""
    attention.cudnn = enabled


@contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[None]:
    """A context in which these kernels are allowed for attention. Deprecated: use `nn.attention.sdpa_kernel`."""
    warn_caller(
        "`torch.backends.cuda.sdp_kernel()` is deprecated. Please see `torch.nn.attention.sdpa_kernel()` for the new "
        "context manager",
        FutureWarning,
    )
    before = dict(vars(attention))
    wanted = {"flash": enable_flash, "mem_efficient": enable_mem_efficient, "math": enable_math, "cudnn": enable_cudnn}
    vars(attention).update(wanted)
    try:
        yield
    finally:
        vars(attention).update(before)
