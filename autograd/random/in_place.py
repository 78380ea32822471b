"""Filling tensors with random numbers: normal_, uniform_, random_ and so on.

The laws themselves stand in `autograd.random.laws`, the stream they draw from in
`autograd.random.generator`. What a tensor held before gets gradient 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.batched import works_on_batches
from autograd.cases import case
from autograd.inplace import assign, check_writable, keep_shown
from autograd.modes import state
from autograd.op import op
from autograd.random import laws
from autograd.random.generator import Generator
from autograd.random.laws import Law, put
from autograd.random.parameters import (
    check_kind,
    integer_range,
    nonnegative_std,
    number,
    per_part,
    source,
    whole_number,
)
from autograd.saved import undo_broadcast
from autograd.tensor import Tensor

SAMPLES = (
    case([(3, 4)], numbers=np.ones((3, 4)), law="normal"),
    case([(3, 1), (4,)], numbers=np.ones((3, 4)), law="log_normal"),
)


def node_name(node: Any) -> str:
    """PyTorch's name for a law's node."""
    return "".join(word.capitalize() for word in node.params["law"].split("_")) + "Backward0"


@op(r"z \sim P", name="sample", method=False, kind="free", node=node_name, cases=SAMPLES)
def _sample(*tensors: Array, numbers: Any, law: str) -> Array:
    """Numbers that were drawn. The tensors are what they depend on: parameters, or what they were written over.

    A number that is drawn does not change smoothly with its law: all derivatives are 0.
    """
    return np.array(numbers, tensors[0].dtype)


@_sample.vjp_joint("0")
def _(g: Any, tensors_shape: Any) -> Any:
    return tuple(undo_broadcast(np.zeros_like(g), shape) for shape in tensors_shape)


def join_graph(drawn: Tensor, parameters: list[Tensor], law: str) -> Tensor:
    """Record what drawn numbers depend on, if any of it wants a gradient (which will be 0)."""
    if state.grad_enabled and any(parameter.node is not None for parameter in parameters):
        drawn.node = _sample.op.record(parameters, {"law": law}, drawn)
    return drawn


# -- filling tensors in place -------------------------------------------------------------------------------


def filled(
    x: Tensor, name: str, law: Law, generator: Any, *parameters: Any, depends_on: tuple[Tensor, ...] = ()
) -> Tensor:
    """Overwrite a tensor with numbers of a law; what was there before gets gradient 0."""
    check_writable(x, name)
    generator = source(generator, name)
    keep_shown(x)
    put(x.memory(), law, generator, *parameters)
    return assign(x, "sample", list(depends_on), {"law": name.rstrip("_")}, name)


@works_on_batches
def uniform_(self: Tensor, from_: Any = 0.0, to: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers from [from, to), all equally likely.

    Raises RuntimeError where from > to or the dtype can't hold the bounds.
    """
    low, high = number(from_, "uniform_", "from"), number(to, "uniform_", "to")
    check_kind(self.dtype, "fc", "uniform_")
    limit = float(np.finfo(self.dtype.dtype).max)
    for bound, which in ((low, "from"), (high, "to")):
        if not -limit <= bound <= limit:
            raise RuntimeError(f"uniform_(): {which} is out of bounds for {self.dtype.name}: {bound}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > limit:
        raise RuntimeError(
            f"uniform_ expects to-from <= the largest {self.dtype.name} number, but found to={high:g} and from={low:g}"
        )
    return filled(self, "uniform_", laws.uniform, generator, low, high)


@works_on_batches
def normal_(self: Tensor, mean: Any = 0.0, std: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers from the normal distribution with this mean and standard deviation.

        p(x) = exp(-(x - mean)² / (2 std²)) / (std sqrt(2π))

    Raises RuntimeError for a negative std.
    """
    mean, std = number(mean, "normal_", "mean"), nonnegative_std(number(std, "normal_", "std"))
    check_kind(self.dtype, "fc", "normal_")
    return filled(self, "normal_", laws.normal, generator, mean, per_part(std, self.dtype))


@works_on_batches
def log_normal_(self: Tensor, mean: Any = 1.0, std: Any = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithm is normal with this mean and standard deviation.

    Raises RuntimeError unless std > 0.
    """
    mean, std = number(mean, "log_normal_", "mean"), number(std, "log_normal_", "std")
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    check_kind(self.dtype, "f", "log_normal_")
    return filled(self, "log_normal_", laws.log_normal, generator, mean, std)


@works_on_batches
def exponential_(self: Tensor, lambd: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with waiting times: numbers x >= 0 with the density lambd * exp(-lambd * x).

    Raises RuntimeError unless lambd > 0.
    """
    rate = number(lambd, "exponential_", "lambd")
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    check_kind(self.dtype, "f", "exponential_")
    return filled(self, "exponential_", laws.exponential, generator, rate)


@works_on_batches
def cauchy_(self: Tensor, median: Any = 0.0, sigma: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers from the Cauchy distribution, whose tails are so heavy that it has no mean.

        p(x) = sigma / (π (sigma² + (x - median)²))

    Raises RuntimeError unless sigma > 0.
    """
    median, sigma = number(median, "cauchy_", "median"), number(sigma, "cauchy_", "sigma")
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    check_kind(self.dtype, "f", "cauchy_")
    return filled(self, "cauchy_", laws.cauchy, generator, median, sigma)


@works_on_batches
def geometric_(self: Tensor, p: Any, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers of attempts until the first success, which each attempt brings with probability p.

    Raises RuntimeError unless 0 < p < 1.
    """
    p = number(p, "geometric_", "p")
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    check_kind(self.dtype, "iuf", "geometric_")
    return filled(self, "geometric_", laws.geometric, generator, p)


# -- whole numbers ------------------------------------------------------------------------------------------

MISSING = object()


@works_on_batches
def random_(self: Tensor, from_: Any = MISSING, to: Any = MISSING, *, generator: Generator | None = None) -> Tensor:
    """Fill with whole numbers: `random_(to)` from [0, to), `random_(from, to)` from [from, to).

    `random_()` takes all that the dtype can hold from 0 on (floats: up to where every whole number
    can be told from the next), and `random_(from, None)` all from `from` on.
    """
    if from_ is MISSING and to is MISSING:
        check_kind(self.dtype, "biuf", "random_")
        return filled(self, "random_", laws.integers_of_kind, generator)
    if to is MISSING:
        from_, to = 0, from_
    low = 0 if from_ is MISSING else whole_number(from_, "random_", "from")
    high = None if to is None else whole_number(to, "random_", "to")
    return filled(self, "random_", laws.integers, generator, *integer_range(low, high, self.dtype, "random_"))


for _method in (uniform_, normal_, log_normal_, exponential_, cauchy_, geometric_, random_):
    setattr(Tensor, _method.__name__, _method)
