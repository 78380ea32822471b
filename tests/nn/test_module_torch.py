"""The same small programs with our modules and with PyTorch's: what each step gives must be the same.

A program yields what it sees, or functions to call; of an error its type counts.
"""

from __future__ import annotations

import copy
import itertools
import warnings

import pytest

import autograd
import nn as our_nn


def rounded(value):
    """Tensors as nested lists of numbers with four digits; tuples as lists; modules by their text."""
    if hasattr(value, "detach"):
        return rounded(value.detach().tolist())
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value if value is None else str(value)


def transcript(program, lib, nn):
    """Everything that a program yields."""
    found = []
    for step in program(lib, nn):
        if callable(step):
            try:
                found.append(rounded(step()))
            except Exception as error:
                found.append(type(error).__name__)
        else:
            found.append(rounded(step))
    return found


def make_net(lib, nn):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 3)
            self.bn = nn.BatchNorm1d(3)
            self.shared = self.fc
            self.scale = nn.Parameter(lib.ones(2))
            self.register_buffer("seen", lib.zeros(3))
            self.register_buffer("scratch", lib.zeros(1), persistent=False)
            self.nothing = None
            self.register_parameter("no_parameter", None)
            self.register_buffer("no_buffer", None)
            self.register_module("no_module", None)

        def forward(self, x):
            return self.bn(self.fc(x * self.scale))

    lib.manual_seed(0)
    return Net()


def names(pairs):
    return [name for name, _ in pairs]


# -- members ------------------------------------------------------------------------------------------------------------

OPTIONS = [{}, {"prefix": "net"}, {"recurse": False}, {"remove_duplicate": False}]
TARGETS = [
    "",
    "fc",
    "fc.weight",
    "shared",
    "scale",
    "seen",
    "bn.running_mean",
    "nothing",
    "no_parameter",
    "no_module",
    "fc.",
    "q",
]
NAMES = ["scale", "seen", "scratch", "fc", "nothing", "no_parameter", "no_buffer", "no_module", "fresh"]


def walking(lib, nn):
    net = make_net(lib, nn)
    yield repr(net)
    for options in OPTIONS:
        yield names(net.named_parameters(**options))
        yield names(net.named_buffers(**options))
        yield lambda options=options: names(net.named_modules(**options))
    yield names(net.named_children())
    yield [len(list(f())) for f in (net.parameters, net.buffers, net.modules, net.children)]
    for target in TARGETS:
        yield lambda target=target: type(net.get_submodule(target)).__name__
        yield lambda target=target: list(net.get_parameter(target).shape)
        yield lambda target=target: list(net.get_buffer(target).shape)


def assigning(lib, nn):
    values = {
        "tensor": lib.ones(2), "parameter": nn.Parameter(lib.ones(2)), "module": nn.ReLU(), "none": None, "number": 3,
    }  # fmt: skip
    for name, (kind, value) in itertools.product(NAMES, values.items()):
        net = make_net(lib, nn)
        yield f"{name} = {kind}"
        yield lambda net=net, name=name, value=value: setattr(net, name, value)
        yield [list(net._parameters), list(net._buffers), list(net._modules), sorted(net._non_persistent_buffers_set)]


def deleting(lib, nn):
    for name in NAMES:
        net = make_net(lib, nn)
        yield lambda net=net, name=name: delattr(net, name)
        yield hasattr(net, name)
        yield [list(net._parameters), list(net._buffers), list(net._modules), list(net.state_dict())]


def registering(lib, nn):
    values = [nn.Parameter(lib.ones(1)), lib.ones(1), nn.ReLU(), None, 3]
    methods = ("register_parameter", "register_buffer", "register_module")
    for name, value, method in itertools.product([*NAMES, "", "a.b", "forward", 3], values, methods):
        net = make_net(lib, nn)
        yield lambda net=net, method=method, name=name, value=value: getattr(net, method)(name, value)
        yield [list(net._parameters), list(net._buffers), list(net._modules)]


def converting(lib, nn):
    def dtypes(net):
        return [str(t.dtype) for t in net.state_dict().values()]

    for convert in (
        lambda net: net.double(), lambda net: net.half(), lambda net: net.to(lib.float64), lambda net: net.to("cpu"),
        lambda net: net.to("cpu", lib.float64), lambda net: net.to(lib.ones(1, dtype=lib.float64)),
        lambda net: net.type(lib.float64), lambda net: net.to(lib.int32), lambda net: net.to(lost=1), copy.deepcopy,
        lambda net: net.to_empty(device="cpu"), lambda net: net.cuda(), lambda net: net.train(3),
    ):  # fmt: skip
        yield lambda convert=convert: dtypes(convert(make_net(lib, nn)))


# -- hooks --------------------------------------------------------------------------------------------------------------


def hooks_of_a_pass(lib, nn):
    net, log = nn.Sequential(make_net(lib, nn), nn.Tanh()).double(), []
    for module in (net, net[0], net[0].fc, net[1]):
        name = type(module).__name__
        module.register_forward_pre_hook(lambda m, args, name=name: log.append(["before", name, args]))
        module.register_forward_hook(lambda m, args, result, name=name: log.append(["after", name, args, result]))
        module.register_full_backward_pre_hook(lambda m, by_output, name=name: log.append(["back", name, by_output]))
        module.register_full_backward_hook(
            lambda m, by_input, by_output, name=name: log.append([name, by_input, by_output])
        )
    x = lib.tensor([[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]], dtype=lib.float64, requires_grad=True)
    net(x).pow(2).sum().backward()
    yield from log
    yield x.grad
    yield [p.grad for p in net.parameters()]


def replacing_hooks(lib, nn):
    x = lib.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    lib.manual_seed(0)
    layer = nn.Linear(2, 3)
    layer.register_forward_pre_hook(lambda m, args: (args[0] * 10,))
    layer.register_forward_pre_hook(lambda m, args: args[0] + 1, prepend=True)
    layer.register_forward_hook(lambda m, args, result: result * 2)
    layer.register_forward_hook(lambda m, args, result: result + 1, prepend=True)
    layer.register_full_backward_pre_hook(lambda m, by_output: (by_output[0] * 3,))
    layer.register_full_backward_hook(lambda m, by_input, by_output: (by_input[0] + 1,))
    layer.register_full_backward_hook(lambda m, by_input, by_output: (by_input[0] * 2,), prepend=True)
    result = layer(x)
    yield result
    result.sum().backward()
    yield x.grad
    yield layer.weight.grad


def hooks_with_several_inputs_and_outputs(lib, nn):
    class Both(nn.Module):
        def forward(self, a, b, c=None):
            return a * b, a + b, 3

    module, log = Both(), []
    module.register_full_backward_hook(lambda m, by_input, by_output: log.append([by_input, by_output]))
    a, b = (lib.tensor(values, requires_grad=True) for values in ([1.0, 2.0], [3.0, 4.0]))
    product, total, _ = module(a, b, 5)
    (product * total).sum().backward()
    yield log
    yield [a.grad, b.grad]


def hooks_under_create_graph(lib, nn):
    module, log = nn.Tanh(), []
    module.register_full_backward_hook(lambda m, by_input, by_output: log.append([by_input, by_output]))
    x = lib.tensor([1.0, -0.5], requires_grad=True)
    (g,) = lib.autograd.grad(module(x).pow(2).sum(), x, create_graph=True)
    g.sum().backward()
    yield log
    yield [g, x.grad]


# -- state --------------------------------------------------------------------------------------------------------------


def loading(lib, nn):
    def state(without=(), **extra):
        return {key: t for key, t in make_net(lib, nn).state_dict().items() if key not in without} | extra

    yield [list(make_net(lib, nn).state_dict(prefix="net.")), make_net(lib, nn).state_dict()._metadata]
    states = [
        state(), state(["scale"]), state(extra=lib.ones(1)), state(["fc.bias"], **{"fc.q": lib.ones(1), "q.r.s": lib.ones(1)}),
        state(scale=lib.ones(5)), state(["scale"], seen=lib.ones(1), extra=lib.ones(1)), {}, 3,
    ]  # fmt: skip
    for offered, options in itertools.product(states, [{}, {"strict": False}, {"assign": True}]):
        yield lambda offered=offered, options=options: load(make_net(lib, nn), offered, options)


def load(net, offered, options):
    """What loading answers; or what its error says, which users search for."""
    try:
        answer = net.load_state_dict(offered, **options)
    except RuntimeError as error:
        return str(error)
    return [repr(answer), answer.missing_keys, answer.unexpected_keys]


PROGRAMS = [
    walking, assigning, deleting, registering, converting, hooks_of_a_pass, replacing_hooks,
    hooks_with_several_inputs_and_outputs, hooks_under_create_graph, loading,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_same_as_pytorch(torch, program):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of hooks where no input wants a gradient, which PyTorch warns of
        ours, theirs = transcript(program, autograd, our_nn), transcript(program, torch, torch.nn)
    assert len(ours) == len(theirs)
    for step, (mine, yours) in enumerate(zip(ours, theirs, strict=True)):
        assert mine == yours, f"step {step}, after {ours[max(step - 2, 0) : step]}"
