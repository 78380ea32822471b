"""Drawing with probabilities that stand in a tensor: bernoulli, multinomial, poisson, binomial."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.attach import add_methods
from autograd.batched import works_on_batches
from autograd.create import dtype_for, finished
from autograd.random import laws
from autograd.random.generator import Generator
from autograd.random.in_place import filled, join_graph
from autograd.random.laws import put
from autograd.random.parameters import check_kind, check_out_first, number, source, whole_number, written
from autograd.tensor import Tensor

__all__ = ["bernoulli", "binomial", "multinomial", "poisson"]


def check_tensor(value: Any, name: str, argument: str) -> None:
    """Raise unless an argument is a Tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(value).__name__}")


# -- bernoulli ----------------------------------------------------------------------------------------------


@works_on_batches
def bernoulli(input: Tensor, p: Any = None, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Ones and zeros: 1 with the probability that stands in `input` at the same place, or with probability p.

    The gradient by the probabilities is 0. Raises RuntimeError for probabilities outside [0, 1].

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.bernoulli(autograd.tensor([0.0, 0.5, 0.5, 1.0]))
    tensor([0., 0., 1., 1.])
    """
    check_tensor(input, "bernoulli", "input")
    d = input.dtype if out is None else dtype_for(None, out, "bernoulli")
    check_kind(d, "biuf", "bernoulli")
    probability = probability_of(input if p is None else number(p, "bernoulli", "p"), "bernoulli")
    check_out_first(out, d, "bernoulli")
    result = finished(np.empty(input.array.shape, d.dtype), d)
    put(result.array, laws.bernoulli, source(generator, "bernoulli"), probability)
    join_graph(result, [input], "bernoulli")
    return written(result, out, "bernoulli")


@works_on_batches
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones, each with probability p, and zeros; p is a number, or a tensor with one for each element.

    Raises RuntimeError for probabilities outside [0, 1].
    """
    check_kind(self.dtype, "biuf", "bernoulli_")
    probability = probability_of(p, "bernoulli_")
    if isinstance(p, Tensor):
        check_expands(p, self)
    depends_on = (p,) if isinstance(p, Tensor) else ()
    return filled(self, "bernoulli_", laws.bernoulli, generator, probability, depends_on=depends_on)


def probability_of(p: Any, name: str) -> Any:
    """A probability as a float, or several as an array."""
    if not isinstance(p, Tensor):
        p = number(p, name, "p")
        if not 0 <= p <= 1:
            raise RuntimeError(f"{name} expects p to be in [0, 1], but got p={p:g}")
        return p
    if not p.is_floating_point():
        raise RuntimeError(f"{name}(): not implemented for {p.dtype.name} probabilities: convert them with .float()")
    wrong = ~((p.array >= 0) & (p.array <= 1))
    if np.any(wrong):
        raise RuntimeError(
            f"{name}(): Expected p_in >= 0 && p_in <= 1 to be true, but got false: {np.count_nonzero(wrong)} of the "
            f"probabilities lie outside [0, 1], the first is {np.asarray(p.array)[wrong][0]:g}"
        )
    return p.memory()


def check_expands(p: Tensor, target: Tensor) -> None:
    """Raise unless there is a probability for each element of the target."""
    try:
        fits = np.broadcast_shapes(p.array.shape, target.array.shape) == target.array.shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"bernoulli_(): can't expand p of shape {tuple(p.shape)} to the shape {tuple(target.shape)} of the tensor"
        )


add_methods(bernoulli=bernoulli, bernoulli_=bernoulli_)


# -- multinomial --------------------------------------------------------------------------------------------


@works_on_batches
def multinomial(
    input: Tensor, num_samples: Any, replacement: bool = False, *, generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Indices, drawn with probabilities in proportion to the weights in a vector, or in each row of a matrix.

    With `replacement` an index may come up again. Raises RuntimeError for weights that are negative,
    not finite or all 0, and for more samples than can be drawn.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.multinomial(autograd.tensor([0.0, 10.0, 3.0, 0.0]), 2)
    tensor([1, 2])
    """
    check_tensor(input, "multinomial", "input")
    n = whole_number(num_samples, "multinomial", "num_samples")
    check_multinomial(input, n, replacement, out)
    check_out_first(out, dtypes.int64, "multinomial")
    generator = source(generator, "multinomial")
    weights = np.atleast_2d(input.memory())
    check_weights(weights, replacement and n > 1)
    drawn = with_replacement(weights, n, generator) if replacement and n > 1 else first_to_ring(weights, n, generator)
    result = finished(drawn.reshape(*input.array.shape[:-1], n), dtypes.int64)
    return written(result, out, "multinomial")


add_methods(multinomial=multinomial)


def check_multinomial(input: Tensor, n: int, replacement: bool, out: Any) -> None:
    """Raise where the arguments of `multinomial` don't fit together."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"multinomial: prob_dist must be 1 or 2 dim, and this tensor has shape {tuple(input.shape)}")
    if not input.is_floating_point():
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {input.dtype.name}; convert with .float()"
        )
    if isinstance(out, Tensor) and out.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.name}")
    categories = input.shape[-1]
    if n <= 0:
        raise RuntimeError(f"multinomial: cannot sample n_sample <= 0 samples, got num_samples={n}")
    if not replacement and n > categories:
        raise RuntimeError(
            f"multinomial: cannot sample n_sample > prob_dist.size(-1) samples without replacement: {n} of {categories}"
        )
    if categories > 2**24:
        raise RuntimeError(f"multinomial: number of categories cannot exceed 2^24, got {categories}")


def check_weights(weights: Array, one_by_one: bool) -> None:
    """Raise for weights that are no probabilities, however scaled."""
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        what = "invalid multinomial distribution: " if one_by_one else ""
        raise RuntimeError(f"multinomial: {what}probability tensor contains either `inf`, `nan` or element < 0")
    if not np.all(weights.sum(axis=1) > 0):
        raise RuntimeError("multinomial: invalid multinomial distribution (sum of probabilities <= 0)")


def first_to_ring(weights: Array, n: int, generator: Generator) -> Array:
    """n different indices from each row: those of the alarms that ring first.

    Let alarm i ring after an exponential waiting time with rate w_i. Then the first to ring is i with
    probability w_i / sum(w), and so on among the rest: sampling without replacement, all at once.

    Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    """
    waiting = np.empty_like(weights)
    put(waiting, laws.exponential, generator, 1.0)
    haste: Array = weights / waiting
    first: Array = haste.argmax(axis=1) if n == 1 else np.argsort(-haste, axis=1, kind="stable")[:, :n]
    return first


def with_replacement(weights: Array, n: int, generator: Generator) -> Array:
    """n indices from each row: where n uniform numbers fall in the cumulated weights."""
    cumulated = np.cumsum(weights, axis=1, dtype=np.promote_types(weights.dtype, np.float32))
    cumulated /= cumulated[:, -1:]
    cumulated[:, -1] = 1
    uniform = generator.uniform64(len(weights) * n).reshape(len(weights), n)
    places = [np.searchsorted(row, numbers) for row, numbers in zip(cumulated.astype(np.float64), uniform, strict=True)]
    return np.array(places, np.int64)


# -- counts -------------------------------------------------------------------------------------------------


@works_on_batches
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """How often something happens that happens `input` times on average: p(k) = λ^k exp(-λ) / k!.

    The gradient by the rates is 0. Raises RuntimeError for rates that are negative or not finite.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.poisson(autograd.tensor([0.0, 2.0, 30.0]))
    tensor([ 0.,  6., 27.])
    """
    check_tensor(input, "poisson", "input")
    check_kind(input.dtype, "f", "poisson")
    if not np.all((input.array >= 0) & np.isfinite(input.array)):
        raise RuntimeError("poisson: invalid Poisson rate, expected rate to be non-negative and finite")
    rates = input.memory().reshape(-1).tolist()
    counts = drawn_one_by_one(poisson_count, zip(rates), source(generator, "poisson"))
    drawn = finished(np.array(counts, input.dtype.dtype).reshape(input.array.shape), input.dtype)
    return join_graph(drawn, [input], "poisson")


@works_on_batches
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of `count` attempts succeed that each succeed with probability `prob`: p(k) = C(n, k) p^k (1-p)^(n-k).

    Both are floating tensors of one dtype, which broadcast. Probabilities outside [0, 1] count as 0 or 1,
    as in PyTorch. The gradients are 0.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.binomial(autograd.tensor([10.0, 100.0]), autograd.tensor([0.1, 0.5]))
    tensor([ 2., 59.])
    """
    check_tensor(count, "binomial", "count")
    check_tensor(prob, "binomial", "prob")
    for tensor, argument in ((count, "count"), (prob, "prob")):
        if not tensor.is_floating_point():
            raise ValueError(f"binomial only supports floating-point dtypes for {argument}, got: {tensor.dtype.name}")
    if count.dtype is not prob.dtype:
        raise RuntimeError(
            f"binomial: Found dtype {prob.dtype.name} for prob but expected {count.dtype.name}, the dtype of count"
        )
    attempts, probabilities = np.broadcast_arrays(count.array, prob.array)
    each = zip(attempts.reshape(-1), probabilities.reshape(-1), strict=True)
    counts = drawn_one_by_one(binomial_count, each, source(generator, "binomial"))
    drawn = finished(np.array(counts, count.dtype.dtype).reshape(attempts.shape), count.dtype)
    return join_graph(drawn, [count, prob], "binomial")


def drawn_one_by_one(
    law: Callable[..., float], parameters: Iterable[tuple[Any, ...]], generator: Generator
) -> list[float]:
    """A number for each set of parameters, from a law that needs now more and now fewer uniform numbers."""
    with contextlib.closing(generator.uniform_one_by_one()) as stream:
        return [law(*each, stream.__next__) for each in parameters]


Draw: TypeAlias = Callable[[], float]


def poisson_count(rate: float, draw: Draw) -> float:
    """A number from the Poisson distribution.

    For a small rate, as many uniform numbers as can be multiplied before the product falls to exp(-rate)
    (Knuth, The Art of Computer Programming 2, 3.4.1); else by rejection (Hörmann, "The transformed
    rejection method for generating Poisson random variables", 1993).
    """
    if rate == 0:
        return 0
    if rate < 10:
        end, product = math.exp(-rate), draw()
        for count in itertools.count():
            if product <= end:
                return count
            product *= draw()
    spread = math.sqrt(rate)
    b = 0.931 + 2.53 * spread
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    sure = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = draw() - 0.5, draw()
        edge = 0.5 - abs(u)
        count = math.floor((2 * a / edge + b) * u + rate + 0.43)
        if edge >= 0.07 and v <= sure:
            return count
        if count < 0 or (edge < 0.013 and v > edge):
            continue
        chance = -rate + count * math.log(rate) - math.lgamma(count + 1)
        if math.log(v) + math.log(inverse_alpha) - math.log(a / (edge * edge) + b) <= chance:
            return count


def binomial_count(n: Any, p: Any, draw: Draw) -> float:
    """A number from the binomial distribution; n and p are NumPy scalars, and n p is rounded as theirs is."""
    if math.isnan(p) or math.isnan(n):
        return math.nan
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return float(n)
    rare = p if p <= 0.5 else 1 - p
    count = rejected_binomial(n, rare, draw) if n * rare >= 10 else few_successes(n, rare, draw)
    return count if p <= 0.5 else n - count


def few_successes(n: Any, p: Any, draw: Draw) -> int:
    """Count successes by the attempts between each and the next, which follow the geometric distribution."""
    log_failure = float(np.log1p(-p))
    used = 0
    for successes in itertools.count():
        used += math.ceil(math.log(draw()) / log_failure)
        if used > n:
            return successes
    return 0


def rejected_binomial(n: Any, p: Any, draw: Draw) -> int:
    """By rejection: Hörmann, "The generation of binomial random variates", 1993, algorithm BTRS."""
    spread = float(np.sqrt(n * p * (1 - p)))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * float(p)
    c = float(n * p) + 0.5
    sure = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    log_odds = math.log(p / (1 - p))
    most_likely = math.floor((n + 1) * p)
    total = float(n)

    def log_chance(k: int) -> float:
        return k * log_odds - math.lgamma(k + 1) - math.lgamma(total - k + 1)

    while True:
        u, v = draw() - 0.5, draw()
        edge = 0.5 - abs(u)
        k = math.floor((2 * a / edge + b) * u + c)
        if not 0 <= k <= total:
            continue
        if edge >= 0.07 and v <= sure:
            return k
        if math.log(v * alpha / (a / (edge * edge) + b)) <= log_chance(k) - log_chance(most_likely):
            return k
