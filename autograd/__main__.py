"""`python -m autograd script.py` runs a program written for PyTorch with this library in PyTorch's place."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from autograd import as_torch

EXAMPLES = """\
examples:
  chalkgrad train.py --epochs 3     run a script; its `import torch` finds chalkgrad
  chalkgrad -m package.train        run a module
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="chalkgrad",
        description="Run a program written for PyTorch with chalkgrad in PyTorch's place.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--version", action="version", version=f"chalkgrad {version()}")
    command.add_argument("-m", dest="module", action="store_true", help="what follows names a module, not a file")
    command.add_argument("program", help="the script or module to run")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="what it is given")
    return command


def version() -> str:
    """The installed version, or what says that it is not installed."""
    try:
        return metadata.version("chalkgrad")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program that the command line names, as `python` itself would."""
    command = parser()
    given = command.parse_args(arguments)
    if not given.module and not Path(given.program).is_file():
        command.error(f"there is no file {given.program!r}")
    as_torch.install()
    sys.argv = [given.program, *given.arguments]
    if given.module:
        sys.path.insert(0, "")
        runpy.run_module(given.program, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(given.program).resolve().parent))
        runpy.run_path(given.program, run_name="__main__")


if __name__ == "__main__":
    main()
