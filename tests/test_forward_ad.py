"""Dual numbers: tangents of what is computed from them, levels, and the errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import Function, forward_ad

X, V = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.5, -2.0])


def double(values):
    return autograd.tensor(values, dtype=autograd.float64)


def close(ours, expected):
    np.testing.assert_allclose(ours.detach().numpy(), expected, rtol=1e-12, atol=1e-14)


PROGRAMS = {
    "elementwise": (lambda x: (x * x).sin(), np.cos(X * X) * 2 * X * V),
    "reduction": (lambda x: x.prod() + x.sum(), np.sum(V * np.prod(X) / X) + V.sum()),
    "softmax": (
        lambda x: x.softmax(0),
        (lambda s: s * (V - (s * V).sum()))(np.exp(X) / np.exp(X).sum()),
    ),
    "matmul": (lambda x: autograd.outer(x, x) @ x, V * (X @ X) + X * 2 * (X @ V)),
    "several results": (lambda x: x.split(1)[2] * x.split(1)[0], np.array([V[2] * X[0] + X[2] * V[0]])),
    "no derivative": (lambda x: x.floor(), np.zeros(3)),
}


@pytest.mark.parametrize(("program", "expected"), PROGRAMS.values(), ids=PROGRAMS)
def test_tangents(program, expected):
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(double(X), double(V))
        value, tangent = forward_ad.unpack_dual(program(dual))
        close(value, program(double(X)).numpy())
        close(autograd.zeros_like(value) if tangent is None else tangent, expected)
        assert not value.requires_grad


def test_two_duals():
    with forward_ad.dual_level() as level:
        assert level == 0
        x, y = forward_ad.make_dual(double(X), double(V)), forward_ad.make_dual(double(X + 1), double(V * 3))
        close(forward_ad.unpack_dual(x * y).tangent, V * (X + 1) + X * V * 3)
        close(forward_ad.unpack_dual(x).tangent, V)
        assert forward_ad.unpack_dual(double(X)).tangent is None


def test_forward_over_reverse():
    x = double(X).requires_grad_()
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, double(V))
        forward_ad.unpack_dual(dual**3).tangent.sum().backward()
    close(x.grad, 6 * X * V)


def test_reverse_inside_forward():
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(double(X), double(V))
        (g,) = autograd.grad((dual**3).sum(), dual, create_graph=True)
        close(forward_ad.unpack_dual(g).tangent, 6 * X * V)


def test_writes_in_place():
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(double(X), double(V))
        y = autograd.zeros(3, dtype=autograd.float64)
        y += dual
        y[0] = 5
        close(forward_ad.unpack_dual(y).tangent, [0, *V[1:]])


def test_tangents_end_with_their_level():
    with forward_ad.dual_level():
        y = forward_ad.make_dual(double(X), double(V)) * 2
    assert forward_ad.unpack_dual(y).tangent is None


def test_custom_jvp():
    class Odd(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x)
            return x * 2

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * ctx.saved_tensors[0] * 100

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(double(X), double(V))
        close(forward_ad.unpack_dual(Odd.apply(dual)).tangent, 100 * X * V)


def test_what_is_refused():
    with pytest.raises(RuntimeError, match="no level exists"):
        forward_ad.make_dual(double(X), double(V))
    with pytest.raises(RuntimeError, match="not the last one that was created"):
        forward_ad.exit_dual_level()
    with forward_ad.dual_level():
        with pytest.raises(RuntimeError, match="Nested forward mode AD is not supported"):
            forward_ad.enter_dual_level()
        with pytest.raises(RuntimeError, match=r"different size.*\[3\].*\[2\]"):
            forward_ad.make_dual(double(X), double(V[:2]))
        with pytest.raises(ValueError, match="Expected primal to be floating point or complex"):
            forward_ad.make_dual(autograd.arange(3), autograd.arange(3))


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
def test_agrees_with_torch(torch, rng):
    x, v = rng.standard_normal((2, 3, 4))

    def program(library, t):
        return library.cat([t.cumsum(0).tanh(), (t @ t.T).exp()[:, :1]], 1).logsumexp(1).var() * t.abs().amax(1)

    def run(library, ad):
        with ad.dual_level():
            dual = ad.make_dual(library.tensor(x), library.tensor(v))
            value, tangent = ad.unpack_dual(program(library, dual))
            return value.detach().numpy(), tangent.numpy()

    for a, b in zip(run(autograd, forward_ad), run(torch, torch.autograd.forward_ad), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)
