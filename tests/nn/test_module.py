"""What a module does with its members: modes, conversions, text, copies, and errors that say where."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import warnings

import numpy as np
import pytest

import autograd
import nn

from .networks import Net, names


@pytest.fixture
def net():
    return Net()


# -- modes and gradients ------------------------------------------------------------------------------------


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


# -- conversions --------------------------------------------------------------------------------------------


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


# -- text ---------------------------------------------------------------------------------------------------


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


# -- copies -------------------------------------------------------------------------------------------------


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


# -- errors in forward --------------------------------------------------------------------------------------


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
