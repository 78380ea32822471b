"""Normalization over the batch, over features, or over groups of channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from autograd.arrays import Array
from autograd.dtypes import finfo
from autograd.ops import normalization
from autograd.tensor import Tensor

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"]


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize each channel (dimension 1): in training by the batch's own mean and variance, else by the running ones.

    In training the running ones become (1 - momentum) * running + momentum * batch; the variance
    that is averaged is the unbiased one. Raises ValueError for a batch with one number per channel
    in training, RuntimeError where a size does not fit.
    """
    if input.ndim == 1 and not input.numel():
        return input.clone()  # no samples, and so no channels to speak of
    per_channel = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_channels(input, per_channel, "batch_norm")
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("batch_norm: Expected running_mean and running_var to be defined when training=False")
        return normalized_by(running_mean, running_var, input, weight, bias, eps)
    if input.numel() == input.shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}: of one number there "
            "is no variance. Use larger batches (drop_last=True in the DataLoader), or eval()"
        )
    observe = observer(running_mean, running_var, momentum)
    result: Tensor = normalization.batch_norm(input, weight, bias, eps, observe)
    return result


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None,
    bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize each channel of each sample over its places; or, unless `use_input_stats`, by the running statistics.

    Raises ValueError where there is one place only, RuntimeError where a size does not fit.
    """
    per_channel = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_channels(input, per_channel, "instance_norm")
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
        return normalized_by(running_mean, running_var, input, weight, bias, eps)
    if input.numel() == input.shape[0] * input.shape[1]:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}: each channel of each "
            "sample is normalized by itself"
        )
    observe = observer(running_mean, running_var, momentum)
    result: Tensor = normalization.group_norm(input, weight, bias, input.shape[1], eps, observe)
    return result


def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize over the last dimensions, which have the sizes `normalized_shape`, each row by itself.

    Raises RuntimeError where the sizes do not fit.
    """
    shape = tuple(normalized_shape)
    check_last_dims(input, shape, {"weight": weight, "bias": bias})
    result: Tensor = normalization.layer_norm(input, weight, bias, shape, eps)
    return result


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide by the root mean square over the last dimensions. Without `eps`, the smallest one of the dtype.

    Raises RuntimeError where the sizes do not fit.
    """
    shape = tuple(normalized_shape)
    check_last_dims(input, shape, {"weight": weight})
    result: Tensor = normalization.rms_norm(input, weight, shape, finfo(input.dtype).eps if eps is None else eps)
    return result


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalize groups of channels over all places, each sample by itself.

    Raises RuntimeError where the channels can't be divided so or a size does not fit, ValueError
    where only one number is left to each group.
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    channels = input.shape[1]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    check_channels(input, {"weight": weight, "bias": bias}, "group_norm")
    if input.numel() == num_groups:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    result: Tensor = normalization.group_norm(input, weight, bias, num_groups, eps)
    return result


# -- running statistics ---------------------------------------------------------------------------------------


def observer(running_mean: Tensor | None, running_var: Tensor | None, momentum: float) -> Callable[..., None] | None:
    """What the op is to call with a batch's statistics: nothing where none are kept."""
    if running_mean is None or running_var is None:
        return None
    return partial(update_running, running_mean, running_var, momentum)


def update_running(
    running_mean: Tensor, running_var: Tensor, momentum: float, mean: Array, variance: Array, count: int
) -> None:
    """Move the running statistics towards those of a batch; of instances, towards their average."""
    unbiased = variance * (count / (count - 1))
    for running, batch in ((running_mean, mean), (running_var, unbiased)):
        array = running.memory()
        array *= 1 - momentum
        array += momentum * batch.reshape(-1, array.size).mean(0)
        running.writes().stamp("batch_norm")


def normalized_by(
    mean: Tensor, variance: Tensor, input: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    """Normalize by given statistics: w (x - mean) / sqrt(variance + eps) + b, as one product and one sum."""
    scale = (variance.detach() + eps).rsqrt()
    scale = scale if weight is None else scale * weight
    shift = -mean.detach() * scale
    shift = shift if bias is None else shift + bias
    per_channel = (-1, *(1,) * (input.ndim - 2))
    return input * scale.reshape(per_channel) + shift.reshape(per_channel)


# -- checks ---------------------------------------------------------------------------------------------------


def check_channels(input: Tensor, per_channel: dict[str, Tensor | None], name: str) -> None:
    """Each of these must have one element for each channel."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if input.ndim < 2:
        raise RuntimeError(
            f"{name}: expected at least 2D input, (batch, channels, ...), but got a tensor of size {list(input.shape)}"
        )
    channels = input.shape[1]
    for what, tensor in per_channel.items():
        if tensor is not None and tuple(tensor.shape) != (channels,):
            raise RuntimeError(
                f"{name}: {what} should contain {channels} elements not {tensor.numel()}: the input of size "
                f"{list(input.shape)} has {channels} channels (dimension 1), so num_features={channels} would fit"
            )


def check_last_dims(input: Tensor, shape: tuple[int, ...], factors: dict[str, Tensor | None]) -> None:
    """The input must end in these sizes, and the factors must have just these."""
    if not shape:
        raise RuntimeError(
            f"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(shape)}"
        )
    for what, tensor in factors.items():
        if tensor is not None and tuple(tensor.shape) != shape:
            raise RuntimeError(
                f"Expected {what} to be of same shape as normalized_shape, but got {what} of shape {list(tensor.shape)} "
                f"and normalized_shape = {list(shape)}"
            )
    if tuple(input.shape[-len(shape) :]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but got "
            f"input of size{list(input.shape)}: normalized_shape={list(input.shape[-len(shape) :])} would fit"
        )
