"""Programs run with PyTorch itself, each in a process of its own that need not import it first.

Importing PyTorch takes longer than most of these programs. A server imports it once, and a
process that is forked from the server starts with it in place.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import runpy
import sys
from pathlib import Path

WAYS = multiprocessing.get_all_start_methods()
PROCESSES = multiprocessing.get_context("forkserver" if "forkserver" in WAYS else "spawn")


def run(program: str, *files: str) -> None:
    """Run a program on one thread, in its folder; what it prints goes to one file, its errors to another."""
    importlib.import_module("torch").set_num_threads(1)
    folder, sys.argv = os.path.dirname(program), [program]
    sys.path.insert(0, folder)
    os.chdir(folder)
    for stream, path in enumerate(files, 1):
        with open(path, "wb") as file:
            os.dup2(file.fileno(), stream)
    runpy.run_path(program, run_name="__main__")


def printed_with_torch(program: Path, folder: Path, seconds: float = 120) -> str:
    """What a program prints with PyTorch; it must end well."""
    PROCESSES.set_forkserver_preload(["torch"])
    output, errors = folder / "printed.txt", folder / "errors.txt"
    process = PROCESSES.Process(target=run, args=(str(program), str(output), str(errors)))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
    assert process.exitcode == 0, errors.read_text(encoding="utf-8") if errors.exists() else "it did not start"
    return output.read_text(encoding="utf-8")
