"""`autograd.graph`: hooks on what is saved, edges, hooks on nodes and on several tensors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import Function
from autograd.autograd import graph


def leaf(values=(1.0, 2.0, 3.0)):
    return autograd.tensor(values, dtype=autograd.float64, requires_grad=True)


def close(ours, expected):
    np.testing.assert_allclose(ours.detach().numpy(), expected, rtol=1e-12)


X = np.array([1.0, 2.0, 3.0])


# -- saved tensors -------------------------------------------------------------------------------------------------------


PROGRAMS = {
    "product": (lambda x: (x * x).exp(), 2 * X * np.exp(X * X)),
    "several results": (lambda x: autograd.stack(list(x.split(1))).prod(), np.array([6.0, 3, 2])),
    "several inputs": (lambda x: autograd.cat([x, x * x]), 1 + 2 * X),
    "indices": (lambda x: x[[0, 0, 2]] ** 2, np.array([4.0, 0, 6])),
    "reduction": (lambda x: x.logsumexp(0), np.exp(X) / np.exp(X).sum()),
}


@pytest.mark.parametrize(("program", "expected"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_is_unpacked_is_what_backward_reads(program, expected):
    x, store = leaf(), []

    def pack(t):
        assert not t.requires_grad
        store.append(t.clone())
        return len(store) - 1

    with graph.saved_tensors_hooks(pack, lambda i: store[i]):
        y = program(x).sum()
    y.backward()
    close(x.grad, expected)
    assert all(isinstance(t, autograd.Tensor) for t in store)


def test_backward_sees_what_unpack_returns():
    x = leaf()
    with graph.saved_tensors_hooks(lambda t: t, lambda t: t * 10):
        y = x.exp().sum()
    y.backward()
    close(x.grad, 10 * np.exp(X))


def test_derivatives_of_derivatives_under_hooks():
    x = leaf()
    with graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
        y = (x * x.exp() + x.sum() * x).sum()
    (g,) = autograd.grad(y, x, create_graph=True)
    close(autograd.grad(g.sum(), x)[0], (2 + X) * np.exp(X) + 6)


def test_the_innermost_hooks_pack():
    x, log = leaf(), []
    with graph.saved_tensors_hooks(lambda t: log.append("outer") or t, lambda t: t):
        with graph.saved_tensors_hooks(lambda t: log.append("inner") or t, lambda t: t):
            y = x.exp()
        y.exp()
    assert log == ["inner", "outer"]


def test_custom_functions_are_packed_too():
    class Twice(Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.save_for_backward(x, None, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, nothing, y = ctx.saved_tensors
            assert nothing is None
            return g * x * y

    x, count = leaf(), []
    with graph.saved_tensors_hooks(lambda t: count.append(1) or t.detach().clone(), lambda t: t):
        y = Twice.apply(x).sum()
    y.backward()
    close(x.grad, 2 * X * X)
    assert len(count) == 2


def test_bad_hooks():
    x = leaf()
    with graph.saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = (x * x).sum()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.backward()
    with (
        graph.saved_tensors_hooks(lambda t: t.add_(1), lambda t: t),
        pytest.raises(RuntimeError, match="pack hook is modifying its input in place"),
    ):
        x.clone() * x


def test_disabling():
    with (
        graph.disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
        graph.saved_tensors_hooks(lambda t: t, lambda t: t),
    ):
        pytest.fail("was entered")
    with (
        graph.saved_tensors_hooks(lambda t: t, lambda t: t),
        pytest.raises(RuntimeError, match="not here"),
        graph.disable_saved_tensors_hooks("not here"),
    ):
        pytest.fail("was entered")


def test_save_on_cpu():
    x = leaf()
    with graph.save_on_cpu(pin_memory=True):
        y = (x * x.exp()).sum()
    y.backward()
    close(x.grad, (1 + X) * np.exp(X))


def test_mutation_allowed():
    x = leaf()
    with graph.allow_mutation_on_saved_tensors() as context:
        y = x.clone()
        z = y.exp() * y
        y.mul_(3)
        z.add_(1)
        w = (z * y).sum()
        assert len(context.copies) > 0
        w.backward()
    close(x.grad, 3 * ((X * X + 2 * X) * np.exp(X) + 1))
    with graph.allow_mutation_on_saved_tensors():
        z = (x.clone() ** 2).sum()
    with pytest.raises(AssertionError, match="Trying to backward outside"):
        z.backward()
    with (
        graph.allow_mutation_on_saved_tensors(),
        pytest.raises(RuntimeError, match="cannot be nested"),
        graph.allow_mutation_on_saved_tensors(),
    ):
        pytest.fail("was entered")


# -- edges, nodes, versions ------------------------------------------------------------------------------------------------


def test_edges_take_the_place_of_tensors():
    x = leaf()
    y = x * 2
    edge = graph.get_gradient_edge(y)
    close(autograd.grad((y**2).sum(), edge)[0], 4 * X)
    end = graph.get_gradient_edge((x * 5).sum())
    close(autograd.grad(end, x)[0], [5, 5, 5])
    parts = x.split([1, 2])
    close(autograd.grad(parts[1].prod() * parts[0].sum(), graph.get_gradient_edge(parts[1]))[0], [3, 2])
    (x * 3).sum().backward(inputs=[graph.get_gradient_edge(x)])
    close(x.grad, [3, 3, 3])


def test_an_edge_made_of_a_node():
    x = leaf()
    y = (x * x).sum()
    close(autograd.grad(graph.GradientEdge(y.grad_fn, 0), x)[0], 2 * X)


def test_an_edge_keeps_no_values():
    y = leaf().exp()
    edge = graph.get_gradient_edge(y)
    assert edge.ownership_token.array.base is not None
    assert edge.ownership_token.array.strides == (0,)


def test_what_has_no_edge():
    with pytest.raises(RuntimeError, match="does not require gradients"):
        graph.get_gradient_edge(autograd.ones(2))


def test_nodes_are_nodes():
    x = leaf()
    assert isinstance((x * 2).grad_fn, graph.Node)
    assert isinstance(graph.get_gradient_edge(x).node, graph.Node)
    assert not isinstance(x, graph.Node)


def test_hooks_on_nodes():
    x, log = leaf(), []
    y = x * 2
    y.grad_fn.register_hook(lambda sent, arrived: (log.append(arrived[0].tolist()), (sent[0] * 10, *sent[1:]))[1])
    handle = y.grad_fn.register_prehook(lambda arrived: (arrived[0] * 3,))
    y.sum().backward(retain_graph=True)
    close(x.grad, [60, 60, 60])
    assert log == [[3, 3, 3]]
    handle.remove()
    x.grad = None
    y.sum().backward()
    close(x.grad, [20, 20, 20])


def test_increment_version():
    x = leaf()
    y = x.clone()
    z = (y * y).sum()
    graph.increment_version(y)
    with pytest.raises(RuntimeError, match="'increment_version' at .*test_saved_hooks.py"):
        z.backward()


# -- hooks on several tensors ----------------------------------------------------------------------------------------------


def test_all_gradients_of_a_pass():
    a, b, log = leaf(), leaf(), []
    handle = graph.register_multi_grad_hook(
        (a, b), lambda grads: log.append([None if g is None else g.tolist() for g in grads])
    )
    (a * b).sum().backward()
    (a * 2).sum().backward()
    (b * 3).sum().backward()
    handle.remove()
    (a * b).sum().backward()
    assert log == [[[1, 2, 3], [1, 2, 3]], [[2, 2, 2], None], [None, [3, 3, 3]]]


def test_any_gradient_of_a_pass():
    a, b, log = leaf(), leaf(), []
    graph.register_multi_grad_hook((a, b), lambda g: log.append(g.tolist()), mode="any")
    (a * b).sum().backward()
    (a * 2).sum().backward()
    assert log in ([[1, 2, 3], [2, 2, 2]],)


def test_only_what_is_asked_for_counts():
    a, b, log = leaf(), leaf(), []
    graph.register_multi_grad_hook((a, b), lambda grads: log.append([g is None for g in grads]))
    autograd.grad((a * b).sum(), a)
    assert log == [[False, True]]


def test_an_unknown_mode():
    with pytest.raises(ValueError, match="Expects mode to be one of"):
        graph.register_multi_grad_hook((leaf(),), print, mode="some")
