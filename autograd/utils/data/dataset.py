"""Data sets: what has samples that can be asked for by number, or one after the other."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from autograd.graph import warn_caller
from autograd.misuse import speaking, speaking_constructor
from autograd.random.creation import randperm
from autograd.random.generator import Generator, default_generator
from autograd.tensor import Tensor

__all__ = ["ChainDataset", "ConcatDataset", "Dataset", "IterableDataset", "StackDataset", "Subset", "TensorDataset",
           "random_split"]  # fmt: skip

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """Samples by number: a subclass defines `__getitem__(index)`, and mostly `__len__()`.

    One that can fetch a whole batch faster than one by one may define `__getitems__(indices)`,
    which returns the list of samples. `a + b` is the one after the other.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return index ** 2
    >>> (Squares() + Squares())[7]
    9
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        speaking_constructor(cls)

    def __getitem__(self, index: Any) -> Sample:
        raise NotImplementedError(
            f"Subclasses of Dataset should implement __getitem__, and {type(self).__name__} doesn't."
        )

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample], Iterable[Sample]):
    """Samples one after the other, as from a stream: a subclass defines `__iter__()`.

    With worker processes, each has the data set to itself: let it use `get_worker_info()` to yield
    only its share of the samples.

    >>> class Countdown(IterableDataset):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> list(Countdown() + Countdown())
    [3, 2, 1, 3, 2, 1]
    """

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError(
            f"Subclasses of IterableDataset should implement __iter__, and {type(self).__name__} doesn't."
        )

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Sample i is the tuple of the i-th rows of some tensors.

    Raises AssertionError unless the tensors have equally many rows.

    >>> import autograd
    >>> data = TensorDataset(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]), autograd.tensor([0, 1]))
    >>> data[1]
    (tensor([3., 4.]), tensor(1))
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        sizes = [tensor.size(0) for tensor in tensors]
        if len(set(sizes)) != 1:
            raise AssertionError(
                f"Size mismatch between tensors: they have {sizes} rows, and each sample is one of each"
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].size(0))


class StackDataset(Dataset[Any]):
    """Sample i is a tuple of the i-th samples of some data sets, or where they are given by name, a dict.

    Raises ValueError where they differ in length, some are given by name and some are not, or there are none.

    >>> StackDataset("ab", [1, 2])[0]
    ('a', 1)
    >>> StackDataset(letter="ab", number=[1, 2])[1]
    {'letter': 'b', 'number': 2}
    """

    datasets: tuple[Any, ...] | dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or ``dict``- (via ``kwargs``) like input/output, but both "
                "types are given."
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        lengths = [len(dataset) for dataset in self.parts()]
        if len(set(lengths)) != 1:
            raise ValueError(f"Size mismatch between datasets: they have {lengths} samples")
        self._length = lengths[0]

    def parts(self) -> Iterable[Any]:
        """The data sets."""
        return self.datasets.values() if isinstance(self.datasets, dict) else self.datasets

    def joined(self, values: Iterable[Any]) -> Any:
        """One sample of one from each data set."""
        return dict(zip(self.datasets, values, strict=True)) if isinstance(self.datasets, dict) else tuple(values)

    def __getitem__(self, index: Any) -> Any:
        return self.joined(dataset[index] for dataset in self.parts())

    def __getitems__(self, indices: list[int]) -> list[Any]:
        columns = [fetched(dataset, indices) for dataset in self.parts()]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError(
                    f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)}: __getitems__ "
                    "must return one sample for each index"
                )
        return [self.joined(values) for values in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[Sample]):
    """Data sets one after the other, numbered through.

    Raises AssertionError for none, and for an IterableDataset, whose samples have no numbers.

    >>> ConcatDataset(["abc", "de"])[3]
    'd'
    """

    datasets: list[Any]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset: use ChainDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> Sample:
        if idx < -len(self):
            raise ValueError(f"absolute value of index should not exceed dataset length: {idx} of {len(self)} samples")
        if idx >= len(self):
            raise IndexError(f"index {idx} is out of range for a ConcatDataset of {len(self)} samples")
        idx %= len(self)
        place = bisect.bisect_right(self.cumulative_sizes, idx)
        before = self.cumulative_sizes[place - 1] if place else 0
        sample: Sample = self.datasets[place][idx - before]
        return sample


class ChainDataset(IterableDataset[Sample]):
    """Streams one after the other.

    Raises AssertionError, when it comes to it, for a data set that is no IterableDataset.
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def streams(self) -> Iterator[Any]:
        """The data sets, checked."""
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(f"ChainDataset only supports IterableDataset, not {type(dataset).__name__}")
            yield dataset

    def __iter__(self) -> Iterator[Sample]:
        for dataset in self.streams():
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.streams())


class Subset(Dataset[Sample]):
    """Some samples of a data set, by their numbers.

    >>> list(Subset("abcdef", [4, 0]))
    ['e', 'a']
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{kind.__name__} overrides __getitem__ but not __getitems__, which is what a DataLoader calls: define "
                "__getitems__(self, indices) too, for example as `return [self[i] for i in indices]`"
            )

    def __getitem__(self, idx: Any) -> Any:
        return self.dataset[[self.indices[i] for i in idx] if isinstance(idx, list) else self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[Sample]:
        return fetched(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def fetched(dataset: Any, indices: list[int]) -> list[Any]:
    """The samples of these numbers, all at once if the data set can do that."""
    if callable(getattr(dataset, "__getitems__", None)):
        samples: list[Any] = dataset.__getitems__(indices)
        return samples
    return [dataset[index] for index in indices]


@speaking
def random_split(
    dataset: Any, lengths: Sequence[int | float], generator: Generator | None = default_generator
) -> list[Subset[Any]]:
    """Deal the samples out at random: to subsets of these lengths, or of these fractions, which add up to 1.

    Of what the fractions leave over by rounding down, each subset in turn gets one sample.

    Raises ValueError unless the lengths add up to that of the data set.

    >>> import autograd
    >>> train, test = random_split(range(10), [0.8, 0.2], autograd.Generator().manual_seed(0))
    >>> list(test)
    [6, 2]
    """
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = whole_lengths(len(dataset), lengths)
    if sum(lengths) != len(dataset):
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! The lengths "
            f"{list(lengths)} add up to {sum(lengths)}, and there are {len(dataset)} samples"
        )
    order = randperm(len(dataset), generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[int(end - length) : int(end)]) for end, length in zip(ends, lengths, strict=True)]


def whole_lengths(count: int, fractions: Sequence[float]) -> list[int]:
    """How many of `count` samples each fraction comes to."""
    for index, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {index} is not between 0 and 1: {fraction}")
    lengths = [math.floor(count * fraction) for fraction in fractions]
    for i in range(count - sum(lengths)):
        lengths[i % len(lengths)] += 1
    for index, length in enumerate(lengths):
        if length == 0:
            warn_caller(f"Length of split at index {index} is 0. This might result in an empty dataset.")
    return lengths
