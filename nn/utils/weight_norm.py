"""Weight normalization by a hook, as PyTorch did it first; `parametrizations.weight_norm` is the newer way."""

from __future__ import annotations

from typing import Any, TypeVar

from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops.matrix_norms import norm_except_dim
from autograd.tensor import Tensor
from nn.modules.module import Module
from nn.parameter import Parameter, is_lazy

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


def of_length(direction: Tensor, length: Tensor, dim: int) -> Tensor:
    """g v / ||v||, with a norm for each index of `dim`, or one for all elements where dim is -1."""
    return direction * (length / norm_except_dim(direction, 2, dim))


class WeightNorm:
    """The hook that computes a weight from its length and its direction before each forward."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight, from what the module has now."""
        return of_length(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Replace a parameter by its length and direction, and register the hook."""
        warn_caller(
            "`nn.utils.weight_norm` is deprecated in favor of `nn.utils.parametrizations.weight_norm`.", FutureWarning
        )
        if not isinstance(module, Module):
            raise TypeError(f"weight_norm(): argument 'module' must be Module, not {type(module).__name__}")
        if key_of_hook(module, name) is not None:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        if not hasattr(module, name):
            raise AttributeError(f"weight_norm(): {type(module).__name__} has no parameter {name!r}")
        weight = getattr(module, name)
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. "
                "Make sure to run the dummy forward before applying weight normalization"
            )
        hook = WeightNorm(name, dim)
        length = Parameter(norm_except_dim(weight, 2, hook.dim).data)
        del module._parameters[name]
        module.register_parameter(f"{name}_g", length)
        module.register_parameter(f"{name}_v", Parameter(weight.data))
        hook(module)
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again, of the value that it has now."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[f"{self.name}_g"], module._parameters[f"{self.name}_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any = None) -> None:
        setattr(module, self.name, self.compute_weight(module))


def key_of_hook(module: Module, name: str) -> int | None:
    """Where the module keeps the hook for this weight; None if it has none."""
    hooks = module._forward_pre_hooks.items()
    return next((key for key, hook in hooks if isinstance(hook, WeightNorm) and hook.name == name), None)


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Learn the length and the direction of a weight apart: w = g v / ||v||; deprecated.

    The parameter makes room for two, `weight_g` and `weight_v`; a hook computes the weight from
    them before each forward. New programs use `nn.utils.parametrizations.weight_norm`.

    Args:
        module: what has the weight; it is changed, and returned.
        name: the weight's name.
        dim: take a norm for each index of this dimension; None for one norm of the whole weight.

    Warns with a FutureWarning. Raises RuntimeError where the weight is normalized already, ValueError
    for a lazy module that has not run.

    Salimans and Kingma, "Weight normalization", NeurIPS 2016.

    >>> import nn, warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = nn.utils.weight_norm(nn.Linear(20, 40))
    >>> layer.weight_g.shape, layer.weight_v.shape
    (torch.Size([40, 1]), torch.Size([40, 20]))
    """
    WeightNorm.apply(module, name, dim)
    return module


@speaking
def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo `weight_norm`: the weight becomes a parameter again, with the value that it has.

    Raises ValueError where the weight is not normalized.

    >>> import nn, warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     layer = nn.utils.weight_norm(nn.Linear(2, 3))
    >>> list(nn.utils.remove_weight_norm(layer).state_dict())
    ['bias', 'weight']
    """
    key = key_of_hook(module, name)
    if key is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    module._forward_pre_hooks[key].remove(module)  # type: ignore[attr-defined]
    del module._forward_pre_hooks[key]
    return module
