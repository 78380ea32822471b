"""`autograd.functional`: Jacobians, Hessians and their products, with every option, against PyTorch and closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd
from autograd.autograd import functional

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal(3), RNG.standard_normal(2)

FUNCTIONS = {
    "one": (lambda lib, x: (x**3) * x.sum(), (X,)),
    "two": (lambda lib, x, y: (x * y.sum(), (x.sin() * y[0]).sum()), (X, Y)),
    "unused": (lambda lib, x, y: x * 2, (X, Y)),
    "constant": (lambda lib, x: lib.ones(2, dtype=lib.float64), (X,)),
    "linear": (lambda lib, x: x.sum(), (X,)),
    "scalar": (lambda lib, x: (x**3).sum() * x[0], (X,)),
    "scalar of two": (lambda lib, x, y: (x**3).sum() * y.sum() ** 2, (X, Y)),
}
OPTIONS = [
    {"create_graph": create_graph, "strict": strict} for create_graph, strict in itertools.product((False, True), repeat=2)
]  # fmt: skip


def plain(result):
    """Nested results as arrays, and whether they are part of a graph."""
    if isinstance(result, (tuple, list)):
        return [plain(item) for item in result]
    return result.detach().numpy(), result.requires_grad


def outcome(run):
    """What a call gives: its results, or the type of its error."""
    try:
        return plain(run())
    except (RuntimeError, TypeError) as error:
        return type(error)


def same(ours, theirs):
    """Assert that two outcomes agree."""
    if isinstance(theirs, list):
        assert isinstance(ours, list)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    elif isinstance(theirs, tuple):
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-10, atol=1e-12)
        assert ours[1] == theirs[1]
    else:
        assert ours is theirs


def inputs_of(library, arrays, requires_grad):
    tensors = tuple(library.tensor(array).requires_grad_(requires_grad) for array in arrays)
    return tensors if len(tensors) > 1 else tensors[0]


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"])
@pytest.mark.parametrize(("function", "arrays"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_agrees_with_torch(function, arrays, name, options, requires_grad, torch):
    def run(library):
        def f(*xs):
            return function(library, *xs)

        xs = inputs_of(library, arrays, requires_grad)
        if name in ("jacobian", "hessian"):
            return getattr(library.autograd.functional, name)(f, xs, **options)
        targets = f(*(xs if isinstance(xs, tuple) else (xs,))) if name == "vjp" else xs
        if isinstance(targets, tuple):
            v = tuple(library.ones_like(t) * 2 for t in targets)
        else:
            v = library.ones_like(targets) * 2
        return getattr(library.autograd.functional, name)(f, xs, v.detach() if hasattr(v, "detach") else v, **options)

    same(outcome(lambda: run(autograd)), outcome(lambda: run(torch)))


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", ["one", "two", "unused", "constant", "linear"])
def test_vectorized_jacobians_are_the_same(name, create_graph, strategy):
    function, arrays = FUNCTIONS[name]
    xs = inputs_of(autograd, arrays, True)
    f = lambda *xs: function(autograd, *xs)  # noqa: E731
    together = functional.jacobian(f, xs, create_graph, vectorize=True, strategy=strategy)
    for (a, _), (b, _) in zip(leaves(plain(together)), leaves(plain(functional.jacobian(f, xs))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    if name == "one":
        assert together.requires_grad is create_graph


def leaves(nested):
    return [leaf for item in nested for leaf in leaves(item)] if isinstance(nested, list) else [nested]


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
def test_vectorized_hessians_are_the_same(strategy):
    function, arrays = FUNCTIONS["scalar of two"]
    xs = inputs_of(autograd, arrays, False)
    f = lambda *xs: function(autograd, *xs)  # noqa: E731
    together = functional.hessian(f, xs, vectorize=True, outer_jacobian_strategy=strategy)
    for (a, _), (b, _) in zip(leaves(plain(together)), leaves(plain(functional.hessian(f, xs))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_closed_forms():
    x, v = autograd.tensor(X), autograd.tensor(X + 1)
    close(functional.jacobian(lambda x: x**2, x), np.diag(2 * X))
    close(functional.hessian(lambda x: (x**3).sum(), x), np.diag(6 * X))
    close(functional.hvp(lambda x: (x**3).sum(), x, v)[1], 6 * X * (X + 1))
    close(functional.vhp(lambda x: (x**3).sum(), x, v)[1], 6 * X * (X + 1))
    close(functional.vjp(lambda x: x.sum(), x)[1], np.ones(3))
    value, moved = functional.jvp(lambda x: x.exp(), x, v)
    close(value, np.exp(X))
    close(moved, np.exp(X) * (X + 1))
    assert functional.jacobian(lambda x: x[:0], x).shape == (0, 3)


def close(ours, expected):
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12)


def test_the_graph_is_kept_if_asked_for():
    x = autograd.tensor(X, requires_grad=True)
    functional.jacobian(lambda x: x**3, x, create_graph=True).sum().backward()
    close(x.grad, 6 * X)
    assert not functional.jacobian(lambda x: x**3, x).requires_grad


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: functional.vjp(lambda x: x * 2, x), RuntimeError, "The vector v can only be None if"),
        (lambda x: functional.jvp(lambda x: x * 2, x), RuntimeError, "The vector v can only be None if"),
        (lambda x: functional.vjp(lambda x: x * 2, x, x[:2]), RuntimeError, r"invalid size: should be \(3,\) but got \(2,\)"),
        (lambda x: functional.vjp(lambda x: x * 2, x, (x, x)), RuntimeError, "should have 1 tensors.*but got 2"),
        (lambda x: functional.vjp(lambda x: 2, x), TypeError, "The outputs given to vjp must be either a Tensor"),
        (lambda x: functional.jacobian(lambda x: x, 2), TypeError, "The inputs given to jacobian must be"),
        (lambda x: functional.hessian(lambda x: x * 2, x), RuntimeError, "should contain a single element"),
        (lambda x: functional.jacobian(lambda x: x, x, strategy="some"), AssertionError, "Expected strategy to be either"),
        (lambda x: functional.hessian(lambda x: x.sum(), x, outer_jacobian_strategy="a"), AssertionError, "Expected strategy"),
        (lambda x: functional.jacobian(lambda x: x, x, strict=True, vectorize=True), RuntimeError, "not supported together"),
    ],
)  # fmt: skip
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(autograd.tensor(X))
