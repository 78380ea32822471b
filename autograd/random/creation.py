"""New random tensors: rand, randn, randint, randperm, normal.

With the same seed, all random functions give PyTorch's numbers (its CPU generator's).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes
from autograd.apply import clashing_dimension
from autograd.arrays import Array
from autograd.batched import works_on_batches
from autograd.create import dtype_for, finished
from autograd.dtypes import as_dtype, dtype, from_numpy_dtype
from autograd.modes import no_grad
from autograd.random import laws
from autograd.random.generator import Generator
from autograd.random.in_place import join_graph
from autograd.random.laws import Law, put
from autograd.random.parameters import (
    check_kind,
    check_out_first,
    integer_range,
    limits,
    nonnegative_std,
    number,
    per_part,
    source,
    whole_number,
    written,
)
from autograd.size import size_from
from autograd.tensor import Tensor

__all__ = ["normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm"]


def new(
    name: str, empty: Array, law: Law, *parameters: Any, generator: Any, out: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """An empty array, filled with numbers of a law, as a tensor with what all creation functions can be asked for."""
    generator = source(generator, name)
    check_out_first(out, from_numpy_dtype(empty.dtype), name)
    tensor = finished(empty, from_numpy_dtype(empty.dtype), device=device, requires_grad=requires_grad)
    put(empty, law, generator, *parameters)  # last, so that nothing is drawn by a call that raises
    return written(tensor, out, name)


def empty_for(shape: tuple[int, ...], d: dtype, out: Any) -> Array:
    """The array to fill, laid out in memory as `out` is, so that the numbers come to the same places."""
    if out is not None and out.array.shape == shape:
        return laws.empty_like(out.memory(), d.dtype)
    return np.empty(shape, d.dtype)


def shape_from(size: tuple[Any, ...], named: Any, name: str) -> tuple[int, ...]:
    """The shape that a call such as `rand(2, 3)`, `rand((2, 3))` or `rand(size=(2, 3))` asks for."""
    if not size and named is None:
        raise TypeError(f"{name}() received an invalid combination of arguments: give the size, as in {name}(2, 3)")
    return size_from(size or (named,), name)


@works_on_batches
def rand(
    *sizes: Any, size: Any = None, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A tensor of numbers from [0, 1), all equally likely.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.rand(2, 3)
    tensor([[0.4963, 0.7682, 0.0885],
            [0.1320, 0.3074, 0.6341]])
    """
    shape, d = shape_from(sizes, size, "rand"), dtype_for(dtype, out, "rand")
    check_kind(d, "fc", "rand")
    return new("rand", empty_for(shape, d, out), laws.uniform, 0.0, 1.0, generator=generator, out=out, device=device,
               requires_grad=requires_grad)  # fmt: skip


@works_on_batches
def randn(
    *sizes: Any, size: Any = None, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A tensor of numbers from the standard normal distribution: mean 0, variance 1.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.randn(4)
    tensor([ 1.5410, -0.2934, -2.1788,  0.5684])
    """
    shape, d = shape_from(sizes, size, "randn"), dtype_for(dtype, out, "randn")
    check_kind(d, "fc", "randn")
    return new("randn", empty_for(shape, d, out), laws.normal, 0.0, per_part(1.0, d), generator=generator, out=out,
               device=device, requires_grad=requires_grad)  # fmt: skip


@works_on_batches
def randint(
    *bounds_and_size: Any, low: Any = 0, high: Any = None, size: Any = None, generator: Generator | None = None,
    out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A tensor of whole numbers: `randint(high, size)` from [0, high), `randint(low, high, size)` from [low, high).

    Raises RuntimeError where low >= high or the dtype can't hold the numbers.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.randint(10, (5,))
    tensor([4, 9, 3, 0, 3])
    """
    low, high, size = bounds_from(bounds_and_size, low, high, size, "randint")
    shape = size_from((tuple(size),), "randint")
    d = dtypes.int64 if dtype is None and out is None else dtype_for(dtype, out, "randint")
    return new("randint", empty_for(shape, d, out), laws.integers, *integer_range(low, high, d, "randint"),
               generator=generator, out=out, device=device, requires_grad=requires_grad)  # fmt: skip


def bounds_from(given: tuple[Any, ...], low: Any, high: Any, size: Any, name: str) -> tuple[int, int, Any]:
    """What is low, high and size in a call of `randint`, where low may be left out."""
    rest = list(given)
    size = rest.pop() if size is None and rest else size
    high = rest.pop() if high is None and rest else high
    low = rest.pop() if rest else low
    if rest or high is None or not isinstance(size, (tuple, list)):
        raise TypeError(
            f"{name}() received an invalid combination of arguments: give {name}(high, size) or "
            f"{name}(low, high, size) with the size as a tuple of ints, as in {name}(10, (2, 3))"
        )
    return whole_number(low, name, "low"), whole_number(high, name, "high"), size


# -- of the shape and, unless another is given, the dtype of a tensor ---------------------------------------


def empty_like(input: Any, d: Any, name: str) -> Array:
    """An array of a tensor's shape that is laid out in memory as the tensor is."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return laws.empty_like(input.memory(), (input.dtype if d is None else as_dtype(d)).dtype)


@works_on_batches
def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`rand` with the shape and dtype of another tensor."""
    empty = empty_like(input, dtype, "rand_like")
    check_kind(from_numpy_dtype(empty.dtype), "fc", "rand_like")
    return new("rand_like", empty, laws.uniform, 0.0, 1.0, generator=generator, device=device,
               requires_grad=requires_grad)  # fmt: skip


@works_on_batches
def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`randn` with the shape and dtype of another tensor."""
    empty = empty_like(input, dtype, "randn_like")
    d = from_numpy_dtype(empty.dtype)
    check_kind(d, "fc", "randn_like")
    return new("randn_like", empty, laws.normal, 0.0, per_part(1.0, d), generator=generator, device=device,
               requires_grad=requires_grad)  # fmt: skip


@works_on_batches
def randint_like(
    input: Tensor, *bounds: Any, low: Any = 0, high: Any = None, generator: Generator | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`randint` with the shape and dtype of another tensor: `randint_like(x, high)` or `randint_like(x, low, high)`."""
    empty = empty_like(input, dtype, "randint_like")
    low, high, _ = bounds_from(bounds, low, high, empty.shape, "randint_like")
    first, span = integer_range(low, high, from_numpy_dtype(empty.dtype), "randint_like")
    return new("randint_like", empty, laws.integers, first, span, generator=generator, device=device,
               requires_grad=requires_grad)  # fmt: skip


# -- in random order ----------------------------------------------------------------------------------------


@works_on_batches
def randperm(
    n: Any, *, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """The whole numbers from 0 to n - 1 in random order (int64 unless told otherwise).

    Raises RuntimeError where n is negative or the dtype can't tell so many numbers apart.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.randperm(4)
    tensor([0, 1, 3, 2])
    """
    shape = size_from((whole_number(n, "randperm", "n"),), "randperm")
    d = dtypes.int64 if dtype is None and out is None else dtype_for(dtype, out, "randperm")
    check_kind(d, "iuf", "randperm")
    most = limits(d)[2] + 1 if d.is_floating_point else limits(d)[1]
    if shape[0] > most:
        raise RuntimeError(f"randperm(): n cannot be greater than {most} for {d.name}, got {shape[0]}: use dtype=int64")
    return new("randperm", empty_for(shape, d, out), laws.permutation, generator=generator, out=out, device=device,
               requires_grad=requires_grad)  # fmt: skip


# -- normal, with a mean and a standard deviation for each element ------------------------------------------


@works_on_batches
def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, out: Tensor | None = None,
    dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Normal numbers with the given mean and standard deviation, each a number or a tensor with one for each element.

    For two numbers, `size` says how many are wanted; tensors broadcast against each other, and the
    result has the dtype of the first. No gradient flows to them (it is 0); for one that does, write
    `mean + std * randn(...)`.

    Raises RuntimeError for a negative std.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.normal(autograd.tensor([0.0, 100.0]), 1.0)
    tensor([ 1.5410, 99.7066])
    """
    if size is None and (isinstance(mean, Tensor) or isinstance(std, Tensor)) and dtype is None:
        return normal_around(mean, std, generator, out)
    if size is None:
        raise TypeError(
            "normal() received an invalid combination of arguments - got "
            f"({type(mean).__name__}, {type(std).__name__}): give the size too, as in normal(0.0, 1.0, (2, 3)); size "
            "and dtype belong to a mean and std that are numbers"
        )
    mean, std = number(mean, "normal", "mean"), nonnegative_std(number(std, "normal", "std"))
    shape, d = size_from((size,), "normal"), dtype_for(dtype, out, "normal")
    check_kind(d, "fc", "normal")
    return new("normal", empty_for(shape, d, out), laws.normal, mean, per_part(std, d), generator=generator, out=out,
               device=device, requires_grad=requires_grad)  # fmt: skip


def normal_around(mean: Any, std: Any, generator: Generator | None, out: Tensor | None) -> Tensor:
    """`normal` where at least one of mean and std is a tensor."""
    tensors = [t for t in (mean, std) if isinstance(t, Tensor)]
    scale = 1.0 if isinstance(std, Tensor) else nonnegative_std(number(std, "normal", "std"))
    if isinstance(std, Tensor):
        check_stds(std)
    if not isinstance(mean, Tensor):
        mean = number(mean, "normal", "mean")
    d = dtype_for(None, out, "normal") if out is not None else tensors[0].dtype
    check_kind(d, "fc", "normal")
    clash = clashing_dimension([t.array.shape for t in tensors])
    if clash:
        raise RuntimeError(f"normal: {clash}")
    check_out_first(out, d, "normal")
    shape = np.broadcast_shapes(*(t.array.shape for t in tensors))
    drawn = new("normal", np.empty(shape, d.dtype), laws.normal, 0.0, per_part(scale, d), generator=generator)
    with no_grad():
        drawn = (drawn.mul_(std) if isinstance(std, Tensor) else drawn).add_(mean)
    join_graph(drawn, tensors, "normal")
    return written(drawn, out, "normal")


def check_stds(std: Tensor) -> None:
    """Raise unless all standard deviations are >= 0 (which NaN is not)."""
    if std.is_complex():
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not np.all(std.array >= 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
