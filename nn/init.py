"""Initial values for weights. All functions write into their tensor, unrecorded, and return it.

With the same seed they draw the numbers that PyTorch draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.create import empty
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.modes import no_grad
from autograd.random.creation import randperm
from autograd.random.in_place import normal_ as draw_normal
from autograd.random.in_place import uniform_ as draw_uniform
from autograd.tensor import Tensor
from nn.renaming import deprecated
from nn.skipping import skippable, skipping

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_",
    "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "skipping",
    "sparse", "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform",
    "xavier_uniform_", "zeros_",
]  # fmt: skip

LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
GAINS = dict.fromkeys((*LINEAR, "sigmoid"), 1) | {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


@speaking
def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights must be larger to keep the variance through a nonlinearity.

    `param` is the slope of a leaky_relu. Raises ValueError for a name it does not know.

    >>> import nn
    >>> round(nn.init.calculate_gain("relu"), 4)
    1.4142
    """
    if nonlinearity == "leaky_relu":
        if param is not None and (isinstance(param, bool) or not isinstance(param, (int, float))):
            raise ValueError(f"calculate_gain(): negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}: the known ones are leaky_relu, {', '.join(GAINS)}")
    return GAINS[nonlinearity]


# -- filled -------------------------------------------------------------------------------------------------


@skippable
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one number.

    >>> import autograd, nn
    >>> nn.init.constant_(autograd.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    number = val.item() if isinstance(val, Tensor) else val
    return write(tensor, np.full(tensor.shape, number, tensor.dtype.dtype))


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    >>> import autograd, nn
    >>> nn.init.ones_(autograd.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    >>> import autograd, nn
    >>> nn.init.zeros_(autograd.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


@skippable
def eye_(tensor: Tensor) -> Tensor:
    """Make a matrix the identity, so that a linear layer keeps its input. Raises ValueError unless it is a matrix.

    >>> import autograd, nn
    >>> nn.init.eye_(autograd.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, and this one has shape {tuple(tensor.shape)}")
    return write(tensor, np.eye(*tensor.shape))


@skippable
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Make a kernel one that keeps its input's channels, as many as there are: a one at the center, else zeros.

    Raises ValueError for a tensor that is no kernel, or channels that `groups` does not divide.

    >>> import autograd, nn
    >>> nn.init.dirac_(autograd.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"Only tensors with 3, 4, or 5 dimensions are supported, and this one has shape {tuple(tensor.shape)}"
        )
    outputs, inputs, *kernel = tensor.shape
    if outputs % groups:
        raise ValueError(f"dim 0 must be divisible by groups: {outputs} channels, groups={groups}")
    values = np.zeros(tensor.shape)
    center = [size // 2 for size in kernel]
    per_group = outputs // groups
    for channel in range(min(per_group, inputs)):
        values[slice(channel, None, per_group), channel, *center] = 1
    return write(tensor, values)


def write(tensor: Tensor, values: Any) -> Tensor:
    """Overwrite a tensor with an array, unrecorded."""
    with no_grad():
        return tensor.copy_(tensor.like(np.asarray(values, tensor.dtype.dtype)))


# -- drawn --------------------------------------------------------------------------------------------------


@skippable
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Draw from [a, b), all numbers equally likely.

    >>> import autograd, nn
    >>> _ = autograd.manual_seed(0)
    >>> nn.init.uniform_(autograd.empty(3), -1.0, 1.0)
    tensor([-0.0075,  0.5364, -0.8230])
    """
    with no_grad():
        return draw_uniform(tensor, a, b, generator=generator)


@skippable
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Draw from a normal distribution.

    >>> import autograd, nn
    >>> _ = autograd.manual_seed(0)
    >>> nn.init.normal_(autograd.empty(3))
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    with no_grad():
        return draw_normal(tensor, mean, std, generator=generator)


@skippable
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Draw from a normal distribution cut off below a and above b.

    Where much of the distribution lies between, what falls outside is drawn again; otherwise numbers
    are drawn evenly from [a, b], and kept with a probability proportional to their density. Warns
    where the mean is far outside [a, b].

    >>> import autograd, nn
    >>> bool((nn.init.trunc_normal_(autograd.empty(1000)).abs() <= 2).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warn_caller(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect."
        )
    below, above = ((1 + math.erf((end - mean) / std / math.sqrt(2))) / 2 for end in (a, b))
    draw = draw_until_inside if above - below > 0.3 else draw_until_accepted
    return write(tensor, draw(tensor, mean, std, a, b, generator))


def draw_until_inside(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Array:
    """Draw from the whole distribution, and again where that falls outside [a, b]."""
    low, high = np.array([a, b], tensor.dtype.dtype)
    values = drawn(normal_, tensor, mean, std, generator)
    while (outside := (values < low) | (values > high)).any():
        values = np.where(outside, drawn(normal_, tensor, mean, std, generator), values)
    return values


def draw_until_accepted(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Array:
    """Draw evenly from [a, b], and again with the probability by which the density falls short of its peak."""
    peak = max(a, min(mean, b))
    values = drawn(uniform_, tensor, a, b, generator)
    candidates, pending = values, np.ones(values.shape, bool)
    while True:
        log_density = ((candidates - mean) / std) ** 2 * -0.5 + 0.5 * ((peak - mean) / std) ** 2
        pending &= np.log(drawn(uniform_, tensor, 0.0, 1.0, generator)) > log_density
        if not pending.any():
            return values
        candidates = drawn(uniform_, tensor, a, b, generator)
        values = np.where(pending, candidates, values)


def drawn(distribution: Callable[..., Tensor], tensor: Tensor, low: float, high: float, generator: Any) -> Array:
    """An array of the tensor's shape and dtype from a distribution with these two parameters."""
    return distribution(empty(tensor.shape, dtype=tensor.dtype), low, high, generator).memory()


@skippable
def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Draw from [-a, a) with a = gain sqrt(6 / (fan_in + fan_out)): variance kept forward and backward alike.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.

    >>> import autograd, nn
    >>> bool((nn.init.xavier_uniform_(autograd.empty(300, 300)).abs() <= 0.1).all())
    True
    """
    bound = math.sqrt(3) * gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


@skippable
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Draw from a normal distribution with variance gain^2 * 2 / (fan_in + fan_out).

    >>> import autograd, nn
    >>> round(nn.init.xavier_normal_(autograd.empty(200, 200)).std().item(), 2)
    0.07
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


@skippable
def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Draw from [-b, b) with b = gain sqrt(3 / fan): variance kept through the nonlinearity, forward or backward.

    Args:
        a: the slope of the leaky_relu that follows.
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: what follows; see `calculate_gain`.

    He et al., "Delving deep into rectifiers", ICCV 2015. Raises ValueError for an unknown mode or
    nonlinearity.

    >>> import autograd, nn
    >>> weight = nn.init.kaiming_uniform_(autograd.empty(50, 600), nonlinearity="relu")
    >>> bool((weight.abs() <= 0.1).all())
    True
    """
    if tensor.numel() == 0:
        return warn_of_nothing(tensor)
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    return uniform_(tensor, -math.sqrt(3) * std, math.sqrt(3) * std, generator)


@skippable
def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Draw from a normal distribution with variance gain^2 / fan; see `kaiming_uniform_`.

    >>> import autograd, nn
    >>> round(nn.init.kaiming_normal_(autograd.empty(200, 200), nonlinearity="relu").std().item(), 2)
    0.1
    """
    if tensor.numel() == 0:
        return warn_of_nothing(tensor)
    return normal_(
        tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode)), generator
    )


@skippable
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Make the rows (or the columns, if there are fewer) orthogonal, of length `gain`; later dimensions count as one.

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", ICLR 2014. Raises ValueError for fewer than two dimensions.

    >>> import autograd, nn
    >>> weight = nn.init.orthogonal_(autograd.empty(2, 5))
    >>> autograd.allclose(weight @ weight.T, autograd.eye(2), atol=1e-6)
    True
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, and this one has {tensor.ndim}")
    if tensor.numel() == 0:
        return tensor
    rows, columns = tensor.shape[0], tensor.numel() // tensor.shape[0]
    drawn = normal_(empty(rows, columns, dtype=tensor.dtype), generator=generator).array
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q *= np.sign(np.diagonal(r))  # makes the factorization unique, and so the result uniformly distributed
    return write(tensor, (q.T if rows < columns else q).reshape(tensor.shape) * gain)


@skippable
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Draw a matrix from a normal distribution, and set this fraction of each column to zero.

    Martens, "Deep learning via Hessian-free optimization", ICML 2010. Raises ValueError unless
    there are two dimensions.

    >>> import autograd, nn
    >>> (nn.init.sparse_(autograd.empty(10, 3), sparsity=0.7) == 0).sum(0)
    tensor([7, 7, 7])
    """
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, and this one has shape {tuple(tensor.shape)}")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    normal_(tensor, 0.0, std, generator)
    values = tensor.array.copy()
    for column in range(columns):
        values[randperm(rows).array[:zeros], column] = 0
    return write(tensor, values)


# -- fans ---------------------------------------------------------------------------------------------------


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs each output of a layer has, and how many outputs each input goes to, by its weight."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, and this one has shape "
            f"{tuple(tensor.shape)}"
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The fan that a mode names."""
    modes = ("fan_in", "fan_out")
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {list(modes)}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def warn_of_nothing(tensor: Tensor) -> Tensor:
    """There is nothing to draw for an empty tensor."""
    warn_caller("Initializing zero-element tensors is a no-op")
    return tensor


# -- old names ----------------------------------------------------------------------------------------------

uniform, normal, constant = deprecated(uniform_), deprecated(normal_), deprecated(constant_)
eye, dirac, sparse, orthogonal = deprecated(eye_), deprecated(dirac_), deprecated(sparse_), deprecated(orthogonal_)
xavier_uniform, xavier_normal = deprecated(xavier_uniform_), deprecated(xavier_normal_)
kaiming_uniform, kaiming_normal = deprecated(kaiming_uniform_), deprecated(kaiming_normal_)
