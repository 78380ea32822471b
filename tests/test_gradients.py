"""`backward` and `grad`: what they start from, where gradients go, and every way to call them wrongly."""

from __future__ import annotations

import numpy as np
import pytest

import autograd


def leaf(*values):
    return autograd.tensor(list(values), dtype=autograd.float64, requires_grad=True)


# -- what comes out -----------------------------------------------------------------------------------------


def test_scalar_needs_no_gradient():
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_one_element_of_any_rank_counts_as_a_scalar():
    x = leaf(3.0)
    (x * x).reshape(1, 1).backward()
    assert x.grad.tolist() == [6.0]


def test_given_gradient():
    x = leaf(1.0, 2.0)
    (x * x).backward(autograd.tensor([1.0, 10.0]))  # a float32 gradient is converted
    assert x.grad.tolist() == [2.0, 40.0]
    assert x.grad.dtype is autograd.float64


def test_several_roots_at_once():
    x = leaf(2.0)
    a, b = x * 3, x * x
    autograd.backward([a, b], [autograd.tensor([1.0]), autograd.tensor([10.0])])
    assert x.grad.tolist() == [3.0 + 40.0]


def test_one_root_twice_counts_twice():
    x = leaf(2.0)
    y = x * 3
    autograd.backward([y, y])
    assert x.grad.tolist() == [6.0]


def test_a_root_below_another_root():
    x = leaf(2.0)
    a = x * 3
    b = a * a
    autograd.backward([b, a])
    assert x.grad.tolist() == [2 * 6 * 3 + 3.0]


def test_a_leaf_as_root():
    x = leaf(2.0)
    x.backward()
    assert x.grad.tolist() == [1.0]
    assert autograd.grad(x, x)[0].tolist() == [1.0]


def test_backward_into_chosen_inputs_only():
    x, w = leaf(2.0), leaf(3.0)
    middle = x * w
    middle.retain_grad()
    (middle * x).backward(inputs=[x, middle])
    assert x.grad.tolist() == [2 * 3 * 2.0]
    assert middle.grad.tolist() == [2.0]
    assert w.grad is None


def test_grad_leaves_dot_grad_alone():
    x, w = leaf(2.0), leaf(3.0)
    assert [g.tolist() for g in autograd.grad(x * w, [x, w])] == [[3.0], [2.0]]
    assert x.grad is None
    assert w.grad is None


def test_grad_by_something_in_the_middle():
    x = leaf(2.0)
    middle = x * 3
    y = middle * middle
    assert autograd.grad(y, middle, retain_graph=True)[0].tolist() == [12.0]
    assert [g.tolist() for g in autograd.grad(y, [middle, x])] == [[12.0], [36.0]]


def test_grad_of_several_outputs():
    x = leaf(2.0, 3.0)
    outputs = [x * 2, x.sum()]
    (g,) = autograd.grad(outputs, x, [autograd.tensor([1.0, 0.0], dtype=autograd.float64), None])
    assert g.tolist() == [3.0, 1.0]


def test_none_in_place_of_gradients_of_scalars():
    x = leaf(2.0)
    autograd.backward([x * 2, x * 3], [None, autograd.tensor([2.0])])
    assert x.grad.tolist() == [8.0]


def test_unused_inputs():
    x, other = leaf(2.0), leaf(3.0, 4.0)
    y = x * 2
    with pytest.raises(RuntimeError, match=r"appears to not have been used in the graph.*allow_unused=True"):
        autograd.grad(y, [x, other], retain_graph=True)
    g, nothing = autograd.grad(y, [x, other], allow_unused=True, retain_graph=True)
    assert (g.tolist(), nothing) == ([2.0], None)
    g, zeros = autograd.grad(y, [x, other], materialize_grads=True)
    assert zeros.tolist() == [0.0, 0.0]
    assert zeros.dtype is other.dtype
    with pytest.raises(ValueError, match="materialize_grads"):
        autograd.grad(x * 2, x, allow_unused=False, materialize_grads=True)


def test_batched_gradients_are_the_rows_of_the_jacobian(rng):
    x = autograd.tensor(rng.normal(size=3), requires_grad=True)
    matrix = autograd.tensor(rng.normal(size=(4, 3)))
    y = (matrix @ x).tanh()
    (jacobian,) = autograd.grad(y, x, autograd.eye(4, dtype=autograd.float64), is_grads_batched=True)
    expected = (1 - y.detach().numpy() ** 2)[:, None] * matrix.numpy()
    np.testing.assert_allclose(jacobian.numpy(), expected, rtol=1e-14)


def test_batched_gradients_can_be_differentiated(rng):
    x = autograd.tensor(rng.normal(size=3), requires_grad=True)
    y = x**3
    (rows,) = autograd.grad(y, x, autograd.eye(3, dtype=autograd.float64), is_grads_batched=True, create_graph=True)
    (hessian,) = autograd.grad(rows.sum(), x)
    np.testing.assert_allclose(hessian.numpy(), 6 * x.detach().numpy(), rtol=1e-14)


def test_mixed_derivatives(rng):
    """Of x^2 y^3 along vectors, both orders of differentiation agree with the formula."""
    x, y = (autograd.tensor(rng.uniform(0.5, 2, 4), requires_grad=True) for _ in range(2))
    f = (x**2 * y**3).sum()
    by_x, by_y = autograd.grad(f, [x, y], create_graph=True)
    (xy,) = autograd.grad(by_x.sum(), y, create_graph=True)
    (yx,) = autograd.grad(by_y.sum(), x, retain_graph=True)
    expected = 6 * x.detach().numpy() * y.detach().numpy() ** 2
    np.testing.assert_allclose(xy.detach().numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(yx.numpy(), expected, rtol=1e-13)
    (xyy,) = autograd.grad(xy.sum(), y)
    np.testing.assert_allclose(xyy.numpy(), 12 * (x * y).detach().numpy(), rtol=1e-13)


def test_accumulating_onto_a_recorded_gradient():
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    (x**2).backward(create_graph=True)
    assert x.grad.tolist() == [27 + 6.0]
    assert autograd.grad(x.grad, x)[0].tolist() == [18 + 2.0]


def test_gradient_given_under_create_graph_is_differentiated_too():
    x, v = leaf(3.0), leaf(2.0)
    (g,) = autograd.grad(x**2, x, v, create_graph=True)
    assert autograd.grad(g, v)[0].tolist() == [6.0]


# -- which gradients there are ------------------------------------------------------------------------------


def test_retain_grad():
    x = leaf(2.0)
    middle = x * 3
    assert not middle.retains_grad
    middle.retain_grad()
    middle.retain_grad()
    assert middle.retains_grad
    (middle * middle).backward()
    assert middle.grad.tolist() == [12.0]
    x.retain_grad()  # of a leaf: nothing to do
    assert not x.retains_grad
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"):
        autograd.ones(2).retain_grad()


def test_grad_of_a_non_leaf_warns_and_says_what_to_do():
    middle = leaf(2.0) * 3
    with pytest.warns(UserWarning, match=r"not a leaf Tensor.*'mul'.*retain_grad\(\)"):
        assert middle.grad is None


def test_nothing_is_recorded_from_integers():
    x = leaf(2.0)
    assert not (x > 1).requires_grad
    assert not x.argmax().requires_grad
    assert not x.long().requires_grad


# -- refusals -----------------------------------------------------------------------------------------------


def test_no_gradient_to_be_had():
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad and does not have a grad_fn"):
        autograd.ones(()).backward()
    with pytest.raises(RuntimeError, match="element 1 of tensors does not require grad"):
        autograd.backward([leaf(1.0), autograd.ones(1)])


def test_non_scalar_root_names_its_shape_and_the_cures():
    with pytest.raises(RuntimeError, match=r"only for scalar outputs.*\(2, 3\).*\.sum\(\) or \.mean\(\).*gradient="):
        autograd.ones(2, 3, requires_grad=True).exp().backward()


def test_complex_root():
    z = autograd.tensor(1 + 2j, requires_grad=True)
    with pytest.raises(RuntimeError, match="real scalar outputs but got torch.complex64"):
        (z * z).backward()
    (z * z).backward(autograd.tensor(1 + 0j))
    assert z.grad.item() == (2 * (1 + 2j)).conjugate()


def test_gradient_of_another_shape_or_kind():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"shape of \(3,\).*shape of \(2,\)"):
        (x * 2).backward(autograd.ones(3))
    with pytest.raises(TypeError, match="either Tensors or None, but got list"):
        (x * 2).backward([1.0, 1.0])
    with pytest.raises(RuntimeError, match="both grad_output and output are required to have the same dtype"):
        (x * 2).backward(autograd.tensor([1j, 1j]))


def test_as_many_gradients_as_roots():
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="2 tensors and 1 gradients"):
        autograd.backward([x, x], [autograd.ones(1)])


def test_inputs_must_want_a_gradient():
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match=r"does not require grad \(number 1\)"):
        autograd.grad(x * 2, [x, autograd.ones(1)])
    with pytest.raises(TypeError, match="inputs must be Tensors, got float"):
        autograd.grad(x * 2, [1.0])
    with pytest.raises(RuntimeError, match="empty"):
        (x * 2).backward(inputs=[])


def test_a_failed_call_changes_nothing():
    x, w = leaf(1.0), leaf(2.0)
    y = x * w
    for wrong in (lambda: autograd.grad(y, [x, autograd.ones(1)]), lambda: y.backward(autograd.ones(3)),
                  lambda: y.backward(inputs=[])):  # fmt: skip
        with pytest.raises(RuntimeError):
            wrong()
    assert x.grad is None
    y.backward()  # the graph is still there
    assert x.grad.tolist() == [2.0]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, x: (x * 2).backward(),
        lambda lib, x: (x * 2).sum().backward(lib.ones(2)),
        lambda lib, x: x.detach().sum().backward(),
        lambda lib, x: lib_grad(lib)(x.sum(), [lib.ones(2, requires_grad=True)]),
        lambda lib, x: lib_grad(lib)(x.sum(), [lib.ones(2)]),
        lambda lib, x: lib_grad(lib)(x, x),
        lambda lib, x: x.sum().backward(inputs=[]),
        lambda lib, x: [y := x.exp().sum(), y.backward(), y.backward()],
        lambda lib, x: (x * 2).backward(3.0),
    ],
)
def test_refuses_what_torch_refuses(torch, wrong):
    for lib in (torch, autograd):
        x = lib.tensor([1.0, 2.0], requires_grad=True)
        try:
            wrong(lib, x)
        except (RuntimeError, TypeError, ValueError) as error:
            kind = type(error)
        else:
            kind = None
        if lib is torch:
            expected = kind
            assert expected is not None
    assert kind is expected


def lib_grad(lib):
    return lib.grad if lib is autograd else lib.autograd.grad
