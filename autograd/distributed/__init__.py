"""`torch.distributed`: training by several processes, which is not there. Programs that ask first go on with one.

    if dist.is_available() and dist.is_initialized(): ...

What needs other processes raises a RuntimeError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

QUESTIONS = ("is_available", "is_gloo_available", "is_initialized", "is_mpi_available", "is_nccl_available",
             "is_torchelastic_launched")  # fmt: skip
REFUSED = ("all_gather", "all_reduce", "barrier", "broadcast", "destroy_process_group", "gather", "get_backend",
           "get_rank", "get_world_size", "init_process_group", "new_group", "recv", "reduce", "scatter", "send")  # fmt: skip

__all__ = [*QUESTIONS, *REFUSED]


def is_available() -> bool:
    """False: training here is for one process.

    >>> import autograd
    >>> autograd.distributed.is_available()
    False
    """
    return False


def refusing(name: str) -> Callable[..., Any]:
    """The function of this name, which raises RuntimeError: there are no other processes to talk to."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"torch.distributed.{name}(): training here is for one process, and there is no process group. Ask "
            "torch.distributed.is_initialized() first, or run the program as one process"
        )

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises RuntimeError: there are no other processes."
    return refuse


globals().update(dict.fromkeys(QUESTIONS, is_available), **{name: refusing(name) for name in REFUSED})
