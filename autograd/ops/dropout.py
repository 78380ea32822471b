"""Dropout: in training, set elements to zero at random, so that no unit of a network can rely on another.

What is left is scaled up, so that the mean stays what it was and nothing need be done when the network
is used. All of these are a product with random noise, recorded as such: the gradient meets the same noise.

Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural
networks from overfitting", Journal of Machine Learning Research 15, 2014.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.batched import works_on_batches
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.random import laws
from autograd.random.generator import default_generator
from autograd.random.parameters import check_kind
from autograd.tensor import Tensor, tensor_of

SELU_FLOOR = 1.7580993408473766
"""What SELU tends to for very negative inputs, without its sign: scale * alpha."""


# -- of elements --------------------------------------------------------------------------------------------


@works_on_batches
def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Set each element to zero with probability p and divide the others by 1 - p; nothing unless `train`.

    Raises ValueError for p outside [0, 1].

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> autograd.dropout(autograd.ones(5), 0.5, True)
    tensor([0., 0., 2., 0., 0.])
    """
    return input if is_idle(input, p, train, "dropout") else input * noise(input, p, input.memory())


@works_on_batches
def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place version of `dropout`."""
    return input if is_idle(input, p, train, "dropout_") else input.mul_(noise(input, p, input.memory()))


@works_on_batches
def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Dropout for SELU networks: elements fall to SELU's lowest value, and mean and variance are kept.

    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", NIPS 2017.
    """
    if is_idle(input, p, train, "alpha_dropout"):
        return input
    factor, shift = alpha_noise(input, p, input.memory())
    return input * factor + shift


@works_on_batches
def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place version of `alpha_dropout`."""
    if is_idle(input, p, train, "alpha_dropout_"):
        return input
    factor, shift = alpha_noise(input, p, input.memory())
    return input.mul_(factor).add_(shift)


# -- of whole channels --------------------------------------------------------------------------------------


@works_on_batches
def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`dropout` of whole channels: of all that belongs to one place in the first two dimensions.

    Tompson, Goroshin, Jain, LeCun and Bregler, "Efficient object localization using convolutional
    networks", CVPR 2015.
    """
    return input if is_idle(input, p, train, "feature_dropout") else input * noise(input, p, channels(input))


@works_on_batches
def feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place version of `feature_dropout`."""
    return input if is_idle(input, p, train, "feature_dropout_") else input.mul_(noise(input, p, channels(input)))


@works_on_batches
def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`alpha_dropout` of whole channels."""
    if is_idle(input, p, train, "feature_alpha_dropout"):
        return input
    factor, shift = alpha_noise(input, p, channels(input))
    return input * factor + shift


@works_on_batches
def feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place version of `feature_alpha_dropout`."""
    if is_idle(input, p, train, "feature_alpha_dropout_"):
        return input
    factor, shift = alpha_noise(input, p, channels(input))
    return input.mul_(factor).add_(shift)


@speaking
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero whole channels of signals, (N, C, L) or (C, L), each with probability p; see `feature_dropout`.

    Raises ValueError for p outside [0, 1], RuntimeError for other numbers of dimensions.
    """
    check_probability(p, "dropout1d")
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input of shape {tuple(input.shape)}: it "
            "zeroes whole channels of (N, C, L) or (C, L); use dropout() for single elements"
        )
    return drop_channels(input, p, training, inplace, batched=input.ndim == 3)


@speaking
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero whole channels of images (N, C, H, W), each with probability p; see `feature_dropout`.

    As in PyTorch, three dimensions count as (N, C, L), with a warning. Raises ValueError for p outside [0, 1].
    """
    check_probability(p, "dropout2d")
    if input.ndim != 4:
        warn_caller(
            f"dropout2d: Received a {input.ndim}-D input, of shape {tuple(input.shape)}: its first two dimensions are "
            "taken for N and C; use dropout1d for (N, C, L), or unsqueeze(0) an image without a batch dimension"
        )
    return drop_channels(input, p, training, inplace, batched=True)


@speaking
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero whole channels of volumes, (N, C, D, H, W) or (C, D, H, W), each with probability p; see `feature_dropout`.

    Raises ValueError for p outside [0, 1].
    """
    check_probability(p, "dropout3d")
    if input.ndim not in (4, 5):
        warn_caller(
            f"dropout3d: Received a {input.ndim}-D input, of shape {tuple(input.shape)}: its first dimension is taken "
            "for the channels; this is made for (N, C, D, H, W) or (C, D, H, W)"
        )
    return drop_channels(input, p, training, inplace, batched=input.ndim == 5)


def drop_channels(input: Tensor, p: float, train: bool, inplace: bool, batched: bool) -> Tensor:
    """`feature_dropout` of what may lack a batch dimension."""
    drop = feature_dropout_ if inplace else feature_dropout
    if batched:
        return drop(input, p, train)
    dropped = drop(input.unsqueeze(0), p, train).squeeze(0)
    return input if inplace else dropped


# -- the noise ----------------------------------------------------------------------------------------------


def check_probability(p: float, name: str) -> None:
    """Raise unless p lies in [0, 1]."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: dropout probability has to be between 0 and 1, but got {p}")


def is_idle(input: Tensor, p: float, train: bool, name: str) -> bool:
    """Whether there is nothing to drop; raises for what can't be dropped from."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    check_probability(p, name)
    if p == 0 or not train or input.array.size == 0:
        return True
    if p != 1:
        check_kind(input.dtype, "f", name)
    return False


def channels(input: Tensor) -> Array:
    """An array with one element for each channel: the first two dimensions of the input, the others at size 1."""
    if input.ndim < 2:
        raise RuntimeError(
            f"Feature dropout requires at least 2 dimensions in the input, for samples and channels, and got shape "
            f"{tuple(input.shape)}"
        )
    return np.empty((*input.shape[:2], *[1] * (input.ndim - 2)), np.bool_)


def kept(like: Array, p: float) -> Array:
    """True for what stays, with probability 1 - p each, in the shape and memory layout of another array."""
    stays = laws.empty_like(like, np.bool_)
    laws.put(stays, laws.bernoulli, default_generator, 1 - p)
    return stays


def noise(input: Tensor, p: float, like: Array) -> Tensor:
    """What `dropout` multiplies by: 0 for what is dropped, 1 / (1 - p) for what stays."""
    kind = input.dtype.type
    if p == 1:
        return tensor_of(kind(0), input.dtype)
    precise = precision(kind)
    return tensor_of(kept(like, p) * kind(precise(1) / precise(1 - p)), input.dtype)


def alpha_noise(input: Tensor, p: float, like: Array) -> tuple[Tensor, Tensor]:
    """What `alpha_dropout` multiplies by, and what it adds then.

    With f the floor of SELU, what is dropped becomes -f; then all is scaled by a and moved by a f p,
    which restores mean 0 and variance 1: a = 1 / sqrt((1 - p) (1 + p f²)).
    """
    kind = input.dtype.type
    if p == 1:
        return tensor_of(kind(0), input.dtype), tensor_of(kind(0), input.dtype)
    precise = precision(kind)
    scale = 1 / math.sqrt((1 - p) * (1 + p * SELU_FLOOR**2))
    floor, offset = kind(precise(-SELU_FLOOR * scale)), kind(precise(SELU_FLOOR * scale * p))
    stays = kept(like, p)
    shift = np.where(stays, offset, floor + offset)
    return tensor_of(stays * kind(precise(scale)), input.dtype), tensor_of(shift, input.dtype)


def precision(kind: Any) -> Any:
    """The NumPy type that PyTorch computes numbers of this type in."""
    return np.float64 if kind is np.float64 else np.float32
