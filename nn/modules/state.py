"""A module's state as a dict of tensors, and back.

Loading has two steps. First every module compares what it has with what it is offered; missing,
unexpected and misshapen entries are collected. Only if all is well is anything written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd.create import from_numpy
from autograd.hooks import RemovableHandle
from autograd.interrupts import uninterrupted
from autograd.misuse import speaking
from autograd.modes import no_grad
from autograd.tensor import Tensor
from nn.modules.members import BUFFER, MODULE, PARAMETER
from nn.modules.tree import Tree
from nn.parameter import Parameter, is_lazy

SAVE_PRE, SAVE, LOAD_PRE, LOAD = "save_pre", "save", "load_pre", "load"
EXTRA = "_extra_state"


class StateHook(NamedTuple):
    """A function that takes part in saving or loading, when, and how it wants to be called."""

    when: str
    function: Callable[..., Any]
    with_module: bool = True
    may_replace: bool = False


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` could not match."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class State(Tree):
    """The part of a module that is saved and loaded."""

    _version = 1
    _state_hooks: dict[int, StateHook]

    def get_extra_state(self) -> Any:
        """What to save besides parameters and buffers; for subclasses that override it and `set_extra_state`."""
        raise RuntimeError(f"{type(self).__name__} has an extra state to load, but does not define get_extra_state()")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave."""
        raise RuntimeError(f"{type(self).__name__} has an extra state to load, but does not define set_extra_state()")

    def _defines(self, method: str) -> bool:
        """Whether a subclass has its own version of a method."""
        return getattr(type(self), method) is not getattr(State, method)

    # -- saving ----------------------------------------------------------------------------------

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """All parameters and persistent buffers by dotted name, on the module's own memory.

        With `keep_vars` they are the very Parameters; otherwise detached. `prefix` goes before each name.

        >>> import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.ReLU()).state_dict())
        ['0.weight', '0.bias']
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._hooks_for(SAVE_PRE):
            hook.function(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._members(MODULE):
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._hooks_for(SAVE):
            returned = hook.function(self, destination, prefix, metadata)
            if returned is not None:
                if not hook.may_replace:
                    raise RuntimeError("state_dict post-hook must return None: change the dict itself")
                destination = returned
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Enter this module's own state; subclasses may override it."""
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()
        if self._defines("get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def _own_state(self) -> list[tuple[str, Tensor]]:
        """This module's own parameters and persistent buffers."""
        kept = [(name, b) for name, b in self._members(BUFFER) if name not in self._non_persistent_buffers_set]
        return [(name, tensor) for name, tensor in (*self._members(PARAMETER), *kept) if tensor is not None]

    # -- loading ---------------------------------------------------------------------------------

    @speaking
    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the tensors of a state dict into this module's parameters and buffers, by name.

        Args:
            state_dict: as `state_dict()` gives it; NumPy arrays are taken too.
            strict: refuse a dict that lacks a name or has one too many.
            assign: take over the tensors themselves instead of copying their values.

        Raises one RuntimeError that lists everything missing, unexpected and of the wrong size;
        nothing has been changed then.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        plan = LoadingPlan(getattr(state_dict, "_metadata", {}), assign)
        plan.visit(self, OrderedDict(state_dict), "")
        found = IncompatibleKeys(plan.missing, plan.unexpected)
        forgiving = [(m, hook) for m in self.modules() for hook in m._hooks_for(LOAD)]
        if plan.errors or (strict and not forgiving and any(found)):
            raise loading_error(self, found, plan.errors, strict)
        with uninterrupted():
            for write in plan.writes:
                write()
        for module, hook in reversed(forgiving):  # children first; they may take keys off the lists
            if hook.function(module, found) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values: change the lists themselves"
                )
        if strict and any(found):
            raise loading_error(self, found, [], strict)
        return found

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Compare this module's own state with what is offered, and plan the writes; subclasses may override it.

        Called by itself, without a plan in `local_metadata`, it writes at once what fits.
        """
        writes = local_metadata.get("writes", [])
        assign = local_metadata.get("assign_to_params_buffers", False)
        for hook in self._hooks_for(LOAD_PRE):
            args = (state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
            hook.function(*((self, *args) if hook.with_module else args))
        own = dict(self._own_state())
        for name, tensor in own.items():
            offered = state_dict.get(prefix + name)
            if prefix + name not in state_dict:
                missing_keys += [prefix + name] if strict else []
            elif (problem := misfit(prefix + name, tensor, offered)) is not None:
                error_msgs.append(problem)
            else:
                offered = as_tensor_like(offered, tensor)
                writes.append(partial(assign_state if assign else copy_state, self, name, tensor, offered))
        has_extra = self._defines("set_extra_state")
        if prefix + EXTRA in state_dict and has_extra:
            writes.append(partial(self.set_extra_state, state_dict[prefix + EXTRA]))
        elif has_extra and strict:
            missing_keys.append(prefix + EXTRA)
        known = {*own, EXTRA} if has_extra else set(own)
        unexpected_keys += self._unknown_keys(state_dict, prefix, known) if strict else []
        if "writes" not in local_metadata:
            for write in writes:
                write()

    def _unknown_keys(self, state_dict: dict[str, Any], prefix: str, known: set[str]) -> list[str]:
        """The keys under a prefix that belong neither to this module nor to one of its children."""
        children = {name for name, _ in self._members(MODULE)}
        below = [key[len(prefix) :] for key in state_dict if key.startswith(prefix)]
        return [
            prefix + name
            for name in below
            if (name.partition(".")[0] not in children if "." in name else name not in known)
        ]

    # -- hooks -------------------------------------------------------------------------------------

    def _hooks_for(self, when: str) -> list[StateHook]:
        return [hook for hook in self._state_hooks.values() if hook.when == when]

    def register_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` collects anything."""
        return RemovableHandle(self._state_hooks, StateHook(SAVE_PRE, hook))

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` afterwards; it may change the dict in place."""
        return RemovableHandle(self._state_hooks, StateHook(SAVE, hook))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Like `register_state_dict_post_hook`, for hooks that may return another dict."""
        return RemovableHandle(self._state_hooks, StateHook(SAVE, hook, may_replace=True))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call a hook before this module's own state is compared: it may rename keys of the dict, which is a copy.

        `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)`.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., None], with_module: bool = False
    ) -> RemovableHandle:
        """Like `register_load_state_dict_pre_hook`; the module is passed only on request."""
        return RemovableHandle(self._state_hooks, StateHook(LOAD_PRE, hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` when all is loaded; keys that it takes off the lists are forgiven."""
        return RemovableHandle(self._state_hooks, StateHook(LOAD, hook))


class LoadingPlan:
    """What loading a state dict found in the modules, and the writes that would carry it out."""

    def __init__(self, metadata: Mapping[str, Any], assign: bool) -> None:
        self.metadata = metadata
        self.assign = assign
        self.writes: list[Callable[[], Any]] = []
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []

    def visit(self, module: Any, state_dict: dict[str, Any], prefix: str) -> None:
        """Let a module and those below it compare their state with what is offered."""
        metadata = dict(self.metadata.get(prefix[:-1], {}))
        metadata |= {"assign_to_params_buffers": self.assign, "writes": self.writes}
        module._load_from_state_dict(state_dict, prefix, metadata, True, self.missing, self.unexpected, self.errors)
        for name, child in module._members(MODULE):
            if child is not None:
                below = f"{prefix}{name}."
                offered = OrderedDict((key, value) for key, value in state_dict.items() if key.startswith(below))
                self.visit(child, offered, below)


def misfit(key: str, tensor: Tensor, offered: Any) -> str | None:
    """Why what is offered can't be loaded into a tensor; None if it can."""
    if not isinstance(offered, (Tensor, np.ndarray)):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(offered)}"
        )
    if tuple(offered.shape) != tuple(tensor.shape) and not (tensor.ndim == 0 and tuple(offered.shape) == (1,)):
        return (
            f"size mismatch for {key}: copying a param with shape torch.Size({list(offered.shape)}) from checkpoint, "
            f"the shape in current model is {tensor.shape}."
        )
    return None


def as_tensor_like(offered: Any, tensor: Tensor) -> Tensor:
    """What is offered as a Tensor; a vector of one element, as old files have, as the scalar it stands for."""
    found: Tensor = from_numpy(offered) if isinstance(offered, np.ndarray) else offered
    return found if found.ndim == tensor.ndim else found.reshape(())


def copy_state(module: Any, name: str, tensor: Tensor, offered: Tensor) -> None:
    """Copy values into a parameter or buffer that exists."""
    with no_grad():
        tensor.copy_(offered)


def assign_state(module: Any, name: str, tensor: Tensor, offered: Tensor) -> None:
    """Put a tensor in the place of a parameter, which keeps its `requires_grad`, or of a buffer."""
    if isinstance(tensor, Parameter):
        offered = offered if isinstance(offered, Parameter) else Parameter(offered, tensor.requires_grad)
        offered.requires_grad = tensor.requires_grad
    setattr(module, name, offered)


def loading_error(module: Any, found: IncompatibleKeys, errors: list[str], strict: bool) -> RuntimeError:
    """The one error that lists everything that stands in the way of loading."""
    lines = list(errors)
    if strict and found.unexpected_keys:
        lines.insert(0, f"Unexpected key(s) in state_dict: {quoted(found.unexpected_keys)}. ")
    if strict and found.missing_keys:
        lines.insert(0, f"Missing key(s) in state_dict: {quoted(found.missing_keys)}. ")
    details = "\n\t".join(lines)
    return RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{details}")


def quoted(keys: list[str]) -> str:
    """The keys in quotation marks."""
    return ", ".join(f'"{key}"' for key in keys)
