"""The explanation and the tables: their numbers against `backward` and finite differences, their markup, bad input."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.registry import OPS
from autograd.view.document import Block, Formula, as_html
from autograd.view.formulas import exchanged, name_tex, plain, symbols_of, verbatim
from tests.sampling import call, differentiable, each_case, leaves, tensors


@pytest.fixture(autouse=True)
def seeded():
    autograd.manual_seed(0)


def leaf(*shape, **options):
    return autograd.randn(*shape, requires_grad=True, **options)


def network(activated=True):
    """The three-layer network of the textbooks: relu, relu, sigmoid, and the binary cross-entropy."""
    x, y = autograd.randn(4, 2), autograd.tensor([[0.0], [1.0], [1.0], [0.0]])
    w1, b1, w2, b2, w3, b3 = leaf(2, 3), leaf(3), leaf(3, 3), leaf(3), leaf(3, 1), leaf(1)
    z1 = x @ w1 + b1
    a1 = z1.relu()
    z2 = a1 @ w2 + b2
    a2 = z2.relu()
    z3 = a2 @ w3 + b3
    names = {"x": x, "y": y, "W1": w1, "b1": b1, "W2": w2, "b2": b2, "W3": w3, "b3": b3, "z1": z1, "a1": a1, "z2": z2,
             "a2": a2, "z3": z3}  # fmt: skip
    if not activated:
        loss = F.binary_cross_entropy_with_logits(z3, y)
    else:
        names["y_hat"] = z3.sigmoid()
        loss = F.binary_cross_entropy(names["y_hat"], y)
    return loss, names | {"loss": loss}


def random_graph(seed):
    """Scalars combined at random, many of them several times."""
    rng = np.random.default_rng(seed)
    pool = [autograd.tensor(v, requires_grad=True) for v in rng.standard_normal(4)]
    inputs = pool[:]
    for _ in range(30):
        i, j = rng.integers(0, len(pool), 2)
        pool.append([pool[i] + pool[j], pool[i] * pool[j], pool[i].tanh(), pool[j] - 2.0][rng.integers(0, 4)])
    return autograd.stack(pool[-3:] + inputs).sum(), inputs


# -- the numbers ------------------------------------------------------------------------------------------


def assert_tells_the_truth(loss, inputs):
    """Contributions add up to the gradients, and these are what backward finds."""
    explanation = autograd.explain(loss, names={f"t{i}": t for i, t in enumerate(inputs)})
    sums = {}
    for step in explanation.steps:
        for sent in step.sent:
            sums[sent.value.key] = sums.get(sent.value.key, 0) + sent.amount
            np.testing.assert_allclose(sent.total, sums[sent.value.key])
            if sent.local is not None:
                np.testing.assert_allclose(sent.amount, step.arrived * sent.local, rtol=1e-6, atol=1e-12)
    gradients = {v.key: g for v, g in zip(explanation.walk.leaves, explanation.gradients.values(), strict=True)}
    for key, gradient in gradients.items():
        np.testing.assert_allclose(sums[key], gradient, rtol=1e-6, atol=1e-12)
    loss.backward()
    for i, tensor in enumerate(inputs):
        np.testing.assert_array_equal(explanation.gradients[f"t{i}"], tensor.grad.array)


@pytest.mark.parametrize("seed", range(4))
def test_sums_are_the_gradients(seed):
    assert_tells_the_truth(*random_graph(seed))


def test_sums_where_tensors_are_shared_and_broadcast():
    w, b, s = leaf(3, 2), leaf(2), leaf(1)
    h = (autograd.randn(4, 3) @ w + b) * s
    assert_tells_the_truth((h * b + h / (s * s + 1)).mean(), [w, b, s])


def test_gradients_are_the_derivatives():
    """Against central differences of the loss, computed anew from the numbers alone."""
    values = np.random.default_rng(0).uniform(0.5, 1.5, (3, 2))

    def loss_of(array):
        w = autograd.tensor(array, requires_grad=True)
        return ((w.exp() * w).sum(1) / w[:, 0]).log().sum(), w

    loss, w = loss_of(values)
    found = autograd.explain(loss, w).gradients["w"]
    for index in np.ndindex(values.shape):
        step = np.zeros_like(values)
        step[index] = 1e-6
        slope = (loss_of(values + step)[0].item() - loss_of(values - step)[0].item()) / 2e-6
        assert found[index] == pytest.approx(slope, rel=1e-6)


@pytest.mark.slow
@each_case(where=lambda op: op.differentiable, derived=False)
def test_every_op_is_explained(subject):
    inputs = tensors(subject, grad=True)
    outputs = differentiable(call(subject, inputs)) if leaves(inputs) else []
    if not outputs:
        pytest.skip("nothing has a gradient")
    loss = sum((o.real if o.is_complex() else o).sum() for o in outputs)
    explanation = autograd.explain(loss)
    if subject.place == 0:
        assert str(explanation).strip()
        assert_well_formed(explanation.html())
    for tensor, gradient in zip(leaves(inputs), autograd.grad(loss, leaves(inputs), allow_unused=True), strict=True):
        if gradient is not None:
            found = next(explanation.walk.gradients[v.key] for v in explanation.walk.leaves if v.tensor is tensor)
            np.testing.assert_array_equal(found, gradient.array)


# -- what it says -----------------------------------------------------------------------------------------


def squeezed(text):
    return " ".join(text.split())


def test_the_textbook_network():
    loss, names = network()
    text = squeezed(str(autograd.explain(loss, names=names)))
    for line in (
        "∂loss/∂y_hat = 1/4 (y_hat - y)/(y_hat (1 - y_hat))",
        "∂loss/∂z3 = ∂loss/∂y_hat ⊙ y_hat (1 - y_hat)",
        "which is, in short, ∂loss/∂z3 = (y_hat - y)/4",
        "∂loss/∂W3 = a2ᵀ ((y_hat - y)/4)",
        "∂loss/∂b3 = Σ_(axis 0) ((y_hat - y)/4)",
        "∂loss/∂W2 = a1ᵀ ((((y_hat - y)/4) W3ᵀ) ⊙ [a2 > 0])",
        "∂loss/∂b2 = Σ_(axis 0) ((((y_hat - y)/4) W3ᵀ) ⊙ [a2 > 0])",
        "∂loss/∂W1 = xᵀ ((((((y_hat - y)/4) W3ᵀ) ⊙ [a2 > 0]) W2ᵀ) ⊙ [a1 > 0])",
        "∂loss/∂z2 = ∂loss/∂a2 ⊙ [a2 > 0]",
    ):
        assert line in text


def test_its_products_are_true():
    """The products that are printed, computed by hand in NumPy."""
    loss, names = network()
    found = autograd.explain(loss, names=names).gradients
    x, y, a1, a2, p, w2, w3 = (names[n].detach().numpy() for n in ("x", "y", "a1", "a2", "y_hat", "W2", "W3"))
    at_output = (p - y) / 4
    at_2 = at_output @ w3.T * (a2 > 0)
    at_1 = at_2 @ w2.T * (a1 > 0)
    expected = {"W3": a2.T @ at_output, "b3": at_output.sum(0), "W2": a1.T @ at_2, "b2": at_2.sum(0),
                "W1": x.T @ at_1, "b1": at_1.sum(0)}  # fmt: skip
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-7)


def test_with_logits():
    loss, names = network(activated=False)
    text = squeezed(str(autograd.explain(loss, names=names)))
    assert "∂loss/∂z3 = 1/4 (σ(z3) - y)" in text
    assert "which is, in short, (ŷ - y)/4 with ŷ = σ(z3)" in text


def test_the_short_form_is_not_claimed_where_it_is_wrong():
    """Where a probability is so close to 0 that its logarithm is bounded, (ŷ − y)/m is not the gradient."""
    z = autograd.tensor([-60.0, 1.0], dtype=autograd.float64, requires_grad=True)
    loss = F.binary_cross_entropy(z.sigmoid(), autograd.tensor([1.0, 0.0], dtype=autograd.float64))
    assert "in short" not in str(autograd.explain(loss))


def test_only_what_is_asked_for():
    loss, names = network()
    explanation = autograd.explain(loss, names["W3"], names=names)
    assert list(explanation.gradients) == ["W3"]
    assert len(explanation.steps) == 4
    middle = autograd.explain(loss, [names["a1"], names["b3"]], names=names)
    assert set(middle.gradients) == {"a1", "b3"}
    np.testing.assert_array_equal(middle.gradients["a1"], autograd.grad(loss, names["a1"])[0].array)


def test_nothing_is_changed():
    seen = []
    w = leaf(3)
    hidden = w * w
    hidden.retain_grad()
    handle = w.register_hook(seen.append)
    loss = hidden.sum()
    text = str(autograd.explain(loss))
    assert "have hooks" in text
    assert w.grad is None
    assert hidden.grad is None
    assert not seen
    handle.remove()
    loss.backward(retain_graph=True)
    before = w.grad.numpy().copy()
    autograd.explain(loss)
    np.testing.assert_array_equal(w.grad.numpy(), before)
    loss.backward()


# -- bad input ---------------------------------------------------------------------------------------------


def test_refusals_say_why():
    w = leaf(3)
    loss = (w * w).sum()
    with pytest.raises(TypeError, match="expected a Tensor but got list"):
        autograd.explain([loss])
    with pytest.raises(RuntimeError, match="no gradient to follow back"):
        autograd.explain(autograd.ones(3).sum())
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        autograd.explain(w * 2)
    with pytest.raises(RuntimeError, match="not part of the graph"):
        autograd.explain(loss, leaf(2))
    with pytest.raises(RuntimeError, match="no gradient flows"):
        autograd.explain(loss, autograd.ones(2))
    with pytest.raises(ValueError, match="max_steps"):
        autograd.explain(loss, max_steps=0)
    loss.backward()
    with pytest.raises(RuntimeError, match=r"test_explain.py:\d+ has freed"):
        autograd.explain(loss)


def test_a_long_chain_is_told_in_part():
    w = autograd.tensor(1.0, requires_grad=True)
    y = w
    for _ in range(3_000):
        y = y + 0.001
    explanation = autograd.explain(y, max_steps=5)
    assert len(explanation.steps) == 5
    assert "2,995 earlier steps not shown" in str(explanation)
    assert explanation.gradients["w"] == 1


@pytest.mark.slow
def test_a_hundred_thousand_nodes():
    w = autograd.tensor(1.0, requires_grad=True)
    y = w
    for _ in range(100_000):
        y = y * 1.0
    assert autograd.explain(y).gradients["w"] == 1
    assert autograd.contributions(w, y).total == 1
    assert len(autograd.memory(y)) == 100_000
    with pytest.raises(RuntimeError, match="100,000 operations"):
        autograd.to_numpy_code(y)


def test_nan_is_pointed_out():
    w = autograd.tensor([0.0, 4.0], requires_grad=True)
    text = str(autograd.explain((w.sqrt() * 0).sum()))
    assert "NaN or infinity appears first: 'sqrt' sent it" in text
    assert "1 nan" in text


def test_huge_tensors_are_summed_up():
    w = leaf(300, 300)
    explanation = autograd.explain((w * w).mean())
    assert len(str(explanation)) < 5_000
    assert "shape (300, 300)" in str(explanation)


ODD_NAMES = [
    "<script>alert(1)</script>",
    "a\"b'&amp;",
    "ŷ̂",
    "$x_1$",
    "\\frac{",
    "a_b^c",
    "}{",
    "`x`|*",
    "\n\x00\u202e",
    "%#~&",
]


def assert_well_formed(html):
    tree = ElementTree.fromstring(html)
    assert not list(tree.iter("script"))
    return tree


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_never_markup(name):
    w = leaf(2)
    loss = (w * w).sum()
    explanation = autograd.explain(loss, names={name: w})
    assert_well_formed(explanation.html())
    assert "<script" not in explanation.markdown()
    assert "\x00" not in str(explanation)
    assert braces_match(explanation.latex())
    assert_well_formed(autograd.memory(loss, names={name: w})._repr_html_())
    assert_well_formed(autograd.contributions(w, loss, names={name: w})._repr_html_())


def braces_match(tex):
    depth = 0
    for place, letter in enumerate(tex):
        if letter in "{}" and not tex[:place].endswith("\\"):
            depth += 1 if letter == "{" else -1
        if depth < 0:
            return False
    return depth == 0


# -- formulas ------------------------------------------------------------------------------------------------


def all_rules():
    for op in OPS.values():
        yield op, op.tex
        for rule in (*op.rules.values(), *([op.joint] if op.joint else [])):
            yield op, rule.tex


def test_every_formula_can_be_shown():
    """As text without a command left over, and as MathML."""
    for op, tex in all_rules():
        symbols = symbols_of(op, {p.name: verbatim(f"t{i}") for i, p in enumerate(op.parameters)}) | {"z": "{r}"}
        text = plain(exchanged(tex, symbols, {"z": r"\partial L/\partial\text{r}"}))
        assert "\\" not in text, (op, text)
        found = as_html([Block("formula", "", Formula(exchanged(tex, symbols, {"z": "g"}), "fallback"))])
        assert "<math" in found, (op, tex)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{\bar z}{n} \frac{x - y}{x (1 - x)}", "z̅/n (x - y)/(x (1 - x))"),
        (r"\bar z^\top x", "z̅ᵀ x"),
        (r"x^{n-1}", "xⁿ⁻¹"),
        (r"\sqrt{x^2 + 1}", "√(x² + 1)"),
        (r"\text{sum of } \bar z", "sum of z̅"),
        (r"\tfrac12 x", "1/2 x"),
    ],
)
def test_plain_text(tex, text):
    assert plain(tex) == text


def test_symbols_are_exchanged_but_words_are_not():
    assert exchanged(r"\text{max x} x e^x", {"x": "a"}) == r"\text{max x} {a} e^{a}"
    assert exchanged(r"\bar z^\top x", {}, {"z": r"\partial L"}) == r"\left(\partial L\right)^\top x"
    assert (name_tex("W1"), name_tex("y_hat"), name_tex("b")) == ("W_{1}", r"\hat{y}", "b")
