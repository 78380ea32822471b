"""The worker processes of a DataLoader, as the loader sees them: start, send, receive, end."""

from __future__ import annotations

import os
import pickle
import time
import warnings
import weakref
from collections.abc import Iterator
from multiprocessing import connection
from typing import Any

from autograd.utils.data.worker import Job, Reply, Task, ends, run

PATIENCE = 2.0
"""Seconds that workers get to end by themselves, all together, before they are terminated."""

HOW_TO_PICKLE = (
    "The data set, collate_fn and worker_init_fn of a DataLoader are pickled on their way to workers that are not "
    "forked: define classes and functions at the top level of a module, or give multiprocessing_context='fork' where "
    "the platform has it."
)


class WorkerPool:
    """Processes that make batches, each at the other end of a pipe. They end with this object, or with the program.

    Attributes:
        epoch: the number of the pass that they work for; replies that belong to an earlier one are stale.
    """

    def __init__(self, context: Any, jobs: list[Job]) -> None:
        self.epoch = -1
        self.processes: list[Any] = []
        self.pipes: list[Any] = []
        self.close = weakref.finalize(self, end_all, os.getpid(), self.processes, self.pipes)
        try:
            for job in jobs:
                self.start(context, job)
        except BaseException:
            self.close()
            raise

    def start(self, context: Any, job: Job) -> None:
        """Start one process."""
        pipe, worker_pipe = context.Pipe()
        ends.add(pipe)
        self.pipes.append(pipe)
        process = context.Process(target=run, args=(job, worker_pipe), name=f"DataLoader-{job.worker}", daemon=True)
        with warnings.catch_warnings():
            # A fork copies the locks that other threads hold. What a worker runs needs no other thread's locks, so
            # the fork that the platform, or the user, has chosen is left to be: notebooks always have threads.
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
            try:
                process.start()
            except (TypeError, AttributeError, pickle.PicklingError) as error:
                error.add_note(HOW_TO_PICKLE)
                raise
        worker_pipe.close()
        self.processes.append(process)

    @property
    def is_open(self) -> bool:
        """Whether the workers are still there."""
        return self.close.alive

    def send(self, worker: int, task: Task) -> None:
        """Give a worker something to do."""
        try:
            self.pipes[worker].send(task)
        except (BrokenPipeError, ConnectionResetError):
            raise self.death_of(worker) from None

    def received(self, timeout: float | None) -> Iterator[tuple[int, Reply]]:
        """Wait for replies, and yield all that are there; none where the time is up.

        Raises RuntimeError where a worker has died.
        """
        for pipe in connection.wait(self.pipes, timeout):
            worker = self.pipes.index(pipe)
            try:
                reply: Reply = self.pipes[worker].recv()
            except (EOFError, OSError):
                raise self.death_of(worker) from None
            yield worker, reply

    def death_of(self, worker: int) -> RuntimeError:
        """What to raise about a worker whose pipe is broken."""
        process = self.processes[worker]
        process.join(1.0)
        pid, code = process.pid, process.exitcode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"has exit code {code}"
        self.close()
        return RuntimeError(
            f"DataLoader worker (pid(s) {pid}) exited unexpectedly: it {how}. With num_workers=0 the data set "
            "runs in this process, where the reason shows; a worker that is killed has often run out of memory"
        )


def end_all(owner: int, processes: list[Any], pipes: list[Any]) -> None:
    """End all workers: kindly at first. Does nothing in a forked copy of the process that started them."""
    if os.getpid() != owner:
        return
    for pipe in pipes:
        try:
            pipe.send(None)
        except OSError:
            continue  # this one has ended already
        finally:
            pipe.close()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.terminate()
            process.join()
        process.close()
