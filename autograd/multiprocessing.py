"""`torch.multiprocessing`: Python's own module, with PyTorch's `spawn`.

Tensors that are sent to another process arrive as copies; memory that `share_memory_()` made is shared
with processes that are forked.
"""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from typing import Any

from autograd.tensor import Tensor

__all__ = [
    "ProcessRaisedException", "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn",
    "start_processes",
]  # fmt: skip


def sent(tensor: Tensor) -> Any:
    """What goes to another process of a tensor; RuntimeError for one in a graph, which can't go along."""
    if not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            f"crossing process boundaries. This is {tensor.node.describe()}: call detach() on it before it is sent"
        )
    return tensor.__reduce_ex__(2)


ForkingPickler.register(Tensor, sent)


class ProcessRaisedException(RuntimeError):  # noqa: N818 (PyTorch's name)
    """A process that `spawn` started has failed."""


def spawn(
    fn: Callable[..., None], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
    start_method: str = "spawn",
) -> Any:  # fmt: skip
    """Call `fn(rank, *args)` in as many processes; wait for them, unless join is False.

    Raises ProcessRaisedException with the traceback of a process that failed.
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)


def start_processes(
    fn: Callable[..., None], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
    start_method: str = "spawn",
) -> Any:  # fmt: skip
    """`spawn`, with a choice of how processes start."""
    context = multiprocessing.get_context(start_method)
    errors = context.SimpleQueue()
    processes = [
        context.Process(target=run_one, args=(fn, rank, args, errors), daemon=daemon)  # type: ignore[attr-defined]
        for rank in range(nprocs)
    ]
    for process in processes:
        process.start()
    started = Started(processes, errors)
    if not join:
        return started
    started.join()
    return None


def run_one(fn: Callable[..., None], rank: int, args: tuple[Any, ...], errors: Any) -> None:
    """What each process does."""
    try:
        fn(rank, *args)
    except Exception:
        errors.put((rank, traceback.format_exc()))
        sys.exit(1)


class Started:
    """The processes that `spawn` has started."""

    def __init__(self, processes: list[Any], errors: Any) -> None:
        self.processes = processes
        self.errors = errors

    def pids(self) -> list[int | None]:
        """The numbers of the processes."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None) -> bool:
        """Wait for all; whether they have ended. When one fails the others are stopped, and its error is raised."""
        for process in self.processes:
            process.join(timeout)
            if process.exitcode:
                self.stop_all()
                rank, text = (None, "no traceback: it was killed") if self.errors.empty() else self.errors.get()
                raise ProcessRaisedException(f"\n\n-- Process {rank} terminated with the following error:\n{text}")
        return all(process.exitcode == 0 for process in self.processes)

    def stop_all(self) -> None:
        """End the processes that are still running."""
        for process in self.processes:
            if process.is_alive():
                process.terminate()
                process.join()


def get_all_sharing_strategies() -> set[str]:
    """The only way to share memory here."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """The only way to share memory here."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Nothing: tensors are shared by fork, or copied."""


def __getattr__(name: str) -> Any:
    """Everything else is in Python's module: Process, Queue, Pool, set_start_method, ..."""
    return getattr(multiprocessing, name)
