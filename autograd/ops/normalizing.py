"""Normalization as users call it: over the batch, over features, or over groups of channels.

Everything is checked here, and the running statistics are kept; the arithmetic is in
`autograd.ops.normalization`. `cudnn_enabled` is a switch of PyTorch's that has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from autograd.arrays import Array
from autograd.cases import case
from autograd.derived import derived
from autograd.dtypes import finfo
from autograd.ops import normalization
from autograd.ops.requirements import need_floating
from autograd.tensor import Tensor

STATISTICS = {"training": True, "momentum": 0.1, "eps": 1e-5, "cudnn_enabled": False}
TEX = r"w \frac{x - \bar x}{\sqrt{\mathrm{var}(x) + \epsilon}} + b"


@derived(
    TEX,
    method=False,
    cases=(case((4, 3), (3,), (3,), None, None, **STATISTICS), case((2, 3, 2), None, None, None, None, **STATISTICS)),
)
def batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """Normalize each channel (dimension 1): in training by the batch's own mean and variance, else by the running ones.

    In training the running ones become (1 - momentum) * running + momentum * batch; the variance
    that is averaged is the unbiased one. Raises RuntimeError where a size does not fit.
    """
    if input.ndim == 1 and not input.numel():
        return input.clone()  # no samples, and so no channels to speak of
    per_channel = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_channels(input, per_channel, "batch_norm")
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("batch_norm: Expected running_mean and running_var to be defined when training=False")
        return normalized_by(running_mean, running_var, input, weight, bias, eps)
    observe = observer(running_mean, running_var, momentum)
    result: Tensor = normalization.batch_norm(input, weight, bias, eps, observe)
    return result


@derived(
    TEX,
    method=False,
    cases=(case((2, 3, 4), (3,), (3,), None, None, use_input_stats=True, momentum=0.1, eps=1e-5, cudnn_enabled=False),),
)
def instance_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """Normalize each channel of each sample over its places; or, unless `use_input_stats`, by the running statistics.

    Raises RuntimeError where a size does not fit.
    """
    per_channel = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_channels(input, per_channel, "instance_norm")
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
        return normalized_by(running_mean, running_var, input, weight, bias, eps)
    observe = observer(running_mean, running_var, momentum)
    result: Tensor = normalization.group_norm(input, weight, bias, input.shape[1], eps, observe)
    return result


@derived(
    TEX, method=False, cases=(case((3, 4), (4,), (4,), normalized_shape=(4,)), case((2, 3, 4), normalized_shape=(3, 4)))
)
def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5, cudnn_enable: bool = True,
) -> Tensor:  # fmt: skip
    """Normalize over the last dimensions, which have the sizes `normalized_shape`, each row by itself.

    Raises RuntimeError where the sizes do not fit.
    """
    shape = tuple(normalized_shape)
    check_last_dims(input, shape, {"weight": weight, "bias": bias})
    result: Tensor = normalization.layer_norm(input, weight, bias, shape, eps)
    return result


@derived(
    r"w \frac{x}{\sqrt{\overline{x^2} + \epsilon}}",
    method=False,
    cases=(case((3, 4), (4,), normalized_shape=(4,)), case((2, 3, 4), normalized_shape=(3, 4), eps=1e-3)),
)
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide by the root mean square over the last dimensions. Without `eps`, the smallest one of the dtype.

    Raises RuntimeError where the sizes do not fit.
    """
    shape = tuple(normalized_shape)
    need_floating("rms_norm", input)
    check_last_dims(input, shape, {"weight": weight})
    least = finfo(input.dtype).eps if eps is None else eps
    if input.is_complex():
        return normalization.composed_rms_norm(input, weight, shape, least)
    result: Tensor = normalization.rms_norm(input, weight, shape, least)
    return result


@derived(TEX, method=False, cases=(case((2, 4, 3), (4,), (4,), num_groups=2), case((2, 4), num_groups=2)))
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """Normalize groups of channels over all places, each sample by itself.

    Raises RuntimeError where the channels can't be divided so or a size does not fit.
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
    result: Tensor = normalization.group_norm(input, weight, bias, num_groups, eps)
    return result


# -- running statistics -------------------------------------------------------------------------------


def observer(running_mean: Tensor | None, running_var: Tensor | None, momentum: float) -> Callable[..., None] | None:
    """What the op is to call with a batch's statistics: nothing where none are kept."""
    if running_mean is None or running_var is None:
        return None
    return partial(update_running, running_mean, running_var, momentum)


def update_running(
    running_mean: Tensor, running_var: Tensor, momentum: float, mean: Array, variance: Array, count: int
) -> None:
    """Move the running statistics towards those of a batch; of instances, towards their average."""
    unbiased = variance * (count / max(count - 1, 1))
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


# -- checks -------------------------------------------------------------------------------------------


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
                f"Expected {what} to be of same shape as normalized_shape, but got {what} of shape "
                f"{list(tensor.shape)} and normalized_shape = {list(shape)}"
            )
    if tuple(input.shape[-len(shape) :]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, "
            f"{', '.join(map(str, shape))}], but got "
            f"input of size{list(input.shape)}: normalized_shape={list(input.shape[-len(shape) :])} would fit"
        )
