"""Ready-made parametrizations: weights of learned length, of spectral norm one, and orthogonal ones."""

from __future__ import annotations

from typing import Any, TypeVar

from autograd.ops.matmul import mv
from autograd.ops.matrix_norms import norm_except_dim
from autograd.ops.products import vdot
from autograd.ops.rescaling import normalize
from autograd.tensor import Tensor
from nn.modules.module import Module
from nn.utils.orthogonal import OrthogonalMap, _Orthogonal
from nn.utils.parametrize import register_parametrization
from nn.utils.spectral_norm import as_matrix, output_dim
from nn.utils.weight_norm import of_length

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


def tensor_named(module: Module, name: str) -> Tensor:
    """The module's tensor of this name. Raises ValueError where there is none."""
    found = getattr(module, name, None)
    if not isinstance(found, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return found


# -- orthogonal -----------------------------------------------------------------------------------------


def orthogonal(
    module: M, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> M:
    """Keep a matrix, or a batch of them, orthogonal: the columns, or the rows if there are fewer, are orthonormal.

    The matrix Q is computed from a free one, whose lower triangle is A: by the matrix exponential
    exp(A - A^H), by the Cayley map (I + B/2) (I - B/2)^-1 of B = A - A^H, or as a product of
    Householder reflections.

    Args:
        module: what has the matrix; it is changed, and returned.
        name: the tensor's name.
        orthogonal_map: "matrix_exp", "cayley" or "householder"; by default the first for square and complex
            matrices, and the last for others.
        use_trivialization: multiply by a fixed orthogonal matrix `base`, so that the free one starts at zero and Q
            at the tensor's value, made orthogonal by a QR decomposition if it is not.

    Raises ValueError for an unknown map, fewer than two dimensions, and Householder with complex numbers.

    Lezcano-Casado, "Trivializations for gradient-based optimization on manifolds", NeurIPS 2019.

    >>> import autograd, nn
    >>> from nn.utils.parametrizations import orthogonal
    >>> Q = orthogonal(nn.Linear(20, 40)).weight
    >>> autograd.allclose(Q.T @ Q, autograd.eye(20), atol=1e-5)
    True
    """
    weight = tensor_named(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in OrthogonalMap.__members__:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, OrthogonalMap[orthogonal_map], use_trivialization=use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


# -- of learned length -----------------------------------------------------------------------------------


class _WeightNorm(Module):
    """g v / ||v||, of the length g and the direction v."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return of_length(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The weight's length and, for the direction, the weight itself."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Learn the length and the direction of a weight apart: w = g v / ||v||.

    g is `parametrizations.weight.original0`, v is `original1`; the layer also loads what a module with
    the old `nn.utils.weight_norm` has saved.

    Args:
        module: what has the weight; it is changed, and returned.
        name: the weight's name.
        dim: take a norm for each index of this dimension; None for one norm of the whole weight.

    Raises ValueError where there is no such tensor.

    Salimans and Kingma, "Weight normalization", NeurIPS 2016.

    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(20, 40))
    >>> layer.parametrizations.weight.original0.shape
    torch.Size([40, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    new = f"parametrizations.{name}.original"

    def rename_old_keys(state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        keys = f"{prefix}{name}_g", f"{prefix}{name}_v"
        if all(key in state_dict for key in keys):
            for number, key in enumerate(keys):
                state_dict[f"{prefix}{new}{number}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename_old_keys)
    return module


# -- of spectral norm one ---------------------------------------------------------------------------------


class _SpectralNorm(Module):
    """A weight divided by its largest singular value, which a power iteration estimates."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            u, v = (matrix.new_empty(size).normal_(0, 1) for size in matrix.shape)
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _power_method(self, matrix: Tensor, n_power_iterations: int) -> None:
        """Bring u and v closer to the singular vectors, in their own memory; unrecorded."""
        for _ in range(n_power_iterations):
            self._u.copy_(normalize(mv(matrix, self._v), dim=0, eps=self.eps))
            self._v.copy_(normalize(mv(matrix.H, self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix.detach(), self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()  # the next reading overwrites them, maybe before a backward pass
        return weight / vdot(u, mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself: to divide it again changes nothing."""
        return value


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value, so that the layer stretches no input: W / sigma(W).

    sigma is estimated by a power iteration, which in training goes on whenever the weight is read:
    u = W v / ||W v||, v = W^H u / ||W^H u||, sigma = u^H W v. A vector is divided by its norm.

    Args:
        module: what has the weight; it is changed, and returned.
        name: the weight's name.
        n_power_iterations: steps of the power iteration at each reading in training.
        eps: the least norm that is divided by.
        dim: the dimension of the outputs; by default 0, but 1 for transposed convolutions. The others count as one.

    Raises ValueError where there is no such tensor or no iterations, IndexError for a `dim` out of range.

    Miyato, Kataoka, Koyama and Yoshida, "Spectral normalization for generative adversarial networks", ICLR 2018.

    >>> import autograd, nn
    >>> layer = nn.utils.parametrizations.spectral_norm(nn.Linear(20, 40), n_power_iterations=50)
    >>> autograd.linalg.matrix_norm(layer.weight, 2).allclose(autograd.ones(()), atol=1e-2)
    True
    """
    weight = tensor_named(module, name)
    made = _SpectralNorm(weight, n_power_iterations, output_dim(module) if dim is None else dim, eps)
    return register_parametrization(module, name, made)
