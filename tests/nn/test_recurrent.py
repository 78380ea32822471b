"""Recurrent layers and packed sequences: against loops written by hand, against themselves, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
from autograd.check import gradcheck, gradgradcheck
from nn.utils.rnn import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

KINDS = ("RNN", "LSTM", "GRU")
LENGTHS = [2, 5, 3]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def elman(x, states, w, u, b, d):
    return (np.tanh(w @ x + b + u @ states[0] + d),)


def lstm(x, states, w, u, b, d):
    i, f, g, o = np.split(w @ x + b + u @ states[0] + d, 4)
    c = sigmoid(f) * states[1] + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(x, states, w, u, b, d):
    (xr, xz, xn), (hr, hz, hn) = np.split(w @ x + b, 3), np.split(u @ states[0] + d, 3)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    return ((1 - z) * np.tanh(xn + r * hn) + z * states[0],)


BY_HAND = {"RNN": elman, "LSTM": lstm, "GRU": gru}


def made(kind, *sizes, **options):
    """A layer in float64."""
    return getattr(nn, kind)(*sizes, dtype=autograd.float64, **options)


def states_of(returned):
    """The last states as a tuple, of any kind of layer."""
    return returned if isinstance(returned, tuple) else (returned,)


@pytest.mark.parametrize("kind", KINDS)
def test_one_sequence_in_a_loop_written_by_hand(kind, rng):
    """Two layers in both directions, one sample at a time, vector by vector."""
    layer = made(kind, 4, 3, num_layers=2, bidirectional=True)
    x = rng.standard_normal((5, 2, 4))
    y, last = layer(autograd.tensor(x))
    for sample in range(2):
        inputs = list(x[:, sample])
        for depth, weights in enumerate((layer.all_weights[:2], layer.all_weights[2:])):
            found = []
            for direction, parameters in enumerate(weights):
                states = tuple(np.zeros(3) for _ in states_of(last))
                rows = []
                for vector in inputs[:: -1 if direction else 1]:
                    states = BY_HAND[kind](vector, states, *(p.detach().numpy() for p in parameters))
                    rows.append(states[0])
                for state, expected in zip(states_of(last), states, strict=True):
                    ours = state[2 * depth + direction, sample].detach().numpy()
                    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-14)
                found.append(rows[:: -1 if direction else 1])
            inputs = [np.concatenate(pair) for pair in zip(*found, strict=True)]
        np.testing.assert_allclose(y[:, sample].detach().numpy(), inputs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "bias": False}], ids=["plain", "bidirectional"])
def test_packed_is_each_sequence_alone(kind, options, rng):
    """Results, last states and gradients; `None` for the state, and one that is given, in the batch's order."""
    layer = made(kind, 4, 3, num_layers=2, **options)
    sequences = [autograd.tensor(rng.standard_normal((n, 4)), requires_grad=True) for n in LENGTHS]
    rows = 4 if options else 2
    starts = [autograd.tensor(rng.standard_normal((rows, 3, 3))) for _ in range(2 if kind == "LSTM" else 1)]
    for given in (False, True):
        hx = None if not given else tuple(starts) if kind == "LSTM" else starts[0]
        packed, last = layer(pack_sequence(sequences, enforce_sorted=False), hx)
        assert isinstance(packed, PackedSequence)
        together = autograd.grad([packed.data.sin().sum()], [*sequences, *layer.parameters()])
        total = 0
        for place, (sequence, y) in enumerate(zip(sequences, unpack_sequence(packed), strict=True)):
            own = tuple(s[:, place] for s in starts)
            alone, ended = layer(sequence, None if not given else own if kind == "LSTM" else own[0])
            np.testing.assert_allclose(y.detach().numpy(), alone.detach().numpy(), rtol=1e-12, atol=1e-14)
            for a, b in zip(states_of(last), states_of(ended), strict=True):
                np.testing.assert_allclose(a[:, place].detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-14)
            total = total + alone.sin().sum()
        apart = autograd.grad([total], [*sequences, *layer.parameters()])
        for a, b in zip(together, apart, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", [*KINDS, "RNNCell", "LSTMCell", "GRUCell"])
def test_gradients_of_first_and_second_order(kind, rng):
    layer = made(kind, 2, 2)
    shape = (2, 2) if kind.endswith("Cell") else (2, 2, 2)
    x = autograd.tensor(rng.standard_normal(shape), requires_grad=True)
    h = [
        autograd.tensor(rng.standard_normal((2, 2) if kind.endswith("Cell") else (1, 2, 2)), requires_grad=True)
        for _ in range(2 if kind.startswith("LSTM") else 1)
    ]
    names = [name for name, _ in layer.named_parameters()]

    def function(x, *others):
        starts, weights = others[: len(h)], dict(zip(names, others[len(h) :], strict=True))
        found = autograd.func.functional_call(layer, weights, (x, starts if len(h) > 1 else starts[0]))
        flat = [found] if isinstance(found, autograd.Tensor) else [*found[:1], *states_of(found[1])]
        return tuple(flat)

    inputs = (x, *h, *(p.detach().requires_grad_() for p in layer.parameters()))
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs, fast_mode=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_sequence_is_read_in_chunks(kind, rng):
    """More columns than fit into one chunk: the same as in two halves, the state handed over."""
    layer = made(kind, 3, 4)
    x = autograd.tensor(rng.standard_normal((90, 29, 3)))
    y, last = layer(x)
    first, middle = layer(x[:40])
    second, end = layer(x[40:], middle)
    np.testing.assert_allclose(y.detach().numpy(), autograd.cat([first, second]).detach().numpy(), rtol=1e-12)
    weights = list(layer.parameters())
    whole = autograd.grad([y.sin().sum()], weights)
    halves = autograd.grad([first.sin().sum() + second.sin().sum()], weights)
    for a, b in zip([*states_of(last), *whole], [*states_of(end), *halves], strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_a_step_of_the_layer(kind, rng):
    layer, cell = made(kind, 4, 3), made(f"{kind}Cell", 4, 3)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = autograd.tensor(rng.standard_normal((5, 2, 4)))
    y, last = layer(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        np.testing.assert_allclose(states_of(state)[0].detach().numpy(), y[t].detach().numpy(), rtol=1e-12)
    for a, b in zip(states_of(state), states_of(last), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b[0].detach().numpy(), rtol=1e-12)
    alone = cell(x[0, 1])
    np.testing.assert_allclose(states_of(alone)[0].detach().numpy(), y[0, 1].detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_vmap_over_batches(kind, rng):
    layer = made(kind, 3, 2)
    xs = autograd.tensor(rng.standard_normal((4, 3, 2, 3)))
    mapped = autograd.func.vmap(lambda x: layer(x)[0])(xs)
    for y, x in zip(mapped, xs, strict=True):
        np.testing.assert_allclose(y.detach().numpy(), layer(x)[0].detach().numpy(), rtol=1e-12, atol=1e-14)


def test_dropout_is_between_layers_and_in_training_only(rng):
    layer = nn.LSTM(4, 50, num_layers=2, dropout=0.5)
    x = autograd.tensor(rng.standard_normal((3, 2, 4)).astype(np.float32))
    assert not autograd.equal(layer(x)[0], layer(x)[0])
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        single = nn.LSTM(4, 5, dropout=0.5)
    for steady in (layer.eval(), single):
        assert autograd.equal(steady(x)[0], steady(x)[0])


def test_extreme_inputs_saturate_and_nan_passes(rng):
    for kind in KINDS:
        layer = nn.__dict__[kind](2, 3)
        y, _ = layer(autograd.full((2, 1, 2), 1e30))
        assert np.isfinite(y.detach().numpy()).all()
        y, _ = layer(autograd.full((2, 1, 2), float("nan")))
        assert np.isnan(y.detach().numpy()).all()


# -- sequences of different lengths ---------------------------------------------------------------------------


def test_packing_and_padding_are_inverses(rng):
    sequences = [autograd.tensor(rng.standard_normal((n, 2)), requires_grad=True) for n in LENGTHS]
    for batch_first in (False, True):
        padded = pad_sequence(sequences, batch_first)
        assert padded.shape == ((3, 5, 2) if batch_first else (5, 3, 2))
        packed = pack_padded_sequence(padded, LENGTHS, batch_first, enforce_sorted=False)
        assert packed.batch_sizes.tolist() == [3, 3, 2, 1, 1]
        assert packed.sorted_indices.tolist() == [1, 2, 0]
        assert packed.unsorted_indices.tolist() == [2, 0, 1]
        again, lengths = pad_packed_sequence(packed, batch_first, total_length=7, padding_value=-1.0)
        assert lengths.tolist() == LENGTHS
        rest = again[:, 5:] if batch_first else again[5:]
        assert rest.shape[int(batch_first)] == 2
        assert (rest == -1).all()
        for lists in (unpack_sequence(packed), unpad_sequence(padded, lengths, batch_first)):
            for a, b in zip(lists, sequences, strict=True):
                assert autograd.equal(a, b)
    autograd.cat(unpack_sequence(packed)).square().sum().backward()
    for sequence in sequences:
        np.testing.assert_allclose(sequence.grad.numpy(), 2 * sequence.detach().numpy())
    left = pad_sequence([autograd.tensor([1, 2, 3]), autograd.tensor([4])], True, 9, padding_side="left")
    assert left.tolist() == [[1, 2, 3], [9, 9, 4]]
    assert invert_permutation(None) is None


def test_packed_sequence_converts_its_data():
    packed = pack_sequence([autograd.tensor([1.0, 2.0]), autograd.tensor([3.0])])
    assert packed.to(autograd.float32) is packed
    assert packed.double().data.dtype is autograd.float64
    assert packed.long().data.tolist() == [1, 3, 2]
    assert packed.double().batch_sizes is packed.batch_sizes
    assert not packed.is_cuda
    assert PackedSequence((packed.data, packed.batch_sizes)).sorted_indices is None


# -- what is refused ------------------------------------------------------------------------------------------


REFUSED = {
    "input_size": (lambda: nn.LSTM(4, 3)(autograd.zeros(5, 2, 6)), RuntimeError, r"Expected 4, got 6.*\(5, 2, 6\)"),
    "dimensions": (lambda: nn.GRU(4, 3)(autograd.zeros(4)), ValueError, "GRU: Expected input to be 2D or 3D, got 1D"),
    "no steps": (lambda: nn.GRU(4, 3)(autograd.zeros(0, 2, 4)), RuntimeError, "sequence length to be larger than 0"),
    "batch": (
        lambda: nn.RNN(4, 3)(autograd.zeros(5, 2, 4), autograd.zeros(1, 5, 3)),
        RuntimeError,
        r"Expected hidden size \(1, 2, 3\), got \[1, 5, 3\]; .*also with batch_first",
    ),
    "cell": (
        lambda: nn.LSTM(4, 3, proj_size=2)(autograd.zeros(5, 2, 4), (autograd.zeros(1, 2, 2), autograd.zeros(1, 2, 2))),
        RuntimeError,
        r"Expected hidden\[1\] size \(1, 2, 3\), got \[1, 2, 2\]",
    ),
    "unbatched": (
        lambda: nn.GRU(4, 3)(autograd.zeros(5, 4), autograd.zeros(1, 1, 3)),
        RuntimeError,
        "For unbatched 2-D input, hx should also be 2-D but got 3-D",
    ),
    "no tuple": (lambda: nn.LSTM(4, 3)(autograd.zeros(5, 2, 4), autograd.zeros(1, 2, 3)), TypeError, r"\(h_0, c_0\)"),
    "dtype": (
        lambda: nn.LSTM(4, 3)(autograd.zeros(5, 2, 4, dtype=autograd.float64)),
        ValueError,
        "does not match weight dtype.*input.to",
    ),
    "nonlinearity": (lambda: nn.RNN(4, 3, nonlinearity="sin"), ValueError, "Select from 'tanh' or 'relu'"),
    "mode": (lambda: nn.RNNBase("QRNN", 4, 3), ValueError, "Unrecognized RNN mode: QRNN"),
    "size": (lambda: nn.LSTM(4, 0), ValueError, "hidden_size must be greater than zero"),
    "type": (lambda: nn.LSTM(4.0, 3), TypeError, "input_size should be of type int, got: float"),
    "bias": (lambda: nn.LSTM(4, 3, 1, 1), TypeError, "bias should be of type bool, got: int"),
    "dropout": (lambda: nn.LSTM(4, 3, 2, dropout=1.5), ValueError, "dropout should be a number in range"),
    "projection": (lambda: nn.LSTM(4, 3, proj_size=3), ValueError, "proj_size has to be smaller than hidden_size"),
    "cell input": (lambda: nn.GRUCell(4, 3)(autograd.zeros(2, 5)), RuntimeError, "input_size: got 5 expected 4"),
    "cell state": (
        lambda: nn.LSTMCell(4, 3)(autograd.zeros(2, 4), (autograd.zeros(2, 3), autograd.zeros(2, 4))),
        RuntimeError,
        "hidden1 has inconsistent hidden_size: got 4, expected 3",
    ),
    "cell batch": (
        lambda: nn.RNNCell(4, 3)(autograd.zeros(2, 4), autograd.zeros(3, 3)),
        RuntimeError,
        "doesn't match hidden0 batch size",
    ),
    "cell dimensions": (lambda: nn.RNNCell(4, 3)(autograd.zeros(1, 2, 4)), ValueError, "1D or 2D, got 3D"),
    "unsorted": (lambda: pack_padded_sequence(autograd.zeros(3, 2), [1, 3]), RuntimeError, "enforce_sorted=False"),
    "lengths": (lambda: pack_padded_sequence(autograd.zeros(3, 2), [3]), RuntimeError, r"got 1 \(batch_size=2\)"),
    "empty": (lambda: pack_padded_sequence(autograd.zeros(3, 2), [3, 0]), RuntimeError, "greater than 0"),
    "too long": (lambda: pack_padded_sequence(autograd.zeros(3, 2), [4, 1]), RuntimeError, "has 3 steps.*is 4"),
    "total": (
        lambda: pad_packed_sequence(pack_sequence([autograd.zeros(3)]), total_length=2),
        ValueError,
        "total_length=2 and max sequence length being 3",
    ),
    "nothing": (lambda: pad_sequence([]), RuntimeError, "received an empty list of sequences"),
    "features": (lambda: pad_sequence([autograd.zeros(2, 3), autograd.zeros(2, 4)]), RuntimeError, "length alone"),
    "side": (lambda: pad_sequence([autograd.zeros(2)], padding_side="top"), RuntimeError, "one of left or right"),
}


@pytest.mark.parametrize(("call", "error", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
