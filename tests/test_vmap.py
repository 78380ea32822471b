"""`vmap`: what is mapped over and where it goes, nesting, randomness, writes in place, and the errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import vmap
from autograd.func import functional_call, grad, stack_module_state

ROWS = autograd.arange(6.0).reshape(2, 3)
COLUMNS = autograd.arange(12.0).reshape(3, 4)


def check(ours, expected):
    np.testing.assert_allclose(ours.detach().numpy(), np.asarray(expected), rtol=1e-6)


# -- dimensions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_in_dims_say_what_is_the_batch(rng, dim):
    x = rng.standard_normal((2, 3, 4))
    mapped = vmap(lambda row: (row * row).sum(-1), in_dims=dim)(autograd.tensor(x))
    check(mapped, (np.moveaxis(x, dim, 0) ** 2).sum(-1))


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
def test_out_dims_say_where_the_batch_goes(rng, dim):
    x = rng.standard_normal((5, 3, 4))
    check(vmap(autograd.sin, out_dims=dim)(autograd.tensor(x)), np.moveaxis(np.sin(x), 0, dim))


def test_one_input_may_be_the_same_for_all():
    check(vmap(autograd.dot, in_dims=(0, None))(ROWS, ROWS[0]), [5, 14])
    check(vmap(lambda x, n: x * n, in_dims=(0, None))(ROWS, 3), 3 * ROWS.numpy())


def test_containers_are_mapped_by_containers_of_dims():
    def f(pair, table):
        return {"sum": pair[0] + table["x"], "other": (pair[1], table["y"] * 2)}

    found = vmap(f, in_dims=((0, None), {"x": 0, "y": 1}))((ROWS, ROWS[0]), {"x": ROWS, "y": ROWS.T})
    check(found["sum"], 2 * ROWS.numpy())
    check(found["other"][0], [ROWS[0].tolist()] * 2)
    check(found["other"][1], 2 * ROWS.numpy())


def test_a_dim_for_a_container_holds_for_all_in_it():
    check(vmap(lambda pair: pair[0] * pair[1])([ROWS, ROWS]), ROWS.numpy() ** 2)


def test_keyword_arguments_are_the_same_for_all():
    check(vmap(lambda x, scale: x * scale)(ROWS, scale=ROWS[:, :, None].sum(0).flatten()), [[0, 5, 14], [9, 20, 35]])


def test_results_may_go_to_different_places():
    a, b = vmap(lambda x: (x, x * 2), out_dims=(1, 0))(ROWS)
    assert (a.shape, b.shape) == ((3, 2), (2, 3))


def test_a_result_that_does_not_depend_on_the_batch():
    check(vmap(lambda x: ROWS[0])(COLUMNS), [ROWS[0].tolist()] * 3)
    check(vmap(lambda x: (x, ROWS[0]), out_dims=(0, None))(COLUMNS)[1], ROWS[0].tolist())


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 4, 100])
def test_chunks_give_the_same(rng, chunk_size):
    x, y = autograd.tensor(rng.standard_normal((7, 3))), autograd.tensor(rng.standard_normal(3))
    f = lambda x, y: (x * y, autograd.outer(x, y))  # noqa: E731
    whole = vmap(f, in_dims=(0, None), out_dims=(0, 2))(x, y)
    for a, b in zip(vmap(f, in_dims=(0, None), out_dims=(0, 2), chunk_size=chunk_size)(x, y), whole, strict=True):
        check(a, b.numpy())


def test_an_empty_batch():
    assert vmap(lambda x: (x * 2).sum())(autograd.zeros(0, 3)).shape == (0,)
    with pytest.raises(RuntimeError, match="batch has size 0"):
        vmap(lambda x: autograd.isclose(x, x))(autograd.zeros(0, 3))


# -- nesting, and numbers that look alike -------------------------------------------------------------------


def test_nested_batches(rng):
    x, y = rng.standard_normal((2, 4)), rng.standard_normal((3, 4))
    pairs = vmap(vmap(autograd.dot, in_dims=(None, 0)), in_dims=(0, None))(autograd.tensor(x), autograd.tensor(y))
    check(pairs, x @ y.T)


def test_an_inner_batch_meets_the_outer_one(rng):
    x, y, z = (autograd.tensor(rng.standard_normal(shape)) for shape in ((2, 4), (3, 4), (4, 5)))
    found = vmap(lambda a: vmap(lambda b: ((a * b) @ z).tanh() + a.sum())(y))(x)
    check(found, np.tanh((x.numpy()[:, None] * y.numpy()) @ z.numpy()) + x.numpy().sum(1)[:, None, None])


def test_a_scalar_of_the_batch_does_not_widen_a_dtype():
    scalars = autograd.arange(3.0, dtype=autograd.float64)
    assert vmap(lambda s: s * ROWS)(scalars).dtype is autograd.float32
    assert vmap(lambda s: s * 2)(autograd.arange(3)).dtype is autograd.int64
    assert vmap(lambda s: s * 2.5)(autograd.arange(3)).dtype is autograd.float32


def test_gradients_flow_through(rng):
    x = autograd.tensor(rng.standard_normal((3, 4)), requires_grad=True)
    vmap(lambda row: (row * row.sum()).exp(), in_dims=1, out_dims=1)(x).sum().backward()
    n = x.detach().numpy()
    total = n.sum(0)
    e = np.exp(n * total)
    np.testing.assert_allclose(x.grad.numpy(), e * total + (e * n).sum(0), rtol=1e-12)


def test_indexing_by_numbers_of_the_batch(rng):
    x, i, j = rng.standard_normal((3, 5, 4)), np.array([4, 0, 2]), np.array([[0, 1], [1, 3], [3, 3]])
    ours = [autograd.tensor(a) for a in (x, i, j)]
    check(vmap(lambda x, i: x[i])(*ours[:2]), x[np.arange(3), i])
    check(vmap(lambda x, i, j: x[i, j])(*ours), x[np.arange(3)[:, None], i[:, None], j])
    check(vmap(lambda i: ours[0][0][i], in_dims=0)(ours[1]), x[0][i])
    check(vmap(lambda x, j: x[1:3, j])(ours[0], ours[2]), np.stack([x[k][1:3, j[k]] for k in range(3)]))


def test_arrays_of_places_apart_from_each_other(rng):
    x = rng.standard_normal((3, 4, 2, 5))
    i, j = np.array([0, 3, 1]), np.array([4, 4, 0])
    found = vmap(lambda x: x[i, :, j])(autograd.tensor(x))
    check(found, np.stack([sample[i, :, j] for sample in x]))


# -- writes in place ----------------------------------------------------------------------------------------


def test_writes_in_place():
    def f(x, y):
        x = x.clone()
        x += y
        x.mul_(2)
        x[0] = y.sum()
        x[1:].add_(1)
        return x

    x, y = autograd.ones(2, 3), ROWS.clone()
    expected = np.stack([f(a, b).numpy() for a, b in zip(x, y, strict=True)])
    check(vmap(f)(x, y), expected)


def test_a_write_changes_what_is_mapped_over():
    x = autograd.zeros(2, 3)
    vmap(lambda row, y: row.add_(y))(x, ROWS)
    check(x, ROWS.numpy())


def test_writes_are_differentiated():
    def f(x):
        y = x * 1
        y[0] = x[1] * x[2]
        y.mul_(x)
        return y.sum()

    x = autograd.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    vmap(f)(x).sum().backward()
    a, b, c = x.detach().numpy().T
    check(x.grad, np.stack([b * c, a * c + 2 * b, a * b + 2 * c], 1))


def test_a_write_of_what_is_overwritten():
    def f(x):
        y = x * 1
        y.mul_(y)
        y[1:].add_(y[:1])
        return y.sum()

    x = autograd.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    vmap(f)(x).sum().backward()
    check(x.grad, 2 * x.detach().numpy() * [3, 1, 1])


def test_zeros_like_a_batch_can_be_written_into():
    def f(x):
        table = autograd.zeros_like(x)
        table[1] = x[0]
        return table

    check(vmap(f)(ROWS), [[0, 0, 0], [0, 3, 0]])


def test_writing_a_batch_into_one_tensor_is_refused():
    with pytest.raises(RuntimeError, match=r"vmap: inplace arithmetic.*x = x \+ y"):
        vmap(lambda x, y: x.add_(y), in_dims=(None, 0))(autograd.zeros(3), ROWS)
    with pytest.raises(RuntimeError, match="vmap: inplace arithmetic"):
        vmap(lambda x, y: x.__setitem__(0, y[0]), in_dims=(None, 0))(autograd.zeros(3), ROWS)


# -- randomness ---------------------------------------------------------------------------------------------


RANDOM = {
    "rand": lambda x: autograd.rand(3),
    "randn_like": autograd.randn_like,
    "randint": lambda x: autograd.randint(0, 1000, (3,)),
    "dropout": lambda x: F.dropout(x + 1, 0.5),
    "bernoulli": lambda x: autograd.bernoulli(x * 0 + 0.5),
    "normal_": lambda x: x.clone().normal_(),
    "randperm": lambda x: autograd.randperm(8),
}


@pytest.mark.parametrize("draw", RANDOM.values(), ids=RANDOM)
def test_randomness(draw):
    x = autograd.zeros(6, 3)
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        vmap(draw)(x)
    same = vmap(draw, randomness="same")(x).numpy()
    assert (same == same[0]).all()
    assert (
        not (same[0] == vmap(draw, randomness="same")(x).numpy()[0]).all()
        or same.size < 20
        or draw is RANDOM["dropout"]
    )
    different = vmap(draw, randomness="different")(x).numpy()
    assert len(np.unique(different, axis=0)) > 1


def test_randomness_of_a_loop_is_that_of_the_seed():
    autograd.manual_seed(3)
    different = vmap(lambda x: autograd.rand(4), randomness="different")(autograd.zeros(5))
    autograd.manual_seed(3)
    check(different, autograd.rand(5, 4).numpy())


# -- errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vmap(autograd.sin, in_dims="a")(ROWS), "expected `in_dims` to be int or a .*tuple"),
        (lambda: vmap(autograd.sin, in_dims=None)(ROWS), "expected `in_dims` to be int"),
        (lambda: vmap(autograd.add, in_dims=(0, 0, 0))(ROWS, ROWS), "in_dims is not compatible with the structure"),
        (lambda: vmap(autograd.add, in_dims=(None, None))(ROWS, ROWS), "at least one Tensor to vmap over"),
        (lambda: vmap(autograd.add)(ROWS, COLUMNS), r"same size in the mapped dimension, got sizes \[2, 3\]"),
        (lambda: vmap(autograd.sin, in_dims=2)(ROWS), "satisfy -2 <= in_dim < 2"),
        (lambda: vmap(autograd.sin)(autograd.tensor(1.0)), "dimensionality 0"),
        (lambda: vmap(autograd.mul)(ROWS, 2.0), "cannot vmap over non-Tensor arguments, please use None"),
        (lambda: vmap(lambda: 1)(), "got no inputs"),
        (lambda: vmap(lambda x: 1)(ROWS), "must only return Tensors, got type <class 'int'>"),
        (lambda: vmap(lambda x: None)(ROWS), "must only return Tensors, got type <class 'NoneType'>"),
        (lambda: vmap(lambda x: x, out_dims=None)(ROWS), "can not return a BatchedTensor when out_dim is None"),
        (lambda: vmap(lambda x: x, out_dims="a")(ROWS), "`out_dims` must be an int, None or a python collection"),
        (lambda: vmap(lambda x: x, out_dims=(0, 0))(ROWS), "out_dims is not compatible with the structure"),
        (lambda: vmap(autograd.sin, chunk_size=0), "chunk_size should be None or greater than 0"),
    ],
)
def test_bad_calls_raise_value_errors(call, message, torch):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_bad_out_dim_is_an_index_error():
    with pytest.raises(IndexError, match="Dimension out of range"):
        vmap(lambda x: x, out_dims=3)(ROWS)


def test_a_bad_randomness():
    with pytest.raises(RuntimeError, match="Only allowed values for randomness"):
        vmap(autograd.sin, randomness="perhaps")(ROWS)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x.sum().item(), r"calling .item\(\) on a Tensor"),
        (lambda x: float(x.sum()), r"calling .item\(\) on a Tensor"),
        (lambda x: x if x.sum() > 0 else -x, "data-dependent control flow.*where"),
        (lambda x: x.numpy(), "Cannot access data pointer"),
        (lambda x: np.asarray(x), "Cannot access data pointer"),
        (lambda x: x.tolist(), "Cannot access data pointer"),
        (lambda x: x[x > 1], "dynamic shape"),
        (lambda x: x.nonzero(), "dynamic shape"),
        (lambda x: autograd.masked_select(x, x > 1), "dynamic shape"),
        (lambda x: x.requires_grad_(), r"requires_grad_\(\) inside"),
        (lambda x: x.sum().backward(), r"backward\(\) called inside"),
        (lambda x: autograd.add(x, x, out=autograd.zeros(3)), "out=... arguments don't support vmap"),
        (lambda x: autograd.tensor(1) if autograd.equal(x, ROWS[0]) else x, "only tensors can"),
    ],
)
def test_what_differs_over_the_batch_can_not_be_asked_for(function, message):
    with pytest.raises(RuntimeError, match=message):
        vmap(function)(ROWS)


def test_errors_speak_of_one_tensor():
    with pytest.raises(RuntimeError, match=r"3x4 and 3x4"):
        vmap(lambda x: x @ x)(autograd.ones(2, 3, 4))
    with pytest.raises(IndexError, match=r"range of \[-1, 0\], but got 1"):
        vmap(lambda x: x.sum(1))(ROWS)


def test_a_tensor_that_escapes_is_found():
    kept = []
    vmap(lambda x: kept.append(x) or x)(ROWS)
    with pytest.raises(RuntimeError, match="left the function that was mapped"):
        kept[0] * 2


def test_an_error_leaves_no_level_behind():
    with pytest.raises(ZeroDivisionError):
        vmap(lambda x: 1 // 0)(ROWS)
    assert autograd.modes.state.vmaps == ()


# -- models -------------------------------------------------------------------------------------------------


def small_model():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))


def test_an_ensemble(rng):
    models = [small_model() for _ in range(5)]
    params, buffers = stack_module_state(models)
    x = autograd.tensor(rng.standard_normal((7, 4)).astype("float32"))
    found = vmap(lambda p, b: functional_call(models[0], (p, b), (x,)))(params, buffers)
    np.testing.assert_allclose(found.detach().numpy(), np.stack([m(x).detach().numpy() for m in models]), rtol=1e-5)


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_gradients_of_each_sample(rng, loss):
    model = small_model()
    params = dict(model.named_parameters())
    x = autograd.tensor(rng.standard_normal((6, 4)).astype("float32"))
    y = autograd.tensor(rng.integers(0, 3, 6))

    def loss_of(params, x, y):
        return loss(functional_call(model, params, (x.unsqueeze(0),)), y.unsqueeze(0))

    each = vmap(grad(loss_of), in_dims=(None, 0, 0))({k: v.detach() for k, v in params.items()}, x, y)
    for i in range(6):
        model.zero_grad()
        loss(model(x[i : i + 1]), y[i : i + 1]).backward()
        for name, param in model.named_parameters():
            np.testing.assert_allclose(each[name][i].numpy(), param.grad.numpy(), rtol=1e-4, atol=1e-6)


def test_a_convolutional_model(rng):
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2))
    x = autograd.tensor(rng.standard_normal((5, 1, 8, 8)).astype("float32"))
    params = {k: v.detach() for k, v in model.named_parameters()}
    each = vmap(grad(lambda p, x: functional_call(model, p, (x.unsqueeze(0),)).square().sum()), in_dims=(None, 0))(
        params, x
    )
    model(x).square().sum().backward()
    for name, param in model.named_parameters():
        np.testing.assert_allclose(each[name].numpy().sum(0), param.grad.numpy(), rtol=1e-4, atol=1e-5)
