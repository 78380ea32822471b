"""The float32 gelu, which has a formula of its own, against SciPy's error function in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

import autograd
import nn.functional as F


def exact(x):
    """x Phi(x) and its derivative, in float64."""
    x = x.astype(np.float64)
    cdf = 0.5 * special.erfc(-x / math.sqrt(2))
    return x * cdf, cdf + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def ours(array):
    """The result and the gradient of its sum."""
    x = autograd.tensor(array, requires_grad=True)
    z = F.gelu(x)
    z.sum().backward()
    return z.detach().numpy(), x.grad.numpy()


def test_is_as_exact_as_floats_allow():
    """Over so many numbers that they are worked on in pieces. Rounding alone makes up half of the bounds."""
    x = np.linspace(-13, 13, 400_001, dtype=np.float32)
    for got, expected, bound in zip(ours(x), exact(x), (6e-7, 5e-7), strict=True):
        assert got.dtype == np.float32
        assert np.abs(got - expected).max() < bound


def test_is_no_worse_than_pytorchs(torch):
    x = np.linspace(-13, 13, 400_001, dtype=np.float32)
    theirs = torch.nn.functional.gelu(torch.tensor(x)).numpy()
    expected, _ = exact(x)
    assert np.abs(ours(x)[0] - expected).max() <= np.abs(theirs - expected).max()


@pytest.mark.parametrize("shape", [(), (0, 3), (3, 1)])
def test_any_shape_and_layout(shape, rng):
    x = np.asarray(rng.normal(size=shape), np.float32)
    np.testing.assert_allclose(ours(x)[0], exact(x)[0], atol=1e-6)
    turned = np.asarray(rng.normal(size=(300, 400)), np.float32).T
    for got, expected in zip(ours(turned), exact(turned), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_far_out_and_without_numbers():
    x = np.array([1e30, -1e30, np.inf, 3e38, np.nan], np.float32)
    z, slope = ours(x)
    np.testing.assert_array_equal(z, np.array([1e30, -0.0, np.inf, 3e38, np.nan], np.float32))
    np.testing.assert_array_equal(slope[:2], [1, 0])
