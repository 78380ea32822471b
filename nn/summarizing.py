"""`nn.summary`: what a network is made of, layer by layer."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.create import zeros
from autograd.dtypes import as_dtype, dtype, get_default_dtype
from autograd.modes import no_grad
from autograd.tensor import Tensor
from nn.modules.module import Module
from nn.parameter import Parameter, is_lazy
from nn.snapshot import Snapshot
from nn.summary_table import Row, Summary

__all__ = ["summary"]


def summary(model: Module, input: Any = None, *, dtype: Any = None, depth: int | None = None) -> Summary:
    """A table of a network's layers: what each gives, and how many parameters it has.

    The model is called once, in evaluation mode and without recording, and is afterwards as it was
    before. The result prints itself, also as a table in notebooks; its attributes have the numbers.

    Args:
        model: any module.
        input: what to call it with: a tensor, or a shape to take zeros of, or a tuple of several of these, or of
            none. Without it, the model is not called, and the table has no outputs.
        dtype: of the zeros; by default that of the parameters. Token ids need `autograd.int64`.
        depth: how many levels of modules to list; deeper ones are counted with the one they are in.

    A number in parentheses has been counted further up: these parameters are shared. The memory is an
    estimate: of the arrays of parameters, buffers and input, and of all that modules give. What happens inside
    a function that is no module is not seen.

    Raises TypeError for what is no module or no input; an error of the model itself gets a note.

    >>> import nn
    >>> nn.summary(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)), (32, 2))
    Sequential on (32, 2)
    module  type        output   parameters  trainable
            Sequential  (32, 1)           –
    0       Linear      (32, 8)          24  yes
    1       ReLU        (32, 8)           –
    2       Linear      (32, 1)           9  yes
    parameters  33, all trainable
    memory      132 B parameters + 256 B input + 2.2 kB outputs = 2.6 kB; 132 B more for gradients
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary(): model must be a Module, not {type(model).__name__}")
    inputs = None if input is None else inputs_from(input, dtype, model)
    before = Snapshot(model)
    notes = Recorder([*(inputs or ()), *model.parameters(), *model.buffers()])
    try:
        if inputs is not None:
            run(model, inputs, notes)
        rows = list_modules(model, notes, depth)
        return Summary(type(model).__name__, inputs, rows, arrays_of(model), notes.bytes)
    finally:
        before.restore()


# -- inputs -------------------------------------------------------------------------------------------------


def inputs_from(given: Any, wanted: Any, model: Module) -> tuple[Tensor, ...]:
    """The arguments to call the model with: copies of tensors, which it may write into, and zeros for shapes."""
    if isinstance(given, Tensor) or is_shape(given):
        given = (given,)
    if not isinstance(given, (tuple, list)) or not all(isinstance(item, Tensor) or is_shape(item) for item in given):
        raise TypeError(
            f"summary(): input must be a tensor, a shape such as (64, 1, 28, 28), or a tuple of these, got "
            f"{type(given).__name__} {given!r:.100}"
        )
    kind = as_dtype(wanted) if wanted is not None else floating_dtype(model)
    return tuple(item.clone() if isinstance(item, Tensor) else zeros(tuple(item), dtype=kind) for item in given)


def is_shape(item: Any) -> bool:
    """Whether these are sizes of a tensor."""
    sizes = isinstance(item, Sequence) and not isinstance(item, str) and len(item) > 0
    return sizes and all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) for size in item)


def floating_dtype(model: Module) -> dtype:
    """The dtype of the first floating-point parameter, or the default."""
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), get_default_dtype())


# -- the call -----------------------------------------------------------------------------------------------


class Recorder:
    """A forward hook that notes what modules give, and how much memory that takes."""

    def __init__(self, known: list[Tensor]) -> None:
        self.outputs: dict[int, list[str]] = {}  # by the id of the module: what it gave each time
        self.bytes = 0
        self.seen: dict[int, weakref.ref[Any]] = {}
        for tensor in known:
            self.is_new(tensor)

    def __call__(self, module: Module, args: tuple[Any, ...], output: Any) -> None:
        self.outputs.setdefault(id(module), []).append(outline(output))
        self.bytes += sum(tensor.nbytes for tensor in tensors_in(output) if self.is_new(tensor))

    def is_new(self, tensor: Tensor) -> bool:
        """Whether this memory has not been seen before; views are on the memory of others."""
        memory = tensor.memory()
        while isinstance(memory.base, np.ndarray):
            memory = memory.base
        known = self.seen.get(id(memory))
        if known is not None and known() is memory:
            return False
        self.seen[id(memory)] = weakref.ref(memory)
        return True


def run(model: Module, inputs: tuple[Tensor, ...], notes: Recorder) -> None:
    """Call the model, and note what each module gives."""
    for module in model.modules():
        module.register_forward_hook(notes)  # the snapshot takes it away again
    model.eval()
    try:
        with no_grad():
            model(*inputs)
    except Exception as error:
        shapes = ", ".join(f"{tuple(x.shape)} of {x.dtype.name}" for x in inputs)
        error.add_note(
            f"in nn.summary, which called the model with {shapes}: give the shape that it takes, with the batch first, "
            "dtype=autograd.int64 for a model of token ids, or the tensors themselves"
        )
        raise


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors in nested containers."""
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]


def outline(value: Any, outermost: bool = True) -> str:
    """The shapes of tensors in nested containers, as text."""
    if isinstance(value, Tensor):
        return str(tuple(value.shape))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {outline(part, False)}" for key, part in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        text = ", ".join(outline(part, False) for part in value)
        return text if outermost else f"[{text}]"
    return "None" if value is None else type(value).__name__


# -- the rows -----------------------------------------------------------------------------------------------


def list_modules(model: Module, notes: Recorder, depth: int | None) -> list[Row]:
    """A row for each module, parents before children. What appears again is counted once."""
    rows: list[Row] = []
    homes: dict[int, str] = {}  # where each module was first found
    counted: set[int] = set()
    for path, module in model.named_modules(remove_duplicate=False):
        level = path.count(".") + 1 if path else 0
        if depth is not None and level > depth:
            continue
        params = list(module.parameters(recurse=level == depth))
        home = homes.setdefault(id(module), path)
        new = [p for p in params if id(p) not in counted]
        counted.update(map(id, params))
        rows.append(
            Row(
                path=path,
                kind=type(module).__name__,
                output=outputs_text(notes.outputs.get(id(module), [])),
                parameters=count(new),
                shared=count(params) - count(new),
                trainable=[p.requires_grad for p in params],
                same_as=home if home != path else None,
            )
        )
    return rows


def outputs_text(found: list[str]) -> str:
    """What a module gave: once, often the same, or different things."""
    if not found:
        return "–"
    return " | ".join(dict.fromkeys(found)) + (f" ×{len(found)}" if len(found) > 1 else "")


def count(params: list[Parameter]) -> int:
    """How many numbers there are; parameters without a shape have none yet."""
    return sum(0 if is_lazy(p) else p.numel() for p in params)


def arrays_of(model: Module) -> dict[str, list[tuple[int, int]]]:
    """The sizes of all parameters, of those that are trained, and of all buffers: numbers, and bytes."""
    params = list(model.parameters())
    groups: dict[str, list[Any]] = {
        "parameters": params,
        "trainable": [p for p in params if p.requires_grad],
        "buffers": list(model.buffers()),
    }
    return {name: [(t.numel(), t.nbytes) for t in group if not is_lazy(t)] for name, group in groups.items()}
