"""How the code is built, read off its syntax trees: who imports whom, how long things are, what explains itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import autograd
import nn
import optim
from autograd.registry import DERIVED, OPS

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd", "nn", "optim")
LINES_IN_FILE = 400
LINES_IN_FUNCTION = 50

FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SHORT = {path: path.relative_to(ROOT).as_posix() for path in FILES}

each_file = pytest.mark.parametrize("path", FILES, ids=SHORT.get)


def module_name(path: Path) -> str:
    """The dotted name that a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file, each node knowing its parent."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node
    return tree


def ancestors(node):
    """The nodes that a node stands in, from the inside out."""
    while hasattr(node, "parent"):
        node = node.parent
        yield node


def for_types_only(node):
    """Whether a statement stands under `if TYPE_CHECKING:`, where nothing is imported when the program runs."""
    return any(isinstance(a, ast.If) and ast.unparse(a.test) == "TYPE_CHECKING" for a in ancestors(node))


def inside_function(node):
    return any(isinstance(a, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) for a in ancestors(node))


def imports_in(path: Path):
    """Every import statement, with the modules that it names."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{SHORT[path]}:{node.lineno}: a relative import; write the full name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield node, [name if name in MODULES else node.module for name in names]


@cache
def imported_by(name: str) -> frozenset[str]:
    """The modules of ours that a module needs to have run before it."""
    path = MODULES[name]
    ours = {
        imported
        for node, names in imports_in(path)
        if not for_types_only(node) and not inside_function(node)
        for imported in names
        if imported in MODULES
    }
    return frozenset(ours - {name})


# -- who imports whom ---------------------------------------------------------------------------------------


def test_the_packages_are_this_repositorys():
    """Other packages go by the same names: `autograd` on PyPI is an older one."""
    for package in (autograd, nn, optim):
        assert Path(package.__file__).parent.parent == ROOT


def test_no_module_leads_back_to_itself():
    finished: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in finished:
            for other in sorted(imported_by(name)):
                visit(other, (*trail, name))
            finished.add(name)

    for name in MODULES:
        visit(name, ())


CORE = ("autograd.graph", "autograd.engine", "autograd.tensor", "autograd.op")
"""The layers of the engine, from the bottom up; the ops stand above them, and the package's surface above those."""


def needed_by(name: str) -> set[str]:
    """All modules of ours that a module needs, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in imported_by(waiting.pop()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


@pytest.mark.parametrize("place", range(len(CORE)))
def test_layers_stand_on_those_below(place):
    needed = needed_by(CORE[place])
    above = set(CORE[place + 1 :])
    assert not needed & above
    assert not any(name.startswith("autograd.ops.") for name in needed)


@pytest.mark.parametrize("lower", CORE[:-1])
def test_each_layer_is_used_by_the_next(lower):
    assert lower in needed_by(CORE[CORE.index(lower) + 1])


RUNNERS = ("autograd.__main__", "autograd.as_torch", "autograd.children.torch", "autograd.optable", "autograd.stubs")
"""What stands above everything: what runs scripts that are written for `torch`, and what writes tables of all ops."""


def test_nothing_below_imports_what_stands_on_top():
    """The engine knows neither the layers nor its own surface; the layers and the optimizers do not know each other."""
    for name in MODULES:
        package = name.split(".")[0]
        for other in imported_by(name):
            if package == "autograd":
                assert other.split(".")[0] == "autograd", f"{name} imports {other}"
                assert other != "autograd" or name in RUNNERS, f"{name} imports the package's surface"
            if package == "optim" and name != "optim.swa_utils":  # an average of a model's weights is a model
                assert other.split(".")[0] != "nn", f"{name} imports {other}"
            if package == "nn":
                assert other.split(".")[0] != "optim", f"{name} imports {other}"


def test_layers_and_optimizers_are_found_lazily_in_one_place():
    """`autograd.nn` and `autograd.optim` exist, and all that is imported late is so by `autograd.lazy`."""
    for name, path in MODULES.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
                assert name in ("autograd.lazy", *RUNNERS), f"{name} imports {ast.unparse(node.args[0])}"
    assert autograd.nn is nn
    assert autograd.optim is optim


HEAVY = {"matplotlib", "IPython", "graphviz", "graphviz_pure"}
"""What is slow to import or need not be there: imported where it is used, in the viewing layer alone."""


@each_file
def test_imports_stand_at_the_top(path):
    for node, names in imports_in(path):
        if inside_function(node):
            for name in names:
                heavy = name.split(".")[0] in HEAVY and SHORT[path].startswith("autograd/view/")
                assert heavy, f"line {node.lineno} imports {name} inside a function"


HEAVY_AT_RUN_TIME = ("matplotlib", "graphviz", "graphviz_pure", "IPython", "pandas", "sklearn", "torch", "hypothesis")


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh Python has after a statement."""
    code = f"{statement}\nimport sys\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_everything_stays_light():
    present = modules_after("import autograd, nn, optim, nn.functional")
    assert {"autograd", "nn", "optim", "numpy"} <= present
    assert not present & {*HEAVY_AT_RUN_TIME, "scipy"}


def test_the_engine_does_not_need_the_layers():
    assert not modules_after("import autograd") & {"nn", "optim", "scipy", *HEAVY_AT_RUN_TIME}


# -- how long things are ------------------------------------------------------------------------------------


@each_file
def test_files_have_one_job(path):
    """Under 400 lines. What a package's surface lists does not count: it is a table of contents."""
    lines = len(path.read_text().splitlines())
    if path.name == "__init__.py":
        lines -= sum(node.end_lineno - node.lineno + 1 for node, _ in imports_in(path))
        lines -= sum(
            node.end_lineno - node.lineno + 1
            for node in tree_of(path).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        )
    assert lines < LINES_IN_FILE


@each_file
def test_functions_have_one_idea(path):
    """Under 50 lines, without the docstring."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node):
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            assert lines < LINES_IN_FUNCTION, f"{node.name} at line {node.lineno} has {lines} lines"


# -- what explains itself -----------------------------------------------------------------------------------


def is_public(node):
    """Whether a definition can be reached by names without an underscore, and is not inside a function."""
    outer = [a for a in ancestors(node) if isinstance(a, (ast.ClassDef, ast.FunctionDef))]
    names = [node.name, *(a.name for a in outer)]
    return not any(n.startswith("_") for n in names) and all(isinstance(a, ast.ClassDef) for a in outer)


def inherits_its_docstring(node):
    """Whether a method overrides one of a class that is documented there."""
    parent = node.parent
    return isinstance(node, ast.FunctionDef) and isinstance(parent, ast.ClassDef) and bool(parent.bases)


def is_overload_or_setter(node):
    return any(ast.unparse(d).split(".")[-1] in ("overload", "setter", "deleter") for d in node.decorator_list)


@each_file
def test_everything_public_says_what_it_is(path):
    tree = tree_of(path)
    assert ast.get_docstring(tree), "the module has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and is_public(node) and not ast.get_docstring(node):
            excused = inherits_its_docstring(node) or is_overload_or_setter(node)
            assert excused, f"{node.name} at line {node.lineno} has no docstring"


@each_file
def test_nothing_is_left_undone(path):
    """No empty bodies, no blanket excuses, no notes to self, no names that say nothing."""
    text = path.read_text()
    for mark in ("TO" + "DO", "FIX" + "ME", "XXX", "HACK"):
        assert mark not in text
    assert path.stem not in ("utils", "helpers", "misc", "common") or path.name == "__init__.py"
    for node in ast.walk(tree_of(path)):
        assert not isinstance(node, ast.Pass), f"line {node.lineno}: pass"
        bare = isinstance(node, ast.ExceptHandler) and node.type is None
        assert not bare, f"line {node.lineno}: except without a type"
        assert not is_stub(node) or node.name in FOR_SUBCLASSES, f"line {node.lineno}: {node.name} does nothing"


FOR_SUBCLASSES = {
    "forward", "backward", "vjp", "jvp", "setup_context", "step", "get_lr", "__getitem__", "initialize_parameters",
    "shapes", "vmap", "next_lrs", "__iter__",
}  # fmt: skip
"""What users or other classes must define, in PyTorch too."""


def is_stub(node):
    """Whether a function does nothing but raise NotImplementedError."""
    if not isinstance(node, ast.FunctionDef):
        return False
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return len(body) == 1 and isinstance(body[0], ast.Raise) and "NotImplementedError" in ast.unparse(body[0])


@pytest.mark.parametrize("info", [*OPS.values(), *DERIVED.values()], ids=repr)
def test_every_op_is_declared_in_full(info):
    """An op without a docstring, test cases, or its formula could be neither explained nor tested."""
    assert info.doc.strip(), "no docstring"
    assert info.cases, "no test cases"
    assert info.tex, "no formula"


ELSEWHERE = {"sample": "autograd.random.in_place", "module_boundary": "nn.modules.boundary"}
"""Ops that belong to a mechanism: what was drawn at random, beside the laws; where module hooks look, beside these."""


def test_ops_stand_in_their_own_folder():
    """Each op is declared in exactly one place, and that is in autograd/ops."""
    for op in OPS.values():
        home = op.forward.__module__
        assert home.startswith("autograd.ops.") or ELSEWHERE.get(op.name) == home, f"{op!r} is declared in {home}"
