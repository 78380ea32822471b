"""`python -m autograd script.py` runs a program written for PyTorch with this library in PyTorch's place."""

from __future__ import annotations

import argparse
import builtins
import importlib.util
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType, TracebackType

from autograd import as_torch
from autograd.lazy import LazyModule

EXAMPLES = """\
examples:
  chalkgrad train.py --epochs 3       run a script; its `import torch` finds chalkgrad
  chalkgrad -m package.train          run a module
  chalkgrad run train.py --epochs 3   the same as the first, spelled out
  chalkgrad train.py --draw g.svg --play p.html --explain e.md
                                      and show its last backward pass
"""

SHOWN = ("draw", "play", "explain")
last_backward = LazyModule("autograd.view.last_backward")  # only needed where one of these is asked for

HERE = Path(__file__).resolve().parent
OURS = tuple(f"{HERE.parent / package}{os.sep}" for package in ("autograd", "nn", "optim"))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="chalkgrad",
        description="Run a program written for PyTorch with chalkgrad in PyTorch's place.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--version", action="version", version=f"chalkgrad {version()}")
    command.add_argument("--full-traceback", action="store_true", help="show chalkgrad's own lines in tracebacks too")
    command.add_argument("-m", dest="module", action="store_true", help="what follows names a module, not a file")
    command.add_argument(
        "--draw", metavar="FILE", help="draw the graph of the last backward() (.svg, .png, .pdf, .html)"
    )
    command.add_argument("--play", metavar="FILE", help="a page that plays the last backward() (.html)")
    command.add_argument("--explain", metavar="FILE", help="the last backward() step by step (.md, .html, .tex, .txt)")
    command.add_argument("program", help="the script or module to run")
    command.add_argument("arguments", nargs="*", help="what it is given")
    return command


def parsed(command: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """The command line, with what stands after the program's name left as it is, even where it looks like ours."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place][2:] in SHOWN else 1
    given = command.parse_args(words[: place + 1])
    given.arguments = list(words[place + 1 :])
    return given


def version() -> str:
    """The installed version, or what says that it is not installed."""
    try:
        return metadata.version("chalkgrad")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program that the command line names, as `python` itself would."""
    command = parser()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"] and not Path("run").is_file():
        del words[0]
    given = parsed(command, words)
    given.arguments, files = shown_files(given)
    if not given.module and not Path(given.program).is_file():
        command.error(f"there is no file {given.program!r}")
    as_torch.install()
    sys.excepthook = show_whole if given.full_traceback else show
    sys.argv = [given.program, *given.arguments]
    if files:
        run_and_show(given, files)
    else:
        run(given.program, given.module)


def run_and_show(given: argparse.Namespace, files: dict[str, str]) -> None:
    """Run the program, and when it has ended, well or not, write the files that show its last backward pass."""
    last = last_backward.LastBackward()
    last.watch()
    try:
        run(given.program, given.module)
    finally:
        for line in last.show(files):
            print(line, file=sys.stderr)


def shown_files(given: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    """The program's own arguments, and the files to write: our options may stand after the program, too, up to a `--`.

    There an option is ours if a file name follows: a program may have a `--play` of its own.
    """
    files = {what: path for what in SHOWN if (path := getattr(given, what)) is not None}
    end = given.arguments.index("--") if "--" in given.arguments else len(given.arguments)
    own: list[str] = []
    waiting = given.arguments[:end]
    while waiting:
        word, *waiting = waiting
        option, equals, path = word.partition("=")
        following = path if equals else "".join(waiting[:1])
        if option[:2] == "--" and option[2:] in SHOWN and Path(following).suffix:
            files[option[2:]] = following
            waiting = waiting if equals else waiting[1:]
        else:
            own.append(word)
    return (own + given.arguments[end + 1 :] if files else given.arguments), files


def run(program: str, is_module: bool) -> None:
    """Run a script or a module as `python` would."""
    if is_module:
        look_first_in(os.getcwd())
        if importlib.util.find_spec(program) is None:
            sys.exit(f"{sys.executable}: No module named {program}")
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        look_first_in(os.path.dirname(os.path.realpath(program)))
        run_script(os.path.abspath(program))


def look_first_in(folder: str) -> None:
    """Make a folder the first in which modules are looked for, in place of the one that Python put there."""
    if not sys.flags.safe_path:
        del sys.path[0]
    sys.path.insert(0, folder)
    if str(HERE.parent) not in sys.path:
        sys.path.append(str(HERE.parent))  # the folder that was taken out may be where this library lies


def run_script(path: str) -> None:
    """Run a file as the module `__main__`."""
    program = ModuleType("__main__")
    vars(program).update(__file__=path, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = program
    exec(compile(Path(path).read_bytes(), path, "exec", dont_inherit=True), vars(program))


# -- tracebacks ---------------------------------------------------------------------------------------------


def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that the program did not catch, with the program's lines and none of this library's.

    As with PyTorch, whose C++ no traceback shows, the last line is then the user's own.
    """
    for each in chain(error):
        each.__traceback__ = without_ours(each.__traceback__)
    show_whole(kind, error, error.__traceback__)


def show_whole(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that the program did not catch; if it failed to import a name of ours, say why."""
    note = as_torch.note_for(error)
    if note is not None:
        error.add_note(note)
    sys.__excepthook__(kind, error, trace)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without what started the program and without frames in this library."""
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    started = [i for i, each in enumerate(frames) if file_of(each) == __file__]
    kept = [each for each in frames[started[-1] + 1 if started else 0 :] if not is_ours(each)]
    shown: TracebackType | None = None
    for each in reversed(kept):
        shown = TracebackType(shown, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return shown


def file_of(trace: TracebackType) -> str:
    """The file whose line a step of a traceback shows."""
    return trace.tb_frame.f_code.co_filename


def is_ours(trace: TracebackType) -> bool:
    """Whether a step of a traceback lies in this library, or in what runs modules."""
    return file_of(trace).startswith((*OURS, "<op ", "<frozen runpy>", "<frozen importlib"))


if __name__ == "__main__":
    main()
