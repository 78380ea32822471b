"""Filling tensors with random numbers: normal_, uniform_, random_ and so on.

The laws themselves stand in `autograd.laws`, the stream they draw from in `autograd.generator`. Here
is what users call: the parameters are checked before anything is drawn, and what a tensor held before
gets gradient 0.
"""

from __future__ import annotations

import math
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd import dtypes, laws
from autograd.apply import check_out, undo_broadcast, write_out
from autograd.arrays import Array
from autograd.cases import case
from autograd.dtypes import dtype
from autograd.generator import Generator, default_generator
from autograd.inplace import assign, check_writable, keep_shown
from autograd.laws import Law, put
from autograd.modes import state
from autograd.op import op
from autograd.tensor import Tensor, tensor_of

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


# -- what is checked ---------------------------------------------------------------------------------------------------


def source(generator: Any, name: str) -> Generator:
    """The generator to draw from."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"{name}(): argument 'generator' must be Generator, not {type(generator).__name__}")
    return generator


def number(value: Any, name: str, argument: str) -> float:
    """A parameter as a Python float."""
    is_scalar = isinstance(value, Tensor) and value.ndim == 0 and not value.is_complex()
    if is_scalar or isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    raise TypeError(f"{name}(): argument '{argument}' must be float, not {type(value).__name__}")


def whole_number(value: Any, name: str, argument: str) -> int:
    """A parameter as a Python int."""
    if isinstance(value, float) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}(): argument '{argument}' must be int, not {type(value).__name__}")
    found: int = value.__index__()
    if not -(2**63) <= found < 2**63:
        raise ValueError(f"{name}(): Overflow when unpacking long long: {argument}={found} is not in [-2**63, 2**63)")
    return found


KINDS = {
    "f": "floating-point",
    "fc": "floating-point or complex",
    "iuf": "integer or floating-point",
    "biuf": "bool, integer or floating-point",
}


def check_kind(d: dtype, kinds: str, name: str) -> None:
    """Raise unless the dtype's kind ("b", "i", "u", "f" or "c") is one that the law has numbers of."""
    if d.dtype.kind not in kinds:
        raise RuntimeError(f"{name}(): not implemented for {d.name} tensors: use a dtype that is {KINDS[kinds]}")


def check_out_first(out: Any, d: dtype, name: str) -> None:
    """Raise for an `out=` that can't take numbers of this dtype, before any are drawn."""
    if out is not None:
        check_out(SimpleNamespace(name=name), tensor_of(np.empty(0, d.dtype), d), out)
        check_writable(out, name)


def written(drawn: Tensor, out: Any, name: str) -> Tensor:
    """What was drawn; in `out`, if that is given."""
    result: Tensor = drawn if out is None else write_out(SimpleNamespace(name=name), drawn, out)
    return result


# -- filling tensors in place ------------------------------------------------------------------------------------------


def filled(
    x: Tensor, name: str, law: Law, generator: Any, *parameters: Any, depends_on: tuple[Tensor, ...] = ()
) -> Tensor:
    """Overwrite a tensor with numbers of a law; what was there before gets gradient 0."""
    check_writable(x, name)
    generator = source(generator, name)
    keep_shown(x)
    put(x.memory(), law, generator, *parameters)
    return assign(x, "sample", list(depends_on), {"law": name.rstrip("_")}, name)


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


def normal_(self: Tensor, mean: Any = 0.0, std: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers from the normal distribution with this mean and standard deviation.

        p(x) = exp(-(x - mean)² / (2 std²)) / (std sqrt(2π))

    Raises RuntimeError for a negative std.
    """
    mean, std = number(mean, "normal_", "mean"), nonnegative_std(number(std, "normal_", "std"))
    check_kind(self.dtype, "fc", "normal_")
    return filled(self, "normal_", laws.normal, generator, mean, per_part(std, self.dtype))


def nonnegative_std(std: float) -> float:
    """A standard deviation, checked."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    return std


def per_part(std: float, d: dtype) -> float:
    """The standard deviation of each part of a number: real and imaginary parts share a complex one's variance."""
    return std / math.sqrt(2) if d.is_complex else std


def log_normal_(self: Tensor, mean: Any = 1.0, std: Any = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithm is normal with this mean and standard deviation.

    Raises RuntimeError unless std > 0.
    """
    mean, std = number(mean, "log_normal_", "mean"), number(std, "log_normal_", "std")
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    check_kind(self.dtype, "f", "log_normal_")
    return filled(self, "log_normal_", laws.log_normal, generator, mean, std)


def exponential_(self: Tensor, lambd: Any = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with waiting times: numbers x >= 0 with the density lambd * exp(-lambd * x).

    Raises RuntimeError unless lambd > 0.
    """
    rate = number(lambd, "exponential_", "lambd")
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    check_kind(self.dtype, "f", "exponential_")
    return filled(self, "exponential_", laws.exponential, generator, rate)


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


def geometric_(self: Tensor, p: Any, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers of attempts until the first success, which each attempt brings with probability p.

    Raises RuntimeError unless 0 < p < 1.
    """
    p = number(p, "geometric_", "p")
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    check_kind(self.dtype, "iuf", "geometric_")
    return filled(self, "geometric_", laws.geometric, generator, p)


# -- whole numbers -----------------------------------------------------------------------------------------------------

MISSING = object()


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


def integer_range(low: int, high: int | None, d: dtype, name: str) -> tuple[int, int]:
    """The first of the whole numbers from [low, high) and how many there are, if the dtype can hold them."""
    if d.is_complex:
        raise RuntimeError(f"{name}(): handles only integral, floating-point and boolean types, not {d.name}")
    if high is None and low == -(2**63):
        if d not in (dtypes.int64, dtypes.float32, dtypes.float64):
            raise RuntimeError(f"{name}(): all of 64 bits fit only int64, float32 and float64, not {d.name}")
        return low, 2**64
    smallest, largest, exact = limits(d)
    high = min(largest, exact) + 1 if high is None else high
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    for bound, which in ((low, "from"), (high - 1, "to - 1")):
        if not smallest <= bound <= largest:
            raise RuntimeError(f"{name}(): {which} is out of bounds for {d.name}: {bound}")
        if abs(bound) > exact:
            warnings.warn(
                f"{name}(): {which} is out of bounds [-{exact}, {exact}], outside of which {d.name} can't hold every "
                f"whole number, so some of them will never be drawn ({which} is {bound})",
                stacklevel=3,
            )
    if d.is_floating_point:
        low, high = moved_inward(low, high, d)
    return low, high - low


def limits(d: dtype) -> tuple[int, int, int]:
    """The smallest and the largest whole number of a dtype, and up to where it can tell each from the next."""
    if d.is_floating_point:
        largest = int(np.finfo(d.dtype).max)
        return -largest, largest, 2 ** (np.finfo(d.dtype).nmant + 1)
    if d is dtypes.bool:
        return 0, 1, 1
    info = np.iinfo(d.dtype)
    largest = min(int(info.max), 2**63 - 1)  # also of uint64: the numbers are made as int64
    return int(info.min), largest, 2**63


def moved_inward(low: int, high: int, d: dtype) -> tuple[int, int]:
    """[low, high) without the numbers at its ends that would be rounded out of it as floats."""

    def gap(value: int) -> int:
        return int(2 ** max(0, value.bit_length() - 1 - np.finfo(d.dtype).nmant))

    first, last = int(d.type(low + 1)), int(d.type(high - 1))
    return first + gap(low + 1) if first < low else low, last - gap(high - 1) if last >= high else high


for _method in (uniform_, normal_, log_normal_, exponential_, cauchy_, geometric_, random_):
    setattr(Tensor, _method.__name__, _method)
