"""From indices to a batch: what a DataLoader, or each of its workers, does for every batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograd.utils.data.dataset import IterableDataset, fetched


class Exhausted(Exception):  # noqa: N818 (not an error: the stream has come to its end)
    """An IterableDataset has no more samples."""


@dataclass(frozen=True)
class Recipe:
    """How batches are made; the same in all processes."""

    dataset: Any
    collate_fn: Callable[[Any], Any]
    batched: bool
    drop_last: bool

    def fetcher(self) -> Callable[[Any], Any]:
        """The function from indices to a batch, for one pass over the data."""
        if isinstance(self.dataset, IterableDataset):
            stream = iter(self.dataset)
            return lambda indices: self.next_from(stream, indices)
        return self.by_number

    def by_number(self, indices: Any) -> Any:
        """A batch of the samples with these numbers; without batches, the one sample."""
        return self.collate_fn(fetched(self.dataset, indices) if self.batched else self.dataset[indices])

    def next_from(self, stream: Iterator[Any], indices: Any) -> Any:
        """A batch of the next samples: as many as there are indices. Raises Exhausted where there are none."""
        wanted = len(indices) if self.batched else 1
        samples = [sample for _, sample in zip(range(wanted), stream, strict=False)]
        if not samples or (self.drop_last and len(samples) < wanted):
            raise Exhausted
        return self.collate_fn(samples if self.batched else samples[0])
