"""What the recurrent layers have in common: sequences cut into steps, and the same layer in simple ops.

A recurrent layer reads a sequence step by step and keeps a state, h_t = f(x_t, h_{t-1}). Each kind
(`recurrent_elman`, `recurrent_lstm`, `recurrent_gru`) is one op on a whole sequence. Its gradient is
backpropagation through time: the steps in reverse order, each adding what it sends to the weights.

Four things make that fast:

- Inside, a state is stored by *columns*, (hidden, batch). Each gate is then a contiguous block of rows.
- h_{t-1}, x_t and a 1 for the bias stand one below the other, so a step needs one product: a `Reader`.
- A wide x_t has large weights, which it would take long to read at every step. It does not wait for h_{t-1},
  so one product projects the inputs of many steps, and one product gathers the weights' gradients of many
  steps: a `Chunk`, small enough that long sequences need little room.
- Sequences of different lengths are packed, the longest first: step t then has the first so many
  columns. A state of full width serves as it is. Read forwards, columns that have ended just keep their
  last state; read backwards, columns that have not begun still hold the initial one.

Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the IEEE 78, 1990.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import Array, ones, product
from autograd.ops.joining import cat
from autograd.ops.parts import in_parts, multiply
from autograd.tensor import Tensor

Sizes = tuple[int, ...] | None
"""The batch size of each step of a packed sequence; None for a sequence of shape (steps, batch, features)."""

COLUMNS = 512
"""How many columns a chunk may have, unless a single step has more."""

NARROW = 128
"""Up to how many features of x_t are multiplied together with the state."""


class Step(NamedTuple):
    """One step: its place in the order of reading, its rows in the input, its columns in its chunk, and how many."""

    number: int
    rows: slice
    columns: slice
    width: int


class Chunk(NamedTuple):
    """Steps that follow each other, and the rows of the input that they read."""

    rows: slice
    steps: list[Step]


@functools.lru_cache(maxsize=64)
def chunks_of(sizes: tuple[int, ...], reverse: bool) -> tuple[Chunk, ...]:
    """The steps in the order of reading, in chunks. Training asks for the same ones again and again."""
    starts = np.cumsum([0, *sizes]).tolist()
    order = range(len(sizes) - 1, -1, -1) if reverse else range(len(sizes))
    groups: list[list[int]] = []
    free = 0
    for t in order:
        if not groups or sizes[t] > free:
            groups.append([])
            free = COLUMNS
        groups[-1].append(t)
        free -= sizes[t]
    number = 0
    chunks = []
    for group in groups:
        first = starts[min(group)]
        steps = []
        for t in group:
            start, stop = starts[t], starts[t + 1]
            steps.append(Step(number, slice(start, stop), slice(start - first, stop - first), sizes[t]))
            number += 1
        chunks.append(Chunk(slice(first, starts[max(group) + 1]), steps))
    return tuple(chunks)


def runs_of(chunk: Chunk) -> list[list[Step]]:
    """The steps of a chunk, those of the same width that follow each other together."""
    return [list(run) for _, run in itertools.groupby(chunk.steps, lambda step: step.width)]


def step_sizes(shape: tuple[int, ...], sizes: Sizes) -> tuple[int, ...]:
    """The batch size of each step."""
    return (shape[1],) * shape[0] if sizes is None else sizes


def rows(x: Array) -> Array:
    """The vectors of a sequence, one below the other: those of the first step, of the second, ..."""
    return np.ascontiguousarray(x).reshape(-1, x.shape[-1])


def per_step(sizes: Sequence[int], reverse: bool, dtype: Any, *shape: int) -> Sequence[Array]:
    """Room for an array (*shape, batch) for each step, in the order of reading: parts of one array."""
    units = math.prod(shape)
    room = np.empty(units * sum(sizes), dtype)
    if len(set(sizes)) == 1:
        return room.reshape(len(sizes), *shape, sizes[0])  # type: ignore[return-value]
    blocks, start = [], 0
    for width in reversed(sizes) if reverse else sizes:
        blocks.append(room[start : start + units * width].reshape(*shape, width))
        start += units * width
    return blocks


def columns(state: Array | None, hidden: int, width: int, dtype: Any) -> Array:
    """A copy of a state (batch, hidden) by columns; zeros where none is given."""
    return np.zeros((hidden, width), dtype) if state is None else np.array(state.T, order="C")


def as_rows(state: Array) -> Array:
    """A state by columns as (batch, hidden)."""
    return np.ascontiguousarray(state.T)


def bias_column(bias_ih: Array | None, bias_hh: Array | None) -> Array | None:
    """The sum of both biases as a column; None if there are none."""
    return None if bias_ih is None or bias_hh is None else (bias_ih + bias_hh)[:, None]


class Reader:
    """W x_t + W' h_{t-1} + b + b' for one step after the other.

    Attributes:
        h: the state by columns (hidden, batch), to be overwritten with the one after each step.
        x: where a narrow x_t is put, by columns; without rows for a wide one, which is multiplied apart.
    """

    def __init__(self, vectors: Array, weight_ih: Array, weight_hh: Array, bias: Array | None, h: Array) -> None:
        self.vectors, self.from_x = vectors, weight_ih
        self.apart = weight_ih.shape[1] > NARROW
        weights, operands = [weight_hh], [h]
        if bias is not None:
            weights.append(bias)
            operands.append(np.ones_like(h, shape=(1, h.shape[1])))
        if not self.apart:
            weights.append(weight_ih)
            operands.append(np.empty_like(h, shape=(weight_ih.shape[1], h.shape[1])))
        self.weight = in_parts(np.concatenate(weights, axis=1), h.shape[1])
        self.operand = np.concatenate(operands)
        self.h, self.x = self.operand[: len(h)], self.operand[len(h) + (bias is not None) :]

    def begin(self, chunk: Chunk) -> None:
        """Make ready for the steps of a chunk."""
        if self.apart:
            self.inputs = product(self.from_x, self.vectors[chunk.rows].T)

    def read(self, step: Step, out: Array | None = None) -> Array:
        """The sum at a step, (units, width), written to `out` if given."""
        if not self.apart:
            self.x[:, : step.width] = self.vectors[step.rows].T
        z = multiply(self.weight, self.operand[:, : step.width], out)
        if self.apart:
            z += self.inputs[:, step.columns]
        return z


def states_before(y: Array, h0: Array | None, chunks: Sequence[Chunk]) -> Array:
    """The state that each step has started from, in the rows of the step: the other factor of W_hh's gradient."""
    before = np.zeros_like(y)
    last = slice(0, 0)
    for chunk in chunks:
        for step in chunk.steps:
            known = min(step.width, last.stop - last.start)
            start = step.rows.start
            before[start : start + known] = y[last.start : last.start + known]
            if h0 is not None:
                before[start + known : step.rows.stop] = h0[known : step.width]
            last = step.rows
    return before


class Collector:
    """Adds up the gradients by what an affine map W v + b is made of, given those by its results, a chunk at a time.

    Attributes:
        by_weights: the sum of dz v^T, for each of the vectors v that share the same dz.
        by_bias: the sum of dz.
        by_vectors: W^T dz for the first of them, by rows; None if not wanted.
    """

    def __init__(self, units: int, vectors: Sequence[Array], weight: Array | None = None) -> None:
        dtype = vectors[0].dtype
        self.room = np.empty((units, 0), dtype)
        self.vectors = vectors
        self.weight = weight
        self.by_weights = [np.zeros((units, v.shape[1]), dtype) for v in vectors]
        self.by_bias = np.zeros(units, dtype)
        self.by_vectors = None if weight is None else np.empty_like(vectors[0])

    def room_for(self, chunk: Chunk) -> Array:
        """An array to write a chunk's dz to, by columns."""
        width = chunk.rows.stop - chunk.rows.start
        if self.room.shape[1] != width:
            self.room = np.empty((len(self.room), width), self.room.dtype)
        return self.room

    def add(self, chunk: Chunk) -> None:
        """Take in the dz that was written for a chunk."""
        dz = self.room
        for total, vectors in zip(self.by_weights, self.vectors, strict=True):
            total += product(dz, vectors[chunk.rows])
        self.by_bias += dz.dot(ones(dz.shape[1], dz.dtype))
        if self.by_vectors is not None:
            np.matmul(dz.T, self.weight, out=self.by_vectors[chunk.rows])


# -- the same in simple ops -----------------------------------------------------------------------------------

States = tuple[Tensor, ...]


def unrolled(
    advance: Callable[[Tensor, States], States], x: Tensor, states: Sequence[Tensor], sizes: Sizes, reverse: bool
) -> tuple[Tensor, ...]:
    """A layer step by step: (the first state at all steps, and all states at the end).

    `advance` maps an input and the states before to the states after, for so many sequences as go on.
    """
    vectors = x.reshape(-1, x.shape[-1])
    now = tuple(states)
    found: dict[int, Tensor] = {}
    for chunk in chunks_of(step_sizes(tuple(x.shape), sizes), reverse):
        for step in chunk.steps:
            after = advance(vectors[step.rows], tuple(state[: step.width] for state in now))
            found[step.rows.start] = after[0]
            now = tuple(cat([a, state[step.width :]]) for a, state in zip(after, now, strict=True))
    y = cat([found[start] for start in sorted(found)])
    return (y if sizes is not None else y.reshape(*x.shape[:-1], y.shape[-1]), *now)


def initial(state: Tensor | None, x: Tensor, hidden: int, sizes: Sizes) -> Tensor:
    """An initial state as it is given; zeros where none is."""
    if state is not None:
        return state
    width = next(iter(step_sizes(tuple(x.shape), sizes)), 0)
    return x.like(np.zeros((width, hidden), x.dtype.dtype))
