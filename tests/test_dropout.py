"""Dropout: the same elements as PyTorch drops, exact at p = 0 and 1, right gradients, in place or not."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import pytest

import autograd
from autograd.ops import dropout as ours

ELEMENTS = ("dropout", "alpha_dropout")
CHANNELS = ("feature_dropout", "feature_alpha_dropout")
BY_RANK = {"dropout1d": (2, 3), "dropout2d": (2, 3, 4, 5), "dropout3d": (3, 4, 5)}
ODD_RANKS = {("dropout2d", 2), ("dropout2d", 3), ("dropout2d", 5), ("dropout3d", 3)}
SHAPES = ((), (0,), (5,), (3, 7), (6, 5, 4), (4, 3, 2, 2), (2, 3, 2, 2, 2), (300, 301))
CHANCES = (0, 0.1, 0.3, 1 / 3, 0.5, 0.9, 1)


def test_drops_what_pytorch_drops_printed():
    """Printed by PyTorch 2.13.0 (CPU), each after torch.manual_seed(1337), with .tolist()."""
    x = autograd.arange(1.0, 9.0)
    autograd.manual_seed(1337)
    assert ours.dropout(x, 0.3, True).tolist() == [
        1.4285714626312256, 0.0, 4.285714149475098, 5.714285850524902, 7.142857551574707, 8.571428298950195, 10.0,
        11.428571701049805,
    ]  # fmt: skip
    autograd.manual_seed(1337)
    assert ours.alpha_dropout(x, 0.3, True).tolist() == [
        1.315044641494751, -1.059548258781433, 3.036949872970581, 3.897902488708496, 4.758854866027832,
        5.619807720184326, 6.48076057434082, 7.341712951660156,
    ]  # fmt: skip
    pairs = autograd.arange(1.0, 13.0).reshape(2, 3, 2)
    autograd.manual_seed(1337)
    assert ours.feature_dropout(pairs, 0.5, True).tolist() == [
        [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [18.0, 20.0], [0.0, 0.0]],
    ]  # fmt: skip
    autograd.manual_seed(1337)
    low = [-0.7791939377784729, -0.7791939377784729]
    assert ours.feature_alpha_dropout(pairs, 0.5, True).tolist() == [
        [low, low, low], [low, [8.756837844848633, 9.643242835998535], low],
    ]  # fmt: skip


def assert_both_give(torch, call, data):
    """The call on the data gives the same in both libraries, also the second time."""
    autograd.manual_seed(3)
    torch.manual_seed(3)
    for _ in range(2):
        mine, theirs = call(ours, autograd.tensor(data)), call(torch, torch.tensor(data))
        np.testing.assert_array_equal(np.asarray(mine.detach().array), theirs.detach().numpy(), strict=True)


@pytest.mark.parametrize("d", ["float32", "float64", "float16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_drops_what_pytorch_drops(torch, rng, shape, d):
    data = np.asarray(rng.standard_normal(shape)).astype(d)
    for name in ELEMENTS + CHANNELS * (len(shape) > 1):
        for p in CHANCES:
            for train in (True, False):
                assert_both_give(torch, lambda lib, x: getattr(lib, name)(x, p, train), data)  # noqa: B023
                assert_both_give(torch, lambda lib, x: getattr(lib, f"{name}_")(x, p, train), data)  # noqa: B023


@pytest.mark.parametrize("name", ELEMENTS + CHANNELS)
def test_drops_the_same_from_views(torch, rng, name):
    for view in (lambda x: x.permute(2, 0, 1), lambda x: x[:, ::2], lambda x: x[1:, :1].expand(5, 4, 4)):
        data = rng.standard_normal((6, 5, 4)).astype(np.float32)
        assert_both_give(torch, lambda lib, x: getattr(lib, name)(view(x), 0.4, True), data)  # noqa: B023


@pytest.mark.parametrize("name", BY_RANK)
@pytest.mark.parametrize("inplace", [False, True])
def test_drops_the_same_channels(torch, rng, name, inplace):
    functional = torch.nn.functional

    def call(library, x):
        return getattr(ours if library is ours else functional, name)(x, 0.5, True, inplace)

    for shape in SHAPES:
        if len(shape) in BY_RANK[name]:
            with warnings.catch_warnings() if (name, len(shape)) in ODD_RANKS else contextlib.nullcontext():
                if (name, len(shape)) in ODD_RANKS:
                    warnings.simplefilter("ignore")
                assert_both_give(torch, call, rng.standard_normal(shape).astype(np.float32))


@pytest.mark.parametrize("name", ELEMENTS + CHANNELS)
@pytest.mark.parametrize("p", [0.25, 1])
def test_same_gradients_as_pytorch(torch, rng, name, p):
    """Of the first and, through the square, of the second order."""
    data, along = rng.standard_normal((2, 6, 5, 4))

    def call(library, x):
        lib = autograd if library is ours else torch
        x.requires_grad = True
        y = getattr(library, name)(x, p, True) ** 2 * lib.tensor(along)
        grad = lib.autograd.grad if lib is torch else autograd.grad
        (first,) = grad(y.sum(), x, create_graph=True)
        (first**2).sum().backward()
        return x.grad

    assert_both_give(torch, call, data)


@pytest.mark.parametrize("name", ELEMENTS + CHANNELS)
def test_nothing_happens_at_zero_and_in_use(name):
    state = autograd.get_rng_state().tolist()
    x = autograd.ones(3, 4, requires_grad=True)
    assert getattr(ours, name)(x, 0.0, True) is x
    assert getattr(ours, name)(x, 0.7, False) is x
    assert getattr(ours, f"{name}_")(x, 0.7, False) is x  # a leaf may pass: nothing is written
    whole = autograd.tensor([[1, 2]])
    assert getattr(ours, name)(whole, 0.5, False) is whole
    assert autograd.get_rng_state().tolist() == state


@pytest.mark.parametrize("name", ELEMENTS + CHANNELS)
def test_all_is_dropped_at_one(name):
    x = autograd.tensor([[1.0, -2.0], [3.0, 4.0]], requires_grad=True)
    y = getattr(ours, name)(x, 1.0, True)
    assert (y == 0).all()
    y.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_gradient_meets_the_same_noise():
    x = autograd.ones(1000, requires_grad=True)
    y = ours.dropout(x, 0.3, True)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    assert set(np.unique(x.grad.numpy())) == {np.float32(0), np.float32(1) / np.float32(0.7)}
    assert y.grad_fn.name() == "MulBackward0"


def test_the_mean_is_kept():
    """Of 100000 elements with p = 0.2, the share dropped lies within 5 standard errors; the mean then too."""
    y = ours.dropout(autograd.ones(100_000), 0.2, True).numpy()
    error = (0.2 * 0.8 / 100_000) ** 0.5
    assert abs((y == 0).mean() - 0.2) < 5 * error
    assert abs(y.mean() - 1) < 5 * error / 0.8


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_alpha_dropout_keeps_mean_and_variance(rng, p):
    """What has mean 0 and variance 1 keeps both (Klambauer et al. 2017, equation 11)."""
    x = autograd.tensor(rng.standard_normal(200_000))
    y = ours.alpha_dropout(x, p, True).numpy()
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.03


def test_whole_channels_fall():
    y = ours.feature_dropout(autograd.ones(50, 40, 3, 3), 0.5, True).numpy()
    assert (y.min(axis=(2, 3)) == y.max(axis=(2, 3))).all()
    assert 0.4 < (y == 0).mean() < 0.6
    y = ours.dropout1d(autograd.ones(400, 3), 0.5).numpy()
    assert (y.min(axis=1) == y.max(axis=1)).all()
    assert 0 < (y == 0).mean() < 1


@pytest.mark.parametrize("name", ELEMENTS + CHANNELS)
def test_in_place(name):
    x = autograd.ones(4, 5)
    assert getattr(ours, f"{name}_")(x, 0.5, True) is x
    assert x._version > 0
    leaf = autograd.ones(2, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        getattr(ours, f"{name}_")(leaf, 0.5, True)
    autograd.manual_seed(5)
    (expected,) = autograd.grad(getattr(ours, name)(leaf * 2, 0.5, True).sum(), leaf)
    z = leaf * 2
    autograd.manual_seed(5)
    getattr(ours, f"{name}_")(z, 0.5, True).sum().backward()
    assert leaf.grad.tolist() == expected.tolist()


def test_unbatched_channels_in_place():
    x = autograd.ones(30, 4)
    assert ours.dropout1d(x, 0.5, inplace=True) is x
    assert set(np.unique(x.numpy())) == {0.0, 2.0}


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
@pytest.mark.parametrize("name", [*ELEMENTS, *CHANNELS, *(f"{name}_" for name in ELEMENTS + CHANNELS), *BY_RANK])
def test_p_is_a_probability(name, p):
    for train in (True, False):
        with pytest.raises(ValueError, match=rf"{name}: dropout probability has to be between 0 and 1, but got {p}"):
            getattr(ours, name)(autograd.ones(2, 3, 4), p, train)


WRONG = (
    ("dropout([1.0], 0.5, True)", TypeError, r"dropout\(\): argument 'input' \(position 1\) must be Tensor, not list"),
    ("dropout(tensor([1, 2]), 0.5, True)", RuntimeError, r"dropout\(\): not implemented for int64"),
    ("alpha_dropout(tensor([1j]), 0.5, True)", RuntimeError, r"alpha_dropout\(\): not implemented for complex64"),
    ("feature_dropout(ones(3), 0.5, True)", RuntimeError, r"requires at least 2 dimensions in the input.*\(3,\)"),
    ("feature_alpha_dropout(ones(()), 0.5, True)", RuntimeError, r"requires at least 2 dimensions"),
    ("dropout1d(ones(3))", RuntimeError, r"dropout1d: Expected 2D or 3D input, but received a 1D input"),
    ("dropout1d(ones(1, 2, 3, 4))", RuntimeError, r"received a 4D input of shape \(1, 2, 3, 4\)"),
)


@pytest.mark.parametrize(("call", "error", "text"), WRONG, ids=[call for call, _, _ in WRONG])
def test_says_what_is_wrong_and_draws_nothing(call, error, text):
    state = autograd.get_rng_state().tolist()
    with pytest.raises(error, match=text):
        eval(call, vars(autograd) | vars(ours))
    assert autograd.get_rng_state().tolist() == state


def test_warns_of_odd_ranks():
    with pytest.warns(UserWarning, match=r"dropout2d: Received a 3-D input, of shape \(2, 3, 4\).*dropout1d"):
        ours.dropout2d(autograd.ones(2, 3, 4))
    with pytest.warns(UserWarning, match=r"dropout3d: Received a 3-D input"):
        ours.dropout3d(autograd.ones(2, 3, 4))
