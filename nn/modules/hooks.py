"""Hooks: functions that run around a module's forward and backward pass.

A module keeps all its hooks in one dict, and `everywhere` holds those that run for every module.
Both are nearly always empty, which is what `Module.__call__` checks before it takes the short way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, NamedTuple

from autograd.compiled.handled import EMPTY
from autograd.graph import warn_caller
from autograd.hooks import RemovableHandle
from nn.modules.boundary import GradientWatch, watch_for

FORWARD_PRE, FORWARD, BACKWARD_PRE, BACKWARD = "forward_pre", "forward", "backward_pre", "backward"


class Hook(NamedTuple):
    """A registered function, when it runs, and how it wants to be called."""

    when: str
    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


Hooks = dict[int, Hook]

everywhere: Hooks = {}
EMPTY.append(everywhere)  # what was compiled counts on that


def register(hooks: Hooks, hook: Hook, prepend: bool = False) -> RemovableHandle:
    """Enter a hook, last or first; the handle takes it away again."""
    before = dict(hooks)
    handle = RemovableHandle(hooks, hook)
    if prepend:
        for key in before:
            hooks[key] = hooks.pop(key)
    return handle


class HookWindow(MutableMapping[int, Callable[..., Any]]):
    """A module's hooks of one kind, by number. Deleting one here takes it from the module."""

    __slots__ = ("hooks", "when")

    def __init__(self, hooks: Hooks, when: str) -> None:
        self.hooks = hooks
        self.when = when

    def __getitem__(self, key: int) -> Callable[..., Any]:
        if key not in self.hooks or self.hooks[key].when != self.when:
            raise KeyError(key)
        return self.hooks[key].function

    def __setitem__(self, key: int, function: Callable[..., Any]) -> None:
        self.hooks[key] = Hook(self.when, function)

    def __delitem__(self, key: int) -> None:
        if key not in self:
            raise KeyError(key)
        del self.hooks[key]

    def __iter__(self) -> Iterator[int]:
        return iter([key for key, hook in self.hooks.items() if hook.when == self.when])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(OrderedDict(self))  # what PyTorch's programs print


class Hookable:
    """The part of a module that registers hooks."""

    _hooks: Hooks

    @property
    def _forward_pre_hooks(self) -> HookWindow:
        return HookWindow(self._hooks, FORWARD_PRE)

    @property
    def _forward_hooks(self) -> HookWindow:
        return HookWindow(self._hooks, FORWARD)

    @property
    def _backward_pre_hooks(self) -> HookWindow:
        return HookWindow(self._hooks, BACKWARD_PRE)

    @property
    def _backward_hooks(self) -> HookWindow:
        return HookWindow(self._hooks, BACKWARD)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; what it returns replaces the arguments.

        With `with_kwargs`, `hook(module, args, kwargs)`, which returns None or the pair of both.
        """
        return register(self._hooks, Hook(FORWARD_PRE, hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; what it returns replaces the output.

        With `with_kwargs`, `hook(module, args, kwargs, output)`; with `always_call`, also after an exception, with
        None for the output.

        >>> import autograd, nn
        >>> relu = nn.ReLU()
        >>> handle = relu.register_forward_hook(lambda module, args, output: print(output.shape))
        >>> _ = relu(autograd.zeros(2, 3))
        torch.Size([2, 3])
        >>> handle.remove()
        """
        return register(self._hooks, Hook(FORWARD, hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients by the outputs are known; its result replaces them."""
        return register(self._hooks, Hook(BACKWARD_PRE, hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients by the inputs are known.

        Both are tuples, with None where there is no gradient; what the hook returns replaces `grad_input`.
        """
        return register(self._hooks, Hook(BACKWARD, hook), prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`register_full_backward_hook` by its old name, under which PyTorch may show only part of the gradients."""
        return self.register_full_backward_hook(hook)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module."""
    return register(everywhere, Hook(FORWARD_PRE, hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module."""
    return register(everywhere, Hook(FORWARD, hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` in the backward pass of every module."""
    return register(everywhere, Hook(BACKWARD_PRE, hook))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` in the backward pass of every module."""
    return register(everywhere, Hook(BACKWARD, hook))


# -- the call, with hooks --------------------------------------------------------------------------


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What calling a module does: hooks before, `forward`, hooks after; global hooks come before its own."""
    hooks = [*everywhere.values(), *module._hooks.values()]
    waiting = [hook for hook in hooks if hook.when == FORWARD]
    try:
        args, kwargs = run_before([hook for hook in hooks if hook.when == FORWARD_PRE], module, args, kwargs)
        watch = watch_for(module, functions(hooks, BACKWARD_PRE), functions(hooks, BACKWARD))
        if watch is None:
            result = run_after(waiting, module, args, kwargs, module.forward(*args, **kwargs))
        else:
            result = watched_call(watch, waiting, module, args, kwargs)
    except Exception:
        run_regardless(waiting, module, args, kwargs)
        raise
    return result


def watched_call(
    watch: GradientWatch, waiting: list[Hook], module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The forward between two watched boundaries, where the gradients will pass on their way back."""
    args = watch.enter(args)
    return watch.leave(run_after(waiting, module, args, kwargs, module.forward(*args, **kwargs)))


def functions(hooks: list[Hook], when: str) -> list[Callable[..., Any]]:
    """The functions of the hooks of one kind."""
    return [hook.function for hook in hooks if hook.when == when]


def run_before(
    hooks: list[Hook], module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Let the hooks before the forward see the arguments, and change them."""
    for hook in hooks:
        if hook.with_kwargs:
            changed = hook.function(module, args, kwargs)
            if changed is None:
                continue
            if not (isinstance(changed, tuple) and len(changed) == 2):
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                )
            args, kwargs = changed
        else:
            changed = hook.function(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs


def run_after(waiting: list[Hook], module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    """Let the hooks after the forward see the result, and replace it; those that ran are taken off the list."""
    while waiting:
        hook = waiting.pop(0)
        changed = (
            hook.function(module, args, kwargs, result) if hook.with_kwargs else hook.function(module, args, result)
        )
        if changed is not None:
            result = changed
    return result


def run_regardless(waiting: list[Hook], module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """After an exception, run the hooks that asked for it; an exception of theirs is only warned of."""
    for hook in waiting:
        if hook.always_call:
            try:
                run_after([hook], module, args, kwargs, None)
            except Exception as error:
                warn_caller(
                    f"module forward hook with ``always_call=True`` raised an exception that was silenced as another "
                    f"error was raised in forward: {error}",
                )
