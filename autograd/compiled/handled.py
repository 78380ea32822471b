"""Which of the library's functions a recording treats in a way of their own.

An op is one instruction. A function made of ops is seen through: its ops are the instructions. What
is left are functions that work on arrays directly. Those that make new tensors become one
instruction each, a call; those listed here as safe only ask for facts, or are told of by the watchers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograd import apply, create, gradients, index, inplace, printing, promotion, recording, views
from autograd.graph import Version
from autograd.ops import dropout, indexing, selection
from autograd.random import creation, in_place, sampling
from autograd.random.generator import Generator
from autograd.tensor import Tensor, add_in_place
from autograd.values import Values

CALLS: dict[CodeType, list[Callable[..., Any]]] = {}
"""Functions that become one instruction. Closures of one code stand together."""

SAFE: set[CodeType] = set()
"""Functions that look into arrays, and whose results depend on facts alone or are told of otherwise."""

READERS: set[CodeType] = set()
"""Functions that hand a tensor's numbers to Python."""

HANDLERS: dict[CodeType, str] = {}
"""Functions that the recorder must know of when they return, with what it does then."""


ONE_PIECE: list[type] = [Generator]
"""Classes whose objects look after themselves: what is recorded of them is calls of their own methods."""


def one_call(function: Any) -> Any:
    """Let recordings enter a function as one call, whatever goes on inside."""
    CALLS.setdefault(function.__code__, []).append(function)
    return function


def functions_of(owner: Any, path: str) -> Iterator[FunctionType]:
    """The functions of a module or a class that stand in a file, without what is wrapped around them."""
    for found in list(vars(owner).values()):
        while hasattr(found, "__wrapped__"):
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

for module in (create, creation, in_place, sampling):
    for maker in {id(f): f for f in makers_in(module)}.values():
        if maker.__name__ not in HELPERS:
            one_call(maker)
for maker in (dropout.noise, dropout.alpha_noise, Tensor.grad.fset):  # type: ignore[attr-defined]
    one_call(maker)

for function in (
    apply.wrap_several, gradients.grad, gradients.root_gradient, inplace.overwrite, inplace.keep_watch_over_result,
    inplace.rebase_base, inplace.assign, recording.record, recording.saved_result, recording.share_memory,
    add_in_place, Tensor.accumulate_grad, Tensor.detach, Tensor.data.fget, Values.stride,  # type: ignore[attr-defined]
    Values.is_contiguous, views.node_of_elements, views.parts, views.check_places_differ, views.elements_in_base,
    indexing.setitem, promotion.convert,
):  # fmt: skip
    SAFE.add(function.__code__)  # type: ignore[attr-defined]
for module, names in ((dropout, ("dropout", "dropout_", "alpha_dropout", "alpha_dropout_")), (selection, ("where",))):
    for found in functions_of(module, str(module.__file__)):
        if found.__name__ in names:
            SAFE.add(found.__code__)

for name in ("item", "tolist", "numpy", "__array__", "__dlpack__", "_only_element", "__bool__", "__float__", "__int__",
             "__complex__", "__index__", "__contains__", "__repr__", "__format__", "data_ptr"):  # fmt: skip
    READERS.add(vars(Values)[name].__code__)
READERS.add(printing.tensor_repr.__code__)

for function in (indexing.check_places, index.readable):
    one_call(function)

HANDLERS[promotion.weak_number.__code__] = HANDLERS[promotion.number_like.__code__] = "constant"
HANDLERS[indexing.as_value.__code__] = "constant"
HANDLERS[inplace.as_before.__code__] = "copied"
HANDLERS[Values.memory.__code__] = "moved"
HANDLERS[Version.stamp.__code__] = "stamped"
