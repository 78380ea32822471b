"""Batch normalization."""

from __future__ import annotations

from typing import Any

from autograd.create import empty, ones, tensor, zeros
from autograd.dtypes import int64
from autograd.tensor import Tensor
from nn import init
from nn.functional.normalization import batch_norm
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"]


class _NormBase(Module):
    """A factor and a shift for each channel, and running averages of mean and variance."""

    _version = 2
    ranks: tuple[int, ...]
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        kind = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(empty(num_features, **kind)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features, **kind)) if affine and bias else None)
        self.register_buffer("running_mean", zeros(num_features, **kind) if track_running_stats else None)
        self.register_buffer("running_var", ones(num_features, **kind) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=int64) if track_running_stats else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the running averages: mean 0, variance 1."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the running averages, and set the factors to 1 and the shifts to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in self.ranks:
            wanted = " or ".join(f"{rank}D" for rank in self.ranks)
            raise ValueError(f"expected {wanted} input (got {input.ndim}D input)")

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        """Old files, before version 2, do not count the batches."""
        key = f"{prefix}num_batches_tracked"
        if local_metadata.get("version") in (None, 1) and self.num_batches_tracked is not None:
            state_dict.setdefault(key, self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    def extra_repr(self) -> str:
        """The number of channels and all options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    """Batch normalization over any number of places."""

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized by the batch's statistics in training, else by the running ones."""
        self._check_input_dim(input)
        counted = self.num_batches_tracked if self.training and self.track_running_stats else None
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.momentum is None and counted is not None:
            momentum = 1 / (counted.item() + 1)  # the average of all batches so far
        by_batch = self.training or (self.running_mean is None and self.running_var is None)
        use_running = not self.training or self.track_running_stats
        result = batch_norm(
            input,
            self.running_mean if use_running else None,
            self.running_var if use_running else None,
            self.weight,
            self.bias,
            by_batch,
            momentum,
            self.eps,
        )
        if counted is not None:
            counted.add_(1)
        return result


class BatchNorm1d(_BatchNorm):
    """Batch normalization of vectors (N, C) or sequences (N, C, L); see `BatchNorm2d`.

    >>> import autograd, nn
    >>> nn.BatchNorm1d(2)(autograd.tensor([[1.0, 10.0], [3.0, 30.0]])).detach()
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Each channel of images (N, C, H, W) brought to mean 0 and variance 1, then scaled and shifted.

    z = weight (x - mean) / sqrt(var + eps) + bias. In training, mean and variance are the batch's;
    in evaluation they are running averages over the batches seen.

    Args:
        num_features: C.
        momentum: the weight of the latest batch in the running averages; None for the plain average of all.
        affine: have weight and bias.
        track_running_stats: keep running averages; otherwise the batch's own are used in evaluation too.

    Ioffe and Szegedy, "Batch normalization", ICML 2015. Raises ValueError for other ranks, and for
    a batch with one number per channel in training.

    >>> import autograd, nn
    >>> list(nn.BatchNorm2d(3).state_dict())
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of volumes (N, C, D, H, W); see `BatchNorm2d`.

    >>> import autograd, nn
    >>> nn.BatchNorm3d(2)(autograd.zeros(1, 2, 3, 4, 5)).shape
    torch.Size([1, 2, 3, 4, 5])
    """

    ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalization whose statistics are shared by all processes of a group: of the one there is, `BatchNorm`.

    Shapes: (N, C, *). Raises ValueError for fewer than two dimensions.

    >>> import nn
    >>> nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm2d(3)))
    Sequential(
      (0): SyncBatchNorm(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    )
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")
        if input.shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with every batch normalization in it made synchronized, on the same parameters and averages."""
        found = module
        if isinstance(module, _BatchNorm):
            found = SyncBatchNorm(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                setattr(found, name, getattr(module, name))
            found.training = module.training
        for name, child in module.named_children():
            found.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return found
