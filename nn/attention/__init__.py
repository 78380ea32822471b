"""Which kernel computes attention: PyTorch has several, here there is one, and a wish for another changes nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(enum.IntEnum):
    """PyTorch's kernels for `scaled_dot_product_attention`, to be named in `sdpa_kernel`.

    >>> import nn
    >>> nn.attention.SDPBackend.MATH.name
    'MATH'
    """

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: list[SDPBackend] | SDPBackend, set_priority: bool = False) -> Iterator[dict[str, object]]:
    """A context in which PyTorch would use one of these kernels alone; the results are the same with all of them.

    Raises AssertionError for what is no kernel.

    >>> import nn
    >>> with nn.attention.sdpa_kernel(nn.attention.SDPBackend.FLASH_ATTENTION):
    ...     print("attention as always")
    attention as always
    """
    named = backends if isinstance(backends, list) else [backends]
    if not all(isinstance(backend, SDPBackend) for backend in named):
        raise AssertionError(
            f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {backends!r}"
        )
    yield {}
