"""The DataLoader in one process: PyTorch's batches in PyTorch's order, options, and what it refuses."""

import multiprocessing

import numpy as np
import pytest

import autograd
from autograd.utils import data


class Counting(data.IterableDataset):
    def __init__(self, n, says=None):
        self.n = n
        self.says = says

    def __iter__(self):
        return iter(range(self.n))

    def __len__(self):
        return self.n if self.says is None else self.says


OPTIONS = [
    {},
    {"batch_size": 3},
    {"batch_size": 3, "drop_last": True},
    {"batch_size": 4, "shuffle": True},
    {"batch_size": 4, "shuffle": True, "drop_last": True},
    {"batch_size": None},
    {"batch_size": None, "shuffle": True},
    {"batch_size": 100, "shuffle": True},
    {"batch_sampler": [[3, 1], [2], [0, 0, 0]]},
    {"sampler": [5, 5, 1], "batch_size": 2},
]


def passes(library, options, generator=None):
    """The batches of three passes, and the number that is drawn after each."""
    library.default_generator.manual_seed(7)
    dataset = library.utils.data.TensorDataset(library.arange(10), library.randn(10, 2))
    chosen = {} if generator is None else {"generator": library.Generator().manual_seed(generator)}
    loader = library.utils.data.DataLoader(dataset, **options, **chosen)
    found = []
    for _ in range(3):
        found.append(([[part.tolist() for part in batch] for batch in loader], len(loader), library.rand(1).item()))
    return found


@pytest.mark.torch
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_passes_are_torchs(torch, options):
    for generator in (None, 3):
        assert passes(autograd, options, generator) == passes(torch, options, generator)


@pytest.mark.torch
def test_training_sees_the_same_numbers(torch):
    """As tutorials do it: seed, split, two loaders at once, dropout-like draws in between."""

    def numbers(library):
        utils = library.utils.data
        library.default_generator.manual_seed(1337)
        train, test = utils.random_split(utils.TensorDataset(library.randn(20, 2)), [0.8, 0.2])
        loaders = utils.DataLoader(train, 4, shuffle=True), utils.DataLoader(test, 3)
        found = []
        for _ in range(2):
            for (a,), (b,) in zip(*loaders, strict=False):
                found += a.flatten().tolist() + b.flatten().tolist() + library.rand(2).tolist()
        return found

    assert numbers(autograd) == pytest.approx(numbers(torch), rel=1e-6)


def test_streams():
    for options, expected in (
        ({"batch_size": 2}, [[0, 1], [2, 3], [4]]),
        ({"batch_size": 2, "drop_last": True}, [[0, 1], [2, 3]]),
        ({"batch_size": None}, [0, 1, 2, 3, 4]),
        ({"batch_size": 9}, [[0, 1, 2, 3, 4]]),
    ):
        loader = data.DataLoader(Counting(5), **options)
        assert [b if isinstance(b, int) else b.tolist() for b in loader] == expected
        assert len(loader) == len(expected)
        assert len(list(loader)) == len(expected)
    assert list(data.DataLoader(Counting(0), batch_size=2)) == []


def test_a_stream_that_is_longer_than_it_says():
    loader = data.DataLoader(Counting(2, says=1), batch_size=None)
    assert [i for i in loader] == [0, 1]  # noqa: C416 (list(loader) would ask for the length)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match=r"was reported to be 1 \(when accessing len\(dataloader\)\), but 2 samples"):
        list(loader)


def test_anything_with_numbers_and_a_length_is_a_data_set():
    assert [b.tolist() for b in data.DataLoader(np.arange(5), 2)] == [[0, 1], [2, 3], [4]]
    assert [b.tolist() for b in data.DataLoader(autograd.arange(3), 2)] == [[0, 1], [2]]
    assert list(data.DataLoader("abc", 2)) == [["a", "b"], ["c"]]
    assert list(data.DataLoader({"a": 1, "b": 2}, sampler=["b", "a"], batch_size=None)) == [2, 1]


def test_whole_batches_are_fetched_where_the_data_set_can():
    class Fast(list):
        def __getitems__(self, indices):
            return [("fetched", i) for i in indices]

    assert list(data.DataLoader(Fast(range(4)), 3, collate_fn=list)) == [
        [("fetched", 0), ("fetched", 1), ("fetched", 2)],
        [("fetched", 3)],
    ]


def test_exceptions_come_through():
    class Broken(list):
        def __getitem__(self, index):
            raise KeyError("sample is missing")

    with pytest.raises(KeyError, match="sample is missing"):
        next(iter(data.DataLoader(Broken([1]))))


def test_an_iterator_knows_its_length_and_is_its_own_iterator():
    iterator = iter(data.DataLoader(range(10), 4))
    assert len(iterator) == 3
    assert iter(iterator) is iterator
    assert [len(batch) for batch in iterator] == [4, 4, 2]
    with pytest.raises(StopIteration):
        next(iterator)


def test_options_are_kept():
    loader = data.DataLoader(range(4), 2, pin_memory=True, pin_memory_device="cuda")
    assert (loader.batch_size, loader.drop_last, loader.num_workers, loader.timeout) == (2, False, 0, 0)
    assert isinstance(loader.sampler, data.SequentialSampler)
    assert isinstance(loader.batch_sampler, data.BatchSampler)
    assert loader.collate_fn is data.default_collate
    assert data.DataLoader(range(4), batch_size=None).collate_fn is data.default_convert
    assert data.DataLoader(range(4), batch_sampler=[[0]]).batch_size is None
    assert [b.tolist() for b in loader] == [[0, 1], [2, 3]]
    for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"):
        with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
            setattr(loader, name, None)
    loader.collate_fn = sum
    assert list(loader) == [1, 5]
    assert data.get_worker_info() is None


REFUSED = [
    ({"num_workers": -1}, ValueError, "num_workers option should be non-negative"),
    ({"timeout": -1}, ValueError, "timeout option should be non-negative"),
    ({"prefetch_factor": 2}, ValueError, "prefetch_factor option could only be specified in multiprocessing"),
    ({"prefetch_factor": -2, "num_workers": 1}, ValueError, "prefetch_factor option should be non-negative"),
    ({"persistent_workers": True}, ValueError, "persistent_workers option needs num_workers > 0"),
    ({"sampler": [1], "shuffle": True}, ValueError, "sampler option is mutually exclusive with shuffle"),
    ({"batch_sampler": [[1]], "batch_size": 2}, ValueError, "batch_sampler option is mutually exclusive with"),
    ({"batch_sampler": [[1]], "drop_last": True}, ValueError, "batch_sampler option is mutually exclusive with"),
    ({"batch_size": None, "drop_last": True}, ValueError, "batch_size=None option disables auto-batching"),
    ({"batch_size": 0}, ValueError, "batch_size should be a positive integer value, but got batch_size=0"),
    ({"multiprocessing_context": "fork"}, ValueError, "multiprocessing_context can only be used with multi-process"),
    ({"multiprocessing_context": "x", "num_workers": 1}, ValueError, "should specify a valid start method in .*'x'"),
    ({"multiprocessing_context": 3, "num_workers": 1}, TypeError, "should be a valid context object or a string"),
]


def test_options_that_make_no_sense():
    for options, kind, message in REFUSED:
        with pytest.raises(kind, match=message):
            data.DataLoader(range(4), **options)
    for options in ({"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}):
        with pytest.raises(ValueError, match="DataLoader with IterableDataset: expected unspecified"):
            data.DataLoader(Counting(3), **options)
    with pytest.raises(ValueError, match="num_samples should be a positive integer value, but got num_samples=0"):
        data.DataLoader([], shuffle=True)


def test_too_many_workers():
    with pytest.warns(UserWarning, match="This DataLoader will create 1000 worker processes in total"):
        data.DataLoader(range(4), num_workers=1000)
    assert not multiprocessing.active_children()  # they start with the first pass
