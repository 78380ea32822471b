"""Special functions as users call them: names, dtypes, in-place forms, PyTorch's answers at the edges, refusals."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import special
from tests.test_special import POLYNOMIALS, assert_equal, column

# -- names, dtypes, in-place forms --------------------------------------------------------------------------


def test_second_names_are_the_same_functions():
    pairs = {"expit": "sigmoid", "gammainc": "igamma", "gammaincc": "igammac", "gammaln": "lgamma",
             "multigammaln": "mvlgamma", "psi": "digamma"}  # fmt: skip
    for here, there in pairs.items():
        assert getattr(special, here) is getattr(autograd, there)
    for name in set(special.__all__) & set(dir(autograd)):
        assert getattr(special, name) is getattr(autograd, name)


def test_has_all_of_torch_special(torch):
    theirs = {name for name in dir(torch.special) if not name.startswith("_") and name != "Tensor"}
    assert {name for name in theirs if callable(getattr(torch.special, name))} <= set(special.__all__)


def test_scipy_waits_until_it_is_needed():
    source = "import sys, autograd; assert 'scipy' not in sys.modules, 'loaded at once'"
    subprocess.run([sys.executable, "-c", source], check=True, timeout=60)


UNARY = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv",
    "exp2", "expit", "expm1", "gammaln", "i0", "i0e", "i1", "i1e", "log1p", "log_ndtr", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "ndtr", "ndtri", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "sinc", "spherical_bessel_j0",
]  # fmt: skip
BINARY = ["xlogy", "xlog1py", "zeta", *POLYNOMIALS]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
@pytest.mark.parametrize("name", UNARY)
def test_whole_numbers_give_floats(name, dtype, torch):
    numbers = np.array([0, 1, 2, 3]).astype(dtype)
    ours, theirs = getattr(special, name)(autograd.tensor(numbers)), getattr(torch.special, name)(torch.tensor(numbers))
    assert ours.dtype is autograd.float32
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("name", BINARY)
def test_whole_numbers_and_python_numbers(name, torch):
    def results(library):
        function, n = getattr(library.special, name), library.tensor([1, 2, 3])
        return [
            function(n, n),
            function(n, 2),
            function(2.5, n),
            function(n.double(), 2),
            function(n.float(), n.double()),
        ]

    for ours, theirs in zip(results(autograd), results(torch), strict=True):
        assert str(ours.dtype) == str(theirs.dtype)
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-6)


IN_PLACE = ["digamma", "erf", "erfc", "erfinv", "i0", "lgamma", "sinc", "exp2", "expm1", "log1p"]


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_forms(name):
    x = column(0.2, 0.5)
    expected = getattr(x, name)()
    assert getattr(x, f"{name}_")() is x
    assert_equal(x, expected, rtol=0)
    with pytest.raises(RuntimeError, match="can't be cast"):
        getattr(autograd.tensor([1, 2]), f"{name}_")()


def test_in_place_forms_with_arguments():
    for name, *args in (("polygamma_", 1), ("mvlgamma_", 2), ("igamma_", column(2, 3)), ("igammac_", column(2, 3))):
        x = column(1.2, 1.5)
        y = x * 1
        y.requires_grad_()
        expected = getattr(x, name[:-1])(*args) if name != "polygamma_" else special.polygamma(1, x)
        with autograd.no_grad():
            getattr(y, name)(*args)
        assert_equal(y.detach(), expected, rtol=0)


def test_out_receives_the_result():
    out = autograd.empty(2, dtype=autograd.float64)
    assert autograd.polygamma(1, column(1, 2), out=out) is out
    assert_equal(out, [math.pi**2 / 6, math.pi**2 / 6 - 1])


# -- PyTorch's answers at zeros, poles, infinities and NaN --------------------------------------------------

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, -3.5, 1e-300, 1e-10, 30.0, -30.0, 1e3, 1e300, math.inf, -math.inf,
         math.nan]  # fmt: skip
COARSE_THERE = {"airy_ai": 3e-7, "bessel_j0": 1e-7, "bessel_y0": 1e-7, "bessel_y1": 1e-7}


@pytest.mark.parametrize("name", [*UNARY, "psi"])
def test_edges_are_torchs(name, torch):
    ours = getattr(special, name)(column(*EDGES))
    theirs = getattr(torch.special, name)(torch.tensor(EDGES, dtype=torch.float64))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=COARSE_THERE.get(name, 1e-14))


@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "gammainc", "gammaincc"])
def test_edges_of_pairs_are_torchs(name, torch):
    edges = [0.0, -1.0, 1.0, 0.5, 2.0, 10.0, 1e3, math.inf, -math.inf]
    pairs = np.array([(a, b) for a in edges for b in edges]).T
    ours = getattr(special, name)(*map(autograd.tensor, pairs))
    theirs = getattr(torch.special, name)(*map(torch.tensor, pairs))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-14)


# -- what is refused ----------------------------------------------------------------------------------------

X = autograd.tensor([1.0, 2.0])
REFUSED = [
    (lambda: special.polygamma(-1, X), RuntimeError, "does not support negative n"),
    (lambda: special.polygamma(1.5, X), TypeError, "'n' must be int, not float"),
    (lambda: special.polygamma(X, 1), TypeError, "must be"),
    (lambda: special.multigammaln(X, 0), RuntimeError, "p has to be greater than or equal to 1"),
    (lambda: special.multigammaln(X, 1.5), TypeError, "'p' .* must be int"),
    (lambda: special.gammainc(X, 2.0), TypeError, "'other' .* must be Tensor, not float"),
    (lambda: special.gammainc(X.long(), X.long()), RuntimeError, "not implemented for int64"),
    (lambda: special.gammainc(X, autograd.ones(3)), RuntimeError, "must match the size"),
    (lambda: special.zeta(2, 1), TypeError, "must be Tensor"),
    (lambda: special.hermite_polynomial_h(0.5, 2), TypeError, "must be Tensor"),
    (lambda: special.erfinv(0.5), TypeError, "must be Tensor, not float"),
    (lambda: special.erfinv([0.5]), TypeError, "autograd.tensor"),
    (lambda: special.i0(X * 1j), RuntimeError, "not defined for complex64"),
    (lambda: special.xlog1py(X, X * 1j), RuntimeError, "not defined for complex64"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refuses(call, error, words):
    with pytest.raises(error, match=words):
        call()
