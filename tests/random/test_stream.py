"""Random numbers: PyTorch's, number for number."""

from __future__ import annotations

import random as python_random
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
from autograd.random.generator import STATE, Generator

NAMES = vars(autograd)
"""What a call is looked up in; the same call in `torch` gives what is expected."""

PRINTED = (  # by PyTorch 2.13.0 (CPU), each after torch.manual_seed(1337), with .tolist()
    ("rand(4)", [0.07831710577011108, 0.49561673402786255, 0.6230981349945068, 0.4224381446838379]),
    ("rand(2, dtype=float64)", [0.6265371134423031, 0.9847851813257451]),
    ("randn(4)", [-2.0259921550750732, -2.0655088424682617, -1.2053627967834473, -0.9122241139411926]),
    ("randn(18)[-4:]", [1.5236114263534546, 2.508586883544922, 0.1661822348833084, 1.2054518461227417]),
    ("randn(1, dtype=complex64)", [-1.432592749595642 - 1.4605352878570557j]),
    ("randint(10, (8,))", [5, 7, 2, 0, 5, 3, 5, 0]),
    ("randint(-3, 2**40, (2,))", [650934330518, 396042061404]),
    ("randperm(8)", [7, 4, 1, 3, 0, 6, 2, 5]),
    ("empty(3).uniform_(-1, 1)", [-0.8433657884597778, -0.008766531944274902, 0.24619626998901367]),
    ("empty(4).normal_(1, 2)", [-3.0519840717315674, -3.1310176849365234, -1.410725474357605, -0.8244482278823853]),
    ("empty(4).log_normal_()", [0.04726504907011986, 0.043673325330019, 0.2439662218093872, 0.4384768605232239]),
    ("empty(4).exponential_(0.5)", [1.969873309135437, 8.370970726013184, 1.8481782674789429, 2.2850522994995117]),
    ("empty(4).cauchy_()", [0.4198824465274811, 20.905107498168945, 0.3357466161251068, 0.6389812231063843]),
    ("empty(8).geometric_(0.3)", [2.0, 1.0, 2.0, 2.0, 3.0, 2.0, 3.0, 11.0]),
    ("empty(8).bernoulli_(0.3)", [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
    ("empty(3, dtype=int64).random_()", [4833502145162436797, 2927202714887398632, 5130528682980890073]),
    ("empty(3, dtype=uint8).random_()", [151, 189, 92]),
    ("bernoulli(full((8,), 0.3))", [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ("multinomial(tensor([1.0, 2.0, 3.0, 4.0]), 3)", [3, 2, 0]),
    ("multinomial(tensor([1.0, 2.0, 3.0, 4.0]), 8, replacement=True)", [3, 3, 3, 3, 2, 3, 2, 0]),
    ("normal(tensor([0.0, 100.0]), tensor([1.0, 2.0]))", [-2.0259921550750732, 95.86898040771484]),
    ("normal(2.0, 3.0, (3,))", [-4.077976226806641, -4.196526527404785, -1.6160882711410522]),
    ("poisson(tensor([0.5, 3.0, 40.0]))", [2.0, 4.0, 46.0]),
    ("binomial(tensor([10.0, 100.0, 100.0]), tensor([0.2, 0.5, 0.01]))", [4.0, 53.0, 0.0]),
)  # fmt: skip


@pytest.mark.parametrize(("call", "expected"), PRINTED, ids=[call for call, _ in PRINTED])
def test_gives_what_pytorch_prints(call, expected):
    autograd.manual_seed(1337)
    assert eval(call, NAMES).tolist() == expected


def test_draws_go_on_where_the_last_one_ended():
    """One stream, with the second normal number of a pair kept: printed by PyTorch 2.13.0 after manual_seed(42)."""
    autograd.manual_seed(42)
    assert autograd.randn(3).tolist() == [0.33669036626815796, 0.12880940735340118, 0.23446236550807953]
    assert autograd.rand(2).tolist() == [0.9407714605331421, 0.13318592309951782]
    assert autograd.randn(1).tolist() == [0.23033303022384644]
    assert autograd.randint(100, (3,)).tolist() == [78, 14, 10]
    assert autograd.randn(2).tolist() == [-1.0324476957321167, -0.2770332098007202]


def test_a_notebook_that_many_have_read():
    """Karpathy, "makemore" part 1 (2022): the numbers that its cells show."""
    g = Generator().manual_seed(2147483647)
    p = autograd.rand(3, generator=g)
    assert p.numpy().round(4).tolist() == np.float32([0.7081, 0.3542, 0.1054]).tolist()
    p = p / p.sum()
    assert p.numpy().round(4).tolist() == np.float32([0.6064, 0.3033, 0.0903]).tolist()
    drawn = autograd.multinomial(p, num_samples=20, replacement=True, generator=g)
    assert drawn.tolist() == [1, 1, 2, 0, 0, 2, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]


# -- against PyTorch itself ---------------------------------------------------------------------------------

FLOATS = ("float32", "float64", "float16")
SIGNED = ("int64", "int32", "int16", "int8")
KINDS = {"fc": (*FLOATS, "complex64", "complex128"), "f": FLOATS, "iuf": (*FLOATS, *SIGNED, "uint8"),
         "biuf": (*FLOATS, *SIGNED, "uint8", "bool")}  # fmt: skip
SHAPES = ((), (0,), (1,), (2,), (7,), (15,), (16,), (17,), (3, 5), (4, 4), (2, 0, 3), (5, 7, 3), (1000,), (70001,))

NEW = {
    "rand(shape, dtype=d)": "fc",
    "randn(shape, dtype=d)": "fc",
    "normal(1.5, 0.3, shape, dtype=d)": "fc",
    "randint(2, shape, dtype=d)": "biuf",
    "randint(3, 9, shape, dtype=d)": "iuf",
    "zeros(shape, dtype=d).uniform_(-1.7, 0.3)": "fc",
    "zeros(shape, dtype=d).normal_(-1.7, 0.3)": "fc",
    "zeros(shape, dtype=d).log_normal_(0.5, 1.0)": "f",
    "zeros(shape, dtype=d).exponential_(1.5)": "f",
    "zeros(shape, dtype=d).cauchy_(1.0, 2.0)": "f",
    "zeros(shape, dtype=d).geometric_(0.3)": "iuf",
    "zeros(shape, dtype=d).bernoulli_(0.3)": "biuf",
    "zeros(shape, dtype=d).random_()": "biuf",
    "zeros(shape, dtype=d).random_(2)": "biuf",
    "zeros(shape, dtype=d).random_(1, None)": "biuf",
}


def assert_same(ours, theirs):
    """Equal to the last bit; float64 to its last digits, where logarithm and sine may come from another library."""
    mine, other = np.asarray(ours.detach().array), theirs.detach().numpy()
    assert (mine.shape, mine.dtype) == (other.shape, other.dtype)
    if mine.dtype in (np.float64, np.complex128):
        np.testing.assert_allclose(mine, other, rtol=5e-15, atol=2e-15)
    else:
        np.testing.assert_array_equal(mine, other)


def state_of(library):
    """The fields of the state that the default generator is in."""
    return np.frombuffer(library.default_generator.get_state().numpy().tobytes(), STATE)[0]


def assert_same_states(torch):
    """Both default generators stand at the same place, with the same normal number in store."""
    mine, other = state_of(autograd), state_of(torch)
    for field in ("seed", "left", "has_spare", "words"):
        np.testing.assert_array_equal(mine[field], other[field])
    assert mine["spare"] == pytest.approx(other["spare"], rel=1e-14)


def result_of(call, names, given):
    """The value of a call, in a library and with further names; functions make theirs with the library's names."""
    made = {key: value(SimpleNamespace(**names)) if callable(value) else value for key, value in given.items()}
    return eval(call, {**names, **made})


def assert_both_give(torch, call, **given):
    """The call gives the same in both libraries, three times in a row, for each of several seeds."""
    for seed in (0, 1337, 2**40 + 7):
        autograd.manual_seed(seed)
        torch.manual_seed(seed)
        for _ in range(3):
            assert_same(result_of(call, NAMES, given), result_of(call, vars(torch), given))
            assert_same_states(torch)


@pytest.mark.parametrize(("call", "d"), [(call, d) for call, kinds in NEW.items() for d in KINDS[kinds]])
def test_same_numbers_as_pytorch(torch, call, d):
    for shape in SHAPES:
        assert_both_give(torch, call, shape=shape, d=lambda library: getattr(library, d))


@pytest.mark.parametrize("d", ["uint16", "uint32", "uint64"])
def test_same_unsigned_numbers_as_pytorch(torch, d):
    assert_both_give(torch, "randint(3, 200, (50,), dtype=d)", d=lambda library: getattr(library, d))


@pytest.mark.parametrize("bounds", [(0, 2**28 - 1), (0, 2**28), (-3, 2**31), (0, 2**32), (-(2**63), 2**63 - 1), (5, 6)])
def test_same_whole_numbers_from_ranges_small_and_large(torch, bounds):
    assert_both_give(torch, "randint(*bounds, (1000,))", bounds=bounds)


@pytest.mark.parametrize("d", ["int64", "float32", "float64"])
def test_same_numbers_from_all_of_64_bits(torch, d):
    assert_both_give(torch, "zeros(1000, dtype=d).random_(-2**63, None)", d=lambda library: getattr(library, d))


@pytest.mark.filterwarnings("ignore:.*is out of bounds")
@pytest.mark.parametrize("bounds", [(0, 3000), (2047, 2050), (-4099, -2051), (4097, 65000)])
def test_same_floats_where_not_every_whole_number_exists(torch, bounds):
    assert_both_give(torch, "zeros(1000, dtype=float16).random_(*bounds)", bounds=bounds)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 623, 624, 625, 5000, 70000])
def test_same_permutations(torch, n):
    assert_both_give(torch, "randperm(n)", n=n)
    if n < 2049:
        assert_both_give(torch, "randperm(n, dtype=float16)", n=n)


VIEWS = ("x.t()", "x[:, ::2]", "x[1:, 1:]", "x.t()[::2]", "x[:, 0]", "x[2:3]", "x[:1, :1]", "x[0, 0]",
         "x.reshape(6, 5, 8).permute(2, 0, 1)")  # fmt: skip
EXPANDED = ("x[:, :1].expand(6, 7)", "x[:1].expand(7, 40)", "x[:, :1].expand(6, 7).t()")
LIKES = ("rand_like({})", "randn_like({})", "rand_like({}, dtype=float16)", "randint_like({}, 9)",
         "randint_like({}, 3, 9)")  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_fills_views_in_the_order_of_memory(torch, view):
    for method in ("uniform_(-1, 2)", "normal_(1, 2)", "exponential_()", "bernoulli_(0.4)", "random_(50)"):
        assert_both_give(torch, f"[x := zeros(6, 40), ({view}).{method}][0]")
        assert_both_give(torch, f"[x := zeros(6, 40, dtype=complex64), ({view}).uniform_(), ({view}).normal_()][0]")


@pytest.mark.parametrize("view", VIEWS + EXPANDED)
def test_like_another_tensor_also_in_memory(torch, view):
    for call in LIKES:
        assert_both_give(torch, f"[x := zeros(6, 40), {call.format(view)}][1]")


@pytest.mark.parametrize("call", [
    "rand(3, 4, out=zeros(4, 3).t())", "randn(20, out=zeros(0))", "randint(9, (4,), out=zeros(4))",
    "randperm(5, out=zeros(0))", "bernoulli(p, out=zeros(7, dtype=int64))", "normal(zeros(3), 2.0, out=zeros(3))",
    "normal(0, 1, (3,), out=zeros(3))", "normal(p, 0.5)", "normal(p, 0)", "normal(1.5, p)",
    "normal(p, p.reshape(-1, 1))", "normal(p, p.to(float16))", "normal(p[0], p)",
    "bernoulli(p)", "bernoulli(p, 0.3)", "p.bernoulli()", "p.bernoulli(p=0.7)", "zeros(7, dtype=int64).bernoulli_(p)",
    "zeros(7, 3).t().bernoulli_(p)", "zeros(7, 3).t().bernoulli_(p[0])", "zeros(2).bernoulli_(p[1].to(float64))",
    "poisson(p)", "poisson(p * 9)", "poisson(p * 40)", "poisson(p.to(float16) * 10)", "poisson(zeros(0))",
    "binomial(full((7,), 9.0), p)", "binomial(full((7,), 1000.0), p)", "binomial(p * 50, p)",
])  # fmt: skip
def test_same_numbers_with_parameters_in_tensors(torch, call):
    p = np.random.default_rng(3).random(7, np.float32)
    assert_both_give(torch, call, p=lambda library: library.tensor(p))


@pytest.mark.parametrize("d", FLOATS)
@pytest.mark.parametrize("shape", [(1,), (2,), (10,), (1000,), (3, 10), (50, 257), (0, 3)])
def test_same_samples(torch, shape, d):
    weights = np.random.default_rng(0).random(shape).astype(d)
    for n in (1, 2, 5, 100):
        assert_both_give(torch, "multinomial(w, n, True)", w=lambda library: library.tensor(weights), n=n)
        if n <= shape[-1] and (n == 1 or d != "float16"):  # float16 has too few numbers to be without ties
            assert_both_give(torch, "multinomial(w, n)", w=lambda library: library.tensor(weights), n=n)


MIXED = (
    "rand(n)", "randn(n)", "randn(n, dtype=float64)", "randn(n, dtype=float16)", "randint(7, (n,))", "randperm(n)",
    "zeros(n).bernoulli_(0.5)", "zeros(n).log_normal_()", "zeros(n, 3).t().normal_()", "zeros(n).exponential_()",
    "multinomial(ones(5), 2)", "poisson(full((n,), 3.0))", "normal(zeros(n), 1.0)", "zeros(n, dtype=int64).random_()",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_same_numbers_whatever_was_drawn_before(torch, seed):
    choose = python_random.Random(seed)
    autograd.manual_seed(seed)
    torch.manual_seed(seed)
    for _ in range(30):
        call, n = choose.choice(MIXED), choose.choice((0, 1, 2, 3, 5, 15, 16, 17, 40, 700))
        assert_same(eval(call, {**NAMES, "n": n}), eval(call, {**vars(torch), "n": n}))
        assert_same_states(torch)


def test_ways_to_give_the_size():
    assert autograd.rand(2, 3).shape == autograd.rand((2, 3)).shape == autograd.rand(size=[2, 3]).shape == (2, 3)
    assert autograd.rand(()).shape == ()
    assert autograd.randint(3, size=(2,)).shape == autograd.randint(0, 3, (2,)).shape == (2,)
    assert autograd.randint(low=1, high=2, size=(3,)).tolist() == [1, 1, 1]
    assert autograd.randint(1, high=2, size=(3,)).tolist() == [1, 1, 1]
    assert autograd.rand(2, device="cpu", layout=None, pin_memory=False).shape == (2,)
    autograd.set_default_dtype(autograd.float64)
    try:
        assert autograd.rand(1).dtype is autograd.randn(1).dtype is autograd.float64
    finally:
        autograd.set_default_dtype(autograd.float32)
