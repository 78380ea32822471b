"""The options of losses: reductions by their old and new names, weights, masks; against PyTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
import nn.functional as F
from tests.side_by_side import assert_refused, assert_same

SIGNS = np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])
RIGHT = np.array([[2, -1, 0], [0, 1, -1]])
SHARES = np.array([[0.2, 0.0, 1.0], [1.0, 0.7, 0.5]])


def numbers(lib, *items):
    """A vector of float64."""
    return lib.tensor(items, dtype=lib.float64)


LOSSES = {
    "soft_margin_loss": lambda f, lib, x, y, **o: f.soft_margin_loss(x, lib.tensor(SIGNS), **o),
    "margin_ranking_loss": lambda f, lib, x, y, **o: f.margin_ranking_loss(x, y, lib.tensor(SIGNS), 0.3, **o),
    "hinge_embedding_loss": lambda f, lib, x, y, **o: f.hinge_embedding_loss(x, lib.tensor(SIGNS), 0.3, **o),
    "cosine_embedding_loss": lambda f, lib, x, y, **o: f.cosine_embedding_loss(x, y, lib.tensor(SIGNS[:, 0]), **o),
    "triplet_margin_loss": lambda f, lib, x, y, **o: f.triplet_margin_loss(x, y, x * y, p=3.0, swap=True, **o),
    "multi_margin_loss": lambda f, lib, x, y, **o: f.multi_margin_loss(x, lib.tensor([0, 2]), 2, weight=numbers(lib, 1, 2, 0.5), **o),
    "multilabel_margin_loss": lambda f, lib, x, y, **o: f.multilabel_margin_loss(x, lib.tensor(RIGHT), **o),
    "multilabel_soft_margin_loss": lambda f, lib, x, y, **o: f.multilabel_soft_margin_loss(x, lib.tensor(SHARES), **o),
    "poisson_nll_loss": lambda f, lib, x, y, **o: f.poisson_nll_loss(x, y.abs() + 1.5, full=True, **o),
    "kl_div": lambda f, lib, x, y, **o: f.kl_div(x, y.abs(), **o),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_reductions(name, reduction, torch, rng):
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    assert_same(torch, lambda f, lib, x, y: LOSSES[name](f, lib, x, y, reduction=reduction), x, y)


@pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")
@pytest.mark.parametrize(
    ("old", "new"), [({"size_average": False}, "sum"), ({"reduce": False}, "none"), ({"size_average": True}, "mean")]
)
@pytest.mark.parametrize("name", LOSSES)
def test_old_names_of_reductions_warn_and_work(name, old, new, rng):
    x, y = autograd.tensor(rng.normal(size=(2, 3))), autograd.tensor(rng.normal(size=(2, 3)))
    with pytest.warns(UserWarning, match=f"reduction='{new}'"):
        found = LOSSES[name](F, autograd, x, y, **old)
    np.testing.assert_array_equal(found.numpy(), LOSSES[name](F, autograd, x, y, reduction=new).numpy())


@pytest.mark.parametrize("name", LOSSES)
def test_unknown_reductions_are_refused(name, rng):
    x, y = autograd.tensor(rng.normal(size=(2, 3))), autograd.tensor(rng.normal(size=(2, 3)))
    with pytest.raises(ValueError, match="average"):
        LOSSES[name](F, autograd, x, y, reduction="average")


def test_batchmean_is_the_divergence_of_each_sample():
    p = autograd.tensor([[0.5, 0.5], [0.9, 0.1]], dtype=autograd.float64)
    q = autograd.tensor([[0.25, 0.75], [0.9, 0.1]], dtype=autograd.float64)
    expected = (0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)) / 2
    assert F.kl_div(q.log(), p, reduction="batchmean").item() == pytest.approx(expected)


@pytest.mark.parametrize("var", [0.7, (2, 3), (2, 1), (2,)])
def test_variances_of_every_shape(var, torch, rng):
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    if isinstance(var, float):
        assert_same(torch, lambda f, lib, x, y: f.gaussian_nll_loss(x, y, var, full=True), x, y)
    else:
        v = rng.uniform(0, 2, var)
        v.flat[0] = 0  # counts as eps, and its gradient is that at eps
        assert_same(torch, lambda f, lib, x, y, v: f.gaussian_nll_loss(x, y, v), x, y, v)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_linear_cross_entropy_is_the_two_in_one(label_smoothing, torch, rng):
    x, w, b = rng.normal(size=(4, 5)), rng.normal(size=(3, 5)), rng.normal(size=3)
    options = {"ignore_index": 1, "label_smoothing": label_smoothing}
    target = np.array([0, 1, 2, 2])
    assert_same(
        torch, lambda f, lib, x, w, b, t: f.linear_cross_entropy(x, w, t, linear_bias=b, **options), x, w, b, target
    )


# -- paths that spell a target ------------------------------------------------------------------------------


def log_probabilities(rng, *shape):
    """Normalized, as the loss wants them."""
    scores = rng.normal(size=shape)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("joined", [False, True])
def test_ctc_loss(joined, reduction, torch, rng):
    targets, sizes, lengths = rng.integers(1, 5, (3, 4)), [4, 0, 2], [7, 5, 6]
    targets[2, :2] = 3  # a label twice in a row needs a blank between
    given = np.concatenate([row[:n] for row, n in zip(targets, sizes, strict=True)]) if joined else targets

    def call(f, lib, logs, y):
        return f.ctc_loss(logs, y, lib.tensor(lengths), lib.tensor(sizes), reduction=reduction)

    assert_same(torch, call, log_probabilities(rng, 7, 3, 5), given)


def test_ctc_loss_is_the_sum_over_all_paths(rng):
    """Counted by hand: every path of three steps that spells "1 2"."""
    logs = log_probabilities(rng, 3, 3)
    paths = [(1, 2, 0), (1, 0, 2), (0, 1, 2), (1, 1, 2), (1, 2, 2)]
    expected = -math.log(sum(math.exp(sum(logs[t, c] for t, c in enumerate(path))) for path in paths))
    found = F.ctc_loss(autograd.tensor(logs), autograd.tensor([1, 2]), (3,), (2,), reduction="sum")
    assert found.item() == pytest.approx(expected)


def test_ctc_loss_of_many_steps_keeps_the_digits_of_float32(rng):
    logs, target = log_probabilities(rng, 50, 2, 20), autograd.tensor(rng.integers(1, 20, (2, 20)))
    results = []
    for dtype in (autograd.float32, autograd.float64):
        x = autograd.tensor(logs.astype(np.float32), dtype=dtype, requires_grad=True)
        loss = F.ctc_loss(x, target, (50, 50), (20, 17))
        loss.backward()
        assert loss.dtype is x.grad.dtype is dtype
        results.append((loss.item(), x.grad.numpy()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-7)
    assert np.allclose(results[0][1], results[1][1], rtol=1e-6, atol=1e-9)


def test_ctc_loss_of_a_target_that_is_too_long(rng):
    logs = autograd.tensor(log_probabilities(rng, 2, 1, 3), requires_grad=True)
    target = autograd.tensor([[1, 1]])  # with the blank between, three steps
    assert F.ctc_loss(logs, target, (2,), (2,)).item() == math.inf
    loss = F.ctc_loss(logs, target, (2,), (2,), zero_infinity=True)
    loss.backward()
    assert loss.item() == 0
    assert (logs.grad == 0).all()


REFUSED = {
    "margin must be greater than 0": lambda f, lib, x: f.triplet_margin_loss(x, x, x, margin=0.0),
    "same number of dimensions": lambda f, lib, x: f.triplet_margin_loss(x, x[0], x),
    "same dimension": lambda f, lib, x: f.margin_ranking_loss(x, x[0], x),
    "multi-target not supported": lambda f, lib, x: f.cosine_embedding_loss(x, x, x),
    "only p == 1 and p == 2": lambda f, lib, x: f.multi_margin_loss(x, lib.tensor([0, 1]), p=3),
    "target out of range": lambda f, lib, x: f.multi_margin_loss(x, lib.tensor([0, 3])),
    "negative entry": lambda f, lib, x: f.gaussian_nll_loss(x, x, -x.abs()),
    "incorrect size": lambda f, lib, x: f.gaussian_nll_loss(x, x, x.abs()[:1, :2]),
    "Integral inputs": lambda f, lib, x: f.kl_div(x.long(), x.long(), reduction="sum"),
    "input_lengths": lambda f, lib, x: f.ctc_loss(x, lib.tensor([1]), (9,), (1,)),
    "blank must be": lambda f, lib, x: f.ctc_loss(x, lib.tensor([1]), (2,), (1,), blank=7),
}


@pytest.mark.parametrize("match", REFUSED)
def test_errors(match, torch, rng):
    assert_refused(
        torch, REFUSED[match], rng.normal(size=(2, 3)), match=match if match != "Integral inputs" else "kl_div"
    )


TWO = {"float32": [0.25, 0.75], "float64": [0.25, 0.75], "int64": [0, 1], "bool": [False, True]}


@pytest.mark.parametrize("of_input", ["float32", "float64"])
@pytest.mark.parametrize("of_target", list(TWO))
@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_binary_cross_entropies_take_the_dtypes_that_torchs_take(torch, name, of_target, of_input):
    outcomes = []
    for lib, functional in ((autograd, F), (torch, torch.nn.functional)):
        scores = lib.tensor([0.3, 0.6], dtype=getattr(lib, of_input))
        targets = lib.tensor(TWO[of_target], dtype=getattr(lib, of_target))
        try:
            outcomes.append(getattr(functional, name)(scores, targets).item())
        except RuntimeError:
            outcomes.append(math.nan)
    np.testing.assert_allclose(*outcomes, rtol=1e-6)
