"""What the sources may take for granted: no encoding, no POSIX, no folder to write to."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [path for package in ("autograd", "nn", "optim") for path in sorted((ROOT / package).rglob("*.py"))]

POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
POSIX_NAMES = {
    "os": {"fork", "forkpty", "getuid", "geteuid", "getgid", "kill", "killpg", "mkfifo", "nice", "register_at_fork",
           "sched_getaffinity", "setsid", "sysconf", "uname", "wait", "waitpid", "getloadavg", "chown", "fchmod"},
    "signal": {"SIGKILL", "SIGALRM", "SIGCHLD", "SIGHUP", "SIGUSR1", "SIGUSR2", "alarm", "pause", "pthread_kill",
               "pthread_sigmask", "setitimer", "siginterrupt", "sigwait"},
}  # fmt: skip
TEXT = {"open": 1, "read_text": 0, "write_text": 1}
"""Functions that read or write text, and how many arguments may come before the encoding by place."""


def is_guarded(tree, node):
    """Whether it is looked first whether there is such a thing, or an error is met."""
    for outer in ast.walk(tree):
        looks = isinstance(outer, (ast.If, ast.IfExp)) and re.search(
            r"hasattr|platform|os\.name", ast.unparse(outer.test)
        )
        if (looks or isinstance(outer, ast.Try)) and any(inner is node for inner in ast.walk(outer)):
            return True
    return False


def complaints(tree):
    """What a source takes for granted, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if not POSIX_MODULES.isdisjoint(name.partition(".")[0] for name in names) and not is_guarded(tree, node):
                yield node.lineno, "imports what only POSIX has"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in POSIX_NAMES.get(node.value.id, ()) and not is_guarded(tree, node):
                yield node.lineno, f"uses {ast.unparse(node)}, which only POSIX has"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.match(r"/(tmp|dev|proc|usr|home|etc|var)(/|$)", node.value):
                yield node.lineno, f"names {node.value}"
        elif isinstance(node, ast.Call):
            yield from of_call(node)


def of_call(node):
    """Text that is read or written in whatever encoding the system has."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    keywords = {keyword.arg for keyword in node.keywords}
    if name not in TEXT and keywords.isdisjoint({"text", "universal_newlines"}):
        return
    owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    values += [keyword.value.value for keyword in node.keywords if isinstance(keyword.value, ast.Constant)]
    is_binary = any(isinstance(value, str) and re.fullmatch(r"[rwax]\+?b\+?|[rwax]b\+", value) for value in values)
    if owner.startswith("subprocess") and keywords & {"text", "universal_newlines"} and "encoding" not in keywords:
        yield node.lineno, "reads what a program says without encoding="
    is_text = name in TEXT and not is_binary and (name != "open" or owner in ("", "io") or owner.endswith("path"))
    if is_text and "encoding" not in keywords and len(node.args) <= TEXT[name] + (2 if name == "open" else 0):
        yield node.lineno, f"calls {name}() without encoding="


@pytest.mark.parametrize("package", ["autograd", "nn", "optim"])
def test_sources_take_nothing_for_granted(package):
    found = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] == package
        for line, what in complaints(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


def test_what_is_taken_for_granted_is_found():
    source = """
import resource
open(name)
io.open(name, "w")
path.read_text()
path.write_text(text)
subprocess.run(command, text=True)
os.fork()
signal.SIGKILL
folder = "/tmp/x"
open(name, "rb"); open(name, encoding="utf-8"); path.read_text("utf-8"); zipfile.open(name); webbrowser.open(name)
"""
    assert sorted(line for line, _ in complaints(ast.parse(source))) == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    guarded = "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None"
    assert list(complaints(ast.parse(guarded))) == []


PROGRAM = """
import io, pathlib, sys
import autograd, nn
from autograd.utils.data import DataLoader, TensorDataset
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
for (x,) in DataLoader(TensorDataset(autograd.randn(4, 2)), 2):
    loss = model(x).sum()
code = str(autograd.to_numpy_code(loss))
story = str(autograd.explain(loss))
loss.backward()
buffer = io.BytesIO()
autograd.save(model.state_dict(), buffer)
buffer.seek(0)
model.load_state_dict(autograd.load(buffer))
if len(sys.argv) > 1:
    folder = pathlib.Path(sys.argv[1])
    for name in ("a b.pt", "numbers.npz", "numbers.safetensors"):
        autograd.save({"x": autograd.ones(2)}, folder / name)
        assert autograd.load(folder / name)["x"].tolist() == [1, 1]
    (folder / "source.py").write_text("import torch  # \\u03b1\\nprint(torch.ones(1).item())", encoding="utf-8")
print("done")
"""


def run(folder, *arguments, **variables):
    """The program in a process of its own, that starts in this folder."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    assert done.stdout.strip() == "done", done.stderr
    assert done.stderr == ""


def test_without_a_locale_in_a_folder_with_an_awkward_name(tmp_path):
    folder = tmp_path / "ein Ordner f\N{LATIN SMALL LETTER U WITH DIAERESIS}r alles"
    folder.mkdir()
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    run(folder, ".", **plain)
    script = [sys.executable, "-m", "autograd", "source.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **plain}
    assert subprocess.check_output(script, cwd=folder, env=environment, encoding="ascii").strip() == "1.0"


def test_in_a_folder_that_can_not_be_written_to(tmp_path):
    """Of the system, where there is one: what is read-only for others is not so for the user root."""
    system = Path("/proc/self")
    folder = system if system.exists() else tmp_path
    if folder is tmp_path:
        tmp_path.chmod(0o500)
    run(folder)
