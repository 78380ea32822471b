"""A data set shared out among several programs that train together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from autograd.random.creation import randperm
from autograd.random.generator import Generator
from autograd.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every num_replicas-th sample, from the rank-th on: each of several programs gets its own share, all as many.

    Args:
        dataset: the data set.
        num_replicas, rank: how many programs there are, and which this is; here they must be given.
        shuffle: whether the order is random: the same in all programs, another in each epoch that
            `set_epoch` announces.
        seed: which random order; the same in all programs.
        drop_last: leave out what can't be shared out evenly; otherwise some samples come twice.

    Raises ValueError for a rank that is not below num_replicas, RuntimeError where they are not given.

    >>> list(DistributedSampler("abcde", num_replicas=2, rank=1, shuffle=False))
    [1, 3, 0]
    """

    def __init__(
        self, dataset: Any, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
        seed: int = 0, drop_last: bool = False,
    ) -> None:  # fmt: skip
        if num_replicas is None or rank is None:
            raise RuntimeError(
                "Requires distributed package to be available, and here there is none: give num_replicas and rank"
            )
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        count = len(dataset)
        self.num_samples = count // num_replicas if drop_last else -(-count // num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        count = len(self.dataset)
        if self.shuffle:
            order = randperm(count, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            order = list(range(count))
        return itertools.islice(itertools.cycle(order), self.rank, self.total_size, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Announce an epoch, so that it gets a random order of its own."""
        self.epoch = epoch
