"""Updating many parameters as one vector.

An update rule is a few operations on each element. Done parameter by parameter, a small network
spends its time on calling NumPy; done on a vector of millions, each operation fetches all its
operands from main memory again. So small parameters are gathered into one vector, and long
vectors are worked through in pieces that fit the cache. The rule itself sees only vectors.

What the optimizer remembers of each parameter lies in such vectors too. The tensors in
`optimizer.state[p]` show their parts of it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.dtypes import float64, from_numpy_dtype, get_default_dtype
from autograd.tensor import Tensor, tensor_of

PIECE = 32_768
"""Elements per piece: a handful of float32 vectors of this length fit into a core's cache."""

ALONE = 8_192
"""A parameter of at least this many elements is updated in its own memory, without being gathered."""

Rule = Callable[[Any, Any, dict[str, Any], int, dict[str, Any]], None]
Schedule = Callable[[dict[str, Array], int, dict[str, Any]], dict[str, Any]]


def stands_alone(param: Tensor) -> bool:
    """Whether a parameter is a vector long enough by itself."""
    return param.array.size >= ALONE and bool(param.memory().flags.c_contiguous)


def flat(array: Array) -> Array:
    """The elements as one vector; a complex number counts as two."""
    vector = array.reshape(-1)
    return vector.view(vector.real.dtype) if vector.dtype.kind == "c" else vector


def filled_like(p: Tensor, value: float) -> Tensor:
    """A tensor of the shape and dtype of p with one value everywhere, in real and imaginary parts alike."""
    array = np.empty(p.shape, p.dtype.dtype)
    flat(array)[...] = value
    return tensor_of(array, p.dtype)


def counter_dtype() -> Any:
    """The NumPy dtype of counts of steps and the like."""
    return np.dtype(np.float64 if get_default_dtype() is float64 else np.float32)


class Slab:
    """Parameters of one dtype that have had the same number of updates, and what is remembered of them.

    Attributes:
        params, memory: the parameters, and the arrays that they lie in.
        steps: how many updates they have had.
        vectors: what is remembered of each element, by name, each as one vector.
        numbers: what is remembered of each parameter, by name: a vector with an entry for each. All are equal.
    """

    def __init__(self, params: Sequence[Tensor], steps: int) -> None:
        self.params = tuple(params)
        self.memory = [param.memory() for param in params]
        self.steps = steps
        self.vectors: dict[str, Array] = {}
        self.numbers: dict[str, Array] = {}
        self.alone = len(self.params) == 1 and stands_alone(self.params[0])
        if self.alone:
            self.values = flat(self.memory[0])
        else:
            self.values, own_values = self.vector()
            self.gradient, own_gradients = self.vector()
            self.views = list(zip(self.params, self.memory, own_values, own_gradients, strict=True))

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

    # -- what is remembered -----------------------------------------------------------------------------

    def remember_elements(self, name: str, initial: float, states: Sequence[dict[str, Any]]) -> None:
        """Keep one number for each element as one vector: what the states hold of it already, else the initial."""
        self.vectors[name], views = self.vector()
        self.vectors[name][...] = initial
        self.show(name, views, states)

    def remember_number(self, name: str, initial: float, states: Sequence[dict[str, Any]]) -> None:
        """Keep one number for each parameter."""
        known = [state[name].array.dtype for state in states if isinstance(state.get(name), Tensor)]
        self.numbers[name] = np.full(len(states), initial, known[0] if known else counter_dtype())
        self.show(name, [self.numbers[name][i : i + 1].reshape(()) for i in range(len(states))], states)

    def show(self, name: str, views: Sequence[Array], states: Sequence[dict[str, Any]]) -> None:
        """Move what the states hold under a name into these views, and let their tensors show these from now on."""
        for view, state in zip(views, states, strict=True):
            held = state.get(name)
            if held is not None:
                view[...] = held.array if isinstance(held, Tensor) else held
            if not isinstance(held, Tensor):
                held = state[name] = tensor_of(view)
            held.array, held.dtype = view, from_numpy_dtype(view.dtype)

    # -- updating ---------------------------------------------------------------------------------------

    def step(self, rule: Rule, schedule: Schedule, options: dict[str, Any]) -> None:
        """Apply the rule once to all parameters, in their own memory."""
        self.steps += 1
        if "step" in self.numbers:
            self.numbers["step"].fill(self.steps)
        now = schedule(self.numbers, self.steps, options)
        if self.alone:
            gradient = flat(self.params[0]._grad.array)  # type: ignore[union-attr]
            in_pieces(self.values, gradient, self.vectors, rule, now, self.steps, options)
            return
        for param, memory, value, gradient in self.views:
            value[...] = memory
            gradient[...] = param._grad.array  # type: ignore[union-attr]
        in_pieces(self.values, self.gradient, self.vectors, rule, now, self.steps, options)
        for _, memory, value, _ in self.views:
            memory[...] = value


def in_pieces(
    values: Array, gradient: Array, vectors: dict[str, Array], rule: Rule, now: dict[str, Any], steps: int,
    options: dict[str, Any],
) -> None:  # fmt: skip
    """The rule on long vectors, piece by piece."""
    if values.size <= PIECE:
        rule(values, gradient, vectors | now, steps, options)
        return
    for start in range(0, values.size, PIECE):
        piece = slice(start, start + PIECE)
        state = {name: vector[piece] for name, vector in vectors.items()}
        rule(values[piece], gradient[piece], {**state, **now}, steps, options)


class Arrangement:
    """The slabs of a group's parameters, and how matters stood when they were made.

    Whatever the user does to the parameters, to `optimizer.state` or to the options, by the next step it is noticed.

    Attributes:
        slabs: the slabs.
        wanted: what the options wanted to be remembered of each element.
        options: the options, as Python numbers.
    """

    def __init__(
        self, params: list[Tensor], slabs: list[Slab], names: list[str], states: Mapping[Any, dict[str, Any]]
    ) -> None:
        self.slabs = slabs
        self.wanted: dict[str, float] = {}
        self.options: dict[str, Any] = {}
        self.values: tuple[Any, ...] = ()
        self.names = names
        self.numbers = [vector for slab in slabs for vector in slab.numbers.values()]
        self.own_states = [states[p] for p in params] if names else []
        self.objects = self.look(params, states)
        self.counts = self.read_counts()

    def look(self, params: list[Tensor], states: Mapping[Any, dict[str, Any]]) -> list[Any]:
        """The objects that make up the parameters and their state: the same ones, as long as none is replaced."""
        memory = [p.array for p in params]
        if not self.names:
            return [*params, *memory]
        return [*params, *memory, *states.values(), *[s[name].array for s in self.own_states for name in self.names]]

    def read_counts(self) -> list[bytes]:
        """The numbers that are remembered of each parameter, such as its count of steps."""
        return [vector.tobytes() for vector in self.numbers]

    def still_fits(self, params: list[Tensor], states: Mapping[Any, dict[str, Any]]) -> bool:
        """Whether the same parameters have gradients as at the last step, and their state is as it was left."""
        try:
            found = self.look(params, states)
        except (KeyError, AttributeError):  # the user has taken something out, or put something else in
            return False
        return same(found, self.objects) and self.counts == self.read_counts()

    def knows(self, group: dict[str, Any]) -> bool:
        """Whether the options are those that have been noted."""
        return same(group.values(), self.values)

    def note_options(self, group: dict[str, Any], options: dict[str, Any], wanted: dict[str, float]) -> None:
        """Note the options; those that can't be used as they are may change unseen, and so are never known."""
        self.values = tuple(group.values()) if options is group else ()
        self.options, self.wanted = options, wanted

    def step(self, rule: Rule, schedule: Schedule) -> None:
        """One update of all slabs."""
        for slab in self.slabs:
            slab.step(rule, schedule, self.options)
        self.counts = self.read_counts()


def same(found: Any, expected: Any) -> bool:
    """Whether these are the very same objects."""
    return len(found) == len(expected) and all(map(operator.is_, found, expected))
