"""The pages of the reference: one for each part of the library, listing what is public in it, module by module."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

from mkdocs.structure.files import File, Files

import autograd
from autograd.optable import families, found_at, home_of, plain_function, title


class Page(NamedTuple):
    """A page of the reference.

    Attributes:
        name: of its file, without the ending.
        title: its heading.
        says: a line or two of introduction.
        parts: packages whose public names it lists, or modules of which it lists those that are public in `autograd`.
    """

    name: str
    title: str
    says: str
    parts: tuple[str, ...]


PAGES = (
    Page("tensor", "Tensors", "A tensor, and how to make one.", (
        "autograd.tensor", "autograd.create", "autograd.dtypes", "autograd.device", "autograd.size", "autograd.storage",
        "autograd.printing", "autograd.typed",
    )),
    Page("gradients", "Gradients", "The backward pass, and what it may be told.", (
        "autograd.gradients", "autograd.modes", "autograd.function", "autograd.hooks", "autograd.saved_hooks",
        "autograd.graph_tools", "autograd.functional", "autograd.forward_ad", "autograd.check", "autograd.anomaly",
        "autograd.checkpointing",
    )),
    Page("func", "Function transforms", "`autograd.func`: gradients of functions, and functions of whole batches.", (
        "autograd.func",
    )),
    Page("view", "Seeing", "What shows the engine at work: pictures, explanations, players, code, plots, histories.", (
        "autograd.view", "autograd.view.plots", "autograd.history",
    )),
    Page("random", "Random numbers", "The same seed gives the numbers that PyTorch gives.", (
        "autograd.random.generator", "autograd.random.creation", "autograd.random.sampling",
    )),
    Page("distributions", "Distributions", "`autograd.distributions`", ("autograd.distributions",)),
    Page("data", "Data", "`autograd.utils.data` and `autograd.datasets`", ("autograd.utils.data", "autograd.datasets")),
    Page("files", "Files", "Saving and loading: PyTorch's files, safetensors and NumPy's.", ("autograd.files",)),
    Page("nn", "nn: layers and losses", "Modules.", ("nn.parameter", "nn.modules")),
    Page("nn-functional", "nn.functional", "The same as functions. See also the operators.", ("nn.functional",)),
    Page("nn-init", "nn.init", "First values of parameters.", ("nn.init",)),
    Page("nn-utils", "nn.utils", "Clipping, packing, parametrizations.", (
        "nn.utils", "nn.utils.rnn", "nn.utils.parametrize", "nn.utils.parametrizations",
    )),
    Page("nn-models", "nn.models", "Whole networks, each in a file that can be read in a few minutes.", ("nn.models",)),
    Page("optim", "optim", "Optimizers.", ("optim", "optim.swa_utils")),
    Page("lr-scheduler", "optim.lr_scheduler", "Learning rates that change.", ("optim.lr_scheduler",)),
)  # fmt: skip

FAMILIES = {
    "Arithmetic and elementary functions": (
        "arithmetic", "powers", "trigonometry", "rounding", "complex", "comparison", "robust_losses",
    ),
    "Sums, statistics, sorting": (
        "reduction", "extremes", "statistics", "norms", "scans", "sorting", "searching", "differences", "distances",
        "similarity",
    ),
    "Shapes, indices, parts": (
        "shaping", "arranging", "joining", "stacking", "striding", "indexing", "selection", "scatter", "scatter_reduce",
        "diagonals", "filling", "replacing", "copies", "casting", "ranges", "in_place",
    ),
    "Linear algebra": (
        "matmul", "products", "chains", "einsum", "linear", "bilinear", "solvers", "triangular", "determinants",
        "factorizations", "lu", "ldl", "reflections", "spectra", "singular", "least_squares", "matrices",
        "matrix_functions", "matrix_norms", "lowrank",
    ),
    "Networks": (
        "activation", "soft_activations", "hard_activations", "noisy_activations", "softmax", "dropout", "normalization",
        "normalizing", "rescaling", "attention", "bags", "recurrent_elman", "recurrent_gru", "recurrent_lstm", "boundary",
    ),
    "Convolution, pooling, images": (
        "convolution", "convolving", "pooling", "window_pooling", "adaptive_pooling", "fractional_pooling", "unpooling",
        "padding", "folding", "interpolation", "grid_sampling", "channel_shuffling",
    ),
    "Losses": (
        "loss", "likelihood_losses", "margin_losses", "embedding_losses", "robust_losses", "ctc",
    ),
    "Special functions": ("special_gamma", "special_normal", "special_bessel", "special_polynomials"),
    "Fourier transforms": ("fft", "fourier", "fourier_frames"),
}  # fmt: skip
"""How the families of operators, which are modules, are put together to pages; what is in none comes last."""


def on_config(config: Any) -> Any:
    """Put the pages into the navigation."""
    reference = next(entry["Reference"] for entry in config.nav if "Reference" in entry)
    reference += [f"reference/{page.name}.md" for page in PAGES]
    operators = [f"reference/operators-{number}.md" for number in range(len(operator_pages()))]
    reference.append({"Operators": operators})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages."""
    lines = ["# Reference", "", INTRODUCTION, "", "| page | what |", "|---|---|"]
    for page in PAGES:
        files.append(File.generated(config, f"reference/{page.name}.md", content=written(page)))
        lines.append(f"| [{page.title}]({page.name}.md) | {page.says} |")
    for number, (heading, modules) in enumerate(operator_pages().items()):
        name = f"operators-{number}.md"
        files.append(File.generated(config, f"reference/{name}", content=operators(heading, modules)))
        lines.append(f"| [{heading}]({name}) | operators |")
    files.append(File.generated(config, "reference/index.md", content="\n".join(lines) + "\n"))
    return files


INTRODUCTION = """\
What the docstrings say, with the source folded under each. Names, arguments and results are PyTorch's. The
[table of operators](../operators.md) has the formulas and derivative rules of all operators on one page."""


# -- what is public, and where it is defined ----------------------------------------------------------------


def written(page: Page) -> str:
    """A page, module by module."""
    parts = [f"# {page.title}", page.says]
    found: dict[str, list[str]] = {}
    for part in page.parts:
        for module, name in public_in(part):
            names = found.setdefault(module, [])
            if name not in names:
                names.append(name)
    for module, names in found.items():
        parts += section(module, names)
    return "\n\n".join(parts) + "\n"


def section(module: str, names: Iterable[str]) -> Iterator[str]:
    """A module: its heading, what it says of itself in short, and its public names in the order of the source."""
    yield f"## {title(module.rpartition('.')[2])}"
    says = inspect.getdoc(sys.modules[module]) or ""
    yield " ".join(says.partition("\n\n")[0].split())
    lines = defined_in(module)
    for name in sorted(names, key=lambda name: lines[name]):
        yield f"::: {module}.{name}"


def public_in(part: str) -> Iterator[tuple[str, str]]:
    """The public names of a package, or those of a module that are public in `autograd`, with where they are defined."""
    module = importlib.import_module(part)
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    for name in names:
        value = getattr(module, name)
        home = getattr(value, "__module__", None)
        is_here = home == part and (hasattr(module, "__all__") or hasattr(autograd, name))
        is_listed = home and hasattr(module, "__all__") and home.startswith(part.partition(".")[0])
        if isinstance(value, ModuleType) or not callable(value) or not (is_here or is_listed):
            continue
        if hasattr(value, "op") or hasattr(value, "derived"):
            continue  # on the pages of the operators
        if getattr(value, "__name__", None) in defined_in(home):
            yield home, value.__name__


@functools.cache
def defined_in(module: str) -> dict[str, int]:
    """The functions and classes that a module's text defines, with their lines."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {node.name: node.lineno for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


# -- operators ----------------------------------------------------------------------------------------------


@functools.cache
def operator_pages() -> dict[str, list[str]]:
    """The modules of operators, by the title of their page."""
    waiting = {module.rpartition(".")[2]: module for module in families()}
    pages = {heading: [waiting.pop(name) for name in names if name in waiting] for heading, names in FAMILIES.items()}
    return pages | ({"More operators": list(waiting.values())} if waiting else {})


def operators(heading: str, modules: list[str]) -> str:
    """A page of operators that users call."""
    parts = [f"# {heading}"]
    for module in modules:
        public = [info for info in families()[module] if home_of(info)]
        lines = defined_in(module)
        names = [plain_function(info).__qualname__ for info in public]
        parts += section(module, dict.fromkeys(name for name in names if name in lines))
        parts += [made(info) for info, name in zip(public, names, strict=True) if name not in lines]
    return "\n\n".join(parts) + "\n"


def made(info: Any) -> str:
    """An operator that was made in a loop, which has no text of its own."""
    path = home_of(info)
    function = found_at(path)
    return f"### {info.name}\n\n```python\n{info.name}{inspect.signature(function)}\n```\n\n{inspect.getdoc(function)}"
