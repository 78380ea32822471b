"""How a module gets its members, and what it refuses or warns of."""

from __future__ import annotations

import pytest

import autograd
import nn

from .networks import Net, names


@pytest.fixture
def net():
    return Net()


# -- registering --------------------------------------------------------------------------------------------


def test_members_are_plain_attributes(net):
    assert vars(net)["scale"] is net.scale
    assert vars(net)["fc1"] is net.fc1


def test_assigning_a_member_of_another_kind_replaces_it(net):
    net.seen = nn.Parameter(autograd.ones(1))
    assert "seen" in names(net.named_parameters())
    assert "seen" not in names(net.named_buffers())
    net.scratch = nn.ReLU()
    assert names(net.named_children())[-1] == "scratch"
    assert "scratch" not in names(net.named_buffers())
    net.act = nn.Parameter(autograd.ones(1))
    assert "act" not in names(net.named_children())
    net.missing = None
    net.missing = nn.Buffer(autograd.ones(1), persistent=False)
    assert "missing" in names(net.named_buffers())
    assert "missing" not in net.state_dict()


def test_none_keeps_the_name(net):
    net.scale = net.fc1 = net.seen = None
    assert net.scale is net.fc1 is net.seen is None
    net.scale, net.seen = nn.Parameter(autograd.ones(2)), autograd.ones(3)
    assert names(net.named_parameters(recurse=False)) == ["scale"]
    assert names(net.named_buffers(recurse=False)) == ["seen", "scratch"]


def test_a_tensor_may_take_a_buffers_place(net):
    net.scratch = autograd.ones(5)
    assert names(net.named_buffers(recurse=False)) == ["seen", "scratch"]
    assert "scratch" not in net.state_dict()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scale", autograd.ones(2), "cannot assign 'Tensor' as parameter 'scale' .*Parameter or None expected"),
        ("left_out", 3, "cannot assign 'int' as parameter 'left_out'"),
        ("fc1", autograd.ones(2), "cannot assign 'Tensor' as child module 'fc1' .*Module or None expected"),
        ("seen", "text", "cannot assign 'str' as buffer 'seen'"),
    ],
)
def test_a_member_is_not_overwritten_by_something_else(net, name, value, message):
    before = getattr(net, name)
    with pytest.raises(TypeError, match=message):
        setattr(net, name, value)
    assert getattr(net, name) is before


@pytest.mark.parametrize(
    ("method", "name", "value", "error", "message"),
    [
        ("register_parameter", "x", autograd.ones(1), TypeError, "cannot assign 'Tensor' object to parameter 'x'"),
        ("register_parameter", 3, None, TypeError, "name should be a string. Got int"),
        ("register_parameter", "a.b", None, KeyError, "t contain"),
        ("register_parameter", "", None, KeyError, "t be empty"),
        ("register_parameter", "fc1", None, KeyError, "attribute 'fc1' already exists"),
        ("register_parameter", "forward", None, KeyError, "attribute 'forward' already exists"),
        ("register_buffer", "x", 3, TypeError, "cannot assign 'int' object to buffer 'x'"),
        ("register_buffer", "scale", None, KeyError, "attribute 'scale' already exists"),
        ("register_buffer", "a.b", None, KeyError, "t contain"),
        ("add_module", "x", 3, TypeError, "int is not a Module subclass"),
        ("add_module", "seen", nn.ReLU(), KeyError, "attribute 'seen' already exists"),
        ("register_module", "a.b", nn.ReLU(), KeyError, "t contain"),
    ],
)
def test_what_can_not_be_registered(net, method, name, value, error, message):
    before = list(vars(net))
    with pytest.raises(error, match=message):
        getattr(net, method)(name, value)
    assert list(vars(net)) == before


def test_only_leaves_are_parameters(net):
    result = nn.Parameter(autograd.ones(1))
    result.node = (autograd.ones(1, requires_grad=True) * 2).node
    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter 'w'"):
        net.register_parameter("w", result)


@pytest.mark.parametrize("value", [nn.Parameter(autograd.ones(1)), nn.ReLU(), nn.Buffer(autograd.ones(1))])
def test_registering_needs_init(value):
    class Hasty(nn.Module):
        def __init__(self):
            self.x = value

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call: begin Hasty.__init__ with super"):
        Hasty()


def test_calling_needs_init():
    class Hasty(nn.Module):
        def __init__(self):
            self.x = 3

    with pytest.raises(AttributeError) as caught:
        Hasty()(autograd.ones(1))
    assert caught.value.__notes__ == ["Hasty.__init__ has not called super().__init__(): it must come first"]


def test_deleted_members_are_forgotten(net):
    del net.scale, net.fc2, net.scratch
    assert not hasattr(net, "scale")
    assert names(net.named_children()) == ["fc1", "act", "bn"]
    assert names(net.named_buffers(recurse=False)) == ["seen"]
    net.scratch = nn.Buffer(autograd.ones(1))
    assert "scratch" in net.state_dict()
    with pytest.raises(AttributeError):
        del net.scale


def test_a_class_attribute_may_be_replaced_by_a_module():
    class Head(nn.Module):
        body = None

        def __init__(self):
            super().__init__()
            self.body = nn.Linear(1, 1)

    assert names(Head().named_parameters()) == ["body.weight", "body.bias"]


# -- members in plain containers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "cure"),
    [
        ([nn.ReLU()], r"self.layers = nn.ModuleList\(...\)"),
        ((nn.ReLU(), nn.ReLU()), r"nn.ModuleList\(...\)"),
        ({"a": nn.ReLU()}, r"nn.ModuleDict\(...\)"),
        ([nn.Parameter(autograd.ones(1))], r"nn.ParameterList\(...\)"),
        ({"a": nn.Parameter(autograd.ones(1))}, r"nn.ParameterDict\(...\)"),
        ([[nn.ReLU()]], r"nn.ModuleList\(...\)"),
    ],
)
def test_members_in_a_plain_container_are_warned_of(net, container, cure):
    net.layers = container
    with pytest.warns(
        UserWarning, match=f"Net.layers is a plain (list|tuple|dict).*parameters.. leaves them out.*{cure}"
    ):
        net.parameters()


def test_members_appended_later_are_warned_of_by_parameters(net):
    net.layers = []
    net.layers.append(nn.Linear(1, 1))
    with pytest.warns(UserWarning, match=r"Net.layers is a plain list with Modules in it"):
        assert len(list(net.parameters())) == 7


def test_no_warning_for_members_that_are_registered_too(net):
    net.order = [net.fc1, net.fc2]
    net.numbers = [1, 2, 3]
    net.options = {"head": nn.Linear(1, 1)}
    net.head = net.options["head"]  # registered only after it was kept in a dict
    assert len(list(net.parameters())) == 9


def test_members_can_be_listed_backwards():
    """As programs do that go through a module's tree with a stack."""
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU())
    assert list(reversed(net._modules)) == ["1", "0"]
    assert [name for name, _ in reversed(net._modules.items())] == ["1", "0"]
    assert [type(m) for m in reversed(net._modules.values())] == [nn.ReLU, nn.Linear]
    assert net[0]._parameters.copy().keys() == {"weight", "bias"}


def test_members_by_getattr():
    """As it is called by name in networks whose layers are numbered, and overridden in wrappers of modules."""

    class Wrapper(nn.Module):
        def __init__(self, module):
            super().__init__()
            self.module = module

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.module, name)

    wrapper = Wrapper(nn.Linear(1, 2))
    assert wrapper.__getattr__("module") is wrapper.module
    assert wrapper.weight is wrapper.module.weight
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'depth'"):
        _ = wrapper.depth
