"""The graph that pictures start from, against the engine's own and against what was computed."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.ops.linear import linear
from autograd.view.graph import Role, read_graph

MANY = 10_000


def leaf(values, **options):
    return autograd.tensor(values, requires_grad=True, **options)


def read(*tensors, limit=MANY):
    return read_graph(tensors, limit)


def names(graph):
    return [operation.name for operation in graph.operations]


def random_graph(rng, size):
    """Scalars combined at random, many of them several times."""
    pool = [leaf(float(v)) for v in rng.standard_normal(4)]
    for _ in range(size):
        i, j = rng.integers(0, len(pool), 2)
        pool.append([pool[i] + pool[j], pool[i] * pool[j], pool[i].tanh(), pool[j] - 2.0][rng.integers(0, 4)])
    return autograd.stack(pool[-3:]).sum()


def reachable(root):
    """All nodes by `next_functions`, which PyTorch's users walk along."""
    found, waiting = set(), [root.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [before for before, _ in node.next_functions]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_every_node_once_and_every_edge(seed):
    root = random_graph(np.random.default_rng(seed), 40)
    graph = read(root)
    expected = reachable(root)
    operations = {node for node in expected if node.next_functions}
    assert sorted(id(o.node) for o in graph.operations) == sorted(id(node) for node in operations)
    leaves = [v for v in graph.values if v.role is Role.LEAF]
    assert {v.node for v in leaves} == expected - operations
    assert len(leaves) == len(expected - operations)
    edges = sorted(
        (id(i.value.node), id(o.node)) for o in graph.operations for i in o.inputs if i.value.role is not Role.CONSTANT
    )
    assert edges == sorted((id(b), id(n)) for n in operations for b, _ in n.next_functions if b is not None)
    for operation in graph.operations:
        assert [v.node for v in operation.outputs] == [operation.node]


def test_operations_are_in_the_order_they_happened():
    x = leaf(0.5)
    assert names(read(((x * 2).exp() + x).tanh())) == ["mul", "exp", "add", "tanh"]


def test_a_tensor_used_twice_is_one_tensor():
    x = leaf(3.0)
    (operation,) = read(x * x).operations
    first, second = operation.inputs
    assert first.value is second.value
    assert (first.name, second.name) == ("input", "other")
    assert operation.outputs[0].array == 9


def test_inputs_without_gradient_are_constants_in_their_place():
    x, data = leaf([1.0, 2.0]), autograd.tensor([5.0, 6.0])
    graph = read((data - x) * data - 1)
    constants = [v for v in graph.values if v.role is Role.CONSTANT]
    assert sorted(str(v.array.tolist()) for v in constants) == ["1.0", "[5.0, 6.0]"]  # the data once
    subtraction = graph.operations[0]
    assert [i.value.role for i in subtraction.inputs] == [Role.CONSTANT, Role.LEAF]
    assert subtraction.inputs[0].value.tensor is data
    assert not any(v.takes_grad for v in constants)


def test_an_optional_input_left_out_is_no_constant():
    weight, x = leaf(np.ones((2, 3), np.float32)), autograd.ones(4, 3)
    (operation,) = read(linear(x, weight)).operations
    assert [i.name for i in operation.inputs] == ["input", "weight"]


def test_parameters_are_told_from_other_leaves():
    x = leaf(1.0)
    x.is_parameter = True
    assert [v.role for v in read(x).values] == [Role.PARAMETER]


def test_several_results_belong_to_one_operation():
    x = leaf([1.0, 2.0, 3.0, 4.0, 5.0])
    first, _, last = (x * 1).split(2)
    graph = read(first.sum() * last.sum())
    (split,) = [o for o in graph.operations if o.name == "split"]
    assert [v.index for v in split.outputs] == [0, 2]  # nothing was made of the one between
    assert [v.array.tolist() for v in split.outputs] == [[1.0, 2.0], [5.0]]
    assert [v.shape for v in split.outputs] == [(2,), (1,)]


def test_several_roots_share_what_they_share():
    x = leaf(2.0)
    shared = x.exp()
    a, b = shared * 2, shared + 1
    graph = read(a, b, a)
    assert sorted(names(graph)) == ["add", "exp", "mul"]
    assert [v.tensor for v in graph.outputs] == [a, b]


@pytest.mark.parametrize("tensor", [autograd.tensor([1.0, 2.0]), autograd.tensor(3), leaf([1.0])])
def test_a_tensor_without_operations_is_a_box_by_itself(tensor):
    graph = read(tensor)
    (value,) = graph.values
    assert value.is_output
    assert value.tensor is tensor
    assert graph.operations == []


def test_what_is_gone_leaves_a_trace():
    x = leaf([1.0, 2.0])
    y = x + autograd.ones(500, 2)  # a sum saves neither
    del x
    value, constant = (i.value for i in read(y).operations[0].inputs)
    assert (value.role, value.shape, value.array, value.dtype) == (Role.LEAF, None, None, "")
    assert (constant.role, constant.shape, constant.array) == (Role.CONSTANT, None, None)


def test_large_results_have_a_shape_and_no_numbers():
    x = leaf(np.ones((20, 30), np.float64))
    y = x * 2
    total = y.sum()
    del y
    value = read(total).operations[0].outputs[0]
    assert value.shape == (20, 30)
    assert value.array is None


def test_a_chain_of_many_operations():
    x = y = leaf(1.0)
    for _ in range(100_000):
        y = y + x
    graph = read(y, limit=50)
    assert len(graph.values) + len(graph.operations) == 50
    assert graph.hidden == 100_000 - len(graph.operations)
    assert graph.is_cut
    (orphan,) = graph.orphans
    assert orphan is graph.operations[0].inputs[0].value
    assert float(orphan.array) == graph.hidden + 1


def test_an_operation_on_too_many_tensors():
    leaves = [leaf(float(i)) for i in range(100)]
    graph = read(autograd.stack(leaves), limit=10)
    (operation,) = graph.operations
    assert len(operation.inputs) == 100
    assert [i.value.array.item() for i in operation.inputs if i.value is not None] == [*range(8)]
    assert graph.is_cut
    assert graph.hidden == 0


# -- gradients ----------------------------------------------------------------------------------------------


def test_gradients_are_those_of_backward(rng):
    w, x = leaf(rng.standard_normal((3, 4)).astype(np.float32)), autograd.tensor(rng.standard_normal((5, 3)))
    kept = [h := x.float() @ w, t := h.tanh(), s := t.sum(dim=1), q := s * s, q.mean()]
    before = read(kept[-1])
    assert [v.grad for v in before.values] == [None] * len(before.values)
    assert not any(v.was_passed for v in before.values)
    for tensor in kept:
        tensor.retain_grad()
    kept[-1].backward()
    graph = read(kept[-1])  # of results, only the last is known to be kept: the others' come from the nodes
    expected = {id(t.node): t.grad.numpy() for t in [w, *kept]}
    for value in graph.values:
        if value.takes_grad:
            np.testing.assert_array_equal(value.grad, expected[id(value.node)])
    assert sum(v.takes_grad for v in graph.values) == 6


def test_each_of_several_results_has_its_own_gradient():
    a, b = (leaf([1.0, 2.0, 3.0]) * 1).split([1, 2])
    (a.sum() * 5 + b.sum() * 7).backward()
    graph = read(a.sum() + b.sum())
    found = {v.index: v.grad.tolist() for v in graph.values if v.index is not None}
    assert found == {0: [5.0], 1: [7.0, 7.0]}


def test_a_large_gradient_that_was_not_kept_is_not_mistaken_for_one_to_come():
    x = leaf(np.ones(1000, np.float32))
    y = x * 2
    y.sum().backward()
    value = read(y).operations[0].outputs[0]
    assert value.grad is None
    assert value.was_passed


def test_gradients_are_gone_after_zero_grad():
    x = leaf(2.0)
    (x * x).backward()
    x.grad = None
    assert read(x).values[0].grad is None


def test_no_warning_about_gradients_of_results(recwarn):
    y = leaf(2.0) * 3
    assert read(y).values[0].grad is None
    assert len(recwarn) == 0


# -- values at the time ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [lambda y: y.add_(1), lambda y: y.__setitem__(0, 9.0), lambda y: y[1:].mul_(5), lambda y: y.zero_()]
)
def test_a_result_keeps_the_value_it_had_when_it_is_written_over(change):
    x = leaf([1.0, 2.0])
    y = x * 2
    node = y.grad_fn
    change(y)
    assert y.tolist() != [2.0, 4.0]
    assert node.result.tolist() == [2.0, 4.0]
