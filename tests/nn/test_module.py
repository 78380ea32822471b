"""What a module does with its members: registering, walking, finding, converting, printing and copying them."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import warnings

import numpy as np
import pytest

import autograd
import nn


class Net(nn.Module):
    """One of everything that a module can have."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 3)
        self.act = nn.ReLU()
        self.bn = nn.BatchNorm1d(3)
        self.fc2 = nn.Linear(3, 1)
        self.shared = self.fc1
        self.scale = nn.Parameter(autograd.ones(2))
        self.register_buffer("seen", autograd.zeros(3))
        self.register_buffer("scratch", autograd.zeros(1), persistent=False)
        self.register_parameter("left_out", None)

    def forward(self, x):
        return self.fc2(self.act(self.bn(self.fc1(x * self.scale))))


@pytest.fixture
def net():
    return Net()


def names(pairs):
    return [name for name, _ in pairs]


# -- walking ----------------------------------------------------------------------------------------------------------


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
        ("get_submodule", "fc3", "Net has no attribute `fc3`.*children are: fc1, act, bn, fc2"),
        ("get_submodule", "fc1.x.y", "Linear has no attribute `x`"),
        ("get_submodule", "scale", "`scale` is not an nn.Module"),
        ("get_submodule", "training", "`training` is not an nn.Module"),
        ("get_parameter", "fc1", "`fc1` is not an nn.Parameter"),
        ("get_parameter", "seen", "`seen` is not an nn.Parameter"),
        ("get_parameter", "left_out", "`left_out` is not an nn.Parameter"),
        ("get_parameter", "fc9.weight", "Net has no attribute `fc9`"),
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
    with pytest.raises(AttributeError, match="`scale` is not an nn.Module"):
        net.set_submodule("scale", tanh)
    with pytest.raises(ValueError, match="without a target name"):
        net.set_submodule("", tanh)
    with pytest.raises(ValueError, match="is not an nn.Module, found int"):
        net.set_submodule("act", 3)


# -- registering ------------------------------------------------------------------------------------------------------


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


# -- members in plain containers --------------------------------------------------------------------------------------


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
    with pytest.warns(UserWarning, match=f"Net.layers is a plain (list|tuple|dict).*parameters.. leaves them out.*{cure}"):
        net.layers = container


def test_members_appended_later_are_warned_of_by_parameters(net):
    net.layers = []
    net.layers.append(nn.Linear(1, 1))
    with pytest.warns(UserWarning, match=r"Net.layers is a plain list with Modules in it"):
        assert len(list(net.parameters())) == 7


def test_no_warning_for_members_that_are_registered_too(net):
    net.order = [net.fc1, net.fc2]
    net.numbers = [1, 2, 3]
    assert len(list(net.parameters())) == 7


# -- modes and gradients ----------------------------------------------------------------------------------------------


def test_train_and_eval_reach_all_below(net):
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert net.bn.train() is net.bn
    assert [module.training for module in net.modules()] == [False, False, False, True, False]
    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        net.train(1)


def test_requires_grad_freezes(net):
    assert net.requires_grad_(False) is net
    assert not any(p.requires_grad for p in net.parameters())
    assert not net(autograd.ones(4, 2)).requires_grad


def test_zero_grad(net):
    net(autograd.randn(4, 2)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    kept = net.scale.grad
    net.zero_grad(set_to_none=False)
    assert net.scale.grad is kept
    assert kept.tolist() == [0, 0]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


# -- conversions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "convert",
    [
        lambda m: m.double(), lambda m: m.to(autograd.float64), lambda m: m.to("cpu", autograd.float64),
        lambda m: m.to(dtype=autograd.float64), lambda m: m.to(autograd.zeros(1, dtype=autograd.float64)),
        lambda m: m.to(autograd.device("cpu"), autograd.float64, non_blocking=True),
    ],
)  # fmt: skip
def test_conversions_keep_the_parameters_and_leave_integers(net, convert):
    parameters = list(net.parameters())
    values = [p.numpy(force=True).copy() for p in parameters]
    net(autograd.randn(4, 2)).sum().backward()
    assert convert(net) is net
    for before, after, value in zip(parameters, net.parameters(), values, strict=True):
        assert before is after
        assert after.dtype is after.grad.dtype is autograd.float64
        np.testing.assert_array_equal(after.detach().numpy(), value)
    assert net.seen.dtype is autograd.float64
    assert net.bn.num_batches_tracked.dtype is autograd.int64


def test_other_conversions(net):
    assert net.half().scale.dtype is autograd.float16
    assert net.float().scale.dtype is autograd.float32
    assert net.type(autograd.float64).bn.num_batches_tracked.dtype is autograd.float64
    assert net.cpu() is net
    assert net.to("cpu") is net
    assert net.to_empty(device="cpu").scale.shape == (2,)
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes"):
        net.to(autograd.int32)
    with pytest.raises(TypeError, match="invalid keyword argument: place"):
        net.to(place="cpu")
    with pytest.raises(AssertionError, match="CUDA"):
        net.cuda()


def write_one(parameter):
    with autograd.no_grad():
        parameter.fill_(7)


def test_share_memory_is_seen_by_another_process():
    layer = nn.Linear(2, 1).share_memory()
    child = multiprocessing.get_context("fork").Process(target=write_one, args=(layer.weight,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forking a process that has threads
        child.start()
    child.join()
    assert layer.weight.tolist() == [[7, 7]]


# -- text -------------------------------------------------------------------------------------------------------------


def test_text(net):
    assert repr(nn.Sequential(net.fc1, nn.Sequential(nn.ReLU()))) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): ReLU()\n"
        "  )\n"
        ")"
    )
    assert repr(nn.Module()) == "Module()"
    net.extra_repr = lambda: "one\ntwo"
    assert repr(net).startswith("Net(\n  one\n  two\n  (fc1): Linear(")


def test_dir_lists_members(net):
    assert {"fc1", "scale", "seen", "forward"} <= set(dir(net))
    assert "0" not in dir(nn.Sequential(nn.ReLU()))


# -- copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_deep_copies_share_nothing_and_keep_what_is_shared_inside(net, copied):
    x = autograd.randn(4, 2)
    net(x).sum().backward()
    twin = copied(net.eval())
    assert not twin.training
    assert twin.shared is twin.fc1
    assert list(twin.state_dict()) == list(net.state_dict())
    assert autograd.equal(twin(x), net(x))
    with autograd.no_grad():
        for parameter in twin.parameters():
            parameter += 1
    assert not autograd.equal(twin.scale, net.scale)
    assert type(twin.scale) is nn.Parameter
    assert "scratch" not in twin.state_dict()


def test_a_shallow_copy_shares_parameters_but_not_its_list_of_members(net):
    twin = copy.copy(net)
    assert twin.scale is net.scale
    twin.extra = nn.Parameter(autograd.ones(1))
    assert "extra" not in names(net.named_parameters())


def test_compile_changes_nothing(net):
    assert net.compile() is None


# -- errors in forward ------------------------------------------------------------------------------------------------


def test_an_error_names_the_module_it_comes_from():
    net = Net()
    net.fc2 = nn.Linear(10, 1)
    outer = nn.Sequential(nn.Identity(), net)
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied") as caught:
        outer(autograd.ones(4, 2))
    assert caught.value.__notes__ == ["in Sequential.1.fc2 (Linear(in_features=10, out_features=1, bias=True))"]


def test_a_module_without_forward():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


def test_any_arguments_reach_forward():
    class Echo(nn.Module):
        def forward(self, *args, **kwargs):
            return args, kwargs

    echo = Echo()
    assert echo() == ((), {})
    assert echo(1) == ((1,), {})
    assert echo(None) == ((None,), {})
    assert echo(1, 2, first=3, self_=4) == ((1, 2), {"first": 3, "self_": 4})
