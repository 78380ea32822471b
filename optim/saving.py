"""The state of an optimizer as plain dicts and lists, and back."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from itertools import chain
from typing import Any

from autograd.dtypes import float32
from autograd.tensor import Tensor

Groups = list[dict[str, Any]]
State = defaultdict[Any, dict[str, Any]]


def packed(groups: Groups, state: State) -> dict[str, Any]:
    """State and options with numbers in place of the parameters, in the order they were given in."""
    number_of: dict[int, int] = {}
    for p in chain.from_iterable(group["params"] for group in groups):
        number_of.setdefault(id(p), len(number_of))
    plain_groups = [
        {**{name: value for name, value in group.items() if name != "params"},
         "params": [number_of[id(p)] for p in group["params"]]}
        for group in groups
    ]  # fmt: skip
    plain_state = {number_of[id(k)] if isinstance(k, Tensor) else k: values for k, values in state.items()}
    return {"state": plain_state, "param_groups": plain_groups}


def loaded_groups(saved: Groups, groups: Groups) -> Groups:
    """Copies of the saved groups, with the parameters that these groups have now.

    Raises ValueError where their numbers differ.
    """
    loaded = copy.deepcopy(saved)
    if len(loaded) != len(groups):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(loaded)}, not {len(groups)}"
        )
    sizes, own = [len(g["params"]) for g in loaded], [len(g["params"]) for g in groups]
    if sizes != own:
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
            f"{sizes} parameters, not {own}"
        )
    for theirs, ours in zip(loaded, groups, strict=True):
        theirs["params"] = ours["params"]
        if "param_names" in ours:
            theirs.setdefault("param_names", ours["param_names"])
    return loaded


def loaded_state(
    saved: dict[str, Any], groups: Groups, check_fits: Callable[[dict[str, Any], Tensor, dict[str, Any]], None]
) -> State:
    """A copy of the saved state under the parameters that the groups have now; `check_fits` may refuse it."""
    owner = {
        number: (p, theirs, ours)
        for theirs, ours in zip(saved["param_groups"], groups, strict=True)
        for number, p in zip(theirs["params"], ours["params"], strict=True)
    }
    state: State = defaultdict(dict)
    for key, values in saved["state"].items():
        if key not in owner:
            state[key] = copy.deepcopy(values)
            continue
        p, theirs, ours = owner[key]
        state[p] = fitted(values, p, theirs)
        check_fits(state[p], p, ours)
    return state


def fitted(value: Any, param: Tensor, group: dict[str, Any], name: Any = None) -> Any:
    """A copy of a piece of state, its tensors in the parameter's dtype, except for counts of steps."""
    if isinstance(value, Tensor):
        copied = value.detach().clone()
        if name == "step":
            return copied.to(float32) if group.get("capturable") or group.get("fused") else copied
        return copied.to(param.dtype) if param.is_floating_point() else copied
    if isinstance(value, dict):
        return {key: fitted(item, param, group, key) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(fitted(item, param, group) for item in value)
    return copy.deepcopy(value)
