"""The generated scripts: run by themselves, they find the gradients that `backward` finds."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.view.code_phrases import PHRASES, phrase_for
from tests.sampling import arrays, call, cotangents, differentiable, each_case, leaves, subjects, tensors

pytestmark = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning:script"
)  # log(0) and the like, which ops do not warn of


def run(code):
    """What a script leaves behind."""
    scope = {"__name__": "script"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "<script>", "exec"), scope)
    return scope


def named_gradients(loss, **inputs):
    """The gradients of a script, with `inputs` as the names; and those of `backward`."""
    found = run(autograd.to_numpy_code(loss, names=inputs))["gradients"]
    loss.backward()
    return found, {name: tensor.grad for name, tensor in inputs.items() if tensor.grad is not None}


def assert_alike(found, expected, rtol=1e-6):
    assert found.keys() == expected.keys()
    for name, grad in expected.items():
        wanted = np.asarray(grad.array)
        assert found[name].shape == wanted.shape, name
        assert found[name].dtype == wanted.dtype, name
        scale = max(np.abs(wanted).max(initial=0), 1e-30)
        np.testing.assert_allclose(found[name], wanted, rtol=rtol, atol=rtol * scale, err_msg=name)


def scalar_of(returned):
    """A scalar that depends on all that has a gradient, in another way on each element."""
    outputs = differentiable(returned)
    if not outputs:
        pytest.skip("no result has a gradient")
    total = 0
    for output, along in zip(outputs, cotangents(outputs), strict=True):
        product = output * autograd.tensor(along)
        total = total + (product.real + product.imag if product.is_complex() else product).sum()
    return total


def check_case(subject, dtype, rtol):
    inputs = tensors(subject, dtype, grad=True)
    wanted = leaves(inputs)
    if not wanted:
        pytest.skip("no input has a gradient")
    loss = scalar_of(call(subject, inputs))
    names = {f"t{i}": t for i, t in enumerate(wanted)}
    assert_alike(*named_gradients(loss, **names), rtol=rtol)


@pytest.mark.slow
@each_case(where=lambda op: op.differentiable, derived=False)
def test_every_op(subject):
    check_case(subject, "float64", 1e-9)


@pytest.mark.slow
@each_case(where=lambda op: op.differentiable, derived=False)
def test_every_op_on_complex_numbers(subject):
    try:
        call(subject, tensors(subject, "complex128", grad=True))
    except (RuntimeError, TypeError, ValueError, IndexError):
        pytest.skip("not for complex numbers")
    check_case(subject, "complex128", 1e-9)


@pytest.mark.slow
@each_case(where=lambda op: op.differentiable, derived=False)
def test_every_op_in_single_precision(subject):
    try:
        call(subject, tensors(subject, "float32", grad=True))
    except RuntimeError:
        pytest.skip("not for float32")
    check_case(subject, "float32", 2e-5)


def test_every_phrase_is_tried():
    """The cases above reach each way of writing an op by hand: a phrase that holds for none would be untested."""
    tried = set()
    for parameter in subjects(derived=False, where=lambda op: op.name in PHRASES):
        subject = parameter.values[0]
        op = subject.info
        inputs = [None if a is None else np.asarray(a) for a in arrays(subject)]
        params = {p.name: p.default for p in op.meta} | subject.case.params
        tried.add(id(phrase_for(op.name, dict(zip((p.name for p in op.tensors), inputs, strict=True)) | params)))
    missing = [name for name, phrases in PHRASES.items() if not any(id(p) in tried for p in phrases)]
    assert not missing


# -- whole programs -----------------------------------------------------------------------------------------


def assert_program(loss, module=None, rtol=2e-5, **inputs):
    """The script finds what backward finds, for each parameter of a module or each named tensor."""
    names = {f"model.{n}": p for n, p in module.named_parameters()} if module is not None else {}
    assert_alike(*named_gradients(loss, **names, **inputs), rtol=rtol)


def leaf(*shape):
    return autograd.randn(*shape, requires_grad=True)


@pytest.fixture(autouse=True)
def seeded():
    autograd.manual_seed(0)


def test_multilayer_perceptron():
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))
    assert_program(F.cross_entropy(model(autograd.randn(4, 5)), autograd.tensor([0, 2, 1, 1])), model)


@pytest.mark.slow
def test_convolutional_network():
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(48, 4),
    )  # fmt: skip
    assert_program(F.cross_entropy(model(autograd.randn(2, 1, 8, 8)), autograd.tensor([1, 2])), model)


def test_attention():
    q, k, v = leaf(2, 5, 4), leaf(2, 5, 4), leaf(2, 5, 4)
    attended = F.softmax(q @ k.transpose(-2, -1) / 2, dim=-1) @ v
    assert_program((attended**2).mean(), q=q, k=k, v=v)


def test_recurrent_loop():
    wx, wh, b = leaf(3, 16), leaf(4, 16), leaf(16)
    h = c = autograd.zeros(2, 4)
    for x in autograd.randn(5, 2, 3):
        i, f, g, o = (x @ wx + h @ wh + b).chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    assert_program((h * h).sum(), wx=wx, wh=wh, b=b)


def test_writes_in_place_and_reuse():
    w = autograd.tensor(2.0, requires_grad=True)
    buffer = autograd.zeros(3)
    buffer[0] = w
    buffer[1] = w * 3
    assert_program((buffer**2).sum() + w, w=w)


# -- how it reads -------------------------------------------------------------------------------------------


def textbook_network():
    """Two layers by hand, with the names of textbooks."""
    x, y = autograd.randn(4, 2), autograd.tensor([[0.0], [1.0], [1.0], [0.0]])
    w1, b1, w2, b2 = leaf(2, 3), leaf(3), leaf(3, 1), leaf(1)
    z1 = x @ w1 + b1
    a1 = z1.relu()
    z2 = a1 @ w2 + b2
    y_hat = z2.sigmoid()
    names = {"x": x, "y": y, "W1": w1, "b1": b1, "W2": w2, "b2": b2, "z1": z1, "a1": a1, "z2": z2, "y_hat": y_hat}
    return F.binary_cross_entropy(y_hat, y), names


def test_reads_like_the_textbook():
    loss, names = textbook_network()
    lines = [line.partition("#")[0].strip() for line in autograd.to_numpy_code(loss, names=names).splitlines()]
    for wanted in ("z1 = x @ W1 + b1", "a1 = np.maximum(z1, 0)", "y_hat = 1 / (1 + np.exp(-z2))",
                   "dz2 = dy_hat * y_hat * (1 - y_hat)", "dW2 = a1.T @ dz2", "db2 = dz2.sum(axis=0)", "da1 = dz2 @ W2.T",
                   "dz1 = da1 * (a1 > 0)", "dW1 = x.T @ dz1", "db1 = dz1.sum(axis=0)"):  # fmt: skip
        assert wanted in lines


def test_names_come_from_the_caller():
    speed = autograd.tensor([1.0, 2.0], requires_grad=True)
    energy = (speed**2).sum()
    assert list(run(autograd.to_numpy_code(energy))["gradients"]) == ["speed"]


def test_names_that_are_no_identifiers():
    odd = {"a\"b'<c>\n": leaf(2), "ŷ": leaf(2), "class": leaf(2), "np": leaf(2), "1": leaf(2), "model['x'].w": leaf(2)}
    loss = sum((t * t).sum() for t in odd.values())
    found = run(autograd.to_numpy_code(loss, names=odd))["gradients"]
    assert len(found) == len(odd)
    loss.backward()
    for name, tensor in odd.items():
        np.testing.assert_array_equal(found[name], tensor.grad.array)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_numbers_come_back_bit_for_bit(dtype):
    values = np.array([0.1, 1 / 3, np.nan, np.inf, -np.inf, -0.0, 1e-7, 65504.0]).astype(dtype)
    w = autograd.tensor(values, requires_grad=True)
    stored = run(autograd.to_numpy_code(w.sum()))["w"]
    assert stored.dtype == values.dtype
    assert stored.tobytes() == values.tobytes()


def test_large_arrays_are_packed_or_stored(tmp_path):
    w, x = leaf(50, 60), autograd.randn(60, 50)
    loss = (w @ x).tanh().sum()
    alone = run(autograd.to_numpy_code(loss))["gradients"]["w"]
    path = tmp_path / "backprop.py"
    assert autograd.to_numpy_code(loss, path) == path.read_text(encoding="utf-8")
    assert path.stat().st_size < 4_000
    check = "import runpy, numpy as np; np.save('found.npy', runpy.run_path('backprop.py')['gradients']['w'])"
    subprocess.run([sys.executable, "-I", "-c", check], cwd=tmp_path, check=True, capture_output=True)
    loss.backward()
    np.testing.assert_allclose(alone, w.grad.array, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy"), alone)


# -- what can't be written ------------------------------------------------------------------------------------


class Doubled(autograd.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2


def test_refusals_say_why():
    w = leaf(3)
    with pytest.raises(TypeError, match="expected a Tensor but got int"):
        autograd.to_numpy_code(3)
    with pytest.raises(RuntimeError, match="no gradient to follow back"):
        autograd.to_numpy_code(autograd.ones(2).sum())
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        autograd.to_numpy_code(w * 2)
    with pytest.raises(RuntimeError, match="custom Function"):
        autograd.to_numpy_code(Doubled.apply(w).sum())
    loss = (w * w).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match=r"test_numpy_code.py:\d+ has freed"):
        autograd.to_numpy_code(loss)
    loss = (w + 1).sum()
    with autograd.no_grad():
        w -= 1
    with pytest.raises(RuntimeError, match="has been overwritten"):
        autograd.to_numpy_code(loss)
    lost = (w + autograd.randn(1_000, 3)).sum()
    with pytest.raises(RuntimeError, match="no longer in memory"):
        autograd.to_numpy_code(lost)


def test_leaves_everything_as_it_was():
    w = leaf(3)
    seen = []
    w.register_hook(lambda g: seen.append(g))
    hidden = w * w
    hidden.retain_grad()
    loss = hidden.sum()
    autograd.to_numpy_code(loss)
    assert w.grad is None
    assert hidden.grad is None
    assert not seen
    loss.backward()
    assert len(seen) == 1
    assert hidden.grad is not None
