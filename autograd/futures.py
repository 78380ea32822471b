"""`torch.futures`: results that are still to come. On one processor they come from threads, or from callbacks."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["Future", "collect_all", "wait_all"]

T = TypeVar("T")


class Future(Generic[T]):
    """A result that somebody else sets, and callbacks that wait for it. Built on `concurrent.futures.Future`.

    >>> future = Future()
    >>> doubled = future.then(lambda done: 2 * done.value())
    >>> future.set_result(21)
    >>> doubled.wait()
    42
    """

    def __init__(self, *, devices: Any = None) -> None:
        self._inner: concurrent.futures.Future[T] = concurrent.futures.Future()

    def done(self) -> bool:
        """Whether there is a result, or an exception in its place."""
        return self._inner.done()

    def wait(self) -> T:
        """The result, once it is there. Raises the exception that was set in its place."""
        return self._inner.result()

    def value(self) -> T:
        """The result that is there. Raises RuntimeError where there is none yet."""
        if not self.done():
            raise RuntimeError("Future.value(): the future has no result yet: call wait(), or ask in then(callback)")
        return self._inner.result()

    def set_result(self, result: T) -> None:
        """Set the result, and run the callbacks. Raises RuntimeError where there is one already."""
        self._refuse_second("set_result")
        self._inner.set_result(result)

    def set_exception(self, result: BaseException) -> None:
        """Set an exception in place of the result: whoever waits gets it raised."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._refuse_second("set_exception")
        self._inner.set_exception(result)

    def _refuse_second(self, name: str) -> None:
        if self.done():
            raise RuntimeError(f"Future.{name}(): Future can only be set once, and this one has been")

    def add_done_callback(self, callback: Callable[[Future[T]], Any]) -> None:
        """Call this with the future once it is done; at once if it is."""
        self._inner.add_done_callback(lambda _: callback(self))

    def then(self, callback: Callable[[Future[T]], Any]) -> Future[Any]:
        """A future of what the callback returns, which is called with this one once it is done."""
        after: Future[Any] = Future()

        def run(done: Future[T]) -> None:
            try:
                result = callback(done)
            except Exception as error:
                after.set_exception(error)
            else:
                after.set_result(result)

        self.add_done_callback(run)
        return after


def collect_all(futures: list[Future[Any]]) -> Future[list[Future[Any]]]:
    """A future that is done when all of these are; its result is the list of them.

    >>> first, second = Future(), Future()
    >>> both = collect_all([first, second])
    >>> first.set_result("a"), both.done(), second.set_result("b"), both.done()
    (None, False, None, True)
    """
    collected: Future[list[Future[Any]]] = Future()
    waiting, lock = list(futures), threading.Lock()
    missing = len(waiting)

    def finish(done: Future[Any]) -> None:
        nonlocal missing
        with lock:  # two may be done at the same time
            missing -= 1
            is_last = not missing
        if is_last:
            collected.set_result(waiting)

    if not waiting:
        collected.set_result(waiting)
    for future in waiting:
        future.add_done_callback(finish)
    return collected


def wait_all(futures: list[Future[Any]]) -> list[Any]:
    """The results of all, once they are there. Raises the first exception among them, when all are done."""
    return [future.wait() for future in collect_all(futures).wait()]
