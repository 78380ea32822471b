"""What goes wrong inside the library is told in terms of the call; what others raise, or the library on purpose, stays."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
import optim

X = autograd.ones(3, 4)

TEXTS = {
    "a derived function": (lambda: autograd.topk(X, "two"), TypeError, r"topk\(\).*'two'"),
    "an op": (lambda: F.softplus(X, "a"), TypeError, r"softplus\(\): argument 'beta' must be float, not str"),
    "a plain function": (lambda: F.pad("x", (1, 1)), TypeError, r"pad\(\): argument 'input' must be Tensor, not str"),
    "an initializer": (
        lambda: nn.init.xavier_uniform_(3),
        TypeError,
        r"xavier_uniform_\(\): argument 'tensor' must be Tensor",
    ),
    "a layer": (
        lambda: nn.ReflectionPad1d(1)([1.0]),
        TypeError,
        r"^ReflectionPad1d\(\): argument 'input' must be Tensor, not list: make it one with autograd.tensor",
    ),
    "an argument that is handed on": (
        lambda: nn.Linear("4", 3),
        TypeError,
        r"^Linear\(\): argument 'in_features' must be int, not str$",
    ),
    "a constructor": (lambda: nn.Dropout(None), TypeError, r"Dropout\(\): argument 'p' must be float, not NoneType"),
    "a constructor of a base": (
        lambda: nn.Conv2d(3, None, 3),
        TypeError,
        r"Conv2d\(\): argument 'out_channels' must be int",
    ),
    "an optimizer": (lambda: optim.SGD([X], lr="fast"), TypeError, r"SGD\(\).*'fast'"),
    "too few arguments": (
        lambda: F.linear(X),
        TypeError,
        r"^linear\(\) missing 1 required positional argument: 'weight'$",
    ),
    "an unknown name": (
        lambda: autograd.argsort(X, down=1),
        TypeError,
        r"^argsort\(\) got an unexpected keyword argument 'down'$",
    ),
    "a place that is not there": (lambda: X[3], IndexError, r"^index 3 is out of bounds for dimension 0 with size 3$"),
    "a dtype that NumPy lacks it for": (
        lambda: autograd.atan2(X * 1j, X),
        RuntimeError,
        r"atan2: not supported.*complex64",
    ),
    "division by zero": (lambda: autograd.tensor([1]) % 0, RuntimeError, r"remainder: ZeroDivisionError.*int64"),
    "more than fits into memory": (
        lambda: autograd.zeros(2**62, 2),
        RuntimeError,
        "Storage size calculation overflowed",
    ),
}


@pytest.mark.parametrize(("call", "kind", "text"), TEXTS.values(), ids=list(TEXTS))
def test_names_the_call(call, kind, text):
    with pytest.raises(kind, match=text) as caught:
        call()
    assert type(caught.value) is kind


class Broken:
    """A function of a user's that fails as Python does."""

    def __call__(self, t):
        return t.no_such_thing


@pytest.mark.parametrize("kind", [AttributeError, KeyError, ZeroDivisionError])
def test_what_a_users_function_raises_stays(kind):
    def fail(t):
        return {AttributeError: Broken(), KeyError: lambda _: {}["a"], ZeroDivisionError: lambda _: 1 / 0}[kind](t)

    class Net(nn.Module):
        def forward(self, x):
            return fail(x)

    calls = [lambda: autograd.func.grad(fail)(X), lambda: autograd.func.vmap(fail)(X), lambda: X.clone().apply_(fail)]
    for call in (*calls, lambda: Net()(X), lambda: nn.Sequential(Net())(X), lambda: nn.Linear(2, 2).apply(fail)):
        with pytest.raises(kind):
            call()


def test_a_function_typed_in_at_the_prompt_is_a_users():
    scope = {}
    exec(compile("def f(t):\n    return t.no_such_thing", "<stdin>", "exec"), scope)
    with pytest.raises(AttributeError, match="no_such_thing"):
        autograd.func.grad(scope["f"])(X)


def test_a_users_layer_speaks_for_itself():
    class Mine(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.size = size + 1

    with pytest.raises(TypeError, match="^can only concatenate str"):
        Mine("a")


def test_the_path_to_the_module_is_kept():
    net = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.BatchNorm1d(4)))
    net[1][0].eps = "small"
    with pytest.raises(TypeError, match="eps") as caught:
        net(X)
    (note,) = caught.value.__notes__
    assert note.startswith("in Sequential.1.0 (BatchNorm1d(4, eps=small")


def test_signatures_and_pickles_are_as_before():
    assert nn.Linear.__init__.__wrapped__.__qualname__ == "Linear.__init__"
    assert F.pad.__name__ == "pad"


def test_nothing_is_left_changed():
    optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=0.5)
    with pytest.raises(TypeError):
        optim.lr_scheduler.CyclicLR(optimizer, autograd.ones(3), "a", cycle_momentum=False)
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert "initial_lr" not in optimizer.param_groups[0]
    w = autograd.ones(3, 4)
    with pytest.raises(TypeError):
        nn.init.sparse_(w, "half")
    np.testing.assert_array_equal(w.numpy(), np.ones((3, 4)))
