"""The base of all optimizers: parameter groups, state, hooks, and how all of it is saved."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

from autograd.compiled.handled import ONE_PIECE, one_call
from autograd.graph import clock, warn_caller
from autograd.hooks import RemovableHandle
from autograd.interrupts import uninterrupted
from autograd.misuse import speaking, speaking_constructor
from autograd.modes import enable_grad
from autograd.tensor import Tensor
from optim.options import NEUTRAL, required
from optim.saving import loaded_groups, loaded_state, packed
from optim.step_hooks import (
    Hooks,
    add_hook,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
    with_hooks,
)

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook", "required"]

HOOKS = (
    "_optimizer_step_pre_hooks", "_optimizer_step_post_hooks", "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks", "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)  # fmt: skip


@speaking_constructor
class Optimizer:
    """Changes parameters by their gradients, one `step()` at a time.

    A subclass defines `step`: a loop over `self.param_groups` and the parameters in them that changes each by its
    `.grad`, under `no_grad`, and keeps what it must remember in `self.state[p]`. Rules that treat each element
    for itself are shorter as a subclass of `optim.elementwise.Elementwise`.

    Args:
        params: the parameters, or pairs of names and parameters, or dicts that each hold such a list under
            "params", with options of their own.
        defaults: the options of groups that do not give them; `required` where each group must.

    Attributes:
        param_groups: one dict for each group, of its options and, under "params", its parameters.
        state: for each parameter, what is remembered from step to step, by name.

    Raises TypeError for what are no tensors, ValueError for no parameters at all, for a tensor that is a result
    and for one that stands in two groups.

    >>> import autograd, optim
    >>> class SignDescent(optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr})
    ...     @autograd.no_grad()
    ...     def step(self, closure=None):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 if p.grad is not None:
    ...                     p -= group["lr"] * p.grad.sign()
    >>> w = autograd.tensor([1.0, -2.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> SignDescent([w], lr=0.5).step()
    >>> w
    tensor([ 0.5000, -1.5000], requires_grad=True)
    """

    defaults: dict[str, Any]
    param_groups: list[dict[str, Any]]
    state: defaultdict[Any, dict[str, Any]]
    _optimizer_step_pre_hooks: Hooks
    _optimizer_step_post_hooks: Hooks
    _optimizer_state_dict_pre_hooks: Hooks
    _optimizer_state_dict_post_hooks: Hooks
    _optimizer_load_state_dict_pre_hooks: Hooks
    _optimizer_load_state_dict_post_hooks: Hooks

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = with_hooks(cls.step)  # type: ignore[method-assign]
        speaking_constructor(cls)

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got a Tensor: "
                "put it in a list"
            )
        Optimizer.__setstate__(self, {"defaults": defaults, "state": {}, "param_groups": []})
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list: pass model.parameters() of a model that has some")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure, if given, first computes the loss afresh."""
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; with `set_to_none=False`, set them to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif getattr(p, "_grad", None) is not None:
                    grad = p._grad
                    if grad.grad_fn is None:
                        grad.requires_grad_(False)
                    else:
                        grad.detach_()
                    grad.zero_()

    # -- groups ---------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, such as layers that are to be trained from now on."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        if "params" not in param_group:
            raise KeyError("params: a parameter group must hold its parameters under this name")
        complete = named_apart(param_group["params"])
        params = complete["params"]
        for p in params:
            self.check_parameter(p)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            complete[name] = param_group.get(name, default)
        for group in self.param_groups:
            if ("param_names" in group) != ("param_names" in complete):
                which = "with names" if "param_names" in complete else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names: cannot add param group "
                    f"{which} to the optimizer"
                )
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        if len({id(p) for p in params}) != len(params):
            warn_caller(
                "optimizer contains a parameter group with duplicate parameters: each step will update them as often "
                "as they stand there. If that is not wanted, list(dict.fromkeys(params)) has each once"
            )
        param_group.update(complete)
        self.param_groups.append(param_group)

    def check_parameter(self, p: Any) -> None:
        """Raise for what can't be optimized."""
        if not isinstance(p, Tensor):
            raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
        if not (self.defaults.get("differentiable") or p.is_leaf or p.retains_grad):
            raise ValueError(
                "can't optimize a non-leaf Tensor: this one is a result, so an update would be lost when it is "
                "computed again. Give the leaves it was computed from"
            )

    # -- hooks ----------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may return new args and kwargs."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict()` looks at the state."""
        return add_hook(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before `state_dict()` returns; it may change the dict, or return one."""
        return add_hook(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before that is loaded; it may change the dict, or return another."""
        return add_hook(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` when a state has been loaded."""
        return add_hook(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # -- saving and loading ---------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with numbers in place of the parameters, in the order they were given in.

        >>> import autograd, optim
        >>> w = autograd.ones(2, requires_grad=True)
        >>> w.grad = autograd.tensor([1.0, 2.0])
        >>> optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
        >>> optimizer.step()
        >>> optimizer.state_dict()["state"]
        {0: {'momentum_buffer': tensor([1., 2.])}}
        """
        for hook in tuple(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        result = packed(self.param_groups, self.state)
        for hook in tuple(self._optimizer_state_dict_post_hooks.values()):
            result = replaced(result, hook(self, result))
        return result

    @speaking
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict()` of an optimizer over parameters of the same shapes has returned.

        Raises ValueError where groups or shapes do not match; nothing has changed then.
        """
        if not isinstance(state_dict, dict):
            raise TypeError(f"load_state_dict(): argument 'state_dict' must be dict, not {type(state_dict).__name__}")
        saved = state_dict.copy()
        for hook in tuple(self._optimizer_load_state_dict_pre_hooks.values()):
            saved = replaced(saved, hook(self, saved))
        groups = loaded_groups(saved["param_groups"], self.param_groups)
        state = loaded_state(saved, groups, self.check_state)
        with uninterrupted():
            self.__setstate__({"state": state, "param_groups": groups})
        for hook in tuple(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)

    def check_state(self, state: dict[str, Any], p: Tensor, group: dict[str, Any]) -> None:
        """Raise ValueError for a loaded state that can't be this parameter's; a subclass may know what can't."""

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": dict(self.state), "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.state = defaultdict(dict, self.state)
        for hooks in HOOKS:
            self.__dict__.setdefault(hooks, OrderedDict())
        for group in self.param_groups:
            for name, default in self.defaults.items():
                group.setdefault(name, NEUTRAL.get(name, default))

    def __repr__(self) -> str:
        groups = [
            f"\nParameter Group {index}\n"
            + "".join(f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
            for index, group in enumerate(self.param_groups)
        ]
        return f"{type(self).__name__} ({''.join(groups)})"


def named_apart(params: Any) -> dict[str, Any]:
    """What a user gives as the parameters of a group: "params" as a list, and "param_names" if all have names."""
    if isinstance(params, set):
        raise TypeError("optimizer parameters need to be organized in ordered collections: sets have no order")
    given = [params] if isinstance(params, Tensor) else list(params)
    names = [p[0] for p in given if isinstance(p, tuple)]
    if not names:
        return {"params": given}
    if len(names) != len(given):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return {"params": [p for _, p in given], "param_names": names}


def replaced(value: Any, replacement: Any) -> Any:
    """What a hook has returned, unless that is None."""
    return value if replacement is None else replacement


def loss_of(closure: Callable[[], Any] | None) -> Any:
    """What a closure that was given to `step` computes, with gradients."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


def with_gradient(group: dict[str, Any]) -> list[Tensor]:
    """The parameters of a group that a step changes."""
    return [p for p in group["params"] if getattr(p, "_grad", None) is not None]


def stamp(params: list[Tensor], name: str, where: str) -> None:
    """Note for each parameter that it has been written to; `Version.stamp` for many at once."""
    time = next(clock)
    for p in params:
        version = p.version or p.writes()
        version.count += 1
        version.time = time
        version.writer = name
        version.where = where


one_call(Optimizer.zero_grad)
ONE_PIECE.append(Optimizer)
