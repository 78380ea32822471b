"""The DataLoader: a data set in batches, in this process or from worker processes."""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from autograd.graph import warn_caller
from autograd.misuse import speaking_constructor
from autograd.random.generator import Generator
from autograd.utils.data.collate import default_collate, default_convert
from autograd.utils.data.dataset import IterableDataset
from autograd.utils.data.fetch import Recipe
from autograd.utils.data.iteration import BatchIterator, OwnProcessIterator, WorkersIterator
from autograd.utils.data.pool import WorkerPool
from autograd.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from autograd.utils.data.worker import get_worker_info

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

Sample = TypeVar("Sample", covariant=True)


class EndlessSampler(Sampler[None]):
    """Stands for the numbers of samples that have none."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


@speaking_constructor
class DataLoader(Generic[Sample]):
    """A data set in batches: each `for batch in loader` is one pass over the data.

    Under the same seed, the batches are PyTorch's. Each pass draws a base seed for the workers from
    the generator, even where there are none, and then what the sampler needs.

    Args:
        dataset: a `Dataset`, or anything with `[index]` and `len()`; or an `IterableDataset`.
        batch_size: samples per batch; None for single samples, which are not collated.
        shuffle: a random order, another one in each pass.
        sampler: an order of one's own, instead.
        batch_sampler: an order of one's own in lists, instead of batch_size, shuffle, sampler and drop_last.
        num_workers: how many processes make batches ahead; 0 for this process alone.
        collate_fn: makes a batch of a list of samples; by default `default_collate`.
        pin_memory, pin_memory_device: accepted as in PyTorch; they concern GPUs.
        drop_last: leave out a last batch that is smaller.
        timeout: seconds to wait for a batch from a worker; 0 for as long as it takes.
        worker_init_fn: called with its number in each worker, after seeding.
        multiprocessing_context: how processes start: "fork", "spawn" or "forkserver", or a context.
        generator: where random numbers come from; by default the default generator.
        prefetch_factor: how many batches each worker makes ahead; 2 by default.
        persistent_workers: keep the workers from one pass to the next.
        in_order: yield batches in the sampler's order, not as they become ready.

    An exception in a worker is raised here, with the worker's traceback in its text. Workers end with
    the pass that they are for, also one that is abandoned, and with the program, however it ends.

    Raises ValueError for options that exclude each other or make no sense.

    >>> import autograd
    >>> x = autograd.arange(5.0)
    >>> for batch in DataLoader(x, batch_size=2):
    ...     print(batch)
    tensor([0., 1.])
    tensor([2., 3.])
    tensor([4.])
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Any = None,
        batch_sampler: Any = None, num_workers: int = 0, collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None, multiprocessing_context: Any = None,
        generator: Generator | None = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False,
        pin_memory_device: str = "", in_order: bool = True,
    ) -> None:  # fmt: skip
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        check_order(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size if batch_sampler is None else None
        self.drop_last = drop_last
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = context_from(multiprocessing_context, num_workers)
        self.generator = generator
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self.sampler = self.default_sampler(shuffle) if sampler is None else sampler
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._pool: WorkerPool | None = None
        self._reported_length: int | None = None
        self._initialized = True
        check_machine(num_workers)

    def default_sampler(self, shuffle: bool | None) -> Any:
        """The order where the user gives none."""
        if isinstance(self.dataset, IterableDataset):
            return EndlessSampler()
        return RandomSampler(self.dataset, generator=self.generator) if shuffle else SequentialSampler(self.dataset)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    @property
    def recipe(self) -> Recipe:
        """How batches are made."""
        return Recipe(self.dataset, self.collate_fn, self._auto_collation, self.drop_last)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and "_initialized" in self.__dict__:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized: what depends on it has "
                "been made. Make another one"
            )
        super().__setattr__(name, value)

    def __iter__(self) -> BatchIterator:
        if self.num_workers == 0:
            return OwnProcessIterator(self)
        iterator = WorkersIterator(self, self._pool)
        if self.persistent_workers:
            self._pool = iterator.pool
        return iterator

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler)
        length = self._reported_length = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)


FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
"""Attributes of a DataLoader that don't change."""


# -- options that make sense --------------------------------------------------------------------------------


def check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    """Raise ValueError for options about workers that make no sense."""
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing, not "
            f"{num_workers}."
        )
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, but got {timeout}")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing. Let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 1:
        raise ValueError(f"prefetch_factor option should be non-negative, and not 0, but got {prefetch_factor}")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def check_order(
    dataset: Any, batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Raise ValueError where the order is given in more than one way."""
    if isinstance(dataset, IterableDataset):
        for name, given in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if given is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={given}: "
                    "such a data set has an order of its own"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last: it decides "
            "all these"
        )
    if batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def context_from(given: Any, num_workers: int) -> Any:
    """The way to start processes; None for the platform's."""
    if given is None:
        return None
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            "num_workers=0"
        )
    if isinstance(given, str):
        known = multiprocessing.get_all_start_methods()
        if given not in known:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {known!r}, but got "
                f"multiprocessing_context={given!r}"
            )
        return multiprocessing.get_context(given)
    if not isinstance(given, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={given}"
        )
    return given


def check_machine(num_workers: int) -> None:
    """Warn about more workers than the machine has processors for this program."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if num_workers > available:
        warn_caller(
            f"This DataLoader will create {num_workers} worker processes in total. Our suggested max number of worker in "
            f"current system is {available}, which is smaller than what this DataLoader is going to create. Please be "
            "aware that excessive worker creation might get DataLoader running slow or even freeze, lower the worker "
            "number to avoid potential slowness/freeze if necessary."
        )
