"""Walking over a tree of modules, and finding members by dotted name."""

from __future__ import annotations

import pytest

import nn

from .networks import Net, names


@pytest.fixture
def net():
    return Net()


# -- walking ------------------------------------------------------------------------------------------------


def test_parameters_come_in_the_order_of_registration_and_shared_ones_once(net):
    own, below = ["scale"], ["fc1.weight", "fc1.bias", "bn.weight", "bn.bias", "fc2.weight", "fc2.bias"]
    assert names(net.named_parameters()) == own + below
    assert [id(p) for p in net.parameters()] == [id(p) for _, p in net.named_parameters()]
    assert names(net.named_parameters(recurse=False)) == own
    assert names(net.named_parameters(prefix="net")) == [f"net.{name}" for name in own + below]
    shared = ["shared.weight", "shared.bias"]
    assert names(net.named_parameters(remove_duplicate=False)) == own + below + shared


def test_buffers_include_those_that_are_not_saved(net):
    averages = ["bn.running_mean", "bn.running_var", "bn.num_batches_tracked"]
    assert names(net.named_buffers()) == ["seen", "scratch", *averages]
    assert names(net.named_buffers(recurse=False)) == ["seen", "scratch"]
    assert len(list(net.buffers())) == 5


def test_modules_come_parents_first_and_once(net):
    assert names(net.named_modules()) == ["", "fc1", "act", "bn", "fc2"]
    assert names(net.named_modules(remove_duplicate=False)) == ["", "fc1", "act", "bn", "fc2", "shared"]
    assert names(net.named_modules(prefix="a")) == ["a", "a.fc1", "a.act", "a.bn", "a.fc2"]
    assert names(net.named_children()) == ["fc1", "act", "bn", "fc2"]
    assert list(net.children()) == [net.fc1, net.act, net.bn, net.fc2]
    assert len(list(net.modules())) == 5
    assert len(list(net.modules(remove_duplicate=False))) == 6


def test_apply_visits_children_first(net):
    visited = []
    assert net.apply(visited.append) is net
    assert visited == [net.fc1, net.act, net.bn, net.fc2, net]


def test_found_by_dotted_name():
    outer = nn.Sequential(Net())
    assert outer.get_submodule("") is outer
    assert outer.get_submodule("0.fc1") is outer[0].fc1
    assert outer.get_parameter("0.fc1.bias") is outer[0].fc1.bias
    assert outer.get_buffer("0.bn.running_mean") is outer[0].bn.running_mean


@pytest.mark.parametrize(
    ("method", "target", "message"),
    [
        ("get_submodule", "fc3", r"Net has no attribute `fc3`.*children are: fc1, act, bn, fc2"),
        ("get_submodule", "fc1.x.y", "Linear has no attribute `x`"),
        ("get_submodule", "scale", "`scale` is not an nn.Module"),
        ("get_submodule", "training", "`training` is not an nn.Module"),
        ("get_parameter", "fc1", "`fc1` is not an nn.Parameter"),
        ("get_parameter", "seen", "`seen` is not an nn.Parameter"),
        ("get_parameter", "left_out", "`left_out` is not an nn.Parameter"),
        ("get_parameter", "fc9.weight", r"Net has no attribute `fc9`"),
        ("get_buffer", "scale", "`scale` is not a buffer"),
        ("get_buffer", "nothing", "Net has no attribute `nothing`"),
    ],
)
def test_not_found_by_dotted_name(net, method, target, message):
    with pytest.raises(AttributeError, match=message):
        getattr(net, method)(target)


def test_set_submodule(net):
    tanh = nn.Tanh()
    net.set_submodule("act", tanh)
    assert net.act is tanh
    net.set_submodule("new", tanh)
    assert net.new is tanh
    assert names(net.named_children())[-1] == "fc2"  # the same module is not listed twice
    with pytest.raises(AttributeError, match="Net has no attribute `newer`"):
        net.set_submodule("newer", tanh, strict=True)
    with pytest.raises(AttributeError, match=r"`scale` is not an nn.Module"):
        net.set_submodule("scale", tanh)
    with pytest.raises(ValueError, match="without a target name"):
        net.set_submodule("", tanh)
    with pytest.raises(ValueError, match=r"is not an nn.Module, found int"):
        net.set_submodule("act", 3)
