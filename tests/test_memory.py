"""Who owns the memory under a tensor: others, several tensors, several processes; and what a copy keeps."""

from __future__ import annotations

import copy
import multiprocessing
import pickle

import numpy as np
import pytest

import autograd


def test_memory_of_others_is_shared_not_copied(tmp_path):
    array, buffer = np.zeros(3), bytearray(8)
    on_array, on_buffer = autograd.from_numpy(array), autograd.frombuffer(buffer, dtype=autograd.int32)
    on_dlpack = autograd.from_dlpack(array)
    on_array[0], on_buffer[1], on_dlpack[2] = 5, 7, 6
    assert array.tolist() == [5, 0, 6]
    assert buffer == bytes([0] * 4 + [7, 0, 0, 0])
    assert autograd.asarray(array).data_ptr() == array.ctypes.data
    assert autograd.asarray(array, copy=True).data_ptr() != array.ctypes.data
    assert np.asarray(on_array) is on_array.numpy() is array
    path = tmp_path / "numbers"
    np.arange(4, dtype=np.int16).tofile(path)
    mapped = autograd.from_file(str(path), size=4, dtype=autograd.int16)
    mapped[0] = 9
    assert np.fromfile(path, np.int16).tolist() == [0, 1, 2, 3]
    shared = autograd.from_file(str(path), shared=True, size=6, dtype=autograd.int16)
    shared[5] = 8
    assert np.fromfile(path, np.int16).tolist() == [0, 1, 2, 3, 0, 8]
    with pytest.raises(RuntimeError, match="smaller than the required"):
        autograd.from_file(str(path), size=7, dtype=autograd.int16)


def test_tensors_cross_to_pytorch_and_back(torch):
    x = autograd.arange(3.0)
    theirs = torch.from_dlpack(x)
    theirs[0] = 7
    assert x.tolist() == [7, 1, 2]
    assert autograd.from_dlpack(theirs).data_ptr() == x.data_ptr()
    assert autograd.from_dlpack(torch.utils.dlpack.to_dlpack(theirs)).tolist() == [7, 1, 2]


def test_what_can_not_be_written_is_not_written():
    x = autograd.frombuffer(b"abcd", dtype=autograd.uint8)
    with pytest.raises(RuntimeError, match="read-only"):
        x.fill_(0)
    assert x.tolist() == [97, 98, 99, 100]


def test_storages_are_equal_where_memory_is_shared():
    x = autograd.zeros(2, 3)
    for view in (x[1], x.t(), x.detach(), x[1].detach()):
        assert view.untyped_storage().data_ptr() == x.data_ptr()
    assert x.clone().untyped_storage().data_ptr() != x.data_ptr()


def test_set_shares_memory_and_counts_as_a_write():
    x, y = autograd.zeros(2), autograd.ones(3)
    count = x._version
    assert x.set_(y) is x
    assert (x.is_set_to(y), x.shape, x._version > count) == (True, (3,), True)
    y[0] = 4
    assert x.tolist() == [4, 1, 1]
    w = autograd.ones(2, requires_grad=True)
    z = w * 2
    product = z * z
    z.detach().set_(autograd.ones(2))
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        autograd.zeros(2).set_(y.untyped_storage(), 2, (2,))
    product.sum().backward()
    assert w.grad.tolist() == [8, 8]


def write_seven(x):
    x.fill_(7)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_shared_memory_is_seen_by_child_processes():
    x = autograd.zeros(2, 3)
    assert not x.is_shared()
    assert x.share_memory_() is x
    assert x.is_shared()
    assert x[1].is_shared()
    child = multiprocessing.get_context("fork").Process(target=write_seven, args=(x,))
    child.start()
    child.join()
    assert x.tolist() == [[7] * 3] * 2
    with pytest.raises(RuntimeError, match="is a view"):
        autograd.zeros(3)[1:].share_memory_()


def test_elementwise_functions_are_in_place_writes():
    x = autograd.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach().apply_(lambda v: v + 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    t = autograd.ones(3)
    with pytest.raises(ZeroDivisionError):
        t.apply_(lambda v: 1 / (t[0].item() - v))
    assert t.tolist() == [1, 1, 1]


def test_diagonals_are_filled_with_gradients_cut_off():
    x = autograd.ones(3, 3, requires_grad=True)
    y = x * 2
    y.fill_diagonal_(5)
    y.sum().backward()
    assert x.grad.tolist() == [[0, 2, 2], [2, 0, 2], [2, 2, 0]]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"])
def test_copies_keep_what_a_tensor_is(again):
    x = autograd.tensor([[1.0, 2.0]], dtype=autograd.float64, requires_grad=True)
    x.label = "mine"
    twin = again(x)
    assert (twin.tolist(), twin.dtype, twin.requires_grad, twin.is_leaf) == ([[1, 2]], autograd.float64, True, True)
    assert twin.label == "mine"
    assert twin.data_ptr() != x.data_ptr()
    for other in (autograd.Size([2, 3]), autograd.float16, autograd.device("cpu"), autograd.Generator().manual_seed(3)):
        assert type(again(other)) is type(other)
    assert again(autograd.float16) is autograd.float16
    assert again(autograd.Size([2, 3])) == (2, 3)
    with pytest.raises(RuntimeError, match="detach"):
        again(x * 2)
