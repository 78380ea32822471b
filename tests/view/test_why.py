"""`why_no_grad`: the reason, the line, and the cure, for each way to end up without a gradient."""

from __future__ import annotations

import inspect

import pytest

import autograd


def leaf():
    return autograd.tensor([1.0, 2.0], requires_grad=True)


def line_before():
    """The line before the one that this is called on."""
    return f"test_why.py:{inspect.currentframe().f_back.f_lineno - 1}"


def expect(reason, kind, *phrases):
    text = str(reason)
    assert reason.kind == kind, text
    for phrase in phrases:
        assert phrase in text
    assert reason.cure or kind == "has one"


def test_there_is_one():
    w = leaf()
    (w * 2).sum().backward()
    expect(autograd.why_no_grad(w), "has one", "w has a gradient", "shape (2,)")


def test_backward_was_not_called():
    w = leaf()
    loss = (w * 2).sum()
    expect(
        autograd.why_no_grad(w), "not called", "w is used in the computation of loss", "loss.backward() fills w.grad"
    )
    expect(autograd.why_no_grad(w, loss), "not called", "loss.backward()")


def test_the_result_does_not_depend_on_it():
    w, other = leaf(), leaf()
    loss = (other * 2).sum()
    expect(autograd.why_no_grad(w), "not used", "depends on w")
    expect(autograd.why_no_grad(w, loss), "not used", "Loss does not depend on w")


def test_it_was_cleared():
    w = leaf()
    loss = (w * 2).sum()
    loss.backward()
    where = line_before()
    w.grad = None
    expect(autograd.why_no_grad(w), "cleared", where, "zero_grad()")


def test_a_result_does_not_keep_its_gradient():
    w = leaf()
    h = w * 2
    where = line_before()
    expect(autograd.why_no_grad(h), "not kept", "not a leaf but the result of 'mul'", "h.retain_grad()", where)
    h.retain_grad()
    expect(autograd.why_no_grad(h), "not called", "h will keep its gradient")


def test_a_leaf_was_rebound():
    w = leaf()
    (w * w).sum().backward()
    w = w - 0.1 * w.grad
    where = line_before()
    expect(autograd.why_no_grad(w), "rebound", "w is no leaf any more", "w = w - 0.1 * w.grad", where, "w -= ...")


def test_cut_off_by_detach():
    w = leaf()
    h = (w * 2).detach()
    where = line_before()
    loss = h.sum()
    expect(autograd.why_no_grad(h), "cut off", ".detach() cut it off", where, "leave out detach()")
    expect(autograd.why_no_grad(loss), "cut off", "loss is computed from h, which", where)


def test_cut_off_by_data_numpy_and_item():
    w = leaf()
    d = w.data * 2
    n = autograd.tensor(w.detach().numpy())
    i = autograd.tensor([w.sum().item()])
    s = autograd.tensor([w[0], w[1]])
    expect(autograd.why_no_grad(d), "cut off", ".data cut it off", "d = w.data * 2")
    expect(autograd.why_no_grad(n), "cut off", "cut it off")
    expect(autograd.why_no_grad(i), "cut off", "cut it off")
    expect(autograd.why_no_grad(s), "cut off", "forgets where they came from", "stack()")


def test_cut_off_by_no_grad():
    w = leaf()
    with autograd.no_grad():
        h = w * 2
        where = line_before()
    expect(autograd.why_no_grad(h), "cut off", "no_grad() cut it off", where, "outside of no_grad()")


def test_cut_off_in_another_function():
    """Where the source does not tell, the memory that two tensors share does."""
    w = leaf()
    hidden = detached(w)
    expect(autograd.why_no_grad(hidden), "cut off", "shows the memory of w", "use w itself")


def detached(tensor):
    return tensor.detach()


def test_integers_and_comparisons():
    w = leaf()
    best = w.argmax()
    whole = w.long()
    large = w > 1
    count = (w > 1).float()
    expect(autograd.why_no_grad(best), "integer", "dtype int64, by argmax", "softmax")
    expect(autograd.why_no_grad(whole), "integer", "by .long()")
    expect(autograd.why_no_grad(large), "integer", "dtype bool, by a comparison")
    expect(autograd.why_no_grad(count), "cut off", "a comparison cut it off")


def test_constants():
    data = autograd.ones(3)
    loss = data.sum()
    expect(autograd.why_no_grad(data), "constant", "requires_grad=False", "data.requires_grad_()")
    expect(autograd.why_no_grad(loss), "constant", "set requires_grad=True on data before computing loss")
    expect(autograd.why_no_grad(leaf(), loss), "constant", "No gradient leaves loss")


def test_errors_carry_the_reason():
    w = leaf()
    h = w.detach()
    loss = (h * h).sum()
    with pytest.raises(RuntimeError, match=r"\.detach\(\) cut it off"):
        autograd.explain(loss)


def test_only_tensors():
    with pytest.raises(TypeError, match="expected a Tensor but got int"):
        autograd.why_no_grad(3)
    with pytest.raises(TypeError, match="expected a Tensor but got str"):
        autograd.why_no_grad(leaf(), "loss")


def test_without_source():
    """Code that was never in a file: the answer does without the line."""
    scope = {"autograd": autograd}
    exec("w = autograd.ones(2, requires_grad=True)\nh = w.detach()\nreason = autograd.why_no_grad(h)", scope)
    expect(scope["reason"], "cut off", "shows the memory of w")
