"""Hooks around `step`: those of one optimizer, and those of all."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from itertools import chain
from typing import Any

from autograd.compiled.handled import one_call
from autograd.hooks import RemovableHandle

__all__ = ["register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

Hooks = OrderedDict[int, Callable[..., Any]]

everywhere_before: Hooks = OrderedDict()
everywhere_after: Hooks = OrderedDict()
NONE: Hooks = OrderedDict()


def add_hook(hooks: Hooks, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
    """Enter a hook, after all others or before them."""
    handle = RemovableHandle(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before each step of every optimizer.

    `args` starts with the optimizer itself; a pair of new args and kwargs, if returned, takes their place.

    >>> import autograd, optim
    >>> from optim.optimizer import register_optimizer_step_pre_hook
    >>> handle = register_optimizer_step_pre_hook(lambda optimizer, args, kwargs: print(type(optimizer).__name__))
    >>> optim.SGD([autograd.ones(1, requires_grad=True)]).step()
    SGD
    >>> handle.remove()
    """
    return add_hook(everywhere_before, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after each step of every optimizer.

    >>> import autograd, optim
    >>> from optim.optimizer import register_optimizer_step_post_hook
    >>> handle = register_optimizer_step_post_hook(lambda optimizer, args, kwargs: print("stepped"))
    >>> optim.SGD([autograd.ones(1, requires_grad=True)]).step()
    stepped
    >>> handle.remove()
    """
    return add_hook(everywhere_after, hook)


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """The `step` of a class, with the hooks before and after it; in a compiled function it is one call."""

    @functools.wraps(step)
    def hooked_step(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = self.__dict__.get(
            "_optimizer_step_pre_hooks", NONE
        )  # what wraps another may not have been initialized
        after = self.__dict__.get("_optimizer_step_post_hooks", NONE)
        if not (before or after or everywhere_before or everywhere_after):
            return step(self, *args, **kwargs)
        given: Any = (self, *args)
        for hook in tuple(chain(everywhere_before.values(), before.values())):
            replaced = hook(self, given, kwargs)
            if replaced is not None:
                given, kwargs = checked_pair(replaced, step)
        result = step(*given, **kwargs)
        for hook in tuple(chain(after.values(), everywhere_after.values())):
            hook(self, given, kwargs)
        return result

    hooked_step.hooked = True  # type: ignore[attr-defined]
    return one_call(hooked_step)


def checked_pair(replaced: Any, step: Callable[..., Any]) -> tuple[Any, dict[str, Any]]:
    """What a hook before the step has returned; RuntimeError if it isn't args and kwargs."""
    if not (isinstance(replaced, tuple) and len(replaced) == 2):
        raise RuntimeError(
            f"{step.__qualname__}: a step pre-hook must return None or a tuple of (new_args, new_kwargs), but got "
            f"{replaced!r}"
        )
    return replaced
