"""Normalization over the batch, over features, or over groups of channels, with the signatures of `nn.functional`."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.misuse import speaking
from autograd.ops import normalizing
from autograd.ops.normalizing import rms_norm
from autograd.ops.rescaling import local_response_norm, normalize
from autograd.tensor import Tensor

__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize", "rms_norm",
]  # fmt: skip


@speaking
def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize each channel (dimension 1): in training by the batch's own mean and variance, else by the running ones.

    In training the running ones become (1 - momentum) * running + momentum * batch; the variance
    that is averaged is the unbiased one. Raises ValueError for a batch with one number per channel
    in training, RuntimeError where a size does not fit.
    """
    if isinstance(momentum, Tensor):
        raise TypeError("batch_norm(): argument 'momentum' must be float, not Tensor")
    if training and input.ndim > 1 and input.numel() == input.shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}: of one number there "
            "is no variance. Use larger batches (drop_last=True in the DataLoader), or eval()"
        )
    return normalizing.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, False)


@speaking
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None,
    bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize each channel of each sample over its places; or, unless `use_input_stats`, by the running statistics.

    Raises ValueError where there is one place only, RuntimeError where a size does not fit.
    """
    if use_input_stats and input.ndim > 1 and input.numel() == input.shape[0] * input.shape[1]:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}: each channel of each "
            "sample is normalized by itself"
        )
    return normalizing.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, False
    )


@speaking
def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize over the last dimensions, which have the sizes `normalized_shape`, each row by itself.

    Raises RuntimeError where the sizes do not fit.
    """
    return normalizing.layer_norm(input, normalized_shape, weight, bias, eps)


@speaking
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalize groups of channels over all places, each sample by itself.

    Raises RuntimeError where the channels can't be divided so or a size does not fit, ValueError
    where only one number is left to each group.
    """
    if input.ndim > 1 and input.numel() == num_groups:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    return normalizing.group_norm(input, num_groups, weight, bias, eps)
