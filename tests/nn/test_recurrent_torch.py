"""Recurrent layers and packed sequences against PyTorch's, in all their combinations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd
import nn

LENGTHS = [2, 5, 3]
EXTRAS = {"RNN": ({}, {"nonlinearity": "relu"}), "LSTM": ({}, {"proj_size": 2}), "GRU": ({},)}


def options_of(kind):
    """Every combination of a layer's options; with two layers, there is dropout."""
    for layers, both, first, bias in itertools.product((1, 2), (False, True), (False, True), (False, True)):
        for extra in EXTRAS[kind]:
            dropout = {"dropout": 0.3} if layers == 2 else {}
            yield {"num_layers": layers, "bidirectional": both, "batch_first": first, "bias": bias, **dropout, **extra}


def pair(torch, kind, *sizes, dtype="float64", **options):
    """The same layer of both libraries, made with the same seed."""
    found = []
    for library, namespace in ((autograd, nn), (torch, torch.nn)):
        library.manual_seed(3)
        found.append(getattr(namespace, kind)(*sizes, **options, dtype=getattr(library, dtype)))
    return found


def as_list(last):
    """The last states of any kind of layer."""
    return list(last) if isinstance(last, (tuple, list)) else [last]


def run(library, module, inputs, states, lengths=None, batch_first=False):
    """Results, and gradients along random cotangents by inputs, states and parameters."""
    utils = (nn if library is autograd else library.nn).utils.rnn
    x = library.tensor(inputs, requires_grad=True)
    h = [library.tensor(s, requires_grad=True) for s in states]
    hx = None if not h else tuple(h) if len(h) > 1 else h[0]
    library.manual_seed(7)
    if lengths is None:
        y, last = module(x, hx)
    else:
        packed, last = module(utils.pack_padded_sequence(x, lengths, batch_first, enforce_sorted=False), hx)
        y, _ = utils.pad_packed_sequence(packed, batch_first)
    outputs = [y, *as_list(last)]
    rng = np.random.default_rng(1)
    along = [library.tensor(rng.standard_normal(tuple(o.shape)).astype(inputs.dtype)) for o in outputs]
    sum((o * a).sum() for o, a in zip(outputs, along, strict=True)).backward()
    gradients = [t.grad for t in (x, *h, *module.parameters())]
    return [t.detach().numpy() for t in (*outputs, *gradients)]


def assert_alike(ours, theirs, rtol=1e-9, atol=1e-11):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


@pytest.mark.parametrize("kind", list(EXTRAS))
@pytest.mark.parametrize("form", ["padded", "packed", "unbatched"])
def test_results_and_gradients_in_training(torch, kind, form, rng):
    for options in options_of(kind):
        ours, theirs = pair(torch, kind, 4, 3, **options)
        first, depth = options["batch_first"], options["num_layers"] * (1 + options["bidirectional"])
        shape = (5, 4) if form == "unbatched" else (3, 5, 4) if first else (5, 3, 4)
        batch = () if form == "unbatched" else (3,)
        sizes = [options.get("proj_size", 3), 3][: 1 + (kind == "LSTM")]
        inputs = rng.standard_normal(shape)
        states = [rng.standard_normal((depth, *batch, size)) for size in sizes]
        lengths = LENGTHS if form == "packed" else None
        for starts in ([], states):
            for module in (ours, theirs):
                module.zero_grad()
            found = (run(lib, m, inputs, starts, lengths, first) for lib, m in ((autograd, ours), (torch, theirs)))
            assert_alike(*found)


@pytest.mark.parametrize("kind", list(EXTRAS))
def test_text_state_and_attributes(torch, kind):
    for options in options_of(kind):
        ours, theirs = pair(torch, kind, 4, 3, dtype="float32", **options)
        assert repr(ours) == repr(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        for name, value in theirs.state_dict().items():
            np.testing.assert_array_equal(ours.state_dict()[name].numpy(), value.numpy())
        assert [[tuple(p.shape) for p in ps] for ps in ours.all_weights] == [
            [tuple(p.shape) for p in ps] for ps in theirs.all_weights
        ]
        assert ours._flat_weights_names == theirs._flat_weights_names
        weights = ours._flat_weights_names
        public = ({n: v for n, v in vars(m).items() if n[0] != "_" and n not in weights} for m in (ours, theirs))
        assert next(public) == next(public)


@pytest.mark.parametrize("kind", list(EXTRAS))
def test_state_goes_both_ways_and_evaluation_agrees(torch, kind, rng):
    inputs = rng.standard_normal((5, 3, 4)).astype(np.float32)
    options = {"num_layers": 2, "bidirectional": True, "dropout": 0.4}
    ours, theirs = pair(torch, kind, 4, 6, dtype="float32", **options)
    other, _ = pair(torch, kind, 4, 6, dtype="float32", **options)
    other.reset_parameters()
    theirs.load_state_dict({n: torch.tensor(v.numpy()) for n, v in other.state_dict().items()})
    ours.load_state_dict({n: autograd.tensor(v.numpy()) for n, v in theirs.state_dict().items()})
    found = (run(lib, m.eval(), inputs, []) for lib, m in ((autograd, ours), (torch, theirs)))
    assert_alike(*found, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("options", [{}, {"bias": False}], ids=["bias", "no bias"])
@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
def test_cells(torch, kind, options, rng):
    for extra in ({}, {"nonlinearity": "relu"}) if kind == "RNNCell" else ({},):
        ours, theirs = pair(torch, kind, 4, 3, **options, **extra)
        assert repr(ours) == repr(theirs)
        for name, value in theirs.state_dict().items():
            np.testing.assert_array_equal(ours.state_dict()[name].numpy(), value.numpy())
        for batch in ((), (2,)):
            inputs = rng.standard_normal((3, *batch, 4))
            starts = [rng.standard_normal((*batch, 3)) for _ in range(1 + (kind == "LSTMCell"))]
            found = []
            for library, module in ((autograd, ours), (torch, theirs)):
                x = library.tensor(inputs, requires_grad=True)
                h = [library.tensor(s, requires_grad=True) for s in starts]
                for given in (None, tuple(h) if len(h) > 1 else h[0]):
                    state = given
                    for t in range(3):
                        state = module(x[t], state)
                    sum(s.sin().sum() for s in as_list(state)).backward()
                tensors = [*as_list(state), *(t.grad for t in (x, *h, *module.parameters()))]
                found.append([t.detach().numpy() for t in tensors])
                module.zero_grad()
            assert_alike(*found)


def test_packing(torch, rng):
    """The functions of `nn.utils.rnn`: the same parts, in the same order."""
    arrays = [rng.standard_normal((n, 2)) for n in (3, 5, 3, 1)]
    found = []
    for library, utils in ((autograd, nn.utils.rnn), (torch, torch.nn.utils.rnn)):
        sequences = [library.tensor(a) for a in arrays]
        packed = utils.pack_sequence(sequences, enforce_sorted=False)
        padded, lengths = utils.pad_packed_sequence(packed, padding_value=7.0, total_length=6)
        left = utils.pad_sequence(sequences, batch_first=True, padding_value=0.5, padding_side="left")
        ordered = utils.pack_padded_sequence(padded[:, [1, 0, 2, 3]], library.tensor([5, 3, 3, 1]))
        unpadded = utils.unpad_sequence(padded.clone(), lengths)
        parts = [*packed, padded, lengths, left, *ordered[:2], *unpadded, *utils.unpack_sequence(packed)]
        found.append([p.numpy() for p in parts])
        assert ordered.sorted_indices is None
    for a, b in zip(*found, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_text_of_a_packed_sequence(torch):
    found = (
        repr(library.nn.utils.rnn.pack_sequence([library.tensor([1, 2, 3]), library.tensor([4, 5])]))
        for library in (autograd, torch)
    )
    assert next(found) == next(found)
