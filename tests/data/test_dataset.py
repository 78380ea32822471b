"""Data sets and samplers: what they hold, in PyTorch's order, and what they refuse."""

import itertools

import pytest

import autograd
from autograd.utils import data


class Squares(data.Dataset):
    def __init__(self, n=6):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if not 0 <= index < self.n:
            raise IndexError(index)
        return index**2


class Stream(data.IterableDataset):
    def __init__(self, *values):
        self.values = values

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return len(self.values)


def all_of(dataset):
    return [dataset[i] for i in range(len(dataset))]


# -- data sets ----------------------------------------------------------------------------------------------


def test_rows_of_tensors():
    x, y = autograd.arange(6.0).reshape(3, 2), autograd.tensor([7, 8, 9])
    dataset = data.TensorDataset(x, y)
    assert len(dataset) == 3
    assert [part.tolist() for part in dataset[1]] == [[2.0, 3.0], 8]
    assert [part.tolist() for part in dataset[-1]] == [[4.0, 5.0], 9]
    assert [part.tolist() for part in dataset[0:2]] == [[[0.0, 1.0], [2.0, 3.0]], [7, 8]]
    with pytest.raises(IndexError):
        dataset[3]
    with pytest.raises(AssertionError, match=r"Size mismatch between tensors: they have \[3, 2\] rows"):
        data.TensorDataset(x, y[:2])


def test_side_by_side():
    pairs = data.StackDataset(Squares(3), [5, 6, 7])
    assert all_of(pairs) == [(0, 5), (1, 6), (4, 7)]
    assert pairs.__getitems__([2, 0]) == [(4, 7), (0, 5)]
    named = data.StackDataset(a=Squares(3), b=data.Subset("xyz", [2, 1, 0]))
    assert all_of(named) == [{"a": 0, "b": "z"}, {"a": 1, "b": "y"}, {"a": 4, "b": "x"}]
    assert named.__getitems__([1]) == [{"a": 1, "b": "y"}]
    for make, message in (
        (lambda: data.StackDataset(), "At least one dataset should be passed"),
        (lambda: data.StackDataset("a", b="b"), "both types are given"),
        (lambda: data.StackDataset("a", "bc"), "Size mismatch between datasets"),
    ):
        with pytest.raises(ValueError, match=message):
            make()

    class Short(Squares):
        def __getitems__(self, indices):
            return [0]

    with pytest.raises(ValueError, match=r"output size mismatch. Expected 2, got 1"):
        data.StackDataset(Short()).__getitems__([0, 1])


def test_one_after_the_other():
    joined = Squares(2) + data.Subset("abc", [2]) + Squares(0) + Squares(3)
    assert isinstance(joined, data.ConcatDataset)
    assert all_of(joined) == [0, 1, "c", 0, 1, 4]
    assert (joined[-1], joined[-4]) == (4, "c")
    assert data.ConcatDataset([Squares(2), Squares(3)]).cumulative_sizes == [2, 5]
    with pytest.raises(ValueError, match="absolute value of index should not exceed dataset length"):
        joined[-7]
    with pytest.raises(IndexError, match="index 6 is out of range"):
        joined[6]
    with pytest.raises(AssertionError, match="datasets should not be an empty iterable"):
        data.ConcatDataset([])
    with pytest.raises(AssertionError, match="ConcatDataset does not support IterableDataset"):
        data.ConcatDataset([Stream()])


def test_streams():
    chain = Stream(1, 2) + Stream(3)
    assert (list(chain), len(chain)) == ([1, 2, 3], 3)
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset, not Squares"):
        list(data.ChainDataset([Stream(), Squares()]))


def test_subsets():
    subset = data.Subset(Squares(), [5, 3, 1])
    assert all_of(subset) == [25, 9, 1]
    assert subset.__getitems__([2, 0]) == [1, 25]
    assert data.Subset(subset, [1]).__getitems__([0]) == [9]
    assert data.Subset(autograd.arange(6), [5, 3, 1])[[0, 1]].tolist() == [5, 3]

    class Loud(data.Subset):
        def __getitem__(self, idx):
            return str(super().__getitem__(idx)) + "!"

    with pytest.raises(NotImplementedError, match="Loud overrides __getitem__ but not __getitems__"):
        Loud(Squares(), [0])


def test_what_must_be_defined():
    for call in (lambda: data.Dataset()[0], lambda: iter(data.IterableDataset()), lambda: iter(data.Sampler())):
        with pytest.raises(NotImplementedError, match="should implement"):
            call()
    assert data.Dataset[int] is not None  # types can be written so
    assert data.DataLoader[int] is not None


# -- dealing out --------------------------------------------------------------------------------------------

LENGTHS = [[5, 5], [0.5, 0.5], [0.3, 0.3, 0.4], [1 / 3, 1 / 3, 1 / 3], [0.75, 0.25], [10, 0]]


@pytest.mark.torch
def test_splits_are_torchs(torch):
    for lengths, with_generator in itertools.product(LENGTHS, (True, False)):
        found = []
        for library in (autograd, torch):
            library.default_generator.manual_seed(3)
            chosen = {"generator": library.Generator().manual_seed(42)} if with_generator else {}
            parts = library.utils.data.random_split(range(10), lengths, **chosen)
            found.append(([list(part) for part in parts], library.rand(1).item()))
        assert found[0] == found[1]


def test_splits():
    parts = data.random_split(range(10), [0.35, 0.35, 0.3])
    assert [len(part) for part in parts] == [4, 3, 3]
    assert sorted(i for part in parts for i in part) == list(range(10))
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        data.random_split(range(10), [0.95, 0.05])
    for lengths, message in (
        ([3, 3], "Sum of input lengths does not equal"),
        ([1.5, -0.5], "Fraction at index 0 is not"),
    ):
        with pytest.raises(ValueError, match=message):
            data.random_split(range(10), lengths)


# -- samplers -----------------------------------------------------------------------------------------------

SAMPLERS = {
    "random": lambda d, g: d.RandomSampler(range(11), generator=g),
    "random, more": lambda d, g: d.RandomSampler(range(11), num_samples=30, generator=g),
    "random, fewer": lambda d, g: d.RandomSampler(range(11), num_samples=4, generator=g),
    "with replacement": lambda d, g: d.RandomSampler(range(11), replacement=True, generator=g),
    "many with replacement": lambda d, g: d.RandomSampler(range(11), replacement=True, num_samples=70, generator=g),
    "subset": lambda d, g: d.SubsetRandomSampler(list("abcdefg"), generator=g),
    "weights": lambda d, g: d.WeightedRandomSampler([0.1, 2.0, 0.0, 0.7], 20, generator=g),
    "weights, once": lambda d, g: d.WeightedRandomSampler([0.1, 2.0, 0.3, 0.7], 4, replacement=False, generator=g),
    "batches": lambda d, g: d.BatchSampler(d.RandomSampler(range(11), generator=g), 3, False),
    "whole batches": lambda d, g: d.BatchSampler(d.RandomSampler(range(11), generator=g), 3, True),
    "share": lambda d, g: d.DistributedSampler(range(11), 4, 2, seed=5),
    "share, dropping": lambda d, g: d.DistributedSampler(range(11), 4, 2, drop_last=True),
    "share of few": lambda d, g: d.DistributedSampler(range(2), 5, 4, shuffle=False),
}  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize("name", SAMPLERS)
def test_orders_are_torchs(torch, name):
    for with_generator in (False, True):
        found = []
        for library in (autograd, torch):
            library.default_generator.manual_seed(1)
            generator = library.Generator().manual_seed(2) if with_generator else None
            sampler = SAMPLERS[name](library.utils.data, generator)
            found.append((list(sampler), list(sampler), len(sampler), library.rand(1).item()))
        assert found[0] == found[1]


def test_shares_cover_everything():
    shares = [data.DistributedSampler(range(10), 3, rank) for rank in range(3)]
    assert sorted({i for share in shares for i in share}) == list(range(10))
    assert {len(list(share)) for share in shares} == {4}
    before = list(shares[0])
    shares[0].set_epoch(1)
    assert list(shares[0]) != before


def test_orders_that_make_no_sense():
    for call, kind, message in (
        (
            lambda: data.RandomSampler([]),
            ValueError,
            "num_samples should be a positive integer value, but got num_samples=0",
        ),
        (lambda: data.RandomSampler([1], replacement=1), TypeError, "replacement should be a boolean value"),
        (lambda: data.WeightedRandomSampler([1.0], True), ValueError, "num_samples should be a positive integer"),
        (lambda: data.WeightedRandomSampler([1.0], 1, 1), ValueError, "replacement should be a boolean value"),
        (lambda: data.WeightedRandomSampler([[1.0]], 1), ValueError, "weights should be a 1d sequence"),
        (lambda: data.BatchSampler([1], 0, False), ValueError, "batch_size should be a positive integer value"),
        (lambda: data.BatchSampler([1], 1, 0), ValueError, "drop_last should be a boolean value"),
        (lambda: data.DistributedSampler([1]), RuntimeError, "Requires distributed package to be available"),
        (lambda: data.DistributedSampler([1], 2, 2), ValueError, "Invalid rank 2, rank should be in the interval"),
    ):
        with pytest.raises(kind, match=message):
            call()


def test_endless_samplers_are_taken_in_batches():
    batches = data.BatchSampler(itertools.count(), 2, False)
    assert list(itertools.islice(batches, 3)) == [[0, 1], [2, 3], [4, 5]]
