"""From samples to batches: as PyTorch puts them together, and what can't be put together."""

import collections
import types

import numpy as np
import pytest

import autograd
from autograd.utils.data import DataLoader, default_collate, default_convert
from autograd.utils.data.collate import collate, default_collate_fn_map

Point = collections.namedtuple("Point", "x y")


class Words(collections.UserList):
    """A sequence of one's own."""


SAMPLES = {
    "tensors": lambda t: [t([1.0, 2.0]), t([3.0, 4.0])],
    "0-d tensors": lambda t: [t(1), t(2)],
    "floats": lambda t: [0.1, 0.2],
    "ints": lambda t: [1, 2],
    "bools": lambda t: [True, False],
    "strings": lambda t: ["a", "b"],
    "bytes": lambda t: [b"a", b"b"],
    "arrays": lambda t: [np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)],
    "int arrays": lambda t: [np.arange(3), np.arange(3)],
    "numpy floats": lambda t: [np.float32(1), np.float32(2)],
    "numpy doubles": lambda t: [np.float64(1), np.float64(2)],
    "numpy ints": lambda t: [np.int16(1), np.int16(2)],
    "numpy bools": lambda t: [np.bool_(True), np.bool_(False)],
    "numpy strings": lambda t: [np.str_("a"), np.str_("b")],
    "pairs": lambda t: [(t([1.0]), 3), (t([2.0]), 4)],
    "pairs with strings": lambda t: [("a", 1.5), ("b", 2.5)],
    "lists": lambda t: [[1, 2.0, "x"], [3, 4.0, "y"]],
    "dicts": lambda t: [{"x": t([1.0]), "y": {"z": 1}}, {"x": t([2.0]), "y": {"z": 2}}],
    "ordered dicts": lambda t: [collections.OrderedDict(b=1, a=2), collections.OrderedDict(a=3, b=4)],
    "default dicts": lambda t: [collections.defaultdict(int, a=1), collections.defaultdict(int, a=2)],
    "proxies": lambda t: [types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})],
    "named": lambda t: [Point(1, (2.0, "a")), Point(3, (4.0, "b"))],
    "own sequences": lambda t: [Words([1, 2]), Words([3, 4])],
    "ranges": lambda t: [range(2), range(2)],
    "one": lambda t: [{"x": 1}],
    "nothing": lambda t: [(), ()],
}


def plain(batch):
    """The same with tensors told by dtype and values."""
    if hasattr(batch, "tolist"):
        return str(batch.dtype), batch.tolist()
    if isinstance(batch, collections.abc.Mapping):
        return type(batch), {key: plain(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple, Words)):
        return type(batch), [plain(value) for value in batch]
    return type(batch), batch


@pytest.mark.torch
@pytest.mark.parametrize("name", SAMPLES)
def test_batches_are_torchs(torch, name):
    make = SAMPLES[name]
    theirs = torch.utils.data
    assert plain(default_collate(make(autograd.tensor))) == plain(theirs.default_collate(make(torch.tensor)))
    assert plain(default_convert(make(autograd.tensor))) == plain(theirs.default_convert(make(torch.tensor)))


def test_gradients_flow_through_batches():
    rows = [autograd.ones(2, requires_grad=True) for _ in range(3)]
    (default_collate(rows) * autograd.arange(3.0)[:, None]).sum().backward()
    assert [row.grad.tolist() for row in rows] == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]


def test_samples_are_left_alone():
    samples = [{"a": [1, 2]}, {"a": [3, 4]}]
    default_collate(samples)
    default_convert(samples)
    assert samples == [{"a": [1, 2]}, {"a": [3, 4]}]


@pytest.mark.parametrize(
    ("samples", "kind", "message"),
    [
        ([autograd.ones(3), autograd.ones(4)], RuntimeError,
         r"stack expects each tensor to be equal size, but got \[3\] at entry 0 and \[4\] at entry 1: pad or crop"),
        ([np.ones(3), np.ones((1, 3))], RuntimeError, "stack expects each tensor to be equal size"),
        ([[1, 2], [3]], RuntimeError, r"each element in list of batch should be of equal size, .* \[1, 2\]"),
        ([object(), object()], TypeError, "default_collate: batch must contain tensors, .* found <class 'object'>"),
        ([None, None], TypeError, "found <class 'NoneType'>. Give the DataLoader a collate_fn"),
        ([np.array(["a"]), np.array(["b"])], TypeError, "default_collate: batch must contain .* found <U1"),
    ],
)  # fmt: skip
def test_what_makes_no_batch(samples, kind, message):
    with pytest.raises(kind, match=message):
        default_collate(samples)
    with pytest.raises(kind, match=message):
        next(iter(DataLoader(samples, batch_size=len(samples))))


def test_tables_of_ones_own():
    def add(batch, *, collate_fn_map=None):
        return sum(batch)

    assert collate([(1, "a"), (2, "b")], collate_fn_map={**default_collate_fn_map, int: add}) == [3, ("a", "b")]
    loader = DataLoader([1, 2, 3, 4], batch_size=2, collate_fn=sum)
    assert list(loader) == [3, 7]
