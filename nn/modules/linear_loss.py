"""The cross-entropy of a linear map: the last layer of a classifier and its loss in one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograd import dtypes
from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.linear import Linear
from nn.modules.loss import _WeightedLoss

__all__ = ["LinearCrossEntropyLoss", "LinearCrossEntropyOptions"]

POLICIES = ("auto", "accurate", "balanced", "compact")
ACCUMULATORS = (None, dtypes.float16, dtypes.float32, dtypes.float64)


@dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch's kernels divide the work of `LinearCrossEntropyLoss`; here they are checked and change nothing.

    Args:
        allow_retain_graph: whether the graph may be walked twice, which it always may here.
        batch_chunk_size: how many rows to work on at a time; `chunking_method` is a rule for it: "auto",
            "aspect_ratio" or "aspect_ratio:n".
        acc_policy: "auto", "accurate", "balanced" or "compact".
        acc_dtype: the dtype of sums.

    Raises ValueError for other values.

    >>> import nn
    >>> nn.LinearCrossEntropyOptions(batch_chunk_size=64).batch_chunk_size
    64
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None

    def __post_init__(self) -> None:
        if self.acc_policy not in POLICIES:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}: it must be one of {', '.join(POLICIES)}")
        if self.chunking_method not in (None, "auto", "aspect_ratio"):
            name, _, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or not factor.isdigit() or int(factor) == 0:
                raise ValueError(
                    f"invalid chunking_method: {self.chunking_method!r}: it must be 'auto', 'aspect_ratio' or "
                    "'aspect_ratio:n' with n > 0"
                )
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype not in ACCUMULATORS:
            raise ValueError(f"acc_dtype must be a floating dtype or None, got {self.acc_dtype!r}")


class LinearCrossEntropyLoss(_WeightedLoss):
    """`CrossEntropyLoss` of a `Linear` map of the input, whose weight belongs to the loss.

    Args:
        in_features, num_classes: the sizes of the map.
        out_features: further dimensions of the target: there is one prediction for each place in them.
        bias: of the map.
        weight, reduction, ignore_index, label_smoothing: as for `CrossEntropyLoss`.
        options: see `LinearCrossEntropyOptions`.

    Shapes: input (N, in_features), target (N, *out_features) of classes or (N, num_classes, *out_features) of
    probabilities; result (), or like the classes with `reduction="none"`. Raises RuntimeError where these do not fit.

    >>> import autograd, nn
    >>> criterion = nn.LinearCrossEntropyLoss(5, 10, out_features=(4,))
    >>> criterion(autograd.zeros(2, 5), autograd.zeros(2, 4, dtype=autograd.int64)).detach()
    tensor(2.3026)
    """

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False,
        device: Any = None, dtype: Any = None, reduction: str = "mean", weight: Tensor | None = None,
        ignore_index: int | None = None, label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:  # fmt: skip
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, None, None, reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, num_classes * math.prod(out_features), bias, device, dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        shape, bias = (self.num_classes, *self.out_features), self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        """The sizes and the options."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, reduction={self.reduction}, "
            f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, options={self.options}"
        )
