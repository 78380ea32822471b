"""Attention with every kind of mask and option, against PyTorch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd
import nn.functional as F
from tests.side_by_side import assert_refused, assert_same


def drawn(rng, *shapes):
    """Arrays of normal numbers."""
    return [rng.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("mask", ["none", "causal", "added", "boolean", "broadcast"])
def test_scaled_dot_product_attention(mask, torch, rng):
    q, k, v = drawn(rng, (2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 7))
    masks = {
        "added": rng.normal(size=(4, 5)),
        "boolean": rng.random((4, 5)) > 0.4,
        "broadcast": rng.normal(size=(2, 1, 4, 5)),
    }

    def call(f, lib, q, k, v):
        given = lib.tensor(masks[mask]) if mask in masks else None
        return f.scaled_dot_product_attention(q, k, v, given, is_causal=mask == "causal")

    assert_same(torch, call, q, k, v)


def test_heads_shared_by_groups_of_queries(torch, rng):
    q, k, v = drawn(rng, (2, 6, 4, 3), (2, 2, 5, 3), (2, 2, 5, 3))
    assert_same(
        torch, lambda f, lib, q, k, v: f.scaled_dot_product_attention(q, k, v, scale=0.3, enable_gqa=True), q, k, v
    )


def test_a_query_that_may_attend_to_nothing_gets_zeros_and_no_nan(rng):
    q, k, v = (autograd.tensor(a, requires_grad=True) for a in drawn(rng, (2, 3), (4, 3), (4, 3)))
    mask = autograd.tensor([[True] * 4, [False] * 4])
    mixed = F.scaled_dot_product_attention(q, k, v, mask)
    assert (mixed[1] == 0).all()
    mixed.sum().backward()
    assert all(np.isfinite(t.grad.numpy()).all() for t in (q, k, v))


LENGTH, SOURCES, BATCH, HEADS, WIDTH = 3, 4, 2, 2, 6


def weights(rng):
    """Query, key, value, the projections and their biases."""
    return drawn(
        rng, (LENGTH, BATCH, WIDTH), (SOURCES, BATCH, WIDTH), (SOURCES, BATCH, WIDTH), (3 * WIDTH, WIDTH), (3 * WIDTH,),
        (1, 1, WIDTH), (1, 1, WIDTH), (WIDTH, WIDTH), (WIDTH,),
    )  # fmt: skip


def masks(kind, rng):
    """A padding mask and an attention mask of one kind."""
    if kind == "none":
        return None, None
    padding, mask = rng.random((BATCH, SOURCES)) > 0.6, rng.random((LENGTH, SOURCES)) > 0.6
    padding[:, 0] = mask[:, 0] = False
    if kind == "boolean":
        return padding, mask
    return np.where(padding, -np.inf, 0.0), rng.normal(size=(BATCH * HEADS, LENGTH, SOURCES))


OPTIONS = list(itertools.product(["none", "boolean", "added"], [False, True], [False, True], [False, True]))


@pytest.mark.parametrize(("kind", "need_weights", "extended", "separate"), OPTIONS)
def test_multi_head_attention(kind, need_weights, extended, separate, torch, rng):
    arrays = weights(rng)
    padding, mask = masks(kind, rng)

    def call(f, lib, q, k, v, w, b, bias_k, bias_v, w_out, b_out):
        given = [None if m is None else lib.tensor(m) for m in (padding, mask)]
        own = (
            dict(zip(("q_proj_weight", "k_proj_weight", "v_proj_weight"), w.chunk(3), strict=True)) if separate else {}
        )
        return f.multi_head_attention_forward(
            q, k, v, WIDTH, HEADS, None if separate else w, b, bias_k if extended else None,
            bias_v if extended else None, extended, 0.0, w_out, b_out, key_padding_mask=given[0],
            need_weights=need_weights, attn_mask=given[1], use_separate_proj_weight=separate,
            average_attn_weights=not extended, **own,
        )  # fmt: skip

    def first(*args):
        """The output alone has gradients to compare; the weights are compared as values."""
        output, shares = call(*args)
        return output if shares is None else (output, shares.detach())

    assert_same(torch, first, *arrays)


def test_multi_head_attention_without_a_batch(torch, rng):
    arrays = drawn(rng, (LENGTH, WIDTH), (SOURCES, WIDTH), (3 * WIDTH, WIDTH), (WIDTH, WIDTH))

    def call(f, lib, q, k, w, w_out):
        return f.multi_head_attention_forward(
            q, k, k, WIDTH, HEADS, w, None, None, None, False, 0.0, w_out, None, need_weights=False
        )[0]

    assert_same(torch, call, *arrays)


REFUSED = {
    "at least 2 dimensional": lambda f, lib, q: f.scaled_dot_product_attention(q[0, 0], q[0, 0], q[0, 0]),
    "Explicit attn_mask": lambda f, lib, q: f.scaled_dot_product_attention(q, q, q, q @ q.mT, is_causal=True),
    "attn_mask dtype": lambda f, lib, q: f.scaled_dot_product_attention(q, q, q, lib.ones(4, 4, dtype=lib.int64)),
    "last sizes must agree": lambda f, lib, q: f.scaled_dot_product_attention(q, q[..., :2], q),
}


@pytest.mark.parametrize("match", REFUSED)
def test_errors(match, torch, rng):
    assert_refused(torch, REFUSED[match], rng.normal(size=(2, 4, 3)), match=match)


def test_scores_far_apart_and_batches_in_parts(torch, rng):
    """The fast way to the softmax is for scores that are near each other; large batches are worked on in parts."""
    q, k, v = drawn(rng, (5, 3, 70, 4), (5, 3, 80, 4), (5, 3, 80, 2))
    gate = rng.random((3, 70, 80)) > 0.3
    for scale in (0.1, 10.0):
        assert_same(
            torch,
            lambda f, lib, q, k, v, s=scale: f.scaled_dot_product_attention(q, k, v, lib.tensor(gate), scale=s),
            q, k, v,
        )  # fmt: skip


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_spoils_its_own_row_alone(bad, rng):
    q, k, v = drawn(rng, (2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 7))
    clean = F.scaled_dot_product_attention(*map(autograd.tensor, (q, k, v)))
    q[0, 1, 2, 0] = bad
    spoiled = F.scaled_dot_product_attention(*map(autograd.tensor, (q, k, v)))
    others = np.ones((2, 3, 4), bool)
    others[0, 1, 2] = False
    np.testing.assert_allclose(spoiled.numpy()[others], clean.numpy()[others], rtol=1e-12)
    assert np.isnan(spoiled.numpy()[0, 1, 2]).all()


def test_a_learned_mask_gets_a_gradient(torch, rng):
    q, k, v, mask = drawn(rng, (2, 4, 3), (2, 5, 3), (2, 5, 2), (4, 5))
    assert_same(torch, lambda f, lib, *given: f.scaled_dot_product_attention(*given), q, k, v, mask)


def test_the_result_lies_in_memory_as_the_query_does(rng):
    """So that joining the heads again copies nothing."""
    q = autograd.tensor(rng.normal(size=(2, 4, 3, 6))).transpose(1, 2)
    mixed = F.scaled_dot_product_attention(q, q, q)
    assert mixed.transpose(1, 2).is_contiguous()


def test_grouped_queries_need_heads_to_be_grouped():
    """Without a dimension of heads there is nothing to share."""
    query, key, value = autograd.ones(2, 3), autograd.ones(4, 3), autograd.arange(8.0).reshape(4, 2)
    found = F.scaled_dot_product_attention(query, key, value, enable_gqa=True)
    assert found.tolist() == [[3.0, 4.0], [3.0, 4.0]]


@pytest.mark.parametrize("mask", [[[True, False]], [[0.0, -np.inf]]])
@pytest.mark.parametrize("spoiled", [np.nan, np.inf])
def test_a_closed_mask_leaves_out_even_nan(mask, spoiled):
    key = autograd.tensor([[1.0, 1.0], [spoiled, 1.0]])
    found = F.scaled_dot_product_attention(autograd.ones(1, 2), key, autograd.ones(2, 2), autograd.tensor(mask))
    assert found.tolist() == [[1.0, 1.0]]
