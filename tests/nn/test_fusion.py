"""Batch normalization folded into the layer before it; modules made without drawing their values; old names."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd
import nn
from nn.skipping import skipped
from nn.utils import (
    clip_grad_norm,
    convert_conv2d_weight_memory_format,
    convert_conv3d_weight_memory_format,
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    stateless,
)

from .compared import assert_same

PAIRS = (
    ("Conv1d(2, 3, 2)", "BatchNorm1d(3)", (4, 2, 5), {}),
    ("Conv2d(2, 4, 3, groups=2, bias=False)", "BatchNorm2d(4, affine=False)", (4, 2, 5, 5), {}),
    ("Conv3d(2, 3, 2)", "BatchNorm3d(3)", (4, 2, 3, 3, 3), {}),
    ("ConvTranspose2d(2, 3, 2, stride=2)", "BatchNorm2d(3, eps=0.1)", (4, 2, 3, 3), {"transpose": True}),
    ("Linear(3, 4)", "BatchNorm1d(4)", (5, 3), {}),
    ("Linear(3, 4, bias=False)", "BatchNorm1d(4)", (5, 3), {}),
)


def pair(lib, nn, text, norm, shape):
    """A layer and a batch normalization that has seen something, for evaluation; and an input."""
    layer, bn, x = eval(f"nn.{text}"), eval(f"nn.{norm}"), lib.randn(*shape)
    for _ in range(2):
        bn(layer(x) * 3 + 1)
    if bn.weight is not None:
        nn.init.uniform_(bn.weight)
        nn.init.uniform_(bn.bias)
    return layer.eval(), bn.eval(), x


@pytest.mark.parametrize(("text", "norm", "shape", "options"), PAIRS, ids=[p[0] for p in PAIRS])
def test_the_fused_layer_does_what_both_do(text, norm, shape, options):
    layer, bn, x = pair(autograd, nn, text, norm, shape)
    before = layer.weight.tolist()
    fuse = fuse_linear_bn_eval if isinstance(layer, nn.Linear) else fuse_conv_bn_eval
    fused = fuse(layer, bn, **options)
    np.testing.assert_allclose(fused(x).detach().numpy(), bn(layer(x)).detach().numpy(), rtol=1e-4, atol=1e-5)
    assert type(fused) is type(layer)
    assert layer.weight.tolist() == before


def fusing(lib, nn):
    for text, norm, shape, options in PAIRS:
        layer, bn, _ = pair(lib, nn, text, norm, shape)
        fuse = nn.utils.fuse_linear_bn_eval if isinstance(layer, nn.Linear) else nn.utils.fuse_conv_bn_eval
        fused = fuse(layer, bn, **options)
        yield fused.state_dict()
        yield [[isinstance(p, nn.Parameter), p.requires_grad] for p in (fused.weight, fused.bias)]
        layer.train()
        yield lambda fuse=fuse, layer=layer, bn=bn: fuse(layer, bn)
    untracked = nn.BatchNorm2d(3, track_running_stats=False).eval()
    yield lambda: nn.utils.fuse_conv_bn_eval(nn.Conv2d(2, 3, 2).eval(), untracked)
    yield lambda: nn.utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(4).eval())
    yield nn.utils.fuse_conv_bn_weights(
        lib.ones(2, 1, 1).double(), None, lib.ones(2), lib.ones(2), 0.5, None, lib.full((2,), 3.0)
    )
    yield nn.utils.fuse_linear_bn_weights(
        lib.ones(2, 3), lib.ones(2), lib.ones(2), lib.ones(2), 0.5, lib.ones(2), lib.full((2,), 3.0)
    )


def made_without_values(lib, nn):
    """What skip_init makes draws nothing, so the next numbers are the same."""
    for kind, args in (
        (nn.Linear, (3, 4)), (nn.Conv2d, (2, 3, 2)), (nn.Embedding, (5, 2)), (nn.Bilinear, (2, 3, 4)), (nn.GRUCell, (2, 3)),
    ):  # fmt: skip
        module = nn.utils.skip_init(kind, *args)
        yield module
        yield [[name, tuple(p.shape), p.requires_grad] for name, p in module.named_parameters()]
        yield lib.rand(2)
    yield nn.utils.skip_init(nn.Linear, in_features=2, out_features=1, dtype=lib.float64).weight.dtype == lib.float64
    yield lambda: nn.utils.skip_init(nn.ReLU)
    yield lambda: nn.utils.skip_init(dict)


@pytest.mark.parametrize("program", [fusing, made_without_values])
def test_as_in_pytorch(torch, program):
    assert_same(program, torch)


def test_a_closed_form():
    """One channel: w = 2, b = 1, mean 3, var 4, gamma 5, beta 7: 5 (2 x + 1 - 3) / 2 + 7 = 5 x + 2."""
    numbers = (autograd.tensor([value]) for value in (1.0, 3.0, 4.0))
    weight, bias = fuse_conv_bn_weights(
        autograd.full((1, 1, 1), 2.0), *numbers, 0.0, autograd.tensor([5.0]), autograd.tensor([7.0])
    )
    assert weight.item() == pytest.approx(5)
    assert bias.item() == pytest.approx(2)


def test_initialization_is_skipped_only_inside():
    autograd.manual_seed(3)
    with nn.init.skipping(), nn.init.skipping():
        weight = autograd.full((2, 3), 7.0)
        for name in nn.init.__all__:
            if name.endswith("_"):
                assert getattr(nn.init, name)(tensor=weight) is weight
        assert (weight == 7).all()
        net = nn.Sequential(nn.Linear(100, 100), nn.BatchNorm1d(100))
    assert not skipped.now
    assert net(autograd.zeros(2, 100)).shape == (2, 100)
    after = nn.Linear(4, 4).weight
    autograd.manual_seed(3)
    assert autograd.equal(nn.Linear(4, 4).weight, after)


def test_old_names_warn_and_work():
    w = nn.Parameter(autograd.zeros(2))
    w.grad = autograd.tensor([3.0, 4.0])
    with pytest.warns(FutureWarning, match=r"in favor of `nn\.utils\.clip_grad_norm_`"):
        assert clip_grad_norm([w], 1.0).item() == 5
    layer = nn.Linear(2, 1)
    with pytest.warns(FutureWarning, match=r"autograd\.func\.functional_call"):
        z = stateless.functional_call(layer, {"weight": autograd.ones(1, 2)}, autograd.ones(1, 2))
    assert z.item() == pytest.approx(2 + layer.bias.item(), rel=1e-6)


def test_memory_formats_change_nothing():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv3d(1, 2, 3))
    before = [p.detach().clone() for p in net.parameters()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert convert_conv2d_weight_memory_format(net, autograd.channels_last) is net
        assert convert_conv3d_weight_memory_format(net, autograd.channels_last_3d) is net
    assert all(autograd.equal(p, q) for p, q in zip(before, net.parameters(), strict=True))
