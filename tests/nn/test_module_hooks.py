"""Hooks of modules: when they run, what they see, what they may replace."""

from __future__ import annotations

from collections import OrderedDict

import pytest

import autograd
import nn
from nn.modules import module as everywhere


class Scale(nn.Module):
    """x times a factor, or an error."""

    def forward(self, x, factor=1.0, fail=False):
        if fail:
            raise RuntimeError("the forward failed")
        return x * factor


@pytest.fixture
def log():
    return []


@pytest.fixture
def x():
    return autograd.tensor([1.0, 2.0], requires_grad=True)


# -- forward ------------------------------------------------------------------------------------------------


def test_forward_hooks_see_and_replace(x):
    scale = Scale()
    scale.register_forward_pre_hook(lambda module, args: (args[0] + 1, 10.0))
    scale.register_forward_hook(lambda module, args, output: output - args[1])
    assert scale(x).tolist() == [10, 20]


def test_a_pre_hook_may_return_one_argument_by_itself(x):
    scale = Scale()
    scale.register_forward_pre_hook(lambda module, args: args[0] * 3)
    assert scale(x).tolist() == [3, 6]


def test_hooks_run_in_order_and_prepended_ones_first(x, log):
    scale = Scale()
    for name in "ab":
        scale.register_forward_pre_hook(lambda *seen, name=name: log.append(f"pre {name}"))
        scale.register_forward_hook(lambda *seen, name=name: log.append(name))
    scale.register_forward_pre_hook(lambda *seen: log.append("pre first"), prepend=True)
    scale.register_forward_hook(lambda *seen: log.append("first"), prepend=True)
    scale(x)
    assert log == ["pre first", "pre a", "pre b", "first", "a", "b"]


def test_hooks_are_shown_as_torch_shows_them(torch):
    """The dict of hooks is an OrderedDict, and the numbers of hooks go up by one."""
    for library in (torch, autograd):
        layer = library.nn.Linear(2, 1)
        assert repr(layer._forward_hooks) == "OrderedDict()"
        first, second = (layer.register_forward_hook(print) for _ in range(2))
        tensor_hook = layer.weight.register_hook(print)
        assert (second.id - first.id, tensor_hook.id - first.id) == (1, 2)
        assert repr(layer._forward_hooks) == repr(OrderedDict({first.id: print, second.id: print}))


def test_removed_hooks_do_not_run(x, log):
    scale = Scale()
    handle = scale.register_forward_hook(lambda *seen: log.append("after"))
    with scale.register_forward_pre_hook(lambda *seen: log.append("before")):
        scale(x)
    handle.remove()
    handle.remove()
    scale(x)
    assert log == ["before", "after"]


def test_hooks_with_kwargs(x, log):
    scale = Scale()
    scale.register_forward_pre_hook(lambda m, args, kwargs: (args, {"factor": kwargs["factor"] + 1}), with_kwargs=True)
    scale.register_forward_hook(lambda m, args, kwargs, output: log.append(kwargs), with_kwargs=True)
    assert scale(x, factor=2.0).tolist() == [3, 6]
    assert log == [{"factor": 3.0}]


@pytest.mark.parametrize("answer", [3, (1, 2, 3)])
def test_a_pre_hook_with_kwargs_returns_a_pair(x, answer):
    scale = Scale()
    scale.register_forward_pre_hook(lambda m, args, kwargs: answer, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\)"):
        scale(x)


def test_always_call_hooks_run_after_an_error(x, log):
    scale = Scale()
    scale.register_forward_hook(lambda m, args, output: log.append("usual"))
    scale.register_forward_hook(lambda m, args, output: log.append(output), always_call=True)
    with pytest.raises(RuntimeError, match="the forward failed"):
        scale(x, fail=True)
    assert log == [None]
    scale(x)
    assert log[1] == "usual"


def test_an_error_in_an_always_call_hook_does_not_hide_the_first_one(x):
    def broken(*seen):
        raise ValueError("the hook failed")

    scale = Scale()
    scale.register_forward_hook(broken, always_call=True)
    with (
        pytest.warns(UserWarning, match="silenced.*the hook failed"),
        pytest.raises(RuntimeError, match="forward failed"),
    ):
        scale(x, fail=True)
    with pytest.raises(ValueError, match="the hook failed"):
        scale(x)


# -- backward -----------------------------------------------------------------------------------------------


def test_backward_hooks_see_the_gradients_of_the_module_as_a_whole(x, log):
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    net.register_full_backward_pre_hook(lambda m, grad_output: log.append(grad_output))
    net.register_full_backward_hook(lambda m, grad_input, grad_output: log.append((grad_input, grad_output)))
    net(x).backward(autograd.tensor([1.0, 3.0]))
    (first,), ((by_input,), (by_output,)) = log
    assert first.tolist() == by_output.tolist() == [1, 3]
    assert autograd.equal(by_input, x.grad)


def test_backward_hooks_replace(x):
    scale = Scale()
    scale.register_full_backward_pre_hook(lambda m, grad_output: (grad_output[0] * 10,))
    scale.register_full_backward_hook(lambda m, grad_input, grad_output: (grad_input[0] + 1,))
    scale(x, factor=2.0).sum().backward()
    assert x.grad.tolist() == [21, 21]


def test_backward_hooks_in_order(x, log):
    scale = Scale()
    for name, prepend in (("a", False), ("b", False), ("first", True)):
        scale.register_full_backward_hook(lambda *seen, name=name: log.append(name), prepend=prepend)
    scale(x).sum().backward()
    assert log == ["first", "a", "b"]


def test_arguments_that_no_gradient_flows_to_are_none(x, log):
    scale = Scale()
    scale.register_full_backward_hook(lambda m, grad_input, grad_output: log.append(grad_input))
    scale(x, autograd.tensor(2.0)).sum().backward()
    ((by_x, by_factor),) = log
    assert by_x.tolist() == [2, 2]
    assert by_factor is None


def test_without_a_gradient_by_inputs_the_hook_runs_with_the_outputs_gradient(log):
    layer = nn.Linear(2, 1)
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: log.append((grad_input, grad_output)))
    with pytest.warns(UserWarning, match="no inputs require gradients: grad_input is None for all inputs of Linear"):
        layer(autograd.ones(3, 2)).sum().backward()
    ((by_input, (by_output,)),) = log
    assert by_input == (None,)
    assert by_output.tolist() == [[1], [1], [1]]


@pytest.mark.parametrize(
    ("register", "answer", "message"),
    [
        ("register_full_backward_hook", lambda g: (g[0], g[0]), "invalid number of grad_input, got 2, but expected 1"),
        (
            "register_full_backward_pre_hook",
            lambda g: (g[0], g[0]),
            "invalid number of grad_output, got 2, but expected 1",
        ),
    ],
)
def test_answers_of_the_wrong_length(x, register, answer, message):
    scale = Scale()
    getattr(scale, register)(lambda m, grads, *rest: answer(grads))
    with pytest.raises(RuntimeError, match=message):
        scale(x).sum().backward()


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_no_answer_where_no_input_wants_a_gradient():
    layer = nn.Linear(2, 1)
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: grad_output)
    with pytest.raises(RuntimeError, match="no input requires gradient should always return None"):
        layer(autograd.ones(3, 2)).sum().backward()


def test_second_derivatives_pass_backward_hooks(x, log):
    tanh = nn.Tanh()
    tanh.register_full_backward_hook(lambda m, grad_input, grad_output: log.append(grad_input[0].requires_grad))
    (g,) = autograd.autograd.grad(tanh(x).sum(), x, create_graph=True)
    g.sum().backward()
    t = x.detach().tanh()
    assert autograd.allclose(x.grad, -2 * t * (1 - t * t))
    assert log == [True, False]


def test_backward_hooks_do_nothing_without_recording(x, log):
    scale = Scale()
    scale.register_full_backward_hook(lambda *seen: log.append("backward"))
    with autograd.no_grad():
        scale(x)
    assert log == []


def test_a_module_may_write_into_its_input_under_a_backward_hook(x, log):
    relu = nn.ReLU(inplace=True)
    relu.register_backward_hook(lambda m, grad_input, grad_output: log.append(grad_input[0].tolist()))
    relu(x * -1).sum().backward()
    assert log == [[0, 0]]


# -- of all modules -----------------------------------------------------------------------------------------


def test_global_hooks_run_before_the_modules_own(x, log):
    net = nn.Sequential(Scale())
    net[0].register_forward_hook(lambda *seen: log.append("own"))

    def noted(what):
        return lambda module, *seen: log.append(f"{what} {type(module).__name__}")

    handles = [
        everywhere.register_module_forward_pre_hook(noted("before")),
        everywhere.register_module_forward_hook(noted("after")),
        everywhere.register_module_full_backward_pre_hook(noted("output gradient")),
        everywhere.register_module_full_backward_hook(noted("input gradient")),
    ]
    net(x).sum().backward()
    for handle in handles:
        handle.remove()
    assert log == [
        "before Sequential", "before Scale", "after Scale", "own", "after Sequential",
        "output gradient Sequential", "output gradient Scale", "input gradient Scale", "input gradient Sequential",
    ]  # fmt: skip
    net(x)
    assert log[9:] == ["own"]


def test_registration_hooks_see_and_replace(log):
    handles = [
        everywhere.register_module_parameter_registration_hook(lambda m, name, p: log.append(f"parameter {name}")),
        everywhere.register_module_buffer_registration_hook(lambda m, name, b: log.append(f"buffer {name}")),
        everywhere.register_module_module_registration_hook(lambda m, name, c: log.append(f"module {name}")),
    ]
    nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1, affine=False))
    for handle in handles:
        handle.remove()
    nn.Linear(1, 1)
    averages = ["buffer running_mean", "buffer running_var", "buffer num_batches_tracked"]
    assert log == ["parameter weight", *averages, "module 0", "module 1"]
    with everywhere.register_module_parameter_registration_hook(lambda m, name, p: nn.Parameter(p.detach() * 0)):
        module = nn.Module()
        module.weight = nn.Parameter(autograd.ones(2))
    assert module.weight.tolist() == [0, 0]
