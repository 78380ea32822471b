"""Makes bad calls and prints what went wrong with them, a line of JSON each: run as a program, so that a hang can be ended.

    python -m tests.fuzz.calling SEED CALLS [WORDS [PART PARTS]]

CALLS says how many bad calls are made of each good one, "all" for every bad value in every place. With WORDS, only
good calls whose name contains them are used; with PART and PARTS, one of so many equal parts of them.
"""

from __future__ import annotations

import contextlib
import faulthandler
import inspect
import json
import random
import signal
import sys
import time
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

from autograd.registry import OPS
from tests.fuzz import judging
from tests.fuzz.bad_values import BAD, WRONG_TYPES
from tests.fuzz.good_calls import GoodCall, good_calls

PATIENCE = 15
"""After how many seconds without an answer the program gives up and says where it hangs."""

Change = tuple[Any, str]
"""Which argument is replaced, by its place or its name, and by which bad value."""


def parameter_names(function: Any) -> list[str]:
    """The names of a function's parameters, as far as they are known."""
    try:
        return [p.name for p in inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        return []


def changes(call: GoodCall, count: int | None, chance: random.Random) -> Iterator[list[Change]]:
    """What to change in a good call: one argument or two; some are left out, or one too many is given."""
    _, args, kwargs = call.make()
    places: list[Any] = [*range(int(call.name.startswith("Tensor.")), len(args)), *kwargs]
    if count is None:
        yield from ([(place, bad)] for place in places for bad in BAD)
        if "__set__" not in call.name:  # of which Python itself counts the arguments
            yield from ([(len(args), bad)] for bad in WRONG_TYPES)
            yield from ([(place, "left out")] for place in places)
        yield [("unheard_of", "None")]
        count = 10 if len(places) > 1 else 0
    for _ in range(count if places else 0):
        chosen = chance.sample(places, min(chance.choice((1, 1, 1, 2)), len(places)))
        yield [(place, chance.choice(list(BAD))) for place in chosen]


def changed(call: GoodCall, todo: list[Change]) -> tuple[Any, list[Any], dict[str, Any]]:
    """A good call with some of its arguments replaced."""
    function, args, kwargs = call.make()
    for place, bad in todo:
        if bad == "left out":
            if isinstance(place, int):
                del args[place:]
            else:
                del kwargs[place]
        elif isinstance(place, int):
            args[place : place + 1] = [BAD[bad]()]
        else:
            kwargs[place] = BAD[bad]()
    return function, args, kwargs


@contextlib.contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """End what takes longer than this with a TimeoutError, where the system can do that; `main` ends it elsewhere."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def took_too_long(*_: Any) -> None:
    """What a call that takes too long is interrupted with."""
    raise TimeoutError


def verdict(call: GoodCall, todo: list[Change]) -> tuple[str | None, BaseException | None]:
    """Make a bad call; what was wrong with the answer, if anything, and the error."""
    function, args, kwargs = changed(call, todo)
    everything = [args, kwargs, getattr(function, "__self__", None), function]
    before, settings = judging.state_of(everything), judging.settings()
    start = time.monotonic()
    found, error = None, None
    try:
        with interrupted_after(judging.LONGEST):
            function(*args, **kwargs)
    except Exception as raised:
        error = raised
        if not judging.is_of_our_own(raised):
            found = judging.fault(raised, judging.names_of(function, [*parameter_names(function), *kwargs]))
        if judging.settings() != settings:
            found = "settings left changed"
        elif judging.state_of(everything) != before:
            found = "an argument was changed"
    if time.monotonic() - start > judging.LONGEST:
        found = "slow"
    judging.put_back(settings)
    return found, error


def main(seed: str, calls: str, words: str = "", part: str = "0", parts: str = "1") -> None:
    """Make the bad calls, and print the verdicts on those that were not answered well."""
    warnings.simplefilter("ignore")
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, took_too_long)
    count = None if calls == "all" else int(calls)
    made = raised = functions = 0
    named = [call for call in good_calls(1 if count is not None else 2) if words in call.name]
    for call in named[int(part) :: int(parts)]:
        functions += 1
        chance = random.Random(zlib.crc32(f"{seed} {call.name}".encode()))
        for todo in changes(call, count, chance):
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            found, error = verdict(call, todo)
            made, raised = made + 1, raised + (error is not None)
            if found:
                print(json.dumps({"fault": found, "call": call.name, "changes": todo,
                                  "error": f"{type(error).__name__}: {error}"[:300]}), flush=True)  # fmt: skip
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps({"functions": functions, "made": made, "raised": raised, "ops": len(OPS)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
