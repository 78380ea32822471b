"""Classes that PyTorch keeps for old programs; each says what to write instead."""

from __future__ import annotations

from typing import Any

from autograd.graph import warn_caller
from autograd.tensor import Tensor
from nn.modules.loss import NLLLoss
from nn.modules.module import Module

__all__ = ["Container", "NLLLoss2d"]


class Container(Module):
    """A module with the given parts as attributes. Deprecated: derive a class from `Module` instead.

    >>> import nn, warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     nn.Container(hidden=nn.Linear(2, 3))
    Container(
      (hidden): Linear(in_features=2, out_features=3, bias=True)
    )
    """

    def __init__(self, **kwargs: Any) -> None:
        warn_caller(
            "`nn.Container` is deprecated. All of its functionality is now implemented in `nn.Module`. Subclass that "
            "instead.",
            FutureWarning,
        )
        super().__init__()
        for name, module in kwargs.items():
            self.add_module(name, module)


class NLLLoss2d(NLLLoss):
    """`NLLLoss`, under the name that it once had for images. Deprecated: write `NLLLoss`.

    >>> import autograd, nn, warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     nn.NLLLoss2d()(autograd.zeros(1, 3, 2, 2) - 1, autograd.zeros(1, 2, 2, dtype=autograd.int64))
    tensor(1.)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        warn_caller(
            "`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement", FutureWarning
        )
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
