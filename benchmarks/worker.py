"""Runs workloads in one library, one command at a time: `python worker.py LIBRARY`, commands on standard input.

warm NAME        build the workload, run it until it is warm; answers how many steps take about 40 ms
run NAME COUNT   run that many steps, after a few that wake the threads up; answers the seconds they took
peak             answers the peak of memory since the library was loaded, in MB

Where the library can't run a workload, the answer to `warm` is why, as a string.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
import warnings

from workloads import WORKLOADS

MODULES = {
    "chalkgrad": "autograd",
    "HIPS autograd": "autograd",
    "JAX, compiled": "jax",
    "tinygrad, compiled": "tinygrad",
}


def main(library: str) -> None:
    """Serve commands until standard input ends."""
    warnings.simplefilter("ignore")
    builders = {w.name: w.builders[library] for w in WORKLOADS if library in w.builders}
    steps = {}
    importlib.import_module(MODULES.get(library, library))
    start = peak()
    for line in sys.stdin:
        command, *rest = json.loads(line)
        name = rest.pop(0) if rest else ""
        if command == "peak":
            answer = peak() - start
        elif command == "warm":
            try:
                steps[name] = builders[name]()
                answer = warm(steps[name])
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
        else:
            timed(steps[name], 1 + rest[0] // 4)
            answer = timed(steps[name], rest[0])
        print(json.dumps(answer), flush=True)


def peak():
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(step, count):
    """Seconds for a number of steps."""
    start = time.perf_counter()
    for _ in range(count):
        step()
    return time.perf_counter() - start


def warm(step):
    """Run for half a second at least; how many steps take about 40 ms."""
    seconds, count = 0.0, 0
    while seconds < 0.5:
        seconds += timed(step, 5)
        count += 5
    return max(1, round(0.04 * count / seconds))


if __name__ == "__main__":
    main(sys.argv[1])
