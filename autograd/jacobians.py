"""Derivatives of a function as a whole, by finite differences, by its backward pass and by duals: what `check` compares.

A complex number counts as two real coordinates here. PyTorch's gradient of a real L by z = x + iy
is dL/dx + i dL/dy, so its parts are the gradients by the two coordinates, and all that follows is
about real numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.forward_ad import dual_level, make_dual, unpack_dual
from autograd.gradients import grad
from autograd.tensor import Tensor


class GradcheckError(RuntimeError):
    """A gradient disagrees with finite differences."""


def units(array: Array) -> tuple[complex, ...]:
    """The directions an element can move in: a complex number is two real coordinates."""
    return (1, 1j) if array.dtype.kind == "c" else (1,)


def coordinates(array: Array) -> Array:
    """The elements in one row of real numbers, those of complex ones as real part, imaginary part."""
    if array.dtype.kind != "c":
        return np.array(array, np.float64).ravel()
    return np.array(array, np.complex128).ravel().view(np.float64)


def random_like(array: Array, rng: np.random.Generator) -> Array:
    """Random numbers in the shape and dtype of an array."""
    numbers = rng.uniform(-1, 1, array.shape)
    if array.dtype.kind == "c":
        numbers = numbers + 1j * rng.uniform(-1, 1, array.shape)
    return np.asarray(numbers, array.dtype)


def differentiable(returned: Any) -> list[Tensor]:
    """The Tensors among what a function returned that a gradient flows through."""
    every = returned if isinstance(returned, (tuple, list)) else (returned,)
    return [t for t in every if isinstance(t, Tensor) and t.requires_grad]


class Subject:
    """The function under check, with its inputs and the tolerances."""

    def __init__(self, func: Callable[..., Any], inputs: Sequence[Any], eps: float, atol: float, rtol: float) -> None:
        self.func = func
        self.inputs = inputs
        self.eps, self.atol, self.rtol = eps, atol, rtol
        self.varied = {i: t for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad}

    def results(self) -> list[Tensor]:
        """The results that have gradients."""
        return differentiable(self.func(*self.inputs))

    def values(self) -> list[Array]:
        """The coordinates of each result, at the inputs as they are now; of all results if none has a gradient."""
        returned = self.func(*self.inputs)
        every = returned if isinstance(returned, (tuple, list)) else (returned,)
        return [coordinates(t.array) for t in differentiable(returned) or every if isinstance(t, Tensor)]

    def gradients(self, result: Any, along: Any) -> list[Array]:
        """The gradient by each varied input, along a gradient by one result or by several; zeros for None."""
        found = grad(result, list(self.varied.values()), along, retain_graph=True, allow_unused=True)
        arrays = []
        for (i, tensor), g in zip(self.varied.items(), found, strict=True):
            array = np.zeros(tensor.shape, tensor.dtype.dtype) if g is None else np.asarray(g.array)
            if array.shape != tuple(tensor.shape):
                raise GradcheckError(
                    f"the gradient by input {i} has shape {array.shape}, but the input has shape {tuple(tensor.shape)}"
                )
            arrays.append(array)
        return arrays


# -- by finite differences ----


def numeric_jacobians(subject: Subject, x: Tensor) -> list[Array]:
    """For each result, its derivative by each coordinate of x (down) in each of its own (across)."""
    memory = x.memory()
    columns = [
        [(above - below) / width for above, below in zip(*ends, strict=True)]
        for index in np.ndindex(memory.shape)
        for *ends, width in moved(subject, memory, index)
    ]
    if not columns:
        return [np.zeros((0, value.size)) for value in subject.values()]
    return [np.stack(column) for column in zip(*columns, strict=True)]


def moved(subject: Subject, memory: Array, index: tuple[int, ...]) -> Iterator[tuple[Any, Any, float]]:
    """The results a step above and a step below an element, and the distance; once for each of its coordinates."""
    value = memory[index].copy()
    for unit in units(memory):
        try:
            memory[index] = value + subject.eps * unit
            high, above = memory[index].copy(), subject.values()
            memory[index] = value - subject.eps * unit
            low, below = memory[index].copy(), subject.values()
        finally:
            memory[index] = value
        yield above, below, float(abs(high - low))  # what is left of the step after rounding


def numeric_change(subject: Subject, x: Tensor, step: Array) -> list[Array]:
    """How fast each result changes along a step of x."""
    memory = x.memory()
    before = memory.copy()
    try:
        memory[...] = before + subject.eps * step
        above = subject.values()
        memory[...] = before - subject.eps * step
        below = subject.values()
    finally:
        memory[...] = before
    return [(a - b) / (2 * subject.eps) for a, b in zip(above, below, strict=True)]


# -- by the backward pass ----


def analytic_jacobians(subject: Subject, result: Tensor) -> list[Array]:
    """The same by the derivative rules, one backward pass for each coordinate of the result."""
    rows: list[list[Array]] = [[] for _ in subject.varied]
    for index in np.ndindex(tuple(result.shape)):
        for unit in units(np.asarray(result.array)):
            along = np.zeros(result.shape, result.dtype.dtype)
            along[index] = unit
            for row, g in zip(rows, subject.gradients(result, result.like(along)), strict=True):
                row.append(coordinates(g))
    return [
        np.stack(row, 1) if row else np.zeros((coordinates(x.array).size, 0))
        for row, x in zip(rows, subject.varied.values(), strict=True)
    ]


# -- in forward mode ----


def tangent_jacobians(subject: Subject, i: int, x: Tensor) -> list[Array]:
    """The same by duals, one forward pass for each coordinate of input i, which is x."""
    memory, results = x.memory(), subject.results()
    rows: list[list[Array]] = [[] for _ in results]
    for index in np.ndindex(memory.shape):
        for unit in units(memory):
            along = np.zeros(memory.shape, memory.dtype)
            along[index] = unit
            for row, tangent in zip(rows, tangents_along(subject, i, x.like(along)), strict=True):
                row.append(coordinates(tangent))
    return [
        np.stack(row) if row else np.zeros((0, coordinates(result.array).size))
        for row, result in zip(rows, results, strict=True)
    ]


def tangents_along(subject: Subject, i: int, along: Tensor) -> list[Array]:
    """How each result moves when input i moves along a tangent."""
    with dual_level():
        inputs = [make_dual(t, along) if k == i else t for k, t in enumerate(subject.inputs)]
        pairs = [unpack_dual(result) for result in differentiable(subject.func(*inputs))]
    return [np.zeros_like(value.array) if moved is None else np.asarray(moved.array) for value, moved in pairs]
