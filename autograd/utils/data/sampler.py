"""Samplers: in which order the samples of a data set come.

Under the same seed the orders are PyTorch's, since the same random numbers are drawn from the same
generators for the same purposes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

from autograd import dtypes
from autograd.create import as_tensor, empty
from autograd.misuse import speaking_constructor
from autograd.random.creation import randint, randperm
from autograd.random.generator import Generator
from autograd.random.sampling import multinomial

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler",
           "WeightedRandomSampler"]  # fmt: skip

Index = TypeVar("Index", covariant=True)


class Sampler(Generic[Index]):
    """An order: a subclass defines `__iter__()`, which yields the numbers of samples, and mostly `__len__()`.

    >>> class Backwards(Sampler):
    ...     def __init__(self, data):
    ...         self.data = data
    ...     def __iter__(self):
    ...         return iter(range(len(self.data))[::-1])
    >>> list(Backwards("abc"))
    [2, 1, 0]
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        speaking_constructor(cls)

    def __iter__(self) -> Iterator[Index]:
        raise NotImplementedError(
            f"Subclasses of Sampler should implement __iter__, and {type(self).__name__} doesn't."
        )


class SequentialSampler(Sampler[int]):
    """All samples, in the order of their numbers.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """All samples in random order, or any number of draws.

    Without a generator of its own, each pass draws a seed from the default generator, and then its
    order from a new one with this seed.

    Args:
        data_source: the data set.
        replacement: draw from all samples each time, so that some come twice and some not at all.
        num_samples: how many to draw; by default as many as there are. Without replacement, the
            samples come again, in another order, when all have been drawn.
        generator: where the random numbers come from.

    Raises TypeError or ValueError for a replacement that is no bool, or a number that is not positive.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> list(RandomSampler("abcde"))
    [1, 3, 4, 2, 0]
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:  # fmt: skip
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        check_positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many samples are drawn in one pass."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n = len(self.data_source)
        generator = self.generator or Generator().manual_seed(drawn_seed())
        if self.replacement:
            for count in portions(self.num_samples, 32):
                yield from randint(n, (count,), generator=generator).tolist()
        else:
            for count in portions(self.num_samples, n):
                yield from randperm(n, generator=generator).tolist()[:count]

    def __len__(self) -> int:
        return self.num_samples


def portions(total: int, size: int) -> Iterator[int]:
    """A total in portions of this size, and then what is left, even if that is nothing."""
    yield from itertools.repeat(size, total // size)
    yield total % size


def drawn_seed(generator: Generator | None = None) -> int:
    """A seed for another generator, drawn from this one."""
    return int(empty((), dtype=dtypes.int64).random_(generator=generator).item())


class SubsetRandomSampler(Sampler[int]):
    """The given numbers, in random order.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> list(SubsetRandomSampler([10, 20, 30]))
    [30, 10, 20]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Numbers from 0 on, each with a probability that is proportional to its weight.

    Args:
        weights: the weights; they need not add up to 1.
        num_samples: how many to draw.
        replacement: whether a number may come more than once.
        generator: where the random numbers come from.

    Raises ValueError for weights that are not in a row, or a number that is not positive.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> list(WeightedRandomSampler([0.5, 0.0, 0.5], 5))
    [2, 2, 0, 2, 2]
    """

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        check_positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtype=dtypes.float64)
        if self.weights.dim() != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """What another sampler yields, in lists of batch_size; the last one may be shorter, or be dropped.

    Raises ValueError for a batch_size that is not positive, or a drop_last that is no bool.

    >>> list(BatchSampler(SequentialSampler("abcde"), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        check_positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def check_positive(name: str, value: Any) -> None:
    """Raise ValueError unless a value is a whole number from 1 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")
