"""Which of the library's functions a recording treats in a way of their own.

An op is one instruction. A function made of ops is seen through: its ops are the instructions. What
is left are functions that work on arrays directly. Those that make new tensors become one
instruction each, a call; those listed here as safe only ask for facts, or are told of by the watchers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograd import apply, counting, create, gradients, index, inplace, printing, promotion, recording, saved, views
from autograd.graph import Version
from autograd.hooks import GradHook
from autograd.ops import attention, dropout, extremes, indexing, selection, window_pooling
from autograd.random import creation, in_place, sampling
from autograd.random.generator import Generator
from autograd.tensor import Tensor, add_in_place
from autograd.values import Values

CALLS: dict[CodeType, list[Callable[..., Any]]] = {}
"""Functions that become one instruction. Closures of one code stand together."""

SAFE: set[CodeType] = set()
"""Functions that look into arrays, and whose results depend on facts alone or are told of otherwise."""

SAFE_FILES = {str(module.__file__) for module in (apply, gradients, recording, saved, views)}
"""Files that have no other functions than such."""

READERS: set[CodeType] = set()
"""Functions that hand a tensor's numbers to Python."""

HANDLERS: dict[CodeType, str] = {}
"""Functions that the recorder must know of when they return, with what it does then."""


REFUSED: dict[CodeType, str] = {GradHook.__call__.__code__: "hooks run on its gradients"}
"""Functions whose callers run as they are written, and why. `compiler.disable` enters its own here."""

EMPTY: list[Any] = []
"""Containers that must be empty for anything to be replayed, such as that of the hooks of all modules."""

ONE_PIECE: list[type] = [Generator]
"""Classes whose objects look after themselves: what is recorded of them is calls of their own methods."""


def one_call(function: Any) -> Any:
    """Let recordings enter a function as one call, whatever goes on inside."""
    CALLS.setdefault(function.__code__, []).append(function)
    return function


def safe(function: Any) -> Any:
    """Let recordings see through a function that names arrays, but asks for no numbers."""
    SAFE.add(function.__code__)
    return function


def functions_of(owner: Any, path: str) -> Iterator[FunctionType]:
    """The functions of a module or a class that stand in a file, without what is wrapped around them."""
    for found in list(vars(owner).values()):
        while isinstance(found, FunctionType) and hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        if isinstance(found, FunctionType) and found.__code__.co_filename == path:
            yield found


def makers_in(module: ModuleType) -> Iterator[FunctionType]:
    """The functions of a module that make tensors or fill them, methods too."""
    path = str(module.__file__)
    yield from functions_of(module, path)
    yield from functions_of(Tensor, path)


HELPERS = {"finished", "filled", "new", "like", "new_method", "join_graph"}
"""Parts of the makers, which are not called by themselves."""

for module in (counting, create, creation, in_place, sampling):
    for maker in {id(f): f for f in makers_in(module)}.values():
        if maker.__name__ not in HELPERS and "Tensor" in str(maker.__annotations__.get("return")):
            one_call(maker)
for function in (dropout.noise, dropout.alpha_noise, Tensor.grad.fset):  # type: ignore[attr-defined]
    one_call(function)

for function in (
    inplace.overwrite, inplace.keep_watch_over_result, inplace.rebase_base, inplace.assign, add_in_place,
    Tensor.accumulate_grad, Tensor.detach, Tensor.data.fget, Tensor.data.fset,  # type: ignore[attr-defined]
    Values.stride, Values.is_contiguous, indexing.setitem, promotion.convert, window_pooling.largest, extremes.extreme_along,
):  # fmt: skip
    safe(function)
for module, names in ((dropout, ("dropout", "dropout_", "alpha_dropout", "alpha_dropout_")), (selection, ("where",))):
    for found in functions_of(module, str(module.__file__)):
        if found.__name__ in names:
            safe(found)

for name in ("item", "tolist", "numpy", "__array__", "__dlpack__", "_only_element", "__bool__", "__float__", "__int__",
             "__complex__", "__index__", "__contains__", "__repr__", "__format__", "data_ptr"):  # fmt: skip
    READERS.add(vars(Values)[name].__code__)
READERS.add(printing.tensor_repr.__code__)

for function in (indexing.check_places, attention.dropout_noise, attention.gate_of):
    one_call(function)

HANDLERS[index.readable.__code__] = "indexed"
HANDLERS[promotion.weak_number.__code__] = HANDLERS[promotion.number_like.__code__] = "constant"
HANDLERS[indexing.as_value.__code__] = HANDLERS[gradients.root_gradient.__code__] = "constant"
HANDLERS[views.elements_in_base.__code__] = HANDLERS[attention.causal_mask.__code__] = "constant"
HANDLERS[inplace.as_before.__code__] = "copied"
HANDLERS[Values.memory.__code__] = "moved"
HANDLERS[Version.stamp.__code__] = "stamped"
