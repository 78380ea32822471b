"""Hooks on tensors: what they see, what they may change, in which order they run."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn


def leaf(*values):
    return autograd.tensor(list(values), dtype=autograd.float64, requires_grad=True)


def test_a_hook_sees_the_gradient_and_may_replace_it():
    x = leaf(2.0)
    middle = x * 3
    seen = []
    middle.register_hook(lambda g: seen.append(g.tolist()))
    middle.register_hook(lambda g: g * 10)
    middle.register_hook(lambda g: seen.append(g.tolist()))
    (middle * middle).backward()
    assert seen == [[12.0], [120.0]]
    assert x.grad.tolist() == [360.0]


def test_hooks_on_a_tensor_see_the_same_object():
    """What one hook writes on the gradient the next one can read, as long as somebody holds it."""
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []

    def first(g):
        g.note = "from the first"
        seen.append(g)

    y.register_hook(first)
    y.register_hook(seen.append)
    x.register_hook(seen.append)
    y.sum().backward()
    assert seen[0] is seen[1] is not seen[2]
    assert seen[1].note == "from the first"
    assert not hasattr(seen[2], "note")


def test_a_hook_on_a_leaf_changes_what_is_accumulated():
    x = leaf(2.0)
    x.register_hook(lambda g: g * 100)
    for _ in range(2):
        (x * 3).backward()
    assert x.grad.tolist() == [600.0]


def test_a_hook_sees_the_sum_of_all_contributions_once():
    x = leaf(2.0)
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * 3 + x * 4).backward()
    assert seen == [7.0]


def test_hooks_are_removed_by_their_handle():
    x = leaf(2.0)
    seen = []
    handle = x.register_hook(lambda g: seen.append("first"))
    with x.register_hook(lambda g: seen.append("second")):
        (x * 1).backward()
    handle.remove()
    handle.remove()
    (x * 1).backward()
    assert seen == ["first", "second"]


def test_retained_gradient_is_the_one_after_the_hooks():
    """Whichever was registered first."""
    for first in ("hook", "retain"):
        middle = leaf(2.0) * 3
        for what in (first, "retain" if first == "hook" else "hook"):
            if what == "hook":
                middle.register_hook(lambda g: g * 10)
            else:
                middle.retain_grad()
        (middle * 1).backward()
        assert middle.grad.tolist() == [10.0]


def test_hooks_run_in_grad_too():
    x = leaf(2.0)
    x.register_hook(lambda g: g * 2)
    middle = x * 3
    middle.register_hook(lambda g: g * 10)
    assert autograd.grad(middle * 1, [x, middle], retain_graph=True)[0].tolist() == [60.0]
    assert autograd.grad(middle * 1, middle)[0].tolist() == [10.0]


def test_hooks_under_create_graph_are_recorded():
    x = leaf(2.0)
    y = x**2
    y.register_hook(lambda g: g * x)
    (g,) = autograd.grad(y, x, create_graph=True)
    assert g.item() == 8.0  # 2 x * x
    assert autograd.grad(g, x)[0].item() == 8.0  # 4 x


def test_post_accumulate_hooks_see_the_leaf_with_its_gradient():
    x, w = leaf(2.0), leaf(3.0)
    seen = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.item())))
    (x * w).backward()
    assert seen == [(True, 3.0)]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * w).register_post_accumulate_grad_hook(print)


def test_wrong_hooks():
    x = leaf(2.0)

    def shrink(g):
        return g.sum()

    handle = x.register_hook(shrink)
    with pytest.raises(RuntimeError, match=r"'shrink' has changed the size of the gradient: from \(1,\) to \(\)"):
        (x * 2).backward()
    handle.remove()
    x.register_hook(lambda g: 3.0)
    with pytest.raises(TypeError, match="returned float: return a Tensor, or None"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        autograd.ones(2).register_hook(print)


def test_hooks_belong_to_the_node_as_in_torch(torch):
    """A hook stays with the value that the tensor had: after an in-place change it sees the old value's gradient."""
    found = []
    for library in (torch, autograd):
        x = library.tensor([2.0], requires_grad=True)
        y = x * 3
        seen = []
        y.register_hook(lambda g, seen=seen: seen.append(g.tolist()))
        y.mul_(5)
        (y * 1).sum().backward()
        found.append((seen, x.grad.tolist()))
    assert found[0] == found[1]


def test_gradient_in_a_hook_can_be_kept_and_changed_elsewhere():
    x, y = leaf(2.0), leaf(3.0)
    kept = []
    (x + y).register_hook(lambda g: kept.append(g))
    total = x + y
    total.register_hook(kept.append)
    total.backward()
    kept[0].mul_(100)
    assert x.grad.tolist() == [1.0]
    assert y.grad.tolist() == [1.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_hooks_are_recorded_only_with_the_backward_pass(create_graph):
    seen = {}

    def note(name):
        def hook(*_):
            seen[name] = autograd.is_grad_enabled()

        return hook

    layer, x = nn.Linear(2, 2), autograd.ones(1, 2, requires_grad=True)
    layer.register_full_backward_hook(note("module"))
    x.register_hook(note("tensor"))
    x.register_post_accumulate_grad_hook(note("after"))
    y = layer(x)
    y.grad_fn.register_prehook(note("before the node"))
    y.grad_fn.register_hook(note("after the node"))
    autograd.autograd.backward(y.sum(), create_graph=create_graph)
    assert seen == dict.fromkeys(("module", "tensor", "after", "before the node", "after the node"), create_graph)
    assert autograd.is_grad_enabled()


def test_a_hook_may_step_in_place():
    v = autograd.zeros(3, requires_grad=True)
    v.register_post_accumulate_grad_hook(lambda p: p.add_(p.grad, alpha=-0.01))
    v.backward(autograd.tensor([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(v.detach().numpy(), [-0.01, -0.02, -0.03], rtol=1e-6)
