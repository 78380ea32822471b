"""How cost grows: `python scaling.py` prints one JSON object of figures about chalkgrad alone."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time

import autograd


def chain(length):
    """Seconds per op for building, differentiating and freeing a chain of ops, and bytes per op at its peak."""
    before = resident()
    start = time.perf_counter()
    a = autograd.tensor(0.5, requires_grad=True)
    b = autograd.tensor(0.9, requires_grad=True)
    x = a
    for _ in range(length // 2):
        x = x * b + a
    built = time.perf_counter()
    held = resident() - before
    x.backward()
    walked = time.perf_counter()
    del x
    freed = time.perf_counter()
    return {
        "ops": length,
        "forward": (built - start) / length,
        "backward": (walked - built) / length,
        "free": (freed - walked) / length,
        "bytes": held / length,
    }


def resident():
    """Bytes of memory in use just now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def doublings(count):
    """x + x, over and over: 2**count paths, but only count ops. Seconds, and the gradient."""
    x = autograd.tensor(1.0, requires_grad=True)
    y = x
    start = time.perf_counter()
    for _ in range(count):
        y = y + y
    y.backward()
    return {"paths": 2**count, "seconds": time.perf_counter() - start, "gradient": x.grad.item()}


def import_seconds(statement, rounds=15):
    """The median time that an import takes in a fresh interpreter."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def once():
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        return float(done.stdout)

    once()  # compiles what has changed, and keeps it in __pycache__ as every user's Python does
    return statistics.median(once() for _ in range(rounds))


if __name__ == "__main__":
    gc.disable()
    chain(1000)
    print(
        json.dumps(
            {
                "chains": [chain(length) for length in (1_000, 100_000, 1_000_000)],
                "doublings": doublings(20),
                "import numpy": import_seconds("import numpy"),
                "import all": import_seconds("import numpy, autograd, nn, optim"),
            }
        )
    )
