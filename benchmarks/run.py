"""Compare chalkgrad with its peers and write RESULTS.md: `python run.py [--only REGEX] [--rounds N] [--threads N]`."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from workloads import WORKLOADS

HERE = Path(__file__).parent
PEERS = HERE / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"


def thread_settings(threads):
    """The environment variables that the libraries of linear algebra take their number of threads from."""
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))


class CantRun(Exception):  # noqa: N818 (no error of ours)
    """A library can't run a workload here."""


class Worker:
    """A process that runs workloads in one library."""

    def __init__(self, library: str, threads: int) -> None:
        environment = {**os.environ, **thread_settings(threads)}
        if library == "chalkgrad":
            python, environment["PYTHONPATH"] = sys.executable, str(HERE.parent)
        else:
            python = str(PEERS)
            environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [python, str(HERE / "worker.py"), library],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, *command: object) -> float:
        """Send a command and wait for its answer. Raises CantRun for a workload that the library can't run."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker has died at {command}")
        found = json.loads(answer)
        if isinstance(found, str):
            raise CantRun(found)
        return float(found)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(workload, rounds, threads):
    """Seconds per step of each library, round by round; and the peak of its memory above the start, in MB."""
    workers = {library: Worker(library, threads) for library in workload.builders}
    try:
        counts = warmed_up(workers, workload.name)
        times = {library: [] for library in workers}
        for _ in range(rounds):
            for library, worker in workers.items():
                time.sleep(0.1)  # let the other library's threads go to sleep
                times[library].append(worker.ask("run", workload.name, counts[library]) / counts[library])
        memory = {library: worker.ask("peak") for library, worker in workers.items()}
        return times, memory
    finally:
        for worker in workers.values():
            worker.close()


def warmed_up(workers, name):
    """How many steps of each library make up a turn; peers that can't run the workload are sent home."""
    counts = {}
    for library, worker in list(workers.items()):
        try:
            counts[library] = int(worker.ask("warm", name))
        except CantRun as reason:
            if library in ("chalkgrad", "torch"):
                raise
            print(f"left out: {library}, {reason}"[:200], file=sys.stderr)
            workers.pop(library).close()
    return counts


def rows(workload, times, memory):
    """Table rows of one workload: one for each peer, and for the memory where that is compared."""
    ours = times["chalkgrad"]
    for peer, theirs in times.items():
        if peer != "chalkgrad":
            ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
            goal = workload.goals.get(peer)
            met = "" if goal is None else f"{goal:.2f} {'met' if ratio <= goal else '**missed**'}"
            yield (
                f"| {workload.name} | {peer} | {1e6 * statistics.median(ours):,.1f} | "
                f"{1e6 * statistics.median(theirs):,.1f} | {ratio:.3f} | {met} |"
            )

    if workload.weighs_memory:
        ours, theirs = memory["chalkgrad"], memory["torch"]
        met = f"1.00 {'met' if ours <= theirs else '**missed**'}"
        yield f"| {workload.name}: peak memory, MB | torch | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.2f} | {met} |"


def table(workloads, rounds, threads):
    """The lines of a table, printed as they come about."""
    yield "| training step | peer | ours, us | peer, us | ratio | goal |"
    yield "|---|---|---:|---:|---:|---|"
    for workload in workloads:
        yield from rows(workload, *compare(workload, rounds, threads))


def printed(lines):
    """The lines as a list, each shown at once."""
    kept = []
    for line in lines:
        print(line, flush=True)
        kept.append(line)
    return kept


def scaling_lines(threads):
    """The figures about growth, in words."""
    environment = {**os.environ, **thread_settings(threads), "PYTHONPATH": str(HERE.parent)}
    output = subprocess.run(
        [sys.executable, str(HERE / "scaling.py")], env=environment, capture_output=True, text=True, check=True
    ).stdout
    figures = json.loads(output)
    yield "| ops in a chain | forward, us/op | backward, us/op | freeing, us/op | bytes/op |"
    yield "|---:|---:|---:|---:|---:|"
    for c in figures["chains"]:
        microseconds = " | ".join(f"{c[part] * 1e6:.2f}" for part in ("forward", "backward", "free"))
        yield f"| {c['ops']:,} | {microseconds} | {c['bytes']:.0f} |"
    d = figures["doublings"]
    yield ""
    took = f"{d['seconds'] * 1e6:.0f} us"
    yield f"2^20 = {d['paths']:,} paths through 20 doublings: {took}, gradient {d['gradient']:,.0f}."
    extra = figures["import all"] - figures["import numpy"]
    yield f"`import autograd, nn, optim` takes {extra * 1000:.0f} ms more than `import numpy` (goal: 100)."


def machine():
    """Where this was measured."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            name = next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def main():
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="REGEX", help="workloads whose name matches")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    chosen = [w for w in WORKLOADS if re.search(options.only, w.name)]
    lines = printed(table(chosen, options.rounds, options.threads))
    if options.only:
        return
    alone = printed(["", "## On one thread", "", *table([w for w in chosen if w.uses_threads], options.rounds, 1)])
    growth = printed(["", "## Growth", "", *scaling_lines(options.threads)])
    text = [
        "# Results",
        "",
        f"Written by `make bench` on {datetime.date.today()}: {machine()}.",
        f"Median ratio over {options.rounds} rounds; below 1, chalkgrad is faster.",
        "",
        f"## On {options.threads} threads",
        "",
        *lines,
        *alone,
        *growth,
        "",
    ]
    (HERE / "RESULTS.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
