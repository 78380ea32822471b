"""What a node has saved, as its rules get to read it; and what they return, made to fit the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.advice import origin
from autograd.arrays import Array, ndarray
from autograd.graph import Freed, Node, Version
from autograd.recording import part_of
from autograd.tensor import Tensor, tensor_of

if TYPE_CHECKING:
    from autograd.op import Op


def rejoin(op: Op, node: Node) -> dict[str, Any]:
    """The saved values by name, as Tensors joined to the graph: what rules get under `create_graph`."""
    edges = dict(zip((p.name for p in op.inputs), node.edges, strict=False))
    values: dict[str, Any] = {}
    slots = iter(node.saved)
    for name in op.saved:
        value = next(slots)
        if name == "out":
            values[name] = rejoin_result(node, value, next(slots))
        elif isinstance(value, Tensor):
            if value.version is not None and value.version.time > node.number:
                raise overwritten(node, f"its input '{name}'", value.array, value.version)
            values[name] = tensor_of(value.array, value.dtype, edges[name]) if name in edges else value.array
        elif op.variadic and name == op.tensors[0].name:
            values[name] = tuple(tensor_of(t.array, t.dtype, edge) for t, edge in zip(value, node.edges, strict=True))
        else:
            values[name] = value
    return values


def rejoin_result(node: Node, value: Any, version: Any) -> Any:
    """A node's saved result as a Tensor joined to it; several results as a tuple of such, and of arrays of integers."""
    several = isinstance(value, tuple)
    for array, written in zip(value, version, strict=True) if several else ((value, version),):
        if written is not None and written.time > node.number:
            raise overwritten(node, "its result", array, written)
    if several:
        return tuple(tensor_of(a, node=part_of(node, i, a)) if a.dtype.kind in "fc" else a for i, a in enumerate(value))
    return None if value is None else tensor_of(value, node=node)


def saved_value(node: Node, name: str) -> Any:
    """What PyTorch shows as `grad_fn._saved_self`, `_saved_other`, `_saved_result`, or by the name of a parameter.

    Raises AttributeError for what is not saved, and RuntimeError after backward has freed it.
    """
    op = node.op
    if name in node.params:
        return node.params[name]
    first, *others = (p.name for p in op.tensors)
    known = dict.fromkeys(("other", "exponent", "tensor", "mat2", "vec"), others[0] if others else None)
    known |= {"self": first, "result": "out"} | {p.public: p.name for p in op.tensors if p.name != first}
    wanted = known.get(name)
    if wanted not in op.saved:
        raise AttributeError(
            f"{node.name()} has saved nothing by the name of {name!r}", name=f"_saved_{name}", obj=node
        )
    if isinstance(node.saved, Freed):
        raise RuntimeError(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
            f"been freed): what {node.name()} had saved was freed {node.saved.where}. Say retain_graph=True there"
        )
    slots = iter(node.saved)
    for place in op.saved:
        value = next(slots)
        version = next(slots) if place == "out" else None
        if place == wanted:
            return rejoin_result(node, value, version) if place == "out" else value
    return None


def all_parts(g: Any, shapes: Any) -> tuple[Any, ...]:
    """The gradients by all results of an op that has several; zeros for those that none arrived at."""
    arrived = g.arrived
    known = next(iter(arrived.values()))
    kind = known.dtype.dtype if isinstance(known, Tensor) else known.dtype

    def zeros(shape: tuple[int, ...]) -> Any:
        return known.like(np.zeros(shape, kind)) if isinstance(known, Tensor) else np.zeros(shape, kind)

    return tuple(arrived[i] if i in arrived else zeros(shape) for i, shape in enumerate(shapes))


def undo_broadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the dimensions that its input was broadcast along: the transpose of broadcasting."""
    if g.shape == shape:
        return g
    added = len(g.shape) - len(shape)
    stretched = tuple(added + i for i, size in enumerate(shape) if size == 1 and g.shape[added + i] != 1)
    add_up = np.add.reduce if g.__class__ is ndarray else np.sum  # the latter also takes Tensors
    total = add_up(g, axis=(*range(added), *stretched), keepdims=True)
    return total.reshape(shape)


def overwritten(node: Node, what: str, array: Array, version: Version) -> RuntimeError:
    """The error for a saved value that was changed before it was read."""
    if version.inference:
        return RuntimeError(
            "Inference tensors cannot be saved for backward: "
            f"'{node.op.name}' needs {what} (shape {tuple(array.shape)}), which was made in inference_mode(). "
            "clone() it outside, or use no_grad() instead"
        )
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"'{node.op.name}' saved {what} ({array.dtype}, shape {tuple(array.shape)}) for its backward"
        f"{origin(node, array if what == 'its result' else None)}, and "
        f"'{version.writer}' at {version.where} has written over it since. Write it out of place "
        "(x = x + 1 instead of x += 1), or change a clone()"
    )


def show_saved(op: Op) -> None:
    """Let nodes show what this op saves, under PyTorch's names; `__getattr__` would slow all their attributes down."""
    names = {"self", "result", "other", "exponent", "tensor", "mat2", "vec", *(p.public for p in op.parameters)}
    for name in names:
        if f"_saved_{name}" not in vars(Node):
            setattr(Node, f"_saved_{name}", showing(name))


def showing(name: str) -> property:
    """A property that shows what a node has saved by this name."""

    def show(node: Node) -> Any:
        return saved_value(node, name)

    return property(show)
