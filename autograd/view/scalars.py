"""Opening tensor operations into the scalar ones they consist of: a matrix product into its products and sums.

NumPy computes with arrays of any Python objects. So each op's own forward is run again, on arrays
whose elements are Tensors of rank 0; what it does to them is recorded like anything else, and is
the scalar graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd.create import tensor
from autograd.gradients import backward
from autograd.modes import enable_grad
from autograd.ops.joining import stack
from autograd.tensor import Tensor, tensor_of
from autograd.view.graph import Graph, Operation, Role, Value
from autograd.view.saved import freed_at, operand_tensors
from autograd.view.wording import counted

MOST_SCALARS = 3_000
"""More elements than this make no picture that anybody could read."""


class ScalarGraph:
    """A graph computed once more, number by number.

    Attributes:
        roots: the elements of the results.
        names: what to call the elements: those of `w` are `w[0, 1]` and so on.
    """

    def __init__(self, graph: Graph) -> None:
        check_size(graph)
        self.by_node = {id(value.node): value for value in graph.values if value.node is not None}
        self.elements: dict[Value, Any] = {}
        self.names: dict[str, Tensor] = {}
        self.constants = {id(v.tensor): v for v in graph.values if v.node is None and v.tensor is not None}
        with enable_grad():
            for operation in graph.operations:
                self.repeat(operation)
            self.roots = [element for value in graph.outputs for element in self.at(value).flat]
            if any(value.grad is not None for value in graph.values):
                backward(self.roots, [tensor_of(g) for value in graph.outputs for g in seed(value)], retain_graph=True)

    def at(self, value: Value) -> Any:
        """The elements of a tensor, as an array of Tensors: those computed before, or leaves made now."""
        if value not in self.elements:
            array = value.array
            if array is None:
                raise ValueError("draw(scalars=True): a tensor of this graph is no longer in memory: keep its variable")
            elements = scalars_of(array, value.takes_grad and array.dtype.kind in "fc")
            for element in elements.flat:
                element.is_parameter = value.role is Role.PARAMETER  # to be drawn as what it belongs to
            self.note(value, elements)
        return self.elements[value]

    def note(self, value: Value, elements: Any) -> None:
        """Remember the elements of a tensor, and what to call them."""
        self.elements[value] = elements
        if value.name:
            for place in np.ndindex(elements.shape):
                where = f"[{', '.join(map(str, place))}]" if place else ""
                self.names.setdefault(value.name + where, elements[place])

    def repeat(self, operation: Operation) -> None:
        """Do an operation again, on scalars."""
        op, params = operation.node.op, operation.node.params
        operands = [self.operand(operation, edge, held) for _, edge, held in operand_tensors(operation.node)]
        results = each_alone(op, operands, params)
        if results is None:
            results = opened(op, operands, params)
        if results is None:
            results = closed(op, operands, params)
        for value in operation.outputs:
            self.note(value, as_elements(results if value.index is None else results[value.index]))

    def operand(self, operation: Operation, edge: Any, held: Any) -> Any:
        """The elements of what goes in at one place; indices and masks as they are; None for an absent operand."""
        value = self.by_node.get(id(edge)) if edge is not None else self.constants.get(id(held))
        if value is not None and (edge is not None or value.array is None or value.array.dtype.kind in "fc"):
            return self.at(value)
        if isinstance(held, Tensor):
            return scalars_of(held.array, False) if held.dtype.is_floating_point else np.asarray(held.array)
        if where := freed_at([operation.node]):
            raise ValueError(
                f"draw(scalars=True): {operation.name!r} no longer knows its indices, as the backward pass at {where} has "
                "freed them: draw before it, or call backward(retain_graph=True)"
            )
        return None


def check_size(graph: Graph) -> None:
    """Raise ValueError for a graph of so many numbers that nobody could read the picture."""
    sizes = [1 if v.shape is None else int(np.prod(v.shape)) for v in graph.values]
    if graph.is_cut or sum(sizes) > MOST_SCALARS:
        raise ValueError(
            f"draw(scalars=True) draws every number by itself, and here are {counted(sum(sizes), 'number')}: too many to read "
            f"(at most {MOST_SCALARS:,}). Draw it for fewer samples and smaller layers, or without scalars=True"
        )


def seed(value: Value) -> Iterable[Any]:
    """The gradient that went into the backward pass at a result: ones, unless it is known."""
    array = value.array
    like = np.ones(() if array is None else array.shape, None if array is None else array.dtype)
    return (np.asarray(value.grad) if value.grad is not None else like).flat


def scalars_of(array: Any, requires_grad: bool) -> Any:
    """An array of Tensors of rank 0 with an array's elements."""
    elements = np.empty(np.shape(array), object)
    for place in np.ndindex(elements.shape):
        elements[place] = tensor(array[place], requires_grad=requires_grad)
    return elements


def as_elements(result: Any) -> Any:
    """What a forward on an array of Tensors gave, as such an array: of rank 0 it is a Tensor by itself."""
    is_array = isinstance(result, np.ndarray) and result.dtype == object
    elements = np.empty(result.shape if is_array else (), object)
    for place in np.ndindex(elements.shape):
        elements[place] = as_tensor(result[place] if is_array else result)
    return elements


def as_tensor(element: Any) -> Tensor:
    """An element as a Tensor: a forward may put plain numbers beside Tensors, such as the 0 of relu."""
    return element if isinstance(element, Tensor) else tensor(element)


# -- one operation -----------------------------------------------------------------------------------------


def opened(op: Any, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """The op's forward on arrays of Tensors; None if it can't be run on such."""
    try:
        result = op.forward(operands, **params) if op.variadic else op.forward(*operands, **params)
    except Exception:  # some forwards need real arrays, and say so in as many ways as NumPy has
        return None
    return result[0] if op.keeps else result


def closed(op: Any, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """The op on whole tensors, put together from their elements, and its results taken apart again."""
    tensors = [whole(operand) if isinstance(operand, np.ndarray) else operand for operand in operands]
    results = op.function(tensors, **params) if op.variadic else op.function(*tensors, **params)
    return tuple(map(apart, results)) if isinstance(results, tuple) else apart(results)


def whole(elements: Any) -> Tensor:
    """A tensor of these elements, recorded as such; indices and masks as a tensor of them."""
    if elements.dtype != object:
        return tensor_of(elements)
    stacked: Tensor = stack(list(elements.flat)).reshape(elements.shape)
    return stacked


def apart(result: Tensor) -> Any:
    """The elements of a tensor, each taken out by its index."""
    elements = np.empty(result.shape, object)
    for place in np.ndindex(elements.shape):
        elements[place] = result[place]
    return elements


def numbers(elements: Any) -> Tensor:
    """The same numbers as a tensor without a graph."""
    values = [element.item() for element in elements.flat]
    return tensor(np.array(values, elements.flat[0].array.dtype).reshape(elements.shape))


def each_alone(op: Any, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """The op applied to each element by itself, if that comes to the same: so relu stays a relu."""
    arrays = [operand for operand in operands if operand is not None]
    if len(arrays) != len(operands) or op.outputs != 1 or any(a.dtype != object for a in arrays):
        return None
    try:
        whole = np.asarray(op.function(*(numbers(a) for a in arrays), **params).array)
        together = np.broadcast_arrays(*arrays)
        elements = np.empty(whole.shape, object)
        if together[0].shape != whole.shape:
            return None
        for place in np.ndindex(whole.shape):
            elements[place] = op.function(*(a[place] for a in together), **params)
    except Exception:  # not made for numbers by themselves
        return None
    found = np.array([element.item() for element in elements.flat], whole.dtype).reshape(whole.shape)
    return elements if np.array_equal(found, whole, equal_nan=True) else None
