"""How random words become numbers that follow a law: one function for each distribution.

A law gets the generator, the array that its numbers are for, and the parameters. It returns as many
numbers as the array has elements, in a row; it writes nothing. What PyTorch computes in float64 and
rounds is float64 here too; `put` rounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd.arrays import Array
from autograd.batched import DrawsError
from autograd.modes import state
from autograd.random.boxmuller import BLOCK, fused, normals_in_blocks
from autograd.random.generator import Generator

Law: TypeAlias = Callable[..., Array]


def put(target: Array, law: Law, generator: Generator, *parameters: Any) -> None:
    """Fill an array with numbers of a law, in the order in which its elements lie in memory."""
    if state.vmaps:
        raise DrawsError
    if target.dtype.kind == "c":
        target = target[..., None].view(target.real.dtype)  # the real and imaginary parts, side by side
    if target.size == 0:
        return
    numbers = law(generator, target, *parameters)
    if target.dtype == np.float16 and numbers.dtype != np.float16:
        numbers = numbers.astype(np.float32)  # PyTorch rounds to float16 in two steps
    in_memory = target.transpose(memory_order(target.strides))
    in_memory[...] = numbers.reshape(in_memory.shape)


def memory_order(strides: Sequence[int]) -> tuple[int, ...]:
    """The dimensions, from the one with the largest steps through memory to the one with the smallest.

    A dimension without steps (of an expanded tensor) keeps its place, which is why this sorts by insertion.
    """
    inner_first = list(range(len(strides)))[::-1]
    for start in range(1, len(strides)):
        place = start
        for inner in range(start)[::-1]:
            step, inner_step = strides[inner_first[place]], strides[inner_first[inner]]
            if 0 < step < inner_step:
                inner_first[place], inner_first[inner] = inner_first[inner], inner_first[place]
                place = inner
            elif 0 < inner_step < step:
                break
    return tuple(inner_first[::-1])


def empty_like(array: Array, kind: Any) -> Array:
    """An array of a NumPy dtype and the shape of another, its dimensions in the same order in memory."""
    order = memory_order(array.strides)
    dense = np.empty([array.shape[dim] for dim in order], kind)
    return dense.transpose(np.argsort(order))


# -- uniform ------------------------------------------------------------------------------------------------


def uniform(generator: Generator, target: Array, low: float, high: float) -> Array:
    """Any number from [low, high), all equally likely."""
    numbers = generator.uniform(target.size, target.dtype)
    if (low, high) != (0, 1):
        precise = numbers.dtype.type
        numbers = fused(numbers, precise(high) - precise(low), precise(low))
    elif target.dtype != np.float16:
        return numbers
    rounded = numbers.astype(target.dtype)
    rounded[rounded == target.dtype.type(high)] = low  # rounding may have reached the upper end
    return rounded


def integers(generator: Generator, target: Array, low: int, span: int) -> Array:
    """Any whole number from [low, low + span), all (nearly) equally likely: the remainder of a word."""
    if span >= 2**64:
        return generator.long_words(target.size).view(np.int64)
    words = generator.long_words(target.size) if span >= 2**28 else generator.words(target.size)
    remainders: Array = (words % words.dtype.type(span)).astype(np.int64)
    return remainders + np.int64(low)


def integers_of_kind(generator: Generator, target: Array) -> Array:
    """Any whole number >= 0 that the dtype can hold; for floats, up to where all whole numbers are exact."""
    kind = target.dtype
    if kind.kind == "f":
        span = 2 ** (np.finfo(kind).nmant + 1) + 1
    else:
        span = 2 if kind.kind == "b" else int(np.iinfo(kind).max) + 1
    words = generator.long_words(target.size) if kind.itemsize == 8 else generator.words(target.size)
    words %= words.dtype.type(span)
    return words


# -- continuous ---------------------------------------------------------------------------------------------


def normal(generator: Generator, target: Array, mean: float, std: float) -> Array:
    """The bell curve around the mean. From 16 numbers on PyTorch computes them in blocks, in other ways than few."""
    if target.size >= BLOCK and target.flags.c_contiguous:
        return normals_in_blocks(generator, target.size, target.dtype, mean, std)
    return fused(generator.normals(target.size), std, mean)


def log_normal(generator: Generator, target: Array, mean: float, std: float) -> Array:
    """Numbers whose logarithm is normal."""
    numbers: Array = np.exp(fused(generator.normals(target.size), std, mean))
    return numbers


def exponential(generator: Generator, target: Array, rate: float) -> Array:
    """Waiting times of what happens `rate` times in a unit of time: -ln(1 - u) / rate."""
    numbers: Array = -1 / rate * np.log1p(-generator.uniform64(target.size))
    return numbers


def cauchy(generator: Generator, target: Array, median: float, sigma: float) -> Array:
    """Where a ray in a random direction meets a line at the distance sigma: median + sigma tan(π (u - ½))."""
    return fused(np.tan(math.pi * (generator.uniform64(target.size) - 0.5)), sigma, median)


# -- discrete -----------------------------------------------------------------------------------------------


def geometric(generator: Generator, target: Array, p: float) -> Array:
    """Attempts until the first success, which each brings with probability p: ln u / ln(1 - p), rounded up."""
    attempts: Array = np.ceil(np.log(generator.uniform64(target.size)) / math.log1p(-p))
    return attempts.astype(np.int64) if target.dtype.kind in "iu" else attempts


def bernoulli(generator: Generator, target: Array, p: float | Array) -> Array:
    """1 with probability p, else 0; p may be an array, with a probability for each element."""
    if not isinstance(p, np.ndarray):
        return generator.uniform64(target.size) < p
    each = np.broadcast_to(p, target.shape).transpose(memory_order(target.strides)).reshape(-1)
    return generator.uniform(target.size, each.dtype) < each


def permutation(generator: Generator, target: Array) -> Array:
    """The whole numbers below n in random order: each place in turn swaps with itself or one of those behind it.

    Fisher and Yates, "Statistical tables", 1938; Durstenfeld, "Algorithm 235: random permutation", 1964.
    """
    n = target.size
    numbers = list(range(n))
    others = np.arange(n - 1) + generator.words(n - 1) % np.arange(n, 1, -1, dtype=np.uint32)
    for place, other in enumerate(others.tolist()):
        numbers[place], numbers[other] = numbers[other], numbers[place]
    return np.array(numbers)
