"""Instance normalization."""

from __future__ import annotations

from typing import Any

from autograd.graph import warn_caller
from autograd.tensor import Tensor
from nn.functional.normalization import instance_norm
from nn.modules.batchnorm import _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_NormBase):
    """Instance normalization over any number of places; by default without factors or running averages."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """The input, each channel of each sample normalized by itself; a batch dimension may be left out."""
        self._check_input_dim(input)
        batched = input.ndim == max(self.ranks)
        self.check_features(input.shape[1 if batched else 0], 1 if batched else 0)
        result = instance_norm(
            input if batched else input.unsqueeze(0),
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )
        return result if batched else result.squeeze(0)

    def check_features(self, found: int, dim: int) -> None:
        """The channels must be as many as there are factors; where there are none, it is only odd if they are not."""
        if found == self.num_features:
            return
        message = f"expected input's size at dim={dim} to match num_features ({self.num_features}), but got: {found}."
        if self.affine:
            raise ValueError(f"{message} num_features={found} would fit")
        warn_caller(
            f"input's size at dim={dim} does not match num_features. You can silence this warning by not passing in "
            "num_features, which is not used because affine=False",
        )


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of sequences (N, C, L) or (C, L); see `InstanceNorm2d`.

    >>> import autograd, nn
    >>> nn.InstanceNorm1d(2)(autograd.tensor([[1.0, 3.0], [10.0, 30.0]]))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """

    ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image, (N, C, H, W) or (C, H, W), brought to mean 0 and variance 1.

    The options are those of `BatchNorm2d`, off by default. Ulyanov, Vedaldi and Lempitsky,
    "Instance normalization: the missing ingredient for fast stylization", 2016. Raises ValueError
    for other ranks, and where there is one place only.

    >>> import autograd, nn
    >>> list(nn.InstanceNorm2d(3).parameters())
    []
    """

    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of volumes (N, C, D, H, W) or (C, D, H, W); see `InstanceNorm2d`.

    >>> import autograd, nn
    >>> nn.InstanceNorm3d(2)(autograd.zeros(1, 2, 3, 4, 5)).shape
    torch.Size([1, 2, 3, 4, 5])
    """

    ranks = (4, 5)
