"""Methods such as `t_()`: the tensor itself shows its memory otherwise. Compared with PyTorch where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.registry import DERIVED
from autograd.tensor import Tensor

CALLS = [
    ("t_", (3, 4), ()),
    ("transpose_", (2, 3, 4), (0, 2)),
    ("swapaxes_", (2, 3, 4), (0, -1)),
    ("swapdims_", (2, 3), (0, 1)),
    ("squeeze_", (1, 3, 1), ()),
    ("squeeze_", (1, 3, 1), (0,)),
    ("unsqueeze_", (3, 4), (1,)),
    ("as_strided_", (3, 4), ((4, 3), (1, 4), 0)),
]
WEIGHTS = np.linspace(0.5, 2.0, 24)


def test_all_of_them_are_here():
    declared = {f"{info.name}_" for info in DERIVED.values() if info.inplace == "view"}
    assert declared <= {name for name, _, _ in CALLS}


def changed(library, name, shape, args):
    """A result, changed in place and used on; with its source and a view that was there before."""
    x = library.tensor(np.arange(float(np.prod(shape))).reshape(shape), requires_grad=True)
    y = x * 2
    before = y[..., :1]
    assert getattr(y, name)(*args) is y
    weights = library.tensor(WEIGHTS[: y.numel()]).reshape(tuple(y.shape))
    ((y * y * weights).sum() + (before**3).sum()).backward()
    return y, before, x


@pytest.mark.parametrize(("name", "shape", "args"), CALLS)
def test_result_and_gradient_are_torchs(name, shape, args, torch):
    ours, theirs = (changed(library, name, shape, args) for library in (autograd, torch))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    assert ours[0].stride() == theirs[0].stride()
    np.testing.assert_allclose(ours[2].grad.numpy(), theirs[2].grad.numpy(), rtol=1e-14)


@pytest.mark.parametrize(("name", "shape", "args"), CALLS)
def test_memory_stays(name, shape, args):
    x = autograd.tensor(np.arange(float(np.prod(shape))).reshape(shape))
    memory, version = x.numpy(), x._version
    getattr(x, name)(*args)
    assert np.shares_memory(x.numpy(), memory)
    assert x._version > version
    expected = getattr(Tensor, name.removesuffix("_"))(autograd.tensor(memory), *args)
    np.testing.assert_array_equal(x.numpy(), expected.numpy())


def test_of_a_view_changes_the_view_alone():
    base = autograd.arange(12.0).reshape(3, 4)
    rows = base[1:]
    rows.t_()
    rows[0, 1] = 100.0
    assert base.shape == (3, 4)
    assert base[2, 0] == 100.0


def test_gradient_through_a_changed_view():
    x = autograd.tensor(np.arange(12.0).reshape(3, 4), requires_grad=True)
    y = x * 1
    rows = y[1:]
    rows.t_()
    rows *= autograd.tensor([[1.0, 2.0]], dtype=autograd.float64)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[1] * 4, [1] * 4, [2] * 4])


def test_a_leaf_that_requires_grad_is_left_alone():
    w = autograd.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        w.t_()
    assert w.shape == (2, 3)
    with autograd.no_grad():
        w.t_()
    assert w.shape == (3, 2)
    assert w.requires_grad
    assert w.is_leaf


def test_a_rule_that_saved_the_tensor_refuses_the_other_shape():
    x = autograd.ones(2, 3, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.t_()
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*'t_'"):
        z.backward()


def test_a_call_that_raises_changes_nothing():
    x = autograd.zeros(2, 3)
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.unsqueeze_(5)
    assert x.shape == (2, 3)
    assert x._version == 0


def test_a_view_of_what_the_base_has_left_out_is_refused():
    x = autograd.ones(3, 4, requires_grad=True)
    y = x * 1
    inside, outside = y[0, 1:3], y[2]
    y.as_strided_((2, 4), (4, 1), 0)
    assert inside.requires_grad
    with pytest.raises(RuntimeError, match="shows elements that its base has left out"):
        outside * 2


def test_as_strided_with_gaps():
    x = autograd.ones(3, 4, dtype=autograd.float64, requires_grad=True)
    y = x * 1
    y.as_strided_((2, 2), (8, 2), 1)
    (y * autograd.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=autograd.float64)).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 1, 0, 2], [0] * 4, [0, 3, 0, 4]])
