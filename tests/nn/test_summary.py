"""`nn.summary`: what the table says, and that the network is afterwards as it was before."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from nn.utils.parametrizations import spectral_norm, weight_norm
from nn.utils.rnn import pack_sequence


def cells(found, *columns):
    """The rows, in these columns."""
    return [tuple(getattr(row, column) for column in columns) for row in found.rows]


# -- what it says -----------------------------------------------------------------------------------------------


def test_a_network_layer_by_layer():
    found = nn.summary(nn.models.LeNet(), (64, 1, 28, 28))
    assert cells(found, "path", "kind", "output", "parameters")[:5] == [
        ("", "LeNet", "(64, 10)", 0),
        ("features", "Sequential", "(64, 16, 5, 5)", 0),
        ("features.0", "Conv2d", "(64, 6, 28, 28)", 156),
        ("features.1", "ReLU", "(64, 6, 28, 28)", 0),
        ("features.2", "MaxPool2d", "(64, 6, 14, 14)", 0),
    ]
    assert found.total_params == found.trainable_params == 61_706
    assert found.param_bytes == found.gradient_bytes == 4 * 61_706
    assert found.input_bytes == 4 * 64 * 28 * 28
    numbers = 2 * 6 * 28 * 28 + 6 * 14 * 14 + 2 * 16 * 10 * 10 + 16 * 5 * 5 + 2 * (120 + 84) + 10  # Flatten is a view
    assert found.output_bytes == 4 * 64 * numbers


def test_the_text_is_a_table():
    net = nn.Sequential(nn.Linear(2, 1000), nn.BatchNorm1d(1000), nn.ReLU(inplace=True), nn.Linear(1000, 1))
    net[0].weight.requires_grad_(False)
    net[1].requires_grad_(False)
    assert repr(nn.summary(net, autograd.ones(4, 2))).split("\n") == [
        "Sequential on (4, 2)",
        "module  type         output     parameters  trainable",
        "        Sequential   (4, 1)              –",
        "0       Linear       (4, 1000)       3,000  partly",
        "1       BatchNorm1d  (4, 1000)       2,000  no",
        "2       ReLU         (4, 1000)           –",
        "3       Linear       (4, 1)          1,001  yes",
        "parameters  6,001, 2,001 trainable, 4,000 frozen",
        "buffers     2,001",
        "memory      24.0 kB parameters + 8.0 kB buffers + 32 B input + 32.0 kB outputs = 64.1 kB; 8.0 kB more for gradients",
    ]


def test_html():
    class Odd(nn.Module):
        def forward(self, x):
            return {"<b>": x, "none": None}

    text = nn.summary(Odd(), (2, 3))._repr_html_()
    assert "{&lt;b&gt;: (2, 3), none: None}" in text
    assert text.count("<tr>") == 2
    assert text.count("</tr>") == 2
    assert "<b>Odd on (2, 3)</b>" in text


def test_inputs_of_every_kind():
    both = nn.Bilinear(2, 3, 4)
    x, y = autograd.ones(5, 2), autograd.ones(5, 3)
    for given in ((x, y), [x, (5, 3)], ((5, 2), (5, 3)), (autograd.Size([5, 2]), y)):
        assert nn.summary(both, given).rows[0].output == "(5, 4)"
    words = nn.Embedding(10, 3)
    assert nn.summary(words, (2, 4), dtype=autograd.int64).rows[0].output == "(2, 4, 3)"
    assert nn.summary(nn.Linear(2, 3).double(), (4, 2)).output_bytes == 8 * 12
    packed = pack_sequence([autograd.ones(3, 2), autograd.ones(1, 2)])
    assert "got PackedSequence" in str(error_of(lambda: nn.summary(nn.LSTM(2, 3), packed)))


def test_several_outputs_and_no_call():
    found = nn.summary(nn.LSTM(2, 3, num_layers=2), (5, 4, 2))
    assert found.rows[0].output == "(5, 4, 3), [(2, 4, 3), (2, 4, 3)]"
    without = nn.summary(nn.models.resnet8())
    assert without.total_params == 75_290
    assert "output" not in repr(without).split("\n")[1]
    assert without.output_bytes == without.input_bytes == 0


def test_a_module_that_takes_nothing():
    class Constant(nn.Module):
        def forward(self):
            return autograd.ones(3)

    assert nn.summary(Constant(), ()).rows[0].output == "(3,)"


def test_what_is_used_twice_counts_once():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)
            self.same = self.fc
            self.spare = nn.Linear(9, 9)
            self.other = nn.Linear(4, 4)
            self.other.weight = self.fc.weight

        def forward(self, x):
            return self.other(self.fc(self.fc(x)))

    found = nn.summary(Net(), (1, 4))
    assert cells(found, "path", "output", "parameters", "shared", "same_as") == [
        ("", "(1, 4)", 0, 0, None),
        ("fc", "(1, 4) ×2", 20, 0, None),
        ("same", "(1, 4) ×2", 0, 20, "fc"),
        ("spare", "–", 90, 0, None),
        ("other", "(1, 4)", 4, 16, None),
    ]
    assert found.total_params == 114 == sum(row.parameters for row in found.rows)
    text = repr(found)
    assert "Linear (again: fc)" in text
    assert "4 + (16)" in text


def test_depth():
    net = nn.models.resnet20()
    whole = nn.summary(net, (2, 3, 32, 32))
    for depth in (0, 1, 2, 3):
        found = nn.summary(net, (2, 3, 32, 32), depth=depth)
        assert max(row.path.count(".") + bool(row.path) for row in found.rows) == depth
        assert sum(row.parameters for row in found.rows) == whole.total_params == 269_722
        assert found.output_bytes == whole.output_bytes


def test_views_and_writes_in_place_take_no_memory():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Unflatten(1, (2, 2)), nn.Flatten(), nn.Identity())
    assert nn.summary(net, (5, 3)).output_bytes == 4 * 5 * 4


def test_parametrized_layers():
    found = nn.summary(weight_norm(nn.Linear(2, 3)), (4, 2))
    assert cells(found, "path", "parameters") == [
        ("", 3),
        ("parametrizations", 0),
        ("parametrizations.weight", 9),
        ("parametrizations.weight.0", 0),
    ]


# -- that nothing is changed ---------------------------------------------------------------------------------------


class Restless(nn.Module):
    """A module whose forward changes all that it can."""

    def __init__(self, fails=False):
        super().__init__()
        self.fails = fails
        self.norm = nn.BatchNorm1d(3)
        self.lazy = nn.LazyLinear(2)
        self.spectral = nn.utils.spectral_norm(nn.Linear(3, 3))
        self.new = spectral_norm(nn.Linear(3, 3))
        self.words = nn.Embedding(4, 3, max_norm=0.1)
        self.drop = nn.Dropout(0.5)
        self.calls = 0
        self.seen = []
        self.register_buffer("last", autograd.zeros(3))
        self.register_buffer("count", autograd.tensor(0))
        self.norm.eval()

    def forward(self, x):
        self.train()
        self.calls += 1
        self.seen.append(x)
        self.extra = nn.Linear(1, 1)
        self.last = x[0]
        self.count += 1
        x = self.spectral(self.norm(x)) + self.new(x) + self.words(autograd.tensor([1]))
        x = self.drop(self.lazy(x))
        if self.fails:
            raise ArithmeticError("on purpose")
        return x


def portrait(net):
    """Everything about a module that can be seen."""
    parts = [
        (name, type(part).__name__, part.training, list(part.__dict__), len(part._hooks), list(part._kinds.items()))
        for name, part in net.named_modules()
    ]
    values = [
        (name, type(t).__name__, id(t), t.memory().tobytes(), t.requires_grad, t.grad)
        for name, t in (*net.named_parameters(), *net.named_buffers())
    ]
    plain = (net.calls, len(net.seen), [len(part._calls) for part in net.modules()])
    return parts, values, plain, autograd.get_rng_state().tolist(), repr(net)


@pytest.mark.parametrize("fails", [False, True])
def test_the_network_is_as_it_was(fails):
    net = Restless(fails)
    x = autograd.ones(4, 3)
    before = portrait(net)
    if fails:
        with pytest.raises(ArithmeticError, match="on purpose") as error:
            nn.summary(net, x)
        assert any("in nn.summary, which called the model with (4, 3) of float32" in n for n in error.value.__notes__)
    else:
        found = nn.summary(net, x)
        assert found.rows[0].output == "(4, 2)"
    assert portrait(net) == before
    assert autograd.equal(x, autograd.ones(4, 3))
    net.fails = False
    net.drop.p = 0.0
    assert net(autograd.rand(4, 3)).shape == (4, 2)


def test_hooks_of_others_still_work():
    layer = nn.Linear(2, 3)
    heard = []
    handle = layer.register_forward_hook(lambda *_: heard.append("here"))
    nn.summary(layer, (1, 2))
    layer(autograd.ones(1, 2))
    assert heard == ["here", "here"]
    handle.remove()
    assert not layer._hooks


def test_inputs_are_not_written_into():
    x = -autograd.ones(2, 3)
    nn.summary(nn.ReLU(inplace=True), x)
    assert (x == -1).all()


def test_training_goes_on_as_without_it(rng):
    """A summary between the forward and the backward pass changes no gradient."""
    x = autograd.tensor(rng.standard_normal((4, 3)).astype(np.float32))
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
    gradients = []
    for looks in (False, True):
        twin = copy.deepcopy(net)
        autograd.manual_seed(2)
        loss = twin(x).pow(2).sum()
        if looks:
            nn.summary(twin, x)
        loss.backward()
        gradients.append([p.grad.tolist() for p in twin.parameters()] + [twin(x).tolist()])
    assert gradients[0] == gradients[1]


# -- refusals ----------------------------------------------------------------------------------------------------


def error_of(call):
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("given", [3, "text", ("text",), (1.5, 2), {"x": 1}, [[]], (True, False)])
def test_what_is_no_input(given):
    error = error_of(lambda: nn.summary(nn.Linear(2, 3), given))
    assert isinstance(error, TypeError)
    assert "input must be a tensor, a shape such as (64, 1, 28, 28), or a tuple of these" in str(error)


def test_what_is_no_module():
    assert "model must be a Module, not function" in str(error_of(lambda: nn.summary(lambda x: x, (1, 2))))
    assert isinstance(error_of(lambda: nn.summary(nn.Linear, (1, 2))), TypeError)


def test_an_input_that_does_not_fit():
    error = error_of(lambda: nn.summary(nn.Sequential(nn.Linear(2, 3)), (4, 5)))
    assert "in nn.summary, which called the model with (4, 5) of float32" in error.__notes__[-1]
    assert any("in Sequential.0 (Linear(" in note for note in error.__notes__)


def test_summaries_can_be_kept():
    found = nn.summary(nn.Linear(2, 3), (1, 2))
    assert repr(pickle.loads(pickle.dumps(found))) == repr(found)
