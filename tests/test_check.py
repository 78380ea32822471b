"""gradcheck: right gradients pass, wrong ones are caught and named, and what can't be checked is refused."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import autograd
from autograd.check import GradcheckError, gradcheck, gradgradcheck
from autograd.op import Rule
from autograd.registry import OPS
from autograd.tensor import tensor_of


def leaf(rng, *shape, dtype=np.float64):
    numbers = rng.uniform(0.5, 1.5, shape)
    if np.dtype(dtype).kind == "c":
        numbers = numbers + 1j * rng.uniform(0.5, 1.5, shape)
    return autograd.tensor(np.asarray(numbers).astype(dtype), requires_grad=True)


@pytest.fixture(params=[False, True], ids=["slow", "fast"])
def mode(request):
    return {"fast_mode": request.param}


@pytest.fixture
def damage(monkeypatch):
    """Replaces a rule of an op by a wrong one, for this test."""
    changed = []

    def replace(name, parameter, wrong):
        op = OPS[name]
        rule = op.rules[parameter]
        monkeypatch.setitem(
            op.rules, parameter, Rule(lambda g, *reads: wrong(rule.function(g, *reads)), "", rule.reads)
        )
        op.__dict__.pop("pull", None)
        changed.append(op)

    yield replace
    for op in changed:
        op.__dict__.pop("pull", None)


# -- what passes --------------------------------------------------------------------------------------------


def test_several_inputs_and_outputs(rng, mode):
    x, y, constant = leaf(rng, 3, 2), leaf(rng, 2), autograd.ones(2, dtype=autograd.float64)

    def function(x, y, scale, power, unused):
        return x * y * scale, (x**power).sum(), constant, "no tensor", x.argmax()

    assert gradcheck(function, (x, y, constant, 3, None), **mode)
    assert gradgradcheck(function, (x, y, constant, 3, None), **mode)


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 1, 3)])
def test_shapes(rng, mode, shape):
    x = leaf(rng, *shape)
    assert gradcheck(lambda x: x.exp() * x, x, **mode)
    assert gradgradcheck(lambda x: x.exp() * x, [x], **mode)


def test_memory_that_is_not_contiguous(rng, mode):
    base = rng.uniform(0.5, 1.5, (4, 6))
    x = tensor_of(base.T[::2]).requires_grad_()
    before = base.copy()
    assert gradcheck(lambda x: x.log(), x, **mode)
    np.testing.assert_array_equal(base, before)  # every element was put back exactly


def test_complex(rng, mode):
    z, x = leaf(rng, 2, 3, dtype=np.complex128), leaf(rng, 3)
    assert gradcheck(lambda z, x: (z * z * x, z.abs(), z.conj() * z.imag), (z, x), **mode)
    assert gradgradcheck(lambda z, x: (z * z * x, z.abs(), z.conj() * z.imag), (z, x), **mode)


def test_inputs_in_the_middle_of_a_graph(rng, mode):
    assert gradcheck(lambda y: y.sin(), leaf(rng, 3) * 2, **mode)


def test_in_place_inside_the_function(rng, mode):
    def function(x):
        y = x.clone()
        y[0] *= 3
        y += x
        return y

    assert gradcheck(function, leaf(rng, 3, 2), **mode)
    assert gradgradcheck(function, leaf(rng, 3, 2), **mode)


def test_options_that_look_further(rng, mode):
    options = {"check_batched_grad": True, "check_grad_dtypes": True, "check_undefined_grad": True}
    assert gradcheck(lambda x: (x.exp(), x.sum()), leaf(rng, 3), **options, **mode)
    assert gradgradcheck(
        lambda x: (x.exp(), x.sum()), leaf(rng, 3), gen_non_contig_grad_outputs=True, **options, **mode
    )


def test_given_grad_outputs(rng):
    x, v = leaf(rng, 3), leaf(rng, 3)
    assert gradgradcheck(autograd.exp, x, v)


def test_nothing_of_the_inputs_changes(rng, mode):
    x = leaf(rng, 3)
    before = x.detach().clone()
    gradcheck(autograd.exp, x, **mode)
    assert x.equal(before)
    assert x.grad is None
    assert x._version == 0


# -- what is caught, and how it is said ---------------------------------------------------------------------


def test_the_worst_element_and_the_op_are_named(rng, damage, mode):
    """Of a product passed through sin: the rule of `exp` is wrong in one element, and the message says so."""

    def wrong(g):
        g = np.array(g)
        g[1, 0] *= 2
        return g

    damage("exp", "x", wrong)
    x, y = leaf(rng, 2, 2), leaf(rng, 2)
    with pytest.raises(GradcheckError) as error:
        gradcheck(lambda x, y: (x * y, (x * y).exp().sin()), (x, y), **mode)
    text = str(error.value)
    assert "Jacobian mismatch for output 1 with respect to input 0" in text
    assert "output 1[1, 0] by input 0[1, 0]" in text
    a, b = x.detach().numpy()[1, 0], y.detach().numpy()[0]
    right = np.cos(np.exp(a * b)) * np.exp(a * b) * b
    assert float(re.search(r"analytic +(\S+)", text)[1]) == pytest.approx(2 * right, rel=1e-6)
    assert float(re.search(r"numeric +(\S+)", text)[1]) == pytest.approx(right, rel=1e-6)
    assert float(re.search(r"difference +(\S+),", text)[1]) == pytest.approx(abs(right), rel=1e-2)
    assert "It first appears here: the rule of 'exp' (ExpBackward0) for its input 'x'" in text
    assert "sin" not in text


def test_of_two_wrong_rules_the_first_in_the_graph_comes_first(rng, damage):
    damage("sin", "x", lambda g: g * 1.7)
    damage("mul", "y", lambda g: -g)
    x = leaf(rng, 3)
    with pytest.raises(GradcheckError) as error:
        gradcheck(lambda x: (x * x).sin().exp(), x)
    first, second = re.findall(r"the rule of '(\w+)'", str(error.value))
    assert (first, second) == ("mul", "sin")


def test_a_rule_of_the_wrong_shape(rng, damage):
    damage("exp", "x", lambda g: g.sum(0))
    with pytest.raises(GradcheckError, match=r"gradient by input 0 has shape \(2,\), but the input has shape \(3, 2\)"):
        gradcheck(autograd.exp, leaf(rng, 3, 2))


def test_a_rule_that_gives_nan(rng, damage, mode):
    damage("exp", "x", lambda g: g * np.nan)
    with pytest.raises(GradcheckError):
        gradcheck(autograd.exp, leaf(rng, 2), **mode)


def test_a_rule_that_is_not_linear(rng, damage):
    """Right along each coordinate by itself, but not along a sum of them."""
    damage("neg", "x", lambda g: g * np.abs(g))
    with pytest.raises(GradcheckError, match="not linear in the gradient"):
        gradcheck(lambda x: -x, leaf(rng, 3))


def test_a_wrong_imaginary_part(rng, damage):
    damage("exp", "x", lambda g: g.conj())
    with pytest.raises(GradcheckError, match=r"\((real|imaginary) part\)"):
        gradcheck(autograd.exp, leaf(rng, 2, dtype=np.complex128))


def test_a_second_derivative_that_is_wrong_though_the_first_is_right(rng, monkeypatch):
    """A rule that leaves Tensors for NumPy gives right gradients, whose own gradients are lost."""
    op = OPS["exp"]
    rule = op.rules["x"]
    detached = lambda g, out: g * (out.detach() if hasattr(out, "detach") else out)  # noqa: E731
    monkeypatch.setitem(op.rules, "x", Rule(detached, "", rule.reads))
    op.__dict__.pop("pull", None)
    x = leaf(rng, 3)
    try:
        assert gradcheck(autograd.exp, x)
        with pytest.raises(GradcheckError, match="not recorded: through detach"):
            gradgradcheck(autograd.exp, x)
    finally:
        op.__dict__.pop("pull", None)


def test_a_value_cut_off_from_the_graph(rng, mode):
    with pytest.raises(GradcheckError, match=r"Every op of the graph is right by itself.*detach\(\)"):
        gradcheck(lambda x: x * x.detach(), leaf(rng, 3), **mode)


def test_a_result_that_depends_on_the_input_without_requiring_grad(rng):
    with pytest.raises(GradcheckError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, leaf(rng, 3))
    assert gradcheck(lambda x: autograd.ones(2, dtype=autograd.float64), leaf(rng, 3))


def test_random_functions_are_caught(rng):
    draws = np.random.default_rng(5)

    def noisy(x):
        return x * autograd.tensor(draws.uniform(0.5, 1.5, 3))

    assert not gradcheck(noisy, leaf(rng, 3), raise_exception=False)


def test_backward_that_differs_from_time_to_time(rng, damage):
    draws = np.random.default_rng(5)
    damage("neg", "x", lambda g: g + 1e-9 * draws.uniform(0, 1, g.shape))
    with pytest.raises(GradcheckError, match="not reentrant"):
        gradcheck(lambda x: -x, leaf(rng, 3))
    assert gradcheck(lambda x: -x, leaf(rng, 3), nondet_tol=1e-6, check_undefined_grad=False)


def test_a_gradient_of_zeros_must_give_zeros(rng, damage):
    damage("neg", "x", lambda g: g + 1e-7)
    with pytest.raises(GradcheckError, match="gradient of zeros"):
        gradcheck(lambda x: -x, leaf(rng, 3))
    assert gradcheck(lambda x: -x, leaf(rng, 3), check_undefined_grad=False)


def test_gradients_of_another_dtype(rng, damage):
    damage("neg", "x", lambda g: g.astype(np.float32))
    with pytest.raises(GradcheckError, match="gradient by input 0 is float32, but the input is float64"):
        gradcheck(lambda x: -x, leaf(rng, 3), check_grad_dtypes=True, atol=1e-4)


def test_false_instead_of_an_exception(rng, damage, mode):
    damage("exp", "x", lambda g: -g)
    assert gradcheck(autograd.exp, leaf(rng, 2), raise_exception=False, **mode) is False
    assert gradgradcheck(autograd.exp, leaf(rng, 2), raise_exception=False, **mode) is False


def test_functions_of_another_kind_are_pointed_at(rng, damage):
    """Where an op's values were not kept (large ones are not), the message says what could not be checked."""
    damage("exp", "x", lambda g: g * 1.5)
    x = leaf(rng, 300)
    with pytest.raises(GradcheckError, match="look at those that could not: .*ExpBackward0"):
        gradcheck(lambda x: (x * 1.0 + 0.0).exp().sum(), x, fast_mode=True)


# -- what is refused ----------------------------------------------------------------------------------------


def test_float32_is_refused_unless_asked_for(rng):
    x = leaf(rng, 3, dtype=np.float32)
    for check in (gradcheck, gradgradcheck):
        with pytest.raises(ValueError, match=r"input 0 is float32.*\.double\(\).*eps="):
            check(autograd.exp, x)
    assert gradcheck(autograd.exp, x, eps=1e-3, atol=1e-2, rtol=1e-2)
    with pytest.raises(GradcheckError):
        gradcheck(lambda x: x * x.detach(), x, eps=1e-3, atol=1e-2, rtol=1e-2)
    with pytest.raises(ValueError, match="input 1 is complex64"):
        gradcheck(autograd.mul, (leaf(rng, 3), leaf(rng, 3, dtype=np.complex64)))


def test_inputs_without_a_gradient_are_refused():
    with pytest.raises(
        ValueError, match=r"at least one input tensor to require gradient.*input 0 is int64.*\.double\(\)"
    ):
        gradcheck(autograd.exp, autograd.tensor([1, 2]))
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(autograd.exp, (autograd.ones(2, dtype=autograd.float64), 3))


def test_inputs_whose_elements_share_memory_are_refused(rng):
    with pytest.raises(ValueError, match=r"share memory, as after\s+expand\(\).*clone\(\)"):
        gradcheck(autograd.exp, leaf(rng, 1).expand(3))


# -- the same names, defaults and verdicts as PyTorch's -----------------------------------------------------


@pytest.mark.parametrize("ours", [gradcheck, gradgradcheck])
def test_signature(torch, ours):
    theirs = inspect.signature(getattr(torch.autograd, ours.__name__)).parameters
    for name, parameter in inspect.signature(ours).parameters.items():
        assert parameter.default == theirs[name].default, name
        assert parameter.kind == theirs[name].kind, name


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    "function",
    [lambda x: x.exp() * x, lambda x: x * x.detach(), lambda x: x.detach(), lambda x: (x.sum(), x.sin()),
     lambda x: x.abs() * x.detach()],
)  # fmt: skip
def test_same_verdict_as_torch(torch, rng, function, fast):
    numbers = rng.uniform(0.5, 1.5, (2, 3))
    verdicts = []
    for library in (torch.autograd, autograd.check):
        x = (torch if library is torch.autograd else autograd).tensor(numbers, requires_grad=True)
        verdicts.append(library.gradcheck(function, (x,), raise_exception=False, fast_mode=fast))
        if function(x)[0].requires_grad:
            verdicts.append(library.gradgradcheck(function, (x,), raise_exception=False, fast_mode=fast))
    assert verdicts[: len(verdicts) // 2] == verdicts[len(verdicts) // 2 :]


# -- forward mode -------------------------------------------------------------------------------------------


class ByTangents(autograd.autograd.Function):
    """exp(x) times a factor in its derivative, for forward mode alone."""

    factor = 1.0

    @staticmethod
    def forward(ctx, x):
        ctx.result = x.exp()
        return ctx.result

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * ctx.result * ByTangents.factor


FORWARD_ONLY = {"check_forward_ad": True, "check_backward_ad": False, "check_undefined_grad": False}


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_tangents_are_checked(rng, dtype):
    x, y = leaf(rng, 2, 3, dtype=dtype), leaf(rng, 3, dtype=dtype)
    assert gradcheck(lambda x, y: (x * y, x.sin() @ y), (x, y), check_forward_ad=True)


def test_a_function_with_tangents_alone(rng, monkeypatch):
    x = leaf(rng, 3)
    assert gradcheck(ByTangents.apply, x, **FORWARD_ONLY)
    monkeypatch.setattr(ByTangents, "factor", 1.01)
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(ByTangents.apply, x, **FORWARD_ONLY)
    assert not gradcheck(ByTangents.apply, x, raise_exception=False, **FORWARD_ONLY)
