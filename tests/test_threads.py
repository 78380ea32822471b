"""Several threads at once: gradients of shared parameters add up exactly, and what one thread chooses is its own."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import forward_ad, modes
from autograd.autograd import graph
from autograd.compiled.running import accumulate

THREADS, ROUNDS = 4, 40


@pytest.fixture(autouse=True)
def quick_switches():
    """Let Python go from thread to thread much more often than it does by itself."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work, count=THREADS):
    """Run `work(number)` in so many threads that start together; their results. An error in one is raised here."""
    barrier, results, errors = threading.Barrier(count), [None] * count, []

    def run(number):
        try:
            barrier.wait()
            results[number] = work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


# -- gradients ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "rounds"), [((), ROUNDS), ((3,), ROUNDS), ((1000, 1000), 10)])
def test_gradients_of_a_shared_leaf_add_up_exactly(shape, rounds):
    """Also of such as NumPy adds in parallel; and with none there at first."""
    w = autograd.ones(shape, dtype=autograd.float64, requires_grad=True)

    def work(number):
        for _ in range(rounds):
            (w * float(number + 1)).sum().backward()

    in_threads(work)
    total = rounds * THREADS * (THREADS + 1) // 2  # a sum of whole numbers, in any order
    assert np.array_equal(w.grad, np.full(shape, float(total)))


def test_first_gradients_that_come_at_the_same_time():
    leaves = [autograd.ones(2, requires_grad=True) for _ in range(200)]
    in_threads(lambda number: [leaf.sum().backward() for leaf in leaves])
    assert [leaf.grad.tolist() for leaf in leaves] == [[THREADS] * 2] * len(leaves)


def test_recorded_gradients_add_up_too():
    w = autograd.tensor(2.0, requires_grad=True)

    def work(number):
        for _ in range(ROUNDS):
            (w * w).backward(create_graph=True)

    in_threads(work)
    assert w.grad.item() == 4 * ROUNDS * THREADS
    (second,) = autograd.grad(w.grad, w)
    assert second.item() == 2 * ROUNDS * THREADS
    w.grad = None


def test_gradients_of_compiled_functions_add_up():
    w = autograd.zeros(1000, requires_grad=True)
    in_threads(lambda number: [accumulate(w, np.ones(1000, np.float32)) for _ in range(ROUNDS)])
    assert w.grad.unique().tolist() == [ROUNDS * THREADS]


def test_chosen_inputs_and_retained_gradients_add_up():
    x = autograd.ones(50, requires_grad=True)
    y = x * 1
    y.retain_grad()

    def work(number):
        for _ in range(ROUNDS):
            (y * 2).sum().backward(retain_graph=True)
            (x * 3).sum().backward(inputs=[x])

    in_threads(work)
    assert y.grad.unique().tolist() == [2 * ROUNDS * THREADS]
    assert x.grad.unique().tolist() == [5 * ROUNDS * THREADS]


def test_threads_walk_back_through_one_graph():
    x = autograd.randn(20, 20, dtype=autograd.float64, requires_grad=True)
    loss = (x @ x).exp().tanh().sum()
    (expected,) = autograd.grad(loss, x, retain_graph=True)
    found = in_threads(lambda number: [autograd.grad(loss, x, retain_graph=True)[0] for _ in range(ROUNDS)])
    assert all(np.array_equal(g, expected) for row in found for g in row)


def test_a_shared_model_learns_from_all_threads():
    """As in "Hogwild" training, but with the gradients of all batches in one step."""
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 10), nn.LayerNorm(10)).double()
    batches = [autograd.randn(2, 1, 6, 6, dtype=autograd.float64) for _ in range(THREADS)]

    def loss(batch):
        return (model(batch) ** 3).sum()

    for batch in batches:
        loss(batch).backward()
    expected = [p.grad.numpy().copy() for p in model.parameters()]
    model.zero_grad()
    in_threads(lambda number: [loss(batches[number]).backward() for _ in range(10)])
    for p, g in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(p.grad, 10 * g, rtol=1e-10, atol=1e-10)
    optim.Adam(model.parameters()).step()


def test_forward_in_threads_gives_what_it_gives_alone():
    model = nn.ModuleList([nn.LSTM(3, 4), nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0)])
    inputs = [autograd.randn(5, 2, 3) for _ in range(THREADS)]

    def run(x):
        return model[1](model[0](x)[0]).detach()

    expected = [run(x) for x in inputs]
    found = in_threads(lambda number: [run(inputs[number]) for _ in range(10)])
    assert all(autograd.equal(y, expected[number]) for number, row in enumerate(found) for y in row)
    assert len(model[0]._calls) == len(set(model[0]._calls)) == 1 * THREADS + 10 * THREADS


def test_multi_grad_hooks_see_each_pass_of_one_thread():
    x, y = (autograd.ones(3, requires_grad=True) for _ in range(2))
    seen = []
    handle = graph.register_multi_grad_hook([x, y], seen.append)
    (x * y).sum().backward()
    in_threads(lambda number: (autograd.ones(3, requires_grad=True) ** 2).sum().backward())
    assert len(seen) == 1
    handle.remove()


# -- what each thread has chosen ------------------------------------------------------------------------------

LEAF = autograd.tensor(1.0, requires_grad=True)

CONTEXTS = {
    "no_grad": (autograd.no_grad, autograd.is_grad_enabled),
    "inference_mode": (autograd.inference_mode, autograd.is_inference_mode_enabled),
    "anomaly": (autograd.autograd.detect_anomaly, autograd.is_anomaly_enabled),
    "strict": (autograd.strict_broadcasting, lambda: (autograd.ones(2, 1) + autograd.ones(2)).shape),
    "saved hooks": (
        lambda: graph.saved_tensors_hooks(lambda t: t + 1, lambda t: t),
        lambda: type((LEAF * LEAF).grad_fn.saved).__name__,
    ),
    "disabled hooks": (
        lambda: graph.disable_saved_tensors_hooks("not now"),
        lambda: graph.saved_tensors_hooks(lambda t: t, lambda t: t).__enter__().__exit__(),
    ),
    "forward mode": (forward_ad.dual_level, lambda: len(forward_ad.levels.entered)),
    "device": (lambda: autograd.device("meta"), lambda: autograd.get_default_device()),
    "skipped initialization": (nn.init.skipping, lambda: nn.init.ones_(autograd.zeros(1)).item()),
    "watchers": (modes.Watching, lambda: modes.state.watchers),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_a_thread_does_not_see_the_choices_of_others(name):
    context, look = CONTEXTS[name]

    def seen(number=0):
        try:
            return str(look())
        except RuntimeError as error:
            return str(error)

    outside = seen()
    with context():
        assert seen() != outside
        assert in_threads(seen) == [outside] * THREADS
    assert seen() == outside


def test_modes_that_many_threads_enter_and_leave():
    x = autograd.ones(2, requires_grad=True)

    def work(number):
        for _ in range(ROUNDS * 10):
            with autograd.no_grad():
                assert not (x * 2).requires_grad
            with autograd.inference_mode(number % 2 == 0):
                assert (x * 2).is_inference() == (number % 2 == 0)
            assert (x * 2).requires_grad

    in_threads(work)
    assert modes.shortcut.special == 0


def test_dual_numbers_in_each_thread():
    def work(number):
        for _ in range(ROUNDS):
            with forward_ad.dual_level():
                x = forward_ad.make_dual(autograd.tensor(3.0), autograd.tensor(float(number)))
                assert forward_ad.unpack_dual(x * x).tangent.item() == 6 * number

    in_threads(work)


def test_a_thread_that_ends_inside_a_mode_leaves_nothing_behind():
    """Its mode ends with it; only the count of threads in special modes may not be lost for the others."""
    x = autograd.ones(2, requires_grad=True)

    def work(number):
        with pytest.raises(ZeroDivisionError), autograd.no_grad():
            raise ZeroDivisionError

    in_threads(work)
    assert (x * 2).requires_grad
    assert modes.shortcut.special == 0


def test_function_transforms_in_threads():
    f = autograd.func.vmap(autograd.func.grad(lambda x: (x**3).sum()))
    batch = autograd.randn(4, 3, dtype=autograd.float64)
    expected = f(batch)
    found = in_threads(lambda number: [f(batch) for _ in range(10)])
    assert all(autograd.equal(g, expected) for row in found for g in row)


# -- random numbers -------------------------------------------------------------------------------------------


def test_random_numbers_of_threads():
    """Shared, the generator gives each thread numbers of its own, never the same twice; seeding is no danger."""
    autograd.manual_seed(0)
    rows = [row for found in in_threads(lambda number: [autograd.rand(64) for _ in range(ROUNDS)]) for row in found]
    autograd.manual_seed(0)
    alone = autograd.rand(64 * ROUNDS * THREADS)
    assert sorted(autograd.cat(rows).tolist()) == sorted(alone.tolist())

    def work(number):
        for i in range(ROUNDS):
            if number == 0 and i % 8 == 0:
                autograd.manual_seed(i)
            for draw in (autograd.randn(3), autograd.randn(40), autograd.nn.functional.dropout(autograd.ones(9))):
                assert draw.isfinite().all()
            assert sorted(autograd.randperm(9).tolist()) == list(range(9))
            assert autograd.get_rng_state().numel() == 5056

    in_threads(work)


def test_generators_of_their_own_are_steady():
    def draw(number):
        own = autograd.Generator().manual_seed(number)
        return [autograd.randn(5, generator=own).tolist() for _ in range(ROUNDS)]

    assert in_threads(draw) == [draw(number) for number in range(THREADS)]
