"""Deciding how tensors saved for backward are kept: packed, moved, or computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.arrays import array_of
from autograd.graph import Node, Version
from autograd.modes import Watching, set_watchers, state
from autograd.tensor import Tensor, tensor_of

__all__ = [
    "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip


class saved_tensors_hooks(Watching):
    """A context in which `pack_hook(tensor)` decides what is kept of each tensor saved for backward.

    When backward needs the tensor, `unpack_hook` gets what `pack_hook` returned, and must return an
    equal tensor. Whether that is so is for the hooks to see to: a write in place is not noticed.

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

    def __enter__(self) -> Any:
        if state.hooks_disabled is not None:
            raise RuntimeError(state.hooks_disabled)
        return super().__enter__()

    def recorded(self, node: Node, tensors: Any, result: Any) -> None:
        """Pack what a new node saves; the innermost context does."""
        if active_hooks()[-1] is self and node.saved:
            with without_watchers():
                node.saved = PackedValues(node.saved, self)


def active_hooks() -> list[saved_tensors_hooks]:
    """The contexts of this kind that this thread is in, the innermost last."""
    return [watcher for watcher in state.watchers if isinstance(watcher, saved_tensors_hooks)]


class without_watchers:
    """A context in which no watcher of this thread is told anything: what hooks compute is their own affair."""

    def __enter__(self) -> None:
        self.before = state.watchers
        try:
            set_watchers(())
        except BaseException:  # Ctrl-C: the block is not entered
            set_watchers(self.before)
            raise

    def __exit__(self, *exception: object) -> None:
        set_watchers(self.before)


class PackedValues:
    """Saved values whose tensors and arrays are packed; iterating over them unpacks."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[Any, ...], hooks: saved_tensors_hooks) -> None:
        self.values = [packed(value, hooks) for value in values]

    def __iter__(self) -> Iterator[Any]:
        return iter([unpacked(value) for value in self.values])

    def __getitem__(self, place: int) -> Any:
        return unpacked(self.values[place])


def packed(value: Any, hooks: saved_tensors_hooks) -> Any:
    """A saved value as the hooks want it kept: a tensor, an array or an entry of a custom Function packed, also in tuples.

    A record of writes is replaced by an empty one: what is packed is not watched.
    """
    if isinstance(value, tuple):
        return tuple(packed(item, hooks) for item in value)
    if isinstance(value, Version):
        return Version()
    return Packed(value, hooks) if is_data(value) else value


def unpacked(value: Any) -> Any:
    """The value again."""
    if isinstance(value, tuple):
        return tuple(unpacked(item) for item in value)
    return value.unpack() if isinstance(value, Packed) else value


def is_data(value: Any) -> bool:
    """Whether a saved value is a tensor or an array, or an entry of a custom Function; not metadata."""
    return isinstance(value, (Tensor, np.ndarray)) or hasattr(value, "replaced")


class Packed:
    """One packed value, and how to make what the rules expect of what comes out of unpacking."""

    __slots__ = ("hooks", "packed", "restore")

    def __init__(self, value: Any, hooks: saved_tensors_hooks) -> None:
        self.hooks = hooks
        if isinstance(value, Tensor):
            tensor, self.restore = value.detach(), unwatched
        elif isinstance(value, np.ndarray):
            tensor, self.restore = tensor_of(value), array_of  # type: ignore[assignment]
        else:
            tensor, self.restore = value.as_tensor(), value.replaced
        writes = tensor._version
        self.packed = hooks.pack_hook(tensor)
        if tensor._version != writes:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can "
                "not be modified by in-place operations as this can lead to unexpected side-effects: the tensor is "
                "still used by the program. Write it out of place (t * 2 in place of t.mul_(2))"
            )

    def unpack(self) -> Any:
        """The value again."""
        with without_watchers():
            tensor = self.hooks.unpack_hook(self.packed)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        return self.restore(tensor)


def unwatched(tensor: Tensor) -> Tensor:
    """The values without the record of writes to them."""
    return tensor_of(tensor.array, tensor.dtype)


# -- contexts made of these hooks ---------------------------------------------------------------------------


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors on the CPU: here they are there already."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor, lambda tensor: tensor)


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """A context in which tensors may be changed in place although backward needs them: it keeps copies.

    Backward has to run inside the context too; it raises AssertionError outside. Gives itself;
    `clear()` lets go of all copies.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with autograd.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.clone()
    ...     z = (y * y).sum()
    ...     _ = y.zero_()
    ...     z.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(self) -> None:
        self.copies: dict[int, Tensor] = {}
        super().__init__(self.keep, self.find)

    def __enter__(self) -> Any:
        if any(isinstance(hooks, allow_mutation_on_saved_tensors) for hooks in active_hooks()):
            raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self.clear()

    def keep(self, tensor: Tensor) -> int:
        """Keep a copy, by number."""
        self.copies[len(self.copies)] = tensor.clone()
        return len(self.copies) - 1

    def find(self, number: int) -> Tensor:
        """The copy of that number."""
        if number not in self.copies:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which the graph was "
                "originally recorded: its copies are gone. Call backward() inside the with block"
            )
        return self.copies[number]

    def clear(self) -> None:
        """Let go of all copies."""
        self.copies.clear()


class disable_saved_tensors_hooks:
    """A context in which `saved_tensors_hooks` may not be active: that raises RuntimeError, with the given message."""

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message

    def __enter__(self) -> None:
        if active_hooks():
            raise RuntimeError(self.error_message)
        self.before = state.hooks_disabled
        state.hooks_disabled = self.error_message

    def __exit__(self, *exception: object) -> None:
        state.hooks_disabled = self.before
