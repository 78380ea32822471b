"""What runs in a worker process: take indices out of one pipe, put batches into it.

A worker must never outlive its purpose. It ends when it is told to, when its pipe breaks, and when
the process that started it has ended, however that came about.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import random
import signal
import threading
import traceback
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

import numpy as np

import autograd.multiprocessing  # noqa: F401 (it says how tensors are sent)
from autograd.random.generator import manual_seed
from autograd.settings import set_num_threads
from autograd.utils.data.fetch import Exhausted, Recipe

ends: weakref.WeakSet[Any] = weakref.WeakSet()
"""The loaders' ends of all pipes to workers. A forked worker has copies of them, and must close these: only
then does a pipe break when the loader closes its end."""


# -- who am I? ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WorkerInfo:
    """What `get_worker_info` tells: which worker this is, of how many, its seed, and its copy of the data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which worker of a DataLoader this process is; None in a process that is none.

    >>> get_worker_info()
    """
    return _info


# -- messages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """Indices for a batch: the number of the batch, and of the pass over the data."""

    epoch: int
    number: int
    indices: Any


@dataclass(frozen=True)
class Reply:
    """What came of a task: a batch, a Failure, or Exhausted, where the worker's stream has no more samples."""

    epoch: int
    number: int
    result: Any


@dataclass(frozen=True)
class Failure:
    """An exception on its way to another process: its type if that can travel, and its text with the traceback."""

    kind: type[BaseException] | None
    text: str

    def reraise(self) -> None:
        """Raise the exception here; RuntimeError where its type can't be made of a text alone."""
        if self.kind is None or issubclass(self.kind, StopIteration):  # which would quietly end a loop
            raise RuntimeError(self.text)
        try:
            error = self.kind(Text(self.text) if issubclass(self.kind, KeyError) else self.text)
        except Exception:
            raise RuntimeError(self.text) from None
        raise error


class Text(str):
    """A text that a KeyError, which shows what it is given as a key, shows as a text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def failure_of(error: BaseException, worker: int) -> Failure:
    """What to tell of an exception."""
    trace = "".join(traceback.format_exception(error))
    text = f"Caught {type(error).__name__} in DataLoader worker process {worker}.\nOriginal {trace}"
    return Failure(type(error) if can_travel(type(error)) else None, text)


def can_travel(kind: type) -> bool:
    """Whether another process can be told of a class, by its name; not of one that is defined inside a function."""
    try:
        pickle.dumps(kind)
    except (pickle.PicklingError, AttributeError):
        return False
    return True


# -- the process --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """What a worker is started with."""

    worker: int
    num_workers: int
    base_seed: int
    recipe: Recipe
    init: Callable[[int], Any] | None


def run(job: Job, pipe: Any) -> None:
    """The life of a worker."""
    global _info
    for end in list(ends):
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes; the one that started us decides
    seed = job.base_seed + job.worker
    _info = WorkerInfo(job.worker, job.num_workers, seed, job.recipe.dataset)
    set_num_threads(1)  # there are as many workers as are good for the machine
    seed_all(job)
    tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    threading.Thread(target=receive, args=(pipe, tasks), daemon=True).start()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody wants the batch
        answer_all(job, pipe, tasks)


def seed_all(job: Job) -> None:
    """Give each worker other random numbers, the same in every run with the same base seed."""
    manual_seed(job.base_seed + job.worker)
    random.seed(job.base_seed + job.worker)
    words = np.random.SeedSequence([job.worker, job.base_seed % 2**32, job.base_seed >> 32, 0]).generate_state(4)
    np.random.seed(words)


def receive(pipe: Any, tasks: queue.SimpleQueue[Task | None]) -> None:
    """Keep the pipe empty, so that the loader never waits for a busy worker; see when there is no loader any more."""
    loader = multiprocessing.parent_process()
    with contextlib.suppress(EOFError, OSError):
        while pipe in connection.wait([pipe, loader.sentinel]):  # type: ignore[union-attr]
            task = pipe.recv()
            tasks.put(task)
            if task is None:
                return
    os._exit(1)  # the loader's process has ended, and the main thread may be busy for long


def answer_all(job: Job, pipe: Any, tasks: queue.SimpleQueue[Task | None]) -> None:
    """Do one task after the other, until told to end."""
    broken = initialized(job)
    epoch = -1
    fetch: Callable[[Any], Any] = job.recipe.by_number
    while (task := tasks.get()) is not None:
        try:
            if task.epoch != epoch and broken is None:
                epoch, fetch = task.epoch, job.recipe.fetcher()
            result = broken or fetch(task.indices)
        except Exhausted as end:
            result = end
        except Exception as error:
            result = failure_of(error, job.worker)
        send(pipe, job, Reply(task.epoch, task.number, result))


def initialized(job: Job) -> Failure | None:
    """Run the user's `worker_init_fn`; what went wrong, if anything did."""
    try:
        if job.init is not None:
            job.init(job.worker)
    except Exception as error:
        return failure_of(error, job.worker)
    return None


def send(pipe: Any, job: Job, reply: Reply) -> None:
    """Send a reply; where the batch can't be pickled, say so instead."""
    try:
        pipe.send(reply)
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        pipe.send(Reply(reply.epoch, reply.number, failure_of(error, job.worker)))
