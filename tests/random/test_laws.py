"""Random numbers follow their laws: tested with statistics of SciPy, and fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

import autograd
from autograd.random import laws

NAMES = vars(autograd)
"""What a call is looked up in."""

CONTINUOUS = {
    "rand(n)": scipy.stats.uniform(),
    "randn(n)": scipy.stats.norm(),
    "zeros(2, n // 2).t().normal_().reshape(-1)": scipy.stats.norm(),
    "zeros(n).uniform_(-3, 5)": scipy.stats.uniform(-3, 8),
    "zeros(n).normal_(2, 0.5)": scipy.stats.norm(2, 0.5),
    "zeros(n).log_normal_(0.5, 0.7)": scipy.stats.lognorm(0.7, scale=math.exp(0.5)),
    "zeros(n).exponential_(3)": scipy.stats.expon(scale=1 / 3),
    "zeros(n).cauchy_(1, 2)": scipy.stats.cauchy(1, 2),
}


@pytest.mark.parametrize("call", CONTINUOUS)
def test_numbers_follow_their_law(call):
    numbers = eval(call, {**NAMES, "n": 20000}).numpy()
    assert scipy.stats.kstest(numbers, CONTINUOUS[call].cdf).pvalue > 1e-3


DISCRETE = {
    "randint(3, 9, (n,))": scipy.stats.randint(3, 9),
    "zeros(n).geometric_(0.4)": scipy.stats.geom(0.4),
    "zeros(n).bernoulli_(0.2)": scipy.stats.bernoulli(0.2),
    "bernoulli(full((n,), 0.7))": scipy.stats.bernoulli(0.7),
    "poisson(full((n,), 2.5))": scipy.stats.poisson(2.5),
    "poisson(full((n,), 20.0))": scipy.stats.poisson(20),
    "binomial(full((n,), 7.0), full((n,), 0.7))": scipy.stats.binom(7, 0.7),
    "binomial(full((n,), 50.0), full((n,), 0.4))": scipy.stats.binom(50, 0.4),
    "multinomial(tensor([0.0, 1.0, 1.0]), n, True)": scipy.stats.randint(1, 3),
    "multinomial(tensor([[1.0, 1.0, 0.0]]).expand(n, 3), 1).reshape(-1)": scipy.stats.randint(0, 2),
}


@pytest.mark.parametrize("call", DISCRETE)
def test_counts_follow_their_law(call):
    n = 20000
    numbers = eval(call, {**NAMES, "n": n}).numpy()
    values = np.arange(numbers.max() + 1)
    expected = n * DISCRETE[call].pmf(values)
    common = expected > 5
    assert np.isin(numbers, values[DISCRETE[call].pmf(values) > 0]).all()
    observed = np.array([(numbers == value).sum() for value in values[common]])
    observed, expected = (np.append(counts, n - counts.sum() + 1e-9) for counts in (observed, expected[common]))
    assert scipy.stats.chisquare(observed, expected).pvalue > 1e-3


def test_without_replacement_no_index_comes_twice():
    weights = autograd.tensor([[0.0, 1.0, 2.0, 3.0]]).expand(500, 4)
    drawn = np.sort(autograd.multinomial(weights, 3).numpy(), axis=1)
    assert (drawn == [1, 2, 3]).all()


def test_permutations_are_permutations():
    assert sorted(autograd.randperm(1000).tolist()) == list(range(1000))
    orders = {tuple(autograd.randperm(3).tolist()) for _ in range(200)}
    assert len(orders) == 6


@pytest.mark.parametrize("d", [autograd.float32, autograd.float64, autograd.float16])
def test_bounds(d):
    numbers = autograd.rand(50000, dtype=d).numpy()
    assert numbers.min() >= 0
    assert numbers.max() < 1
    numbers = autograd.empty(50000, dtype=d).uniform_(-2, 3).numpy()
    assert numbers.min() >= -2
    assert numbers.max() < 3


def test_certain_and_impossible():
    p = autograd.tensor([0.0, 1.0]).expand(100, 2)
    assert (autograd.bernoulli(p) == p).all()
    assert autograd.zeros(100).bernoulli_(1).sum() == 100
    assert autograd.zeros(100).bernoulli_(0).sum() == 0
    assert autograd.randint(4, 5, (10,)).tolist() == [4] * 10
    assert autograd.normal(3, 0, (40,)).tolist() == [3.0] * 40


def test_memory_order_of_what_has_no_steps():
    """An expanded dimension keeps its place; the others go from large steps to small ones."""
    assert laws.memory_order(np.empty((2, 3, 4)).transpose(2, 0, 1).strides) == (1, 2, 0)
    assert laws.memory_order(np.broadcast_to(np.empty((3, 1)), (3, 5)).strides) == (0, 1)
    assert laws.memory_order(np.broadcast_to(np.empty(5), (3, 5)).strides) == (0, 1)
