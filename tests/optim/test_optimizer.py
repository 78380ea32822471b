"""What all optimizers have in common: groups, state, hooks, closures, and what they refuse."""

import copy
import pickle

import pytest

import autograd
import optim

KINDS = ["SGD", "Adam", "AdamW"]


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
    assert kept not in optimizer.state


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
        getattr(optim, kind)([p], lr=0.1, weight_decay=0.5, maximize=True).step()
        assert p.grad.tolist() == [1.0, 1.0]


def test_a_step_is_a_write_that_backward_notices():
    w = leaf(1.0)
    loss = (w * w).sum()
    w.grad = autograd.ones(1)
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*SGD\.step"):
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
    assert saved["state"][0]["momentum_buffer" if kind == "SGD" else "exp_avg"].shape == (3,)


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
    with pytest.raises(ValueError, match="duplicate"):
        optim.SGD([w, w], lr=0.1)
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
    ],
)
def test_bad_options(kind, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(optim, kind)([leaf(1.0)], **options)


def test_a_failed_group_is_not_added():
    optimizer = optim.SGD([leaf(1.0)], lr=0.1)
    with pytest.raises(TypeError):
        optimizer.add_param_group({"params": [leaf(1.0), "w"]})
    assert len(optimizer.param_groups) == 1
