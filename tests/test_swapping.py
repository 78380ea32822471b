"""swap_tensors: whoever holds one tensor holds the other's values after."""

from __future__ import annotations

import pytest

import autograd
import nn
import optim


def test_values_gradients_classes_and_attributes_change_places():
    a = nn.Parameter(autograd.tensor([1.0, 2.0]))
    b = autograd.arange(3)
    (a * 3).sum().backward()
    a.remark = "trained"
    autograd.utils.swap_tensors(a, b)
    assert (type(a), a.tolist(), a.requires_grad, hasattr(a, "remark")) == (autograd.Tensor, [0, 1, 2], False, False)
    assert (type(b), b.tolist(), b.grad.tolist(), b.remark) == (nn.Parameter, [1, 2], [3, 3], "trained")
    assert a.grad is None
    assert a.dtype is autograd.int64


def test_a_gradient_follows_the_values_it_belongs_to():
    a, b = (autograd.tensor(value, requires_grad=True) for value in (2.0, 5.0))
    before = a * 10
    autograd.utils.swap_tensors(a, b)
    before.backward()
    (b * 7).backward()
    assert (a.item(), a.grad, b.item(), b.grad.item()) == (5.0, None, 2.0, 17.0)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_an_optimizer_goes_on_with_the_new_values(torch, make):
    """As PyTorch does."""
    ends = []
    for library in (torch, autograd):
        layer = library.nn.Linear(2, 1, bias=False)
        with library.no_grad():
            layer.weight.copy_(library.tensor([[1.0, 2.0]]))
        optimizer = getattr(library.optim, make.__name__)(layer.parameters(), lr=0.1)
        for step in range(4):
            if step == 2:
                library.utils.swap_tensors(layer.weight, library.nn.Parameter(library.tensor([[5.0, -3.0]])))
            optimizer.zero_grad()
            layer(library.tensor([[1.0, -2.0]])).pow(2).sum().backward()
            optimizer.step()
        ends.append(layer.weight.flatten().tolist())
    assert ends[1] == pytest.approx(ends[0], rel=1e-5)


def test_only_tensors_are_swapped():
    with pytest.raises(TypeError, match="can only swap Tensors, not list"):
        autograd.utils.swap_tensors(autograd.ones(1), [1.0])
