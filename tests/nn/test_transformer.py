"""Attention and transformers with every kind of mask, and what only wraps other layers, against PyTorch."""

from __future__ import annotations

import importlib
import re

import numpy as np
import pytest

import autograd
import nn
from tests.side_by_side import KINDS

WIDTH, HEADS, HIDDEN, SOURCES, TARGETS, BATCH = 8, 2, 16, 5, 4, 3
SIZES = (WIDTH, HEADS, HIDDEN, 0.0)
CLOSE = {"rtol": 1e-9, "atol": 1e-11}

pytestmark = pytest.mark.filterwarnings(
    "ignore:enable_nested_tensor is True", "ignore:Support for mismatched", "ignore:The PyTorch API of nested tensors"
)


def both(torch, make):
    """A module made by both libraries from the same seed, in float64."""
    modules = []
    for library, layers in ((autograd, nn), (torch, torch.nn)):
        library.manual_seed(7)
        modules.append((library, make(layers).double()))
    return modules


def compare(torch, make, arrays, masks, mode="train", grad=True):
    """Results and gradients of both, called with the masks by name."""
    found = []
    for library, module in both(torch, make):
        getattr(module, mode)()
        inputs = [library.tensor(a, requires_grad=grad) for a in arrays]
        given = {n: library.tensor(m) if isinstance(m, np.ndarray) else m for n, m in masks.items()}
        with library.set_grad_enabled(grad):
            results = module(*inputs, **given)
        results = [r for r in results if r is not None] if isinstance(results, tuple) else [results]
        if grad:
            weights = np.random.default_rng(3).standard_normal(results[0].shape)
            results[0].backward(library.tensor(weights))
        leaves = [*inputs, *module.parameters()] if grad else []
        found.append([r.detach().numpy() for r in results] + [t.grad.numpy() for t in leaves if t.grad is not None])
    assert len(found[0]) == len(found[1])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, **CLOSE)


def causal(size):
    """The usual mask of a decoder, as numbers to add."""
    return np.triu(np.full((size, size), -np.inf), 1)


PADDING = np.arange(SOURCES) >= np.array([[5], [3], [4]])  # (batch, sources)
OPEN = ~np.eye(TARGETS, SOURCES, dtype=bool)
MASKS = {
    "nothing": {},
    "padding": {"key_padding_mask": PADDING},
    "padding as numbers": {"key_padding_mask": np.where(PADDING, -np.inf, 0.0)},
    "boolean": {"attn_mask": ~OPEN},
    "numbers": {"attn_mask": np.linspace(-2, 1, TARGETS * SOURCES).reshape(TARGETS, SOURCES)},
    "for each head": {"attn_mask": np.broadcast_to(~OPEN, (BATCH * HEADS, TARGETS, SOURCES)).copy()},
    "both": {"attn_mask": ~OPEN, "key_padding_mask": PADDING},
    "both, of two kinds": {"attn_mask": np.where(OPEN, 0.0, -np.inf), "key_padding_mask": PADDING},
}


@pytest.mark.parametrize("masks", MASKS)
@pytest.mark.parametrize("weights", ["none", "mean", "each"])
def test_multihead_attention(torch, rng, masks, weights):
    shapes = (TARGETS, BATCH, WIDTH), (SOURCES, BATCH, WIDTH), (SOURCES, BATCH, WIDTH)
    options = {"need_weights": weights != "none", "average_attn_weights": weights != "each"}
    arrays = [rng.standard_normal(shape) for shape in shapes]
    for extra in ({}, {"add_bias_kv": True, "add_zero_attn": True}):
        compare(torch, lambda n, e=extra: n.MultiheadAttention(WIDTH, HEADS, **e), arrays, MASKS[masks] | options)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_self_attention_told_to_be_causal(torch, rng, mode):
    for library, layer in both(torch, lambda n: n.MultiheadAttention(WIDTH, HEADS, batch_first=True)):
        getattr(layer, mode)()
        x = library.tensor(np.random.default_rng(1).standard_normal((BATCH, SOURCES, WIDTH)))
        mask = library.tensor(causal(SOURCES))
        told, _ = layer(x, x, x, attn_mask=mask, is_causal=True, need_weights=False)
        seen, _ = layer(x, x, x, attn_mask=mask)
        np.testing.assert_allclose(told.detach().numpy(), seen.detach().numpy(), **CLOSE)


ENCODERS = {
    "causal": {"mask": causal(SOURCES)},
    "told so": {"mask": causal(SOURCES), "is_causal": True},
    "boolean": {"mask": np.isneginf(causal(SOURCES))},
    "padding": {"src_key_padding_mask": PADDING},
    "both": {"mask": causal(SOURCES), "src_key_padding_mask": np.where(PADDING, -np.inf, 0.0)},
}


@pytest.mark.parametrize("masks", ENCODERS)
@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder(torch, rng, masks, norm_first):
    def make(n):
        layer = n.TransformerEncoderLayer(*SIZES, activation="gelu", batch_first=True, norm_first=norm_first)
        return n.TransformerEncoder(layer, 2, n.LayerNorm(WIDTH))

    compare(torch, make, [rng.standard_normal((BATCH, SOURCES, WIDTH))], ENCODERS[masks])


@pytest.mark.parametrize("padding", [PADDING, PADDING[:, ::-1]], ids=["right", "left"])
@pytest.mark.parametrize("nested", [True, False])
def test_padding_in_evaluation_without_gradients(torch, rng, padding, nested):
    """There PyTorch leaves padding out, and its places come out as zeros, before the last normalization."""

    def make(n):
        layer = n.TransformerEncoderLayer(*SIZES, batch_first=True)
        return n.TransformerEncoder(layer, 2, n.LayerNorm(WIDTH), enable_nested_tensor=nested)

    masks = {"src_key_padding_mask": padding.copy()}
    compare(torch, make, [rng.standard_normal((BATCH, SOURCES, WIDTH))], masks, mode="eval", grad=False)


def test_decoder_and_transformer(torch, rng):
    masks = {
        "tgt_mask": causal(TARGETS),
        "memory_key_padding_mask": PADDING,
        "tgt_key_padding_mask": np.arange(TARGETS) >= np.array([[4], [2], [3]]),
    }
    arrays = [rng.standard_normal(shape) for shape in ((TARGETS, BATCH, WIDTH), (SOURCES, BATCH, WIDTH))]
    compare(torch, lambda n: n.TransformerDecoder(n.TransformerDecoderLayer(*SIZES), 2), arrays, masks)
    masks |= {"src_mask": causal(SOURCES), "src_key_padding_mask": PADDING, "memory_mask": ~OPEN}
    compare(torch, lambda n: n.Transformer(*SIZES[:2], 1, 1, *SIZES[2:]), arrays[::-1], masks)


def test_the_causal_mask(torch):
    for size, dtype in ((3, "float32"), (0, "float64"), (2, "bool")):
        ours = nn.Transformer.generate_square_subsequent_mask(size, dtype=getattr(autograd, dtype))
        theirs = torch.nn.Transformer.generate_square_subsequent_mask(size, dtype=getattr(torch, dtype))
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def x(n, *shape):
    """Ones of either library."""
    return (autograd if n is nn else __import__("torch")).ones(*shape)


REFUSED = {
    "heads": (lambda n: n.MultiheadAttention(8, 3), "the 8 features, which 3 heads do not divide"),
    "no width": (lambda n: n.MultiheadAttention(0, 1), "embed_dim=0"),
    "activation": (lambda n: n.TransformerEncoderLayer(8, 2, activation="tanh"), "not tanh"),
    "batches": (lambda n: n.Transformer(*SIZES[:2], 1, 1, 16)(x(n, 5, 3, 8), x(n, 4, 2, 8)), "tgt (4, 2, 8)"),
    "widths": (lambda n: n.Transformer(*SIZES[:2], 1, 1, 16)(x(n, 5, 3, 7), x(n, 4, 3, 8)), "7 and 8, d_model is 8"),
    "width of query": (lambda n: n.MultiheadAttention(8, 2)(x(n, 5, 3, 6), *2 * [x(n, 5, 3, 8)]), "of 8, but got 6"),
    "no mask": (lambda n: n.MultiheadAttention(8, 2)(*3 * [x(n, 5, 3, 8)], is_causal=True), "Need attn_mask"),
    "cutoffs": (lambda n: n.AdaptiveLogSoftmaxWithLoss(8, 10, [5, 3]), "got [5, 3] for 10 classes"),
    "no cutoffs": (lambda n: n.AdaptiveLogSoftmaxWithLoss(8, 10, []), "length larger than 0"),
    "weight": (lambda n: n.LinearCrossEntropyLoss(3, 4, weight=x(n, 3)), "(4,), got (3,)"),
    "smoothing": (lambda n: n.LinearCrossEntropyLoss(3, 4, label_smoothing=2.0), "got 2.0"),
    "policy": (lambda n: n.LinearCrossEntropyOptions(acc_policy="best"), "'best'"),
    "chunks": (lambda n: n.LinearCrossEntropyOptions(chunking_method="aspect_ratio:0"), "'aspect_ratio:0'"),
    "chunk size": (lambda n: n.LinearCrossEntropyOptions(batch_chunk_size=0), "got 0"),
    "rank": (lambda n: n.CrossMapLRN2d(3)(x(n, 3, 4, 4)), "got 3D"),
    "channels": (lambda n: n.SyncBatchNorm(3)(x(n, 3)), "got 1D"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(torch, case):
    call, match = REFUSED[case]
    with pytest.raises(KINDS) as theirs:
        call(torch.nn)
    with pytest.raises(next(k for k in KINDS if isinstance(theirs.value, k)), match=re.escape(match)):
        call(nn)


# -- other classes that wrap layers -----------------------------------------------------------------------


def test_adaptive_softmax_gives_all_probabilities_and_the_best_class(torch, rng):
    inputs = 3 * rng.standard_normal((50, WIDTH))
    found = []
    for library, module in both(torch, lambda n: n.AdaptiveLogSoftmaxWithLoss(WIDTH, 20, [2, 10], div_value=1.5)):
        given = library.tensor(inputs)
        found.append((module.log_prob(given).detach().numpy(), module.predict(given).numpy()))
        with pytest.raises(RuntimeError, match=r"should be in \[0, 19\]"):
            module(given[:1], library.tensor([20]))
    np.testing.assert_allclose(found[0][0], found[1][0], **CLOSE)
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert len(set(found[0][1])) > 3


def test_cross_map_normalization_is_the_formula(torch, rng):
    """PyTorch's is right as far as a window reaches from the first channel; its gradient is not the derivative."""
    images = rng.standard_normal((2, 9, 3, 3))
    ours = nn.CrossMapLRN2d(5, 0.5, 0.7, 2.0)(autograd.tensor(images))
    windows = [(images[:, max(0, c - 2) : c + 3] ** 2).sum(1) for c in range(9)]
    np.testing.assert_allclose(ours.numpy(), images / (2 + 0.1 * np.stack(windows, 1)) ** 0.7, **CLOSE)
    theirs = torch.nn.CrossMapLRN2d(5, 0.5, 0.7, 2.0)(torch.tensor(images))
    np.testing.assert_allclose(ours[:, :3].numpy(), theirs[:, :3].numpy(), **CLOSE)


def test_synchronized_normalization_keeps_what_it_replaces(torch):
    found = []
    for library, net in both(torch, lambda n: n.Sequential(n.BatchNorm1d(3), n.Sequential(n.BatchNorm2d(2, 0.1)))):
        net.eval()
        layers = nn if library is autograd else torch.nn
        converted = layers.SyncBatchNorm.convert_sync_batchnorm(net)
        assert converted[0].weight is not None
        assert not converted[0].training
        found.append(repr(converted) + repr(list(converted.state_dict())))
    assert found[0] == found[1]


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_gradients_of_convolutions(torch, rng, dims):
    options = {"stride": 2, "padding": (1,) * dims, "dilation": 1, "groups": 2}
    image, kernel = rng.standard_normal((2, 4, *(7,) * dims)), rng.standard_normal((6, 2, *(3,) * dims))
    g = rng.standard_normal((2, 6, *(4,) * dims))
    found = []
    for library, layers in ((autograd, nn), (torch, torch.nn)):
        by_input = getattr(layers.grad, f"conv{dims}d_input")
        by_weight = getattr(layers.grad, f"conv{dims}d_weight")
        a = by_input(image.shape, library.tensor(kernel), library.tensor(g), **options)
        b = by_weight(library.tensor(image), kernel.shape, library.tensor(g), **options)
        found.append((a.numpy(), b.numpy()))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, **CLOSE)


def test_old_classes_warn_and_work(torch):
    for layers in (nn, torch.nn):
        with pytest.warns(FutureWarning, match="NLLLoss2d"):
            assert isinstance(layers.NLLLoss2d(), layers.NLLLoss)
        with pytest.warns(FutureWarning, match=re.escape("`nn.Container` is deprecated")):
            container = layers.Container(hidden=layers.Linear(2, 3))
        assert repr(container) == "Container(\n  (hidden): Linear(in_features=2, out_features=3, bias=True)\n)"


def test_options_and_kernels_are_accepted(torch):
    assert repr(nn.LinearCrossEntropyOptions()) == repr(torch.nn.LinearCrossEntropyOptions())
    assert {b.name: int(b) for b in nn.attention.SDPBackend} == {
        name: int(value) for name, value in torch.nn.attention.SDPBackend.__members__.items()
    }
    for layers in (nn, torch.nn):
        with layers.attention.sdpa_kernel([layers.attention.SDPBackend.MATH], set_priority=True) as nothing:
            assert nothing == {}
        with pytest.raises(AssertionError, match="instance of SDPBackend"), layers.attention.sdpa_kernel("math"):
            pytest.fail("what is no kernel was accepted")


@pytest.mark.parametrize("name", ["causal_upper_left", "causal_lower_right"])
@pytest.mark.parametrize("size", [(3, 5), (4, 4), (5, 1)])
@pytest.mark.filterwarnings("ignore:Lower right causal bias will produce NaNs")
def test_causal_biases_are_torchs(torch, rng, name, size):
    query, key, value = (rng.standard_normal((2, 4, length, 3)) for length in (size[0], size[1], size[1]))
    found = []
    for library, module in ((torch, "torch.nn.attention.bias"), (autograd, "nn.attention.bias")):
        bias = getattr(importlib.import_module(module), name)(*size)
        operands = [library.tensor(array, requires_grad=True) for array in (query, key, value)]
        result = library.nn.functional.scaled_dot_product_attention(*operands, bias)
        result.sum().backward()
        found.append((repr(bias), int(bias.variant), type(bias).__name__, [result, *(x.grad for x in operands)]))
    (*said, expected), (*ours, values) = found
    assert ours == said
    for mine, theirs in zip(values, expected, strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("mask", "message"), [
    ([[False, True]], r"shape\[1\] to be 3, but got 2"),
    ([[False, True, True, True]], r"shape\[1\] to be 3, but got 4"),
    ([[False, False, True]] * 2, r"shape\[0\] to be 1, but got 2"),
])  # fmt: skip
def test_a_padding_mask_has_a_place_for_each_key(mask, message):
    x = autograd.randn(1, 3, 4)
    attention = nn.MultiheadAttention(4, 1, batch_first=True)
    with pytest.raises(AssertionError, match=message):
        attention(x, x, x, key_padding_mask=autograd.tensor(mask))
    layer = nn.TransformerEncoderLayer(4, 1, 8, batch_first=True)
    with pytest.raises(AssertionError, match=message):
        layer(x, src_key_padding_mask=autograd.tensor(mask))


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_causal_mask_of_another_length_is_refused(batch_first):
    model = nn.Transformer(4, 2, 1, 1, 8, batch_first=batch_first)
    x = autograd.randn(5, 5, 4)[:, :2] if not batch_first else autograd.randn(2, 5, 4)
    for length in (3, 5):
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        for name in ("src_mask", "tgt_mask"):
            if length == 5:
                assert model(x, x, **{name: mask}).shape == x.shape
            else:
                with pytest.raises(RuntimeError, match=r"2D attn_mask is \(3, 3\), but should be \(5, 5\)"):
                    model(x, x, **{name: mask})
