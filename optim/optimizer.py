"""The base of all optimizers: parameter groups, state, and the steps that all have in common."""

from __future__ import annotations

import copy
import operator
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from autograd.arrays import Array
from autograd.graph import caller, clock
from autograd.hooks import RemovableHandle
from autograd.modes import enable_grad
from autograd.tensor import Tensor, tensor_of
from optim.slab import Slab, stands_alone


class Optimizer:
    """Changes parameters by their gradients, one `step()` at a time.

    A subclass names the state it keeps for each parameter (`state_names`) and says how a vector
    of parameters moves (`update`); everything else is here.

    Args:
        params: the parameters, or dicts that each hold a list of them under "params" with options
            of their own.
        defaults: the options of groups that do not give them.
    """

    counts_steps = True
    """Whether the state of a parameter records how many steps it has had."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got a Tensor: "
                "put it in a list"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._slabs: dict[int, tuple[list[Tensor], list[Slab]]] = {}
        self._step_pre_hooks: dict[int, Any] = {}
        self._step_post_hooks: dict[int, Any] = {}
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list: pass model.parameters() of a model that has some")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # -- what a subclass says -------------------------------------------------------------------------

    def state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The vectors of state that the update keeps for each parameter."""
        return ()

    def update(self, w: Array, g: Array, state: dict[str, Array], t: int, group: dict[str, Any]) -> None:
        """Move the parameters w by their gradient g, in place; t counts the steps from 1. g may be changed."""
        raise TypeError(f"{type(self).__name__} must say how it updates: define update(w, g, state, t, group)")

    # -- groups ---------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, such as layers that are to be trained from now on."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections: sets have no order")
        group = dict(param_group)
        group["params"] = [params] if isinstance(params, Tensor) else list(params)
        named = [p if isinstance(p, tuple) else (None, p) for p in group["params"]]
        group["params"] = [p for _, p in named]
        if named and named[0][0] is not None:
            group["param_names"] = [name for name, _ in named]
        for p in group["params"]:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not (p.is_leaf or getattr(p, "retains_grad", False)):
                raise ValueError(
                    "can't optimize a non-leaf Tensor: this one is a result, so an update would be lost when it is "
                    "computed again. Give the leaves it was computed from"
                )
        for name, default in self.defaults.items():
            group.setdefault(name, default)
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if len({id(p) for p in group["params"]}) != len(group["params"]):
            raise ValueError("optimizer contains a parameter group with duplicate parameters: give each once")
        if any(id(p) in known for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; with `set_to_none=False`, set them to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif getattr(p, "_grad", None) is not None:
                    p._grad = p._grad.detach().zero_()

    # -- stepping -------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure, if given, first computes the loss afresh."""
        args: tuple[Any, ...] = (closure,)
        for pre_hook in self._step_pre_hooks.values():
            replaced = pre_hook(self, args, {})
            if replaced is not None:
                args, _ = replaced
        loss = None
        if args and args[0] is not None:
            with enable_grad():
                loss = args[0]()
        self.apply_updates()
        for post_hook in self._step_post_hooks.values():
            post_hook(self, args, {})
        return loss

    def apply_updates(self) -> None:
        """One update of every group."""
        where, name = caller(), f"{type(self).__name__}.step"
        for index, group in enumerate(self.param_groups):
            options = {**group, "lr": group["lr"].item()} if isinstance(group.get("lr"), Tensor) else group
            active = [p for p in group["params"] if getattr(p, "_grad", None) is not None]
            if self.state_names(group) or self.counts_steps:
                for slab in self.slabs(index, active, group):
                    slab.step(self.update, options)
            else:
                for p in active:  # a rule without state is too short to be worth gathering for
                    self.update(p.memory(), p._grad.array, {}, 1, options)
            stamp(active, name, where)

    def slabs(self, index: int, active: list[Tensor], group: dict[str, Any]) -> list[Slab]:
        """The slabs of the parameters that have gradients: those of the last step, where they still fit."""
        known = self._slabs.get(index)
        if known is None or not self.still_fits(known, active, group):
            self._slabs[index] = known = (active, self.arrange(active, group))
        return known[1]

    def still_fits(self, known: tuple[list[Tensor], list[Slab]], active: list[Tensor], group: dict[str, Any]) -> bool:
        """Whether the same parameters have gradients as at the last step, and their state is as it was left."""
        before, slabs = known
        if len(before) != len(active) or not all(map(operator.is_, before, active)):
            return False
        names = self.state_names(group)
        return all(slab.holds(names, [self.state[p] for p in slab.params]) for slab in slabs) if names else True

    def arrange(self, active: list[Tensor], group: dict[str, Any]) -> list[Slab]:
        """Sort parameters into slabs: those of one dtype and one number of steps together, long ones alone."""
        together: dict[Any, list[Tensor]] = defaultdict(list)
        for p in active:
            own = id(p) if stands_alone(p) else 0
            together[own, p.dtype, self.steps_of(p)].append(p)
        slabs = []
        for (_, _, steps), params in together.items():
            slab = Slab(params, steps)
            states = [self.state[p] for p in params]
            if self.counts_steps:
                for state in states:
                    state["step"] = tensor_of(slab.count)
            for name in self.state_names(group):
                slab.add_buffer(name, states)
            slabs.append(slab)
        return slabs

    def steps_of(self, p: Tensor) -> int:
        """How many updates a parameter has had; without a count, whether it has had any."""
        state = self.state[p]
        return int(state["step"]) if "step" in state else int(bool(state))

    # -- hooks ----------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step."""
        return RemovableHandle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return RemovableHandle(self._step_post_hooks, hook)

    # -- saving and loading ---------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with numbers in place of the parameters, in the order they were given in."""
        order = {id(p): i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        groups = [
            {**{k: v for k, v in group.items() if k != "params"}, "params": [order[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {order[id(p)]: dict(values) for p, values in self.state.items() if values}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` of an optimizer over parameters of the same shapes has returned."""
        groups = copy.deepcopy(state_dict["param_groups"])
        sizes, own = [len(g["params"]) for g in groups], [len(g["params"]) for g in self.param_groups]
        if len(sizes) != len(own):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(sizes)}, not {len(own)}"
            )
        if sizes != own:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                f"{sizes} parameters, not {own}"
            )
        params = {
            number: p
            for theirs, ours in zip(groups, self.param_groups, strict=True)
            for number, p in zip(theirs["params"], ours["params"], strict=True)
        }
        state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        for number, values in state_dict["state"].items():
            state[params[number]] = {name: fitted(value, params[number], name) for name, value in values.items()}
        for theirs, ours in zip(groups, self.param_groups, strict=True):
            ours.update({name: value for name, value in theirs.items() if name != "params"})
        self.state = state
        self._slabs.clear()

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": dict(self.state), "param_groups": self.param_groups}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__dict__.update(saved)
        self.state = defaultdict(dict, saved["state"])
        self._slabs, self._step_pre_hooks, self._step_post_hooks = {}, {}, {}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def stamp(params: list[Tensor], name: str, where: str) -> None:
    """Note for each parameter that it has been written to; `Version.stamp` for many at once."""
    time = next(clock)
    for p in params:
        version = p.version or p.writes()
        version.count += 1
        version.time = time
        version.writer = name
        version.where = where


def fitted(value: Any, param: Tensor, name: str) -> Any:
    """A loaded piece of state: a copy, in the parameter's dtype unless it counts steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    copied = value.detach().clone()
    if name == "step":
        return copied
    if value.shape != param.shape:
        raise ValueError(
            f"loaded state {name!r} has shape {tuple(value.shape)}, but its parameter has shape {tuple(param.shape)}"
        )
    return copied.to(param.dtype)


def check(name: str, value: Any, fine: bool) -> None:
    """Raise ValueError for an option that makes no sense."""
    if not fine:
        raise ValueError(f"Invalid {name}: {value}")
