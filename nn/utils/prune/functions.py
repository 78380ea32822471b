"""Pruning as functions: each changes a module in place and returns it.

The parameter `name` is called `name_orig` from then on, the buffer `name_mask` says what is kept, and
the attribute `name` is their product. `amount` is a number of elements or channels, or a fraction
between 0 and 1 of those that are left. Errors are ValueError for an amount that does not fit, TypeError
for one that is no number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from autograd.create import ones_like
from autograd.tensor import Tensor
from nn.modules.module import Module
from nn.utils.convert_parameters import parameters_to_vector
from nn.utils.prune.amount import Amount
from nn.utils.prune.methods import BasePruningMethod, PruningContainer, pruning_of
from nn.utils.prune.structured import LnStructured, RandomStructured
from nn.utils.prune.unstructured import CustomFromMask, Identity, L1Unstructured, RandomUnstructured

M = TypeVar("M", bound=Module)


def identity(module: M, name: str) -> M:
    """Set pruning up with a mask of ones.

    >>> import nn
    >>> nn.utils.prune.identity(nn.Linear(2, 3), "bias").bias_mask
    tensor([1., 1., 1.])
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: M, name: str, amount: Amount) -> M:
    """Prune elements at random.

    >>> import nn
    >>> layer = nn.utils.prune.random_unstructured(nn.Linear(2, 3), "weight", amount=0.5)
    >>> (layer.weight == 0).sum()
    tensor(3)
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: M, name: str, amount: Amount, importance_scores: Tensor | None = None) -> M:
    """Prune the elements of the smallest absolute value, or of the smallest score where scores are given.

    Han, Pool, Tran and Dally, "Learning both weights and connections for efficient neural networks", NeurIPS 2015.

    >>> import nn
    >>> list(nn.utils.prune.l1_unstructured(nn.Linear(2, 3), "weight", amount=0.2).state_dict())
    ['bias', 'weight_orig', 'weight_mask']
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: M, name: str, amount: Amount, dim: int) -> M:
    """Prune channels at random: all elements with the same index along `dim`.

    Raises ValueError for fewer than two dimensions, IndexError for a `dim` out of range.

    >>> import nn
    >>> layer = nn.utils.prune.random_structured(nn.Linear(5, 3), "weight", amount=3, dim=1)
    >>> (layer.weight == 0).all(0).sum()
    tensor(3)
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: M, name: str, amount: Amount, n: Any, dim: int, importance_scores: Tensor | None = None) -> M:
    """Prune the channels along `dim` of the smallest norm; n is what `autograd.norm` takes for p.

    Raises ValueError for fewer than two dimensions, IndexError for a `dim` out of range.

    Li, Kadav, Durdanovic, Samet and Graf, "Pruning filters for efficient convnets", ICLR 2017.

    >>> import nn
    >>> conv = nn.utils.prune.ln_structured(nn.Conv2d(5, 3, 2), "weight", amount=1, n=1, dim=0)
    >>> (conv.weight == 0).sum()
    tensor(20)
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: M, name: str, mask: Tensor) -> M:
    """Prune where a mask is zero. Raises AssertionError for a mask of another shape.

    >>> import autograd, nn
    >>> nn.utils.prune.custom_from_mask(nn.Linear(5, 3), "bias", mask=autograd.tensor([0, 1, 0])).bias_mask
    tensor([0., 1., 0.])
    """
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: Any,
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters together: the elements that matter least among all of them.

    Args:
        parameters: pairs of a module and the name of one of its parameters.
        pruning_method: a class of unstructured pruning, such as `L1Unstructured`.
        importance_scores: by such pairs, how much each element matters, where that is not its value.
        kwargs: what the class takes, such as `amount`.

    Raises TypeError for another kind of pruning method, and for arguments that are no such collections.

    >>> import nn
    >>> from nn.utils import prune
    >>> net = nn.Sequential(nn.Linear(10, 4), nn.Linear(4, 1))
    >>> prune.global_unstructured([(net[0], "weight"), (net[1], "weight")], prune.L1Unstructured, amount=10)
    >>> sum((mask == 0).sum() for mask in net.buffers())
    tensor(10)
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    if not isinstance(importance_scores, (dict, type(None))):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    targets = list(parameters)
    tensors = [getattr(module, name) for module, name in targets]
    given = importance_scores or {}
    scores = parameters_to_vector(given.get(target, t) for target, t in zip(targets, tensors, strict=True))
    masks = parameters_to_vector(
        getattr(module, f"{name}_mask", ones_like(t)) for (module, name), t in zip(targets, tensors, strict=True)
    )
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    mask = PruningContainer(method).compute_mask(scores, masks)
    start = 0
    for (module, name), tensor in zip(targets, tensors, strict=True):
        end = start + tensor.numel()
        custom_from_mask(module, name, mask[start:end].view_as(tensor))
        start = end


def remove(module: M, name: str) -> M:
    """Make pruning permanent: the parameter gets its name back, with zeros where it was pruned.

    Raises ValueError where the parameter is not pruned.

    >>> import nn
    >>> from nn.utils import prune
    >>> layer = prune.random_unstructured(nn.Linear(5, 7), "weight", amount=0.2)
    >>> sorted(prune.remove(layer, "weight").state_dict())
    ['bias', 'weight']
    """
    key, method = pruning_of(module, name)
    if key is None or method is None:
        raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")
    method.remove(module)
    del module._forward_pre_hooks[key]
    return module


def is_pruned(module: Module) -> bool:
    """Whether the module, or one below it, has pruned parameters.

    >>> import nn
    >>> from nn.utils import prune
    >>> layer = nn.Linear(5, 7)
    >>> prune.is_pruned(layer), prune.is_pruned(prune.identity(layer, "weight"))
    (False, True)
    """
    return any(
        isinstance(hook, BasePruningMethod) for part in module.modules() for hook in part._forward_pre_hooks.values()
    )
