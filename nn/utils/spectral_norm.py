"""Spectral normalization by a hook, as PyTorch did it first; `parametrizations.spectral_norm` is the newer way."""

from __future__ import annotations

from typing import Any, TypeVar

from autograd.misuse import speaking
from autograd.modes import no_grad
from autograd.ops.matmul import dot, mv
from autograd.ops.rescaling import normalize
from autograd.tensor import Tensor
from nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nn.modules.module import Module
from nn.parameter import Parameter, is_lazy

__all__ = [
    "SpectralNorm", "SpectralNormLoadStateDictPreHook", "SpectralNormStateDictHook", "remove_spectral_norm",
    "spectral_norm",
]  # fmt: skip

M = TypeVar("M", bound=Module)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """A weight as the matrix whose rows belong to the indices of `dim`."""
    if dim != 0:
        weight = weight.permute(dim, *(d for d in range(weight.ndim) if d != dim))
    return weight.reshape(weight.shape[0], -1)


def output_dim(module: Module) -> int:
    """The dimension of a weight that belongs to the layer's outputs."""
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


class SpectralNorm:
    """The hook that divides a weight by its largest singular value before each forward.

    The vectors u and v come ever closer to the singular vectors that belong to it: in training, each
    forward goes a step of the power iteration v = W^T u / ||W^T u||, u = W v / ||W v||.
    """

    _version = 1  # of what it saves: since this one, v is saved too, and the divided weight is not

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.dim = dim
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight divided by u^T W v, after a few steps of the power iteration if wanted."""
        weight, u, v = (getattr(module, f"{self.name}_{part}") for part in ("orig", "u", "v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(normalize(mv(matrix, v), dim=0, eps=self.eps))
            u, v = u.clone(), v.clone()  # the next forward overwrites them, maybe before the backward pass of this one
        return weight / dot(u, mv(matrix, v))

    @staticmethod
    def apply(module: Module, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """Replace a parameter by itself undivided and two buffers, and register the hooks."""
        if key_of_hook(module, name) is not None:
            raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        hook = SpectralNorm(name, n_power_iterations, dim, eps)
        if name not in module._parameters:
            raise KeyError(f"spectral_norm(): {type(module).__name__} has no parameter {name!r}")
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. "
                "Make sure to run the dummy forward before applying spectral normalization"
            )
        with no_grad():
            sizes = as_matrix(weight, dim).shape
            u, v = (normalize(weight.new_empty(size).normal_(0, 1), dim=0, eps=eps) for size in sizes)
        delattr(module, name)
        module.register_parameter(f"{name}_orig", weight)
        setattr(module, name, weight.data)  # until the first forward
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(hook)
        module._register_state_dict_hook(SpectralNormStateDictHook(hook))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(hook))
        return hook

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again, of the value that it has now."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for name in (self.name, f"{self.name}_u", f"{self.name}_v", f"{self.name}_orig"):
            delattr(module, name)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))


class SpectralNormStateDictHook:
    """Notes the version of what is saved."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(self, module: Module, state_dict: Any, prefix: str, local_metadata: dict[str, Any]) -> None:
        versions = local_metadata.setdefault("spectral_norm", {})
        key = f"{self.fn.name}.version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


class SpectralNormLoadStateDictPreHook:
    """Reads what was saved before version 1: there, v was not saved, and the divided weight was."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        key = prefix + self.fn.name
        version = local_metadata.get("spectral_norm", {}).get(f"{self.fn.name}.version")
        new_form = key not in state_dict and all(f"{key}_{part}" in state_dict for part in ("orig", "u", "v"))
        if (version is not None and version >= 1) or (version is None and new_form):
            return
        missing = [name for name in (f"{key}_orig", key, f"{key}_u") if name not in state_dict]
        if missing:
            missing_keys += missing if strict else []
            return
        with no_grad():
            original, u = state_dict[f"{key}_orig"], state_dict[f"{key}_u"]
            sigma = (original / state_dict.pop(key)).mean()
            state_dict[f"{key}_v"] = right_vector(as_matrix(original, self.fn.dim), u, sigma)


def right_vector(matrix: Tensor, u: Tensor, sigma: Tensor) -> Tensor:
    """The shortest v for which W v points as u does, scaled so that u^T W v = sigma."""
    v = (matrix.t() @ matrix).pinverse() @ (matrix.t() @ u)
    return v * (sigma / dot(u, mv(matrix, v)))


def key_of_hook(module: Module, name: str) -> int | None:
    """Where the module keeps the hook for this weight; None if it has none."""
    hooks = module._forward_pre_hooks.items()
    return next((key for key, hook in hooks if isinstance(hook, SpectralNorm) and hook.name == name), None)


@speaking
def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value, so that the layer stretches no input: W / sigma(W).

    sigma is estimated by a power iteration. The parameter is called `weight_orig` from then on, with
    buffers `weight_u` and `weight_v`; a hook computes the weight before each forward. The newer
    `nn.utils.parametrizations.spectral_norm` computes it whenever it is read.

    Args:
        module: what has the weight; it is changed, and returned.
        name: the weight's name.
        n_power_iterations: steps of the power iteration for each forward in training.
        eps: the least norm that is divided by.
        dim: the dimension of the outputs; by default 0, but 1 for transposed convolutions. The others count as one.

    Raises RuntimeError where the weight is normalized already, ValueError for a parameter that is
    None or has no shape yet.

    Miyato, Kataoka, Koyama and Yoshida, "Spectral normalization for generative adversarial networks", ICLR 2018.

    >>> import autograd, nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(20, 40), n_power_iterations=50)
    >>> _ = layer(autograd.zeros(1, 20))
    >>> autograd.linalg.matrix_norm(layer.weight.detach(), 2).allclose(autograd.ones(()), atol=1e-2)
    True
    """
    SpectralNorm.apply(module, name, n_power_iterations, output_dim(module) if dim is None else dim, eps)
    return module


@speaking
def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo `spectral_norm`: the weight becomes a parameter again, with the value that it has.

    Raises ValueError where the weight is not normalized.

    >>> import nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(2, 3))
    >>> list(nn.utils.remove_spectral_norm(layer).state_dict())
    ['bias', 'weight']
    """
    key = key_of_hook(module, name)
    if key is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hook: Any = module._forward_pre_hooks[key]
    hook.remove(module)
    del module._forward_pre_hooks[key]
    for key, state_hook in list(module._state_hooks.items()):
        if getattr(state_hook.function, "fn", None) is hook:
            del module._state_hooks[key]
    return module
