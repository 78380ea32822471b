"""One run through a graph, forward and backward, written down step by step as plain data.

What the player plays: for each step the operation, what went in and what came out, as numbers and
texts that a page can show. Nothing of the graph, of `.grad` or of the parameters is changed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.graph import Parts
from autograd.tensor import Tensor
from autograd.view.explain_steps import local_derivatives
from autograd.view.formulas import plain
from autograd.view.graph import Graph, Operation, Value
from autograd.view.labels import title
from autograd.view.saved import gradient_arrays, is_operation
from autograd.view.style import sign_of
from autograd.view.walking import steps_back
from autograd.view.wording import number_text, settings, shape_text, summary

Record = dict[str, Any]

MOST_CELLS = 144
"""Arrays of up to this many elements are shown element by element; a 12 x 12 picture of a digit still is."""

LONGEST_ROW = 28


class Recording:
    """The steps of a graph.

    Attributes:
        tensors: for each box of a tensor its name, shape, numbers and final gradient.
        operations: for each operation its name, formula and settings.
        steps: what happens, one thing after the other.
    """

    def __init__(self, graph: Graph, loss: Tensor, name: str) -> None:
        self.graph = graph
        self.by_node = {id(value.node): value for value in graph.values if value.node is not None}
        self.by_operation = {id(operation.node): operation for operation in graph.operations}
        self.sums: dict[Value, Array] = {}
        self.steps: list[Record] = [forward_step(operation) for operation in graph.operations]
        for node, g, sent in list(steps_back(loss, name)):
            if not self.sums:
                self.begin(g)
            if sent is not None:
                self.pull(self.by_operation[id(node)], g, sent)
        for value, total in self.sums.items():
            value.arrived = total
        makers = {value: operation for operation in graph.operations for value in operation.outputs}
        self.tensors = {value.key: tensor_record(value, makers.get(value)) for value in graph.values}
        self.operations = {o.key: operation_record(o) for o in graph.operations}

    def begin(self, g: Any) -> None:
        """The backward pass starts with the gradient of the loss by itself."""
        (root,) = self.graph.outputs
        self.sums[root] = np.asarray(g)
        self.steps.append({"kind": "seed", "to": root.key, "amount": array_record(g), "sum": array_record(g)})

    def pull(self, operation: Operation, g: Any, sent: tuple[Any, ...]) -> None:
        """An operation turns the gradient that arrived into one for each input."""
        node = operation.node
        slopes = slopes_of(node, g, sent)
        for place, (edge, contribution) in enumerate(zip(node.edges, sent, strict=True)):
            value = self.by_node.get(id(edge))
            if contribution is None or value is None:
                continue
            amount = sum_of(contribution)
            before = self.sums.get(value)
            self.sums[value] = amount if before is None else before + amount
            self.steps.append({
                "kind": "backward", "op": operation.key, "to": value.key, "from": [v.key for v in operation.outputs],
                "rule": rule_text(operation, place), "arrived": None if isinstance(g, Parts) else array_record(g),
                "local": None if slopes[place] is None else array_record(slopes[place]), "amount": array_record(amount),
                "before": None if before is None else array_record(before), "sum": array_record(self.sums[value]),
            })  # fmt: skip


def sum_of(contribution: Any) -> Array:
    """A contribution as one array; of an op with several results, one per result may be sent."""
    parts = [np.asarray(part) for part in gradient_arrays(contribution)]
    return parts[0] if len(parts) == 1 else np.asarray(sum(parts))


# -- steps -----------------------------------------------------------------------------------------------


def forward_step(operation: Operation) -> Record:
    """An operation computes its result."""
    read = [place.value.key for place in operation.inputs if place.value is not None]
    return {"kind": "forward", "op": operation.key, "from": read, "to": [value.key for value in operation.outputs]}


def slopes_of(node: Any, g: Any, sent: tuple[Any, ...]) -> list[Any]:
    """For each input the derivative to multiply the gradient by, where it is that simple.

    It is for ops that work element by element, and for those whose result is one number.
    """
    if not isinstance(g, Parts) and np.ndim(g) == 0 and is_operation(node):
        return list(node.op.pull(node, np.ones_like(g), node.edges))
    return local_derivatives(node, g, sent)


def rule_text(operation: Operation, place: int) -> str:
    """The formula of a derivative rule, in the letters of the op's formula."""
    op = operation.node.op
    joint = getattr(op, "joint", None)
    if joint is not None:
        return plain(joint.tex)
    inputs = [parameter.name for parameter in getattr(op, "inputs", ())]
    name = inputs[min(place, len(inputs) - 1)] if inputs else ""
    rule = getattr(op, "rules", {}).get(name)
    barred = "".join(letter + "\N{COMBINING OVERLINE}" for letter in name)
    return f"{barred} = {plain(rule.tex)}" if rule is not None else ""


# -- boxes -----------------------------------------------------------------------------------------------


def operation_record(operation: Operation) -> Record:
    """What a page says of an operation."""
    op, params = operation.node.op, operation.node.params
    sign, _ = sign_of(op, params)
    told = ", ".join(f"{name}={text}" for name, text in settings(op, params).items())
    tex = getattr(op, "tex", "")
    return {"name": operation.name, "sign": sign, "formula": f"z = {plain(tex)}" if tex else "", "settings": told}


def tensor_record(value: Value, maker: Operation | None) -> Record:
    """What a page says of a tensor; one without a name goes by what made it."""
    is_nameless = not value.name and value.index is None and maker is not None
    return {
        "name": f"the result of {maker.name}" if maker is not None and is_nameless else title(value),
        "role": value.role.value,
        "value": None if value.array is None else array_record(value.array),
        "grad": None if value.arrived is None else array_record(value.arrived),
    }


def array_record(array: Any) -> Record:
    """An array for a page: its shape, a line about it, and its elements, as far as anybody could read them."""
    array = np.asarray(array)
    record: Record = {"shape": shape_text(array.shape), "text": short_text(array)}
    if 0 < array.size <= MOST_CELLS and (array.ndim == 0 or array.shape[-1] <= LONGEST_ROW):
        width = array.shape[-1] if array.ndim else 1
        record["rows"] = [[json_number(v) for v in row] for row in array.reshape(-1, width)]
        record["planes"] = array.shape[-2] if array.ndim > 2 else 0
    return record


def short_text(array: Array) -> str:
    """An array in a few characters."""
    if array.size == 1:
        return number_text(array.item())
    return "empty" if array.size == 0 else "; ".join(summary(array))


def json_number(number: Any) -> Any:
    """A number as JSON can hold it: rounded to what is shown, and words for what are no numbers."""
    number = number.item()
    if isinstance(number, (bool, int)):
        return number
    if isinstance(number, complex) or not math.isfinite(number):
        return number_text(number)
    return float(f"{number:.5g}")
