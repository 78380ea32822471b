"""Initial values: PyTorch's own numbers from the same seed, and the properties that each scheme promises."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import autograd
import nn

LAYERS = {
    "Linear(3, 2)": {
        "weight": [-0.4869174659252167, -0.0050613596104085445, 0.14214147627353668, -0.08956071734428406,
                   -0.34596168994903564, -0.5442638397216797],
        "bias": [0.09829212725162506, 0.22710175812244415],
    },
    "Conv2d(2, 3, 2)": {
        "weight": [-0.29817482829093933, -0.003099437104538083, 0.08704352378845215, -0.05484451353549957],
        "bias": [-0.34306851029396057, 0.16674679517745972, 0.20396006107330322],
    },
    "ConvTranspose1d(2, 3, 2)": {
        "weight": [-0.3443026542663574, -0.0035789217799901962, 0.10050921142101288, -0.06332898885011673],
        "bias": [-0.36139050126075745, 0.21789759397506714, 0.3084999620914459],
    },
    "Embedding(4, 3)": {
        "weight": [-2.0259921550750732, -2.0655088424682617, -1.2053627967834473, -0.9122241139411926],
    },
    "Bilinear(2, 2, 1)": {
        "weight": [-0.5963496565818787, -0.006198874209076166, 0.1740870475769043, -0.10968902707099915],
        "bias": [-0.423714816570282],
    },
    "EmbeddingBag(4, 5)": {
        "weight": [0.1807715892791748, -0.06998809427022934, -0.3596234917640686, -0.9152044653892517],
    },
}  # fmt: skip

SCHEMES = {
    "xavier_uniform_(t)": [-0.6886053085327148, -0.0071578435599803925, 0.20101842284202576, -0.12665797770023346],
    "xavier_normal_(t, gain=2.0)": [
        0.17043308913707733, -0.06598541140556335, -0.3390562832355499, -0.8628630638122559,
    ],
    "kaiming_uniform_(t, nonlinearity='relu')": [
        -0.9238609671592712, -0.009603254497051239, 0.2696945071220398, -0.16992951929569244,
    ],
    "kaiming_normal_(t, mode='fan_out')": [
        0.1278248131275177, -0.04948905482888222, -0.25429221987724304, -0.6471472978591919,
    ],
    "trunc_normal_(t, std=0.5)": [0.0903857946395874, -0.03499404713511467, -0.1798117458820343, -0.45760223269462585],
    "sparse_(t, 0.5)": [0.001807715860195458, 0.0, 0.0, -0.009152044542133808, 0.0, 0.004931362345814705],
    "uniform_(t, -1.0, 2.0)": [-0.7650486826896667, 0.48685020208358765, 0.8692944049835205, 0.26731443405151367],
    "normal_(t, 1.0, 2.0)": [1.3615431785583496, 0.8600237965583801, 0.2807530164718628, -0.8304089307785034],
}  # fmt: skip


@pytest.mark.parametrize("text", LAYERS)
def test_initial_weights_printed_by_pytorch(text):
    """Printed by PyTorch 2.13.0 (CPU) after torch.manual_seed(1337): the first elements, with .tolist()."""
    autograd.manual_seed(1337)
    layer = eval(f"nn.{text}")
    for name, expected in LAYERS[text].items():
        assert getattr(layer, name).flatten().tolist()[: len(expected)] == expected


@pytest.mark.parametrize("text", SCHEMES)
def test_schemes_printed_by_pytorch(text):
    """Printed by PyTorch 2.13.0 (CPU) after torch.manual_seed(1337), for t = torch.empty(4, 5): the first elements."""
    autograd.manual_seed(1337)
    t = autograd.empty(4, 5)
    eval(f"nn.init.{text}")
    assert t.flatten().tolist()[: len(SCHEMES[text])] == SCHEMES[text]


CALLS = [
    "xavier_uniform_(t, 2.0)", "xavier_normal_(t)", "kaiming_uniform_(t)", "kaiming_uniform_(t, 0.3, 'fan_out')",
    "kaiming_normal_(t, mode='FAN_OUT', nonlinearity='selu')", "kaiming_normal_(t, mode='fan')",
    "kaiming_uniform_(t, nonlinearity='cube')", "orthogonal_(t)", "orthogonal_(t, gain=3)", "trunc_normal_(t)",
    "trunc_normal_(t, 0.5, 0.3, 0.0, 1.0)", "trunc_normal_(t, 9.0)", "trunc_normal_(t, 0.0, 2.0, 0.5, 1.0)",
    "sparse_(t, 0.4)", "sparse_(t, 0.4, std=2.0)", "uniform_(t)", "uniform_(t, 5.0, 2.0)", "normal_(t, 1.0, 0.1)",
    "normal_(t, 0.0, -1.0)", "constant_(t, 0.3)", "ones_(t)", "zeros_(t)", "eye_(t)", "dirac_(t)", "dirac_(t, 2)",
]  # fmt: skip
SHAPES = [(3,), (), (4, 5), (5, 4), (20, 30), (4, 3, 2), (4, 2, 3, 3), (2, 4, 3, 2, 2), (0, 3), (1, 1), (17, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_against_pytorch(torch, call, shape, dtype):
    ours = attempt(autograd, nn.init, call, shape, dtype)
    theirs = attempt(torch, torch.nn.init, call, shape, dtype)
    if isinstance(theirs, type):
        assert ours is theirs
    elif "orthogonal" in call:  # LAPACK's own rounding
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-6 if dtype == "float32" else 1e-14)
    else:
        np.testing.assert_array_equal(ours, theirs)


def attempt(library, init, call, shape, dtype):
    """What the call makes of an empty tensor, or the type of its error."""
    library.manual_seed(7)
    t = library.zeros(shape, dtype=getattr(library, dtype))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert eval(f"init.{call}", {"init": init, "t": t}) is t
    except (ValueError, RuntimeError, ZeroDivisionError) as error:
        return type(error)
    return t.numpy()


# -- what each promises -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "param", "expected"),
    [
        ("linear", None, 1), ("conv2d", None, 1), ("sigmoid", None, 1), ("tanh", None, 5 / 3), ("relu", None, 2**0.5),
        ("leaky_relu", None, math.sqrt(2 / (1 + 0.01**2))),
        ("leaky_relu", 0.2, math.sqrt(2 / 1.04)), ("selu", None, 0.75),
    ],
)  # fmt: skip
def test_gains(name, param, expected):
    assert nn.init.calculate_gain(name, param) == pytest.approx(expected)


def test_gains_that_do_not_exist():
    with pytest.raises(ValueError, match="Unsupported nonlinearity cube: the known ones are leaky_relu, linear"):
        nn.init.calculate_gain("cube")
    for slope in (True, "steep"):
        with pytest.raises(ValueError, match=f"negative_slope {slope} not a valid number"):
            nn.init.calculate_gain("leaky_relu", slope)


@pytest.mark.parametrize("shape", [(300, 200), (30, 20, 3, 3)])
def test_variances(shape):
    """Glorot's variance is 2 / (fan_in + fan_out), He's is gain^2 / fan."""
    t = autograd.empty(*shape)
    kernel = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * kernel, shape[0] * kernel
    for draw, variance in (
        (nn.init.xavier_uniform_, 2 / (fan_in + fan_out)), (nn.init.xavier_normal_, 2 / (fan_in + fan_out)),
        (lambda t: nn.init.kaiming_uniform_(t, nonlinearity="relu"), 2 / fan_in),
        (lambda t: nn.init.kaiming_normal_(t, nonlinearity="relu", mode="fan_out"), 2 / fan_out),
    ):  # fmt: skip
        assert draw(t).var().item() == pytest.approx(variance, rel=0.05)  # five times its standard error, at least
        assert abs(t.mean().item()) < 5 * math.sqrt(variance / t.numel())


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (3, 2, 5)])
def test_orthogonal(shape):
    q = nn.init.orthogonal_(autograd.empty(*shape, dtype=autograd.float64), gain=2).reshape(shape[0], -1)
    square = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(square.numpy(), 4 * np.eye(min(q.shape)), atol=1e-14)


def test_dirac_keeps_the_channels():
    weight = nn.init.dirac_(autograd.empty(4, 2, 3, 3), groups=2)
    x = autograd.randn(1, 4, 5, 5)
    assert autograd.equal(nn.functional.conv2d(x, weight, padding=1, groups=2), x)


def test_sparse_zeroes_a_share_of_each_column():
    t = nn.init.sparse_(autograd.empty(10, 30), sparsity=0.25)
    assert (t == 0).sum(0).tolist() == [3] * 30


def test_trunc_normal_stays_inside_and_warns_where_that_is_odd():
    t = nn.init.trunc_normal_(autograd.empty(2000), mean=1.0, std=3.0, a=0.0, b=2.0)
    assert 0 <= t.min().item() < t.max().item() <= 2
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        nn.init.trunc_normal_(t, mean=9.0)


def test_values_are_written_unrecorded_into_parameters():
    weight = nn.Parameter(autograd.empty(2, 3))
    assert nn.init.constant_(weight, 0.5) is weight
    assert weight.is_leaf
    assert weight.requires_grad
    assert weight.tolist() == [[0.5] * 3] * 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("eye_(autograd.empty(3))", "Only tensors with 2 dimensions are supported"),
        ("sparse_(autograd.empty(3), 0.1)", "Only tensors with 2 dimensions are supported"),
        ("dirac_(autograd.empty(3, 3))", "Only tensors with 3, 4, or 5 dimensions are supported"),
        ("dirac_(autograd.empty(3, 3, 3), groups=2)", "dim 0 must be divisible by groups"),
        ("orthogonal_(autograd.empty(3))", "Only tensors with 2 or more dimensions are supported"),
        ("xavier_uniform_(autograd.empty(3))", "Fan in and fan out can not be computed.*fewer than 2 dimensions"),
        ("kaiming_normal_(autograd.empty(3, 3), mode='fan')", "Mode fan not supported, please use one of"),
    ],
)
def test_tensors_that_do_not_fit(call, message):
    with pytest.raises(ValueError, match=message):
        eval(f"nn.init.{call}")


def test_nothing_to_draw():
    for draw in (nn.init.kaiming_uniform_, nn.init.kaiming_normal_):
        with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
            draw(autograd.empty(0, 3))


def test_gains_of_one_are_printed_as_in_pytorch():
    assert [str(nn.init.calculate_gain(name)) for name in ("linear", "sigmoid", "selu")] == ["1", "1", "0.75"]
