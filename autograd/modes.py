"""Whether operations are recorded: per thread, as contexts, decorators or plain calls."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad",
           "set_grad_enabled"]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


class ThreadState(threading.local):
    """What each thread has chosen; a new thread starts with gradients on.

    `watchers` are told of what this thread does: see `Watching`.
    """

    grad_enabled = True
    inference = False
    watchers: tuple[Any, ...] = ()
    hooks_disabled: str | None = None  # why `saved_tensors_hooks` may not be entered, if so
    walk: Any = None  # the operations and leaves of the running backward pass, and which of them are wanted
    pushing = False  # whether a backward pass is being recorded only to push tangents forward (see `autograd.tracing`)
    vmaps: tuple[Any, ...] = ()  # the calls of `vmap` that are running, the innermost last

    def is_special(self) -> bool:
        """Whether ops must do anything else than record a node."""
        return not self.grad_enabled or bool(self.watchers)


class Shortcut:
    """`special` counts the threads whose state is special just now.

    Almost always it is 0, and then an op need not look up its thread's state, which would cost
    as much as multiplying two numbers does.
    """

    __slots__ = ("special",)

    def __init__(self) -> None:
        self.special = 0


state = ThreadState()
shortcut = Shortcut()
_lock = threading.Lock()


def is_grad_enabled() -> bool:
    """Whether operations of this thread are being recorded."""
    return state.grad_enabled


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return state.inference


def set_grad_mode(enabled: bool) -> None:
    """Switch recording on or off for this thread, and count it among the special ones."""
    before = state.grad_enabled
    if enabled is before:
        return
    change = 0 if state.watchers else 1 if before else -1
    with _lock:  # in one line, which Ctrl-C does not cut in two
        state.grad_enabled, shortcut.special = enabled, shortcut.special + change


def set_watchers(watchers: tuple[Any, ...]) -> None:
    """Say who is told of what this thread does, and count it among the special ones."""
    change = (bool(watchers) - bool(state.watchers)) if state.grad_enabled else 0
    with _lock:
        state.watchers, shortcut.special = watchers, shortcut.special + change


class Watching:
    """A context in which a watcher is told what this thread records and walks back."""

    def computed(self, op: Any, tensors: Any, result: Any) -> None:
        """An op has been carried out, recorded or not; if it is to be recorded, that comes next."""

    def broadcast(self, name: str, shapes: tuple[tuple[int, ...], ...]) -> None:
        """A function that is no op is about to broadcast what it was given."""

    def recorded(self, node: Any, tensors: Any, result: Any) -> None:
        """A node has been recorded: of these operands, with this result (or these)."""

    def carried_out(self, op: Any, tensors: Any, params: Any, result: Any, kept: Any) -> None:
        """The result has its place in the graph, if it gets one; with the metadata, and what the forward keeps."""

    def written(self, x: Any, op: Any, operands: Any, params: Any, name: str) -> None:
        """A tensor was overwritten, by the method of this name: with an operand, or what an op makes of x and them."""

    def stepped(self, node: Any, g: Any, sent: Any) -> None:
        """The backward pass has visited a node: g arrived, and this was sent to its inputs."""

    def __enter__(self) -> Any:
        before = state.watchers
        try:
            set_watchers((*before, self))
        except BaseException:  # Ctrl-C: the block is not entered
            set_watchers(before)
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        others = list(state.watchers)
        others.reverse()
        others.remove(self)  # the innermost entry, if the context was entered more than once
        set_watchers(tuple(reversed(others)))


class GradMode:
    """A context that sets the grad mode and puts the old one back; also a decorator, for generators too."""

    enabled: bool

    def __enter__(self) -> None:
        self.__dict__.setdefault("outer", []).append((state.grad_enabled, state.inference))
        try:
            self.begin()
        except BaseException:  # Ctrl-C: the block is not entered, so nobody else will put the mode back
            self.__exit__()
            raise

    def begin(self) -> None:
        """Set this context's mode."""
        set_grad_mode(self.enabled)

    def __exit__(self, *exception: object) -> None:
        grad_enabled, state.inference = self.__dict__["outer"].pop()
        set_grad_mode(grad_enabled)

    def __call__(self, function: F) -> F:
        if inspect.isclass(function):
            raise TypeError(f"{type(self).__name__} decorates functions, not the class {function.__name__}")
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]

    def _wrap_generator(self, function: Any) -> Any:
        """The mode holds while the generator runs, not while its caller does."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Iterator[Any]:
            running = function(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, running)
            while True:
                try:
                    with self.clone():
                        value = step()
                except StopIteration as stop:
                    return stop.value
                try:
                    step = functools.partial(running.send, (yield value))
                except GeneratorExit:
                    with self.clone():
                        running.close()
                    raise
                except BaseException as error:
                    step = functools.partial(running.throw, error)

        return wrapped

    def clone(self) -> GradMode:
        """A fresh context of the same mode; a decorated function enters a new one each time."""
        return type(self)()


class _BareDecorator(GradMode):
    """Lets `@no_grad` stand without parentheses."""

    def __new__(cls, function: Any = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)


class no_grad(_BareDecorator):
    """Do not record operations: results have `requires_grad=False`.

    >>> import autograd
    >>> w = autograd.ones(2, requires_grad=True)
    >>> with autograd.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    enabled = False


class enable_grad(_BareDecorator):
    """Record operations again, inside a `no_grad`."""

    enabled = True


class set_grad_enabled(GradMode):
    """Switch recording on or off, at once; as a context, the old mode comes back at its end."""

    def __init__(self, mode: bool) -> None:
        self.enabled = bool(mode)
        self.before = (state.grad_enabled, state.inference)
        set_grad_mode(self.enabled)

    def __enter__(self) -> None:
        super().__enter__()
        self.__dict__["outer"][-1] = self.before  # what held before the constructor switched

    def __call__(self, function: F) -> F:
        set_grad_mode(self.before[0])  # used as a decorator: nothing is switched until the function runs
        return super().__call__(function)

    def clone(self) -> GradMode:
        return set_grad_enabled(self.enabled)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.enabled})"


class inference_mode(GradMode):
    """Like `no_grad`, and moreover no result can ever take part in a recorded operation."""

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.enabled = not mode
        self.inference = mode

    def begin(self) -> None:
        state.inference = self.inference
        set_grad_mode(self.enabled)

    def clone(self) -> GradMode:
        return inference_mode(self.inference)
