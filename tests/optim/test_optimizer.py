"""What all optimizers have in common: groups, state, hooks, closures, and what they refuse."""

import copy
import pickle

import pytest

import autograd
import nn
import optim
from optim import optimizer as base

KINDS = [
    "SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad", "Adadelta", "RMSprop", "Rprop", "ASGD", "Adafactor",
]  # fmt: skip


def leaf(*values):
    return autograd.tensor(list(values), requires_grad=True)


def with_gradient(*values):
    p = leaf(*values)
    p.grad = autograd.ones(len(values))
    return p


# -- groups -------------------------------------------------------------------------------------


def test_groups_have_options_of_their_own():
    a, b, c = with_gradient(1.0), with_gradient(1.0), with_gradient(1.0)
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": [c], "lr": 0.25})
    optimizer.step()
    assert [a.item(), b.item(), c.item()] == pytest.approx([0.9, 0.5, 0.75])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5, 0.25]


def test_named_parameters():
    a, b = with_gradient(1.0), with_gradient(2.0)
    optimizer = optim.SGD([("first", a), ("second", b)], lr=1.0)
    optimizer.step()
    assert (a.item(), b.item()) == (0.0, 1.0)
    assert optimizer.param_groups[0]["param_names"] == ["first", "second"]


def test_a_changed_learning_rate_counts_at_once():
    p = with_gradient(1.0)
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    assert p.item() == 0.5


def test_a_learning_rate_may_be_a_tensor():
    p, q = with_gradient(1.0), with_gradient(1.0)
    optim.Adam([p], lr=autograd.tensor(0.5)).step()
    optim.Adam([q], lr=0.5).step()
    assert p.item() == q.item()


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_without_gradient_stay(kind):
    moved, kept = with_gradient(1.0), leaf(1.0)
    optimizer = getattr(optim, kind)([moved, kept], lr=0.1)
    optimizer.step()
    assert moved.item() < 1.0
    assert kept.item() == 1.0
    assert (kept in optimizer.state) == (kind == "Adagrad")  # which starts with the sums, as PyTorch does


def test_a_step_without_gradients_changes_nothing():
    p = leaf(1.0)
    optim.Adam([p], lr=0.1).step()
    assert p.item() == 1.0


# -- gradients ----------------------------------------------------------------------------------


def test_zero_grad():
    p = with_gradient(1.0, 2.0)
    optimizer = optim.SGD([p], lr=0.1)
    kept = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0, 0.0]
    assert kept.tolist() in ([0.0, 0.0], [1.0, 1.0])
    optimizer.zero_grad()
    assert p.grad is None


def test_the_gradient_is_not_changed_by_a_step():
    for kind in KINDS:
        p = with_gradient(1.0, 2.0)
        decay = {} if kind == "Rprop" else {"weight_decay": 0.5}
        getattr(optim, kind)([p], lr=0.1, maximize=True, **decay).step()
        assert p.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("kind", [*KINDS, "Muon"])
def test_a_step_is_a_write_that_backward_notices(kind):
    w = autograd.ones(2, 2, requires_grad=True)
    loss = (w * w).sum()
    w.grad = autograd.ones(2, 2)
    getattr(optim, kind)([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match=rf"modified by an inplace operation.*{kind}\.step"):
        loss.backward()


def test_lbfgs_writes_too():
    w = leaf(1.0)
    loss = (w * w).sum()

    def closure():
        w.grad = autograd.ones(1)
        return autograd.ones(())

    optim.LBFGS([w], lr=0.1, max_iter=1).step(closure)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*LBFGS\.step"):
        loss.backward()


def test_no_graph_is_left():
    w = leaf(1.0)
    optimizer = optim.Adam([w], lr=0.1)
    (w * w).sum().backward()
    optimizer.step()
    assert w.is_leaf
    assert w.grad_fn is None
    assert w.requires_grad


# -- closures and hooks -------------------------------------------------------------------------


def test_a_closure_computes_the_loss_afresh():
    w = leaf(2.0)
    optimizer = optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    with autograd.no_grad():
        assert optimizer.step(closure).item() == 4.0
    assert w.item() == pytest.approx(1.6)


def test_hooks_before_and_after_each_step():
    w = with_gradient(1.0)
    optimizer = optim.SGD([w], lr=0.5)
    seen = []
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", w.item())))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", w.item())))
    optimizer.step()
    before.remove()
    optimizer.step()
    assert seen == [("before", 1.0), ("after", 0.5), ("after", 0.0)]


def test_hooks_of_all_optimizers_stand_outside_and_see_what_step_is_given():
    w = with_gradient(1.0)
    optimizer = optim.SGD([w], lr=0.5)
    seen = []
    handles = [
        base.register_optimizer_step_pre_hook(lambda o, args, kwargs: seen.append(("all", args, kwargs))),
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7.0), {})),
        optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("own", len(args)))),
        base.register_optimizer_step_post_hook(lambda o, args, kwargs: seen.append(("all", w.item()))),
    ]
    assert optimizer.step(closure=None) == 7.0
    assert seen == [("all", (optimizer,), {"closure": None}), ("own", 2), ("all", 0.5)]
    for handle in handles:
        handle.remove()
    assert optimizer.step() is None
    assert len(seen) == 3
    with (
        optimizer.register_step_pre_hook(lambda o, args, kwargs: 1),
        pytest.raises(RuntimeError, match="must return None"),
    ):
        optimizer.step()


def test_hooks_around_saving_and_loading():
    w = with_gradient(1.0)
    optimizer = optim.SGD([w], lr=0.5)
    seen = []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, saved: saved.update(note=1))
    optimizer.register_state_dict_post_hook(lambda o, saved: {**saved, "more": 2})
    saved = optimizer.state_dict()
    assert (seen, saved["note"], saved["more"]) == (["first", "second"], 1, 2)

    def with_another_rate(o, given):
        return {**given, "param_groups": [{**given["param_groups"][0], "lr": 0.25}]}

    optimizer.register_load_state_dict_pre_hook(with_another_rate)
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append(o.param_groups[0]["lr"]))
    optimizer.load_state_dict(saved)
    assert seen[-1] == 0.25
    assert saved["param_groups"][0]["lr"] == 0.5


# -- optimizers of the user's own ---------------------------------------------------------------


class Heavy(optim.Optimizer):
    """Momentum in PyTorch's idiom."""

    def __init__(self, params, lr=base.required, momentum=0.5):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @autograd.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with autograd.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["buffer"] = autograd.zeros_like(p)
                state["step"] += 1
                state["buffer"].mul_(group["momentum"]).add_(p.grad)
                p.add_(state["buffer"], alpha=-group["lr"])
        return loss


def test_an_optimizer_of_the_users_own():
    w = leaf(1.0, -2.0)
    with pytest.raises(ValueError, match="didn't specify a value of required optimization parameter lr"):
        Heavy([w])
    optimizer, seen = Heavy([w], lr=0.25), []
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(w.tolist()))

    def closure():
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 5.0
    saved = copy.deepcopy(optimizer.state_dict())
    assert saved["state"][0]["step"] == 1
    optimizer.step(closure)
    other = Heavy([autograd.tensor([0.5, -1.0], requires_grad=True)], lr=9.0)
    other.load_state_dict(saved)
    (v,) = other.param_groups[0]["params"]
    v.grad = autograd.tensor([1.0, -2.0])
    other.step()
    assert v.tolist() == w.tolist() == [0.0, 0.0]
    assert seen == [[0.5, -1.0], [0.0, 0.0]]
    with pytest.raises(NotImplementedError):
        optim.Optimizer([w], {}).step()


def test_a_group_is_the_dict_that_was_given():
    group = {"params": [with_gradient(1.0)]}
    optimizer = optim.SGD([group], lr=0.5)
    group["lr"] = 0.25
    optimizer.step()
    assert optimizer.param_groups[0] is group
    assert group["params"][0].item() == 0.75


# -- differentiable steps -----------------------------------------------------------------------

RECORDED = [kind for kind in KINDS if kind != "Adafactor"]


@pytest.mark.parametrize("values", [[1.0, -2.0], [1.0 + 0.5j, -2.0j]], ids=["real", "complex"])
@pytest.mark.parametrize("kind", RECORDED)
def test_a_recorded_step_is_the_same_step(kind, values):
    recorded, plain = autograd.tensor(values, requires_grad=True), leaf(*values)
    result, options = recorded * 1, {"momentum": 0.5, "dampening": 0.25} if kind == "SGD" else {}
    one = getattr(optim, kind)([result], differentiable=True, **options)
    other = getattr(optim, kind)([plain], **options)
    for step in range(3):
        result.grad = autograd.tensor([values[1], 1.0 + step], dtype=result.dtype, requires_grad=True)
        plain.grad = result.grad.detach().clone()
        one.step()
        other.step()
    assert result.tolist() == pytest.approx(plain.tolist(), rel=1e-6)
    assert list(one.state[result]) == list(other.state[plain])
    result.abs().sum().backward()
    assert recorded.grad is not None
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        fresh = with_gradient(1.0)
        getattr(optim, kind)([fresh], differentiable=True).step()


@pytest.mark.parametrize("kind", RECORDED)
def test_gradients_flow_through_recorded_steps(kind):
    """By the gradients that were used, and by the learning rate, as finite differences say."""
    options = {} if kind == "Rprop" else {"weight_decay": 0.1}
    if kind == "Adam":
        options["amsgrad"] = True
    if kind == "SGD":
        options |= {"momentum": 0.5, "nesterov": True}
    if kind == "RMSprop":
        options |= {"momentum": 0.5, "centered": True}

    def end(start, first, second, lr):
        w = start * 1
        rate = lr if kind not in ("ASGD", "Rprop") else 0.1  # whose rates are numbers in their state
        optimizer = getattr(optim, kind)([w], lr=rate, differentiable=True, **options)
        for g in (first, second):
            w.grad = g * 1
            optimizer.step()
        return w * w

    double = {"dtype": autograd.float64, "requires_grad": True}
    inputs = [autograd.tensor(v, **double) for v in ([1.0, -2.0], [0.5, 0.25], [0.75, 1.5], 0.1)]
    assert autograd.autograd.gradcheck(end, inputs[:3] + inputs[3:])


# -- state --------------------------------------------------------------------------------------


def training(kind, steps, optimizer=None, w=None):
    w = leaf(1.0, -2.0, 3.0) if w is None else w
    options = {"momentum": 0.9} if kind == "SGD" else {}
    optimizer = optimizer or getattr(optim, kind)([w], lr=0.1, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        (w**2).sum().backward()
        optimizer.step()
    return w, optimizer


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_state_goes_on_where_it_was_saved(kind):
    w, optimizer = training(kind, 3)
    saved = copy.deepcopy(optimizer.state_dict())
    again = w.detach().clone().requires_grad_()
    fresh = training(kind, 0, w=again)[1]
    fresh.load_state_dict(saved)
    training(kind, 2, optimizer, w)
    training(kind, 2, fresh, again)
    assert again.tolist() == w.tolist()
    assert all(value.shape in ((3,), ()) for value in saved["state"][0].values())


@pytest.mark.parametrize("kind", KINDS)
def test_copies_and_pickles_go_on_too(kind):
    w, optimizer = training(kind, 3)
    for duplicate in (lambda pair: copy.deepcopy(pair), lambda pair: pickle.loads(pickle.dumps(pair))):
        v, other = duplicate((w, optimizer))
        training(kind, 2, other, v)
        reference, original = copy.deepcopy((w, optimizer))
        training(kind, 2, original, reference)
        assert v.tolist() == reference.tolist() != w.tolist()


def test_state_can_be_replaced_between_steps():
    w, optimizer = training("Adam", 2)
    optimizer.state[w]["exp_avg"] = autograd.zeros(3)
    w.grad = autograd.zeros(3)
    before = w.tolist()
    optimizer.step()
    assert w.tolist() == before  # no momentum is left, and the gradient is zero


def test_a_state_that_does_not_fit_is_refused_whole():
    _w, optimizer = training("Adam", 2)
    before = copy.deepcopy(optimizer.state_dict())
    two = optim.Adam([leaf(1.0), leaf(2.0)], lr=0.5)
    with pytest.raises(ValueError, match=r"doesn't match the size of optimizer's group.*\[2\] parameters, not \[1\]"):
        optimizer.load_state_dict(two.state_dict())
    _longer, other = training("Adam", 1, w=leaf(1.0, 2.0))
    with pytest.raises(ValueError, match=r"'exp_avg' has shape \(2,\).*\(3,\)"):
        optimizer.load_state_dict(other.state_dict())
    after = optimizer.state_dict()
    assert before["param_groups"] == after["param_groups"]
    assert before["state"][0]["exp_avg"].tolist() == after["state"][0]["exp_avg"].tolist()


# -- what is refused ----------------------------------------------------------------------------


def test_bad_parameters():
    w = leaf(1.0)
    with pytest.raises(TypeError, match=r"got a Tensor: put it in a list"):
        optim.SGD(w, lr=0.1)
    with pytest.raises(ValueError, match=r"empty parameter list.*model\.parameters\(\)"):
        optim.SGD([], lr=0.1)
    with pytest.raises(TypeError, match=r"can only optimize Tensors.*str"):
        optim.SGD(["w"], lr=0.1)
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([w * 2], lr=0.1)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optim.SGD([w, w], lr=0.1)
    with pytest.raises(ValueError, match="Some param names are missing"):
        optim.SGD([("w", w), leaf(2.0)], lr=0.1)
    with pytest.raises(ValueError, match="cannot add param group without names"):
        optim.SGD([("w", w)], lr=0.1).add_param_group({"params": leaf(2.0)})
    with pytest.raises(KeyError, match="params"):
        optim.SGD([{"lr": 0.1}])
    with pytest.raises(ValueError, match="more than one parameter group"):
        optim.SGD([{"params": [w]}, {"params": [w]}], lr=0.1)
    with pytest.raises(TypeError, match="sets have no order"):
        optim.SGD([{"params": {w}}], lr=0.1)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("SGD", {"lr": -1}, "learning rate: -1"),
        ("SGD", {"momentum": -0.1}, r"momentum value: -0\.1"),
        ("SGD", {"nesterov": True}, "Nesterov momentum requires"),
        ("SGD", {"weight_decay": -1}, "weight_decay value: -1"),
        ("Adam", {"betas": (1.0, 0.9)}, r"beta parameter at index 0: 1\.0"),
        ("Adam", {"betas": (0.9, -0.1)}, r"beta parameter at index 1: -0\.1"),
        ("AdamW", {"eps": -1e-8}, "epsilon value"),
        ("AdamW", {"weight_decay": -1}, "weight_decay value: -1"),
        ("Adam", {"lr": autograd.tensor([0.1, 0.2])}, "Tensor lr must be 1-element"),
        ("Adam", {"betas": (autograd.tensor(0.9), 0.999)}, "either both floats or both Tensors"),
        ("Adam", {"lr": autograd.tensor(0.1), "foreach": True}, "as a Tensor is not supported"),
        ("Adamax", {"betas": (0.9, 1.0)}, r"beta parameter at index 1: 1\.0"),
        ("Adamax", {"lr": float("nan")}, "learning rate: nan"),
        ("NAdam", {"momentum_decay": -1}, "momentum_decay value: -1"),
        ("RAdam", {"eps": -1}, "epsilon value: -1"),
        ("Adagrad", {"lr_decay": -1}, "lr_decay value: -1"),
        ("Adagrad", {"initial_accumulator_value": -1}, "initial_accumulator_value value: -1"),
        ("Adadelta", {"rho": 1.5}, r"rho value: 1\.5"),
        ("RMSprop", {"alpha": -1}, "alpha value: -1"),
        ("RMSprop", {"momentum": -1}, "momentum value: -1"),
        ("Rprop", {"etas": (0.5, 0.9)}, r"eta values: 0\.5, 0\.9"),
        ("ASGD", {"weight_decay": -1}, "weight_decay value: -1"),
        ("LBFGS", {"lr": -1}, "learning rate: -1"),
        ("Adafactor", {"lr": -1}, "Learning rate should be >= 0 but is: -1"),
        ("Adafactor", {"beta2_decay": 1}, "beta2_decay should be <= 0 but is: 1"),
        ("Adafactor", {"eps": (-1, 0)}, "epsilon1 should be >= 0 but is: -1"),
        ("Adafactor", {"eps": (None, -1)}, "epsilon2 should be >= 0 but is: -1"),
        ("Adafactor", {"d": 0.5}, r"Clipping threshold d should be >= 1 but is: 0\.5"),
        ("Muon", {"momentum": -1}, "momentum should be >= 0 but is: -1"),
        ("Muon", {"adjust_lr_fn": "mine"}, "Adjust learning rate function mine is not supported"),
        ("Muon", {}, "Muon only supports 2D parameters"),
    ],
)
def test_bad_options(kind, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(optim, kind)([leaf(1.0)], **options)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "Adagrad"])
def test_kernels_that_exclude_each_other(kind):
    with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
        getattr(optim, kind)([leaf(1.0)], fused=True, foreach=True)
    with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
        getattr(optim, kind)([leaf(1.0)], fused=True, differentiable=True)


def test_what_can_not_be_optimized_is_said_before_anything_moves():
    z = autograd.tensor([[1 + 1j]], requires_grad=True)
    real = autograd.ones(1, 1, requires_grad=True)
    z.grad, real.grad = autograd.ones(1, 1, dtype=autograd.complex64), autograd.ones(1, 1)
    for kind in ("Adafactor", "Muon"):
        with pytest.raises(RuntimeError, match=f"{kind} does not support complex parameters"):
            getattr(optim, kind)([real, z]).step()
    assert real.item() == 1
    with pytest.raises(ValueError, match="doesn't support per-parameter options"):
        optim.LBFGS([{"params": leaf(1.0)}, {"params": leaf(2.0)}])
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported.*'armijo'"):
        optim.LBFGS([leaf(1.0)], line_search_fn="armijo").step(lambda: 0.0)


def test_parameters_without_a_shape():
    """They may be given already, where nothing is remembered before the first step."""
    model = nn.LazyLinear(1)
    optimizer = optim.Adam(model.parameters(), lr=0.5)
    model(autograd.ones(1, 3)).sum().backward()
    before = model.weight.detach().clone()
    optimizer.step()
    assert (before - model.weight).tolist() == [pytest.approx([0.5, 0.5, 0.5], rel=1e-6)]
    with pytest.raises(RuntimeError, match="uninitialized parameter"):
        optim.Adagrad(nn.LazyLinear(1).parameters())


def test_a_failed_group_is_not_added():
    optimizer = optim.SGD([leaf(1.0)], lr=0.1)
    with pytest.raises(TypeError):
        optimizer.add_param_group({"params": [leaf(1.0), "w"]})
    assert len(optimizer.param_groups) == 1


def test_an_optimizer_around_another_may_do_without_the_constructor():
    class Around(optim.Optimizer):
        def __init__(self, inner):
            self.inner = inner
            self.param_groups = inner.param_groups

        def step(self, closure=None):
            return self.inner.step(closure)

    w = with_gradient(1.0, 2.0)
    Around(optim.SGD([w], lr=0.5)).step()
    assert w.tolist() == [0.5, 1.5]
