"""no_grad and its kin: as contexts, decorators, calls and generators; nested, and with exceptions."""

from __future__ import annotations

import pytest

import autograd
from autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled


def recorded():
    return (autograd.ones(1, requires_grad=True) * 2).requires_grad


def test_contexts_nest():
    assert recorded()
    with no_grad():
        assert not recorded()
        with enable_grad():
            assert recorded()
            with set_grad_enabled(False):
                assert not recorded()
            assert recorded()
        assert not recorded()
    assert recorded()


def test_a_context_is_left_by_an_exception():
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0  # noqa: B018
    assert recorded()


def test_the_same_context_may_be_entered_again():
    off = no_grad()
    with off:
        with off:
            assert not recorded()
        assert not recorded()
    assert recorded()


def documented(value):
    """Documented."""
    return value, recorded()


@pytest.mark.parametrize(
    "decorate",
    [
        lambda f: no_grad(f),
        lambda f: no_grad()(f),
        lambda f: set_grad_enabled(False)(f),
        lambda f: inference_mode(f),
        lambda f: inference_mode()(f),
    ],
)
def test_as_decorators(decorate):
    function = decorate(documented)
    assert recorded()  # nothing is switched until the function runs
    assert function(3) == (3, False)
    assert recorded()
    assert function.__name__ == "documented"
    assert function.__doc__ == "Documented."


def test_decorated_generator_has_the_mode_only_while_it_runs():
    @no_grad()
    def numbers():
        assert not recorded()
        got = yield 1
        assert not recorded()
        assert got == "sent"
        try:
            yield 2
        except ValueError:
            assert not recorded()
            yield 3
        return "done"

    running = numbers()
    assert next(running) == 1
    assert recorded()
    assert running.send("sent") == 2
    assert recorded()
    assert running.throw(ValueError()) == 3
    assert recorded()
    with pytest.raises(StopIteration, match="done"):
        next(running)
    assert recorded()


def test_closing_a_decorated_generator():
    closed = []

    @no_grad()
    def numbers():
        try:
            yield 1
        finally:
            closed.append(recorded())

    running = numbers()
    next(running)
    running.close()
    assert closed == [False]
    assert recorded()


def test_set_grad_enabled_as_a_call():
    set_grad_enabled(False)
    try:
        assert not recorded()
        assert not is_grad_enabled()
    finally:
        set_grad_enabled(True)
    assert recorded()


def test_classes_are_not_decorated():
    with pytest.raises(TypeError, match="not the class"):
        no_grad()(int)


def test_requires_grad_can_be_set_under_no_grad():
    with no_grad():
        x = autograd.ones(2, requires_grad=True)
        y = x * 2
        assert x.requires_grad
        assert not y.requires_grad
        assert y.is_leaf
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_updates_under_no_grad_leave_a_leaf_a_leaf():
    w = autograd.ones(2, requires_grad=True)
    (w * 3).sum().backward()
    with no_grad():
        w -= 0.1 * w.grad
    assert w.is_leaf
    assert w.requires_grad
    assert w.tolist() == pytest.approx([0.7, 0.7])


# -- inference mode -----------------------------------------------------------------------------------------


def test_inference_tensors_can_not_be_saved_for_a_gradient():
    w = autograd.ones(2, requires_grad=True)
    with inference_mode():
        x = w * 2
        assert x.is_inference()
        assert not is_grad_enabled()
        assert autograd.is_inference_mode_enabled()
    assert not autograd.is_inference_mode_enabled()
    with pytest.raises(RuntimeError, match=r"Inference tensors cannot be saved for backward.*clone\(\)"):
        (w * x).sum().backward()
    assert (w + x).requires_grad  # which saves nothing
    (w * x.clone()).sum().backward()
    assert w.grad.tolist() == [2.0, 2.0]


def test_inference_tensors_can_not_be_changed_outside():
    with inference_mode():
        x = autograd.ones(2)
        x += 1
    with pytest.raises(RuntimeError, match="Inplace update .* to inference tensor outside InferenceMode"):
        x += 1
    assert x.tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="inference tensor outside InferenceMode"):
        x.requires_grad_()


def test_inference_mode_can_be_switched_off():
    with inference_mode(False):
        assert recorded()
    with inference_mode(), inference_mode(mode=False):
        assert recorded()
        assert not autograd.ones(1).is_inference()


def test_inference_like_torch(torch):
    found = []
    for library in (torch, autograd):
        w = library.ones(2, requires_grad=True)
        with library.inference_mode():
            made, of_leaf, view = library.ones(2), w * 2, w[0]
        row = [made.is_inference(), of_leaf.is_inference(), w.is_inference(), view.is_inference()]
        row += [made.requires_grad, of_leaf.requires_grad, made.clone().is_inference(), made[0].is_inference()]
        assert not (w * 2).detach().is_inference()  # a view made in inference mode does not mark its base
        found.append(row)
    assert found[0] == found[1]
