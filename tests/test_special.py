"""Special functions: published values, closed forms and identities.

A&S is Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, by table. What the registry
drives (shapes, gradients, dtypes of every op) is in test_ops.py, test_ops_gradients.py and test_ops_torch.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
from autograd import special


def at(function, *numbers):
    """A function's value at some numbers, in double precision."""
    return function(*(autograd.tensor(float(n), dtype=autograd.float64) for n in numbers)).item()


def column(*numbers):
    """Double-precision numbers as a tensor."""
    return autograd.tensor(numbers, dtype=autograd.float64)


def assert_equal(a, b, rtol=1e-12, atol=0.0):
    """Two tensors, or a tensor and numbers, that must agree."""
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol, atol=atol)


# -- published values ---------------------------------------------------------------------------------------

TABLES = [
    ("7.1", special.erf, 0.5, 0.5204998778),
    ("7.1", special.erf, 1.0, 0.8427007929),
    ("7.1", special.erf, 2.0, 0.9953222650),
    ("6.1", special.gammaln, 1.5, math.log(0.8862269255)),
    ("6.1", special.digamma, 1.0, -0.5772156649),
    ("6.1", special.digamma, 1.5, 0.0364899740),
    ("6.1", lambda x: special.polygamma(1, x), 1.0, 1.6449340668),
    ("6.1", lambda x: special.polygamma(1, x), 1.5, 0.9348022005),
    ("9.1", special.bessel_j0, 1.0, 0.765197686557967),
    ("9.1", special.bessel_j0, 2.0, 0.223890779141236),
    ("9.1", special.bessel_j0, 5.0, -0.177596771314338),
    ("9.1", special.bessel_j1, 1.0, 0.4400505857),
    ("9.1", special.bessel_y0, 1.0, 0.0882569642),
    ("9.1", special.bessel_y0, 2.0, 0.5103756726),
    ("9.1", special.bessel_y1, 1.0, -0.7812128213),
    ("9.1", special.bessel_y1, 2.0, -0.1070324315),
    ("9.8", special.i0e, 1.0, 0.4657596076),
    ("9.8", special.i1e, 1.0, 0.2079104153),
    ("9.8", special.scaled_modified_bessel_k0, 1.0, 1.1444630798),
    ("9.8", special.scaled_modified_bessel_k1, 1.0, 1.6361534863),
    ("10.11", special.airy_ai, 0.0, 0.35502805),
    ("10.11", special.airy_ai, 1.0, 0.13529242),
    ("10.11", special.airy_ai, -1.0, 0.53556088),
    ("26.1", special.ndtr, 1.0, 0.841344746068543),
    ("26.1", special.ndtr, 2.0, 0.977249868051821),
    ("26.5", special.ndtri, 0.975, 1.95996),
]


@pytest.mark.parametrize(("table", "function", "x", "value"), TABLES)
def test_tables_of_abramowitz_and_stegun(table, function, x, value):
    digits = len(f"{value!r}".split(".")[1])
    assert at(function, x) == pytest.approx(value, abs=10.0 ** -min(digits, 10))


ROOTS = [
    (special.bessel_j0, 2.404825557695773),  # A&S 9.5
    (special.bessel_j1, 3.831705970207512),
    (special.bessel_y0, 0.893576966279168),
    (special.bessel_y1, 2.197141326031017),
    (special.airy_ai, -2.338107410459767),  # A&S 10.13
]


@pytest.mark.parametrize(("function", "root"), ROOTS)
def test_roots(function, root):
    assert at(function, root) == pytest.approx(0, abs=2e-15)
    assert abs(at(function, root + 1e-3)) > 1e-4


def test_zeta_values():
    """A&S 23.2.24 to 23.2.26, and table 23.3 for 3."""
    assert at(special.zeta, 2, 1) == pytest.approx(math.pi**2 / 6, rel=1e-14)
    assert at(special.zeta, 4, 1) == pytest.approx(math.pi**4 / 90, rel=1e-14)
    assert at(special.zeta, 3, 1) == pytest.approx(1.202056903159594, rel=1e-14)


# -- orthogonal polynomials, written out: A&S tables 22.3 to 22.13 ------------------------------------------

POLYNOMIALS = {
    "chebyshev_polynomial_t": (5, lambda x: 16 * x**5 - 20 * x**3 + 5 * x),
    "chebyshev_polynomial_u": (4, lambda x: 16 * x**4 - 12 * x**2 + 1),
    "chebyshev_polynomial_v": (2, lambda x: 4 * x**2 - 2 * x - 1),
    "chebyshev_polynomial_w": (2, lambda x: 4 * x**2 + 2 * x - 1),
    "shifted_chebyshev_polynomial_t": (3, lambda x: 32 * x**3 - 48 * x**2 + 18 * x - 1),
    "shifted_chebyshev_polynomial_u": (2, lambda x: 16 * x**2 - 16 * x + 3),
    "shifted_chebyshev_polynomial_v": (2, lambda x: 16 * x**2 - 20 * x + 5),
    "shifted_chebyshev_polynomial_w": (2, lambda x: 16 * x**2 - 12 * x + 1),
    "hermite_polynomial_h": (4, lambda x: 16 * x**4 - 48 * x**2 + 12),
    "hermite_polynomial_he": (4, lambda x: x**4 - 6 * x**2 + 3),
    "laguerre_polynomial_l": (3, lambda x: (-(x**3) + 9 * x**2 - 18 * x + 6) / 6),
    "legendre_polynomial_p": (4, lambda x: (35 * x**4 - 30 * x**2 + 3) / 8),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials_written_out(name, rng):
    degree, written_out = POLYNOMIALS[name]
    x = rng.uniform(-3, 3, 50)
    found = getattr(special, name)(autograd.tensor(x), degree)
    assert_equal(found, written_out(x), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_degrees(name):
    """Degree 0 is 1, a fraction is cut off, and what is no degree gives 0; there is no graph."""
    polynomial, x = getattr(special, name), column(-0.5, 0.3)
    assert_equal(polynomial(x, 0), [1, 1])
    assert_equal(polynomial(x, column(2.9, 2.9)), polynomial(x, 2))
    assert_equal(polynomial(0.3, column(-1, math.nan, math.inf)), [0, 0, 0])
    assert not polynomial(x.requires_grad_(), 3).requires_grad


# -- identities ---------------------------------------------------------------------------------------------


@pytest.fixture
def x(rng):
    """Numbers in (0, 5)."""
    return autograd.tensor(rng.uniform(0.05, 5, 200))


def test_gamma_function_is_the_factorial():
    factorials = [math.factorial(n) for n in range(10)]
    assert_equal(special.gammaln(autograd.arange(1, 11, dtype=autograd.float64)).exp(), factorials)


def test_digamma_reflection():
    """A&S 6.3.7: psi(1 - x) - psi(x) = pi / tan(pi x)."""
    x = autograd.linspace(0.1, 0.9, 9, dtype=autograd.float64)
    assert_equal(special.digamma(1 - x) - special.digamma(x), math.pi / autograd.tan(math.pi * x), atol=1e-13)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_polygamma_recurrence(n, x):
    """A&S 6.4.6."""
    step = (-1) ** n * math.factorial(n) * x ** (-n - 1)
    assert_equal(special.polygamma(n, x), special.polygamma(n, x + 1) - step, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_polygamma_is_hurwitz_zeta(n, x):
    """A&S 6.4.10."""
    zeta = special.zeta(float(n + 1), x)
    assert_equal(special.polygamma(n, x), (-1) ** (n + 1) * math.factorial(n) * zeta)


def test_zeta_without_its_first_term(x):
    assert_equal(special.zeta(3.0, x), special.zeta(3.0, x + 1) + x**-3)


def test_incomplete_gamma_of_whole_numbers(x):
    """A&S 6.5.13: with a whole, the sum of a Poisson distribution's first terms."""
    below_three = (-x).exp() * (1 + x + x * x / 2)
    assert_equal(special.gammaincc(column(3), x), below_three)
    assert_equal(special.gammainc(column(3), x), 1 - below_three, atol=1e-15)


def test_small_tails_are_exact():
    """What 1 - P would round to 0."""
    assert at(special.gammaincc, 1, 700) == pytest.approx(math.exp(-700), rel=1e-12)
    assert at(special.erfc, 10) == pytest.approx(math.erfc(10), rel=1e-12)


def test_multivariate_gamma_of_two(x):
    """sqrt(pi) Gamma(x) Gamma(x - 1/2), by Legendre's duplication formula (A&S 6.1.18)."""
    x = x + 0.6
    expected = (2 - 2 * x) * math.log(2) + math.log(math.pi) + special.gammaln(2 * x - 1)
    assert_equal(special.multigammaln(x, 2), expected, atol=1e-12)


def test_error_functions(x):
    assert_equal(special.erf(x) + special.erfc(x), np.ones(200))
    assert_equal(special.erfcx(x), (x * x).exp() * special.erfc(x), rtol=1e-9)
    assert_equal(special.erfinv(special.erf(x / 3)), x / 3, rtol=1e-11)


def test_normal_distribution(x):
    assert_equal(special.ndtr(x) + special.ndtr(-x), np.ones(200))
    assert_equal(special.ndtri(special.ndtr(-x)), -x, rtol=1e-11)
    assert_equal(special.log_ndtr(-x).exp(), special.ndtr(-x))
    assert_equal(special.ndtr(x), 0.5 * (1 + special.erf(x / math.sqrt(2))))


def test_log_ndtr_far_out():
    """A&S 26.2.12: Phi(-x) = phi(x) / x (1 - 1/x^2 + 3/x^4 - 15/x^6 + ...), where Phi itself underflows."""
    x = 40.0
    series = 1 - x**-2 + 3 * x**-4 - 15 * x**-6 + 105 * x**-8
    expected = -x * x / 2 - math.log(x * math.sqrt(2 * math.pi)) + math.log(series)
    assert at(special.ndtr, -x) == 0.0
    assert at(special.log_ndtr, -x) == pytest.approx(expected, rel=1e-13)


def test_wronskians(x):
    """A&S 9.1.16 and 9.6.15."""
    j = special.bessel_j1(x) * special.bessel_y0(x) - special.bessel_j0(x) * special.bessel_y1(x)
    assert_equal(j, 2 / (math.pi * x), rtol=1e-11)
    k = special.i0(x) * special.modified_bessel_k1(x) + special.i1(x) * special.modified_bessel_k0(x)
    assert_equal(k, 1 / x, rtol=1e-12)


def test_scaled_bessel_functions(x):
    assert_equal(special.i0e(-x), (-x).exp() * special.i0(x))
    assert_equal(special.i1e(-x), -(-x).exp() * special.i1(x))
    assert_equal(special.scaled_modified_bessel_k0(x), x.exp() * special.modified_bessel_k0(x))
    assert_equal(special.scaled_modified_bessel_k1(x), x.exp() * special.modified_bessel_k1(x))
    far = 1e4  # A&S 9.7.1
    series = (1 + 1 / (8 * far) + 9 / (128 * far**2)) / math.sqrt(2 * math.pi * far)
    assert at(special.i0e, far) == pytest.approx(series, rel=1e-12)
    assert at(special.i0, far) == math.inf


def test_spherical_bessel_function(x):
    assert_equal(special.spherical_bessel_j0(x), x.sin() / x, atol=1e-15)
    assert at(special.spherical_bessel_j0, 0) == 1


def test_airy_function_solves_its_equation():
    """y'' = x y, by the fourth-order difference quotient."""
    x, h = column(-1.5, -0.5, 0.5, 1.5), 1e-2
    y = {k: special.airy_ai(x + k * h) for k in (-2, -1, 0, 1, 2)}
    second = (-y[-2] + 16 * y[-1] - 30 * y[0] + 16 * y[1] - y[2]) / (12 * h * h)
    assert_equal(second, x * y[0], rtol=1e-7)
    assert at(special.airy_ai, 1e10) == 0.0


def test_entropy_terms():
    assert_equal(special.entr(column(0, 1, math.e, -1)), [0, 0, -math.e, -math.inf])
    assert_equal(special.xlog1py(column(0, 2, 1), column(-1, 0, 1e-30)), [0, 0, 1e-30])
    assert math.isnan(at(special.xlog1py, 0, math.nan))


# -- derivatives where finite differences don't reach -------------------------------------------------------


def derivative(function, x):
    """The derivative at one number."""
    point = autograd.tensor(float(x), dtype=autograd.float64, requires_grad=True)
    return autograd.grad(function(point), point)[0].item()


def test_derivatives_at_the_edges():
    assert derivative(special.i1, 0) == 0.5
    assert derivative(special.i1e, 0) == 0.5
    assert derivative(special.i0e, 0) == 0
    assert derivative(special.erfinv, 0) == pytest.approx(math.sqrt(math.pi) / 2, rel=1e-15)
    assert derivative(special.erfinv, 1) == math.inf
    assert derivative(special.log_ndtr, -40) == pytest.approx(40.024968847, rel=1e-10)  # x (1 + 1/x^2 - 2/x^4 + ...)
    assert derivative(special.entr, 1) == -1
    assert derivative(lambda x: special.gammainc(column(1)[0], x), 2) == pytest.approx(math.exp(-2), rel=1e-14)
    assert derivative(lambda x: special.zeta(2.0, x), 1) == pytest.approx(-2 * 1.2020569031595942, rel=1e-14)


def test_chain_of_derivatives_of_log_gamma():
    """Four derivatives of lgamma are the polygamma functions."""
    x = column(0.7, 1.9).requires_grad_()
    y = special.gammaln(x)
    for order in range(4):
        (y,) = autograd.grad(y.sum(), x, create_graph=True)
        assert_equal(y.detach(), special.polygamma(order, x.detach()))


@pytest.mark.parametrize("function", [special.gammainc, special.gammaincc, special.zeta])
def test_no_derivative_by_the_parameter(function):
    parameter = column(2.0, 3.0).requires_grad_()
    with pytest.raises(RuntimeError, match=r"derivative for '.*: input' is not implemented"):
        function(parameter, column(1.0, 2.0))
    with autograd.no_grad():
        assert not function(parameter, column(1.0, 2.0)).requires_grad
