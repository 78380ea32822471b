"""How results lie in memory, as in PyTorch: `view` depends on it, and which number dropout draws for which element."""

from __future__ import annotations

import numpy as np
import pytest

import autograd

torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.torch

MADE_AFRESH = {
    "sum": lambda t, x: x.sum(-1), "mean": lambda t, x: x.mean(0), "var": lambda t, x: x.var(-1),
    "std": lambda t, x: x.std(0), "prod": lambda t, x: x.prod(-1), "amax": lambda t, x: x.amax(-1),
    "amin": lambda t, x: x.amin(-1), "any": lambda t, x: (x > 0).any(-1), "all": lambda t, x: (x > 0).all(0),
    "norm": lambda t, x: x.norm(dim=-1), "logsumexp": lambda t, x: x.logsumexp(-1),
    "count_nonzero": lambda t, x: x.count_nonzero(-1), "nansum": lambda t, x: x.nansum(-1),
    "softmax": lambda t, x: x.softmax(-1), "log_softmax": lambda t, x: x.log_softmax(1),
    "logsigmoid": lambda t, x: t.nn.functional.logsigmoid(x), "cumsum": lambda t, x: x.cumsum(1),
    "cumprod": lambda t, x: x.cumprod(-1), "logcumsumexp": lambda t, x: x.logcumsumexp(-1),
    "cummax": lambda t, x: x.cummax(1)[1], "median": lambda t, x: x.median(-1)[1], "topk": lambda t, x: x.topk(2)[1],
    "masked_fill": lambda t, x: x.masked_fill(x > 0, 0), "scatter": lambda t, x: x.scatter(1, (x > 0).long(), 1.0),
    "tril": lambda t, x: x.tril(), "triu": lambda t, x: x.triu(), "roll": lambda t, x: x.roll(1, 1),
    "cat": lambda t, x: t.cat([x, x], -1), "stack": lambda t, x: t.stack([x, x], 1),
    "index": lambda t, x: x[:, t.tensor([0, 1])], "index of lists": lambda t, x: x.contiguous()[:, :, [0, 1]],
    "batch_norm": lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True),
}  # fmt: skip
"""What PyTorch lays out row by row, however its operand lies."""


@pytest.mark.parametrize("name", MADE_AFRESH)
def test_what_is_made_afresh_lies_row_by_row(name):
    values = np.random.default_rng(0).standard_normal((2, 4, 3)).astype(np.float32)
    expected = MADE_AFRESH[name](torch, torch.tensor(values).transpose(1, 2))
    got = MADE_AFRESH[name](autograd, autograd.tensor(values).transpose(1, 2))
    assert got.stride() == expected.stride()
    np.testing.assert_allclose(got.view(-1).numpy(), expected.view(-1).numpy(), rtol=1e-5, atol=1e-6)


def test_dropout_after_attention_whose_scores_lie_otherwise():
    """The scores that einsum makes lie as its product left them; their softmax lies row by row."""
    seen = []
    for library in (autograd, torch):
        library.manual_seed(0)
        scores = library.einsum("bhij,hg->bgij", library.randn(2, 3, 4, 5), library.randn(3, 3))
        seen.append(library.nn.functional.dropout(scores.softmax(-1), 0.5).numpy())
    np.testing.assert_allclose(*seen, rtol=1e-5)
