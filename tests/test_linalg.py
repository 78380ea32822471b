"""Linear algebra: closed forms and identities, what happens where there is no result, and PyTorch's choices.

That every function agrees with PyTorch and every rule with finite differences is shown by the tests that the registry
drives; here is what they do not cover.
"""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import linalg
from autograd.ops.chains import cheapest_splits

LAPACK = {"rtol": 1e-12, "atol": 1e-12}


def matrices(*shape, seed=0, complex_numbers=False):
    """Random matrices as a tensor."""
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal(shape)
    return autograd.tensor(numbers + 1j * rng.standard_normal(shape) if complex_numbers else numbers)


def assert_close(a, b, **tolerance):
    np.testing.assert_allclose(np.asarray(a.detach()), np.asarray(b), **(tolerance or LAPACK))


def hilbert(n):
    """Hilbert's matrix, 1 / (i + j - 1): badly conditioned, and everything about it is known exactly."""
    index = np.arange(1, n + 1)
    return autograd.tensor(1 / (index[:, None] + index - 1))


def grad_of(function, *inputs):
    """The gradients of a function's result by tensors."""
    leaves = [x.detach().requires_grad_() for x in inputs]
    found = autograd.grad(function(*leaves), leaves)
    return found[0] if len(found) == 1 else found


# -- numbers that are known ---------------------------------------------------------------------------------


def test_hilbert_matrix():
    """Choi, "Tricks or treats with the Hilbert matrix", 1983: the determinant and the inverse; the condition is from
    Todd, "The condition of the finite segments of the Hilbert matrix", 1954."""
    assert_close(linalg.det(hilbert(3)), 1 / 2160)
    assert_close(linalg.inv(hilbert(3)), [[9, -36, 30], [-36, 192, -180], [30, -180, 180]], rtol=1e-11)
    assert_close(linalg.cond(hilbert(3)), 524.0567775860644, rtol=1e-10)
    assert linalg.matrix_rank(hilbert(12), rtol=1e-6).item() < 12


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 2, 3.0])
def test_exponential_of_a_turn(angle):
    generator = autograd.tensor([[0.0, -angle], [angle, 0.0]], dtype=autograd.float64)
    c, s = math.cos(angle), math.sin(angle)
    assert_close(linalg.matrix_exp(generator), [[c, -s], [s, c]])
    values = linalg.eigvals(linalg.matrix_exp(generator))
    assert_close(values.real, [c, c])
    assert_close(values.imag.abs(), [abs(s)] * 2)


@given(n=st.integers(1, 40))
def test_powers_of_fibonacci_matrix(n):
    one = autograd.tensor([[1, 1], [1, 0]])
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    assert linalg.matrix_power(one, n)[0, 1].item() == a
    assert linalg.matrix_power(one, 0).tolist() == [[1, 0], [0, 1]]


def test_cheapest_order_of_a_chain():
    """The example of Cormen et al., section 15.2: ((A1 (A2 A3)) ((A4 A5) A6))."""
    splits = cheapest_splits([30, 35, 15, 5, 10, 20, 25])
    assert (splits[0, 5], splits[0, 2], splits[3, 5]) == (2, 0, 4)


def test_line_through_points():
    x, y = np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 2.5, 4.0, 8.5])
    A = autograd.tensor(np.stack((x, np.ones(4)), 1))  # noqa: N806
    found = linalg.lstsq(A, autograd.tensor(y[:, None]), driver="gelsd")
    assert_close(found.solution.squeeze(-1), np.polyfit(x, y, 1))
    assert_close(found.residuals, [np.polyfit(x, y, 1, full=True)[1][0]])
    assert found.rank.item() == 2


# -- identities ---------------------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("complex_numbers", [False, True])
SHAPES = pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5), (2, 3, 4, 2)])


@BOTH
@SHAPES
def test_factors_multiply_to_the_matrix(shape, complex_numbers):
    x = matrices(*shape, complex_numbers=complex_numbers)
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(x, mode)
        assert_close(q @ r, x)
        assert_close(q.mH @ q, np.broadcast_to(np.eye(q.shape[-1]), (q.mH @ q).shape))
    for full in (False, True):
        u, s, vh = linalg.svd(x, full_matrices=full)
        k = s.shape[-1]
        assert_close(u[..., :k] * s.unsqueeze(-2) @ vh[..., :k, :], x)
    p, lower, upper = linalg.lu(x)
    assert_close(p @ lower @ upper, x)
    compact = linalg.lu_factor_ex(x)
    for a, b in zip(autograd.lu_unpack(compact.LU, compact.pivots), (p, lower, upper), strict=True):
        assert_close(a, b)


@BOTH
def test_eigenvectors_are_stretched_by_their_values(complex_numbers):
    x = matrices(2, 4, 4, complex_numbers=complex_numbers)
    values, vectors = linalg.eig(x)
    assert_close(x.to(vectors.dtype) @ vectors, vectors * values.unsqueeze(-2))
    symmetric = x + x.mH
    values, vectors = linalg.eigh(symmetric)
    assert_close(symmetric @ vectors, vectors * values.unsqueeze(-2))
    assert (values.diff() > 0).all()


@BOTH
@SHAPES
def test_the_four_conditions_of_a_pseudo_inverse(shape, complex_numbers):
    """Penrose, "A generalized inverse for matrices", 1955."""
    x = matrices(*shape, complex_numbers=complex_numbers)
    for a in (x, x[..., :1] @ x[..., :1, :]):  # of full rank, and of rank 1
        p = linalg.pinv(a)
        assert_close(a @ p @ a, a)
        assert_close(p @ a @ p, p)
        assert_close((a @ p).mH, a @ p)
        assert_close((p @ a).mH, p @ a)


@BOTH
def test_all_ways_to_solve_agree(complex_numbers):
    x = matrices(2, 4, 4, complex_numbers=complex_numbers)
    positive = x @ x.mH + autograd.eye(4, dtype=autograd.float64)
    b = matrices(2, 4, 3, seed=1, complex_numbers=complex_numbers)
    expected = linalg.solve(positive, b)
    assert_close(positive @ expected, b)
    factor = linalg.cholesky(positive)
    solutions = [
        linalg.inv(positive) @ b,
        linalg.lu_solve(*linalg.lu_factor(positive), b),
        autograd.cholesky_solve(b, factor),
        autograd.cholesky_solve(b, linalg.cholesky(positive, upper=True), upper=True),
        autograd.cholesky_inverse(factor) @ b,
        linalg.ldl_solve(*linalg.ldl_factor(positive, hermitian=True), b, hermitian=True),
        linalg.lstsq(positive, b).solution,
        linalg.solve(positive.mT, b.mT, left=False).mT,
        linalg.lu_solve(*linalg.lu_factor(positive), b.mH, left=False, adjoint=True).mH,
    ]
    for solution in solutions:
        assert_close(solution, expected, rtol=1e-9, atol=1e-11)


@BOTH
def test_indefinite_systems_by_ldl(complex_numbers):
    x = matrices(3, 5, 5, complex_numbers=complex_numbers)
    b = matrices(3, 5, 2, seed=1, complex_numbers=complex_numbers)
    for a, hermitian in ((x + x.mT, False), (x + x.mH, True)):
        solution = linalg.ldl_solve(*linalg.ldl_factor(a, hermitian=hermitian), b, hermitian=hermitian)
        assert_close(a @ solution, b, rtol=1e-9, atol=1e-10)


@BOTH
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("transpose", [True, False])
def test_reflections_multiply_as_their_product(left, transpose, complex_numbers):
    x = matrices(2, 4, 3, complex_numbers=complex_numbers)
    c = matrices(2, 4, 4, seed=1, complex_numbers=complex_numbers)
    a, tau = autograd.geqrf(x)
    q = linalg.qr(x, "complete").Q
    assert_close(linalg.householder_product(a, tau), q[..., :3])
    turned = q.mH if transpose else q
    assert_close(autograd.ormqr(a, tau, c, left, transpose), turned @ c if left else c @ turned)


def test_triangular_solve_reads_one_triangle_only():
    x, b = matrices(4, 4), matrices(4, 2, seed=1)
    assert_close(linalg.solve_triangular(x, b, upper=True), linalg.solve(x.triu(), b))
    assert_close(linalg.solve_triangular(x, b.mT, upper=False, left=False), linalg.solve(x.tril().mT, b).mT)
    ones = x.tril(-1) + autograd.eye(4, dtype=x.dtype)
    assert_close(linalg.solve_triangular(x, b, upper=False, unitriangular=True), linalg.solve(ones, b))
    assert_close(autograd.triangular_solve(b, x, transpose=True).solution, linalg.solve(x.triu().mT, b))


@pytest.mark.parametrize("p", [1, 2, 3, math.inf])
def test_norms_obey_the_triangle_inequality(p):
    x, y = matrices(50, 4), matrices(50, 4, seed=1)
    lengths = [linalg.vector_norm(v, p, dim=-1) for v in (x, y, x + y)]
    assert (lengths[2] <= lengths[0] + lengths[1] + 1e-12).all()
    assert_close(autograd.cdist(x, y, p).diagonal(), lengths_of(x - y, p))


def lengths_of(x, p):
    return np.linalg.norm(np.asarray(x), p, axis=-1)


def test_norms_of_matrices_from_singular_values():
    x = matrices(3, 4)
    s = linalg.svdvals(x)
    assert_close(linalg.matrix_norm(x, 2), s.max())
    assert_close(linalg.matrix_norm(x, -2), s.min())
    assert_close(linalg.matrix_norm(x, "nuc"), s.sum())
    assert_close(linalg.matrix_norm(x), (s * s).sum().sqrt())
    assert_close(linalg.cond(x), s.max() / s.min())


def test_large_distances_by_a_matrix_product():
    x, y = matrices(40, 5), matrices(30, 5, seed=1)
    one_by_one = autograd.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    assert_close(autograd.cdist(x, y), one_by_one, rtol=1e-10)


def test_slogdet_where_det_overflows():
    x = 1e10 * autograd.eye(50, dtype=autograd.float64)
    assert linalg.det(x).item() == math.inf or linalg.det(x).item() > 1e300
    assert_close(linalg.slogdet(x).logabsdet, 50 * math.log(1e10))
    assert_close(autograd.logdet(x), 50 * math.log(1e10))


# -- gradients in closed form -------------------------------------------------------------------------------


def test_jacobis_formula():
    x = matrices(3, 4, 4)
    inverse = np.linalg.inv(np.asarray(x)).swapaxes(-1, -2)
    assert_close(grad_of(lambda a: linalg.slogdet(a).logabsdet.sum(), x), inverse)
    determinants = np.linalg.det(np.asarray(x))[:, None, None]
    assert_close(grad_of(lambda a: linalg.det(a).sum(), x), determinants * inverse)


def test_gradient_of_a_determinant_that_is_zero():
    x = autograd.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=autograd.float64)
    assert_close(grad_of(linalg.det, x), [[4, -2], [-2, 1]], rtol=1e-10, atol=1e-10)
    zeros = autograd.zeros(3, 3, dtype=autograd.float64)
    assert_close(grad_of(linalg.det, zeros), np.zeros((3, 3)))


def test_gradient_of_a_trace_of_a_power():
    x = matrices(3, 3)
    assert_close(
        grad_of(lambda a: autograd.trace(linalg.matrix_power(a, 4)), x), 4 * np.linalg.matrix_power(x.numpy(), 3).T
    )


def test_gradient_of_equal_eigenvalues():
    """Those of a sum of eigenvalues exist also where eigenvalues are equal: it is the trace."""
    identity = autograd.eye(3, dtype=autograd.float64)
    assert_close(grad_of(lambda a: linalg.eigvalsh(a).sum(), identity), np.eye(3))
    assert_close(grad_of(lambda a: linalg.eigvals(a).real.sum(), identity), np.eye(3))
    assert_close(grad_of(lambda a: linalg.svdvals(a).sum(), identity), np.eye(3))


def test_gradient_of_least_squares_is_that_of_the_normal_equations():
    x, y = matrices(5, 2), matrices(5, 3, seed=1)
    by_lstsq = grad_of(lambda a, b: (linalg.lstsq(a, b).solution ** 2).sum(), x, y)
    by_normal = grad_of(lambda a, b: (linalg.solve(a.mT @ a, a.mT @ b) ** 2).sum(), x, y)
    for a, b in zip(by_lstsq, by_normal, strict=True):
        assert_close(a, b, rtol=1e-10)


@pytest.mark.parametrize("p", [0, 0.5, 1, 1.5, 2, 3, math.inf, -1, -math.inf])
def test_subgradients_of_norms(p, torch):
    for values in ([0.0, 0.0], [0.0, 3.0], [3.0, 3.0], [-2.0, 2.0]):
        ours = autograd.tensor(values, requires_grad=True)
        theirs = torch.tensor(values, requires_grad=True)
        linalg.vector_norm(ours, p).backward()
        norm = torch.linalg.vector_norm(theirs, p)
        if norm.requires_grad:
            norm.backward()
        expected = np.zeros(2) if theirs.grad is None else theirs.grad.numpy()
        np.testing.assert_allclose(ours.grad.numpy(), expected, rtol=1e-6)


def test_distance_zero_has_gradient_zero():
    x = autograd.ones(2, 3, requires_grad=True)
    (autograd.dist(x, autograd.ones(3)) + autograd.cdist(x, autograd.ones(1, 3)).sum()).backward()
    assert not x.grad.any()


# -- what is not differentiable -----------------------------------------------------------------------------


def test_phases_of_vectors_have_no_gradient():
    x = matrices(3, 3, complex_numbers=True).requires_grad_()
    for vectors in (linalg.eig(x).eigenvectors, linalg.eigh(x + x.mH).eigenvectors, linalg.svd(x).U):
        with pytest.raises(RuntimeError, match=r"e\^{i phi}.*ill-defined"):
            vectors.imag.sum().backward(retain_graph=True)
        (vectors.abs() ** 3).sum().backward()  # does not depend on the phases


def test_columns_that_are_not_determined_have_no_gradient():
    x = matrices(4, 2).requires_grad_()
    with pytest.raises(RuntimeError, match=r"mode='complete'.*4 > 2.*reduced"):
        linalg.qr(x, "complete").R.sum().backward()


def test_compact_factors_without_gradient():
    x = matrices(3, 3).requires_grad_()
    assert not autograd.geqrf(x).a.requires_grad
    assert not linalg.ldl_factor(x).LD.requires_grad


# -- where there is no result -------------------------------------------------------------------------------

SINGULAR = autograd.tensor([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]])
ONES = autograd.ones(2, 2, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.inv(SINGULAR), r"linalg.inv: \(Batch element 1\).*singular"),
        (lambda: linalg.inv(SINGULAR[1]), "linalg.inv: The diagonal element 2 is zero.*singular"),
        (lambda: linalg.solve(SINGULAR, ONES), r"linalg.solve: \(Batch element 1\).*singular"),
        (lambda: linalg.matrix_power(SINGULAR, -1), "singular"),
        (lambda: linalg.cholesky(-SINGULAR), r"\(Batch element 0\).*order 1 is not positive-definite"),
        (lambda: linalg.cholesky(autograd.tensor([[1.0, 2.0], [2.0, 1.0]])), "order 2 is not positive-definite"),
        (lambda: linalg.lu_factor(SINGULAR), r"\(Batch element 1\).*U\[2,2\] is zero"),
        (lambda: linalg.ldl_factor(autograd.zeros(2, 2)), "zero at position 1"),
        (
            lambda: linalg.lstsq(autograd.tensor([[1.0, 0.0], [0.0, 0.0]]), autograd.ones(2, 1), driver="gels"),
            "full rank",
        ),
        (lambda: autograd.cholesky_inverse(autograd.zeros(2, 2)), "singular"),
        (lambda: linalg.eigh(autograd.full((2, 2), math.nan)), "infs or NaNs"),
    ],
)
def test_errors_say_which_matrix_and_why(call, message):
    with pytest.raises(linalg.LinAlgError, match=message):
        call()


def test_reports_instead_of_errors():
    inverse, info = linalg.inv_ex(SINGULAR)
    assert info.tolist() == [0, 2]
    assert info.dtype is autograd.int32
    assert inverse[0].tolist() == [[1, 0], [0, 1]]
    assert linalg.cholesky_ex(-SINGULAR).info.tolist() == [1, 1]
    assert linalg.lu_factor_ex(SINGULAR).info.tolist() == [0, 2]
    assert linalg.solve_ex(SINGULAR, ONES).info.tolist() == [0, 2]
    with pytest.raises(linalg.LinAlgError):
        linalg.inv_ex(SINGULAR, check_errors=True)
    assert linalg.cond(SINGULAR, "fro").isinf().tolist() == [False, True]
    assert linalg.det(SINGULAR).tolist() == [1, 0]
    assert linalg.slogdet(SINGULAR).logabsdet.tolist() == [0, -math.inf]
    assert math.isnan(autograd.logdet(autograd.tensor([[-1.0]])).item())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.inv(autograd.ones(2, 3)), r"linalg.inv: A must be batches of square matrices.*2 by 3"),
        (lambda: linalg.det(autograd.ones(2)), r"at least 2 dimensions, but has shape \(2,\)"),
        (lambda: linalg.qr(autograd.ones(2, 2).long()), "Got int64: convert it with .float"),
        (lambda: linalg.svd(autograd.ones(2, 2).half()), "Low precision dtypes not supported. Got float16"),
        (
            lambda: linalg.solve(autograd.eye(3), autograd.ones(2, 1)),
            r"equation AX = B \(3x3 and 2x1\): B needs 3 rows",
        ),
        (lambda: linalg.solve(autograd.eye(3), autograd.ones(3).double()), "same dtype.*float32 and B of type float64"),
        (lambda: linalg.vector_norm(autograd.ones(0), math.inf), "dimension 0 is empty.*does not have an identity"),
        (lambda: linalg.matrix_norm(autograd.eye(2), 3), "Order 3 not supported.*'nuc'"),
        (lambda: linalg.norm(autograd.ones(2, 2, 2), 2), "must be 1D or 2D. Got 3D"),
        (lambda: autograd.tensordot(autograd.ones(2, 3), autograd.ones(4, 2), 1), "size 3 in dim 1.*size 4 in dim 0"),
        (lambda: autograd.cdist(autograd.ones(2, 3), autograd.ones(2, 4)), "X1: 3 X2: 4"),
        (lambda: linalg.cross(autograd.ones(2, 4), autograd.ones(2, 4)), "must have length 3. Got 4 and 4"),
        (
            lambda: linalg.multi_dot([autograd.ones(2, 3), autograd.ones(2, 3)]),
            r"tensors 0 and 1.*cannot be multiplied",
        ),
        (lambda: autograd.trace(autograd.ones(2)), "expected a matrix"),
        (lambda: autograd.renorm(autograd.ones(2, 2), 2, 0, -1.0), "maxnorm to be >= 0"),
        (lambda: linalg.eigh(autograd.eye(2), "X"), "'L' or 'U'"),
        (lambda: linalg.qr(autograd.eye(2), "full"), "'reduced'.*'complete'"),
        (lambda: linalg.lu(autograd.eye(2), pivot=False), "without pivoting.*pivot=True"),
    ],
)
def test_errors_name_the_function_and_the_shapes(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


def test_types_of_errors():
    with pytest.raises(IndexError, match="Dimension out of range"):
        linalg.vector_norm(autograd.ones(2), dim=1)
    with pytest.raises(TypeError, match="must be int"):
        linalg.matrix_power(autograd.eye(2), 0.5)
    with pytest.raises(TypeError, match="must be Number, not str"):
        linalg.vector_norm(autograd.ones(2), "fro")
    with pytest.raises(TypeError, match="tuple of Tensors"):
        linalg.multi_dot(autograd.eye(2))
    with pytest.raises(ValueError, match="compute_mode"):
        autograd.cdist(autograd.eye(2), autograd.eye(2), compute_mode="fast")
    with pytest.raises(ValueError, match="min\\(m, n\\)=2"):
        autograd.pca_lowrank(autograd.eye(2), q=3)


# -- the same as PyTorch ------------------------------------------------------------------------------------


def test_the_whole_namespace_is_there(torch):
    private = {"common_notes"}
    wanted = {name for name in dir(torch.linalg) if name[0].islower() and not callable_module(torch.linalg, name)}
    assert wanted - private <= set(linalg.__all__)


def callable_module(module, name):
    return not callable(getattr(module, name))


def test_results_have_names(torch):
    x, theirs = matrices(3, 3), torch.from_numpy(matrices(3, 3).numpy())
    for name in ("slogdet", "eig", "eigh", "svd", "qr", "inv_ex", "lu", "lu_factor", "lu_factor_ex", "ldl_factor"):
        ours, expected = getattr(linalg, name)(x), getattr(torch.linalg, name)(theirs)
        fields = [f for f in dir(expected) if not f.startswith(("_", "n_")) and f not in ("count", "index")]
        assert sorted(ours._fields) == fields
        assert repr(ours).split("(")[0] == repr(expected).split("(")[0]


@pytest.mark.parametrize("driver", ["gels", "gelsy", "gelsd", "gelss"])
@pytest.mark.parametrize(("rows", "columns"), [(4, 2), (2, 4), (3, 3), (0, 2), (3, 0)])
def test_least_squares_results(driver, rows, columns, torch):
    a, b = matrices(rows, columns), matrices(rows, 2, seed=1)
    ours = linalg.lstsq(a, b, driver=driver)
    expected = torch.linalg.lstsq(torch.from_numpy(a.numpy()), torch.from_numpy(b.numpy()), driver=driver)
    for x, y in zip(ours, expected, strict=True):
        assert (tuple(x.shape), x.dtype.name) == (tuple(y.shape), str(y.dtype).removeprefix("torch."))
        if rows and columns:  # without unknowns PyTorch says that nothing is left over
            assert_close(x, y.numpy())


@pytest.mark.parametrize("tolerance", [{}, {"atol": 0.5}, {"rtol": 0.3}, {"atol": 0.5, "rtol": 0.3}])
@pytest.mark.parametrize("hermitian", [False, True])
def test_tolerances(tolerance, hermitian, torch):
    x = matrices(2, 4, 4)
    x = x + x.mT
    theirs = torch.from_numpy(x.numpy())
    rank = linalg.matrix_rank(x, hermitian=hermitian, **tolerance)
    assert rank.tolist() == torch.linalg.matrix_rank(theirs, hermitian=hermitian, **tolerance).tolist()
    inverse = linalg.pinv(x, hermitian=hermitian, **tolerance)
    assert_close(inverse, torch.linalg.pinv(theirs, hermitian=hermitian, **tolerance))


def test_tolerances_for_each_matrix(torch):
    x, bounds = matrices(2, 4, 3), np.array([0.1, 2.5])
    theirs = torch.from_numpy(x.numpy())
    ours = linalg.matrix_rank(x, atol=autograd.tensor(bounds))
    assert ours.tolist() == torch.linalg.matrix_rank(theirs, atol=torch.from_numpy(bounds)).tolist()
    assert_close(
        linalg.pinv(x, rtol=autograd.tensor(bounds / 5)),
        torch.linalg.pinv(theirs, rtol=torch.from_numpy(bounds / 5)),
    )


@pytest.mark.parametrize("shape", [(8, 5), (5, 8), (2, 6, 4)])
def test_random_projections_are_the_same(shape, torch):
    x = matrices(*shape)
    theirs = torch.from_numpy(x.numpy())
    for name in ("svd_lowrank", "pca_lowrank"):
        autograd.manual_seed(3)
        torch.manual_seed(3)
        for a, b in zip(getattr(autograd, name)(x, q=2), getattr(torch, name)(theirs, q=2), strict=True):
            assert_close(a.abs(), b.abs().numpy(), rtol=1e-9)


def test_low_rank_is_found():
    x = matrices(30, 3) @ matrices(3, 20, seed=1)
    u, s, v = autograd.svd_lowrank(x, q=4)
    assert_close(u * s @ v.mT, x, rtol=1e-9, atol=1e-10)
    assert_close(s[3], 0, atol=1e-10)
    centered = x - x.mean(0)
    assert_close(autograd.svd_lowrank(x, q=4, M=x.mean(0))[1][:3], np.linalg.svd(centered.numpy())[1][:3], rtol=1e-9)
    assert_close(autograd.pca_lowrank(x, q=4)[1][:3], np.linalg.svd(centered.numpy())[1][:3], rtol=1e-9)


# -- NumPy and SciPy ----------------------------------------------------------------------------------------


def test_numpy_functions_lead_here():
    x = matrices(3, 3).requires_grad_()
    for function in (np.linalg.det, np.linalg.inv, np.linalg.norm, np.linalg.pinv, np.trace, np.linalg.cholesky):
        argument = x @ x.mT if function is np.linalg.cholesky else x
        result = function(argument)
        assert result.requires_grad
        assert_close(result, function(argument.detach().numpy()))


def test_scipy_is_not_imported_before_it_is_needed():
    code = "import sys, autograd; autograd.linalg.inv(autograd.eye(2)); assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
