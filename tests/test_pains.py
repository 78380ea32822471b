"""What users of autograd engines suffer from, and what is said about it here: one test per pain, on the text.

The numbers are those of the list of pains that the library was built against; each message says
what happened, why, and what to do, and names the op, the shapes, the variable or the module, and
the line.
"""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
import optim
from autograd.autograd import Function, detect_anomaly, gradcheck

ROOT = Path(__file__).parent.parent


def leaf(*values):
    return autograd.tensor(values or (1.0, 2.0), requires_grad=True)


def line(offset=0):
    """This file and the line that this is called on, or one before it."""
    return f"test_pains.py:{inspect.currentframe().f_back.f_lineno + offset}"


def has(error, *phrases):
    """Whether a message has all these phrases; the one that lacks is shown."""
    text = str(getattr(error, "value", error))
    for phrase in phrases:
        assert phrase in text, f"{phrase!r} is not in: {text}"


def test_01_reading_grad_of_a_result_warns_once_with_its_name():
    w = leaf()
    hidden = w * 2
    where = line(-1)
    hidden.sum().backward()
    with pytest.warns(UserWarning, match="not a leaf Tensor") as caught:
        assert (hidden.grad, hidden.grad) == (None, None)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    has(caught[0].message, "hidden is the result of 'mul' with shape (2,)", "Call hidden.retain_grad() before backward()",
        "autograd.why_no_grad(hidden)")  # fmt: skip
    has(autograd.why_no_grad(hidden), "not a leaf but the result of 'mul'", where, "hidden.retain_grad()")
    w = w - 0.1 * w.grad
    has(autograd.why_no_grad(w), "w is no leaf any more", "w = w - 0.1 * w.grad", line(-1), "w -= ...")
    for cut, phrase in ((leaf().detach(), ".detach()"), (leaf() > 1, "a comparison"), (leaf().argmax(), "argmax")):
        assert phrase.strip(".()") in str(autograd.why_no_grad(cut)) or "cut off" in str(autograd.why_no_grad(cut))


def test_02_a_second_backward_names_the_shared_part_and_both_lines():
    w = leaf()
    shared = w * w
    built = line(-1)
    shared.sum().backward()
    first = line(-1)
    with pytest.raises(RuntimeError) as raised:
        (shared * 2).sum().backward()
    has(raised, "backward through the graph a second time", "'mul' with shape (2,)", built, "`shared = w * w`",
        f"{first} has freed", "add them and call backward() once", f"retain_graph=True at {ROOT}/tests/{first}")  # fmt: skip

    saved_nothing = w + 1
    saved_nothing.sum().backward()
    with pytest.raises(RuntimeError, match="'add' with shape"):
        saved_nothing.sum().backward()

    state = autograd.zeros(2)
    with pytest.raises(RuntimeError) as raised:
        for _ in range(2):
            state = (state * w).tanh()
            state.sum().backward()
    has(raised, "the same line, so one step of a loop uses what an earlier one has computed", "detach()")
    assert "retain_graph" not in str(raised.value)


def test_03_an_overwritten_value_names_both_operations_and_both_lines():
    w = leaf()
    y = w.exp()
    saved = line(-1)
    y += 1
    wrote = line(-1)
    with pytest.raises(RuntimeError) as raised:
        y.sum().backward()
    has(raised, "modified by an inplace operation", "'exp' saved its result (float32, shape (2,))", saved, "y = w.exp()",
        "'add_' at", wrote, "Write it out of place (x = x + 1 instead of x += 1), or change a clone()")  # fmt: skip

    y = w.exp()
    y.data.mul_(2)  # writes through .data count
    with pytest.raises(RuntimeError, match=f"'mul_' at .*{line(-1)}"):
        y.sum().backward()

    with detect_anomaly():
        y = w.exp()
        saved = line(-1)
        y.detach().numpy()[0] = 7  # behind the engine's back
        with pytest.raises(RuntimeError) as raised:
            y.sum().backward()
    has(raised, "modified behind the engine's back", "'exp'", saved, "shape (2,)", ".numpy().copy()")
    assert w.grad is None


def test_04_the_linter_says_that_zero_grad_is_forgotten():
    w = nn.Linear(2, 1)
    with pytest.warns(nn.linter.TrainingWarning) as caught:
        train(w, optim.SGD(w.parameters(), 0.01), lambda: w(autograd.ones(3, 2)).sum(), clear=False)
    has(caught[0].message, "zero_grad() is forgotten", "backward() adds to .grad", "optimizer.zero_grad()", __file__)


def train(model, optimizer, loss, *, steps=12, clear=True):
    """A training loop under the linter."""
    with nn.TrainingLinter(model, optimizer) as linter:
        for _ in range(steps):
            if clear:
                optimizer.zero_grad()
            loss().backward()
            optimizer.step()
    return linter


ELEMENTWISE = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "soft_margin_loss",
               "hinge_embedding_loss", "gaussian_nll_loss", "kl_div", "multilabel_soft_margin_loss")  # fmt: skip


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_05_elementwise_losses_warn_of_broadcasting(name):
    x, y = autograd.rand(4, 1), autograd.rand(4)
    more = (autograd.ones(4, 4),) if name == "gaussian_nll_loss" else ()
    options = {"reduction": "sum"} if name == "kl_div" else {}
    with pytest.warns(UserWarning, match="target size") as caught, warnings.catch_warnings():
        getattr(F, name)(x.expand(4, 4) if more else x, y, *more, **options)
    sizes = ("[4, 4]", "[4]") if more else ("[4, 1]", "[4]", "target.reshape((4, 1))")
    has(caught[0].message, name, *sizes, "broadcasting")
    assert caught[0].filename == __file__


def test_05_strict_broadcasting_forbids_it_everywhere():
    x, y = autograd.zeros(4, 1), autograd.ones(4)
    with autograd.strict_broadcasting() as watch:
        assert (2 * x + autograd.tensor(1.0)).shape == (4, 1)
        nn.Sequential(nn.Linear(1, 3), nn.LayerNorm(3), nn.BatchNorm1d(3), nn.Linear(3, 1))(x)
        for number, broadcasts in enumerate((
            lambda: x - y, lambda: x == y, lambda: np.add(x, y), lambda: y.mul_(autograd.ones(1)), lambda: F.mse_loss(x, y),
            lambda: autograd.where(x > 0, y, y), lambda: np.ones(4) * x,
        )):  # fmt: skip
            with pytest.raises(RuntimeError, match=r"implicit broadcasting of the shapes \(4,") as raised:
                broadcasts()
            assert len(watch.log) == number + 1
    has(
        raised,
        "mul",
        "(4,) and (4, 1) to (4, 4)",
        ".reshape((4, 1))",
        "Broadcasts before: ",
        "mse_loss of (4, 1) and (4,) at",
    )
    assert line(-12).split(":")[0] in watch.log[0].where
    with autograd.strict_broadcasting(error=False) as watch:
        x - y
    assert [(entry.name, entry.shapes) for entry in watch.log] == [("sub", ((4, 1), (4,)))]
    assert (x - y).shape == (4, 4)
    assert y.tolist() == [1.0] * 4  # nothing was changed by the calls that raised


def test_06_a_loss_that_needs_no_gradient_says_why():
    w = leaf()
    loss = (w.detach() * 2).sum()
    where = line(-1)
    with pytest.raises(RuntimeError) as raised:
        loss.backward()
    has(raised, "element 0 of tensors does not require grad", ".detach() cut it off", where, "leave out detach()")
    data = autograd.ones(3)
    loss = data.mean()
    where = line(-1)
    with pytest.warns(UserWarning, match="requires_grad is set on loss") as caught:
        loss.requires_grad_()
    has(
        caught[0].message,
        "`loss = data.mean()`",
        where,
        "from data",
        "nothing is trained",
        "autograd.why_no_grad(loss)",
    )
    fresh = data.sum().detach()
    fresh.requires_grad_()  # a leaf that is meant: no warning
    (autograd.rand(3) * 0.1).requires_grad_()
    autograd.tensor(0.5).requires_grad_()


def test_07_nan_through_the_branch_that_was_not_taken():
    x = leaf(0.0, 4.0)
    with detect_anomaly(), pytest.raises(RuntimeError) as raised:
        autograd.where(x > 0, x.sqrt(), x).sum().backward()
    has(raised, "'SqrtBackward0' returned nan", "0 · inf from the unused branch of where", line(-1), "where(ok, x, 1)",
        "autograd.safe_where()")  # fmt: skip
    with autograd.safe_where():
        y = autograd.where(x > 0, x.sqrt(), 3 * x)
        norm = (x * x).sum().sqrt() * 0
        scaled = autograd.where(norm > 0, x / norm, 0.0)  # here the divisor is broadcast
    assert autograd.grad(y.sum(), x, retain_graph=True)[0].tolist() == [3.0, 0.25]
    assert autograd.grad(scaled.sum(), x, retain_graph=True)[0].tolist() == [0.0, 0.0]
    with autograd.safe_where():
        (g,) = autograd.grad(y.sum(), x, create_graph=True)
        assert autograd.grad(g.sum(), x)[0].tolist() == [0.0, pytest.approx(-0.25 * 4**-1.5)]


def test_08_the_first_nan_is_found_forward_and_back():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return (self.fc(x) - 9).log()  # the line

    with detect_anomaly(), pytest.raises(RuntimeError) as raised:
        nn.Sequential(nn.Linear(2, 2), Net())(autograd.ones(3, 2))
    has(raised, "'log' made nan in the forward pass", line(-4), "in Sequential.1 (Net)",
        "the logarithm of a negative number", "x: float32 (3, 2), from -")  # fmt: skip
    x = leaf(0.0, 1.0)
    with detect_anomaly(), np.errstate(all="ignore"), pytest.warns(UserWarning, match="inf") as caught:
        x.log().sum().backward()
    where = line(-1)
    has(caught[0].message, "'log' made inf in the forward pass", where, "log(0) is -inf", "from 0 to 1, with 1 zeros")
    has(caught[1].message, "Function 'LogBackward0' returned inf", "the derivative of log at 0 is infinite")
    with detect_anomaly():
        scores = leaf().masked_fill(autograd.tensor([True, True]), -float("inf"))  # an infinity that is meant
        with pytest.raises(RuntimeError) as raised:
            F.softmax(scores, 0).sum()
    has(raised, "'softmax' made nan", "a row is -inf throughout")


def test_09_norm_and_sqrt_at_zero():
    x = autograd.zeros(3, requires_grad=True)
    for norm in (
        x.norm(),
        autograd.linalg.vector_norm(x),
        (x * x).sum().add(0).abs(),
        F.pairwise_distance(x, x, eps=0.0),
    ):
        assert autograd.grad(norm, x)[0].tolist() == [0.0, 0.0, 0.0]
    assert autograd.grad(x.sqrt().sum(), x)[0].tolist() == [float("inf")] * 3
    has(autograd.sqrt.__doc__, "derivative at 0 is inf")
    for function in (autograd.norm, autograd.linalg.vector_norm):
        has(function.__doc__, "derivative at 0")


def test_10_assignment_is_differentiable():
    x, v = leaf(1.0, 2.0, 3.0), leaf(5.0)
    y = x * 2
    y[1:2] = v * 3
    y[0] += 1
    (y * y).sum().backward()
    assert x.grad.tolist() == [12.0, 0.0, 24.0]
    assert v.grad.tolist() == [90.0]
    with pytest.raises(RuntimeError) as raised:
        x[0] = 1.0
    has(raised, "a leaf Variable that requires grad", "no_grad()", "x.clone()")


def test_11_numpy_functions_keep_the_graph_or_refuse():
    x = leaf()
    for result in (np.exp(x), np.ones(2, np.float32) * x, x * np.ones(2, np.float32), np.sum(x)):
        assert isinstance(result, autograd.Tensor)
        assert result.requires_grad
    assert np.asarray(x.detach()).tolist() == [1.0, 2.0]
    with pytest.raises(TypeError) as raised:
        np.cbrt(x)
    has(raised, "np.cbrt", "silently lose the gradient", "tensor.detach().numpy()")


def test_12_shape_errors_name_shapes_dimension_module_and_cure():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(8, 16), nn.Linear(128, 10)

        def forward(self, x):
            return self.fc2(self.fc1(x))

    with pytest.raises(RuntimeError) as raised:
        Net()(autograd.ones(4, 8))
    has(raised, "(4x16 and 128x10)", "input of shape (4, 16)", "takes 128", "Linear(16, 10) would fit")
    assert raised.value.__notes__ == ["in Net.fc2 (Linear(in_features=128, out_features=10, bias=True))"]
    with pytest.raises(RuntimeError) as raised:
        autograd.ones(3, 4) + autograd.ones(3, 5)
    has(raised, "add", "(3, 4) and (3, 5)", "tensor a (4) must match the size of tensor b (5)", "dimension 1")


def test_13_integers_can_not_be_leaves():
    with pytest.raises(RuntimeError) as raised:
        autograd.tensor([1, 2], requires_grad=True)
    has(raised, "floating point", "int64", ".float()", "dtype=autograd.float32")


def test_14_numpy_says_detach_and_why():
    with pytest.raises(RuntimeError) as raised:
        leaf().numpy()
    has(raised, "Can't call numpy()", "would not be recorded", "tensor.detach().numpy()")


def test_15_layers_in_plain_containers_are_warned_of():
    class Net(nn.Module):
        def __init__(self, hidden):
            super().__init__()
            self.hidden = hidden

    for hidden, kind, cure in (
        ([nn.Linear(2, 2)], "plain list", "nn.ModuleList"), ({"a": nn.Linear(2, 2)}, "plain dict", "nn.ModuleDict"),
        ((nn.Parameter(leaf().detach()),), "plain tuple", "nn.ParameterList"),
    ):  # fmt: skip
        with pytest.warns(UserWarning, match="not trained, saved or moved") as caught:
            Net(hidden).parameters()
        has(caught[0].message, f"Net.hidden is a {kind}", f"self.hidden = {cure}(...)")


def test_16_softmax_twice_is_found_by_the_linter():
    model, target = nn.Sequential(nn.Linear(2, 3), nn.Softmax(1)), autograd.tensor([0, 1])
    with pytest.warns(nn.linter.TrainingWarning) as caught:
        train(model, optim.SGD(model.parameters(), 0.1), lambda: F.cross_entropy(model(autograd.rand(2, 2)), target))
    has(caught[0].message, "softmax comes before cross_entropy", "Give it the scores", "test_pains.py:")


def test_17_graphs_that_are_kept_are_found():
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), 0.01)
    total = 0.0
    with nn.TrainingLinter(model, optimizer, warn=False) as linter:
        for _ in range(10):
            optimizer.zero_grad()
            loss = model(autograd.ones(3, 2)).square().mean()
            loss.backward()
            optimizer.step()
            total += loss
            where = line(-1)
    has(linter, "total keeps the graphs of earlier steps alive", "total += loss.item()", where)
    held = autograd.memory(model(autograd.ones(50, 2)).exp().sum())
    assert held.total == 50 * 4
    has(held, "keeps 200", "exp")


def test_18_drawings_have_names_modules_and_both_directions():
    model, x = nn.Sequential(nn.Linear(2, 2), nn.Tanh()), autograd.ones(1, 2)
    loss = model(x).sum()
    loss.backward()
    has(autograd.draw(loss).source, "model", "model.0.weight", "linear", "grad", "loss")
    assert "<svg" in autograd.draw(loss).svg


def test_19_the_backward_steps_can_be_seen():
    w = leaf()
    loss = (w * w).sum()
    has(autograd.explain(loss), "mul", "w")
    has(autograd.to_numpy_code(loss), "import numpy as np", "w")
    has(autograd.player(loss).html, "<html", "backward")


def test_20_no_recursion_limit():
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y + 0
    y.sum().backward()
    assert x.grad.tolist() == [1.0]
    del y


def test_21_contributions_add_up_to_the_gradient():
    w = leaf(3.0)
    loss = (w * w + 2 * w).sum()
    shares = autograd.contributions(w, loss)
    assert sorted(float(share.amount.sum()) for share in shares) == [2.0, 3.0, 3.0]
    loss.backward()
    assert w.grad.tolist() == [8.0]


def test_22_the_second_derivative_of_a_linear_function_is_zero():
    x = leaf(2.0, 5.0)
    (first,) = autograd.grad((3 * x).sum(), x, create_graph=True)
    assert first.tolist() == [3.0, 3.0]
    assert first.requires_grad
    assert autograd.grad(first.sum(), x)[0].tolist() == [0.0, 0.0]
    (second,) = autograd.grad(autograd.grad((x * x).sum(), x, create_graph=True)[0].sum(), x, create_graph=True)
    assert second.tolist() == [2.0, 2.0]
    assert autograd.grad(second.sum(), x)[0].tolist() == [0.0, 0.0]


def test_23_create_graph_leaves_no_cycles():
    gc.collect()
    gc.disable()
    try:
        w = leaf()
        (g,) = autograd.grad((w**3).sum(), w, create_graph=True)
        (g * g).sum().backward()
        w.grad = None
        del g
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_24_gradcheck_names_element_values_and_op():
    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0] ** 2

    x = autograd.tensor([[1.0, 2.0]], dtype=autograd.float64, requires_grad=True)
    with pytest.raises(RuntimeError) as raised:
        gradcheck(lambda x: Cube.apply(x).sum(), x)
    has(raised, "2 of 2 derivatives are wrong", "input 0[0, 1]", "analytic   8", "numeric    12", "CubeBackward")
    with pytest.raises(ValueError, match="float32, not a double precision"):
        gradcheck(lambda x: x.sum(), leaf())


def test_25_eval_and_train_forgotten_are_found():
    model = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.Linear(4, 1))
    optimizer = optim.SGD(model.parameters(), 0.01)
    model.eval()
    with pytest.warns(nn.linter.TrainingWarning) as caught:
        train(model, optimizer, lambda: model(autograd.rand(3, 2)).mean())
    has(caught[0].message, "steps while the model is in evaluation mode", "1 (Dropout)", "Call model.train()")
    model.train()

    def evaluated():
        with autograd.no_grad():
            model(autograd.rand(3, 2))
        return model(autograd.rand(3, 2)).mean()

    with pytest.warns(nn.linter.TrainingWarning) as caught:
        train(model, optimizer, evaluated)
    has(caught[0].message, "called under no_grad() while it is in training mode", "1 (Dropout)", "Call model.eval()")


def test_26_backward_of_no_scalar_says_its_shape_and_two_cures():
    with pytest.raises(RuntimeError) as raised:
        (leaf() * 2).backward()
    has(raised, "only for scalar outputs", "shape (2,)", ".sum() or .mean()", "gradient=")


def test_27_a_gradient_of_wrong_shape_names_function_and_shapes():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g[:, :2]

    with pytest.raises(RuntimeError) as raised:
        Square.apply(autograd.ones(2, 3, requires_grad=True)).sum().backward()
    has(raised, "SquareBackward", "index 0", "[2, 2]", "[2, 3]", "the shape of its input")


def test_28_unreached_left_out_dead_and_vanishing_are_found():
    model = nn.Sequential(*(layer for _ in range(12) for layer in (nn.Linear(4, 4), nn.Sigmoid())), nn.Linear(4, 1))
    model.extra = nn.Linear(4, 4)
    del model._modules["extra"]
    x = autograd.randn(6, 4)
    optimizer = optim.SGD(model[:-1].parameters(), 0.01)
    with pytest.warns(nn.linter.TrainingWarning) as caught:
        linter = train(model, optimizer, lambda: model(x).square().mean(), steps=40)
    texts = [str(warning.message) for warning in caught]
    has(texts[0], "not in the optimizer: 24.weight, 24.bias")
    has(texts[1], "vanishing gradients: that of 0.weight is", "that of 22.weight is", "ReLU")
    has(linter, "parameter", "gradient", "0.weight", "22.weight")


def test_29_the_size_after_flatten_is_told_or_found():
    net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(100, 10))
    with pytest.raises(RuntimeError, match=r"Linear\(3456, 10\) would fit this input"):
        net(autograd.ones(2, 1, 28, 28))
    assert nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.LazyLinear(10))(autograd.ones(2, 1, 28, 28)).shape == (
        2,
        10,
    )


def test_30_detach_no_grad_and_inference_mode_are_told_apart():
    page = (ROOT / "docs" / "concepts" / "no-grad.md").read_text()
    has(page, "detach()", "no_grad()", "inference_mode()")
    x = leaf()
    with autograd.inference_mode():
        made = x * 2
    with pytest.raises(RuntimeError) as raised:
        (made * x).sum().backward()
    has(raised, "Inference tensors cannot be saved for backward", "clone()", "no_grad()")


def test_tracebacks_end_in_the_users_line(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import torch\nx = torch.ones(3, 4)\ny = x + torch.ones(3, 5)  # here\n")
    done = subprocess.run(
        [sys.executable, "-m", "autograd", str(program)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    *_, shown, _, message = done.stderr.strip().splitlines()
    assert "# here" in shown
    assert message.startswith("RuntimeError: add:")
