"""Changing tensors in place: random programs give what they give in PyTorch; and each rule by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

import autograd
from tests.random_programs import programs, run_both


def leaf(*values):
    return autograd.tensor(list(values), dtype=autograd.float64, requires_grad=True)


@settings(max_examples=500)
@given(program=programs)
def test_random_programs_are_torchs(torch, program):
    run_both(torch, program)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(program=programs)
def test_many_random_programs_are_torchs(torch, program):
    run_both(torch, program)


# -- gradients by the chain rule, checked by hand -----------------------------------------------------------


def gradient_of(function, *values):
    """The gradient of the sum of what the function makes of a computed tensor with these values."""
    x = leaf(*values)
    function(x * 1).sum().backward()
    return x.grad.tolist()


def changed(*changes):
    """A function that carries out in-place changes and returns its argument."""

    def function(y):
        for change in changes:
            change(y)
        return y

    return function


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda y: y.mul_(3), [3.0, 3.0, 3.0]),
        (lambda y: y.mul_(y), [2.0, 4.0, 6.0]),
        (lambda y: y.mul_(y[:]), [2.0, 4.0, 6.0]),
        (lambda y: y[:].mul_(y), [2.0, 4.0, 6.0]),
        (lambda y: y.addcmul_(y, y), [3.0, 5.0, 7.0]),  # y + y^2
        (lambda y: y.zero_(), [0.0, 0.0, 0.0]),
        (lambda y: y.__setitem__(0, 5.0), [0.0, 1.0, 1.0]),
        (lambda y: y.__setitem__(0, y[1]), [0.0, 2.0, 1.0]),
        (lambda y: y.__setitem__(slice(1, None), y[:-1]), [2.0, 1.0, 0.0]),
        (lambda y: y[1:].mul_(y[:-1]), [3.0, 4.0, 2.0]),
        (lambda y: y[:1].add_(y[1:].sum()), [1.0, 2.0, 2.0]),
        (lambda y: y.copy_(y.flip(0) ** 2), [2.0, 4.0, 6.0]),
        (lambda y: y.__setitem__(y > 1.5, 0.0), [1.0, 0.0, 0.0]),
        (lambda y: y.__setitem__([0, 0], autograd.tensor([7.0, 8.0], dtype=autograd.float64)), [0.0, 1.0, 1.0]),
        (lambda y: [part.mul_(i + 2) for i, part in enumerate(y.unbind())], [2.0, 3.0, 4.0]),
        (lambda y: y.view(3, 1)[1].neg_(), [1.0, -1.0, 1.0]),
        (lambda y: y.diagonal if False else y[::2].mul_(10), [10.0, 1.0, 10.0]),
    ],
)
def test_gradient_through_a_change(change, expected):
    assert gradient_of(changed(change), 1.0, 2.0, 3.0) == expected


def test_changes_one_after_the_other():
    assert gradient_of(changed(lambda y: y.mul_(2), lambda y: y[0].mul_(5), lambda y: y.pow_(2)), 1.0, 2.0) == [
        200.0,
        16.0,
    ]


def test_reads_between_changes_see_what_was_there_then():
    x = leaf(3.0)
    y = x * 1
    first = y * 10  # 10 x
    y.mul_(2)
    second = y * 10  # 20 x
    y.add_(first)  # 12 x
    (first + second + y).backward()
    assert x.grad.tolist() == [10 + 20 + 12.0]


def test_a_constant_that_takes_in_something_recorded():
    x = leaf(2.0)
    zeros = autograd.zeros(3, dtype=autograd.float64)
    zeros[1] = x[0] * 3
    assert zeros.requires_grad
    assert not zeros.is_leaf
    (zeros * zeros).sum().backward()
    assert x.grad.tolist() == [36.0]


def test_a_buffer_filled_row_by_row(rng):
    rows = [autograd.tensor(rng.normal(size=4), requires_grad=True) for _ in range(3)]
    table = autograd.zeros(3, 4, dtype=autograd.float64)
    for i, row in enumerate(rows):
        table[i] = row.tanh()
    (table * table).sum().backward()
    for row in rows:
        t = np.tanh(row.detach().numpy())
        np.testing.assert_allclose(row.grad.numpy(), 2 * t * (1 - t**2), rtol=1e-13)


def test_values_that_broadcast_into_their_place(rng):
    for shape in ((), (1,), (4,), (1, 4), (3, 1), (1, 3, 4), (1, 1, 1)):
        value = autograd.tensor(rng.normal(size=shape), requires_grad=True)
        y = autograd.zeros(3, 4, dtype=autograd.float64)
        y[:] = value
        weights = autograd.tensor(rng.normal(size=(3, 4)))
        (y * weights).sum().backward()
        assert value.grad.shape == value.shape
        expected = weights.numpy()
        for axis, size in enumerate((1,) * (2 - len(shape)) + shape[-2:]):
            expected = expected.sum(axis, keepdims=True) if size == 1 else expected
        np.testing.assert_allclose(value.grad.numpy(), expected.reshape(shape), rtol=1e-13)


def test_second_derivatives_through_a_change():
    x = leaf(2.0, 3.0)
    y = x * 1
    y[0] = y[1].clone() ** 3  # of y[1] itself, the write would change what the power has saved
    y.mul_(x)  # [x0 x1^3, x1^2]
    (g,) = autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [27.0, 3 * 2 * 9 + 6.0]
    assert autograd.grad(g[0], x, retain_graph=True)[0].tolist() == [0.0, 27.0]
    assert autograd.grad(g[1], x)[0].tolist() == [27.0, 6 * 2 * 3 + 2.0]


def test_what_does_not_depend_on_the_old_values_cuts_them_off():
    """Comparisons write truth values: nothing of the old ones flows through."""
    x = leaf(1.0, 0.0)
    y = x * 1
    y.logical_not_()
    assert y.tolist() == [0.0, 1.0]
    assert not y.requires_grad


def test_retained_gradient_is_that_of_the_new_value():
    x = leaf(2.0)
    y = x * 1
    y.retain_grad()
    y.mul_(3)
    (y * 5).backward()
    assert y.grad.tolist() == [5.0]


# -- the versions -------------------------------------------------------------------------------------------


def test_versions_are_shared_by_all_that_share_memory():
    base = autograd.zeros(4)
    views = [base[1:], base.view(2, 2), base.detach(), base.data]
    base += 1
    views[0].mul_(2)
    assert {t._version for t in (base, *views)} == {2}
    copy = base.clone()
    copy += 1
    assert base._version == 2


@pytest.mark.parametrize(
    ("use", "saves"),
    [(lambda y: y * y, True), (lambda y: y.exp(), False), (lambda y: y.sin(), True), (lambda y: y + y, False),
     (lambda y: y.sum(), False), (lambda y: y.sigmoid(), False), (lambda y: y**2, True), (lambda y: y.reshape(1, 2), False),
     (lambda y: y.relu(), False), (lambda y: y.log(), True), (lambda y: y @ y, True), (lambda y: y.tanh(), False)],
)  # fmt: skip
def test_only_what_a_rule_reads_is_guarded(torch, use, saves):
    for library in (torch, autograd):
        x = library.tensor([0.5, 1.5], requires_grad=True)
        y = x * 1
        z = use(y)
        y.add_(1)
        if saves:
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                z.sum().backward()
        else:
            z.sum().backward()


@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh", "relu", "sqrt", "softmax"])
def test_saved_results_are_guarded_too(torch, name):
    for library in (torch, autograd):
        x = library.tensor([0.5, 1.5], requires_grad=True)
        y = getattr(x, name)(0) if name == "softmax" else getattr(x, name)()
        y.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


SPARING = {
    "max_pool1d": (2, 6, 6), "max_pool2d": (2, 6, 4, 4), "max_pool3d": (2, 3, 4, 4, 4),
    "logaddexp": (4, 3), "logaddexp2": (4, 3), "sinc": (4, 3), "erfinv": (4, 3),
}  # fmt: skip


@pytest.mark.parametrize("change", ["relu", "view", "setitem"])
@pytest.mark.parametrize("name", SPARING)
def test_results_that_torch_does_not_save_may_be_written_over(torch, rng, name, change):
    """As by `nn.Sequential(nn.MaxPool2d(2), nn.ReLU(inplace=True))`."""
    values, weights = rng.uniform(-0.9, 0.9, SPARING[name]), rng.standard_normal(SPARING[name])
    found = []
    for library in (torch, autograd):
        x = library.tensor(values, requires_grad=True)
        function = getattr(library.nn.functional if "pool" in name else library, name)
        y = function(x, *[2] * ("pool" in name), *[x * x] * ("logaddexp" in name))
        if change == "relu":
            y.relu_()
        elif change == "view":
            y.reshape(-1)[::2].mul_(3).add_(1)
        else:
            y[0] = 0
        (y * library.tensor(weights)[tuple(map(slice, y.shape))]).sum().backward()
        found.append(x.grad.numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-10)


def test_the_result_of_an_in_place_op_is_guarded_from_the_next():
    x = leaf(0.5)
    y = x * 1
    y.exp_()
    y.backward(retain_graph=True)
    assert x.grad.item() == pytest.approx(np.exp(0.5))
    y.add_(1)
    with pytest.raises(RuntimeError, match="'exp' saved its result"):
        y.backward()


def test_the_message_names_who_saved_what_and_who_wrote_where():
    x = autograd.ones(2, 3, requires_grad=True)
    y = x * 2
    z = y.sin()
    y.view(6)[1:].mul_(2)
    with pytest.raises(RuntimeError) as error:
        z.sum().backward()
    text = str(error.value)
    assert "'sin' saved its input 'x' (float32, shape (2, 3))" in text
    assert "'mul_' at " in text
    assert "test_inplace.py:" in text
    assert "x = x + 1 instead of x += 1" in text


def test_the_same_error_under_create_graph():
    x = leaf(1.0)
    y = x * 1
    z = y.sin()
    y += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        autograd.grad(z, x, create_graph=True)


# -- refusals: nothing is changed ---------------------------------------------------------------------------


def test_leaves_and_their_views():
    x = leaf(1.0, 2.0)
    for change in (
        lambda: x.add_(1),
        lambda: x.__setitem__(0, 3.0),
        lambda: x.zero_(),
        lambda: x.copy_(x * 2),
        lambda: x.__iadd__(1),
    ):
        with pytest.raises(
            RuntimeError, match=r"a leaf Variable that requires grad is being used in an in-place.*no_grad"
        ):
            change()
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        x[0].mul_(2)
    assert x.tolist() == [1.0, 2.0]
    assert x._version == 0


def test_results_that_do_not_fit():
    y = autograd.zeros(2, 1)
    with pytest.raises(RuntimeError, match=r"output with shape \[2, 1\] doesn't match the broadcast shape \[2, 3\]"):
        y.add_(autograd.ones(3))
    whole = autograd.zeros(2, dtype=autograd.int64)
    with pytest.raises(RuntimeError, match=r"result type float32 can't be cast to the desired output type int64"):
        whole.add_(0.5)
    with pytest.raises(RuntimeError, match="can't be cast"):
        whole /= 2
    with pytest.raises(RuntimeError, match="shape mismatch"):
        y[0] = autograd.ones(3)
    with pytest.raises(RuntimeError, match="complex"):
        y[0] = autograd.ones(1, dtype=autograd.complex64)
    with pytest.raises(TypeError):
        y[0] = "text"
    assert y.tolist() == [[0.0], [0.0]]
    assert whole.tolist() == [0, 0]
    assert y._version == whole._version == 0


def test_expanded_tensors():
    y = autograd.zeros(1).expand(3)
    with pytest.raises(RuntimeError, match=r"more than one element of the written-to tensor.*clone\(\)"):
        y.add_(1)
    same = autograd.zeros(3).expand(3)
    same.add_(1)
    assert same.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("target", "value", "dtype"),
    [("float32", 2, "int64"), ("float32", 2.5, "float64"), ("int64", 2.9, "float32"), ("bool", 2, "int64"),
     ("complex64", 1.5, "float64"), ("int64", True, "bool"), ("uint8", 300, "int64"), ("float64", 0.1, "float32")],
)  # fmt: skip
def test_assignment_converts_as_torch_does(torch, target, value, dtype):
    found = []
    for library in (torch, autograd):
        for given_value in (value, library.tensor(value, dtype=getattr(library, dtype))):
            t = library.zeros(2, dtype=getattr(library, target))
            try:
                t[0] = given_value
            except (RuntimeError, OverflowError, TypeError):
                found.append("refused")
            else:
                found.append(t.tolist())
    assert found[:2] == found[2:]


def test_augmented_assignment_keeps_the_object(torch):
    for library in (torch, autograd):
        t = same = library.ones(2)
        t += 1
        t *= 3
        t -= 1
        t /= 2
        t **= 2
        t //= 2
        t %= 4
        assert t is same
        assert t.tolist() == [3.0, 3.0]
        m = library.eye(2)
        m @= library.ones(2, 2)
        assert m.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_augmented_assignment_of_a_foreign_type():
    class Odd:
        def __radd__(self, other):
            return "mine"

    t = autograd.ones(2)
    t += Odd()
    assert t == "mine"
    with pytest.raises(TypeError):
        t = autograd.ones(2)
        t += "text"


ASSIGNMENTS = {
    "a row": (0, 1.0), "a slice": (slice(0, 1), 1.0), "everything": (slice(None), 1.0),
    "everything from a tensor": (..., "row"), "a mask": ("mask", 1.0), "places": ([0, 1], 1.0),
    "places in columns": ((slice(None), [1]), 1.0), "places in a row": ((0, [1]), 1.0),
    "places among some rows": ((slice(0, 2), [1]), 1.0), "a new dimension": (None, 1.0),
}  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_node_of_an_assignment_is_named_as_in_torch(torch, name):
    """A printed tensor shows it: a write into a view, at places, or over everything."""
    index, value = ASSIGNMENTS[name]
    shown = []
    for library in (autograd, torch):
        x = library.arange(12.0, requires_grad=True).reshape(3, 4) * 2
        x[x > 5 if index == "mask" else index] = library.ones(4) if value == "row" else value
        shown.append(repr(x))
    assert shown[0] == shown[1]
