"""Updating many parameters as one vector.

An update rule is a few operations on each element. Done parameter by parameter, a small network
spends its time on calling NumPy; done on a vector of millions, each operation fetches all its
operands from main memory again. So small parameters are gathered into one vector, and long
vectors are worked through in pieces that fit the cache. The rule itself sees only vectors.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.tensor import Tensor, tensor_of

PIECE = 32_768
"""Elements per piece: a handful of float32 vectors of this length fit into a core's cache."""

ALONE = 8_192
"""A parameter of at least this many elements is updated in its own memory, without being gathered."""

Rule = Callable[[Array, Array, dict[str, Array], int, dict[str, Any]], None]


def stands_alone(param: Tensor) -> bool:
    """Whether a parameter is a vector long enough by itself."""
    return param.array.size >= ALONE and bool(param.memory().flags.c_contiguous)


def flat(array: Array) -> Array:
    """The elements as one vector; a complex number counts as two."""
    vector = array.reshape(-1)
    return vector.view(vector.real.dtype) if vector.dtype.kind == "c" else vector


class Slab:
    """Parameters of one dtype that have had the same number of updates, and their state.

    Attributes:
        params: the parameters.
        steps: how many updates they have had; `count` is the same for the state to show.
        buffers: the state by name, each as one vector; `optimizer.state[p]` holds views of it.
    """

    def __init__(self, params: Sequence[Tensor], steps: int) -> None:
        self.params = tuple(params)
        for param in params:
            param.memory()  # a scalar gets memory of its own, to be written to
        self.steps = steps
        self.count = np.array(steps, np.float32)
        self.buffers: dict[str, Array] = {}
        self.states: list[Tensor] = []
        self.alone = len(self.params) == 1 and stands_alone(self.params[0])
        if not self.alone:
            self.values, own_values = self.vector()
            self.gradient, own_gradients = self.vector()
            self.views = list(zip(self.params, own_values, own_gradients, strict=True))

    def vector(self) -> tuple[Array, list[Array]]:
        """A vector of zeros for all parameters, and the view of it that belongs to each."""
        kind = self.params[0].dtype.dtype
        sizes = [p.array.size for p in self.params]
        whole = np.zeros(sum(sizes), kind)
        ends = np.cumsum(sizes).tolist()
        views = [
            whole[end - size : end].reshape(p.array.shape)
            for p, size, end in zip(self.params, sizes, ends, strict=True)
        ]
        return flat(whole), views

    def add_buffer(self, name: str, states: Sequence[dict[str, Any]]) -> None:
        """Keep one kind of state as one vector: what the states hold of it already, zeros else."""
        self.buffers[name], views = self.vector()
        for view, param, state in zip(views, self.params, states, strict=True):
            if name in state:
                view[...] = state[name].array
            state[name] = tensor_of(view, param.dtype)
            self.states.append(state[name])

    def holds(self, names: Sequence[str], states: Sequence[dict[str, Any]]) -> bool:
        """Whether the states are still the views that this slab put there."""
        return all(map(operator.is_, self.states, (state.get(name) for name in names for state in states)))

    def step(self, rule: Rule, group: dict[str, Any]) -> None:
        """Apply the rule once to all parameters, in their own memory."""
        self.steps += 1
        self.count[...] = self.steps
        if self.alone:
            self.run(flat(self.params[0].memory()), flat(self.params[0]._grad.array), rule, group)  # type: ignore[union-attr]
            return
        for param, value, gradient in self.views:
            value[...] = param.array
            gradient[...] = param._grad.array  # type: ignore[union-attr]
        self.run(self.values, self.gradient, rule, group)
        for param, value, _ in self.views:
            param.array[...] = value

    def run(self, values: Array, gradient: Array, rule: Rule, group: dict[str, Any]) -> None:
        """The rule on a vector, piece by piece."""
        if values.size <= PIECE:
            rule(values, gradient, self.buffers, self.steps, group)
            return
        for start in range(0, values.size, PIECE):
            piece = slice(start, start + PIECE)
            state = {name: vector[piece] for name, vector in self.buffers.items()}
            rule(values[piece], gradient[piece], state, self.steps, group)
