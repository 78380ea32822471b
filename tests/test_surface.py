"""The surface: every public name of PyTorch that dense tensors need, and its parameters."""

from __future__ import annotations

import ast
import collections
import inspect
import re
from pathlib import Path

import pytest

import autograd
from autograd.version import __version__

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "left-out.md").read_text().splitlines()
LEFT_OUT = [line.split("|")[2:4] for line in PAGE if line.startswith("| **")]


def left_out(column):
    """The names in a column of the table of docs/left-out.md."""
    return {name for row in LEFT_OUT for name in re.findall(r"`(\w+)`", row[column])}


def public(namespace):
    return {name for name in dir(namespace) if not name.startswith("_")}


# -- names --------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_every_name_of_torch_is_here_or_left_out_for_a_reason(torch):
    listed = left_out(0)
    late = {name for name in public(torch) if inspect.ismodule(getattr(torch, name))} - listed  # loaded on demand
    missing = {name for name in public(torch) - late if not hasattr(autograd, name)}
    assert missing == listed, "docs/left-out.md lists these names, and no others"


@pytest.mark.filterwarnings("ignore")
def test_every_method_of_tensors_is_here_or_left_out_for_a_reason(torch):
    missing = {name for name in public(torch.Tensor) if not hasattr(autograd.Tensor, name)}
    assert missing == left_out(1), "docs/left-out.md lists these names, and no others"


@pytest.mark.parametrize("namespace", ["random", "cuda.amp", "amp", "backends.cudnn", "backends.mps", "accelerator"])
def test_namespaces_hold_what_they_list(namespace):
    module = autograd
    for part in namespace.split("."):
        module = getattr(module, part)
    assert all(hasattr(module, name) for name in module.__all__)


# -- parameters ---------------------------------------------------------------------------------------------

ELSEWHERE = {"layout", "device", "pin_memory", "memory_format", "out", "requires_grad"}
"""Parameters that only some functions list, and all that make tensors, or that are made of ops, take."""

BY_DESIGN = {
    # one parameter here for what PyTorch calls now this, now that
    "dsplit", "hsplit", "vsplit", "tensor_split", "max", "min", "std", "var", "std_mean", "var_mean", "scatter",
    "scatter_", "nuclear_norm", "random_", "isin", "repeat_interleave", "split", "ormqr", "result_type", "swapaxes",
    "swapaxes_",
    # PyTorch's documentation has these names, its C++ code others
    "set_num_threads", "set_num_interop_threads", "copy_", "map_", "requires_grad_", "embedding", "cuda",
    # in the C++ code alone
    "addmm", "arange", "baddbmm", "bmm", "detach_", "expand", "histogramdd", "log_softmax", "mm", "new", "new_tensor",
    "resize_", "resize_as_", "rrelu", "rrelu_", "rsub", "softmax", "subtract", "subtract_", "tensor", "to",
    "unsafe_split", "view_copy", "zero_",
}  # fmt: skip


def overloads(path, in_class):
    """The parameters of each function in a stub file, once for each way to call it."""
    body = ast.parse(path.read_text()).body
    if in_class:
        body = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == in_class).body
    found = collections.defaultdict(list)
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            found[node.name].append(node.args)
    return found


def is_old(args, is_method):
    """Whether this way to call a function is deprecated, or about named dimensions."""
    given = args.posonlyargs + args.args + args.kwonlyargs
    names = [arg.arg for arg in given]
    texts = [ast.unparse(arg.annotation) if arg.annotation else "" for arg in given]
    named = any(name in ("dim", "dims") and "str" in text for name, text in zip(names, texts, strict=True))
    return named or "names" in names or args.vararg or ("self" in names and not is_method)


def problem(ours, args, skip):
    """What is wrong when our function is called as PyTorch's can be, by name and by position; None if nothing."""
    signature = inspect.signature(ours)
    names = [a.arg for a in (args.posonlyargs + args.args)[skip:] if a.arg not in ELSEWHERE]
    only_named = {a.arg: a.arg for a in args.kwonlyargs if a.arg not in ELSEWHERE}
    first = [None] * skip
    try:
        signature.bind(*first, **{name: name for name in names}, **only_named)
        bound = signature.bind(*first, *names, **only_named)
    except TypeError as error:
        return str(error)
    bound.apply_defaults()
    if any(p.kind == p.VAR_POSITIONAL for p in signature.parameters.values()):
        return None
    return next((name for name in names if bound.arguments.get(name, name) != name), None)


@pytest.mark.parametrize(
    ("file", "in_class"), [("_VariableFunctions.pyi", None), ("__init__.pyi", "TensorBase")], ids=["torch", "Tensor"]
)
def test_parameters_have_pytorchs_names_and_order(torch, file, in_class):
    ours = autograd.Tensor if in_class else autograd
    wrong = {}
    for name, ways in overloads(Path(torch.__file__).parent / "_C" / file, in_class).items():
        function = getattr(ours, name, None)
        if name in BY_DESIGN or not callable(function):
            continue
        found = [problem(function, way, int(bool(in_class))) for way in ways if not is_old(way, in_class)]
        wrong[name] = [text for text in found if text is not None]
    assert not {name: texts for name, texts in wrong.items() if texts}


def test_the_version_is_that_of_the_package():
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found[1] == __version__ == autograd.__version__
