"""Bags of embeddings, one-hot vectors, unpooling and pooling at random places, against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn.functional as F
from tests.side_by_side import assert_refused, assert_same

OFFSETS = np.array([0, 2, 2, 6])


@pytest.mark.parametrize("padding_idx", [None, 2, -1])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_embedding_bag(mode, padding_idx, torch, rng):
    table, rows = rng.normal(size=(5, 3)), rng.integers(0, 5, 9)
    options = {"mode": mode, "padding_idx": padding_idx}
    assert_same(torch, lambda f, lib, w, i, o: f.embedding_bag(i, w, o, **options), table, rows, OFFSETS)
    assert_same(torch, lambda f, lib, w, i: f.embedding_bag(i, w, **options), table, rows.reshape(3, 3))
    ends = np.array([0, 2, 2, 9])
    assert_same(
        torch, lambda f, lib, w, i, o: f.embedding_bag(i, w, o, include_last_offset=True, **options), table, rows, ends
    )


def test_embedding_bag_with_factors(torch, rng):
    table, rows, factors = rng.normal(size=(5, 3)), rng.integers(0, 5, 9), rng.normal(size=9)

    def call(f, lib, w, i, o, p):
        return f.embedding_bag(i, w, o, mode="sum", per_sample_weights=p)

    assert_same(torch, call, table, rows, OFFSETS, factors)


def test_gradients_scaled_by_frequency():
    table = autograd.ones(3, 2, requires_grad=True)
    F.embedding_bag(autograd.tensor([[0, 0], [0, 1]]), table, mode="sum", scale_grad_by_freq=True).sum().backward()
    np.testing.assert_allclose(table.grad.numpy(), [[1, 1], [1, 1], [0, 0]])  # three times a third, once one


def test_rows_that_are_too_long_are_shrunk_in_the_table():
    table = autograd.tensor([[3.0, 4.0], [0.3, 0.4]])
    F.embedding_bag(autograd.tensor([[0, 1]]), table, max_norm=1.0)
    np.testing.assert_allclose(table.numpy(), [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)


def test_one_hot(torch):
    classes = np.array([[2, 0], [1, 1]])
    assert_same(torch, lambda f, lib, c: f.one_hot(c), classes)
    assert_same(torch, lambda f, lib, c: f.one_hot(c, 5), classes)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_unpooling_puts_maxima_back(dims, torch, rng):
    pool, unpool = f"max_pool{dims}d", f"max_unpool{dims}d"
    x = rng.normal(size=(2, 3, *(5, 6, 4)[:dims]))

    def there_and_back(f, lib, x):
        values, places = getattr(f, pool)(x, 2, return_indices=True)
        return getattr(f, unpool)(values, places, 2, output_size=x.shape)

    assert_same(torch, there_and_back, x)


@pytest.mark.parametrize("dims", [2, 3])
def test_fractional_pooling_of_given_places(dims, torch, rng):
    x, samples = rng.normal(size=(2, 3, *(7, 6, 5)[:dims])), rng.random((2, 3, dims))
    name = f"fractional_max_pool{dims}d"

    def call(f, lib, x):
        options = {"return_indices": True, "_random_samples": lib.tensor(samples)}
        return getattr(f, name)(x, 2, output_ratio=(0.6, 0.5, 0.7)[:dims], **options)

    assert_same(torch, call, x)


def waves(lib, *shape):
    """An image with a few maxima."""
    return lib.linspace(0, 9, int(np.prod(shape))).reshape(shape).sin()


RANDOM = {
    "rrelu": lambda f, lib: f.rrelu(lib.linspace(-3, 3, 40), training=True),
    "rrelu_": lambda f, lib: f.rrelu_(lib.linspace(-3, 3, 40).double(), training=True),
    "gumbel_softmax": lambda f, lib: f.gumbel_softmax(lib.linspace(-1, 1, 40).reshape(4, 10), 0.5),
    "gumbel_softmax, hard": lambda f, lib: f.gumbel_softmax(lib.linspace(-1, 1, 40).reshape(4, 10), hard=True, dim=0),
    "fractional_max_pool2d": lambda f, lib: f.fractional_max_pool2d(waves(lib, 1, 1, 8, 8), 2, 3),
    "fractional_max_pool3d": lambda f, lib: f.fractional_max_pool3d(waves(lib, 1, 1, 6, 6, 6), 2, 3),
    "attention": lambda f, lib: f.scaled_dot_product_attention(*[lib.ones(2, 3, 4)] * 3, dropout_p=0.5),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1337])
@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_draws_what_it_draws_in_pytorch(name, seed, torch):
    torch.default_generator.manual_seed(seed)
    autograd.manual_seed(seed)
    expected = RANDOM[name](torch.nn.functional, torch)
    np.testing.assert_allclose(RANDOM[name](F, autograd).numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)


def test_a_hard_gumbel_sample_is_one_hot_with_the_gradient_of_the_soft_one():
    logits = autograd.zeros(3, 4, requires_grad=True)
    sample = F.gumbel_softmax(logits, hard=True)
    np.testing.assert_allclose(np.sort(sample.detach().numpy(), axis=1), [[0, 0, 0, 1]] * 3, atol=1e-6)
    (sample * autograd.arange(4.0)).sum().backward()
    assert (logits.grad != 0).all()


REFUSED = {
    "mode has to be one of": lambda f, lib, i, w: f.embedding_bag(i, w, mode="min"),
    "offsets has to be a 1D Tensor": lambda f, lib, i, w: f.embedding_bag(i, w),
    "offsets[0] has to be 0": lambda f, lib, i, w: f.embedding_bag(i, w, lib.tensor([1])),
    "offsets[-1] can not be greater": lambda f, lib, i, w: f.embedding_bag(i, w, lib.tensor([0, 9])),
    "only supported for mode='sum'": lambda f, lib, i, w: f.embedding_bag(i[None], w, per_sample_weights=w[:1]),
    "non-negative": lambda f, lib, i, w: f.one_hot(i - 3),
    "smaller than num_classes": lambda f, lib, i, w: f.one_hot(i, 2),
    "LongTensor": lambda f, lib, i, w: f.one_hot(w),
    "output_size or an output_ratio": lambda f, lib, i, w: f.fractional_max_pool2d(w.reshape(1, 3, 2), 1),
    "too large relative": lambda f, lib, i, w: f.fractional_max_pool2d(w.reshape(1, 3, 2), 3, 2),
    "invalid max index": lambda f, lib, i, w: f.max_unpool1d(w, (i * 0 + 99).expand(2, 3), 2),
}  # fmt: skip


@pytest.mark.parametrize("match", REFUSED)
def test_errors(match, torch, rng):
    assert_refused(torch, REFUSED[match], np.array([0, 2, 1]), rng.normal(size=(2, 3)), match=match)
