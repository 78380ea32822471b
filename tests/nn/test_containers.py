"""Containers of modules and of parameters: they behave like Python's own, and know what belongs to them."""

from __future__ import annotations

from collections import OrderedDict

import pytest

import autograd
import nn


def kinds(modules):
    """The types of modules, by name."""
    return [type(module).__name__ for module in modules]


@pytest.fixture
def seq():
    return nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.ELU())


@pytest.fixture
def listed():
    return nn.ModuleList([nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.ELU()])


# -- Sequential ---------------------------------------------------------------------------------------------


def test_sequential_applies_one_after_the_other():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = autograd.randn(4, 2)
    assert autograd.equal(net(x), net[2](net[1](net[0](x))))
    assert nn.Sequential()(x) is x


def test_sequential_with_names():
    net = nn.Sequential(OrderedDict(first=nn.Linear(1, 2), second=nn.ReLU()))
    assert list(net.state_dict()) == ["first.weight", "first.bias"]
    assert net.first is net[0]
    assert repr(net[1:]) == "Sequential(\n  (second): ReLU()\n)"


def test_indexing(seq, listed):
    for container in (seq, listed):
        assert type(container[0]) is nn.ReLU
        assert type(container[-1]) is nn.ELU
        assert kinds(container[1:3]) == ["Tanh", "Sigmoid"]
        assert type(container[1:3]) is type(container)
        assert len(container) == 4
        assert container[2] in container
        for outside in (4, -5):
            with pytest.raises(IndexError, match=f"index {outside} is out of range"):
                container[outside]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c.append(nn.GELU()), ["ReLU", "Tanh", "Sigmoid", "ELU", "GELU"]),
        (lambda c: c.insert(1, nn.GELU()), ["ReLU", "GELU", "Tanh", "Sigmoid", "ELU"]),
        (lambda c: c.extend([nn.GELU(), nn.Mish()]), ["ReLU", "Tanh", "Sigmoid", "ELU", "GELU", "Mish"]),
        (lambda c: c.pop(1), ["ReLU", "Sigmoid", "ELU"]),
        (lambda c: c.pop(-1), ["ReLU", "Tanh", "Sigmoid"]),
        (lambda c: c.__setitem__(-1, nn.GELU()), ["ReLU", "Tanh", "Sigmoid", "GELU"]),
        (lambda c: c.__delitem__(0), ["Tanh", "Sigmoid", "ELU"]),
        (lambda c: c.__delitem__(slice(1, 3)), ["ReLU", "ELU"]),
    ],
)
def test_changes_keep_the_numbers_in_order(seq, listed, change, expected):
    for container in (seq, listed):
        change(container)
        assert kinds(container) == expected
        assert list(container._modules) == [str(i) for i in range(len(expected))]


def test_adding_and_multiplying(seq, listed):
    kept = [nn.GELU()]
    assert kinds(seq + nn.Sequential(nn.GELU())) == [*kinds(seq), "GELU"]
    assert kinds(listed + kept) == [*kinds(listed), "GELU"]
    assert len(seq * 3) == len(2 * seq) + 4 == 12
    first = seq
    seq += nn.Sequential(nn.GELU())
    assert seq is first
    assert len(seq) == 5
    seq *= 2
    assert seq is first
    assert len(seq) == 10
    listed += [nn.GELU()]
    assert len(listed) == 5


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda seq: seq + list(seq), ValueError, "only objects of Sequential class, but <class 'list'> is given"),
        (lambda seq: seq * 0, ValueError, "Non-positive multiplication factor 0"),
        (lambda seq: seq * 1.5, TypeError, "unsupported operand"),
        (lambda seq: seq.append(3), TypeError, "int is not a Module subclass"),
        (lambda seq: seq.insert(9, nn.ReLU()), IndexError, "Index out of range: 9"),
        (lambda seq: seq.insert(0, 3), AssertionError, "module should be of type"),
        (lambda seq: nn.Sequential(nn.ReLU(), 3), TypeError, "int is not a Module subclass"),
        (lambda seq: nn.ModuleList(nn.ReLU()), TypeError, "should be called with an iterable, but got ReLU"),
        (lambda seq: nn.ModuleList([nn.ReLU(), 3]), TypeError, r"int is not a Module subclass \(number 1\)"),
        (lambda seq: nn.ModuleList()(1), NotImplementedError, r"Module \[ModuleList\] is missing the required"),
    ],
)
def test_what_containers_refuse(seq, action, error, message):
    with pytest.raises(error, match=message):
        action(seq)
    assert len(seq) == 4


def test_repeats_print_once():
    assert repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh(), nn.ReLU()])) == (
        "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n  (3): ReLU()\n)"
    )
    assert repr(nn.ModuleList()) == "ModuleList()"


# -- ModuleDict ---------------------------------------------------------------------------------------------


def test_module_dict():
    heads = nn.ModuleDict({"a": nn.Linear(1, 2)})
    heads["b"] = nn.ReLU()
    heads.update([("c", nn.Tanh()), ("a", nn.Linear(1, 3))])
    assert list(heads) == list(heads.keys()) == ["a", "b", "c"]
    assert kinds(heads.values()) == ["Linear", "ReLU", "Tanh"]
    assert dict(heads.items())["a"].out_features == 3
    assert "b" in heads
    assert type(heads.pop("b")) is nn.ReLU
    del heads["c"]
    assert list(heads.state_dict()) == ["a.weight", "a.bias"]
    assert kinds(nn.ModuleDict(heads).values()) == ["Linear"]
    heads.clear()
    assert len(heads) == 0


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, TypeError, "iterable of key/value pairs, but got int"),
        ([3], TypeError, "sequence element #0 should be Iterable; is int"),
        ([("a", nn.ReLU(), 1)], ValueError, "sequence element #0 has length 3; 2 is required"),
        ({"a": 3}, TypeError, "int is not a Module subclass"),
        ({"a.b": nn.ReLU()}, KeyError, "t contain"),
        ({"keys": nn.ReLU()}, KeyError, "attribute 'keys' already exists"),
    ],
)
def test_what_a_module_dict_refuses(given, error, message):
    with pytest.raises(error, match=message):
        nn.ModuleDict(given)


def test_missing_keys():
    with pytest.raises(KeyError, match="q"):
        nn.ModuleDict()["q"]
    with pytest.raises(KeyError, match="q"):
        nn.ParameterDict()["q"]


# -- parameters ---------------------------------------------------------------------------------------------


def test_parameter_list():
    weights = nn.ParameterList([autograd.ones(2), nn.Parameter(autograd.zeros(3)), 5])
    weights += [autograd.ones(1)]
    weights.append("a note").extend([autograd.ones(4)])
    assert [name for name, _ in weights.named_parameters()] == ["0", "1", "3", "5"]
    assert isinstance(weights[0], nn.Parameter)
    assert weights[2] == 5
    assert weights[-2] == "a note"
    assert [type(each).__name__ for each in weights[1:3]] == ["Parameter", "int"]
    weights[0] = autograd.zeros(7)
    assert weights[0].shape == (7,)
    assert len(weights) == len(list(weights)) == 6
    for wrong, error in ((3, TypeError), (autograd.ones(2), TypeError)):
        with pytest.raises(error, match="should be called with an iterable"):
            weights.extend(wrong)
    with pytest.raises(IndexError, match="index 9 is out of range"):
        weights[9]
    with pytest.raises(RuntimeError, match="should not be called"):
        weights(1)


def test_parameter_dict():
    choices = nn.ParameterDict({"a": autograd.ones(2), "b": 5})
    choices["c"] = autograd.ones(3)
    choices |= nn.ParameterDict({"d": autograd.ones(4)})
    assert list(choices) == ["a", "b", "c", "d"]
    assert list(reversed(choices)) == ["d", "c", "b", "a"]
    assert [name for name, _ in choices.named_parameters()] == ["a", "c", "d"]
    assert choices.get("q") is None
    assert choices.get("b") == choices.setdefault("b", 7) == choices.pop("b") == 5
    assert choices.setdefault("e", autograd.ones(1)).shape == (1,)
    assert choices.popitem()[0] == "e"
    assert list(choices.copy()) == list(choices.keys()) == ["a", "c", "d"]
    assert len(list(choices.items())) == len(list(choices.values())) == len(choices) == 3
    assert "a" in choices
    assert choices.fromkeys(["x", "y"], autograd.ones(1)).x.shape == (1,)
    choices.clear()
    assert list(choices.parameters()) == []


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, TypeError, "iterable of key/value pairs, but got int"),
        ([("a", 1, 2)], ValueError, "has length 3; 2 is required"),
        ({1: autograd.ones(1)}, TypeError, "not a string .type is int"),
        ({"keys": autograd.ones(1)}, KeyError, "attribute 'keys' already exists"),
        ({"a.b": autograd.ones(1)}, KeyError, "t contain"),
    ],
)
def test_what_a_parameter_dict_refuses(given, error, message):
    with pytest.raises(error, match=message):
        nn.ParameterDict(given)


PRINTED = {
    "ParameterList([L.ones(2), 5])", "ParameterList([L.ones(2, 3)])", "ParameterList([])",
    "ParameterDict({'a': L.ones(2, dtype=L.float64), 'b': 5})",
    "ModuleDict({'a': nn.ReLU(), 'b': nn.ModuleList([nn.Tanh()])})",
    "Sequential(nn.Sequential(), nn.ModuleList([nn.Linear(1, 2)] * 3))",
}  # fmt: skip


@pytest.mark.parametrize("text", sorted(PRINTED))
def test_containers_print_as_in_pytorch(torch, text):
    ours = eval(f"nn.{text}", {"nn": nn, "L": autograd})
    assert repr(ours) == repr(eval(f"nn.{text}", {"nn": torch.nn, "L": torch}))
