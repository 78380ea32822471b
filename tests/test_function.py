"""Custom Functions: what forward and backward are given, what they may return, `jvp`, `vmap`, and the errors."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import autograd
from autograd import Function
from autograd.func import grad, hessian, jacrev, jvp, vmap
from autograd.function import once_differentiable


def leaf(values=(1.0, 2.0, 3.0)):
    return autograd.tensor(values, dtype=autograd.float64, requires_grad=True)


def made(forward, backward, **more):
    """A Function of these static methods."""
    methods = {"forward": forward, "backward": backward, **more}
    return type(
        "Made", (Function,), {name: staticmethod(f) if callable(f) else f for name, f in methods.items()}
    )  # fmt: skip


def close(ours, expected):
    np.testing.assert_allclose(ours.detach().numpy(), expected, rtol=1e-12)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


class Scale(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x, factor=2):
        return x * factor

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.factor = inputs[1]

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None


# -- derivatives -------------------------------------------------------------------------------------------------------


def test_derivatives_of_every_order():
    x = leaf()
    (first,) = autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
    (second,) = autograd.grad(first.sum(), x, create_graph=True)
    (third,) = autograd.grad(second.sum(), x)
    close(first, [3, 12, 27])
    close(second, [6, 12, 18])
    close(third, [6, 6, 6])
    assert autograd.autograd.gradcheck(Cube.apply, x)
    assert autograd.autograd.gradgradcheck(Cube.apply, x)


def test_defaults_and_keywords_count_as_arguments():
    x = leaf()
    Scale.apply(x).sum().backward()
    Scale.apply(x, factor=5).sum().backward()
    close(x.grad, [7, 7, 7])


def test_vjp_is_another_name_for_backward():
    class Five(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 5

    x = leaf()
    Five.apply(x).sum().backward()
    close(x.grad, [5, 5, 5])


def test_several_results_and_arguments():
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y + h, None, g * x - h

    def forward(ctx, x, note, y):
        ctx.save_for_backward(x, y)
        return x * y, x - y

    x, y = leaf(), leaf([4.0, 5.0, 6.0])
    product, difference = made(forward, backward).apply(x, "note", y)
    (product * 2 + difference * 3).sum().backward()
    close(x.grad, 2 * y.detach().numpy() + 3)
    close(y.grad, 2 * x.detach().numpy() - 3)


@pytest.mark.parametrize("materialize", [True, False])
def test_a_result_without_gradient_arrives_as_zeros_or_none(materialize):
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(materialize)
        return x * 2, x * 3

    def backward(ctx, g, h):
        seen.append(h)
        return g

    x = leaf()
    made(forward, backward).apply(x)[0].sum().backward()
    if materialize:
        close(seen[0], [0, 0, 0])
    else:
        assert seen == [None]


def test_what_is_no_tensor_passes_through():
    y, number, word = made(lambda ctx, x: (x * 2, 5, "a"), lambda ctx, g, a, b: g if a is b is None else None).apply(
        leaf()
    )
    assert (number, word) == (5, "a")
    assert y.requires_grad


def test_needs_input_grad():
    seen = []
    f = made(lambda ctx, x, n, y: seen.append(ctx.needs_input_grad) or x * y, lambda ctx, g: (g, None, None))
    f.apply(leaf(), 3, autograd.ones(3))
    assert seen == [(True, False, False)]


def test_results_marked_as_without_gradient():
    def forward(ctx, x):
        order = x.argsort()
        ctx.mark_non_differentiable(order)
        return x * 2, order

    x = leaf()
    y, order = made(forward, lambda ctx, g, _: g * 2).apply(x)
    y.sum().backward()
    assert not order.requires_grad
    close(x.grad, [2, 2, 2])


def test_writing_into_an_input():
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    f = made(forward, lambda ctx, g: g * 3)
    x = leaf()
    y = x * 1
    assert f.apply(y) is y
    y.sum().backward()
    close(y, [2, 3, 4])
    close(x.grad, [3, 3, 3])
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        f.apply(leaf())


def test_an_input_that_is_returned_gets_the_derivative_of_the_function():
    x = leaf()
    y = made(lambda ctx, x: x, lambda ctx, g: g * 3).apply(x)
    y.sum().backward()
    assert y is not x
    close(x.grad, [3, 3, 3])


def test_a_gradient_that_was_broadcast_is_summed():
    x = leaf()
    made(lambda ctx, x: x * 2, lambda ctx, g: g.expand(2, 3)).apply(x).sum().backward()
    close(x.grad, [2, 2, 2])


def test_nothing_is_recorded_where_nothing_is_wanted():
    assert not Cube.apply(autograd.ones(3)).requires_grad
    with autograd.no_grad():
        assert not Cube.apply(leaf()).requires_grad


def test_the_node_knows_the_context():
    y = Scale.apply(leaf(), 7)
    assert y.grad_fn.name() == "ScaleBackward"
    assert y.grad_fn.factor == 7
    assert len(Cube.apply(leaf()).grad_fn.saved_tensors) == 1
    with pytest.raises(AttributeError):
        y.grad_fn.unknown  # noqa: B018


def test_nothing_is_kept_alive():
    y = Cube.apply(leaf() * 1)
    node = weakref.ref(y.grad_fn)
    gc.disable()
    try:
        del y
        assert node() is None
    finally:
        gc.enable()


# -- with the transforms ---------------------------------------------------------------------------------------------------


def test_inside_the_transforms_of_func():
    x = autograd.tensor([1.0, 2.0, 3.0], dtype=autograd.float64)
    close(grad(lambda x: Cube.apply(x).sum())(x), [3, 12, 27])
    close(hessian(lambda x: Cube.apply(x).sum())(x), np.diag([6.0, 12, 18]))
    close(jacrev(Cube.apply)(x), np.diag([3.0, 12, 27]))
    close(jvp(Cube.apply, (x,), (x,))[1], [3, 24, 81])


def test_jvp_is_used_to_push_forward():
    f = made(
        lambda x, y: x * y,
        lambda ctx, g: (g * ctx.saved_tensors[1], g * ctx.saved_tensors[0]),
        setup_context=lambda ctx, inputs, output: (ctx.save_for_backward(*inputs), ctx.save_for_forward(*inputs)),
        jvp=lambda ctx, t, s: 100 * (
            (0 if t is None else t * ctx.saved_tensors[1]) + (0 if s is None else s * ctx.saved_tensors[0])
        ),
    )  # fmt: skip
    x, y = leaf(), leaf([4.0, 5.0, 6.0])
    close(jvp(f.apply, (x, y), (autograd.ones_like(x), y))[1], 100 * (y + x * y).detach().numpy())
    f.apply(x, y).sum().backward()
    close(x.grad, [4, 5, 6])


def test_vmap_by_the_rule_that_is_generated():
    x = autograd.arange(6.0).reshape(2, 3).requires_grad_()
    y = vmap(lambda row: Scale.apply(row, 4))(x)
    y.square().sum().backward()
    close(y, 4 * np.arange(6.0).reshape(2, 3))
    close(x.grad, 32 * np.arange(6.0).reshape(2, 3))
    close(vmap(grad(lambda row: Scale.apply(row, 4).square().sum()))(x), 32 * np.arange(6.0).reshape(2, 3))


def test_vmap_by_a_rule_of_ones_own():
    told = []

    def own(info, in_dims, x, n):
        told.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
        return (x * n).T, 1

    f = made(lambda ctx, x, n: x * n, lambda ctx, g: (g, None), vmap=own)
    close(vmap(f.apply, in_dims=(1, None))(autograd.ones(3, 2), 5), np.full((2, 3), 5.0))
    assert told == [(2, "error", (0, None), (2, 3))]


# -- errors -----------------------------------------------------------------------------------------------------------------


def backward_of(f, *args):
    f.apply(*args).sum().backward()


def doubled(ctx, x):
    return x * 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: backward_of(made(doubled, lambda ctx, g: (g, g)), leaf()), RuntimeError, r"expected 1, got 2"),
        (lambda: backward_of(made(lambda ctx, x, y: x * y, lambda ctx, g: g), leaf(), leaf()), RuntimeError, "expected 2, got 1"),
        (lambda: backward_of(made(doubled, lambda ctx, g: g[:2]), leaf()), RuntimeError, r"got \[2\] but expected shape compatible with \[3\]"),
        (lambda: backward_of(made(doubled, lambda ctx, g: 2.0), leaf()), RuntimeError, r"expected Variable or None \(got float\)"),
        (lambda: backward_of(type("F", (Function,), {"forward": staticmethod(doubled)}), leaf()), NotImplementedError, "either the backward or vjp"),
        (lambda: type("F", (Function,), {}).apply(leaf()), NotImplementedError, "must implement the forward"),
        (lambda: made(lambda ctx, x: ctx.save_for_backward(3), None).apply(leaf()), TypeError, "argument 0 is of type int"),
        (lambda: vmap(Cube.apply)(autograd.ones(2, 3)), RuntimeError, "does not have vmap support.*generate_vmap_rule=True"),
        (
            lambda: vmap(type("F", (Scale,), {"vmap": staticmethod(lambda *a: a)}).apply)(autograd.ones(2, 3)),
            RuntimeError, "both generate_vmap_rule=True and an overridden vmap",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_nodes_are_shown_as_torch_shows_them(torch):
    shown = []
    for library in (torch, autograd):

        class Twice(library.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g * 2

        y = Twice.apply(library.ones(1, requires_grad=True))
        shown.append((repr(y.grad_fn).partition(" at ")[0], repr(y.relu().grad_fn).partition(" at ")[0], repr(y)))
    assert shown[1] == shown[0]


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_functions_of_the_old_kind_are_refused_with_the_cure(torch):
    for library in (torch, autograd):

        class Old(library.autograd.Function):
            def forward(self, x):
                return x

        with pytest.raises(RuntimeError, match="Legacy autograd function with non-static forward method is deprecated"):
            Old()(library.ones(1))
    with pytest.raises(RuntimeError, match=r"call Old\.apply\(\.\.\.\) instead"):
        Old()(autograd.ones(1))


def test_a_second_backward_and_a_changed_value_are_found():
    x = leaf()
    y = Cube.apply(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()
    w = x * 1
    y = Cube.apply(w)
    w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation.*'Cube' saved"):
        y.sum().backward()


def test_once_differentiable():
    f = made(Cube.forward, once_differentiable(Cube.backward))
    x = leaf()
    g = autograd.ones(3, dtype=autograd.float64, requires_grad=True)
    (first,) = autograd.grad(f.apply(x), x, g, create_graph=True)
    close(first, [3, 12, 27])
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def test_agrees_with_torch(torch):
    def program(library):
        class Norm(library.autograd.Function):
            @staticmethod
            def forward(ctx, x, eps):
                length = (x * x).sum(-1, keepdim=True).sqrt() + eps
                ctx.save_for_backward(x, length)
                ctx.eps = eps
                return x / length, length

            @staticmethod
            def backward(ctx, g, h):
                x, length = ctx.saved_tensors
                inner = (g * x).sum(-1, keepdim=True) / length
                return (g - x * (inner - h * length) / (length * (length - ctx.eps))) / length, None

        x = library.tensor(np.random.default_rng(0).standard_normal((3, 4)), requires_grad=True)
        y, length = Norm.apply(x, 0.1)
        (first,) = library.autograd.grad((y * y.exp()).sum() + length.prod(), x, create_graph=True)
        (second,) = library.autograd.grad(first.square().sum(), x)
        return first.detach().numpy(), second.numpy(), y.grad_fn.name()

    for a, b in zip(program(autograd), program(torch), strict=True):
        if isinstance(a, str):
            assert a == b
        else:
            np.testing.assert_allclose(a, b, rtol=1e-10)
