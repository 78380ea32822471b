"""Clipping gradients, between `backward()` and the optimizer's step.

`foreach`, in all of these, has no effect: PyTorch chooses an implementation by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from autograd.arrays import Array
from autograd.compiled.handled import one_call
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.modes import no_grad
from autograd.tensor import Tensor, tensor_of

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]

Tensors = Tensor | Iterable[Tensor]

TINY = 1e-6
"""Is added to the norm that gradients are divided by, so that gradients of zero stay zero."""


@speaking
def clip_grad_norm_(
    parameters: Tensors, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale all gradients by one factor so that their norm, as one vector, is at most `max_norm`; return the norm.

    The factor is min(1, max_norm / (norm + 1e-6)), so their direction stays the same. Parameters
    without a gradient are passed over.

    Args:
        parameters: a tensor, or any number of them.
        norm_type: which norm; inf for the largest absolute value.
        error_if_nonfinite: raise RuntimeError where the norm is infinite or NaN, before anything is scaled.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.

    >>> import autograd, nn
    >>> w = nn.Parameter(autograd.zeros(2))
    >>> w.grad = autograd.tensor([3.0, 4.0])
    >>> nn.utils.clip_grad_norm_([w], max_norm=1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    gradients = gradients_of(parameters)
    total_norm = get_total_norm(gradients, norm_type, error_if_nonfinite)
    scale_down(gradients, max_norm, total_norm)
    return total_norm


def clip_grad_norm(
    parameters: Tensors, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """`clip_grad_norm_` by its old name; deprecated. Warns with a FutureWarning."""
    warn_caller(
        "`nn.utils.clip_grad_norm` is now deprecated in favor of `nn.utils.clip_grad_norm_`.",
        FutureWarning,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@speaking
def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """The second half of `clip_grad_norm_`: scale the gradients, given the norm that they have.

    >>> import autograd, nn
    >>> w = nn.Parameter(autograd.zeros(2))
    >>> w.grad = autograd.tensor([3.0, 4.0])
    >>> nn.utils.clip_grads_with_norm_([w], max_norm=10.0, total_norm=autograd.tensor(20.0))
    >>> w.grad
    tensor([1.5000, 2.0000])
    """
    scale_down(gradients_of(parameters), max_norm, total_norm)


@speaking
@one_call
def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The norm of several tensors as one vector: the norm of their norms.

    Raises RuntimeError with `error_if_nonfinite` where it is infinite or NaN.

    >>> import autograd, nn
    >>> nn.utils.get_total_norm([autograd.tensor([2.0, 3.0]), autograd.tensor([6.0])])
    tensor(7.)
    """
    order = float(norm_type)
    norms = [norm(tensor.memory(), order) for tensor in listed(tensors)]
    if not norms:
        return tensor_of(np.zeros((), np.float32))
    total = norm(np.array(norms), order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite ({total}), so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return tensor_of(total)


@speaking
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Cut each element of the gradients off at -clip_value and clip_value.

    >>> import autograd, nn
    >>> w = nn.Parameter(autograd.zeros(2))
    >>> w.grad = autograd.tensor([-3.0, 0.4])
    >>> nn.utils.clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([-1.0000,  0.4000])
    """
    bound = float(clip_value)
    with no_grad():
        for gradient in gradients_of(parameters):
            gradient.clamp_(-bound, bound)


def listed(tensors: Tensors) -> list[Tensor]:
    """One tensor or several as a list."""
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def gradients_of(parameters: Tensors) -> list[Tensor]:
    """The gradients of those that have one."""
    return [parameter.grad for parameter in listed(parameters) if parameter.grad is not None]


@one_call
def scale_down(gradients: list[Tensor], max_norm: float, total_norm: Tensor) -> None:
    """Scale by max_norm / total_norm, unless the norm is small enough."""
    with no_grad():
        factor = (float(max_norm) / (total_norm + TINY)).clamp(max=1.0)
        for gradient in gradients:
            gradient.mul_(factor)


def norm(array: Array, order: float) -> Array:
    """(sum |x|^p)^(1/p) over all elements, in the array's own precision."""
    x = np.abs(array.reshape(-1))
    if order == 2:
        return np.sqrt(x.dot(x))
    if order == math.inf:
        return np.max(x, initial=0)
    if order == -math.inf:
        return np.min(x)
    if order == 0:
        return np.asarray(np.count_nonzero(x), x.dtype)
    return np.power(np.sum(np.power(x, order)), 1 / order)
