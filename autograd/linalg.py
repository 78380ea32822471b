"""torch.linalg: matrices taken apart, inverted, measured, and systems of equations solved.

All functions take batches: a tensor (..., m, n) is a stack of matrices m by n. The primitives and
their derivatives are declared in `autograd/ops`, in a file for each family.
"""

from autograd.ops.chains import multi_dot
from autograd.ops.determinants import linalg_det as det
from autograd.ops.determinants import linalg_slogdet as slogdet
from autograd.ops.factorizations import cholesky, cholesky_ex, qr
from autograd.ops.ldl import ldl_factor, ldl_factor_ex, ldl_solve
from autograd.ops.least_squares import lstsq, matrix_rank, pinv
from autograd.ops.lu import linalg_lu_solve as lu_solve
from autograd.ops.lu import lu, lu_factor, lu_factor_ex
from autograd.ops.matmul import matmul
from autograd.ops.matrices import LinAlgError
from autograd.ops.matrix_functions import linalg_matrix_exp as matrix_exp
from autograd.ops.matrix_functions import linalg_matrix_power as matrix_power
from autograd.ops.matrix_norms import cond, matrix_norm
from autograd.ops.matrix_norms import linalg_norm as norm
from autograd.ops.norms import vector_norm
from autograd.ops.products import linalg_cross as cross
from autograd.ops.products import linalg_diagonal as diagonal
from autograd.ops.products import linalg_vander as vander
from autograd.ops.products import vecdot
from autograd.ops.reflections import householder_product
from autograd.ops.singular import svd, svdvals
from autograd.ops.solvers import inv, inv_ex, solve, solve_ex, tensorinv, tensorsolve
from autograd.ops.spectra import eig, eigh, eigvals, eigvalsh
from autograd.ops.triangular import solve_triangular

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_factor_ex", "ldl_solve", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot",
    "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv",
    "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip
