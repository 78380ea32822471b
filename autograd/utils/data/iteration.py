"""One pass over the data: the iterators that a DataLoader returns."""

from __future__ import annotations

import itertools
import multiprocessing
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd.graph import warn_caller
from autograd.utils.data.dataset import IterableDataset
from autograd.utils.data.fetch import Exhausted
from autograd.utils.data.pool import WorkerPool
from autograd.utils.data.sampler import drawn_seed
from autograd.utils.data.worker import Failure, Job, Task

if TYPE_CHECKING:
    from autograd.utils.data.dataloader import DataLoader


class BatchIterator(ABC):
    """One pass over the data."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self.loader = loader
        self.indices = iter(loader._index_sampler)
        self.yielded = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = self.next_batch()
        self.yielded += 1
        reported = self.loader._reported_length
        if isinstance(self.loader.dataset, IterableDataset) and reported is not None and self.yielded > reported:
            self.warn_of_length(reported)
        return batch

    @abstractmethod
    def next_batch(self) -> Any:
        """The next batch; StopIteration at the end."""

    def warn_of_length(self, reported: int) -> None:
        """Warn about a stream that is longer than it said."""
        advice = (
            " With worker processes, each goes through the whole data set unless its __iter__ asks get_worker_info() "
            "for its share."
        )
        warn_caller(
            f"Length of IterableDataset {self.loader.dataset} was reported to be {reported} (when accessing "
            f"len(dataloader)), but {self.yielded} samples have been fetched."
            + (advice if self.loader.num_workers else "")
        )

    def __len__(self) -> int:
        return len(self.loader._index_sampler)


class OwnProcessIterator(BatchIterator):
    """A pass in this process."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        drawn_seed(loader.generator)  # for workers; without any, the numbers that follow stay the same as with them
        self.fetch = loader.recipe.fetcher()

    def next_batch(self) -> Any:
        indices = next(self.indices)
        try:
            return self.fetch(indices)
        except Exhausted:
            raise StopIteration from None


class WorkersIterator(BatchIterator):
    """A pass with worker processes.

    Batches are numbered. Each number goes to a worker, in turn, a few ahead; what comes back waits
    until it is the number's turn.

    Attributes:
        sent, wanted: the numbers of the next batch to ask for, and of the next to yield.
        owners: by number, the worker that is to make the batch, until it has.
        arrived: by number, the batches that wait for their turn.
        live: the workers that still have samples.
    """

    def __init__(self, loader: DataLoader[Any], pool: WorkerPool | None = None) -> None:
        super().__init__(loader)
        self.pool = pool if pool is not None and pool.is_open else new_pool(loader)
        self.pool.epoch += 1
        self.epoch = self.pool.epoch
        self.sent = self.wanted = 0
        self.owners: dict[int, int] = {}
        self.arrived: dict[int, Any] = {}
        self.live = set(range(loader.num_workers))
        self.turns = itertools.cycle(range(loader.num_workers))
        for _ in range((loader.prefetch_factor or 1) * loader.num_workers):
            self.ask()

    def ask(self) -> None:
        """Ask the next worker that has samples for the next batch, if there is to be one."""
        if not self.live:
            return
        try:
            indices = next(self.indices)
        except StopIteration:
            return
        worker = next(worker for worker in self.turns if worker in self.live)
        self.pool.send(worker, Task(self.epoch, self.sent, indices))
        self.owners[self.sent] = worker
        self.sent += 1

    def next_batch(self) -> Any:
        if self.epoch != self.pool.epoch:
            raise RuntimeError(
                "this pass over the data is over, because another one has begun with the same workers: let it run "
                "first, or use a DataLoader without persistent_workers"
            )
        while self.owners or self.arrived:
            number = self.ready()
            if number is not None:
                self.ask()
                return self.opened(self.arrived.pop(number))
            self.collect()
        if not self.loader.persistent_workers:
            self.pool.close()
        raise StopIteration

    def ready(self) -> int | None:
        """The number of the batch to yield, if it is there."""
        if not self.loader.in_order:
            return next(iter(self.arrived), None)
        while self.wanted < self.sent and self.wanted not in self.arrived and self.wanted not in self.owners:
            self.wanted += 1  # a worker had no samples left for this one
        if self.wanted in self.arrived:
            self.wanted += 1
            return self.wanted - 1
        return None

    def collect(self) -> None:
        """Wait until there are replies, and note them."""
        answered = False
        for worker, reply in self.pool.received(self.loader.timeout or None):
            answered = True
            if reply.epoch != self.epoch:
                continue
            if isinstance(reply.result, Exhausted):
                self.retire(worker)
            else:
                del self.owners[reply.number]
                self.arrived[reply.number] = reply.result
        if not answered:
            raise RuntimeError(
                f"DataLoader timed out after {self.loader.timeout} seconds: no worker has finished a batch. A larger "
                "timeout, or 0 for none, gives them more time"
            )

    def retire(self, worker: int) -> None:
        """Give a worker whose stream has ended nothing more to do; what it was still to do will not come."""
        if worker in self.live:
            self.live.remove(worker)
            self.owners = {number: owner for number, owner in self.owners.items() if owner != worker}
            self.ask()

    def opened(self, result: Any) -> Any:
        """A batch; or the exception that came in its place, raised."""
        if isinstance(result, Failure):
            result.reraise()
        return result


def new_pool(loader: DataLoader[Any]) -> WorkerPool:
    """Workers for a DataLoader."""
    recipe, count, seed = loader.recipe, loader.num_workers, drawn_seed(loader.generator)
    jobs = [Job(worker, count, seed, recipe, loader.worker_init_fn) for worker in range(count)]
    return WorkerPool(loader.multiprocessing_context or multiprocessing.get_context(), jobs)
