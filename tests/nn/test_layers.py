"""Layers by themselves: closed forms, gradients by differences, copies, and what they refuse."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from nn.modules import __all__ as LAYER_NAMES

from .layers import DROPOUTS, LAYERS, drawn, is_continuous, made

EVERY_LAYER = pytest.mark.parametrize("text", LAYERS)
CONTAINERS = {
    "Container", "Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "ResidualBlock", "Sequential"
}  # fmt: skip
RECURRENT = {"RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"}  # test_recurrent.py
ELSEWHERE = {"CrossMapLRN2d", "LinearCrossEntropyOptions"}  # test_transformer.py


def test_every_layer_is_in_the_table():
    tested = {text.partition("(")[0] for text in LAYERS}
    assert {name for name in LAYER_NAMES if not name.startswith("Lazy")} - tested == CONTAINERS | RECURRENT | ELSEWHERE


@pytest.mark.filterwarnings("ignore:.NLLLoss2d.:FutureWarning")
@EVERY_LAYER
def test_copies_compute_the_same(text, rng):
    layer = made(text).eval()
    inputs = [
        autograd.tensor(array.astype(np.float32) if array.dtype == float else array) for array in drawn(text, rng)
    ]
    autograd.manual_seed(3)
    expected = layer(*(x.clone() for x in inputs))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert repr(twin) == repr(layer)
        autograd.manual_seed(3)
        found = twin(*(x.clone() for x in inputs))
        for ours, theirs in zip(*((z if isinstance(z, tuple) else (z,)) for z in (found, expected)), strict=True):
            assert autograd.equal(ours, theirs)


def is_a_differentiable_function(text):
    """Not one that draws, whose gradient is changed on purpose, or that writes into its input."""
    changed = ("max_norm", "Embedding(5, 3, padding_idx", "inplace", "True)", "RReLU", "Fractional", "CTC")
    return text not in DROPOUTS and not any(word in text for word in changed)


def first_result(layer, inputs):
    """What a layer gives, the first of several results; what is dropped is the same each time."""
    autograd.manual_seed(3)
    result = layer(*inputs)
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.filterwarnings("ignore:.NLLLoss2d.:FutureWarning")
@pytest.mark.parametrize("text", [text for text in LAYERS if is_a_differentiable_function(text)])
def test_gradients_by_differences(text, rng):
    """Along random directions, by the inputs and by all parameters."""
    layer = made(text).double()
    arrays = drawn(text, rng)
    inputs = [autograd.tensor(array, requires_grad=is_continuous(array)) for array in arrays]
    moved = [*(x for x in inputs if x.requires_grad), *layer.parameters()]
    result = first_result(layer, inputs)
    cotangent = autograd.tensor(rng.standard_normal(result.shape))
    found = autograd.autograd.grad((result * cotangent).sum(), moved)
    steps = [rng.standard_normal(x.shape) for x in moved]
    slope = sum(float((g.numpy() * step).sum()) for g, step in zip(found, steps, strict=True))

    def at(distance):
        with autograd.no_grad():
            for x, step in zip(moved, steps, strict=True):
                x += autograd.tensor(distance * step)
            value = (first_result(layer, inputs) * cotangent).sum().item()
            for x, step in zip(moved, steps, strict=True):
                x -= autograd.tensor(distance * step)
        return value

    h = 1e-6
    assert slope == pytest.approx((at(h) - at(-h)) / (2 * h), rel=1e-5, abs=1e-7)


# -- closed forms -------------------------------------------------------------------------------------------


def test_linear_is_a_matrix_product(rng):
    layer, x = nn.Linear(3, 2), rng.standard_normal((4, 3)).astype(np.float32)
    expected = x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(layer(autograd.tensor(x)).detach().numpy(), expected, rtol=1e-6)


def test_a_convolution_is_a_product_with_unfolded_windows():
    layer, x = nn.Conv2d(2, 3, 3, stride=2, padding=1), autograd.randn(4, 2, 7, 6)
    columns = nn.Unfold(3, stride=2, padding=1)(x)
    product = layer.weight.reshape(3, -1) @ columns + layer.bias[:, None]
    assert autograd.allclose(layer(x), product.reshape(4, 3, 4, 3), atol=1e-6)


def test_a_transposed_convolution_is_the_adjoint():
    """<conv(x), y> = <x, conv_transpose(y)>, with the same weight."""
    forward = nn.Conv2d(2, 3, 3, stride=2, bias=False).double()
    back = nn.ConvTranspose2d(3, 2, 3, stride=2, bias=False).double()
    back.weight.data = forward.weight.data
    x, y = (autograd.randn(*shape, dtype=autograd.float64) for shape in ((1, 2, 7, 7), (1, 3, 3, 3)))
    assert (forward(x) * y).sum().item() == pytest.approx((x * back(y)).sum().item())


def test_output_size_chooses_among_the_sizes_that_lead_here():
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2)
    x = autograd.ones(1, 1, 3, 3)
    assert layer(x).shape == (1, 1, 7, 7)
    assert layer(x, output_size=(8, 7)).shape == (1, 1, 8, 7)
    assert layer(x, output_size=(1, 1, 7, 8)).shape == (1, 1, 7, 8)
    with pytest.raises(
        ValueError, match=r"requested an output size of \[9, 7\], but valid sizes range from \[7, 7\] to \[8, 8\]"
    ):
        layer(x, output_size=[9, 7])
    with pytest.raises(ValueError, match="output_size must have 2 or 4 elements"):
        layer(x, output_size=[9, 7, 7])


def test_batch_norm_keeps_running_averages(rng):
    layer = nn.BatchNorm1d(2, momentum=0.3)
    batches = rng.standard_normal((3, 6, 2)).astype(np.float32) * 3 + 1
    mean, variance = np.zeros(2), np.ones(2)
    for batch in batches:
        z = layer(autograd.tensor(batch)).detach().numpy()
        np.testing.assert_allclose(z.mean(0), 0, atol=1e-6)
        np.testing.assert_allclose(z.var(0), 1, rtol=1e-4)
        mean = 0.7 * mean + 0.3 * batch.mean(0)
        variance = 0.7 * variance + 0.3 * batch.var(0, ddof=1)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(layer.running_var.numpy(), variance, rtol=1e-5)
    assert layer.num_batches_tracked.item() == 3
    x = batches[0]
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(layer.eval()(autograd.tensor(x)).detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    layer.reset_running_stats()
    assert (layer.running_mean.tolist(), layer.running_var.tolist()) == ([0, 0], [1, 1])


def test_momentum_none_is_the_plain_average(rng):
    layer = nn.BatchNorm1d(2, momentum=None)
    batches = rng.standard_normal((4, 5, 2)).astype(np.float32)
    for batch in batches:
        layer(autograd.tensor(batch))
    np.testing.assert_allclose(layer.running_mean.numpy(), batches.mean((0, 1)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "dims", "shape"),
    [
        (nn.LayerNorm(6), (2,), (4, 5, 6)), (nn.LayerNorm((5, 6)), (1, 2), (4, 5, 6)),
        (nn.InstanceNorm1d(5), (2,), (4, 5, 6)),
        (nn.GroupNorm(1, 5), (1, 2), (4, 5, 6)), (nn.InstanceNorm2d(5), (2, 3), (4, 5, 6, 7)),
    ],
)  # fmt: skip
def test_normalizations_bring_mean_0_and_variance_1(layer, dims, shape):
    z = layer(autograd.randn(*shape) * 3 + 2)
    assert z.mean(dims).abs().max().item() < 1e-5
    assert (z.var(dims, correction=0) - 1).abs().max().item() < 1e-3


def test_dropout_keeps_the_mean_and_does_nothing_in_evaluation():
    layer, x = nn.Dropout(0.25), autograd.ones(40_000)
    z = layer(x)
    assert set(np.unique(z.numpy()).tolist()) == {0.0, float(np.float32(4 / 3))}
    assert z.mean().item() == pytest.approx(1, abs=5 * math.sqrt(1 / 3 / 40_000))
    assert layer.eval()(x) is x or autograd.equal(layer(x), x)


def test_embedding_rows_and_padding():
    table = nn.Embedding(4, 3, padding_idx=-1)
    assert table.padding_idx == 3
    assert table.weight[3].tolist() == [0, 0, 0]
    table(autograd.tensor([1, 1, 3])).sum().backward()
    assert table.weight.grad.tolist() == [[0] * 3, [2] * 3, [0] * 3, [0] * 3]
    given = autograd.randn(2, 3)
    frozen = nn.Embedding.from_pretrained(given)
    assert autograd.equal(frozen(autograd.tensor(1)), given[1])
    assert not frozen.weight.requires_grad
    assert frozen.weight.data_ptr() == given.data_ptr()
    assert nn.EmbeddingBag.from_pretrained(given, freeze=False).weight.requires_grad


def test_bags_are_sums_means_and_maxima_of_embeddings():
    table = autograd.randn(5, 3)
    index = autograd.tensor([[0, 1, 4], [2, 2, 3]])
    rows = nn.Embedding.from_pretrained(table)(index)
    for mode, expected in (("sum", rows.sum(1)), ("mean", rows.mean(1)), ("max", rows.max(1).values)):
        bag = nn.EmbeddingBag.from_pretrained(table, mode=mode)
        assert autograd.allclose(bag(index), expected)
        assert autograd.allclose(bag(index.flatten(), autograd.tensor([0, 3])), expected)


def test_losses_in_closed_form():
    x, y = autograd.tensor([[0.2, -1.0], [3.0, 0.5]]), autograd.tensor([1, 0])
    logs = (x.exp() / x.exp().sum(1, keepdim=True)).log()
    picked = -(logs[0, 1] + logs[1, 0]) / 2
    assert nn.CrossEntropyLoss()(x, y).item() == pytest.approx(picked.item(), rel=1e-6)
    assert nn.NLLLoss()(logs, y).item() == pytest.approx(picked.item(), rel=1e-6)
    t = autograd.tensor([[1.0, 0.0], [0.25, 1.0]])
    s = 1 / (1 + (-x).exp())
    entropy = -(t * s.log() + (1 - t) * (1 - s).log()).mean().item()
    assert nn.BCEWithLogitsLoss()(x, t).item() == pytest.approx(entropy, rel=1e-6)
    assert nn.BCELoss()(s, t).item() == pytest.approx(entropy, rel=1e-6)
    assert nn.MSELoss(reduction="sum")(x, t).item() == pytest.approx(((x - t) ** 2).sum().item(), rel=1e-6)


def test_weights_of_losses_are_buffers_that_are_saved():
    weight = autograd.tensor([1.0, 3.0])
    for loss in (
        nn.CrossEntropyLoss(weight),
        nn.NLLLoss(weight),
        nn.BCELoss(weight),
        nn.MultiMarginLoss(weight=weight),
    ):
        assert list(loss.state_dict()) == ["weight"]
    assert list(nn.BCEWithLogitsLoss(pos_weight=weight).state_dict()) == ["pos_weight"]
    x, y = autograd.tensor([[0.2, -1.0], [3.0, 0.5]]), autograd.tensor([1, 0])
    each = nn.CrossEntropyLoss(reduction="none")(x, y)
    mean = (3 * each[0] + each[1]) / 4
    assert nn.CrossEntropyLoss(weight)(x, y).item() == pytest.approx(mean.item(), rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "reduction"),
    [({"size_average": False}, "sum"), ({"reduce": False}, "none"), ({"size_average": True, "reduce": True}, "mean")],
)
def test_the_old_spelling_of_reduction(arguments, reduction):
    with pytest.warns(UserWarning, match=f"please use reduction='{reduction}' instead"):
        assert nn.MSELoss(**arguments).reduction == reduction


def test_own_distance_in_a_triplet_loss():
    loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1))
    assert loss(autograd.zeros(1, 2), autograd.ones(1, 2), 3 * autograd.ones(1, 2)).item() == 0
    module = nn.TripletMarginWithDistanceLoss()
    assert repr(module) == "TripletMarginWithDistanceLoss(\n  (distance_function): PairwiseDistance()\n)"


# -- residual blocks ----------------------------------------------------------------------------------------


def test_residual_block_adds_its_input():
    body, x = nn.Linear(3, 3), autograd.randn(2, 3)
    assert autograd.equal(nn.ResidualBlock(body)(x), body(x) + x)
    assert autograd.equal(nn.ResidualBlock(body, activation=nn.ReLU())(x), (body(x) + x).relu())
    assert autograd.equal(nn.ResidualBlock(body, activation=F.gelu)(x), F.gelu(body(x) + x))
    projection, wider = nn.Linear(3, 5), nn.Linear(3, 5)
    block = nn.ResidualBlock(wider, projection)
    assert autograd.equal(block(x), wider(x) + projection(x))
    assert list(block.state_dict()) == ["body.weight", "body.bias", "projection.weight", "projection.bias"]


def test_gradients_have_a_short_way_through_a_residual_block():
    """With a body of zeros the block is the identity, and so is its derivative, however deep."""
    blocks = nn.Sequential(*(nn.ResidualBlock(nn.Linear(2, 2)) for _ in range(50)))
    for parameter in blocks.parameters():
        nn.init.zeros_(parameter)
    x = autograd.ones(1, 2, requires_grad=True)
    blocks(x).sum().backward()
    assert x.grad.tolist() == [[1, 1]]


def test_residual_blocks_that_do_not_fit():
    x = autograd.ones(2, 3)
    with pytest.raises(RuntimeError, match=r"body makes \(2, 5\) of an input of shape \(2, 3\).*give a projection="):
        nn.ResidualBlock(nn.Linear(3, 5))(x)
    with pytest.raises(RuntimeError, match="the projection must lead to the body's shape"):
        nn.ResidualBlock(nn.Linear(3, 5), nn.Linear(3, 4))(x)
    with pytest.raises(TypeError, match="body must be a Module, not function"):
        nn.ResidualBlock(lambda x: x)
    with pytest.raises(TypeError, match="projection must be a Module, not int"):
        nn.ResidualBlock(nn.ReLU(), 3)


# -- what layers refuse -------------------------------------------------------------------------------------

ONES = autograd.ones
REFUSED = [
    ("nn.Linear(2, 3)(ONES(2, 4))", RuntimeError, r"mat1 and mat2 shapes cannot be multiplied \(2x4 and 2x3\)"),
    ("nn.Linear(2.5, 3)", TypeError, "argument .in_features. must be int, not float"),
    ("nn.Linear(-1, 3)", RuntimeError, "negative dimension"),
    ("nn.Bilinear(0, 3, 4)", ValueError, "in1_features must be > 0"),
    ("nn.Bilinear(2, 3, 4)(ONES(5, 2), ONES(5, 2))", RuntimeError, "input2 size does not match weight size"),
    ("nn.Conv2d(3, 4, 2)(ONES(1, 2, 4, 4))", RuntimeError, "to have 3 channels, but got 2 channels instead"),
    ("nn.Conv2d(3, 4, 2)(ONES(2, 4))", RuntimeError, r"Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d"),
    ("nn.Conv2d(3, 4, 5)(ONES(3, 4, 4))", RuntimeError, "Kernel size can't be greater than actual input size"),
    ("nn.Conv2d(3, 4, 2, padding='wide')", ValueError, "Invalid padding string 'wide'"),
    ("nn.Conv2d(3, 4, 2, padding='same', stride=2)", ValueError, "padding='same' is not supported for strided"),
    ("nn.Conv2d(3, 4, 2, padding_mode='odd')", ValueError, "padding_mode must be one of"),
    ("nn.Conv2d(3, 4, 2, groups=2)", ValueError, "in_channels must be divisible by groups"),
    ("nn.Conv2d(4, 3, 2, groups=2)", ValueError, "out_channels must be divisible by groups"),
    ("nn.Conv2d(4, 4, 2, groups=0)", ValueError, "groups must be a positive integer"),
    ("nn.ConvTranspose2d(3, 4, 2)(ONES(1, 2, 4, 4))", RuntimeError, "to have 3 channels, but got 2 channels instead"),
    ("nn.ConvTranspose2d(3, 4, 2, padding_mode='circular')", ValueError, 'Only "zeros" padding mode is supported'),
    ("nn.BatchNorm1d(3)(ONES(2, 4))", RuntimeError, "running_mean should contain 4 elements not 3"),
    ("nn.BatchNorm1d(3)(ONES(1, 3))", ValueError, "Expected more than 1 value per channel when training"),
    ("nn.BatchNorm2d(3)(ONES(1, 3))", ValueError, "expected 4D input .got 2D input"),
    ("nn.InstanceNorm1d(3)(ONES(2, 3, 1))", ValueError, "Expected more than 1 spatial element when training"),
    ("nn.InstanceNorm2d(3, affine=True)(ONES(2, 4, 3, 3))", ValueError, r"match num_features \(3\), but got: 4"),
    ("nn.LayerNorm(3)(ONES(2, 4))", RuntimeError, r"Given normalized_shape=\[3\], expected input with shape"),
    ("nn.RMSNorm(3)(ONES(2, 4))", RuntimeError, r"Given normalized_shape=\[3\], expected input with shape"),
    ("nn.GroupNorm(2, 3)", ValueError, r"num_channels \(3\) must be divisible by num_groups \(2\)"),
    ("nn.GroupNorm(2, 4)(ONES(2, 3, 3))", RuntimeError, "number of channels in input to be divisible by num_groups"),
    ("nn.LocalResponseNorm(2)(ONES(2, 3))", ValueError, "Expected 3D or higher dimensionality"),
    ("nn.Embedding(3, 2)(autograd.tensor([3]))", IndexError, "out of range"),
    ("nn.Embedding(3, 2)(ONES(2))", RuntimeError, "Expected tensor for argument .*'indices'"),
    ("nn.Embedding(3, 2, padding_idx=4)", AssertionError, "Padding_idx must be within num_embeddings"),
    ("nn.Embedding(3, 2, _weight=ONES(2, 2))", AssertionError, "Shape of weight does not match"),
    ("nn.Embedding.from_pretrained(ONES(2))", AssertionError, "expected to be 2-dimensional"),
    ("nn.EmbeddingBag(3, 2, mode='min')(autograd.tensor([[0]]))", ValueError, "mode has to be one of sum, mean or max"),
    ("nn.Dropout(1.5)", ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
    ("nn.Unflatten(1, 4)", TypeError, "unflattened_size must be tuple of ints, but found type int"),
    ("nn.Unflatten(1, (2, 2.0))", TypeError, "found element of type float at pos 1"),
    ("nn.Unflatten(1, (2, 3))(ONES(1, 4))", RuntimeError, "unflatten"),
    ("nn.Hardtanh(1.0, 1.0)", AssertionError, "max_val must be larger than min_val"),
    ("nn.GELU('cubic')(ONES(2))", RuntimeError, "approximate argument must be either none or tanh"),
    ("nn.PReLU(2)(ONES(2, 3))", RuntimeError, "parameter numbers = 2 and channel size = 3"),
    ("nn.Softmax(5)(ONES(2, 3))", IndexError, "Dimension out of range"),
    ("nn.Softmax2d()(ONES(2, 3))", ValueError, "expected input to be 3D or 4D"),
    ("nn.GLU()(ONES(3))", RuntimeError, "[Hh]alving dimension must be even"),
    ("nn.MaxPool2d(2)(ONES(3))", RuntimeError, "3D or 4D"),
    ("nn.MaxPool2d(2, padding=2)(ONES(1, 4, 4))", RuntimeError, "pad should be at most half of effective kernel size"),
    ("nn.AdaptiveAvgPool2d((2, 2, 2))(ONES(1, 4, 4))", RuntimeError, "output_size"),
    ("nn.ReflectionPad2d(4)(ONES(1, 3, 3))", RuntimeError, "Padding size should be less than"),
    ("nn.ZeroPad2d(1.5)", TypeError, "padding must be an int or 4 ints, got 1.5"),
    ("nn.Upsample()(ONES(1, 1, 2))", ValueError, "size or scale_factor should be defined"),
    ("nn.PixelShuffle(2)(ONES(1, 3, 2, 2))", RuntimeError, "divisible by the square of upscale_factor"),
    ("nn.FractionalMaxPool2d(3)", ValueError, "requires specifying either an output size, or a pooling ratio"),
    ("nn.FractionalMaxPool2d(3, 2, 0.5)", ValueError, "only one of output_size and output_ratio may be specified"),
    ("nn.FractionalMaxPool2d(3, output_ratio=1.5)", ValueError, r"between 0 and 1 \(got 1.5\)"),
    ("nn.ConvTranspose2d(3, 4, 2, padding='same')", TypeError, "padding must be an int or a tuple of 2 ints"),
    ("nn.MSELoss(reduction='typo')(ONES(2), ONES(2))", ValueError, "typo is not a valid value for reduction"),
    ("nn.BCELoss()(2 * ONES(2), ONES(2))", RuntimeError, "all elements of input should be between 0 and 1"),
    ("nn.BCEWithLogitsLoss()(ONES(2, 3), ONES(2))", ValueError, "must be the same as input size"),
    ("nn.CrossEntropyLoss()(ONES(2, 3), autograd.tensor([3, 1]))", IndexError, "Target 3 is out of bounds"),
    ("nn.CrossEntropyLoss()(ONES(2, 3), autograd.tensor([1]))", ValueError, "batch_size|targets of shape"),
    ("nn.NLLLoss()(ONES(2, 3), ONES(2))", RuntimeError, "Long"),
    ("nn.MultiMarginLoss(p=3)", ValueError, "only p == 1 and p == 2 supported"),
    ("nn.MultiMarginLoss(weight=ONES(2, 2))", ValueError, "expected weight to be None or 1D tensor, got 2D instead"),
    ("nn.TripletMarginLoss(margin=-1)", ValueError, "expected margin to be greater than 0, got -1 instead"),
    ("nn.TripletMarginWithDistanceLoss(margin=0)", ValueError, "expected margin to be greater than 0, got 0 instead"),
    ("nn.GaussianNLLLoss()(ONES(2, 3), ONES(2, 3), ONES(3))", ValueError, "var is of incorrect size"),
    ("nn.CosineSimilarity()(ONES(2, 3), ONES(3, 3))", RuntimeError, "size of tensor a|broadcast"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_refused(text, error, message):
    with pytest.raises(error, match=message):
        eval(text)
