"""Complex numbers: parts as views, writes through them, gradients by PyTorch's convention, exact promotion."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
from autograd.check import gradcheck


@pytest.fixture
def z(rng):
    """A leaf of complex numbers."""
    return autograd.tensor(rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3)), requires_grad=True)


def double(*numbers):
    """Numbers in double precision, real or complex, as a leaf."""
    kind = autograd.complex128 if any(isinstance(n, complex) for n in numbers) else autograd.float64
    return autograd.tensor(numbers, dtype=kind, requires_grad=True)


def assert_close(a, b, tolerance=1e-12):
    """Two tensors, or a tensor and an array, that must agree."""
    a, b = (v.detach() if isinstance(v, autograd.Tensor) else v for v in (a, b))
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)


# -- the convention: the gradient of a real r by z = x + iy is dr/dx + i dr/dy ------------------------------


def test_gradient_of_the_squared_length(z):
    (z.abs() ** 2).sum().backward()
    assert_close(z.grad, 2 * z)


def test_gradients_of_the_parts(z):
    (3 * z.real + 5 * z.imag).sum().backward()
    assert_close(z.grad, np.full((2, 3), 3 + 5j))


HOLOMORPHIC = {
    "exp": (autograd.exp, np.exp),
    "sin": (autograd.sin, np.cos),
    "tanh": (autograd.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "square": (autograd.square, lambda z: 2 * z),
    "reciprocal": (autograd.reciprocal, lambda z: -1 / z**2),
    "log": (autograd.log, lambda z: 1 / z),
    "sqrt": (autograd.sqrt, lambda z: 0.5 / np.sqrt(z)),
    "atan": (autograd.atan, lambda z: 1 / (1 + z * z)),
    "cube": (lambda z: z**3, lambda z: 3 * z * z),
    "polynomial": (lambda z: (2 - 1j) * z * z + 3j * z, lambda z: 2 * (2 - 1j) * z + 3j),
}


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_holomorphic_functions(name, z):
    """For f holomorphic, Re f has the gradient conj(f'), and Im f has i conj(f') (Cauchy and Riemann)."""
    function, derivative = HOLOMORPHIC[name]
    expected = np.conj(derivative(z.detach().numpy()))
    assert_close(autograd.grad(function(z).real.sum(), z)[0], expected)
    assert_close(autograd.grad(function(z).imag.sum(), z)[0], 1j * expected)


def test_matmul(rng):
    """The gradient of Re <g, A B> by A is g B^*, by B is A^* g."""
    a, b, g = (rng.normal(size=s) + 1j * rng.normal(size=s) for s in ((3, 4), (4, 2), (3, 2)))
    x, y = autograd.tensor(a, requires_grad=True), autograd.tensor(b, requires_grad=True)
    (x @ y).backward(autograd.tensor(g))
    assert_close(x.grad, g @ b.conj().T)
    assert_close(y.grad, a.conj().T @ g)


def test_real_operands_get_real_gradients(z):
    x = double(1.0, 2.0, 3.0)
    (x * z).backward(autograd.ones_like(z))
    assert x.grad.dtype is autograd.float64
    assert_close(x.grad, z.detach().numpy().real.sum(0))


def test_gradient_descent_finds_the_number():
    z = double(3 - 2j)
    for _ in range(60):
        z.grad = None
        ((z - (1 + 1j)).abs() ** 2).sum().backward()
        with autograd.no_grad():
            z -= 0.2 * z.grad
    assert_close(z, [1 + 1j])


# -- parts, polar form --------------------------------------------------------------------------------------


def test_euler():
    turns = autograd.linspace(0, 2 * math.pi, 9, dtype=autograd.float64)
    assert_close(autograd.polar(autograd.ones_like(turns), turns), (1j * turns).exp())


def test_polar_form_and_back(z):
    assert_close(autograd.polar(z.abs(), z.angle()), z)
    assert_close(autograd.complex(z.real, z.imag), z)
    assert_close(autograd.view_as_complex(autograd.view_as_real(z)), z)


def test_angles_of_real_numbers():
    assert_close(autograd.angle(autograd.tensor([2.0, 0.0, -0.0, -1.0])), [0, 0, 0, math.pi], 1e-6)
    assert autograd.angle(autograd.tensor([1, -1])).dtype is autograd.float32
    assert math.isnan(autograd.angle(autograd.tensor(math.nan)).item())


def test_direction_of_zero_has_no_gradient():
    z = double(0j, 3 + 4j)
    direction = z.sgn()
    assert_close(direction, [0, 0.6 + 0.8j])
    direction.backward(autograd.ones_like(z))
    assert_close(z.grad, [0, (1 - 0.6 * (0.6 + 0.8j)) / 5])


def test_infinite_parts_stay_apart():
    both = autograd.complex(autograd.tensor([1.0, math.inf]), autograd.tensor([math.inf, 0.0]))
    assert both.tolist() == [complex(1, math.inf), complex(math.inf, 0)]


def test_adjoints(z):
    for adjoint in (z.mH, z.H, autograd.adjoint(z), z.adjoint()):
        assert_close(adjoint, z.detach().numpy().conj().T)
    batch = autograd.ones(2, 3, 4) * 1j
    assert batch.mH.shape == (2, 4, 3)
    assert autograd.ones(2, 3).H.shape == (3, 2)


def test_nothing_is_pending(z):
    assert not z.conj().is_conj()
    assert not z.imag.is_neg()
    assert autograd.resolve_conj(z) is z
    assert autograd.resolve_neg(z) is z
    assert autograd.is_complex(z)
    assert not autograd.is_floating_point(z)


def test_conjugate_in_place():
    z = autograd.tensor([1 + 2j])
    assert z.conj_physical_() is z
    assert z.tolist() == [1 - 2j]


# -- parts are views: what is written into the one shows in the other, in values and in gradients -----------


def test_parts_share_memory():
    z = autograd.tensor([1 + 2j, 3 + 4j])
    z.real[0] = 9
    z.imag = autograd.tensor([7.0, 8.0])
    autograd.view_as_real(z)[1, 0] += 1
    assert z.tolist() == [9 + 7j, 4 + 8j]
    pairs = autograd.zeros(2, 2)
    autograd.view_as_complex(pairs)[0] = 1 + 2j
    assert pairs.tolist() == [[1, 2], [0, 0]]


def test_assigning_the_real_part_of_a_real_tensor():
    x = autograd.zeros(2)
    x.real = autograd.tensor([1.0, 2.0])
    assert x.tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="non-complex"):
        x.imag = autograd.zeros(2)


def wrote_real(x):
    z = autograd.complex(x, x * x)
    z.real.mul_(3.0)
    return (z * z.conj()).real.sum() + z.imag.sum()  # 9 x^2 + x^4 + x^2


def assigned_real(x):
    z = autograd.complex(x, x * x)
    z.real = x**3
    return (z.abs() ** 2).sum()  # x^6 + x^4


def wrote_both(x):
    z = autograd.complex(x, x * x)
    autograd.view_as_real(z).mul_(2.0)
    return (z.abs() ** 2).sum()  # 4 x^2 + 4 x^4


def wrote_pairs(x):
    pairs = autograd.stack([x, x * x], 1)
    autograd.view_as_complex(pairs).mul_(1j)
    return (pairs * autograd.tensor([1.0, 10.0], dtype=x.dtype)).sum()  # -x^2 + 10 x


def read_after_a_write_to_the_whole(x):
    z = autograd.complex(x, x * x)
    part = z.real
    z.mul_(2j)
    return part.sum()  # -2 x^2


def read_beside_a_write(x):
    z = autograd.complex(x, x * x)
    imaginary = z.imag
    z.real.zero_()
    return imaginary.sum() + z.real.sum()  # x^2


def wrote_a_part_of_a_part(x):
    z = autograd.complex(x, x * x)
    z.reshape(1, -1).mT[1:].imag.copy_(x[:1].reshape(1, 1) ** 3)
    return z.imag.sum()  # x_0^2 + (n - 1) x_0^3


WRITES = {
    wrote_real: lambda x: 20 * x + 4 * x**3,
    assigned_real: lambda x: 6 * x**5 + 4 * x**3,
    wrote_both: lambda x: 8 * x + 16 * x**3,
    wrote_pairs: lambda x: 10 - 2 * x,
    read_after_a_write_to_the_whole: lambda x: -4 * x,
    read_beside_a_write: lambda x: 2 * x,
    wrote_a_part_of_a_part: lambda x: np.array([2 * x[0] + 6 * x[0] ** 2, 0, 0]),
}


@pytest.mark.parametrize("write", WRITES)
def test_writes_through_parts_are_differentiated(write):
    x = double(1.5, -2.0, 0.5)
    (g,) = autograd.grad(write(x), x, create_graph=True)
    assert g.dtype is autograd.float64
    assert_close(g, WRITES[write](x.detach().numpy()))
    assert gradcheck(lambda x: autograd.grad(write(x), x, create_graph=True)[0], x)


# -- logarithms of sums -------------------------------------------------------------------------------------


def test_logarithms_of_sums(z, rng):
    """Their exponentials are the sums of exponentials."""
    other = autograd.tensor(rng.normal(size=(2, 3)) * (1 + 2j))
    assert_close(autograd.logaddexp(z, other).exp(), z.exp() + other.exp())
    assert_close(autograd.logsumexp(z, 1).exp(), z.exp().sum(1))
    assert_close(autograd.logcumsumexp(z, 1).exp(), z.exp().cumsum(1))


def test_logarithms_of_sums_do_not_overflow():
    z = double(1000 + 1j, 1000 + 1j)
    expected = 1000 + math.log(2) + 1j
    assert_close(autograd.logaddexp(z[0], z[1]), expected)
    assert_close(autograd.logsumexp(z, 0), expected)
    assert_close(autograd.logcumsumexp(z, 0), [1000 + 1j, expected])
    autograd.logcumsumexp(z, 0).real.sum().backward()
    assert_close(z.grad, [1.5, 0.5])
    infinite = double(complex(-math.inf, 0), complex(-math.inf, 0))
    assert autograd.logaddexp(infinite[0], infinite[1]).real.item() == -math.inf


@pytest.mark.parametrize("name", ["logaddexp", "logcumsumexp", "logsumexp"])
def test_logarithms_of_sums_choose_torchs_branch(name, torch, rng):
    numbers = rng.normal(size=(5, 6)) * 3 + 1j * rng.uniform(-20, 20, (5, 6))

    def result(library):
        x = library.tensor(numbers)
        return getattr(library, name)(x, x.flip(1) if name == "logaddexp" else 1)

    assert_close(result(autograd), result(torch).numpy())


def test_weighted_covariance(rng):
    """Counted twice and standing there twice are the same."""
    x = autograd.tensor(rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3)))
    twice = autograd.cat([x, x[:, 1:2]], 1)
    assert_close(autograd.cov(x, fweights=autograd.tensor([1, 2, 1])), autograd.cov(twice))


# -- promotion ----------------------------------------------------------------------------------------------


def test_python_numbers_keep_their_digits():
    """A Python number meets a double-precision tensor exactly, whatever its own type would be alone."""
    ones, turns = autograd.ones(1, dtype=autograd.float64), autograd.ones(1, dtype=autograd.complex128)
    assert (ones * np.float64(0.1)).item() == 0.1
    assert (ones * 0.1j).item() == 0.1j
    assert (turns * 0.1).item() == 0.1
    assert (0.3 - turns).item() == 0.3 - 1
    assert autograd.lerp(turns, turns + 1, 0.1).item() == 1.1
    assert autograd.addcmul(turns, turns, turns, value=0.1).item() == 1.1
    assert bool(ones * 0.1 == np.float64(0.1))


def test_python_numbers_do_not_widen():
    for number, expected in ((0.1, "float32"), (np.float64(0.1), "float32"), (1j, "complex64"), (True, "float32")):
        assert (autograd.ones(1) * number).dtype.name == expected
    for number, expected in ((0.1, "float32"), (1j, "complex64"), (2, "int64"), (True, "int64")):
        assert (autograd.tensor([1]) * number).dtype.name == expected
    assert autograd.mul(2.0, 3.0).dtype is autograd.float32


# -- what is refused ----------------------------------------------------------------------------------------

ONES = autograd.ones(2, 3)
REFUSED = [
    (lambda: autograd.imag(ONES), RuntimeError, "not implemented for tensors with non-complex dtypes"),
    (lambda: autograd.view_as_real(ONES), RuntimeError, "only supported for complex tensors"),
    (lambda: autograd.view_as_complex(ONES), RuntimeError, "last dimension of size 2"),
    (lambda: autograd.view_as_complex(autograd.tensor(1.0)), RuntimeError, "one or more dimensions"),
    (lambda: autograd.view_as_complex(autograd.ones(2, dtype=autograd.int64)), RuntimeError, "half, float and double"),
    (lambda: autograd.view_as_complex(ONES.t()), RuntimeError, "last dimension with stride 1"),
    (lambda: autograd.view_as_complex(ONES[:, :2]), RuntimeError, "stride divisible by 2"),
    (lambda: autograd.view_as_complex(autograd.ones(4)[1:3]), RuntimeError, "storage_offset divisible by 2"),
    (lambda: autograd.complex(1.0, 2.0), TypeError, "'real' .* must be Tensor, not float"),
    (lambda: autograd.complex(ONES, ONES.double()), RuntimeError, "Expected object of scalar type float32"),
    (lambda: autograd.complex(ONES.long(), ONES.long()), RuntimeError, "Half, Float or Double"),
    (lambda: autograd.complex(ONES, autograd.ones(2)), RuntimeError, "must match the size"),
    (lambda: autograd.polar(ONES, ONES.double()), RuntimeError, "Expected object of scalar type float32"),
    (lambda: autograd.ones(2, 2, 2).H, RuntimeError, "only supported on matrices .*mH"),
    (lambda: autograd.ones(2).mH, RuntimeError, "Got 1-D tensor"),
    (lambda: ONES.add_(1j), RuntimeError, "can't be cast"),
    (lambda: ONES * 1j < ONES, RuntimeError, "no order"),
    (lambda: (ONES * 1j).requires_grad_().sum().backward(), RuntimeError, "complex"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refuses(call, error, words):
    with pytest.raises(error, match=words):
        call()
