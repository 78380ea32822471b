"""Deciding how tensors saved for backward are kept: packed, moved, or computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.arrays import array_of
from autograd.graph import Node
from autograd.modes import Watching, set_state, state
from autograd.tensor import Tensor, tensor_of

__all__ = ["disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]


class saved_tensors_hooks(Watching):
    """A context in which `pack_hook(tensor)` decides what is kept of each tensor saved for backward.

    When backward needs the tensor, `unpack_hook` gets what `pack_hook` returned, and must return an
    equal tensor.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with autograd.autograd.graph.saved_tensors_hooks(lambda t: t.half(), lambda t: t.float()):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> saved_tensors_hooks:
        if state.hooks_disabled is not None:
            raise RuntimeError(state.hooks_disabled)
        super().__enter__()
        return self

    def recorded(self, node: Node, tensors: Any, result: Any) -> None:
        """Pack what a new node saves; the innermost context does."""
        hooks = [watcher for watcher in state.watchers if isinstance(watcher, saved_tensors_hooks)]
        if hooks[-1] is self and node.saved:
            with without_watchers():
                node.saved = PackedValues(node.saved, self)


class without_watchers:
    """A context in which no watcher of this thread is told anything: what hooks compute is their own affair."""

    def __enter__(self) -> None:
        self.before = state.watchers
        set_state(watchers=())

    def __exit__(self, *exception: object) -> None:
        set_state(watchers=self.before)


class PackedValues:
    """Saved values whose tensors and arrays are packed; iterating over them unpacks."""

    __slots__ = ("hooks", "values")

    def __init__(self, values: tuple[Any, ...], hooks: saved_tensors_hooks) -> None:
        self.hooks = hooks
        self.values = [Packed(value, hooks) if is_data(value) else value for value in values]

    def __iter__(self) -> Iterator[Any]:
        return iter([value.unpack() if isinstance(value, Packed) else value for value in self.values])


def is_data(value: Any) -> bool:
    """Whether a saved value is a tensor or an array, or an entry of a custom Function; not metadata."""
    return isinstance(value, (Tensor, np.ndarray)) or hasattr(value, "replaced")


class Packed:
    """One packed value, and how to make what the rules expect of what comes out of unpacking."""

    __slots__ = ("hooks", "packed", "restore")

    def __init__(self, value: Any, hooks: saved_tensors_hooks) -> None:
        self.hooks = hooks
        if isinstance(value, Tensor):
            tensor, self.restore = value.detach(), itself
        elif isinstance(value, np.ndarray):
            tensor, self.restore = tensor_of(value), array_of
        else:
            tensor, self.restore = value.as_tensor(), value.replaced
        self.packed = hooks.pack_hook(tensor)

    def unpack(self) -> Any:
        """The value again."""
        tensor = self.hooks.unpack_hook(self.packed)
        if not isinstance(tensor, Tensor):
            raise TypeError(f"unpack_hook must return a Tensor, not {type(tensor).__name__}")
        return self.restore(tensor)


def itself(tensor: Tensor) -> Tensor:
    """A saved tensor comes back as it is."""
    return tensor


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors on the CPU: here they are there already."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor, lambda tensor: tensor)


class disable_saved_tensors_hooks:
    """A context in which entering `saved_tensors_hooks` raises, with the given message."""

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message

    def __enter__(self) -> None:
        self.before = state.hooks_disabled
        state.hooks_disabled = self.error_message

    def __exit__(self, *exception: object) -> None:
        state.hooks_disabled = self.before
