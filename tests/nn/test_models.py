"""Whole networks: as many parameters as were published, the names that saved weights have, and whether they learn."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from nn import models


def made(build, *args, **options):
    """A network without drawing its values, which takes long."""
    with nn.init.skipping():
        return build(*args, **options)


def size(network):
    return sum(param.numel() for param in network.parameters())


# -- sizes ----------------------------------------------------------------------------------------------------

TABLE_6 = {20: "0.27", 32: "0.46", 44: "0.66", 56: "0.85", 110: "1.7"}
"""Millions of parameters, He et al. 2016."""

TORCHVISION = {
    "resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032, "resnet101": 44_549_160,
    "resnet152": 60_192_808, "vgg11": 132_863_336, "vgg13": 133_047_848, "vgg16": 138_357_544, "vgg19": 143_667_240,
}  # fmt: skip
"""The numbers of parameters that torchvision's documentation lists."""

WITH_NORMALIZATION = {"vgg11": 132_868_840, "vgg13": 133_053_736, "vgg16": 138_365_992, "vgg19": 143_678_248}


@pytest.mark.parametrize(("depth", "millions"), TABLE_6.items())
def test_residual_networks_for_small_images(depth, millions):
    network = made(getattr(models, f"resnet{depth}"))
    digits = len(millions.partition(".")[2])
    assert f"{size(network) / 1e6:.{digits}f}" == millions
    weighted = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len(weighted) == depth


@pytest.mark.parametrize(("name", "count"), TORCHVISION.items())
def test_networks_for_imagenet(name, count):
    assert size(made(getattr(models, name))) == count


@pytest.mark.parametrize(("name", "count"), WITH_NORMALIZATION.items())
def test_vgg_with_normalization(name, count):
    assert size(made(getattr(models, name), batch_norm=True)) == count


def test_text_networks_have_the_published_sizes():
    assert size(made(models.GPT)) == 124_439_808  # GPT-2, small
    assert size(made(models.GPT, tied=False)) == 124_439_808 + 50257 * 768
    for hidden, millions in ((650, 20), (1500, 66)):  # Zaremba et al. 2014: the medium and the large LSTM
        network = made(models.LSTMLanguageModel, 10_000, hidden, hidden)
        assert round(size(network) / 1e6) == millions


def test_lenet_and_perceptrons():
    assert size(models.LeNet()) == 61_706
    assert size(models.MLP(784, 128, 10)) == 784 * 128 + 128 + 128 * 10 + 10
    net = models.MLP(3, 5, 4, 2, activation=nn.Tanh, dropout=0.1)
    assert [type(layer).__name__ for layer in net] == ["Linear", "Tanh", "Dropout"] * 2 + ["Linear"]
    assert [type(layer).__name__ for layer in models.MLP(3, 2)] == ["Linear"]


# -- names ----------------------------------------------------------------------------------------------------


def test_names_of_weights_are_torchvisions():
    """Keys of the files that torchvision publishes for resnet50, resnet18, vgg16 and vgg16_bn."""
    keys = list(made(models.resnet50).state_dict())
    assert keys[:6] == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
    ]  # fmt: skip
    assert {
        "layer1.0.conv1.weight", "layer1.0.bn3.running_var", "layer1.0.downsample.0.weight", "layer4.2.conv3.weight",
        "layer1.0.downsample.1.num_batches_tracked", "fc.weight", "fc.bias",
    } <= set(keys)  # fmt: skip
    assert len(keys) == 320
    keys = list(made(models.resnet18).state_dict())
    assert len(keys) == 122
    assert "layer1.0.downsample.0.weight" not in keys
    assert {"layer2.0.downsample.0.weight", "layer4.1.bn2.bias"} <= set(keys)
    plain = list(made(models.vgg16).state_dict())
    assert plain[:2] == ["features.0.weight", "features.0.bias"]
    assert plain[-6:] == [f"classifier.{n}.{part}" for n in (0, 3, 6) for part in ("weight", "bias")]
    assert "features.28.weight" in plain
    normalized = set(made(models.vgg16, batch_norm=True).state_dict())
    assert {"features.1.running_mean", "features.41.num_batches_tracked"} <= normalized


def test_names_of_the_gpt_are_nanogpts():
    keys = list(models.GPT(65, context=8, layers=1, heads=2, width=16).state_dict())
    assert keys == [
        "transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.ln_1.weight", "transformer.h.0.ln_1.bias",
        "transformer.h.0.attn.c_attn.weight", "transformer.h.0.attn.c_attn.bias", "transformer.h.0.attn.c_proj.weight",
        "transformer.h.0.attn.c_proj.bias", "transformer.h.0.ln_2.weight", "transformer.h.0.ln_2.bias",
        "transformer.h.0.mlp.c_fc.weight", "transformer.h.0.mlp.c_fc.bias", "transformer.h.0.mlp.c_proj.weight",
        "transformer.h.0.mlp.c_proj.bias", "transformer.ln_f.weight", "transformer.ln_f.bias", "lm_head.weight",
    ]  # fmt: skip


# -- what they compute --------------------------------------------------------------------------------------------

SMALL = {
    "MLP": (lambda: models.MLP(3 * 64 * 64, 8, 10), (2, 3 * 64 * 64)),
    "LeNet": (models.LeNet, (2, 1, 28, 28)),
    "resnet8": (models.resnet8, (2, 3, 32, 32)),
    "resnet8 with projections": (lambda: models.resnet8(shortcut=nn.models.resnet.projection), (2, 3, 32, 32)),
    "bottlenecks": (lambda: models.ResNet(models.Bottleneck, [1, 1, 1, 1], num_classes=10), (2, 3, 64, 64)),
    "VGG": (lambda: made(models.VGG, [1, 1, 1, 1, 1], num_classes=10, batch_norm=True), (2, 3, 32, 32)),
}


@pytest.mark.parametrize(
    "name", [*(name for name in SMALL if name != "VGG"), pytest.param("VGG", marks=pytest.mark.slow)]
)
def test_every_parameter_gets_a_gradient(name, rng):
    build, shape = SMALL[name]
    network = build()
    scores = network(autograd.tensor(rng.standard_normal(shape).astype(np.float32)))
    assert scores.shape == (2, 10)
    F.cross_entropy(scores, autograd.tensor([3, 7])).backward()
    for path, param in network.named_parameters():
        assert param.grad is not None, path
        assert param.grad.isfinite().all(), path


def test_the_way_without_parameters_around_a_block():
    x = autograd.arange(2 * 4 * 4.0).reshape(1, 2, 4, 4)
    z = models.ZeroPadding(2, 5, stride=2)(x)
    assert z.shape == (1, 5, 2, 2)
    assert autograd.equal(z[:, :2], x[:, :, ::2, ::2])
    assert (z[:, 2:] == 0).all()


@pytest.mark.parametrize("block", [models.BasicBlock, models.Bottleneck])
def test_a_block_that_adds_nothing_is_relu(block, rng):
    layer = block(8, 8 // block.expansion)
    last = layer.bn2 if block is models.BasicBlock else layer.bn3
    nn.init.zeros_(last.weight)
    x = autograd.tensor(rng.standard_normal((2, 8, 4, 4)).astype(np.float32))
    assert autograd.equal(layer(x), x.relu())


def test_initial_values():
    network = models.resnet8()
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.weight.numel() > 4000:
            outputs = module.out_channels * 9
            assert module.weight.std().item() == pytest.approx(math.sqrt(2 / outputs), rel=0.05)
    gpt = models.GPT(65, context=32, layers=8, heads=2, width=64)
    assert gpt.transformer.wte.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert gpt.transformer.h[3].mlp.c_proj.weight.std().item() == pytest.approx(0.02 / 4, rel=0.05)
    assert (gpt.transformer.h[3].attn.c_attn.bias == 0).all()


def test_the_first_guess_of_a_gpt_is_that_all_tokens_are_equally_likely():
    network = models.GPT(65, context=16, layers=2, heads=2, width=32)
    tokens = autograd.randint(65, (8, 17))
    loss = F.cross_entropy(network(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(65), rel=0.02)


TEXTS = {
    "GPT": lambda **options: models.GPT(11, context=8, layers=2, heads=2, width=16, **options),
    "LSTM": lambda **options: models.LSTMLanguageModel(11, 16, 16, **options),
}


def scores_of(network, tokens):
    found = network(tokens)
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("name", TEXTS)
def test_no_token_sees_those_after_it(name):
    network = TEXTS[name]()
    tokens = autograd.randint(11, (2, 8))
    changed = tokens.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % 11
    before, after = scores_of(network, tokens), scores_of(network, changed)
    np.testing.assert_allclose(before[:, :5].detach().numpy(), after[:, :5].detach().numpy(), atol=1e-6)
    assert not autograd.allclose(before[:, 5:], after[:, 5:], atol=1e-5)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_continued(name):
    network = TEXTS[name](dropout=0.5)
    start = autograd.randint(11, (3, 2))
    network.train()
    first_child = next(network.children()).eval()
    autograd.manual_seed(1)
    text = network.generate(start, 12)
    assert text.shape == (3, 14)
    assert text.dtype is autograd.int64
    assert autograd.equal(text[:, :2], start)
    assert network.training
    assert not first_child.training
    autograd.manual_seed(1)
    assert autograd.equal(network.generate(start, 12), text)
    likeliest = network.generate(start, 1, top_k=1)[:, -1]
    network.eval()
    assert autograd.equal(likeliest, scores_of(network, start)[:, -1].argmax(-1))
    with pytest.raises(ValueError, match="temperature must be positive"):
        network.generate(start, 1, temperature=0)


def test_only_the_likeliest_are_drawn():
    scores = autograd.tensor([[0.0, 3.0, 2.0, 1.0]]).expand(500, 4)
    tokens = models.sampling.next_token(scores, temperature=5.0, top_k=2)
    assert set(tokens.flatten().tolist()) == {1, 2}


def test_the_state_of_an_lstm_carries_on():
    network = TEXTS["LSTM"]()
    tokens = autograd.randint(11, (2, 9))
    whole, _ = network(tokens)
    start, state = network(tokens[:, :4])
    rest, _ = network(tokens[:, 4:], state)
    np.testing.assert_allclose(autograd.cat([start, rest], 1).detach().numpy(), whole.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("name", TEXTS)
def test_tied_weights_are_one(name):
    network = TEXTS[name](tied=True)
    assert len(list(network.parameters())) == len(list(network.parameters())) < len(network.state_dict())
    tied = [p for p in network.parameters() if p.shape == (11, 16)]
    assert len(tied) == 1
    scores_of(network, autograd.randint(11, (2, 4))).sum().backward()
    assert tied[0].grad is not None


def test_refusals():
    with pytest.raises(ValueError, match="multiple of the number of heads, got 10 and 4"):
        models.GPT(5, width=10, heads=4)
    with pytest.raises(ValueError, match="can't look at 9 tokens, the context is 8"):
        TEXTS["GPT"]()(autograd.zeros(1, 9, dtype=autograd.int64))
    with pytest.raises(ValueError, match="tied weights need width == hidden, got 3 and 4"):
        models.LSTMLanguageModel(5, 3, 4, tied=True)
    with pytest.raises(ValueError, match=r"depth must be 6 n \+ 2"):
        models.CifarResNet(18)
    with pytest.raises(ValueError, match="at least"):
        models.MLP(3)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_network_learns_to_count(name):
    """After 0 1 2 3 ... comes the next number: a few steps of plain descent must teach it."""
    network = TEXTS[name]()
    tokens = (autograd.arange(9) + autograd.arange(11).unsqueeze(1)) % 11
    losses = []
    velocity = [autograd.zeros_like(p) for p in network.parameters()]
    for _ in range(150):
        loss = F.cross_entropy(scores_of(network, tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        network.zero_grad()
        loss.backward()
        losses.append(loss.item())
        with autograd.no_grad():
            for param, step in zip(network.parameters(), velocity, strict=True):
                step.mul_(0.9).add_(param.grad)
                param -= 0.5 * step / max(1.0, step.norm().item())
    assert losses[-1] < 0.1 * losses[0]
    text = network.generate(autograd.tensor([[4]]), 6, top_k=1)
    assert text.tolist() == [[4, 5, 6, 7, 8, 9, 10]]


# -- against other implementations ---------------------------------------------------------------------------------


def test_attention_blocks_as_pytorchs_encoder_layer(torch):
    """A block of the GPT is PyTorch's TransformerEncoderLayer with normalization first and a causal mask."""
    block = models.GPT(5, context=8, layers=1, heads=2, width=16).transformer.h[0]
    for param in block.parameters():
        nn.init.normal_(param, std=0.3)
    gelu = lambda x: torch.nn.functional.gelu(x, approximate="tanh")  # noqa: E731
    theirs = torch.nn.TransformerEncoderLayer(16, 2, 64, 0.0, gelu, batch_first=True, norm_first=True)
    pairs = {
        "self_attn.in_proj_weight": "attn.c_attn.weight", "self_attn.in_proj_bias": "attn.c_attn.bias",
        "self_attn.out_proj.weight": "attn.c_proj.weight", "self_attn.out_proj.bias": "attn.c_proj.bias",
        "linear1.weight": "mlp.c_fc.weight", "linear1.bias": "mlp.c_fc.bias", "linear2.weight": "mlp.c_proj.weight",
        "linear2.bias": "mlp.c_proj.bias", "norm1.weight": "ln_1.weight", "norm1.bias": "ln_1.bias",
        "norm2.weight": "ln_2.weight", "norm2.bias": "ln_2.bias",
    }  # fmt: skip
    state = block.state_dict()
    theirs.load_state_dict({theirs_: torch.tensor(state[ours].numpy()) for theirs_, ours in pairs.items()})
    x = torch.randn(3, 8, 16)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(8)
    expected = theirs(x, src_mask=mask, is_causal=True).detach().numpy()
    np.testing.assert_allclose(block(autograd.tensor(x.numpy())).detach().numpy(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_residual_block_as_in_pytorch(torch, stride, rng):
    """The same block written out with PyTorch's functions."""
    block = models.BasicBlock(4, 6, stride, models.resnet.projection(4, 6, stride))
    x = rng.standard_normal((2, 4, 8, 8)).astype(np.float32)
    p = {name: torch.tensor(value.numpy()) for name, value in block.state_dict().items()}
    f = torch.nn.functional

    def normed(z, name):
        return f.batch_norm(z, None, None, p[f"{name}.weight"], p[f"{name}.bias"], training=True)

    t = torch.tensor(x)
    z = normed(f.conv2d(t, p["conv1.weight"], stride=stride, padding=1), "bn1").relu()
    z = normed(f.conv2d(z, p["conv2.weight"], padding=1), "bn2")
    z = (z + normed(f.conv2d(t, p["downsample.0.weight"], stride=stride), "downsample.1")).relu()
    np.testing.assert_allclose(block(autograd.tensor(x)).detach().numpy(), z.numpy(), rtol=1e-4, atol=1e-5)
