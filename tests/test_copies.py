"""What must not share memory with its input, and must lie row by row."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn


@pytest.mark.parametrize(("shape", "make"), [
    ((1, 3), lambda x: x.repeat(4, 1)),
    ((3, 1), lambda x: x.repeat(1, 4)),
    ((1,), lambda x: x.repeat(4)),
    ((2, 2), lambda x: x.repeat(1, 1)),
    ((2, 2), lambda x: x.tile(1)),
    ((3, 3), lambda x: autograd.diag(x)),
    ((3, 3), lambda x: x.diag(1)),
    ((1, 4, 2, 2), lambda x: nn.functional.channel_shuffle(x, 1)),
    ((1, 4, 2, 2), lambda x: nn.functional.pixel_shuffle(x, 1)),
    ((1, 4, 2, 2), lambda x: nn.functional.pixel_unshuffle(x, 1)),
])  # fmt: skip
def test_copies_are_copies_even_where_nothing_was_to_be_done(shape, make):
    """Writing to one place of the result changes neither the input nor another place."""
    x = autograd.arange(float(np.prod(shape))).reshape(shape)
    before, result = x.clone(), make(x)
    expected = result.clone()
    expected.view(-1)[0] = 77.0
    result.view(-1)[0] = 77.0
    assert autograd.equal(x, before)
    assert autograd.equal(result, expected)
    assert result.is_contiguous()


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize(("dims", "layer"), [(1, nn.ConvTranspose1d), (2, nn.ConvTranspose2d), (3, nn.ConvTranspose3d)])
def test_transposed_convolutions_lie_row_by_row(dims, layer, padding):
    assert layer(3, 4, 3, 2, padding)(autograd.randn(2, 3, *[5] * dims)).is_contiguous()


def test_padded_sequences_lie_row_by_row():
    padded = nn.utils.rnn.pad_sequence([autograd.ones(3, 2), autograd.ones(2, 2)])
    assert padded.shape == (3, 2, 2)
    assert padded.is_contiguous()
