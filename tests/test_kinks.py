"""Gradients where there is no derivative, or a formula for it breaks down: at ties, at kinks, at 0 / 0 and with NaN.

What stands there is agreed upon rather than derived, so finite differences can't check it. The rules of the game: those
who are equal share, at a kink the gradient is one between those of both sides, and what a mask or a factor 0 hides
gets 0. They are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd.registry import OPS

INF, NAN = np.inf, np.nan


class Kink(NamedTuple):
    """An op, a call that uses it, what it is called with, and the gradient of three times the sum by each of these, divided by 3."""

    op: str
    call: Callable[..., Any]
    inputs: tuple[Any, ...]
    gradients: tuple[Any, ...]
    like_torch: bool = True


KINKS = [
    # who is equal shares
    Kink("maximum", lambda t, x, y: t.maximum(x, y),
         ([1, 2, 3, NAN, 0], [1, 0, 5, 0, NAN]), ([0.5, 1, 0, 1, 1], [0.5, 0, 1, 1, 1])),
    Kink("minimum", lambda t, x, y: t.minimum(x, y),
         ([1, 2, 3, NAN, 0], [1, 0, 5, 0, NAN]), ([0.5, 0, 1, 1, 1], [0.5, 1, 0, 1, 1])),
    Kink("fmax", lambda t, x, y: t.fmax(x, y), ([1, NAN, 3], [1, 0, 5]), ([1, 0, 0], [0, 1, 1])),
    Kink("fmin", lambda t, x, y: t.fmin(x, y), ([1, NAN, 3], [1, 0, 5]), ([1, 0, 1], [0, 1, 0])),
    Kink("amax", lambda t, x: t.amax(x, 1), ([[1, 1, 0], [2, 0, 3]],), ([[0.5, 0.5, 0], [0, 0, 1]],)),
    Kink("amin", lambda t, x: t.amin(x, 1), ([[1, 1, 2], [2, 0, 3]],), ([[0.5, 0.5, 0], [0, 1, 0]],)),
    Kink("scatter_extreme", lambda t, x, y: t.scatter_reduce(x, 0, t.tensor([0, 0, 1]), y, "amax"),
         ([1, 3, 7], [1, 0, 3]), ([0.5, 0.5, 1], [0.5, 0, 0.5])),
    # the first of equals, and the last NaN
    Kink("max_pool", lambda t, x: t.nn.functional.max_pool2d(x, 2), ([[[1, 1], [1, 1]]],), ([[[1, 0], [0, 0]]],)),
    Kink("max_pool", lambda t, x: t.nn.functional.max_pool2d(x, 2), ([[[0, NAN], [2, 1]]],), ([[[0, 1], [0, 0]]],)),
    Kink("max_pool", lambda t, x: t.nn.functional.max_pool2d(x, 2, padding=1), ([[[INF]]],), ([[[1]]],)),
    Kink("max_pool", lambda t, x: t.nn.functional.max_pool2d(x, 2, padding=1), ([[[-INF]]],), ([[[1]]],)),
    Kink("max_pool", lambda t, x: t.nn.functional.max_pool2d(x, 2, padding=1), ([[[INF, NAN]]],), ([[[1, 1]]],)),
    # kinks
    Kink("relu", lambda t, x: t.relu(x), ([-1, 0, 1],), ([0, 0, 1],)),
    Kink("relu6", lambda t, x: t.nn.functional.relu6(x), ([0, 5, 6, 6.5],), ([0, 1, 0, 0],)),
    Kink("elu", lambda t, x: t.nn.functional.elu(x, 0.5), ([0, 0.5],), ([0.5, 1],)),
    Kink("abs", lambda t, x: t.abs(x), ([-1, 0, 1],), ([-1, 0, 1],)),
    Kink("copysign", lambda t, x, y: t.copysign(x, y), ([0, 1, -1], [1, -1, -1]), ([0, -1, 1], [0, 0, 0])),
    Kink("l1_loss", lambda t, x, y: t.nn.functional.l1_loss(x, y, reduction="sum"),
         ([1, 2, 3], [1, 0, 5]), ([0, 1, -1], [0, -1, 1])),
    Kink("sgn", lambda t, x: t.sgn(t.complex(x, x * 0)).real, ([0, 2],), ([0, 0],)),
    # 0 times infinity, 0 / 0
    Kink("sinc", lambda t, x: t.sinc(x), ([0, 1],), ([0, -1],)),
    Kink("std", lambda t, x: t.std(x), ([2, 2],), ([0, 0],)),
    Kink("atan2", lambda t, x, y: t.atan2(x, y), ([0, 1], [0, 1]), ([0, 0.5], [0, -0.5])),
    Kink("pow_tensor", lambda t, x, y: x**y, ([0, 0, 0, 1], [0, 2, -1, 0]), ([0, 0, -INF, 0], [0, 0, -INF, 0])),
    Kink("xlogy", lambda t, x, y: t.xlogy(x, y), ([0, 0, 2], [0, 0.5, 0]), ([0, -np.log(2), -INF], [NAN, 0, INF])),
    Kink("xlogy", lambda t, x, y: t.xlogy(x, y), ([0, 2], [2, 1]), ([np.log(2), 0], [0, 2])),
    Kink("xlog1py", lambda t, x, y: t.special.xlog1py(x, y), ([0, 0, 2], [-1, -0.5, -1]),
         ([0, -np.log(2), -INF], [NAN, 0, INF])),
    Kink("logsumexp", lambda t, x: t.logsumexp(x, 0), ([-INF, -INF],), ([0, 0],), like_torch=False),
    Kink("i1", lambda t, x: t.special.i1(x), ([0],), ([0.5],)),
    Kink("i1e", lambda t, x: t.special.i1e(x), ([0],), ([0.5],)),
    Kink("eigh", lambda t, x: t.linalg.eigh(x)[0], ([[0, 0], [0, 0]],), ([[1, 0], [0, 1]],)),
    Kink("det", lambda t, x: t.linalg.det(x), ([[1, 2], [3, 6]],), ([[6, -3], [-2, 1]],), like_torch=False),
    Kink("det", lambda t, x, y: t.linalg.det(t.complex(x, y)).real,
         ([[1, 0], [3, 0]], [[0, 2], [0, 6]]), ([[0, -3], [0, 1]], [[-6, 0], [2, 0]]), like_torch=False),
    Kink("det", lambda t, x: t.linalg.det(x), ([[[[1, 2], [3, 6]]]],), ([[[[6, -3], [-2, 1]]]],), like_torch=False),
    Kink("det", lambda t, x: t.linalg.det(x),
         ([[2, 0, 0], [0, 3, 0], [0, 0, 0]],), ([[0] * 3, [0] * 3, [0, 0, 6]],), like_torch=False),
    Kink("scatter_product", lambda t, x, y: t.scatter_reduce(x, 0, t.tensor([0, 1, 1, 2]), y, "prod"),
         ([0, 2, 0], [3, 0, 5, 0]), ([3, 0, 0], [0, 10, 0, 0])),
    # what is masked
    Kink("embedding", lambda t, w: t.nn.functional.embedding(t.tensor([0, 1, 2, 0]), w, padding_idx=1),
         ([[1, 2], [3, 4], [5, 6]],), ([[2, 2], [0, 0], [1, 1]],)),
    Kink("embedding", lambda t, w: t.nn.functional.embedding(t.tensor([0, 1, 2, 0]), w, padding_idx=0),
         ([[1, 2], [3, 4], [5, 6]],), ([[0, 0], [1, 1], [1, 1]],)),
]  # fmt: skip

each_kink = pytest.mark.parametrize("kink", KINKS, ids=[f"{kink.op}-{place}" for place, kink in enumerate(KINKS)])


def gradients_at(kink, library):
    """A third of the gradients of three times the sum of the results: a rule must multiply by what arrives."""
    inputs = [library.tensor(values, dtype=library.float64, requires_grad=True) for values in kink.inputs]
    (3 * kink.call(library, *inputs)).sum().backward()
    return [x.grad.numpy() / 3 for x in inputs]


@each_kink
def test_gradient_at_a_kink(kink):
    assert kink.op in OPS
    for found, expected in zip(gradients_at(kink, autograd), kink.gradients, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


@each_kink
def test_it_is_torchs(kink, torch):
    if not kink.like_torch:
        pytest.skip("PyTorch's gradient is NaN (logsumexp), or 0, which is wrong (det)")
    for found, expected in zip(gradients_at(kink, torch), kink.gradients, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
@pytest.mark.parametrize(("size", "rank"), [(1, 0), (2, 1), (3, 1), (3, 2), (4, 3)])
def test_second_derivatives_of_determinants_of_singular_matrices(size, rank, dtype):
    """A determinant is quadratic along two directions, so a difference quotient is as good as exact."""
    rng = np.random.default_rng(size + rank)
    parts = [rng.normal(size=(2, *shape)) for shape in ((size, rank), (rank, size))]
    left, right = ((re + 1j * im).astype(dtype) if dtype is np.complex128 else re for re, im in parts)
    x, (u, v) = np.stack([left @ right] * 5), rng.normal(size=(2, 5, size, size))
    step = 1e-3

    def along(a, b):
        return np.linalg.det(x + step * (a * u + b * v)).sum().real

    expected = (along(1, 1) - along(1, -1) - along(-1, 1) + along(-1, -1)) / (4 * step**2)
    point = autograd.tensor(x, requires_grad=True)
    value = autograd.linalg.det(point).sum()
    (first,) = autograd.grad(value.real if point.is_complex() else value, point, create_graph=True)
    first = first.real if point.is_complex() else first
    (second,) = autograd.grad((first * autograd.tensor(u)).sum(), point)
    assert (second.numpy().real * v).sum() == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("count", [3, 6000])
def test_where_takes_bytes_for_truth_values(count):
    condition = autograd.tensor([0, 1, 2] * (count // 3), dtype=autograd.uint8)
    x, y = autograd.ones(count, requires_grad=True), autograd.zeros(count, requires_grad=True)
    with pytest.warns(UserWarning, match="uint8 condition"):
        chosen = autograd.where(condition, x * 3, y)
    chosen.sum().backward()
    assert chosen.tolist() == [0, 3, 3] * (count // 3)
    assert x.grad.tolist() == [0, 3, 3] * (count // 3)
    assert y.grad.tolist() == [1, 0, 0] * (count // 3)
