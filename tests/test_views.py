"""Views: what is one, whose memory it shows, and how it rejoins the graph after its base was changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd.views import elements_in_base
from tests.random_programs import VIEWS


def numbers(library, *shape, **kwargs):
    return library.tensor(np.arange(int(np.prod(shape)), dtype=np.float64).reshape(shape), **kwargs)


MORE = {
    "real": lambda t: t.real,
    "mT": lambda t: t.mT,
    "movedim": lambda t: t.movedim(0, -1),
    "unflatten": lambda t: t.flatten().unflatten(0, (2, -1)),
    "expand as": lambda t: t.expand_as(t),
    "swapaxes": lambda t: t.swapaxes(0, 1),
    "permute": lambda t: t.permute(1, 0),
    "contiguous": lambda t: t.contiguous(),
    "narrow": lambda t: t.narrow(1, 1, 2),
    "t": lambda t: t.t(),
    "ravel": lambda t: t.ravel(),
    "ravel of transposed": lambda t: t.T.ravel(),
    "reshape of transposed": lambda t: t.T.reshape(-1),
    "reshape": lambda t: t.reshape(4, 3),
    "flatten": lambda t: t.flatten(),
    "flatten nothing": lambda t: t.flatten(1),
    "index of nothing": lambda t: t[()],
    "mask": lambda t: t[t > 2],
    "places": lambda t: t[[0, 1]],
    "to the same": lambda t: t.to(t.dtype),
    "double": lambda t: t.double(),
    "float": lambda t: t.float(),
    "clone": lambda t: t.clone(),
    "flip": lambda t: t.flip(0),
    "split": lambda t: t.split(2, 1)[0],
    "unbind": lambda t: t.unbind(1)[2],
    "chunk": lambda t: t.chunk(2)[1],
}


@pytest.mark.parametrize("name", [*VIEWS, *MORE])
def test_what_is_a_view_is_torchs_choice(torch, name):
    change = {**VIEWS, **MORE}[name]
    facts = []
    for library in (torch, autograd):
        base = numbers(library, 3, 4)
        try:
            result = change(base)
        except RuntimeError as error:
            facts.append(type(error))
            continue
        if name == "clone":
            assert not result._is_view()
        base[0, 1] = 100.0
        facts.append((result is base, result._is_view(), result._base is base, result.tolist(), result.stride()))
    assert facts[0] == facts[1]


def test_a_view_of_a_view_has_the_same_base():
    base = numbers(autograd, 3, 4)
    view = base[1:].T[0]
    assert view._base is base
    assert base._base is None


def test_writes_show_everywhere():
    base = numbers(autograd, 2, 3)
    row, column = base[0], base[:, 0]
    row[0] = 100
    assert column.tolist() == [100.0, 3.0]
    column += 1
    assert base.tolist() == [[101.0, 1.0, 2.0], [4.0, 4.0, 5.0]]


def test_a_view_taken_before_a_change_of_its_base_follows():
    x = numbers(autograd, 4, requires_grad=True)
    y = x * 1
    view = y[1:3]
    y.mul_(3)
    view.sum().backward()
    assert x.grad.tolist() == [0.0, 3.0, 3.0, 0.0]


def test_a_change_of_one_view_reaches_the_others():
    x = numbers(autograd, 4, requires_grad=True)
    y = x * 1
    left, right, all_of_it = y[:3], y[1:], y.view(2, 2)
    left.mul_(2)
    right.mul_(5)
    assert all_of_it.tolist() == [[0.0, 10.0], [20.0, 15.0]]
    (all_of_it * autograd.tensor([[1.0, 10.0], [100.0, 1000.0]], dtype=autograd.float64)).sum().backward()
    assert x.grad.tolist() == [2.0, 100.0, 1000.0, 5000.0]


def test_a_constant_base_starts_to_require_grad_through_its_view():
    base = autograd.zeros(3, dtype=autograd.float64)
    view, other = base[:2], base[1:]
    x = numbers(autograd, 2, requires_grad=True)
    view.add_(x * 2)
    assert base.requires_grad
    assert other.requires_grad
    assert not other.is_leaf
    other.sum().backward()
    assert x.grad.tolist() == [0.0, 2.0]


def test_views_made_under_no_grad(torch):
    for library in (torch, autograd):
        x = numbers(library, 3, requires_grad=True)
        y = x * 1
        with library.no_grad():
            view, same = y[:2], y[2:]
        assert view.grad_fn is None
        with pytest.raises(RuntimeError, match="created in no_grad mode and is being modified inplace with grad mode"):
            view.mul_(2)
        with library.no_grad():
            view.mul_(2)
        y.mul_(2)
        with pytest.raises(RuntimeError, match=r"created in no_grad mode and its base .* has been modified inplace"):
            same.sum()
        assert y.tolist() == [0.0, 4.0, 4.0]


def test_views_of_a_leaf_can_be_changed_under_no_grad():
    w = numbers(autograd, 4, requires_grad=True)
    with autograd.no_grad():
        w[1:3] += 10
        w.view(2, 2)[0] *= 0
    assert w.tolist() == [0.0, 0.0, 12.0, 3.0]
    assert w.is_leaf
    (w * w).sum().backward()
    assert w.grad.tolist() == [0.0, 0.0, 24.0, 6.0]


def test_view_refuses_to_copy():
    with pytest.raises(
        RuntimeError, match=r"view size is not compatible.*\(4, 3\).*\.reshape\(\.\.\.\), or \.contiguous\(\)"
    ):
        numbers(autograd, 3, 4).T.view(-1)
    assert numbers(autograd, 3, 4).T.contiguous().view(-1).shape == (12,)


def test_view_as_another_dtype(torch):
    for library in (torch, autograd):
        x = library.tensor([1.0, -2.0])
        bits = x.view(library.int32)
        bits[0] = 0
        assert x.tolist() == [0.0, -2.0]


@settings(max_examples=150)
@given(data=st.data())
def test_places_of_a_view_in_its_base(data):
    """Where a chain of views lands: found by viewing the numbers 0, 1, 2, ... in the same way."""
    shape = data.draw(st.sampled_from([(3, 4), (2, 3, 2), (5,), (1, 4)]))
    base = numbers(autograd, *shape)
    laid_out = data.draw(st.booleans())
    if laid_out and base.ndim > 1:
        memory = np.asfortranarray(base.numpy())
        base = autograd.from_numpy(memory)
    view = base
    for name in data.draw(st.lists(st.sampled_from(sorted(set(VIEWS) - {"detached"})), max_size=3)):
        try:
            view = VIEWS[name](view)
        except (RuntimeError, IndexError):
            continue
    if view._base is base and view.numel():
        np.testing.assert_array_equal(elements_in_base(view), view.numpy().astype(int))


def test_a_base_that_is_freed_before_its_view():
    view = numbers(autograd, 3)[1:]
    assert view.tolist() == [1.0, 2.0]
    view += 1
    assert view.tolist() == [2.0, 3.0]
