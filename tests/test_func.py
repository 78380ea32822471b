"""`autograd.func`: gradients, products with Jacobians, Jacobians and Hessians, nested in each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)

EXACT = {"rtol": 1e-10, "atol": 1e-12}


def double(values):
    return autograd.tensor(np.asarray(values, dtype=np.float64))


def close(ours, expected):
    np.testing.assert_allclose(ours.detach().numpy(), np.asarray(expected), **EXACT)


X = np.array([0.3, -1.2, 2.0])
W = np.array([[1.0, 0.5, -0.2], [0.3, -0.7, 1.1]])


# -- grad ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", range(6))
def test_every_derivative_of_sine(order):
    f = autograd.sin
    for _ in range(order):
        f = grad(f)
    found = f(double(0.7))
    close(found, math.sin(0.7 + order * math.pi / 2))
    assert not found.requires_grad


def test_argnums_and_containers():
    def f(x, y, table):
        return (x * y * table["w"][0]).sum() + table["w"][1]

    x, y, w, v = double(X), double(X + 1), double(X - 1), double(2.0)
    table = {"w": [w, v]}
    close(grad(f, argnums=1)(x, y, table), X * (X - 1))
    by_x, by_table = grad(f, argnums=(0, -1))(x, y, table)
    close(by_x, (X + 1) * (X - 1))
    close(by_table["w"][0], X * (X + 1))
    close(by_table["w"][1], 1)


def test_value_and_auxiliary_results():
    def f(x):
        return (x * x).sum(), {"doubled": x * 2, "note": "kept"}

    x = double(X)
    (g, (value, aux)) = grad_and_value(f, has_aux=True)(x)
    close(g, 2 * X)
    close(value, (X**2).sum())
    close(aux["doubled"], 2 * X)
    assert aux["note"] == "kept"
    assert not value.requires_grad
    assert not aux["doubled"].requires_grad
    assert grad(f, has_aux=True)(x)[1]["note"] == "kept"


def test_what_an_input_does_not_matter_for_is_zero():
    close(grad(lambda x, y: (x * 2).sum(), argnums=1)(double(X), double(W)), np.zeros((2, 3)))
    close(grad(lambda x: autograd.tensor(1.0))(double(X)), np.zeros(3))


def test_a_constant_derivative_has_derivative_zero():
    close(grad(grad(lambda x: 3 * x))(double(1.0)), 0)


def test_the_users_graph_goes_on_through():
    x = double(X).requires_grad_()
    grad(lambda t: (t**3).sum())(x).sum().backward()
    close(x.grad, 6 * X)


def test_parameters_that_f_closes_over_get_gradients():
    w = double(2.0).requires_grad_()
    g = grad(lambda x: (w * x**2).sum())(double(X))
    close(g, 4 * X)
    g.sum().backward()
    close(w.grad, 2 * X.sum())
    assert w.grad.requires_grad is False


def test_inputs_and_their_gradients_are_left_alone():
    x = double(X).requires_grad_()
    grad(lambda t: (t * t).sum())(x)
    assert x.grad is None
    y = double(X)
    grad(lambda t: (t * t).sum())(y)
    assert not y.requires_grad


def test_no_grad_outside_only_cuts_the_result_off():
    x = double(X).requires_grad_()
    with autograd.no_grad():
        g = grad(lambda t: (t**2).sum())(x)
    close(g, 2 * X)
    assert not g.requires_grad


def test_no_grad_inside_is_respected():
    def f(x):
        with autograd.no_grad():
            shift = x**2
        return (x**2 - shift).sum()

    close(grad(f)(double(X)), 2 * X)


def test_the_perturbations_do_not_mix():
    # d/dx (x * d/dy (x + y)) = 1, and not 2 (Siskind and Pearlmutter, "Perturbation confusion", 2005)
    close(grad(lambda x: x * grad(lambda y: x + y)(double(1.0)))(double(1.0)), 1)
    close(
        jvp(lambda x: x * jvp(lambda y: x + y, (double(1.0),), (double(1.0),))[1], (double(1.0),), (double(1.0),))[1], 1
    )


# -- vjp, jvp, linearize ------------------------------------------------------------------------------------


def two_results(x, y):
    return {"product": x * y.sum(), "rest": [y.exp(), x.sum() * autograd.ones(2, dtype=autograd.float64)]}


def test_vjp_of_containers():
    x, y = double(X), double(W)
    value, pull = vjp(two_results, x, y)
    close(value["product"], X * W.sum())
    cotangent = {"product": double(X + 1), "rest": [double(W * 2), double([3.0, 4.0])]}
    by_x, by_y = pull(cotangent)
    close(by_x, (X + 1) * W.sum() + 7)
    close(by_y, ((X + 1) * X).sum() + 2 * W * np.exp(W))
    again = pull(cotangent)
    close(again[0], by_x.numpy())
    assert not by_x.requires_grad


def test_jvp_of_containers():
    tangents = (double(X * 0.5), double(W + 1))
    value, moved = jvp(two_results, (double(X), double(W)), tangents)
    close(value["rest"][0], np.exp(W))
    close(moved["product"], X * 0.5 * W.sum() + X * (W + 1).sum())
    close(moved["rest"][0], np.exp(W) * (W + 1))
    close(moved["rest"][1], [X.sum() * 0.5] * 2)


def test_jvp_of_what_does_not_depend():
    close(jvp(lambda x: autograd.ones(2), (double(X),), (double(X),))[1], [0, 0])
    with pytest.raises(RuntimeError, match="independent of the inputs"):
        jvp(lambda x: autograd.ones(2), (double(X),), (double(X),), strict=True)


def test_jvp_with_aux():
    value, moved, aux = jvp(lambda x: (x * x, x + 1), (double(X),), (double([1.0, 1.0, 1.0]),), has_aux=True)
    close(value, X**2)
    close(moved, 2 * X)
    close(aux, X + 1)


def test_linearize_calls_f_once():
    calls = []

    def f(x, y):
        calls.append(1)
        return (x * y).sin()

    value, push = linearize(f, double(X), double(X + 1))
    close(value, np.sin(X * (X + 1)))
    for scale in (1.0, -2.0):
        close(push(double([scale] * 3), double([0.0] * 3)), scale * np.cos(X * (X + 1)) * (X + 1))
    assert len(calls) == 1


def test_jvp_through_a_kink_and_a_comparison():
    close(
        jvp(lambda x: autograd.relu(x) + autograd.where(x > 0, x * 2, x), (double(X),), (double([1.0] * 3),))[1],
        [3, 1, 3],
    )


# -- Jacobians ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
@pytest.mark.parametrize("chunk_size", [None, 1, 2])
def test_jacobian_of_a_linear_map(jacobian, chunk_size):
    x, w = double(X), double(W)
    f = lambda x, w: w @ x  # noqa: E731
    close(jacobian(f, chunk_size=chunk_size)(x, w), W)
    by_x, by_w = jacobian(f, argnums=(0, 1), chunk_size=chunk_size)(x, w)
    close(by_x, W)
    close(by_w, np.einsum("ij,k->ijk", np.eye(2), X))


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobian_of_containers(jacobian):
    found = jacobian(lambda t: {"a": t["x"] * t["y"].sum(), "b": t["y"].sum()})({"x": double(X), "y": double(W)})
    close(found["a"]["x"], np.eye(3) * W.sum())
    close(found["a"]["y"], np.broadcast_to(X[:, None, None], (3, 2, 3)))
    close(found["b"]["x"], np.zeros(3))
    close(found["b"]["y"], np.ones((2, 3)))


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobian_with_aux_and_of_nothing(jacobian):
    found, aux = jacobian(lambda x: (x.sum(), x * 2), has_aux=True)(double(X))
    close(found, np.ones(3))
    close(aux, 2 * X)
    assert jacobian(lambda x: x[:0])(double(X)).shape == (0, 3)
    assert jacobian(lambda x: x * 2)(double(np.zeros(0))).shape == (0, 0)


@pytest.mark.parametrize("inner", [jacrev, jacfwd])
@pytest.mark.parametrize("outer", [jacrev, jacfwd])
def test_second_derivatives_all_ways(outer, inner):
    close(
        outer(inner(lambda x: (x**3).sum() + x[0] * x[1]))(double(X)),
        np.diag(6 * X) + np.eye(3)[[1, 0, 2]] * [[1], [1], [0]],
    )


def test_third_derivatives():
    found = jacfwd(hessian(lambda x: (x**3).prod()))(double(X))
    a, b, c = X**2 * 3
    assert found.shape == (3, 3, 3)
    close(found[0, 1, 2], a * b * c)
    close(found[0, 0, 0], 6 * (X[1] * X[2]) ** 3)


def test_hessian_of_containers():
    found = hessian(lambda t, s: (t["x"] ** 2).sum() * s, argnums=(0, 1))({"x": double(X)}, double(2.0))
    close(found[0]["x"][0]["x"], 4 * np.eye(3))
    close(found[0]["x"][1], 2 * X)
    close(found[1][0]["x"], 2 * X)
    close(found[1][1], 0)


# -- with vmap ----------------------------------------------------------------------------------------------


def energy(x, w):
    return ((w @ x).tanh() ** 2).sum() + (x * x.roll(1)).sum()


def samples(n):
    return np.random.default_rng(1).standard_normal((n, 3))


@pytest.mark.parametrize(
    "transform",
    [
        grad,
        lambda f: grad(lambda x, w: (grad(f)(x, w) ** 3).sum()),
        jacrev,
        jacfwd,
        hessian,
        lambda f: jacrev(jacrev(f)),
        lambda f: lambda x, w: vjp(f, x, w)[1](autograd.ones((), dtype=autograd.float64))[1],
        lambda f: lambda x, w: jvp(lambda x: f(x, w), (x,), (x.cos(),))[1],
        lambda f: lambda x, w: linearize(lambda x: jacrev(f)(x, w), x)[1](x * 2),
    ],
    ids=["grad", "grad-grad", "jacrev", "jacfwd", "hessian", "jacrev-jacrev", "vjp", "jvp", "linearize"],
)
@pytest.mark.parametrize("in_dims", [(0, None), (0, 0), (1, None)])
def test_transforms_inside_vmap(transform, in_dims):
    x = double(samples(4) if in_dims[0] == 0 else samples(4).T)
    w = double(W if in_dims[1] is None else np.stack([W * k for k in range(1, 5)]))
    f = transform(energy)
    together = vmap(f, in_dims=in_dims)(x, w)
    for i in range(4):
        close(together[i], f(x[i] if in_dims[0] == 0 else x[:, i], w if in_dims[1] is None else w[i]).numpy())


def test_transforms_inside_two_vmaps():
    x, y = double(samples(3)), double(samples(4))
    f = lambda a, b: ((a * b).sin().sum() + (a @ a) * b[0]) ** 2  # noqa: E731
    for transform in (grad, lambda f: grad(lambda a, b: grad(f, argnums=1)(a, b)[0]), hessian):
        g = transform(f)
        together = vmap(lambda a, g=g: vmap(lambda b: g(a, b))(y))(x)
        for i in range(3):
            for j in range(4):
                close(together[i, j], g(x[i], y[j]).numpy())


def test_vmap_inside_transforms():
    x = double(samples(4))
    total = lambda x: vmap(lambda row: (row**3).sum())(x).sum()  # noqa: E731
    close(grad(total)(x), 3 * samples(4) ** 2)
    close(jacrev(lambda x: vmap(autograd.sin)(x))(x).reshape(12, 12), np.diag(np.cos(samples(4)).reshape(-1)))
    close(hessian(total)(x).reshape(12, 12), np.diag(6 * samples(4).reshape(-1)))


def test_gradients_of_each_sample_have_gradients():
    w = double(W).requires_grad_()
    norms = vmap(lambda x: grad(energy)(x, w).square().sum())(double(samples(4)))
    norms.sum().backward()
    loop = grad(lambda w: sum(grad(energy)(row, w).square().sum() for row in double(samples(4))))(double(W))
    close(w.grad, loop.numpy())


def test_a_vjp_function_belongs_to_its_batch():
    kept = []

    def f(x):
        value, pull = vjp(lambda x: x * x, x)
        kept.append(pull)
        return pull(value)[0]

    close(vmap(f)(double(X)), 2 * X**3)
    with pytest.raises(RuntimeError, match="no longer exists"):
        kept[0](double(1.0))


# -- models -------------------------------------------------------------------------------------------------


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.register_buffer("scale", autograd.ones(2))

    def forward(self, x, add=0):
        return self.second(self.first(x)) * self.scale + add


def test_functional_call_is_the_call_with_other_tensors():
    model, x = Tied(), autograd.ones(3, 2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    weight = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    bias = autograd.zeros(2)
    given = {"first.weight": weight, "first.bias": bias, "second.bias": bias}
    found = functional_call(model, (given, {"scale": autograd.tensor([1.0, 10.0])}), x, {"add": 1})
    np.testing.assert_allclose(found.numpy(), (np.ones((3, 2)) @ weight.numpy().T @ weight.numpy().T) * [1, 10] + 1)
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), before[name].numpy())
    assert [*dict(model.named_parameters())] == ["first.weight", "first.bias", "second.bias"]


def test_functional_call_puts_everything_back_when_the_call_fails():
    model = Tied()
    weight = model.first.weight
    with pytest.raises(RuntimeError):
        functional_call(model, {"first.weight": autograd.zeros(2, 2)}, autograd.ones(3, 5))
    assert model.first.weight is weight


@pytest.mark.parametrize(
    ("dicts", "options", "error", "message"),
    [
        ({"third.weight": 0}, {}, AttributeError, "no parameter or buffer named 'third.weight'"),
        (3, {}, ValueError, "to be a dict, or a list/tuple of dicts"),
        ([3], {}, ValueError, "all elements of parameter_and_buffer_dicts to be dictionaries"),
        ([{"scale": 1}, {"scale": 2}], {}, ValueError, "appeared in multiple dictionaries"),
        ({"scale": 1}, {"strict": True}, RuntimeError, r"Missing key\(s\): first.bias"),
        ({"first.weight": 1, "second.weight": 2}, {}, ValueError, "which are tied"),
    ],
)
def test_functional_call_refuses(dicts, options, error, message):
    with pytest.raises(error, match=message):
        functional_call(Tied(), dicts, autograd.ones(1, 2), **options)


def test_stack_module_state_refuses():
    with pytest.raises(RuntimeError, match="at least one model"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="same training/eval mode"):
        stack_module_state([nn.Linear(1, 1), nn.Linear(1, 1).eval()])
    with pytest.raises(RuntimeError, match="same class"):
        stack_module_state([nn.Linear(1, 1), nn.Tanh()])
    with pytest.raises(RuntimeError, match="same .requires_grad"):
        stack_module_state([nn.Linear(1, 1), nn.Linear(1, 1).requires_grad_(False)])


def test_training_by_functions(rng):
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x = autograd.tensor(rng.standard_normal((32, 2)).astype("float32"))
    y = (x[:, :1] * x[:, 1:]).detach()
    params = {name: p.detach() for name, p in model.named_parameters()}
    loss_of = lambda p: F.mse_loss(functional_call(model, p, (x,)), y)  # noqa: E731
    first = loss_of(params).item()
    for _ in range(60):
        g = grad(loss_of)(params)
        params = {name: p - 0.2 * g[name] for name, p in params.items()}
    assert loss_of(params).item() < 0.7 * first


# -- errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: grad(autograd.sin)(x), RuntimeError, "scalar Tensor, got tensor with 1 dims.*use vjp or jacrev"),
        (lambda x: grad(lambda x: 2.0)(x), RuntimeError, "to return a Tensor, got <class 'float'>"),
        (lambda x: grad(lambda x: (x.sum(), x))(x), RuntimeError, "say has_aux=True"),
        (lambda x: grad(lambda x: x.sum(), argnums=3)(x), RuntimeError, "argnum=3, but only 1 positional"),
        (lambda x: grad(lambda x: x.sum(), argnums="a")(x), RuntimeError, "argnums must be int or Tuple"),
        (lambda x: grad(lambda x, y: x.sum(), argnums=(0, 0))(x, x), RuntimeError, "must be unique"),
        (lambda x: grad(lambda x, y: x.sum(), argnums=())(x, x), RuntimeError, "must be non-empty"),
        (lambda x: grad(lambda x: x)(2.0), ValueError, "must be Tensor, got <class 'float'>"),
        (lambda x: grad(lambda x: x.sum())(autograd.arange(3)), RuntimeError, "floating point"),
        (lambda x: grad(lambda x: x.sum(), has_aux=True)(x), RuntimeError, r"\(output, aux\) if has_aux is True"),
        (lambda x: grad(lambda x: x.sum() * 1j)(x), RuntimeError, "only for real scalar outputs"),
        (lambda x: vjp(autograd.sin, x)[1](x[:2]), RuntimeError, r"Mismatch in shape: grad_output\[0\]"),
        (lambda x: vjp(autograd.sin, x)[1](2.0), TypeError, "give a Tensor of shape"),
        (lambda x: vjp(lambda x: (x, x), x)[1]((x,)), RuntimeError, "Expected pytree structure of cotangents"),
        (lambda x: vjp(lambda x: 2.0, x), RuntimeError, "only tensors, got unsupported type <class 'float'>"),
        (lambda x: jvp(autograd.sin, (x,), (x[:2],)), RuntimeError, "different size than that of the original"),
        (lambda x: jvp(autograd.sin, x, x), RuntimeError, "Expected primals to be a tuple"),
        (lambda x: jvp(autograd.sin, (x,), (x, x)), RuntimeError, "same python structure"),
        (lambda x: jvp(autograd.sin, (), ()), RuntimeError, "at least one Tensor"),
        (lambda x: jacrev(autograd.sin, chunk_size=0), ValueError, "`chunk_size` should be greater than 0"),
        (lambda x: jacfwd(autograd.sin, chunk_size=-1), ValueError, "`chunk_size` should be greater than 0"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(double(X))


# -- against PyTorch ----------------------------------------------------------------------------------------


PROGRAMS = {
    "softmax": lambda t, x: (t.softmax(x, -1) * x.sin()).sum(),
    "matmul": lambda t, x: ((x @ x.T).exp() * 0.1).logsumexp(0).sum(),
    "norm": lambda t, x: (x * x).sum(-1).sqrt().prod(),
    "index": lambda t, x: (x[:, [0, 0, 2]] * x[0]).cumsum(1).tanh().sum(),
    "where": lambda t, x: t.where(x > 0, x**3, x.exp()).mean(),
    "cat": lambda t, x: t.cat([x, x.flip(0)], 1).cos().var(),
    "solve": lambda t, x: t.linalg.solve(x[:2, :2] @ x[:2, :2].T + t.eye(2, dtype=t.float64), x[:2, :2]).sum(),
}


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("kind", ["grad", "hessian", "jacrev of grad", "vmap of grad", "jvp"])
def test_agrees_with_torch(program, kind, torch, rng):
    values = rng.standard_normal((3, 2, 3) if kind == "vmap of grad" else (2, 3))

    def run(library, func, vmap, x):
        f = lambda x: program(library, x)  # noqa: E731
        if kind == "grad":
            return func.grad(f)(x)
        if kind == "hessian":
            return func.hessian(f)(x)
        if kind == "jacrev of grad":
            return func.jacrev(func.grad(f))(x)
        if kind == "vmap of grad":
            return vmap(func.grad(f))(x)
        return func.jvp(func.grad(f), (x,), (x.cos(),))[1]

    ours = run(autograd, autograd.func, autograd.vmap, autograd.tensor(values))
    theirs = run(torch, torch.func, torch.vmap, torch.tensor(values))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-9)


def test_functional_call_replaces_attributes_that_are_no_parameters():
    """As in PyTorch: what is not there is ignored, and gone afterwards."""
    layer = nn.Linear(1, 1)
    layer.scale = autograd.tensor(2.0)
    assert functional_call(layer, {"other": autograd.ones(1)}, autograd.ones(1, 1)).shape == (1, 1)
    assert not hasattr(layer, "other")

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = layer

        def forward(self, x):
            return x * self.part.scale

    model = Scaled()
    assert functional_call(model, {"part.scale": autograd.tensor(5.0)}, autograd.ones(1)).item() == 5
    assert model(autograd.ones(1)).item() == 2
