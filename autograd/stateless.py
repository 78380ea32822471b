"""Calling a module with other parameters than its own, so that it becomes a function of them.

Modules are known here by what they are asked for alone: `named_parameters()`, `named_buffers()`,
`get_submodule()`, and the `_parameters` and `_buffers` of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.misuse import speaking
from autograd.ops.joining import stack
from autograd.tensor import Tensor

__all__ = ["functional_call", "stack_module_state"]


@speaking
def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with the given tensors in place of its parameters and buffers, as they are named in `state_dict`.

    Args:
        module: the module; it is as it was afterwards.
        parameter_and_buffer_dicts: names and tensors, or several such dicts.
        args: the arguments of the call: a tuple, or one that is none.
        kwargs: its keyword arguments.
        tie_weights: a tensor that the module has under several names is replaced under all of them.
        strict: raise RuntimeError unless every parameter and buffer is given.

    >>> import autograd, nn
    >>> from autograd.func import functional_call, grad
    >>> layer = nn.Linear(2, 1)
    >>> zeros = {"weight": autograd.zeros(1, 2), "bias": autograd.zeros(1)}
    >>> functional_call(layer, zeros, autograd.ones(3, 2)).flatten()
    tensor([0., 0., 0.])
    >>> grad(lambda params: functional_call(layer, params, autograd.ones(3, 2)).sum())(zeros)["weight"]
    tensor([[3., 3.]])
    """
    given = merged(parameter_and_buffer_dicts)
    homes = homes_of(module)
    if tie_weights:
        given = tied(given, homes)
    check_names(given, homes, strict, tie_weights)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    places = {name: homes[name] if name in homes else home_of_attribute(module, name) for name in given}
    with replaced(places, given):
        return module(*args, **(kwargs or {}))


def merged(dicts: Any) -> dict[str, Any]:
    """The names and tensors of several dicts; ValueError where two give the same name."""
    if isinstance(dicts, dict):
        return dict(dicts)
    if not isinstance(dicts, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    found: dict[str, Any] = {}
    for each in dicts:
        if not isinstance(each, dict):
            raise ValueError(
                f"Expected all elements of parameter_and_buffer_dicts to be dictionaries, got {type(each)}"
            )
        repeated = sorted(set(found) & set(each))
        if repeated:
            raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
        found |= each
    return found


def homes_of(module: Any) -> dict[str, tuple[Any, str]]:
    """Where each parameter and buffer is kept, by full name, also where it is shared: the members and its name there."""
    homes: dict[str, tuple[Any, str]] = {}
    for prefix, part in module.named_modules(remove_duplicate=False):
        for members in (part._parameters, part._buffers):
            for name, tensor in members.items():
                if tensor is not None:
                    homes[f"{prefix}.{name}" if prefix else name] = (members, name)
    return homes


def tied(given: dict[str, Any], homes: dict[str, tuple[Any, str]]) -> dict[str, Any]:
    """The given tensors, under all the names that the module has for what they replace."""
    names_of: dict[int, list[str]] = {}
    for name, (members, own) in homes.items():
        names_of.setdefault(id(members[own]), []).append(name)
    complete = dict(given)
    for names in names_of.values():
        values = [given[name] for name in names if name in given]
        if any(value is not values[0] for value in values):
            raise ValueError(
                f"functional_call got multiple values for keys {names}, which are tied. Consider using "
                "tie_weights=False, or give the same tensor for all of them"
            )
        if values:
            complete |= dict.fromkeys(names, values[0])
    return complete


def check_names(given: dict[str, Any], homes: dict[str, Any], strict: bool, tie_weights: bool) -> None:
    """If that is asked for, raise for names that are no parameters or buffers of the module, and for missing ones."""
    unknown = sorted(set(given) - set(homes))
    missing = sorted(set(homes) - set(given))
    if strict and (unknown or missing):
        raise RuntimeError(
            "Error(s) in loading state_dict: "
            + (f"Unexpected key(s): {', '.join(unknown)}. " if unknown else "")
            + (f"Missing key(s): {', '.join(missing)}." if missing else "")
        )


def home_of_attribute(module: Any, name: str) -> tuple[dict[str, Any], str]:
    """Where a name that is no parameter or buffer belongs: among the attributes of the part it stands for."""
    path, _, own = name.rpartition(".")
    parts = dict(module.named_modules(remove_duplicate=False))
    if path not in parts:
        raise AttributeError(f"functional_call: the module has no parameter or buffer named {name!r}, and no {path!r}")
    return parts[path].__dict__, own


@contextmanager
def replaced(homes: dict[str, tuple[Any, str]], given: dict[str, Any]) -> Iterator[None]:
    """Other tensors in place of a module's own, for a while."""
    own = {name: members[key] for name, (members, key) in homes.items() if key in members}
    try:
        for name, (members, key) in homes.items():
            members[key] = given[name]
        yield
    finally:
        for name, (members, key) in homes.items():
            if name in own:
                members[key] = own[name]
            else:
                members.pop(key, None)


@speaking
def stack_module_state(models: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters of several models of the same kind, stacked by name, and their buffers: an ensemble, for `vmap`.

    The stacked parameters are leaves that require grad, where the models' own do.

    >>> import nn
    >>> from autograd.func import stack_module_state
    >>> params, buffers = stack_module_state([nn.Linear(2, 3) for _ in range(5)])
    >>> {name: tuple(param.shape) for name, param in params.items()}
    {'weight': (5, 3, 2), 'bias': (5, 3)}
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(model.training for model in models) or not any(model.training for model in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = stacked_by_name([dict(model.named_parameters()) for model in models])
    return params, stacked_by_name([dict(model.named_buffers()) for model in models])


def stacked_by_name(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """For each name, the tensors of all models in one new leaf."""
    found = {}
    for name, first in states[0].items():
        tensors = [state[name] for state in states]
        if any(tensor.requires_grad is not first.requires_grad for tensor in tensors):
            raise RuntimeError(
                f"Expected {name} from each model to have the same .requires_grad: freeze it in all models or in none"
            )
        found[name] = stack([tensor.detach() for tensor in tensors]).requires_grad_(first.requires_grad)
    return found
