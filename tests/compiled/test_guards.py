"""When a program fits and when another is recorded; what runs as it is written, and the reason that is given."""

from __future__ import annotations

import copy
import math
import sys
import time
from types import ModuleType

import numpy as np
import pytest

import autograd as torch
import nn
import nn.functional as F
import optim


def test_one_program_for_each_shape_dtype_and_mode():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5))

    @torch.compile
    def run(x):
        return model(x)

    wide, double = torch.ones(5, 3), torch.ones(2, 3).double()
    for _ in range(2):
        for x in (torch.ones(2, 3), wide):
            run(x)
    assert len(run.replays) == 2
    model.eval()
    assert torch.equal(run(wide), model(wide))
    with torch.no_grad():
        assert not run(wide).requires_grad
    assert len(run.replays) == 4
    with pytest.raises(RuntimeError):
        run(double)
    model.double()
    assert run(double).dtype is torch.float64
    assert run.reason is None


def test_what_the_function_sees_is_watched():
    settings = {"scale": 2.0, "layers": [nn.Linear(2, 2), nn.Linear(2, 2)]}
    w = nn.Parameter(torch.ones(2))

    def inner(x):
        return x * settings["scale"]

    @torch.compile
    def run(x, power=1):
        return inner(settings["layers"][0](x) * w) ** power

    def check():
        expected = inner(settings["layers"][0](x) * w)
        assert torch.equal(run(x), expected)
        assert torch.equal(run(x, power=2), expected**2)

    x = torch.tensor([[1.0, 2.0]])
    check()
    settings["scale"] = 3.0
    check()
    settings["layers"].reverse()
    check()
    w.data = torch.tensor([5.0, 6.0])
    check()
    with torch.no_grad():
        w.mul_(2)  # the same memory: no other program
    before = len(run.replays)
    check()
    assert len(run.replays) == before
    run.reset()
    w.requires_grad_(False)
    check()
    assert run.reason is None


@pytest.mark.parametrize("module", ["__main__", "no_module_of_this_name", "made_by_hand", None])
def test_what_a_text_given_to_exec_sees_is_watched(module, monkeypatch):
    monkeypatch.setitem(sys.modules, "made_by_hand", ModuleType("made_by_hand"))
    names = {"__name__": module, "torch": torch, "factor": 2.0}
    exec("@torch.compile\ndef scaled(x):\n    return factor * x", names)
    x = torch.tensor([1.0])
    for factor in (2.0, 2.0, 3.0):
        names["factor"] = factor
        assert names["scaled"](x).tolist() == [factor]
    assert names["scaled"].reason is None
    assert len(names["scaled"].replays) == 2


def test_too_many_kinds_of_calls():
    @torch.compile
    def run(x):
        return x + 1

    for n in range(1, 12):
        assert run(torch.zeros(n)).tolist() == [1.0] * n
    assert "more than 8 kinds of calls" in run.reason
    assert "the shape" in run.reason


class Stop(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum() > 0 else x - 1


history = []


def appends(x):
    history.append(x.shape)
    return x * 2


def asks_time(x):
    return x * (1 + 0 * time.perf_counter())


def prints(x):
    print("called")
    return x * 2


def reads_numbers(x):
    return x * x.max().item()


def as_numpy(x):
    return x + torch.tensor(np.sort(x.numpy()))


def hooked(x):
    y = (x * torch.ones(3, requires_grad=True)).exp()
    y.register_hook(lambda g: 2 * g)
    y.sum().backward()
    return y.detach()


def masked(x):
    return x[x > 0]


def draws_in_python(x):
    return x * float(np.random.default_rng().random() < 2)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (Stop(), "looks at a tensor's numbers, by __bool__"),
        (appends, "changes the length of history"),
        (asks_time, "calls perf_counter"),
        (prints, "calls print"),
        (reads_numbers, "looks at a tensor's numbers, by item"),
        (as_numpy, "looks at a tensor's numbers, by numpy"),
        (hooked, "hooks run on its gradients"),
        (masked, "depends on a mask"),
        (draws_in_python, "calls"),
        (torch.compiler.disable(lambda x: x * 2), None),
    ],
)
def test_what_cant_be_replayed_runs_as_it_is_written(function, reason):
    compiled = torch.compile(function)
    for sign in (1, -1, 1, -1, 1):
        x = torch.tensor([1.0, 2.0, 3.0]) * sign
        np.testing.assert_array_equal(compiled(x).numpy(), function(x).numpy())
    if reason is None:
        assert compiled is function
        return
    compiled = getattr(compiled, "compiled", compiled)
    assert reason in compiled.reason
    assert not compiled.replays
    with pytest.raises(RuntimeError, match="fullgraph"):
        torch.compile(function, fullgraph=True)(torch.tensor([1.0, 2.0, 3.0]))


def test_module_hooks_and_what_they_see():
    model = nn.Sequential(nn.Linear(2, 2))
    seen = []
    compiled = torch.compile(model)
    x = torch.ones(1, 2)
    compiled(x)
    assert compiled.compiled.replays
    handle = model[0].register_forward_hook(lambda module, args, out: seen.append(out.shape))
    compiled(x)
    assert len(seen) == 1
    assert "has hooks" in compiled.compiled.reason
    handle.remove()
    compiled(x)
    assert len(seen) == 1


def test_hooks_of_all_modules():
    compiled = torch.compile(nn.Linear(2, 2))
    x, seen = torch.ones(1, 2), []
    compiled(x)
    handle = nn.modules.module.register_module_forward_hook(lambda module, args, out: seen.append(type(module)))
    compiled(x)
    handle.remove()
    compiled(x)
    assert nn.Linear in seen
    assert seen.count(nn.Linear) == 1
    assert len(compiled.compiled.replays) == 1


def test_compiled_module_is_a_module():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    twin = copy.deepcopy(model)
    compiled = torch.compile(model, mode="reduce-overhead")
    assert isinstance(compiled, nn.Module)
    assert next(iter(compiled.state_dict())) == "_orig_mod.0.weight"
    assert next(iter(compiled.parameters())) is model[0].weight
    optimizers = [optim.Adam(m.parameters(), lr=0.1) for m in (compiled, twin)]
    for step in range(5):
        x = torch.full((4, 2), 0.5) * torch.arange(4)[:, None] + step
        for m, optimizer in zip((compiled, twin), optimizers, strict=True):
            optimizer.zero_grad()
            loss = (m(x) ** 2).mean()
            loss.backward()
            optimizer.step()
    compiled.eval()
    twin.eval()
    assert not model.training
    assert torch.equal(compiled(x), twin(x))
    for a, b in zip(compiled.state_dict().values(), twin.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    again = copy.deepcopy(compiled)
    assert torch.equal(again(x), twin(x))
    assert next(again.parameters()) is not next(compiled.parameters())
    assert compiled.compiled.reason is None


def test_graph_of_a_compiled_result():
    w = nn.Parameter(torch.tensor([1.0, 2.0]))

    @torch.compile
    def run(x):
        return (x * w).exp(), x.sum() * w

    x = torch.tensor([0.5, 0.25], requires_grad=True)
    for _ in range(2):
        run(x)
    one, other = run(x)
    assert one.grad_fn.name() == "CompiledFunctionBackward"
    other.sum().backward()
    assert w.grad.tolist() == [0.75, 0.75]
    with pytest.raises(RuntimeError, match="second time"):
        one.sum().backward()
    with pytest.raises(RuntimeError, match="double backward"):
        torch.autograd.grad(run(x)[0].sum(), x, create_graph=True)
    one, _ = run(x)
    with torch.no_grad():
        w += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        one.sum().backward()


def test_results_do_not_share_memory_between_calls():
    @torch.compile
    def run(x):
        return x * 2, x.reshape(-1)[:0]

    results = [run(torch.full((3,), float(i)))[0] for i in range(4)]
    assert [r.tolist() for r in results] == [[0.0] * 3, [2.0] * 3, [4.0] * 3, [6.0] * 3]


def test_an_exception_leaves_what_it_leaves_in_eager():
    embedding = nn.Embedding(4, 2)
    optimizer = optim.SGD(embedding.parameters(), lr=0.1)

    @torch.compile
    def step(i):
        optimizer.zero_grad()
        loss = embedding(i).sum()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(2):
        step(torch.tensor([1, 2]))
    before = embedding.weight.detach().clone()
    with pytest.raises(IndexError, match="out of range"):
        step(torch.tensor([1, 9]))
    assert torch.equal(embedding.weight, before)
    step(torch.tensor([0, 0]))
    assert step.reason is None
    assert not torch.equal(embedding.weight, before)


def test_nested_compiled_functions_are_one_program():
    @torch.compile
    def inner(x):
        return x * 2

    @torch.compile
    def outer(x):
        return inner(x) + 1

    for i in range(3):
        assert outer(torch.tensor([float(i)])).tolist() == [2.0 * i + 1]
    assert len(outer.replays) == 1
    assert not inner.replays
    assert "x * " in outer.source


def test_schedules_and_learning_rates_are_seen():
    torch.manual_seed(0)
    models = [nn.Linear(2, 1) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())

    def training(model, wrap):
        optimizer = optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
        schedule = optim.lr_scheduler.StepLR(optimizer, 1, 0.5)

        @wrap
        def step(x):
            optimizer.zero_grad()
            F.mse_loss(model(x), x.sum(1, keepdim=True)).backward()
            optimizer.step()

        for i in range(5):
            step(torch.tensor([[1.0, 2.0], [i, 3.0]]))
            schedule.step()
        return step

    training(models[0], lambda f: f)
    assert training(models[1], torch.compile).reason is None
    assert torch.equal(models[0].weight, models[1].weight)


def test_reset_and_other_spellings():
    @torch.compile(dynamic=True, backend="eager")
    def run(x):
        """Doc."""
        return x + 1

    run(torch.ones(2))
    assert run.__doc__ == "Doc."
    assert run.replays
    torch.compiler.reset()
    assert not run.replays
    assert torch.compile(run) is run
    assert not torch.compiler.is_compiling()
    assert torch.compiler.allow_in_graph(math.hypot) is math.hypot
    with pytest.raises(TypeError, match="expected a function or a Module"):
        torch.compile(3)
