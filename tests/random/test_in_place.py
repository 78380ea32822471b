"""Random numbers in the graph, in place, and what is refused before anything is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd

NAMES = vars(autograd) | {"inf": math.inf, "nan": math.nan}
"""What a call is looked up in."""

FILLING = ("uniform_()", "normal_()", "bernoulli_(0.5)", "random_(9)", "exponential_()", "geometric_(0.5)", "cauchy_()",
           "log_normal_()")  # fmt: skip


@pytest.mark.parametrize("method", FILLING)
def test_what_was_overwritten_gets_gradient_zero(method):
    w = autograd.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = w * 2
    view = x[0]
    eval(f"view.{method}", {"view": view})
    (x * x).sum().backward()
    assert w.grad.tolist() == [[0.0, 0.0], [24.0, 32.0]]
    y = w * 1
    eval(f"y.{method}", {"y": y})
    assert y.requires_grad
    assert y.grad_fn.name().lower().startswith(method.split("_(")[0].replace("_", ""))


@pytest.mark.parametrize("method", FILLING)
def test_in_place_is_guarded(method):
    leaf = autograd.zeros(2, requires_grad=True)
    state = autograd.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        eval(f"leaf.{method}", {"leaf": leaf})
    with pytest.raises(RuntimeError, match="single memory location"):
        eval(f"x.{method}", {"x": autograd.zeros(1).expand(3)})
    assert autograd.get_rng_state().tolist() == state, "nothing may be drawn by a call that raises"
    with autograd.no_grad():
        assert eval(f"leaf.{method}", {"leaf": leaf}) is leaf
    x = autograd.ones(2, requires_grad=True) * 1
    squared = x * x
    eval(f"x.{method}", {"x": x})
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        squared.sum().backward()
    constant = autograd.zeros(3)
    count = constant._version
    eval(f"constant.{method}", {"constant": constant})
    assert constant._version == count + 1


def test_parameters_of_a_law_get_gradient_zero():
    mean, std = autograd.tensor([1.0, 2.0], requires_grad=True), autograd.tensor([[1.0], [2.0]], requires_grad=True)
    drawn = autograd.normal(mean, std)
    assert drawn.grad_fn.name() == "NormalBackward0"
    (drawn * mean).sum().backward()
    np.testing.assert_allclose(mean.grad.numpy(), drawn.detach().numpy().sum(axis=0), rtol=1e-6)
    assert std.grad.tolist() == [[0.0], [0.0]]
    for draw in (autograd.bernoulli, autograd.poisson, lambda p: autograd.zeros(2).bernoulli_(p)):
        p = autograd.tensor([0.5, 0.5], requires_grad=True)
        (grad,) = autograd.grad((draw(p) * 3).sum(), p, create_graph=True)
        assert grad.tolist() == [0.0, 0.0]
    with autograd.no_grad():
        assert not autograd.normal(mean, std).requires_grad


def test_new_tensors_are_leaves_that_may_want_gradients():
    assert autograd.rand(2, requires_grad=True).is_leaf
    assert autograd.randn(2, dtype=autograd.float64, requires_grad=True).requires_grad
    state = autograd.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match="floating point and complex dtype can require gradients"):
        autograd.randint(5, (2,), requires_grad=True)
    assert autograd.get_rng_state().tolist() == state


# -- errors -------------------------------------------------------------------------------------------------

WRONG = (
    ("rand(-1)", RuntimeError, r"rand.*negative dimension"),
    ("rand()", TypeError, r"rand\(\).*give the size"),
    ("rand(2.5)", TypeError, r"rand.*size must be ints"),
    ("rand(2, dtype=int64)", RuntimeError, r"rand.*not implemented for int64.*floating-point"),
    ("randn(2, dtype=bool)", RuntimeError, r"randn.*not implemented for bool"),
    ("rand(2, generator=3)", TypeError, r"'generator' must be Generator, not int"),
    ("rand(2, device='cuda')", AssertionError, r"no CUDA"),
    ("rand(2, out=3)", TypeError, r"'out' must be Tensor"),
    ("rand(2, dtype=float64, out=zeros(2))", RuntimeError, r"does not match dtype of out parameter \(float32\)"),
    ("rand(2, out=zeros(2, requires_grad=True))", RuntimeError, r"out=.*don't support automatic differentiation"),
    ("randint(0, (2,))", RuntimeError, r"'from' to be less than 'to', but got from=0 >= to=0"),
    ("randint(5, 3, (0,))", RuntimeError, r"from=5 >= to=3"),
    ("randint(10, 2)", TypeError, r"randint\(high, size\).*tuple of ints"),
    ("randint((2,))", TypeError, r"randint\(high, size\)"),
    ("randint(1.5, (2,))", TypeError, r"'high' must be int, not float"),
    ("randint(0, 2**63, (2,))", ValueError, r"Overflow when unpacking long long"),
    ("randint(0, 300, (2,), dtype=uint8)", RuntimeError, r"to - 1 is out of bounds for uint8: 299"),
    ("randint(-1, 3, (2,), dtype=uint8)", RuntimeError, r"from is out of bounds for uint8: -1"),
    ("randint(0, 70000, (2,), dtype=float16)", RuntimeError, r"to - 1 is out of bounds for float16"),
    ("randint(2, (2,), dtype=complex64)", RuntimeError, r"only integral, floating-point and boolean"),
    ("rand_like(3)", TypeError, r"'input' \(position 1\) must be Tensor, not int"),
    ("randn_like(tensor([1]))", RuntimeError, r"randn_like.*not implemented for int64"),
    ("randperm(-1)", RuntimeError, r"randperm.*negative dimension"),
    ("randperm(5.0)", TypeError, r"'n' must be int, not float"),
    ("randperm(300, dtype=uint8)", RuntimeError, r"n cannot be greater than 255 for uint8, got 300"),
    ("randperm(3000, dtype=float16)", RuntimeError, r"n cannot be greater than 2049 for float16"),
    ("randperm(3, dtype=bool)", RuntimeError, r"not implemented for bool"),
    ("normal(0, 1)", TypeError, r"give the size too"),
    ("normal([1.0], 1.0)", TypeError, r"got \(list, float\)"),
    ("normal(zeros(2), 1.0, dtype=float64)", TypeError, r"size and dtype belong to"),
    ("normal(0, -1, (2,))", RuntimeError, r"normal expects std >= 0.0, but found std -1"),
    ("normal(zeros(2), -0.5)", RuntimeError, r"std >= 0.0, but found std -0.5"),
    ("normal(0.0, tensor([1.0, -1.0]))", RuntimeError, r"all elements of std >= 0.0"),
    ("normal(0.0, tensor([nan]))", RuntimeError, r"all elements of std >= 0.0"),
    ("normal(0.0, tensor([1j]))", RuntimeError, r"standard deviation to be non-complex"),
    ("normal(zeros(2), ones(3))", RuntimeError, r"size of tensor a \(2\) must match the size of tensor b \(3\)"),
    ("normal(tensor([1, 2]), 1.0)", RuntimeError, r"normal.*not implemented for int64"),
    ("zeros(2).uniform_(1, 0)", RuntimeError, r"found from=1 > to=0"),
    ("zeros(2).uniform_(0, inf)", RuntimeError, r"to is out of bounds for float32"),
    ("zeros(2).uniform_(nan, 1)", RuntimeError, r"from is out of bounds for float32"),
    ("zeros(2).uniform_(-3e38, 3e38)", RuntimeError, r"to-from <= the largest float32"),
    ("zeros(2).uniform_(zeros(2), 1)", TypeError, r"'from' must be float, not Tensor"),
    ("zeros(2, dtype=int64).uniform_()", RuntimeError, r"uniform_.*not implemented for int64"),
    ("zeros(2).normal_(0, nan)", RuntimeError, r"std >= 0.0, but found std nan"),
    ("zeros(2).log_normal_(0, 0)", RuntimeError, r"expects std > 0.0, but found std=0"),
    ("zeros(2).exponential_(0)", RuntimeError, r"expects lambda > 0.0, but found lambda=0"),
    ("zeros(2, dtype=int64).exponential_()", RuntimeError, r"exponential_.*not implemented for int64"),
    ("zeros(2).cauchy_(0, -1)", RuntimeError, r"expects sigma > 0.0, but found sigma=-1"),
    ("zeros(2).geometric_(1)", RuntimeError, r"p to be in \(0, 1\), but got p=1"),
    ("zeros(2, dtype=bool).geometric_(0.5)", RuntimeError, r"geometric_.*not implemented for bool"),
    ("zeros(2).random_(5, 3)", RuntimeError, r"from=5 >= to=3"),
    ("zeros(2).random_(1.5)", TypeError, r"'to' must be int, not float"),
    ("zeros(2, dtype=complex64).random_()", RuntimeError, r"random_.*not implemented for complex64"),
    ("zeros(2, dtype=int32).random_(-2**63, None)", RuntimeError, r"all of 64 bits fit only"),
    ("zeros(2).bernoulli_(1.5)", RuntimeError, r"bernoulli_ expects p to be in \[0, 1\], but got p=1.5"),
    ("zeros(2).bernoulli_(tensor([0.5, 2.0]))", RuntimeError, r"1 of the probabilities lie outside.*first is 2"),
    ("zeros(2).bernoulli_(tensor([1, 0]))", RuntimeError, r"not implemented for int64 probabilities"),
    ("zeros(2).bernoulli_(ones(3))", RuntimeError, r"can't expand p of shape \(3,\)"),
    ("bernoulli(tensor([0.5, nan]))", RuntimeError, r"p_in >= 0 && p_in <= 1"),
    ("bernoulli(ones(2), p=ones(2))", TypeError, r"'p' must be float, not Tensor"),
    ("bernoulli(0.5)", TypeError, r"'input' must be Tensor, not float"),
    ("bernoulli(ones(2), out=zeros(1).expand(2))", RuntimeError, r"unsupported operation|read-only"),
    ("multinomial(ones(2), 3)", RuntimeError, r"n_sample > prob_dist.size\(-1\) samples without.*3 of 2"),
    ("multinomial(ones(2), 0)", RuntimeError, r"cannot sample n_sample <= 0"),
    ("multinomial(ones(2), 2.0)", TypeError, r"'num_samples' must be int"),
    ("multinomial(zeros(2), 1)", RuntimeError, r"invalid multinomial distribution \(sum of probabilities <= 0\)"),
    ("multinomial(tensor([0.5, -1.0]), 1)", RuntimeError, r"tensor contains either `inf`, `nan` or element < 0"),
    ("multinomial(tensor([0.5, -1.0]), 2, True)", RuntimeError, r"invalid multinomial distribution"),
    ("multinomial(tensor([1, 2]), 1)", RuntimeError, r"only supports floating-point dtypes for input, got: int64"),
    ("multinomial(ones(2, 3, 4), 1)", RuntimeError, r"prob_dist must be 1 or 2 dim"),
    ("multinomial(ones(2), 1, out=zeros(1))", RuntimeError, r"expects Long tensor out, got: float32"),
    ("poisson(tensor([-1.0]))", RuntimeError, r"invalid Poisson rate"),
    ("poisson(tensor([1]))", RuntimeError, r"poisson.*not implemented for int64"),
    ("binomial(tensor([1]), tensor([0.5]))", ValueError, r"floating-point dtypes for count, got: int64"),
    ("binomial(ones(1), ones(1, dtype=float64))", RuntimeError, r"Found dtype float64 for prob but expected float32"),
    ("Generator().manual_seed(1.5)", RuntimeError, r"manual_seed expected a long, but got float"),
    ("manual_seed(2**64)", ValueError, r"Overflow when unpacking long long"),
    ("Generator('cuda')", AssertionError, r"no CUDA"),
    ("set_rng_state(3)", TypeError, r"expected a torch.ByteTensor, but got int"),
    ("set_rng_state(zeros(5056))", TypeError, r"RNG state must be a torch.ByteTensor"),
    ("set_rng_state(zeros(3, dtype=uint8))", RuntimeError, r"size 5056 but found the input RNG state size to be 3"),
    ("set_rng_state(zeros(5056, dtype=uint8))", RuntimeError, r"Invalid mt19937 state"),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "text"), WRONG, ids=[call for call, _, _ in WRONG])
def test_says_what_is_wrong_and_draws_nothing(call, error, text):
    state = autograd.get_rng_state().tolist()
    with pytest.raises(error, match=text):
        eval(call, NAMES)
    assert autograd.get_rng_state().tolist() == state


def test_warns_where_floats_can_not_hold_every_whole_number():
    with pytest.warns(UserWarning, match=r"to - 1 is out of bounds \[-2048, 2048\].*float16.*2999"):
        autograd.randint(0, 3000, (2,), dtype=autograd.float16)
