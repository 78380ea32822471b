"""Results that are still to come."""

from __future__ import annotations

import threading

import pytest

from autograd.futures import Future, collect_all, wait_all


def test_a_thread_waits_for_what_another_sets():
    future = Future()
    found = []
    waiting = threading.Thread(target=lambda: found.append(future.wait()))
    waiting.start()
    assert not future.done()
    future.set_result(3)
    waiting.join()
    assert found == [3] == [future.value()]


def test_callbacks_follow_each_other_and_pass_exceptions_on():
    future, seen = Future(), []
    after = future.then(lambda done: done.wait() + 1).then(lambda done: done.value() * 10)
    future.add_done_callback(lambda done: seen.append(done.value()))
    failed = future.then(lambda done: 1 / 0).then(lambda done: done.wait())
    future.set_result(4)
    assert after.wait() == 50
    assert seen == [4]
    with pytest.raises(ZeroDivisionError):
        failed.wait()
    assert future.then(lambda done: done.value()).wait() == 4  # at once: it is done


def test_a_result_is_set_once():
    future = Future()
    with pytest.raises(RuntimeError, match="no result yet"):
        future.value()
    future.set_exception(ValueError("no luck"))
    for again in (future.set_result, future.set_exception):
        with pytest.raises(RuntimeError, match="only be set once"):
            again(ValueError("again"))
    with pytest.raises(ValueError, match="no luck"):
        future.wait()
    with pytest.raises(AssertionError, match="not an Exception"):
        Future().set_exception("text")


def test_many_at_once():
    futures = [Future() for _ in range(20)]
    everything = collect_all(futures)
    setters = [threading.Thread(target=future.set_result, args=(i,)) for i, future in enumerate(futures)]
    for setter in setters:
        setter.start()
    assert wait_all(futures) == list(range(20))
    assert everything.wait() == futures
    assert wait_all([]) == []
