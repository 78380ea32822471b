"""The walk back: order, cost, memory, and what it refuses."""

from __future__ import annotations

import gc
import math
import sys
import threading
import time
import weakref

import numpy as np
import pytest

import autograd
import nn
from autograd.engine import pullback, topological_order
from autograd.graph import AccumulateGrad, Node
from autograd.registry import OPS


def scalar(value, **kwargs):
    return autograd.tensor(value, dtype=autograd.float64, requires_grad=True, **kwargs)


def doubled(x, times):
    for _ in range(times):
        x = x + x
    return x


# -- order --------------------------------------------------------------------------------------------------


def test_newest_first_and_leaves_apart():
    x, w = scalar(2.0), scalar(3.0)
    a = x * w
    b = a.sin()
    c = a + b
    operations, leaves = topological_order([c.node])
    assert operations == [c.node, b.node, a.node]
    assert set(leaves) == {x.node, w.node}


def test_every_node_comes_before_those_it_was_made_from(rng):
    pool = [scalar(float(v)) for v in rng.uniform(0.5, 1.5, 5)]
    for _ in range(200):
        i, j = rng.integers(0, len(pool), 2)
        pool.append((pool[i] * pool[j]).tanh() + pool[i])
    total = sum(pool[-20:])
    operations, _ = topological_order([total.node])
    place = {node: i for i, node in enumerate(operations)}
    for node in operations:
        for edge in node.edges:
            assert edge is None or isinstance(edge, AccumulateGrad) or place[edge] > place[node]


def test_diamond():
    """Two ways from x to the result: their gradients add."""
    x = scalar(3.0)
    a, b = x * 2, x * x
    (a * b).backward()  # 2 x^3
    assert x.grad.item() == 6 * 9


def test_a_value_used_twice_by_one_op():
    x = scalar(3.0)
    (x * x + x).backward()
    assert x.grad.item() == 7.0


def test_a_million_paths_cost_twenty_steps():
    x = scalar(1.0)
    y = doubled(x, 20)
    steps = list(pullback({y.node: np.float64(1)}))
    assert len([node for node, _, sent in steps if sent is not None]) == 20
    y = doubled(x, 20)
    y.backward()
    assert x.grad.item() == 2**20


def test_pullback_shows_what_backward_does():
    """Each step: the node, the gradient that arrived at it, what it sent to each input."""
    x, w = scalar(2.0), scalar(5.0)
    product = x * w
    y = product.exp()
    steps = list(pullback({y.node: np.float64(1)}))
    assert [node for node, _, _ in steps] == [y.node, product.node, x.node, w.node]
    (_, g_y, sent_y), (_, g_product, sent_product), (_, g_x, sent_x), (_, g_w, _) = steps
    assert g_y == 1
    assert sent_y[0] == g_product == math.exp(10)
    assert sent_product == (g_x, g_w) == (5 * math.exp(10), 2 * math.exp(10))
    assert sent_x is None
    assert x.grad is None  # the walk alone accumulates nothing


def test_gradients_that_nobody_wants_are_not_computed(monkeypatch):
    called = []
    rules = dict(OPS["mul"].rules)
    for name, rule in rules.items():
        wrapped = lambda g, *reads, rule=rule, name=name: called.append(name) or rule.function(g, *reads)  # noqa: E731
        monkeypatch.setitem(OPS["mul"].rules, name, rule._replace(function=wrapped))
    OPS["mul"].__dict__.pop("pull", None)
    try:
        constant, x = autograd.tensor(2.0), scalar(3.0).float().detach().requires_grad_()
        (constant * x).backward()
        assert called == ["y"]
    finally:
        OPS["mul"].__dict__.pop("pull", None)


# -- depth and memory ---------------------------------------------------------------------------------------


def chain(length):
    x = scalar(1.0)
    y = x
    for _ in range(length):
        y = y * 1.0
    return x, y


@pytest.mark.parametrize("length", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_long_chains_neither_recurse_forward_nor_back_nor_when_freed(length):
    x, y = chain(length)
    assert sys.getrecursionlimit() < length
    y.backward()
    assert x.grad.item() == 1.0
    del y


def test_a_long_chain_that_is_never_walked_is_freed_without_recursion():
    _, y = chain(100_000)
    end = weakref.ref(y.node)
    del y
    assert end() is None


def test_long_chain_with_create_graph():
    x = scalar(0.5)
    y = x
    for _ in range(2_000):
        y = y.sin()
    (g,) = autograd.grad(y, x, create_graph=True)
    (h,) = autograd.grad(g, x)
    assert 0 < g.item() < 1
    assert h.item() < 0


@pytest.fixture
def no_collector():
    """What refcounting alone does not free stays: so a reference cycle shows."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def watched_graph(**backward):
    """A graph of several kinds of ops, walked back; weak references to all of its nodes."""
    x = autograd.tensor(np.linspace(0.1, 1.0, 12).reshape(3, 4), requires_grad=True)
    y = (x.exp() * x).softmax(1)[:, 1:].sum(0)
    parts = y.split(1)
    z = sum(p.sum() for p in parts) + y.sin().pow(2).sum()
    operations, _ = topological_order([z.node])
    watch = [weakref.ref(node) for node in operations]
    if backward:
        z.backward(**backward)
    return x, watch


@pytest.mark.parametrize("backward", [{}, {"retain_graph": False}, {"retain_graph": True}])
def test_refcounting_alone_frees_the_graph(no_collector, backward):
    x, watch = watched_graph(**backward)
    assert x is not None
    assert [ref for ref in watch if ref() is not None] == []


def test_create_graph_makes_no_cycles(no_collector):
    x, watch = watched_graph(create_graph=True)
    x.grad = None  # the recorded gradient holds the graph, and nothing else does
    assert [ref for ref in watch if ref() is not None] == []


def test_second_derivatives_leave_nothing_behind(no_collector):
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    y = (x**3).sum()
    (g,) = autograd.grad(y, x, create_graph=True)
    (h,) = autograd.grad(g.sum(), x)
    nodes = [weakref.ref(t.node) for t in (y, g)]
    del y, g
    assert [ref() for ref in nodes] == [None, None]
    assert h.tolist() == [6.0, 12.0]


def test_an_activation_that_no_rule_reads_is_freed_with_its_tensor(no_collector):
    x = autograd.ones(1000, requires_grad=True)
    middle = x + 1
    result = middle + 1
    array = weakref.ref(middle.array)
    del middle
    assert array() is None
    result.sum().backward()
    assert x.grad.sum().item() == 1000


def test_saved_values_are_freed_by_backward(no_collector):
    x = autograd.ones(1000, requires_grad=True)
    middle = x.exp()
    array = weakref.ref(middle.array)
    result = (middle * 2).sum()
    del middle
    assert array() is not None  # exp saves its result
    result.backward()
    assert array() is None
    assert result.grad_fn is not None


def test_exception_in_a_hook_leaves_the_graph_usable():
    x = scalar(2.0)
    y = x * x
    armed = [True]

    def hook(g):
        if armed:
            raise ValueError("stop here")

    y.register_hook(hook)
    z = y.sin()
    with pytest.raises(ValueError, match="stop here"):
        z.backward(retain_graph=True)
    assert x.grad is None
    armed.clear()
    z.backward()
    assert x.grad.item() == pytest.approx(math.cos(4) * 4)


# -- walking twice ------------------------------------------------------------------------------------------


def test_the_graph_is_freed_after_backward_unless_retained():
    x = scalar(2.0)
    y = x.exp()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == pytest.approx(2 * math.exp(2))
    with pytest.raises(RuntimeError, match="backward through the graph a second time") as error:
        y.backward()
    text = str(error.value)
    assert "'exp'" in text
    assert "test_engine.py" in text  # where the first backward was
    assert "retain_graph=True" in text
    assert "compute the result again" in text


def test_second_walk_is_refused_even_where_nothing_was_saved():
    x = scalar(2.0)
    y = x + 1
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_second_walk_through_a_shared_part_is_refused():
    x = scalar(2.0)
    shared = x.exp()
    first, second = shared * 2, shared * 3
    first.backward()
    with pytest.raises(RuntimeError, match="the result of 'exp'"):
        second.backward()


def test_grad_frees_only_what_it_walks():
    x, w = scalar(2.0), scalar(3.0)
    a, b = x.exp(), w.exp()
    autograd.grad(a * b, x)
    assert autograd.grad(b, w)[0].item() == pytest.approx(math.exp(3))


def test_create_graph_retains_and_records():
    x = scalar(3.0)
    y = x**3
    y.backward(create_graph=True)
    assert x.grad.requires_grad
    first = x.grad
    (second,) = autograd.grad(first, x, create_graph=True)
    (third,) = autograd.grad(second, x)
    assert (first.item(), second.item(), third.item()) == (27.0, 18.0, 6.0)


def test_constant_second_derivative_is_connected_zero():
    """Of a linear function: zero, not an error."""
    x = scalar(3.0)
    (g,) = autograd.grad(2 * x, x, create_graph=True)
    (h,) = autograd.grad(g, x, allow_unused=True, materialize_grads=True) if g.requires_grad else (autograd.zeros(()),)
    assert h.item() == 0.0


# -- accumulating -------------------------------------------------------------------------------------------


def test_gradients_accumulate_in_place():
    """Whoever holds the gradient sees the sum, as optimizers that keep it do."""
    x = autograd.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    held = x.grad
    (x * 3).sum().backward()
    assert x.grad is held
    assert held.tolist() == [5.0, 5.0, 5.0]


def test_leaves_never_share_a_gradient():
    """`add` sends one array to both its inputs; each leaf must own what it keeps and adds to."""
    x, y = (autograd.zeros(3, requires_grad=True) for _ in range(2))
    (x + y).backward(autograd.ones(3))
    x.grad.add_(5)
    assert y.grad.tolist() == [1.0, 1.0, 1.0]
    assert not np.shares_memory(x.grad.array, y.grad.array)


def test_the_given_gradient_stays_the_callers_own():
    x = autograd.zeros(3, requires_grad=True)
    g = autograd.ones(3)
    for _ in range(2):
        (x + 0).backward(g)
        x.backward(g)
    assert g.tolist() == [1.0, 1.0, 1.0]
    assert x.grad.tolist() == [4.0, 4.0, 4.0]
    assert not np.shares_memory(x.grad.array, g.array)


def test_no_op_lets_a_leaf_alias_what_others_hold(rng):
    """Views of the gradient, the gradient itself, hooks that keep it: the leaf's own stays its own."""
    for change in (lambda t: t + 0, lambda t: t.reshape(6), lambda t: t.T, lambda t: t[:], lambda t: t.sum(0),
                   lambda t: t.expand(2, 2, 3), lambda t: t.clone(), lambda t: -t, lambda t: t.squeeze()):  # fmt: skip
        x = autograd.tensor(rng.normal(size=(2, 3)), requires_grad=True)
        kept = []
        middle = change(x)
        middle.register_hook(kept.append)
        x.register_hook(kept.append)
        g = autograd.tensor(rng.normal(size=tuple(middle.shape)))
        before = g.clone()
        middle.backward(g)
        copies = [t.clone() for t in kept]
        x.grad.mul_(100)
        assert g.equal(before)
        for held, copy in zip(kept, copies, strict=True):
            assert held.equal(copy)


# -- threads ------------------------------------------------------------------------------------------------


def in_threads(work, count=8):
    """Run `work(number)` in several threads at once; what they returned, or the first exception."""
    outcome = [None] * count

    def run(number):
        try:
            outcome[number] = work(number)
        except BaseException as error:
            outcome[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for item in outcome:
        if isinstance(item, BaseException):
            raise item
    return outcome


@pytest.fixture
def eager_switching():
    """Threads that are interrupted as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.parametrize("shape", [(), (1,), (50,), (400, 400)])
def test_backward_from_several_threads_sums_up(shape, eager_switching):
    """No contribution is lost: not the first, which makes the gradient, and none of those that add to it."""
    for _ in range(5):
        x = autograd.ones(shape, dtype=autograd.float64, requires_grad=True)

        def work(number, x=x):
            for _ in range(20):
                (x * (number + 1)).sum().backward()

        in_threads(work)
        assert x.grad.unique().tolist() == [20.0 * sum(range(1, 9))]


def test_grad_mode_is_per_thread():
    started, checked = threading.Event(), threading.Event()

    def work(number):
        if number == 0:
            with autograd.no_grad():
                started.set()
                checked.wait(10)
                return (scalar(1.0) * 2).requires_grad
        started.wait(10)
        recorded = (scalar(1.0) * 2).requires_grad
        checked.set()
        return recorded

    assert in_threads(work, 2) == [False, True]
    assert autograd.is_grad_enabled()


def test_graphs_can_be_built_in_one_thread_and_walked_in_another():
    x = scalar(2.0)
    results = in_threads(lambda n: x * (n + 1), 4)
    in_threads(lambda n: results[n].backward(), 4)
    assert x.grad.item() == 10.0


# -- nodes --------------------------------------------------------------------------------------------------


def test_what_a_node_says(torch):
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    theirs = torch.tensor([1.0, 2.0], requires_grad=True)
    for ours, expected in (
        (x * 2, theirs * 2), (x.sum(), theirs.sum()), (x.sum(0), theirs.sum(0)), (x[0], theirs[0]), (x[:1], theirs[:1]),
        (x.exp(), theirs.exp()), (x.reshape(2, 1), theirs.reshape(2, 1)), (x.view(2, 1), theirs.view(2, 1)), (x**2, theirs**2), (x.clone(), theirs.clone()),
        (x @ x, theirs @ theirs), (x.mean(), theirs.mean()), (x - 1, theirs - 1), (x / 2, theirs / 2),
        (x.reshape(1, 2).T, theirs.reshape(1, 2).T), (x.reshape(1, 2).mT, theirs.reshape(1, 2).mT),
        (x.relu(), theirs.relu()), (x.split(1)[0], theirs.split(1)[0]),
        (x[autograd.tensor([0, 0])], theirs[torch.tensor([0, 0])]), (x.max(0).values, theirs.max(0).values),
        (-x, -theirs), (x.unsqueeze(0), theirs.unsqueeze(0)), (x.softmax(0), theirs.softmax(0)),
    ):  # fmt: skip
        assert ours.grad_fn.name() == expected.grad_fn.name()


SAVING = {
    "mul": (lambda t, a, b: a * b, ("self", "other")), "a number": (lambda t, a, b: a.pow(3), ("self", "exponent")),
    "div": (lambda t, a, b: a / b, ("self", "other")), "dot": (lambda t, a, b: a @ b, ("self", "tensor")),
    "mm": (lambda t, a, b: t.outer(a, b) @ t.outer(a, b), ("self", "mat2")), "exp": (lambda t, a, b: a.exp(), ("result",)),
    "softmax": (lambda t, a, b: a.softmax(0), ("result", "dim")), "log": (lambda t, a, b: a.log(), ("self",)),
}  # fmt: skip


@pytest.mark.parametrize(("make", "names"), SAVING.values(), ids=SAVING)
def test_saved_values_by_the_names_that_torch_has_for_them(torch, make, names):
    found = []
    for library in (torch, autograd):
        a, b = (library.tensor(values, requires_grad=True) for values in ([0.5, 1.0, 2.0], [3.0, -4.0, 5.0]))
        node = make(library, a, b).grad_fn
        found.append([getattr(node, f"_saved_{name}") for name in names])
        with pytest.raises(AttributeError):
            node._saved_nothing  # noqa: B018
        assert not hasattr(node, "saved_self")
    for theirs, ours in zip(*found, strict=True):
        theirs, ours = (value.detach() if hasattr(value, "detach") else value for value in (theirs, ours))
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-6)


def test_saved_values_are_the_tensors_themselves_until_they_are_freed():
    a = autograd.tensor([1.0, 2.0], requires_grad=True)
    node = (a * a).grad_fn
    assert node._saved_self is a
    with autograd.autograd.graph.saved_tensors_hooks(lambda t: t * 10, lambda t: t / 5):
        packed = a.exp()
    assert packed.grad_fn._saved_result.tolist() == pytest.approx((2 * a.exp()).tolist())
    packed.sum().backward()
    with pytest.raises(RuntimeError, match="access saved tensors after they have already been freed"):
        packed.grad_fn._saved_result  # noqa: B018


def test_next_functions_and_metadata():
    x, constant = scalar(1.0), autograd.tensor(2.0, dtype=autograd.float64)
    y = x * constant
    assert isinstance(y.grad_fn, Node)
    ((edge, number), (nothing, _)) = y.grad_fn.next_functions
    assert isinstance(edge, AccumulateGrad)
    assert edge.variable is x
    assert number == 0
    assert nothing is None
    y.grad_fn.metadata["mine"] = 1
    assert y.grad_fn.metadata == {"mine": 1}
    a, b = autograd.tensor([1.0, 2.0], requires_grad=True).split(1)
    assert (a.output_nr, b.output_nr) == (0, 1)
    assert a.grad_fn is b.grad_fn
    assert (b * 2).grad_fn.next_functions[0] == (b.grad_fn, 1)


NAMED = {
    "number - x": lambda t, f, x: 1 - x, "x - number": lambda t, f, x: x - 1, "1 - loss": lambda t, f, x: 1 - x.mean(),
    "vector - x": lambda t, f, x: t.ones(2, 3, 4) - x, "number / x": lambda t, f, x: 2 / x,
    "x / number": lambda t, f, x: x / 2, "vector / x": lambda t, f, x: t.ones(4) / x,
    "transposed convolution": lambda t, f, x: f.conv_transpose1d(x, t.ones(3, 2, 2), t.ones(2)),
    "convolution": lambda t, f, x: f.conv1d(x, t.ones(2, 3, 2), t.ones(2)),
    "smooth_l1_loss": lambda t, f, x: f.smooth_l1_loss(x, t.ones(2, 3, 4), beta=0.5),
    "huber_loss": lambda t, f, x: f.huber_loss(x, t.ones(2, 3, 4)),
    "scatter_reduce": lambda t, f, x: t.zeros(2, 3, 4).scatter_reduce(0, t.zeros(2, 3, 4, dtype=t.long), x, "amax"),
}  # fmt: skip


@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_names_of_nodes_are_torchs(torch, make):
    theirs = make(torch, torch.nn.functional, torch.full((2, 3, 4), 0.5, requires_grad=True))
    ours = make(autograd, nn.functional, autograd.full((2, 3, 4), 0.5, requires_grad=True))
    assert ours.grad_fn.name() == theirs.grad_fn.name()
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6)


def test_gradients_of_leaves_are_contiguous_when_they_are_recorded():
    """Programs flatten them with `view(-1)`, as for products of a Hessian and a vector."""
    layer = nn.Linear(3, 2)
    loss = (layer(autograd.ones(4, 3)) ** 3).sum() + (autograd.ones(4, 3) @ layer.weight.t()).exp().sum()
    weight, bias = autograd.grad(loss, layer.parameters(), create_graph=True)
    assert weight.view(-1).shape == (6,)
    assert weight.requires_grad
    assert bias.shape == (2,)
    expected = autograd.grad((weight**2).sum(), layer.weight, retain_graph=True)[0]
    again = autograd.grad(loss, layer.weight, create_graph=True)[0].view(-1)
    np.testing.assert_allclose(autograd.grad((again * again).sum(), layer.weight)[0], expected)


def test_parameters_may_be_given_as_they_come():
    """A generator of inputs is read once, with constant gradients too."""
    layer = nn.Linear(3, 2)
    constant, _ = autograd.grad(layer(autograd.ones(3)).sum(), layer.parameters(), create_graph=True)
    assert constant.tolist() == [[1.0] * 3] * 2


def test_types_of_nodes_have_their_names():
    """Programs that draw graphs go by `type(node).__name__`."""

    class Twice(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = autograd.tensor([[1.0, 3.0], [2.0, 4.0]], requires_grad=True)
    node, names = Twice.apply((x * x).exp()).max(dim=1)[0].sum().grad_fn, []
    while node is not None:
        assert isinstance(node, autograd.autograd.graph.Node)
        names.append(type(node).__name__)
        node = node.next_functions[0][0] if node.next_functions else None
    assert names == ["SumBackward0", "MaxBackward0", "TwiceBackward", "ExpBackward0", "MulBackward0", "AccumulateGrad"]


def test_dir_of_a_node_lists_what_it_has_saved():
    x = scalar(0.5)
    for result, names in (
        (x * scalar(2.0), ["_saved_other", "_saved_self"]),
        (x.exp(), ["_saved_result"]),
        (x + 1, []),
        (autograd.ones(2, 3, requires_grad=True).sum(1), ["_saved_dim", "_saved_keepdim"]),
    ):
        listed = [name for name in dir(result.grad_fn) if name.startswith("_saved_")]
        assert sorted(set(listed)) == names
        for name in listed:
            getattr(result.grad_fn, name)
    assert "next_functions" in dir(x.exp().grad_fn)


def test_nodes_that_were_looked_at_are_watched_like_others():
    x = scalar(0.5)
    seen, overwritten = x.sigmoid(), x.exp()
    assert type(seen.grad_fn).__name__ == "SigmoidBackward0"
    seen.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        seen.backward()
    assert type(overwritten.grad_fn).__name__ == "ExpBackward0"
    overwritten += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        overwritten.backward()


def test_a_leaf_that_nobody_holds_gets_no_gradient():
    y = scalar(2.0) * 3
    y.backward()
    assert y.grad_fn.next_functions[0][0].variable is None


def test_small_graphs_are_quick():
    """A guard against an accidental factor of ten, not a benchmark."""
    x = scalar(1.0)
    start = time.perf_counter()
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    y.backward()
    assert (time.perf_counter() - start) / 20_000 < 50e-6
